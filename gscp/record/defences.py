"""Whether the database still refuses what gscp/record/triggers.py has it refuse.

Somebody with the keys to it can switch a trigger off, or put in its way what passes it by. wrong() looks for
all of that: at every start, for /health/ready, and on the Scrutineer's page.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress

from django.core.checks import Critical, Tags, run_checks
from django.db import DatabaseError, connection, models
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import capfirst

from gscp.record.sql import SCHEMA, select
from gscp.record.tracked import kept_models, kept_tables
from gscp.record.triggers import Tables, missing, tables, wanted

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
        f"WHERE own.relnamespace = '{SCHEMA}'::regnamespace AND contype = 'f' AND convalidated "
        "AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgconstraint = pg_constraint.oid "
        "AND tgenabled NOT IN ('O', 'A'))"
    ),
}
ON, THERE = "JOIN pg_class ON pg_class.oid", f"relnamespace = '{SCHEMA}'::regnamespace"
# By vendor: what may stand on a table and drop a statement unseen, by its name and that of the table.
ON_TABLES = {
    "sqlite": {"trigger": "SELECT name, lower(tbl_name) FROM sqlite_master WHERE type = 'trigger'"},
    "postgresql": {
        "trigger": (
            f"SELECT tgname, relname FROM pg_trigger {ON} = tgrelid WHERE {THERE} AND NOT tgisinternal"
        ),
        "rule": f"SELECT rulename, relname FROM pg_rewrite {ON} = ev_class WHERE {THERE}",
        "row security": f"SELECT 'policy', relname FROM pg_class WHERE {THERE} AND relrowsecurity",
        "inheriting table": (
            f"SELECT inhrelid::regclass::text, relname FROM pg_inherits {ON} = inhparent WHERE {THERE}"
        ),
    },
}
OF_NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = made.oid AND deptype = 'e')"
# By vendor: what the database may take for its own, or for ours. With these somebody says what is equal.
DECOYS = {
    "sqlite": {},
    "postgresql": {
        "function": (
            "SELECT proname FROM pg_proc AS made WHERE prorettype <> 'trigger'::regtype "
            f"AND pronamespace = '{SCHEMA}'::regnamespace AND {OF_NO_EXTENSION}"
        ),
        "operator": (
            "SELECT oprname FROM pg_operator AS made "
            f"WHERE oprnamespace = '{SCHEMA}'::regnamespace AND {OF_NO_EXTENSION}"
        ),
        "schema": f"SELECT schema FROM unnest(current_schemas(FALSE)) AS schema WHERE schema <> '{SCHEMA}'",
    },
}


def wrong() -> list[str]:
    """What the database does not refuse, or might not, for whoever has to know."""
    there = tables()
    refusals = dict.fromkeys((trigger.event, trigger.table) for trigger in missing())
    return [
        *(f"the database does not refuse {event} on {table}" for event, table in refusals),
        *(f"the table {table} is not there" for table in gone(there)),
        *(
            f"the database does not hold {column} of {table} to {other}"
            for table, column, other in loose(there)
        ),
        *strange(),
    ]


def gone(there: Tables) -> list[str]:
    """The tables that should be there and are not, and that no migration to come will make."""
    absent = sorted(kept_tables() - there.keys())
    return absent if absent and not to_come() else []


def to_come() -> list[Migration]:
    """The migrations that have not been made."""
    executor = MigrationExecutor(connection)
    return [step for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def loose(there: Tables) -> Iterator[tuple[str, str, str]]:
    """Where a column should refer to a row of another table, and may not: table, column, the other table."""
    bound = set(select(REFERENCES[connection.vendor]))
    for model in kept_models():
        for f in model._meta.concrete_fields:
            if isinstance(f, models.ForeignKey) and f.db_constraint:
                table, other = model._meta.db_table, f.related_model._meta.db_table
                reference = table, f.column, other, f.target_field.column
                if f.column in there.get(table, ()) and reference not in bound:
                    yield table, f.column, other


def strange() -> Iterator[str]:
    """What stands there and is none of ours, and could pass ours by."""
    ours, kept = {(trigger.name, trigger.table) for trigger in wanted()}, kept_tables()
    for kind, query in ON_TABLES[connection.vendor].items():
        for name, table in select(query):
            if table in kept and (name, table) not in ours:
                yield f"the {kind} {name} of {table} is none of ours"
    for kind, query in DECOYS[connection.vendor].items():
        for (name,) in select(query):
            yield f"the {kind} {name} is none of ours, and may be taken for what ours ask for"


def in_place(app_configs, databases, **kwargs) -> list[Critical]:
    """The system check of the same: at every start by `check --database`."""
    return [Critical(f"{capfirst(what)}.", id="gscp.E001") for what in (wrong() if databases else [])]


def report() -> None:
    """Tell whoever starts a server what its database does not refuse, and what is known of damage to it."""
    with suppress(DatabaseError):  # one that does not answer is told by /health/ready, and may come back
        for trouble in run_checks(tags=[Tags.database], databases=[connection.alias]):
            logger.critical(trouble.msg)
    connection.close()
