"""The record's SQL statements, written by hand: every other writer waits while one saves, and Django's
queries take longer to build than these to run.
"""

import json
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from gscp.record.tracked import Tracked, history_of

WRITER_LOCK = 0x67736370  # "gscp": the PostgreSQL advisory lock all writers queue for
SCHEMA = "public"
BATCH = 500  # rows in a statement: SQLite takes 32,766 values in one
Statement = tuple[str, list]


def select_rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def run(*statements: Statement) -> list[tuple]:
    """The rows that the last of these statements returns. PostgreSQL gets them in one round trip."""
    if connection.vendor == "postgresql":
        joined = "; ".join(sql for sql, _ in statements)
        statements = ((joined, [value for _, values in statements for value in values]),)
    with connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def database_values(values: Iterable[tuple[Any, Any]]) -> list:
    database = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up at each use
    return [
        value if type(value) in TAKEN_AS_THEY_ARE else f.get_db_prep_save(value, database)
        for f, value in values
    ]


# Both drivers take values of these types as they are, without the slow conversion by the field.
TAKEN_AS_THEY_ARE = {int, str, bool, type(None)}


def insert_statement(rows: Sequence[Any]) -> Statement:
    return insert_of(*as_columns(rows))


def as_columns(rows: Sequence[Any]) -> tuple[Any, list[Any], list[Any]]:
    """Their model's options, its fields, and for each field the values of all rows.

    Rows are instances, or whatever has the attributes of one and its `_meta`.
    """
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key or getattr(rows[0], f.attname) is not None]
    values = attrgetter(*(f.attname for f in fields))
    return meta, fields, list(zip(*map(values, rows), strict=True))


def insert_of(meta: Any, fields: Sequence[Any], columns: Sequence[Sequence[Any]]) -> Statement:
    prepared = prepared_columns(fields, columns)
    row = f"({', '.join(['%s'] * len(fields))})"
    return (
        f"INSERT INTO {with_columns(meta, fields)} VALUES {', '.join([row] * len(prepared[0]))}",
        list(chain.from_iterable(zip(*prepared, strict=True))),
    )


def insert_many(meta: Any, fields: Sequence[Any], columns: Sequence[Sequence[Any]]) -> None:
    """Insert rows, however many; PostgreSQL reads them sooner from a COPY than from a statement."""
    for first in range(0, len(columns[0]), BATCH):
        batch = [column[first : first + BATCH] for column in columns]
        if connection.vendor == "postgresql":
            copy_in(meta, fields, prepared_columns(fields, batch))
        else:
            run(insert_of(meta, fields, batch))


def copy_in(meta: Any, fields: Sequence[Any], prepared: list[Sequence[Any]]) -> None:
    lines = map("\t".join, zip(*map(copied_column, prepared), strict=True))
    file = StringIO("".join(f"{line}\n" for line in lines))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {with_columns(meta, fields)} FROM STDIN", file)


def copied_column(values: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, values))
    if kinds == {int}:
        return map(str, values)
    if kinds == {str} and not SPECIAL.search("".join(values)):
        return values
    return map(as_copied, values)


def as_copied(value: Any) -> str:
    # As a line of COPY has it.
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(ESCAPES) if SPECIAL.search(value) else value
    return str(value)


SPECIAL = re.compile(r"[\\\t\n\r]")
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def with_columns(meta: Any, fields: Sequence[Any]) -> str:
    names = ", ".join(f'"{f.column}"' for f in fields)
    return f'"{meta.db_table}" ({names})'


def prepared_columns(fields: Sequence[Any], columns: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    database = connections[DEFAULT_DB_ALIAS]
    prepared: list[Sequence[Any]] = []
    for f, values in zip(fields, columns, strict=True):
        if TAKEN_AS_THEY_ARE.issuperset(map(type, values)):
            prepared.append(values)
        elif isinstance(f, models.JSONField):
            prepared.append([json.dumps(value) for value in values])
        elif all(value is values[0] for value in values):  # rows of one act share their moment
            prepared.append([f.get_db_prep_save(values[0], database)] * len(values))
        else:
            prepared.append(database_values((f, value) for value in values))
    return prepared


def update_statement(instance: Tracked, read: dict[str, Any], changed: list[models.Field]) -> Statement:
    # It updates nothing if the row has another number than when it was read.
    meta = instance._meta
    fields = [meta.get_field("change"), *changed]
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    return (
        f'UPDATE "{meta.db_table}" SET {columns} WHERE "{meta.pk.column}" = %s AND "change_id" = %s',
        [*database_values((f, getattr(instance, f.attname)) for f in fields), instance.pk, read["change_id"]],
    )


def copy_statement(instance: Tracked, row: dict[str, Any], before: int | None) -> Statement:
    """Copies a saved row into its history table.

    Returns the id of the copy, the id of the row, and the line of entry `before`; nothing if none was saved.
    """
    history = history_of(type(instance))
    own: list[Any] = [history._meta.get_field(name) for name in row]
    columns = ", ".join(f'"{f.column}"' for f in history.tracked_fields)
    return (
        f'INSERT INTO "{history._meta.db_table}" ({", ".join(row)}, {columns}) '
        f'SELECT %s, %s, %s, %s, {columns} FROM "{instance._meta.db_table}" WHERE "change_id" = %s '
        'RETURNING "history_id", "id", (SELECT "line" FROM "gscp_change" WHERE "number" = %s)',
        [*database_values((f, row[f.attname]) for f in own), instance.change_id, before],
    )
