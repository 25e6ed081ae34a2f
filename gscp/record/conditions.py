"""When the triggers refuse: conditions in SQL, for both databases.

Of a tuple of them all must hold. Values are compared byte for byte, whatever collation, type or operator
somebody gives a column: on SQLite by COLLATE BINARY, on PostgreSQL by record_image_ne(), as rows are stored.
"""

from collections.abc import Container, Iterable, Iterator
from datetime import timedelta

from django.db import connection, models

from gscp.record.change import REASON, TOMBSTONE, Change, ChangeText
from gscp.record.fields import FreeText
from gscp.record.redaction import Redaction
from gscp.record.signature import Signature
from gscp.record.sql import SCHEMA
from gscp.record.tracked import Tracked, history_of, tracked_models

Tables = dict[str, list[str]]  # with the columns of each
REDACTION = Redaction._meta.db_table


def from_table(table: str) -> str:
    # On PostgreSQL with its schema, and without the rows of tables that inherit from it.
    return f'"{table}"' if connection.vendor == "sqlite" else f'ONLY {SCHEMA}."{table}"'


LEDGER, TEXTS, SIGNATURES = (from_table(model._meta.db_table) for model in (Change, ChangeText, Signature))
LAST = f'(SELECT coalesce(max("number"), 0) FROM {LEDGER})'
NUMBER_IS_TAKEN = f'NEW."change_id" <= {LAST}'
if connection.vendor == "sqlite":
    # Nor does a row come between two entries of an act: entry_without_its_rows() relies on it.
    NUMBER_IS_TAKEN += f' OR {LAST} <> (SELECT coalesce(max("change_id"), 0) FROM {SIGNATURES})'
# PostgreSQL looks at all rows of an INSERT together, once they are in their table.
NEW_ROWS = "new_rows"
A_NUMBER_IS_TAKEN = {
    "sqlite": NUMBER_IS_TAKEN,
    "postgresql": f'EXISTS (SELECT 1 FROM {NEW_ROWS} WHERE "change_id" <= {LAST})',
}
# An act is signed once, when all its entries are there.
IS_NOT_OF_LAST_ENTRY = f'NEW."change_id" <> {LAST}'
LATER = "max" if connection.vendor == "sqlite" else "greatest"
# The number after one that is there, at the moment that the clock shows, or that of the entry before if this
# is later. An act that was signed has no more entries, and one that was not is followed by none.
NEXT_IN_ORDER = (
    f'coalesce((SELECT {{0}}."at" = {LATER}("at", {{0}}."clock") '
    f'AND ({{0}}."act" = "act") <> EXISTS (SELECT 1 FROM {SIGNATURES} AS signed '
    f'WHERE signed."change_id" = entry."number") '
    f'FROM {LEDGER} AS entry WHERE "number" = {{0}}."number" - 1), '
    '{0}."number" = 1 AND {0}."at" = {0}."clock")'
)
# `at` never runs backwards: a clock far ahead would stop it for long. Two clocks may differ a little.
CLOCK_IS_AHEAD = "the clock of the server is more than an hour ahead of that of the database"
MOST_AHEAD = timedelta(hours=1)
IN_THE_FUTURE = {
    "sqlite": "datetime(NEW.\"clock\") > datetime('now', '+1 hour')",
    "postgresql": "NEW.\"clock\" > clock_timestamp() + interval '1 hour'",
}
TOMBSTONE_VALUE = f"'{TOMBSTONE}'" if connection.vendor == "sqlite" else f"'{TOMBSTONE}'::text"


def is_no_next_entry(tables: Container[str]) -> str:
    if Signature._meta.db_table not in tables:  # between two migrations of a new database
        return "TRUE"
    if connection.vendor == "sqlite":
        in_order = NEXT_IN_ORDER.format("NEW")
        return f'datetime(NEW."clock") IS NULL OR NOT {in_order} OR {entry_without_its_rows(tables)}'
    in_order = NEXT_IN_ORDER.format("added")
    is_out_of_order = f"EXISTS (SELECT 1 FROM {NEW_ROWS} AS added WHERE NOT {in_order})"
    return f"{is_out_of_order} OR {entries_without_their_rows(tables)}"


