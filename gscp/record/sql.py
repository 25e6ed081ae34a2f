"""Statements of the record, written out: a save is waited for by every other writer."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from gscp.record.tracked import Tracked, history_of

WRITER_LOCK = 0x67736370  # "gscp": the PostgreSQL advisory lock all writers queue for
SCHEMA = "public"
Statement = tuple[str, list]


def select(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def run(*statements: Statement) -> list[tuple]:
    """What the last of these statements returns; to PostgreSQL they go in one errand."""
    if connection.vendor == "postgresql":
        one = "; ".join(sql for sql, _ in statements)
        statements = ((one, [value for _, values in statements for value in values]),)
    with connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def stored(values: Iterable[tuple[Any, Any]]) -> list:
    """Each field's value as the database takes it."""
    database = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up at each use
    return [
        value if type(value) in AS_THEY_ARE else f.get_db_prep_save(value, database) for f, value in values
    ]


AS_THEY_ARE = {int, str, bool, type(None)}  # both databases take these; asking each field takes long


def inserted(rows: Sequence[models.Model]) -> Statement:
    """Inserts rows of one model."""
    meta = rows[0]._meta
    fields = [f for f in meta.concrete_fields if not f.primary_key or getattr(rows[0], f.attname) is not None]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    return (
        f'INSERT INTO "{meta.db_table}" ({columns}) VALUES {", ".join([row] * len(rows))}',
        stored((f, getattr(instance, f.attname)) for instance in rows for f in fields),
    )


def updated(instance: Tracked, read: dict[str, Any], differing: list[models.Field]) -> Statement:
    """Saves what differs, if the row is still as it was read."""
    meta = instance._meta
    fields = [meta.get_field("change"), *differing]
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)
    return (
        f'UPDATE "{meta.db_table}" SET {columns} WHERE "{meta.pk.column}" = %s AND "change_id" = %s',
        [*stored((f, getattr(instance, f.attname)) for f in fields), instance.pk, read["change_id"]],
    )


def copied(instance: Tracked, row: dict[str, Any], before: int | None) -> Statement:
    """Copies the row, if it was saved, into its history; returns both ids, and the line of its last entry."""
    history = history_of(type(instance))
    own: list[Any] = [history._meta.get_field(name) for name in row]
    columns = ", ".join(f'"{f.column}"' for f in history.tracked_fields)
    return (
        f'INSERT INTO "{history._meta.db_table}" ({", ".join(row)}, {columns}) '
        f'SELECT %s, %s, %s, %s, {columns} FROM "{instance._meta.db_table}" WHERE "change_id" = %s '
        'RETURNING "history_id", "id", (SELECT "line" FROM "gscp_change" WHERE "number" = %s)',
        [*stored((f, row[f.attname]) for f in own), instance.change_id, before],
    )
