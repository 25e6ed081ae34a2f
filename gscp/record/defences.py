"""Whether the database still refuses what the triggers have it refuse.

Whoever has the database's password can switch a trigger off, or add something that bypasses it. weaknesses()
looks for that: at every start, for /health/ready, and on the Scrutineer's page.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress

from django.core.checks import Critical, Tags, run_checks
from django.db import DatabaseError, connection, models
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import capfirst

from gscp.record.sql import SCHEMA, select_rows
from gscp.record.tracked import kept_models, kept_tables
from gscp.record.triggers import Tables, existing_tables, expected_triggers, missing_triggers

logger = logging.getLogger(__name__)

# By vendor: what refers to what, as table, column, the other table and its column.
REFERENCES = {
    "sqlite": (
        'SELECT tables.name, refers."from", refers."table", refers."to" FROM sqlite_master AS tables, '
        "pragma_foreign_key_list(tables.name) AS refers WHERE tables.type = 'table'"
    ),
    "postgresql": (
        "SELECT own.relname, own_column.attname, other.relname, other_column.attname FROM pg_constraint "
        "JOIN pg_class AS own ON own.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid "
        "AND other.relnamespace = own.relnamespace "
        "JOIN pg_attribute AS own_column "
        "ON own_column.attrelid = conrelid AND ARRAY[own_column.attnum] = conkey "
        "JOIN pg_attribute AS other_column "
        "ON other_column.attrelid = confrelid AND ARRAY[other_column.attnum] = confkey "
        f"WHERE own.relnamespace = '{SCHEMA}'::regnamespace AND convalidated "
        "AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgconstraint = pg_constraint.oid "
        "AND tgenabled NOT IN ('O', 'A'))"
    ),
}
ON_TABLE, IN_SCHEMA = "JOIN pg_class ON pg_class.oid", f"relnamespace = '{SCHEMA}'::regnamespace"
# By vendor: what can drop or divert a statement on a table, by its name and that of the table.
ON_TABLES = {
    "sqlite": {"trigger": "SELECT name, lower(tbl_name) FROM sqlite_master WHERE type = 'trigger'"},
    "postgresql": {
        "trigger": (
            f"SELECT tgname, relname FROM pg_trigger {ON_TABLE} = tgrelid "
            f"WHERE {IN_SCHEMA} AND NOT tgisinternal"
        ),
        "rule": f"SELECT rulename, relname FROM pg_rewrite {ON_TABLE} = ev_class WHERE {IN_SCHEMA}",
        "row security": f"SELECT 'policy', relname FROM pg_class WHERE {IN_SCHEMA} AND relrowsecurity",
        "inheriting table": (
            f"SELECT inhrelid::regclass::text, relname FROM pg_inherits {ON_TABLE} = inhparent "
            f"WHERE {IN_SCHEMA}"
        ),
    },
}
IN_NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = made.oid AND deptype = 'e')"
# By vendor: functions, operators and schemas that the triggers' SQL could call instead of the built-in ones.
LOOKALIKES = {
    "sqlite": {},
    "postgresql": {
        "function": (
            "SELECT proname FROM pg_proc AS made WHERE prorettype <> 'trigger'::regtype "
            f"AND pronamespace = '{SCHEMA}'::regnamespace AND {IN_NO_EXTENSION}"
        ),
        "operator": (
            "SELECT oprname FROM pg_operator AS made "
            f"WHERE oprnamespace = '{SCHEMA}'::regnamespace AND {IN_NO_EXTENSION}"
        ),
        "schema": f"SELECT schema FROM unnest(current_schemas(FALSE)) AS schema WHERE schema <> '{SCHEMA}'",
    },
}


def weaknesses() -> list[str]:
    """What the database does not refuse, or might not, as sentences; empty where all is well."""
    tables = existing_tables()
    refusals = dict.fromkeys((trigger.event, trigger.table) for trigger in missing_triggers())
    return [
        *(f"the database does not refuse {event} on {table}" for event, table in refusals),
        *(f"the table {table} is not there" for table in missing_tables(tables)),
        *(
            f"the database does not hold {column} of {table} to {other}"
            for table, column, other in missing_references(tables)
        ),
        *foreign_objects(),
    ]


def missing_tables(tables: Tables) -> list[str]:
    # A table that a pending migration will make is not missing.
    absent = sorted(kept_tables() - tables.keys())
    return absent if absent and not pending_migrations() else []


def pending_migrations() -> list[Migration]:
    executor = MigrationExecutor(connection)
    return [step for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def missing_references(tables: Tables) -> Iterator[tuple[str, str, str]]:
    # Columns without their foreign key: table, column, and the table that it should refer to.
    references = set(select_rows(REFERENCES[connection.vendor]))
    for model in kept_models():
        for f in model._meta.concrete_fields:
            if isinstance(f, models.ForeignKey) and f.db_constraint:  # type: ignore[attr-defined]  # Django has it
                table, other = model._meta.db_table, f.related_model._meta.db_table
                reference = table, f.column, other, f.target_field.column
                if f.column in tables.get(table, ()) and reference not in references:
                    yield table, f.column, other


def foreign_objects() -> Iterator[str]:
    # What somebody else made in the database, and what could bypass a trigger.
    ours = {(trigger.name, trigger.table) for trigger in expected_triggers()}
    kept = kept_tables()
    for kind, query in ON_TABLES[connection.vendor].items():
        for name, table in select_rows(query):
            if table in kept and (name, table) not in ours:
                yield f"the {kind} {name} of {table} is none of ours"
    for kind, query in LOOKALIKES[connection.vendor].items():
        for (name,) in select_rows(query):
            yield f"the {kind} {name} is none of ours, and may be taken for what ours ask for"


def check_defences(app_configs, databases, **kwargs) -> list[Critical]:
    return [Critical(f"{capfirst(what)}.", id="gscp.E001") for what in (weaknesses() if databases else [])]


def log_weaknesses() -> None:
    with suppress(DatabaseError):  # /health/ready reports a database that does not answer
        for trouble in run_checks(tags=[Tags.database], databases=[connection.alias]):
            logger.critical(trouble.msg)
    connection.close()