def entry_without_its_rows(tables: Container[str]) -> str:
    """A new entry of SQLite without its history row, or whose number a row of another record carries.

    No row comes after the first entry of an act. So that one asks about the rows of all of them together:
    each number is that of one record.
    """
    carrying, own = [], []
    for model, table, is_history in tables_with_numbers(tables):
        label = model._meta.label_lower
        carrying.append(
            f'SELECT \'{label}\' AS "model", "id", "change_id" FROM {table} WHERE "change_id" >= NEW."number"'
        )
        if is_history:
            by_whom = differs("actor_id", '"history_user_id"')
            own.append(
                f'WHEN \'{label}\' THEN EXISTS (SELECT 1 FROM {table} WHERE "change_id" = NEW."number" '
                f'AND "id" = NEW."object_id" AND NOT {by_whom} AND "history_date" = NEW."at")'
            )
    if not carrying:  # between two migrations of a new database
        return "FALSE"
    is_first = f'NOT EXISTS (SELECT 1 FROM {LEDGER} WHERE "number" = NEW."number" - 1 AND "act" = NEW."act")'
    shared = (
        f'SELECT 1 FROM ({" UNION ALL ".join(carrying)}) AS carrying GROUP BY "change_id" '
        'HAVING min("model") <> max("model") OR min("id") <> max("id")'
    )
    return f'NOT CASE NEW."model" {" ".join(own)} ELSE FALSE END OR ({is_first} AND EXISTS ({shared}))'


def entries_without_their_rows(tables: Container[str]) -> str:
    """The same of all entries that one statement of PostgreSQL adds, with one search of each table.

    Numbers have no gaps, and a history has a number once for each record. So where every row that carries one
    of these numbers is of its entry, and there are as many history rows as entries, each entry has its own.
    """
    by_whom_and_when = {False: "NULL::bigint, NULL::timestamptz", True: '"history_user_id", "history_date"'}
    carrying = " UNION ALL ".join(
        f'SELECT \'{model._meta.label_lower}\'::text, "id", "change_id", {int(is_history)}, '
        f'{by_whom_and_when[is_history]} FROM {table} WHERE "change_id" BETWEEN "first" AND "last"'
        for model, table, is_history in tables_with_numbers(tables)
    )
    if not carrying:  # between two migrations of a new database
        return "FALSE"
    its_own = (
        'SELECT entry."model" = carrying."model" AND "object_id" = "id" AND ("copy" = 0 OR '
        'NOT record_image_ne(ROW("actor_id"), ROW("by_whom")) AND "at" = "when") '
        f'FROM {LEDGER} AS entry WHERE "number" = "change_id"'
    )
    accounted = (
        f'SELECT bool_and(coalesce(({its_own}), FALSE)) AND sum("copy") = max("last") - min("first") + 1 '
        f'FROM (SELECT min("number") AS "first", max("number") AS "last" FROM {NEW_ROWS}) AS numbers '
        f"CROSS JOIN LATERAL ({carrying}) "
        'AS carrying ("model", "id", "change_id", "copy", "by_whom", "when")'
    )
    return f"NOT coalesce(({accounted}), FALSE)"


def tables_with_numbers(tables: Container[str]) -> Iterator[tuple[type[Tracked], str, bool]]:
    # Those whose rows carry the number of an entry, with their model, and whether they are its history.
    for model in tracked_models():
        for is_history, rows in enumerate([model, history_of(model)]):
            if history_of(model)._meta.db_table in tables:
                yield model, from_table(rows._meta.db_table), bool(is_history)


def differs(column: str, value: str = "") -> str:
    """The new value of a column is not `value` (SQL), or is not its old value. NULL counts as a value.

    PostgreSQL raises an error where `value` is not of the column's type.
    """
    new, old = f'NEW."{column}"', value or f'OLD."{column}"'
    if connection.vendor == "sqlite":
        return f"({new} COLLATE BINARY IS NOT {old})"
    return f"record_image_ne(ROW({new}), ROW({old}))"


def touches_record(model: type[Tracked], tables: Tables) -> str:
    # An update of the key or of a column that is tracked.
    columns = [str(model._meta.pk.column), *tracked_columns(model, tables)]
    return " OR ".join(map(differs, dict.fromkeys(columns)))


