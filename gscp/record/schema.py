"""Whether the tables of the record are as migrations make them: columns, and what has to be unique or true.

A column of another type, collation or cast shows other values than those that were recorded, and so does one
that is generated. Without its constraint a table takes a second row beside the one that pages show.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

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
    for (table, column), as_migrated in columns_as_migrated().items():
        if found.get((table, column), as_migrated) != as_migrated:
            yield f"the column {column} of {table} is not as migrations make it"


@cache
def columns_as_migrated() -> dict[tuple[str, Any], list[Any]]:
    return {
        (model._meta.db_table, f.column): [f.db_type(connection), f.null, False]
        for model in kept_models()
        for f in model._meta.concrete_fields
    }


def missing_constraints() -> Iterator[str]:
    sqlite = connection.vendor == "sqlite"
    unique = {(table, name): rest for table, name, *rest in select_rows(UNIQUE[connection.vendor])}
    alone = {(table, columns) for (table, _), (columns, partial) in unique.items() if not partial}
    texts = dict(select_rows(TEXTS)) if sqlite else {}
    checks = set() if sqlite else set(select_rows(CHECKS))
    tables = {table for table, _ in unique}
    for table, columns_alone, constraints in constraints_as_migrated():
        if table not in tables:  # which is told, or a migration will make it
            continue
        if is_unlike_migrations(texts.get(table, "")):
            yield f"the table {table} is not written as migrations write it"
        for column in columns_alone:
            if (table, column) not in alone:
                yield f"the database does not hold {column} of {table} to be unique"
        for name, columns, partial, statement in constraints:
            if columns:
                holds = unique.get((table, name)) == [columns, partial] or (
                    not partial and (table, columns) in alone
                )
            else:
                holds = sqlite or (table, name) in checks
            if not holds or (sqlite and statement not in texts[table]):
                yield f"the database does not hold {name} of {table}"


class Constraint(NamedTuple):
    name: str
    columns: str  # that are unique together, or none
    partial: bool
    statement: str  # as SQLite keeps it in its catalogue


@cache
def constraints_as_migrated() -> list[tuple[str, list[str], list[Constraint]]]:
    """Of each table: its columns that are unique alone, and its constraints."""
    return [
        (
            model._meta.db_table,
            [str(f.column) for f in model._meta.concrete_fields if f.unique],
            [as_migrated(constraint, model) for constraint in model._meta.constraints],
        )
        for model in kept_models()
    ]


def as_migrated(constraint: models.BaseConstraint, model: type[models.Model]) -> Constraint:
    editor = connection.schema_editor()
    editor.deferred_sql = []
    statement = str(constraint.constraint_sql(model, editor) or constraint.create_sql(model, editor))
    columns, partial = "", False
    if isinstance(constraint, models.UniqueConstraint):
        fields: Any = map(model._meta.get_field, constraint.fields)
        columns = ",".join(f.column for f in fields)
        partial = constraint.condition is not None
    return Constraint(constraint.name, columns, partial, statement)


@lru_cache(200)
def is_unlike_migrations(text: str) -> bool:
    return bool(UNLIKE_MIGRATIONS.search(text))
