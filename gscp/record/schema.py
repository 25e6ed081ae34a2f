"""Whether the tables of the record are as migrations make them: columns, and what has to be unique or true.

A column of another type, collation or cast shows other values than those that were recorded, and so does one
that is generated. Without its constraint a table takes a second row beside the one that pages show.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, models, transaction

from gscp.record.sql import SCHEMA, select_rows
from gscp.record.tracked import kept_models

Columns = dict[tuple[str, Any], tuple[Any, ...]]  # by table and column, the others of COLUMNS
# By vendor, of each column: table, name, type, whether it may be empty, and whether it is generated or has a
# collation of its own; of SQLite's also whether it is the table's key, which no index stands for.
COLUMNS = {
    "sqlite": (
        'SELECT tables.name, own.name, lower(own.type), NOT own."notnull" AND NOT own.pk, own.hidden <> 0, '
        "own.pk FROM sqlite_master AS tables, pragma_table_xinfo(tables.name) AS own "
        "WHERE tables.type = 'table'"
    ),
    "postgresql": (
        "SELECT relname, attname, replace(format_type(atttypid, atttypmod), 'character varying', 'varchar'), "
        "NOT attnotnull, attcollation <> typcollation OR attgenerated <> '' "
        "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid "
        f"WHERE relnamespace = '{SCHEMA}'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"
    ),
}
# By vendor, of each unique index: table, name, columns in their order ("?" for an expression, or where an
# operator class of somebody's own compares), and its condition; of SQLite's whether it has one.
UNIQUE = {
    "sqlite": (
        "SELECT tables.name, indexes.name, (SELECT group_concat(coalesce(name, '?')) "
        "FROM pragma_index_info(indexes.name)), indexes.partial FROM sqlite_master AS tables, "
        "pragma_index_list(tables.name) AS indexes "
        "WHERE tables.type = 'table' AND indexes.\"unique\""
    ),
    "postgresql": (
        "SELECT own.relname, indexes.relname, (SELECT string_agg("
        "CASE WHEN attname <> '' AND opclass < 16384 THEN attname ELSE '?' END, ',' ORDER BY place) "
        "FROM unnest(indkey::int2[], indclass::oid[]) WITH ORDINALITY AS key (number, opclass, place) "
        "LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number), "
        "coalesce(pg_get_expr(indpred, indrelid), '') "
        "FROM pg_index JOIN pg_class AS own ON own.oid = indrelid "
        "JOIN pg_class AS indexes ON indexes.oid = indexrelid "
        f"WHERE own.relnamespace = '{SCHEMA}'::regnamespace AND indisunique AND indisvalid"
    ),
}
CHECKS = (
    "SELECT relname, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint "
    "JOIN pg_class ON pg_class.oid = conrelid "
    f"WHERE relnamespace = '{SCHEMA}'::regnamespace AND contype = 'c' AND convalidated AND conkey <> '{{}}'"
)
TEXTS = (
    "SELECT tbl_name, group_concat(sql, '; ') FROM sqlite_master WHERE type IN ('table', 'index') "
    "GROUP BY tbl_name"
)
# SQLite tells a column's collation in the table's text only, and in a comment anything can stand.
UNLIKE_MIGRATIONS = re.compile(r"\bcollate\b|--|/\*", re.IGNORECASE)
LITERAL, OF_ANOTHER_SCHEMA = re.compile("'(?:[^']|'')*'"), re.compile(r'[\w"]\.')


def existing_columns() -> Columns:
    # As they are, whichever migration the database is at.
    return {row[:2]: row[2:] for row in select_rows(COLUMNS[connection.vendor])}


def wrong_columns(found: Columns) -> Iterator[str]:
    """Columns that are not as migrations make them, as sentences; missing ones are not told here."""
    for (table, column), as_migrated in columns_as_migrated().items():
        if found.get((table, column), as_migrated)[:3] != as_migrated:
            yield f"the column {column} of {table} is not as migrations make it"


@cache
def columns_as_migrated() -> Columns:
    return {
        (model._meta.db_table, f.column): (f.db_type(connection), f.null, False)
        for model in kept_models()
        for f in model._meta.concrete_fields
    }


def missing_constraints(existing: Columns) -> Iterator[str]:
    sqlite = connection.vendor == "sqlite"
    unique = {(table, name): rest for table, name, *rest in select_rows(UNIQUE[connection.vendor])}
    alone = {(table, columns) for (table, _), (columns, condition) in unique.items() if not condition}
    alone |= {column for column, rest in existing.items() if any(rest[3:])}
    texts = dict(select_rows(TEXTS)) if sqlite else {}
    checks = {} if sqlite else {(table, name): ("", rest) for table, name, rest in select_rows(CHECKS)}
    tables, found = {table for table, _ in existing}, unique | checks
    for table, columns_alone, constraints in constraints_as_migrated():
        if table not in tables:  # which is told, or a migration will make it
            continue
        if is_unlike_migrations(texts.get(table, "")):
            yield f"the table {table} is not written as migrations write it"
        for column in columns_alone:
            if (table, column) not in alone:
                yield f"the database does not hold {column} of {table} to be unique"
        for one in constraints:
            is_alone = bool(one.columns) and not one.condition and (table, one.columns) in alone
            columns, condition = found.get((table, one.name), ("", None))
            if sqlite:  # which says of an index only whether it has a condition: that is in the text
                as_listed = not one.columns or (columns, condition) == (one.columns, bool(one.condition))
                holds = one.statement in texts[table] and (is_alone or as_listed)
            else:
                holds = is_alone or (columns == one.columns and is_condition(table, one.condition, condition))
            if not holds:
                yield f"the database does not hold {one.name} of {table}"


def is_condition(table: str, ours: str, found: str | None) -> bool:
    """Whether PostgreSQL, which words conditions in its own way, has this one of ours."""
    if not (ours and found):
        return ours == found
    try:
        return means_the_same(table, ours, found)
    except DatabaseError:  # it names a column that is not there
        return False


@lru_cache(200)
def means_the_same(table: str, ours: str, found: str) -> bool:
    # What is of another schema stands there with a dot. defences.py tells of lookalikes in our own.
    if OF_ANOTHER_SCHEMA.search(LITERAL.sub("''", found)):
        return False
    plan = f'EXPLAIN (VERBOSE, FORMAT JSON) SELECT {ours}, {found} FROM ONLY {SCHEMA}."{table}"'
    with transaction.atomic():
        [([planned],)] = select_rows(plan)
    one, other = planned["Plan"]["Output"]
    return one == other


class Constraint(NamedTuple):
    name: str
    columns: str  # that are unique together, or none
    condition: str  # of the rows that it is about, or that all have to meet
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
    columns = ""
    if isinstance(constraint, models.UniqueConstraint):
        fields: Any = map(model._meta.get_field, constraint.fields)
        columns = ",".join(f.column for f in fields)
    condition = statement.partition(" WHERE " if columns else " CHECK ")[2]
    return Constraint(constraint.name, columns, condition, statement)


@lru_cache(200)
def is_unlike_migrations(text: str) -> bool:
    return bool(UNLIKE_MIGRATIONS.search(text))