def tracked_columns(model: type[Tracked], tables: Tables) -> list[str]:
    recorded = set(tables.get(history_of(model)._meta.db_table, ()))
    return [column for column in tables.get(model._meta.db_table, ()) if column in recorded]


def unrecorded_update(model: type[Tracked], tables: Tables) -> tuple[str, ...]:
    # An update that changes tracked columns without a new number, or the key.
    columns = tracked_columns(model, tables)
    changed = " OR ".join(map(differs, columns)) or "TRUE"
    earlier = f'{NUMBER_IS_TAKEN} OR NEW."change_id" <= OLD."change_id"'
    other = (
        " OR ".join(column_changes_but_redaction(model, columns))
        if REDACTION in tables and columns
        else "TRUE"
    )
    # The key, and what never changes: looking back takes that from the row of today.
    fixed = [model._meta.pk.column, *model.fixed_columns()]
    moved = " OR ".join(differs(column) for column in fixed if column in columns) or "FALSE"
    return f"{moved} OR (({changed}) AND ({earlier}))", f"{moved} OR {other}"


def update_but_redaction(model: type[models.Model], tables: Tables) -> tuple[str, ...]:
    # An update of a history row or a text, other than the tombstone of a done redaction.
    if REDACTION not in tables:
        return ()
    columns = tables.get(model._meta.db_table, ())
    if model is ChangeText:
        kept = [column for column in columns if column not in ("salt", "value")]
        done = is_redacted('OLD."field"', 'OLD."change_id"')
        no_salt = "''" if connection.vendor == "sqlite" else "''::varchar"
        tombstone = [f"NOT {differs('value')}", differs("value", TOMBSTONE_VALUE), differs("salt", no_salt)]
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
            else f'(SELECT max(text."change_id") FROM {TEXTS} AS text '
            f'JOIN {LEDGER} AS entry ON entry."number" = text."change_id" '
            f'WHERE entry."model" = \'{model._meta.label_lower}\' AND entry."object_id" = OLD."id" '
            f'AND entry."number" <= OLD."change_id" AND text."field" = \'{column}\')'
        )
        done = is_redacted(f"'{column}'", entered)
        yield f"({differs(column)} AND ({differs(column, TOMBSTONE_VALUE)} OR NOT {done}))"


def is_redacted(field: str, entry: str) -> str:
    # The history, not the row: redaction_conditions() lets it say so only with another person's consent.
    return (
        f"EXISTS (SELECT 1 FROM {from_table(history_of(Redaction)._meta.db_table)} AS done "
        f'WHERE done."state" = \'done\' AND done."field" = {field} AND done."entry" = {entry})'
    )


def redaction_conditions() -> Iterator[tuple[str, str, str]]:
    """Table, event and condition: it is asked for, then decided once, by another person.

    The text that it is about never changes.
    """
    text = (
        f'EXISTS (SELECT 1 FROM {TEXTS} AS text WHERE text."change_id" = NEW."entry" '
        'AND text."field" = NEW."field" AND text."value" <> \'\' AND NEW."entry" < NEW."change_id")'
    )
    yield REDACTION, "INSERT", f"NEW.\"state\" <> 'asked' OR NOT {text}"
    changed = f"{differs('state')} AND OLD.\"state\" <> 'asked'"
    another = f"{differs('entry')} OR {differs('field')} OR {changed}"
    yield REDACTION, "UPDATE", another
    history = history_of(Redaction)._meta.db_table
    by_another = (
        f'EXISTS (SELECT 1 FROM {from_table(history)} AS asked WHERE asked."id" = NEW."id" '
        'AND asked."state" = \'asked\' AND asked."history_user_id" <> NEW."history_user_id" '
        'AND asked."entry" = NEW."entry" AND asked."field" = NEW."field")'
    )
    once = f'NOT EXISTS (SELECT 1 FROM {from_table(history)} AS earlier WHERE earlier."id" = NEW."id")'
    lawful = f"CASE WHEN NEW.\"state\" = 'asked' THEN {once} ELSE {by_another} END"
    yield history, "INSERT", f"NOT ({lawful})"
