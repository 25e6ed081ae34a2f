"""The published database, kept beside the one that tests write to, and put back in its place.

That is faster than to flush and to publish again, and undoes what a test did to the schema as well.
"""

import sqlite3

from django.db import connection


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
