"""Whether the database still refuses what the triggers have it refuse.

Whoever has the database's password can switch a trigger off, or add something that bypasses it. weaknesses()
looks for that: at every start, for /health/ready, and on the Scrutineer's page.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from django.core.checks import Critical, Tags, run_checks
from django.db import DatabaseError, connection, models
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import capfirst

from gscp.record import ledger
from gscp.record.schema import existing_columns, missing_constraints, wrong_columns
from gscp.record.signature import KEY_IN_FORCE, LastAct, RecordKey, Signature
from gscp.record.signing import public_key
from gscp.record.sql import SCHEMA, select_rows
from gscp.record.tracked import kept_models, kept_tables
from gscp.record.triggers import Tables, existing_tables, expected_triggers, missing_triggers

logger = logging.getLogger(__name__)

# By vendor: what refers to what, as table, column, the other table and its column.
REFERENCES = {
    "sqlite": (
        'SELECT tables.name, refers."from", refers."table", refers."to" FROM sqlite_master AS tables, '
        "pragma_foreign_key_list(tables.name) AS refers WHERE tables.type = 'table' "
        "AND on_update = 'NO ACTION' AND on_delete = 'NO ACTION'"
    ),
    "postgresql": (
        "SELECT own.relname, own_column.attname, other.relname, other_column.attname FROM pg_constraint "
        "JOIN pg_class AS own ON own.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid "
        "AND other.relnamespace = own.relnamespace "
        "JOIN pg_attribute AS own_column "
        "ON own_column.attrelid = conrelid AND own_column.attnum = conkey[1] "
        "JOIN pg_attribute AS other_column "
        "ON other_column.attrelid = confrelid AND other_column.attnum = confkey[1] "
        f"WHERE own.relnamespace = '{SCHEMA}'::regnamespace AND convalidated AND cardinality(conkey) = 1 "
        "AND confupdtype = 'a' AND confdeltype = 'a' "
        # Not NOT EXISTS: PostgreSQL then looks for triggers anew for each constraint.
        "AND pg_constraint.oid NOT IN (SELECT tgconstraint FROM pg_trigger WHERE tgenabled NOT IN ('O', 'A'))"
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
        "unlogged storage": (
            f"SELECT 'of rows', relname FROM pg_class WHERE {IN_SCHEMA} AND relpersistence <> 'p'"
        ),
        "inheriting table": (
            f"SELECT inhrelid::regclass::text, relname FROM pg_inherits {ON_TABLE} = inhparent "
            f"WHERE {IN_SCHEMA}"
        ),
    },
}
IN_NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = made.oid AND deptype = 'e')"
BUILT_IN = "'pg_catalog'::regnamespace"
# An extension may bring others, but none that is called like a built-in one and takes built-in types only:
# what somebody made can be added to an extension.
LOOKALIKE_FUNCTION = (
    f"EXISTS (SELECT 1 FROM pg_proc AS own WHERE pronamespace = {BUILT_IN} AND own.proname = made.proname) "
    f"AND NOT EXISTS (SELECT 1 FROM unnest(made.proargtypes) AS given JOIN pg_type ON pg_type.oid = given "
    f"WHERE typnamespace <> {BUILT_IN})"
)
LOOKALIKE_OPERATOR = (
    f"EXISTS (SELECT 1 FROM pg_operator AS own WHERE oprnamespace = {BUILT_IN} "
    "AND own.oprname = made.oprname) "
    "AND NOT EXISTS (SELECT 1 FROM pg_type WHERE pg_type.oid IN (made.oprleft, made.oprright) "
    f"AND typnamespace <> {BUILT_IN})"
)
# PostgreSQL gives 16384 and higher to what is made after the cluster was. pg_upgrade makes PL/pgSQL anew.
MADE_LATER = "oid >= 16384"
# The comparisons that triggers and verification rest on, under each other's names.
RENAMED = "prosrc LIKE 'record\\_image\\_%' AND proname <> prosrc"
# By vendor: what our SQL could call or read instead of the built-in one, or of our own table.
LOOKALIKES = {
    "sqlite": {},
    "postgresql": {
        "function": (
            "SELECT proname FROM pg_proc AS made WHERE prorettype <> 'trigger'::regtype "
            f"AND pronamespace = '{SCHEMA}'::regnamespace AND ({IN_NO_EXTENSION} OR {LOOKALIKE_FUNCTION}) "
            f"UNION SELECT proname FROM pg_proc WHERE pronamespace = {BUILT_IN} "
            f"AND ({MADE_LATER} AND proname NOT LIKE 'plpgsql\\_%' OR {RENAMED})"
        ),
        "operator": (
            "SELECT oprname FROM pg_operator AS made "
            f"WHERE oprnamespace = '{SCHEMA}'::regnamespace AND ({IN_NO_EXTENSION} OR {LOOKALIKE_OPERATOR}) "
            f"UNION SELECT oprname FROM pg_operator WHERE oprnamespace = {BUILT_IN} AND {MADE_LATER}"
        ),
        "relation": f"SELECT relname FROM pg_class WHERE relnamespace = {BUILT_IN} AND {MADE_LATER}",
        "type": f"SELECT typname FROM pg_type WHERE typnamespace = {BUILT_IN} AND {MADE_LATER}",
        # Between types that were not made later.
        "cast": (
            "SELECT castsource::regtype || ' to ' || casttarget::regtype FROM pg_cast "
            f"WHERE {MADE_LATER} AND castsource < 16384 AND casttarget < 16384"
        ),
        "schema": f"SELECT schema FROM unnest(current_schemas(FALSE)) AS schema WHERE schema <> '{SCHEMA}'",
    },
}
# By vendor: what else could write on the record, or switch part of what holds it off.
WRITERS = {
    "sqlite": {},
    "postgresql": {
        "the subscription {} writes into this database": (
            "SELECT subname FROM pg_subscription WHERE subdbid = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        # Now, or in later sessions of whomever it is set for.
        "session_replication_role is set to {}: foreign keys do not hold": (
            "SELECT 'replica' WHERE current_setting('session_replication_role') = 'replica' OR EXISTS "
            "(SELECT 1 FROM pg_db_role_setting "
            "WHERE lower(setconfig::text) LIKE '%session_replication_role=replica%' "
            "AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))"
        ),
    },
}


def weaknesses() -> list[str]:
    """What the database does not refuse, or might not, as sentences; empty where all is well."""
    columns = existing_columns()
    tables = existing_tables(columns)
    refusals = dict.fromkeys((trigger.event, trigger.table) for trigger in missing_triggers(tables))
    return [
        *(f"the database does not refuse {event} on {table}" for event, table in refusals),
        *(f"the table {table} is not there" for table in missing_tables(tables)),
        *(
            f"the database does not hold {column} of {table} to {other}"
            for table, column, other in missing_references(tables)
        ),
        *wrong_columns(columns),
        *missing_constraints(columns),
        *foreign_objects(tables),
        *wrong_key(tables),
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
    for table, column, other, other_column in expected_references():
        if (table, column, other, other_column) not in references and column in tables.get(table, ()):
            yield table, column, other


@cache
def expected_references() -> list[tuple[str, str, str, str | None]]:
    return [
        (model._meta.db_table, f.column, f.related_model._meta.db_table, f.target_field.column)
        for model in kept_models()
        for f in model._meta.concrete_fields
        if isinstance(f, models.ForeignKey) and f.db_constraint  # type: ignore[attr-defined]  # Django has it
    ]


def foreign_objects(tables: Tables) -> Iterator[str]:
    # What somebody else made in the database, and what could bypass a trigger.
    ours = {(trigger.name, trigger.table) for trigger in expected_triggers(tables)}
    kept = kept_tables()
    for sentence, name, table in select_rows(strange_things(connection.vendor)):
        if table is None or (table in kept and (name, table) not in ours):
            yield sentence.format(name, table)


@cache
def strange_things(vendor: str) -> str:
    """One query for all of them, since each alone takes longer on its way than in the database.

    Its rows: a sentence with gaps, a name for the first gap, and the table it is on, if it is on one.
    """
    on_tables = [
        f"SELECT 'the {kind} {{}} of {{}} is none of ours', found.* FROM ({query}) AS found"
        for kind, query in ON_TABLES[vendor].items()
    ]
    sentences = {
        f"the {kind} {{}} is none of ours, and may be taken for what ours ask for": query
        for kind, query in LOOKALIKES[vendor].items()
    } | WRITERS[vendor]
    others = [
        f"SELECT '{sentence}', found.*, NULL FROM ({query}) AS found" for sentence, query in sentences.items()
    ]
    return " UNION ALL ".join(on_tables + others)


def wrong_key(tables: Tables) -> Iterator[str]:
    if {Signature._meta.db_table, RecordKey._meta.db_table} <= tables.keys():
        [(in_force,)] = select_rows(f"SELECT {KEY_IN_FORCE}")
        if in_force not in (None, public_key()):
            own = ledger.fingerprint(in_force)
            yield f"RECORD_KEY is not the key of this record, {own}: nothing can be recorded"
        for row in select_rows(f'SELECT {LastAct.COLUMNS} FROM "gscp_change" ORDER BY "number" DESC LIMIT 1'):
            if in_force in (None, public_key()) and not LastAct(*row).is_signed_by(public_key()):
                yield "what was recorded last is not signed by the record's key: nothing can be recorded"


def check_defences(app_configs, databases, **kwargs) -> list[Critical]:
    return [Critical(f"{capfirst(what)}.", id="gscp.E001") for what in (weaknesses() if databases else [])]


def log_weaknesses() -> None:
    with suppress(DatabaseError):  # /health/ready reports a database that does not answer
        for trouble in run_checks(tags=[Tags.database], databases=[connection.alias]):
            logger.critical(trouble.msg)
    connection.close()
