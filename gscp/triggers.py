"""What the database itself refuses, on both databases.

A tracked row changes only together with a new entry in the ledger; history and ledger grow and
never change; nothing is deleted. The triggers are taken away before every migrate, because SQLite
cannot rebuild a table they name, and put back after it; missing() is asked at every start.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.core.checks import Critical
from django.db import connection

from gscp.models import Change, ChangeText, Tracked, history_of

WRITER_LOCK = 0x67736370  # "gscp": the PostgreSQL advisory lock all writers queue for
SCHEMA = "public"
LAST = '(SELECT coalesce(max("number"), 0) FROM "gscp_change")'
NOT_NEW = f'NEW."change_id" <= {LAST}'


@dataclass(frozen=True)
class Trigger:
    """A refusal: `event` on `table` raises an IntegrityError saying `message`, when the condition holds."""

    table: str
    event: str
    message: str
    condition: str = ""

    @property
    def name(self) -> str:
        """Named by its own text, so that one with this name and another text is not mistaken for it."""
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        return f"gscp_{self.event.lower()}_{digest}"

    def statements(self) -> list[str]:
        if connection.vendor == "sqlite":
            when = f"WHEN {self.condition} " if self.condition else ""
            return [
                f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{self.table}" FOR EACH ROW {when}'
                f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            ]
        each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return [
            # A temporary table must not pass for one of ours.
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"SET search_path = {SCHEMA}, pg_temp AS $${self.body}$$",
            f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{self.table}" '
            f'FOR EACH {each} EXECUTE FUNCTION "{self.name}"()',
        ]

    @property
    def catalogued(self) -> str:
        """How missing() finds it in the database's own catalogue."""
        if connection.vendor == "sqlite":
            return self.statements()[0]
        row = 0 if self.event == "TRUNCATE" else 1
        before, event = 2, {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}[self.event]
        return f"{self.table} {row | before | event} search_path={SCHEMA}, pg_temp {self.body}"

    @property
    def body(self) -> str:
        """The PostgreSQL function: a WHEN clause there may not look into another table."""
        refuse = f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation';"
        if not self.condition:
            return f"BEGIN {refuse} END"
        # Raw SQL queues with recording(), or it could take the number of an act under way.
        return (
            f"BEGIN PERFORM pg_advisory_xact_lock({WRITER_LOCK}); "
            f"IF {self.condition} THEN {refuse} END IF; RETURN NEW; END"
        )


def tracked_models() -> list[type[Tracked]]:
    return [model for model in apps.get_models() if issubclass(model, Tracked)]


def wanted() -> Iterator[Trigger]:
    """Every trigger there should be, for the tables and columns there are."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    tracked = tracked_models()
    for model in [Change, ChangeText, *(row for m in tracked for row in (m, history_of(m)))]:
        table = model._meta.db_table
        if table not in tables:
            continue
        if model is Change:
            condition = f'NEW."number" <> {LAST} + 1 OR {unaccounted(tables)}'
            yield Trigger(table, "INSERT", "not the entry of one row saved in its turn", condition)
        else:
            yield Trigger(table, "INSERT", f"{table}: not through recording()", NOT_NEW)
        condition = unrecorded(model) if model in tracked else ""
        yield Trigger(table, "UPDATE", f"{table}: not through recording()", condition)
        yield Trigger(table, "DELETE", f"{table}: nothing is ever deleted")
        if connection.vendor == "postgresql":
            yield Trigger(table, "TRUNCATE", f"{table}: nothing is ever deleted")


def unaccounted(tables: set[str]) -> str:
    """An entry without the history row it speaks of, or whose number any other row carries."""
    models_here = [model for model in tracked_models() if history_of(model)._meta.db_table in tables]

    def carrying(rows) -> str:
        return " UNION ALL ".join(
            f"SELECT '{model._meta.label_lower}' AS model, id FROM \"{row._meta.db_table}\" "
            f'WHERE "change_id" = NEW."number"'
            for model in models_here
            for row in rows(model)
        )

    if not models_here:  # between two migrations of a new database
        return "FALSE"
    history = carrying(lambda model: [history_of(model)])
    every_row = carrying(lambda model: [model, history_of(model)])
    its_own = '"model" = NEW."model" AND "id" = NEW."object_id"'
    return (
        f"NOT EXISTS (SELECT 1 FROM ({history}) AS carrying WHERE {its_own}) "
        f"OR EXISTS (SELECT 1 FROM ({every_row}) AS carrying WHERE NOT ({its_own}))"
    )


def unrecorded(model: type[Tracked]) -> str:
    """An update that touches the record without a later entry; columns outside the record may change."""
    distinct = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
    columns = [field.column for field in history_of(model).tracked_fields]
    differs = " OR ".join(f'NEW."{column}" {distinct} OLD."{column}"' for column in columns)
    key = model._meta.pk.column
    return (
        f'NEW."{key}" <> OLD."{key}" OR (({differs}) AND ({NOT_NEW} OR NEW."change_id" <= OLD."change_id"))'
    )


def missing() -> list[Trigger]:
    """The triggers that should be there and are not, or are switched off or altered."""
    if connection.vendor == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, concat_ws(' ', relname, tgtype, proconfig[1], prosrc) FROM pg_trigger "
            "JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgattr::text = ''"
        )
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = dict(cursor.fetchall())
    return [trigger for trigger in wanted() if there.get(trigger.name) != trigger.catalogued]


def in_place(app_configs, databases, **kwargs) -> list[Critical]:
    """The system check of the same: after every migrate, and at every start by `check --database`."""
    return [
        Critical(f"The database does not refuse {trigger.event} on {trigger.table}.", id="gscp.E001")
        for trigger in (missing() if databases else [])
    ]


def install(**signal) -> None:
    """Put back every trigger that is missing, and take away what earlier code left."""
    lacking = missing()
    remove(keep={trigger.name for trigger in wanted()} - {trigger.name for trigger in lacking})
    with connection.cursor() as cursor:
        for trigger in lacking:
            for statement in trigger.statements():
                cursor.execute(statement)


def remove(keep: frozenset[str] | set[str] = frozenset(), **signal) -> None:
    """Drop our triggers: before a migration, which ends by putting them back, and for tests to clean up."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        for name, table in cursor.fetchall():
            if name.startswith("gscp_") and name not in keep:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER "{name}"{on}')
