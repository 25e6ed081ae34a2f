"""Whether each index names every row: pages look rows up in indexes, and one that lacks a row hides it.

SQLite checks its whole file. PostgreSQL checks indexes where its extension amcheck is installed.
"""

from collections.abc import Iterator

from django.db import DatabaseError, connection, transaction

from gscp.record import kept_tables
from scrutiny.proof.findings import Finding, without_text
from scrutiny.proof.rows import last_number

# The extension's function in any schema, where this role may call it: at first only a superuser may.
# By what it runs, since another one could have been given its name.
AMCHECK = (
    "SELECT format('%I.%I', pronamespace::regnamespace, proname) FROM pg_proc "
    "WHERE prosrc = 'bt_index_check' AND probin = '$libdir/amcheck' AND pronargs = 2 "
    "AND has_schema_privilege(pronamespace, 'USAGE') AND has_function_privilege(oid, 'EXECUTE')"
)
BTREES = (
    "SELECT indexrelid::regclass::text, indexrelid::bigint FROM pg_index "
    "JOIN pg_class AS own ON own.oid = indexrelid JOIN pg_am ON pg_am.oid = own.relam "
    "JOIN pg_class AS indexed ON indexed.oid = indrelid "
    "WHERE amname = 'btree' AND pg_table_is_visible(indrelid) AND indexed.relname = ANY(%s)"
)


def unchecked() -> str:
    """What cannot be checked here, as a sentence; "" where all can."""
    if connection.vendor == "sqlite" or rows(AMCHECK):
        return ""
    return (
        "Not checked: whether each index names every row. "
        "This PostgreSQL has not the extension amcheck, or the tracker may not call it."
    )


def findings() -> Iterator[Finding]:
    last = last_number()
    if connection.vendor == "sqlite":
        for (trouble,) in rows("PRAGMA integrity_check"):
            if trouble != "ok":
                yield Finding(last, f"the database itself is damaged: {trouble}.")
        return
    for (check,) in rows(AMCHECK):
        for name, index in rows(BTREES, [sorted(kept_tables())]):
            try:
                with transaction.atomic():
                    rows(f"SELECT {check}(%s::oid::regclass, TRUE)", [index])
            except DatabaseError as error:
                yield Finding(last, f"the index {name} is damaged: {without_text(error).strip()}.")


def rows(query: str, values: list | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
