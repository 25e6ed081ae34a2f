"""The record's SQL statements, written by hand: every other writer waits while one saves, and Django's
queries take longer to build than these to run.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

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
    converted: dict[tuple[Any, Any], Any] = {}  # rows of one act share their moments
    prepared = []
    for f, value in values:
        kind = type(value)
        if kind in TAKEN_AS_THEY_ARE:
            prepared.append(value)
        elif kind in SAME_WHEREVER:
            key = (f.get_internal_type(), value)
            if key not in converted:
                converted[key] = f.get_db_prep_save(value, database)
            prepared.append(converted[key])
        else:
            prepared.append(f.get_db_prep_save(value, database))
    return prepared


# Both drivers take values of these types as they are, without the slow conversion by the field.
TAKEN_AS_THEY_ARE = {int, str, bool, type(None)}
SAME_WHEREVER = {date, datetime, UUID}  # what becomes of it depends on the kind of field alone


def insert_statement(rows: Sequence[models.Model]) -> Statement:
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key or getattr(rows[0], f.attname) is not None]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    return (
        f'INSERT INTO "{meta.db_table}" ({columns}) VALUES {", ".join([row] * len(rows))}',
        database_values((f, getattr(instance, f.attname)) for instance in rows for f in fields),
    )


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
