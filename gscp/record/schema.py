"""Whether the tables of the record are as migrations make them: columns, and what has to be unique or true.

A column of another type, collation or cast shows other values than those that were recorded, and so does one
that is generated. Without its constraint a table takes a second row beside the one that pages show.
"""

import re
from collections.abc import Iterator
from functools import cache

from django.db import connection, models

from gscp.record.sql import SCHEMA, select_rows
from gscp.record.tracked import kept_models

# By vendor, of each column: table, name, type, whether it may be empty, and whether it is generated or has a
# collation of its own.
COLUMNS = {
    "sqlite": (
        'SELECT tables.name, own.name, lower(own.type), NOT own."notnull" AND NOT own.pk, own.hidden <> 0 '
        "FROM sqlite_master AS tables, pragma_table_xinfo(tables.name) AS own WHERE tables.type = 'table'"
    ),
    "postgresql": (
        "SELECT relname, attname, replace(format_type(atttypid, atttypmod), 'character varying', 'varchar'), "
        "NOT attnotnull, attcollation <> typcollation OR attgenerated <> '' "
        "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid "
        f"WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'r' AND attnum > 0"
    ),
}
# By vendor, of each unique index: table, name, columns in their order, and whether it has a condition.
UNIQUE = {
    "sqlite": (
        "SELECT tables.name, indexes.name, (SELECT group_concat(name) FROM pragma_index_info(indexes.name)), "
        "indexes.partial FROM sqlite_master AS tables, pragma_index_list(tables.name) AS indexes "
        "WHERE tables.type = 'table' AND indexes.\"unique\" UNION ALL "
        "SELECT tables.name, '', own.name, 0 FROM sqlite_master AS tables, "
        "pragma_table_xinfo(tables.name) AS own WHERE tables.type = 'table' AND own.pk"
    ),
    "postgresql": (
        "SELECT own.relname, indexes.relname, (SELECT string_agg(attname, ',' ORDER BY place) "
        "FROM unnest(indkey::int2[]) WITH ORDINALITY AS key (number, place) "
        "JOIN pg_attribute ON attrelid = indrelid AND attnum = number), indpred IS NOT NULL "
        "FROM pg_index JOIN pg_class AS own ON own.oid = indrelid "
        "JOIN pg_class AS indexes ON indexes.oid = indexrelid "
        f"WHERE own.relnamespace = '{SCHEMA}'::regnamespace AND indisunique AND indisvalid"
    ),
}
CHECKS = (
    "SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
    f"WHERE relnamespace = '{SCHEMA}'::regnamespace AND contype = 'c' AND convalidated AND conkey <> '{{}}'"
)
TEXTS = (
    "SELECT tbl_name, group_concat(sql, '; ') FROM sqlite_master WHERE type IN ('table', 'index') "
    "GROUP BY tbl_name"
)
# SQLite tells a column's collation in the table's text only, and in a comment anything can stand.
UNLIKE_MIGRATIONS = re.compile(r"\bcollate\b|--|/\*", re.IGNORECASE)


def wrong_columns() -> Iterator[str]:
    """Columns that are not as migrations make them, as sentences; missing ones are not told here."""
    found = {(table, column): rest for table, column, *rest in select_rows(COLUMNS[connection.vendor])}
    for model in kept_models():
        table = model._meta.db_table
        for f in model._meta.concrete_fields:
            as_migrated = [f.db_type(connection), f.null, False]
            kind, *others = found.get((table, f.column), as_migrated)
            if [kind, *map(bool, others)] != as_migrated:
                yield f"the column {f.column} of {table} is not as migrations make it"


def missing_constraints() -> Iterator[str]:
    unique = {(table, name): rest for table, name, *rest in select_rows(UNIQUE[connection.vendor])}
    alone = {(table, columns) for (table, _), (columns, partial) in unique.items() if not partial}
    texts = dict(select_rows(TEXTS)) if connection.vendor == "sqlite" else {}
    checks = set() if connection.vendor == "sqlite" else set(select_rows(CHECKS))
    tables = {table for table, _ in unique}
    for model in kept_models():
        table = model._meta.db_table
        if table not in tables:  # which is told, or a migration will make it
            continue
        if UNLIKE_MIGRATIONS.search(texts.get(table, "")):
            yield f"the table {table} is not written as migrations write it"
        for f in model._meta.concrete_fields:
            if f.unique and (table, f.column) not in alone:
                yield f"the database does not hold {f.column} of {table} to be unique"
        fields = {f.name: str(f.column) for f in model._meta.concrete_fields}
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                columns = ",".join(fields[name] for name in constraint.fields)
                expected = [columns, constraint.condition is not None]
                columns, partial = unique.get((table, constraint.name), ("", False))
                holds = [columns or "", bool(partial)] == expected or (
                    not expected[1] and (table, expected[0]) in alone
                )
            else:
                holds = connection.vendor == "sqlite" or (table, constraint.name) in checks
            if not holds or (texts and statements(model)[constraint.name] not in texts[table]):
                yield f"the database does not hold {constraint.name} of {table}"


@cache
def statements(model: type[models.Model]) -> dict[str, str]:
    # Of its constraints, by name, as SQLite keeps them in its catalogue.
    editor = connection.schema_editor()
    editor.deferred_sql = []
    return {
        one.name: str(one.constraint_sql(model, editor) or one.create_sql(model, editor))
        for one in model._meta.constraints
    }
