"""What was published is recorded as `make run` does; and that database is put back after tests.

It is kept beside the one that tests write to. To put it back is faster than to flush and publish again, and
undoes what a test did to the schema as well.
"""

import sqlite3
from datetime import date
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.db import connection

FIXTURES = settings.BASE_DIR / "fixtures"
TABLE = FIXTURES / "business-plan-2021-22.tsv"
PARTNERSHIP = FIXTURES / "partnership.json"
PLAN = {
    "label": "2021-22",
    "title": "Business Plan 2021 / 2022",
    "first_day": date(2021, 4, 1),
    "last_day": date(2022, 3, 31),
    "introduction": FIXTURES / "business-plan-2021-22-introduction.txt",
}


def publish(**options) -> None:
    """Record the partnership, the plan and the demonstration's sign-ins, as `make run` does."""
    call_command("load_partnership", PARTNERSHIP, **options)
    call_command("load_plan", TABLE, **PLAN, **options)
    call_command("load_demo", **options)


def publish_measures() -> None:
    """Record the plan's own measures, and the figures of the year before it."""
    call_command("load_measures", FIXTURES / "measures.json", stdout=StringIO())
    call_command("load_demo", stdout=StringIO())


class PublishedDatabase:
    """What the database holds now; no transaction may be open, neither here nor when it is put back."""

    def __init__(self) -> None:
        if connection.vendor == "sqlite":
            self.copy = sqlite3.connect(":memory:")
            connection.ensure_connection()
            connection.connection.backup(self.copy)
        else:
            self.database = connection.settings_dict["NAME"]
            self.copied = f"{self.database}_published"
            self.replace(self.copied, self.database)

    def put_back(self) -> None:
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            self.copy.backup(connection.connection)
            with connection.cursor() as cursor:
                # The log still has what was there before, and tests look for deleted texts in the files.
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            self.replace(self.database, self.copied)

    def discard(self) -> None:
        if connection.vendor == "sqlite":
            self.copy.close()
        else:
            self.run(f'DROP DATABASE "{self.copied}"')

    def replace(self, database: str, template: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def run(self, statement: str) -> None:
        """From another database: PostgreSQL copies or drops none that somebody is connected to."""
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)
