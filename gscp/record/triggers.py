"""What the database itself refuses, on both databases.

A tracked row changes only together with a new entry in the ledger; history and ledger grow and
never change; nothing is deleted. The triggers are taken away before every migrate, because SQLite
cannot rebuild a table they name, and put back after it; defences.py tells what is wrong with them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.core.management.base import CommandError
from django.db import connection, models
from django.db.migrations.operations import AddField, CreateModel

from gscp.record.change import Change, ChangeText
from gscp.record.conditions import (
    A_NUMBER_IS_TAKEN,
    CLOCK_IS_AHEAD,
    IN_THE_FUTURE,
    IS_NOT_OF_LAST_ENTRY,
    NEW_ROWS,
    REDACTION,
    Tables,
    is_no_next_entry,
    redaction_conditions,
    touches_record,
    unrecorded_update,
    update_but_redaction,
)
from gscp.record.schema import Columns, existing_columns
from gscp.record.signature import Signature
from gscp.record.sql import SCHEMA, WRITER_LOCK, select_rows
from gscp.record.tracked import (
    AppendOnly,
    Tracked,
    append_only_models,
    history_of,
    kept_tables,
    tracked_models,
)

# What the functions run with on PostgreSQL. Tables are named with their schema; functions and operators are
# PostgreSQL's own.
SETTINGS = (
    "search_path=pg_catalog, pg_temp",
    "enable_seqscan=off",  # plans are made while tables are small, and kept
    "enable_bitmapscan=off",  # of most tables no row is looked for: a bitmap only takes time to begin
)


@dataclass(frozen=True)
class Trigger:
    """A refusal: `event` on `table` raises an IntegrityError saying `message`, when all conditions hold.

    PostgreSQL prepares every query of a condition before it evaluates any, so rare ones are conditions of
    their own, after the others. `touches_record` is over the row alone: where it does not hold, as at a
    sign-in, nobody waits for the writers.
    """

    table: str
    event: str
    message: str
    conditions: tuple[str, ...] = ()
    touches_record: str = "TRUE"
    needs_keys: bool = False  # refused as well on a connection of SQLite whose foreign keys are off
    together: bool = False  # on PostgreSQL the conditions are over all rows of an INSERT, in `new_rows`

    @cached_property
    def name(self) -> str:
        # With a digest of the trigger's text, so that an altered trigger has another name.
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        return f"gscp_{self.event.lower()}_{digest}"

    def statements(self) -> list[str]:
        if connection.vendor == "sqlite":
            refused = " AND ".join(f"({one})" for one in self.conditions)
            if self.needs_keys:  # without them nothing asks for the row's entry
                refused = f"({refused}) OR (SELECT foreign_keys FROM pragma_foreign_keys) = 0"
            when = f"WHEN ({self.touches_record}) AND ({refused}) " if self.conditions else ""
            return [
                f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{self.table}" FOR EACH ROW {when}'
                f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            ]
        return [
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"{' '.join(f'SET {setting}' for setting in SETTINGS)} AS $${self.body}$$",
            f'CREATE TRIGGER "{self.name}" {self.when} EXECUTE FUNCTION "{self.name}"()',
            # Also for what PostgreSQL replicates, and for sessions that say they do.
            f'ALTER TABLE "{self.table}" ENABLE ALWAYS TRIGGER "{self.name}"',
        ]

    @cached_property
    def catalogue_text(self) -> str:
        # As missing_triggers() reads it in the database's catalogue.
        if connection.vendor == "sqlite":
            return self.statements()[0]
        row = 0 if self.event == "TRUNCATE" else 1
        before = 0 if self.together else 2
        event = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}[self.event]
        new_rows = [NEW_ROWS] if self.together else []
        return " ".join([f"{self.table} {row | before | event}", *new_rows, *SETTINGS, self.body])

    @property
    def when(self) -> str:
        if self.together:
            # For each row all the same: so nobody can make the table a part of another one, whose triggers
            # fire in place of these, and a row that is replicated fails.
            return f'AFTER INSERT ON "{self.table}" REFERENCING NEW TABLE AS {NEW_ROWS} FOR EACH ROW'
        each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return f'BEFORE {self.event} ON "{self.table}" FOR EACH {each}'

    @property
    def body(self) -> str:
        # Of a function, since PostgreSQL's WHEN clause may not look into another table.
        refuse = f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation';"
        if not self.conditions:
            return f"BEGIN {refuse} END"
        for condition in reversed(self.conditions):
            refuse = f"IF {condition} THEN {refuse} END IF;"
        # Raw SQL waits for the writers' lock too, or it could take the number of an act under way.
        waits = f"PERFORM pg_advisory_xact_lock({WRITER_LOCK}); {refuse}"
        asks = self.touches_record
        if self.together:  # the first of them asks for all
            asks = f"(SELECT NOT record_image_ne(NEW, first) FROM {NEW_ROWS} AS first LIMIT 1)"
        return f"BEGIN IF {asks} THEN {waits} END IF; RETURN NEW; END"


def existing_tables(columns: Columns | None = None) -> Tables:
    # In this order: the triggers' names depend on it.
    tables: Tables = {}
    for table, column in sorted(existing_columns() if columns is None else columns):
        tables.setdefault(table, []).append(column)
    return tables


def expected_triggers(tables: Tables | None = None) -> tuple[Trigger, ...]:
    # Of the existing tables and columns only: a database may be between two migrations.
    existing = existing_tables() if tables is None else tables
    return triggers_of(tuple((table, *columns) for table, columns in existing.items()))


@lru_cache(2)  # their texts take longer to make than to compare with the database
def triggers_of(tables_with_columns: tuple[tuple[str, ...], ...]) -> tuple[Trigger, ...]:
    return tuple(triggers_on({table: columns for table, *columns in tables_with_columns}))


def triggers_on(tables: Tables) -> Iterator[Trigger]:
    for model, conditions in conditions_of_update(tables).items():
        table = model._meta.db_table
        if table not in tables:
            continue
        if model is Change:
            message = "not the entry of one row saved in its turn"
            yield Trigger(table, "INSERT", message, (is_no_next_entry(tables),), together=True)
            # With a message of its own, by which a page can tell it from a fault of our code.
            yield Trigger(table, "INSERT", CLOCK_IS_AHEAD, (IN_THE_FUTURE[connection.vendor],))
        elif model is Signature:
            yield Trigger(table, "INSERT", "not the signature of the last entry", (IS_NOT_OF_LAST_ENTRY,))
        elif not issubclass(model, AppendOnly):
            message, taken = f"{table}: not through recording()", A_NUMBER_IS_TAKEN[connection.vendor]
            needs_keys = issubclass(model, Tracked)
            yield Trigger(table, "INSERT", message, (taken,), needs_keys=needs_keys, together=True)
        if connection.vendor == "sqlite":
            # REPLACE fires no trigger of DELETE where a connection does not say recursive_triggers=ON.
            taken = keys_that_are_taken(model, tables[table])
            yield Trigger(table, "INSERT", f"{table}: nothing is ever replaced", (taken,))
        touches = touches_record(model, tables) if issubclass(model, Tracked) else "TRUE"
        is_tracked = issubclass(model, Tracked)
        yield Trigger(table, "UPDATE", f"{table}: not through recording()", conditions, touches, is_tracked)
        yield Trigger(table, "DELETE", f"{table}: nothing is ever deleted")
        if connection.vendor == "postgresql":
            yield Trigger(table, "TRUNCATE", f"{table}: nothing is ever deleted")
    if REDACTION in tables:
        message = f"{REDACTION}: one person asks, another decides, once"
        for table, event, condition in redaction_conditions():
            yield Trigger(table, event, message, (condition,))


def keys_that_are_taken(model: type[models.Model], columns: list[str]) -> str:
    # That a row has the new one's key, or what else is unique without a condition.
    meta = model._meta
    column_of = {f.name: str(f.column) for f in meta.concrete_fields}
    unique = [[str(f.column)] for f in meta.concrete_fields if f.unique]
    unique += [[column_of[name] for name in one.fields] for one in meta.total_unique_constraints]
    same = [
        " AND ".join(f'"{column}" = NEW."{column}"' for column in names)
        for names in unique
        if set(names) <= set(columns)
    ]
    return " OR ".join(f'EXISTS (SELECT 1 FROM "{meta.db_table}" WHERE {one})' for one in same) or "FALSE"


def conditions_of_update(tables: Tables) -> dict[type[models.Model], tuple[str, ...]]:
    # For each table: when an update is refused. Without a condition each is.
    updates: dict[type[models.Model], tuple[str, ...]] = {
        Change: (),
        ChangeText: update_but_redaction(ChangeText, tables),
    }
    for tracked in tracked_models():
        updates[tracked] = unrecorded_update(tracked, tables)
        updates[history_of(tracked)] = update_but_redaction(history_of(tracked), tables)
    return updates | dict.fromkeys(append_only_models(), ())


def missing_triggers(tables: Tables | None = None) -> list[Trigger]:
    # Also those that are switched off or altered.
    if connection.vendor == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, "
            "concat_ws(' ', relname, tgtype, tgnewtable, array_to_string(proconfig, ' '), prosrc) "
            "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid "
            f"WHERE relnamespace = '{SCHEMA}'::regnamespace "
            "AND tgenabled = 'A' AND tgqual IS NULL AND tgattr::text = '' AND NOT prosecdef"
        )
    catalogue = dict(select_rows(query))
    return [one for one in expected_triggers(tables) if catalogue.get(one.name) != one.catalogue_text]


def refuse_losing_rows(plan, **signal) -> None:
    """Before a migrate: it may undo the making of tables, and of columns, only where the table is empty.

    Raises:
        CommandError: before anything is undone.
    """
    undone = {
        f"{migration.app_label}_{getattr(operation, 'model_name', operation.name)}".lower()
        for migration, backwards in plan
        for operation in (migration.operations if backwards else ())
        if isinstance(operation, (CreateModel, AddField))
    }
    with connection.cursor() as cursor:
        for table in sorted(undone & kept_tables() & existing_tables().keys()):
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
            if cursor.fetchone()[0]:
                raise CommandError(f"This would delete from {table}, where rows are kept for good.")


def install(**signal) -> None:
    missing = missing_triggers()
    remove(keep={trigger.name for trigger in expected_triggers()} - {trigger.name for trigger in missing})
    with connection.cursor() as cursor:
        for trigger in missing:
            for statement in trigger.statements():
                cursor.execute(statement)


def remove(keep: frozenset[str] | set[str] = frozenset(), **signal) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        for name, table in cursor.fetchall():
            if name.startswith("gscp_") and name not in keep:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER "{name}"{on}')
