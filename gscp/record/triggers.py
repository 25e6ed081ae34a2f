"""What the database itself refuses, on both databases.

A tracked row changes only together with a new entry in the ledger; history and ledger grow and
never change; nothing is deleted. The triggers are taken away before every migrate, because SQLite
cannot rebuild a table they name, and put back after it; defences.py tells what is wrong with them.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from django.core.management.base import CommandError
from django.db import connection, models
from django.db.migrations.operations import AddField, CreateModel

from gscp.record.change import REASON, TOMBSTONE, Change, ChangeText
from gscp.record.fields import FreeText
from gscp.record.redaction import Redaction
from gscp.record.sql import SCHEMA, WRITER_LOCK, select_rows
from gscp.record.tracked import (
    AppendOnly,
    Tracked,
    append_only_models,
    history_of,
    kept_tables,
    tracked_models,
)

# What the functions run with on PostgreSQL.
SETTINGS = (
    f"search_path={SCHEMA}, pg_temp",  # a temporary table must not pass for one of ours
    "enable_seqscan=off",  # plans are made while tables are small, and kept
)
LAST = '(SELECT coalesce(max("number"), 0) FROM "gscp_change")'
# The next number, and no earlier than the last.
NEXT_IN_ORDER = (
    'coalesce((SELECT NEW."number" = "number" + 1 AND NEW."at" >= "at" FROM "gscp_change" '
    'ORDER BY "number" DESC LIMIT 1), NEW."number" = 1)'
)
# Nothing could be recorded after a moment that is still to come. Two servers' clocks may differ a little.
IN_THE_FUTURE = {
    "sqlite": "datetime(NEW.\"at\") IS NULL OR datetime(NEW.\"at\") > datetime('now', '+1 hour')",
    "postgresql": "NEW.\"at\" > clock_timestamp() + interval '1 hour'",
}
TOMBSTONE_LITERAL = f"'{TOMBSTONE}'"
REDACTION = Redaction._meta.db_table
Tables = dict[str, list[str]]  # with the columns of each
NUMBER_IS_TAKEN = f'NEW."change_id" <= {LAST}'


@dataclass(frozen=True)
class Trigger:
    """A refusal: `event` on `table` raises an IntegrityError saying `message`, when all conditions hold.

    PostgreSQL prepares every query of a condition before it evaluates any, so rare ones are conditions of
    their own, after the others.
    """

    table: str
    event: str
    message: str
    conditions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        # With a digest of the trigger's text, so that an altered trigger has another name.
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        return f"gscp_{self.event.lower()}_{digest}"

    def statements(self) -> list[str]:
        if connection.vendor == "sqlite":
            when = f"WHEN {' AND '.join(f'({one})' for one in self.conditions)} " if self.conditions else ""
            return [
                f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{self.table}" FOR EACH ROW {when}'
                f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            ]
        each = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return [
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql '
            f"{' '.join(f'SET {setting}' for setting in SETTINGS)} AS $${self.body}$$",
            f'CREATE TRIGGER "{self.name}" BEFORE {self.event} ON "{self.table}" '
            f'FOR EACH {each} EXECUTE FUNCTION "{self.name}"()',
        ]

    @property
    def catalogue_text(self) -> str:
        # As missing_triggers() reads it in the database's catalogue.
        if connection.vendor == "sqlite":
            return self.statements()[0]
        row = 0 if self.event == "TRUNCATE" else 1
        before, event = 2, {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}[self.event]
        return f"{self.table} {row | before | event} {' '.join(SETTINGS)} {self.body}"

    @property
    def body(self) -> str:
        # Of a function, since PostgreSQL's WHEN clause may not look into another table.
        refuse = f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation';"
        if not self.conditions:
            return f"BEGIN {refuse} END"
        for condition in reversed(self.conditions):
            refuse = f"IF {condition} THEN {refuse} END IF;"
        # Raw SQL waits for the writers' lock too, or it could take the number of an act under way.
        return f"BEGIN PERFORM pg_advisory_xact_lock({WRITER_LOCK}); {refuse} RETURN NEW; END"


def existing_tables() -> Tables:
    # As they are, whichever migration the database is at.
    if connection.vendor == "sqlite":
        query = (
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, "
            "pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' ORDER BY 1, 2"
        )
    else:
        query = (
            "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
            f"WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'r' "
            'AND attnum > 0 AND NOT attisdropped ORDER BY relname, attname COLLATE "C"'
        )
    columns: Tables = {}
    for table, column in select_rows(query):
        columns.setdefault(table, []).append(column)
    return columns


def expected_triggers() -> Iterator[Trigger]:
    # Of the existing tables and columns only: a database may be between two migrations.
    tables = existing_tables()
    updates = {Change: (), ChangeText: update_but_redaction(ChangeText, tables)}
    for tracked in tracked_models():
        updates[tracked] = unrecorded_update(tracked, tables)
        updates[history_of(tracked)] = update_but_redaction(history_of(tracked), tables)
    updates |= dict.fromkeys(append_only_models(), ())
    for model, conditions in updates.items():
        table = model._meta.db_table
        if table not in tables:
            continue
        if model is Change:
            is_in_future = IN_THE_FUTURE[connection.vendor]
            is_refused = f"NOT {NEXT_IN_ORDER} OR {is_in_future} OR {entry_without_its_rows(tables)}"
            yield Trigger(table, "INSERT", "not the entry of one row saved in its turn", (is_refused,))
        elif not issubclass(model, AppendOnly):
            yield Trigger(table, "INSERT", f"{table}: not through recording()", (NUMBER_IS_TAKEN,))
        yield Trigger(table, "UPDATE", f"{table}: not through recording()", conditions)
        yield Trigger(table, "DELETE", f"{table}: nothing is ever deleted")
        if connection.vendor == "postgresql":
            yield Trigger(table, "TRUNCATE", f"{table}: nothing is ever deleted")
    if REDACTION in tables:
        yield from redaction_triggers()


# The functions from here to is_redacted() return conditions in SQL; of a tuple, all must hold.


def entry_without_its_rows(tables: Container[str]) -> str:
    # A new entry that no history row belongs to, or whose number a row of another record carries.
    carrying = " UNION ALL ".join(
        f"SELECT CASE WHEN {is_own_row(model, bool(copy))} THEN 1 ELSE 0 END AS its_own, {copy} AS copy "
        f'FROM "{rows._meta.db_table}" WHERE "change_id" = NEW."number"'
        for model in tracked_models()
        for copy, rows in enumerate([model, history_of(model)])
        if history_of(model)._meta.db_table in tables
    )
    if not carrying:  # between two migrations of a new database
        return "FALSE"
    accounted = f"SELECT min(its_own) = 1 AND max(copy) = 1 FROM ({carrying}) AS carrying"
    return f"NOT coalesce(({accounted}), FALSE)"


def is_own_row(model: type[Tracked], is_history: bool) -> str:
    # Of the new entry: the row that it is about, or its history row by the same person and moment.
    of_it = f'\'{model._meta.label_lower}\' = NEW."model" AND "id" = NEW."object_id"'
    by_whom = differs("actor_id", '"history_user_id"')
    return f'{of_it} AND NOT {by_whom} AND "history_date" = NEW."at"' if is_history else of_it


def differs(column: str, value: str = "") -> str:
    """The new value of a column is not `value` (SQL), or is not its old value. NULL counts as a value."""
    distinct = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
    old = f'OLD."{column}"'
    return f'(NEW."{column}" {distinct} {value or old})'


def unrecorded_update(model: type[Tracked], tables: Tables) -> tuple[str, ...]:
    # An update that changes tracked columns without a new number, or the key.
    recorded = set(tables.get(history_of(model)._meta.db_table, ()))
    columns = [column for column in tables.get(model._meta.db_table, ()) if column in recorded]
    changed = " OR ".join(map(differs, columns)) or "TRUE"
    earlier = f'{NUMBER_IS_TAKEN} OR NEW."change_id" <= OLD."change_id"'
    other = (
        " OR ".join(column_changes_but_redaction(model, columns))
        if REDACTION in tables and columns
        else "TRUE"
    )
    moved = f'NEW."{model._meta.pk.column}" <> OLD."{model._meta.pk.column}"'
    return f"{moved} OR (({changed}) AND ({earlier}))", f"{moved} OR {other}"


def update_but_redaction(model: type[models.Model], tables: Tables) -> tuple[str, ...]:
    # An update of a history row or a text, other than the tombstone of a done redaction.
    if REDACTION not in tables:
        return ()
    columns = tables.get(model._meta.db_table, ())
    if model is ChangeText:
        kept = [column for column in columns if column not in ("salt", "value")]
        done = is_redacted('OLD."field"', 'OLD."change_id"')
        tombstone = [f"NOT {differs('value')}", differs("value", TOMBSTONE_LITERAL), differs("salt", "''")]
        return (" OR ".join([*map(differs, kept), *tombstone, f"NOT {done}"]),)
    nothing = " AND ".join(f"NOT {differs(column)}" for column in columns)
    return (" OR ".join([f"({nothing})", *column_changes_but_redaction(model.instance_type, columns)]),)  # type: ignore[attr-defined]  # simple-history sets it


def column_changes_but_redaction(model: type[Tracked], columns: Iterable[str]) -> Iterator[str]:
    # For each column: it changes, other than to the tombstone of a done redaction.
    texts = {
        f.column
        for f in history_of(model)._meta.concrete_fields
        if f.name == REASON or isinstance(f, FreeText)
    }
    for column in columns:
        if column not in texts:
            yield differs(column)
            continue
        entered = (
            'OLD."change_id"'
            if column == REASON
            else '(SELECT max(text."change_id") FROM "gscp_changetext" AS text '
            'JOIN "gscp_change" AS entry ON entry."number" = text."change_id" '
            f'WHERE entry."model" = \'{model._meta.label_lower}\' AND entry."object_id" = OLD."id" '
            f'AND entry."number" <= OLD."change_id" AND text."field" = \'{column}\')'
        )
        done = is_redacted(f"'{column}'", entered)
        yield f"({differs(column)} AND ({differs(column, TOMBSTONE_LITERAL)} OR NOT {done}))"


def is_redacted(field: str, entry: str) -> str:
    # The history, not the row: redaction_triggers() lets it say so only with another person's consent.
    return (
        f"EXISTS (SELECT 1 FROM {from_table(history_of(Redaction)._meta.db_table)} AS done "
        f'WHERE done."state" = \'done\' AND done."field" = {field} AND done."entry" = {entry})'
    )


def from_table(table: str) -> str:
    # Without the rows of PostgreSQL tables that inherit from it.
    return f'"{table}"' if connection.vendor == "sqlite" else f'ONLY "{table}"'


def redaction_triggers() -> Iterator[Trigger]:
    # A redaction is asked for, then decided once, by another person; the text it is about never changes.
    message = f"{REDACTION}: one person asks, another decides, once"
    text = (
        'EXISTS (SELECT 1 FROM "gscp_changetext" AS text WHERE text."change_id" = NEW."entry" '
        'AND text."field" = NEW."field" AND text."value" <> \'\' AND NEW."entry" < NEW."change_id")'
    )
    yield Trigger(REDACTION, "INSERT", message, (f"NEW.\"state\" <> 'asked' OR NOT {text}",))
    changed = f"{differs('state')} AND OLD.\"state\" <> 'asked'"
    another = f"{differs('entry')} OR {differs('field')} OR {changed}"
    yield Trigger(REDACTION, "UPDATE", message, (another,))
    history = history_of(Redaction)._meta.db_table
    by_another = (
        f'EXISTS (SELECT 1 FROM {from_table(history)} AS asked WHERE asked."id" = NEW."id" '
        'AND asked."state" = \'asked\' AND asked."history_user_id" <> NEW."history_user_id" '
        'AND asked."entry" = NEW."entry" AND asked."field" = NEW."field")'
    )
    once = f'NOT EXISTS (SELECT 1 FROM {from_table(history)} AS earlier WHERE earlier."id" = NEW."id")'
    lawful = f"CASE WHEN NEW.\"state\" = 'asked' THEN {once} ELSE {by_another} END"
    yield Trigger(history, "INSERT", message, (f"NOT ({lawful})",))


def missing_triggers() -> list[Trigger]:
    # Also those that are switched off or altered.
    if connection.vendor == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, concat_ws(' ', relname, tgtype, array_to_string(proconfig, ' '), prosrc) "
            "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid "
            f"WHERE relnamespace = '{SCHEMA}'::regnamespace "
            "AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgattr::text = '' "
            # With this setting no trigger fires: now, or in later sessions of whomever it is set for.
            "AND current_setting('session_replication_role') <> 'replica' AND NOT EXISTS (SELECT 1 FROM "
            "pg_db_role_setting WHERE lower(setconfig::text) LIKE '%session_replication_role=replica%' "
            "AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))"
        )
    catalogue = dict(select_rows(query))
    return [one for one in expected_triggers() if catalogue.get(one.name) != one.catalogue_text]


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
