"""What guards the record is watched: a trigger, a table or a key that is gone, or a decoy, is told of."""

import re
from runpy import run_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, transaction

from actions.models import Ownership
from gscp.record import defences, triggers
from scrutiny.proof.walk import verify
from tests.postgres import python
from tests.test_refusals import sql

pytestmark = pytest.mark.django_db


def drop(trigger):
    on = f' ON "{trigger.table}"' if connection.vendor == "postgresql" else ""
    sql(f'DROP TRIGGER "{trigger.name}"{on}')


def test_a_missing_trigger_is_noticed_and_put_back(committed):
    """Told by the check; and no reason for a migrate, which puts it back, to stop."""
    assert triggers.missing_triggers() == []
    gone = next(trigger for trigger in triggers.expected_triggers() if trigger.event == "DELETE")
    drop(gone)
    assert triggers.missing_triggers() == [gone]
    with pytest.raises(SystemCheckError, match=f"refuse DELETE on {gone.table}"):
        call_command("check", databases=["default"])
    call_command("migrate", verbosity=0, skip_checks=False)
    assert triggers.missing_triggers() == []


def test_every_trigger_is_missed():
    for trigger in list(triggers.expected_triggers()):
        with transaction.atomic():
            drop(trigger)
            assert triggers.missing_triggers() == [trigger]
            transaction.set_rollback(True)


def test_triggers_do_not_depend_on_the_order_of_imports(monkeypatch):
    """Otherwise a change of imports would make every existing database one that lacks a trigger."""
    tables, models = triggers.existing_tables(), list(apps.get_models())
    expected = list(triggers.triggers_on(tables))
    monkeypatch.setattr(apps, "get_models", lambda: models[::-1])
    assert list(triggers.triggers_on(tables)) == expected
    assert triggers.missing_triggers() == []


WRONG = "the database does not refuse INSERT on gscp_change"


def test_a_missing_trigger_is_told_where_people_look(client, sign_in):
    drop(next(trigger for trigger in triggers.expected_triggers() if trigger.table == "gscp_change"))
    ready = sign_in("scrutineer").get("/health/ready")
    assert ready.status_code == client.get("/health/ready").status_code == 503
    assert ready.json() == {"ready": False, "wrong": [WRONG], "damage": []}
    portal = sign_in("scrutineer").get("/scrutiny/").content.decode()
    assert f"The record is not guarded as it should be: {WRONG}." in portal


def test_of_many_that_are_missing_each_is_told_once(sign_in):
    triggers.remove()
    wrong = defences.weaknesses()
    portal = sign_in("scrutineer").get("/scrutiny/").content.decode()
    assert len(wrong) > 50 and f"{len(wrong)} things are wrong with the database" in portal
    assert [portal.count(f"<li>{what}</li>") for what in wrong] == [1] * len(wrong)


def test_a_table_that_is_gone_is_told_where_people_look(sign_in):
    """Unless a migration that is still to come makes it."""
    told = "the table actions_historicalownership is not there"
    triggers.remove()
    sql("DROP TABLE actions_historicalownership")
    triggers.install()  # as a migrate does
    assert defences.weaknesses() == [told]
    assert sign_in("scrutineer").get("/health/ready").json() == {
        "ready": False,
        "wrong": [told],
        "damage": [],
    }
    assert f"not guarded as it should be: {told}." in sign_in("scrutineer").get("/scrutiny/").content.decode()
    with pytest.raises(SystemCheckError, match="The table actions_historicalownership is not there"):
        call_command("check", databases=["default"])
    sql("DELETE FROM django_migrations WHERE app = 'actions'")
    assert defences.weaknesses() == []


def test_a_server_that_starts_tells_of_a_missing_trigger(committed, capsys):
    run_module("gscp.wsgi")
    assert "does not refuse" not in capsys.readouterr().err
    drop(next(trigger for trigger in triggers.expected_triggers() if trigger.table == "gscp_change"))
    run_module("gscp.wsgi")
    assert "The database does not refuse INSERT on gscp_change." in capsys.readouterr().err


def test_a_server_starts_though_its_database_does_not_answer():
    """/health/ready tells it, and the database may be there a moment later."""
    with python("sqlite:////nowhere/gscp.sqlite3", "-c", "import gscp.wsgi") as started:
        assert started.wait() == 0


def test_a_server_that_starts_leaves_no_connection_open_to_those_it_forks(committed):
    run_module("gscp.wsgi")
    assert connection.connection is None


STRANGE = {
    "trigger": [
        "CREATE TRIGGER drop_it BEFORE INSERT ON GSCP_Change BEGIN SELECT RAISE(IGNORE); END",
    ]
    if connection.vendor == "sqlite"
    else [
        "CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER drop_it BEFORE INSERT ON gscp_change FOR EACH ROW EXECUTE FUNCTION drop_it()",
    ],
    "rule": ["CREATE RULE drop_it AS ON INSERT TO gscp_change DO INSTEAD NOTHING"],
    "inheriting table": ["CREATE TABLE drop_it () INHERITS (gscp_change)"],
    "row security": ["ALTER TABLE gscp_change ENABLE ROW LEVEL SECURITY"],
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_could_pass_the_triggers_by_is_told_where_people_look(kind, sign_in):
    if kind != "trigger" and connection.vendor == "sqlite":
        pytest.skip("PostgreSQL's own")
    name = "policy" if kind == "row security" else "drop_it"
    told = f"the {kind} {name} of gscp_change is none of ours"
    for statement in STRANGE[kind]:
        sql(statement)
    assert triggers.missing_triggers() == [] and defences.weaknesses() == [told]
    assert sign_in("scrutineer").get("/health/ready").json() == {
        "ready": False,
        "wrong": [told],
        "damage": [],
    }
    assert told in sign_in("scrutineer").get("/scrutiny/").content.decode()
    with pytest.raises(SystemCheckError, match=told.replace("the", "The", 1)):
        call_command("check", databases=["default"])


def test_a_trigger_beside_the_record_is_no_threat():
    for statement in STRANGE["trigger"]:
        sql(re.sub("gscp_change", "django_session", statement, flags=re.IGNORECASE))
    assert defences.weaknesses() == []


ALWAYS = "CREATE FUNCTION always(varchar, varchar) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'"


def test_a_column_that_refers_to_nothing_any_more_is_told_where_people_look(sign_in):
    """What comes without it: a row under a number that no entry has."""
    told = "the database does not hold change_id of actions_historicalownership to gscp_change"
    table, history = "actions_historicalownership", Ownership.history.model
    triggers.remove()
    if connection.vendor == "sqlite":
        columns = [f'"{f.column}"' for f in history._meta.concrete_fields]
        sql(f"ALTER TABLE {table} RENAME TO was")
        sql(f"CREATE TABLE {table} ({', '.join(columns)})")
        triggers.install()
        assert told in defences.weaknesses()
    else:
        with connection.cursor() as cursor:
            [name] = (
                name
                for name, found in connection.introspection.get_constraints(cursor, table).items()
                if found["foreign_key"] == ("gscp_change", "number")
            )
        triggers.install()
        sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        assert defences.weaknesses() == [told]
        sql("ALTER TABLE gscp_change ADD COLUMN other bigint UNIQUE")
        sql(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" FOREIGN KEY (change_id) '
            "REFERENCES gscp_change (other) NOT VALID"
        )
        sql("UPDATE pg_constraint SET convalidated = TRUE WHERE contype = 'f'")
        assert defences.weaknesses() == [told]
        sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        sql("CREATE SCHEMA elsewhere")
        sql("CREATE TABLE elsewhere.gscp_change (number bigint PRIMARY KEY)")
        sql(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" FOREIGN KEY (change_id) '
            "REFERENCES elsewhere.gscp_change (number) NOT VALID"
        )
        sql("UPDATE pg_constraint SET convalidated = TRUE WHERE contype = 'f'")
        assert defences.weaknesses() == [told]
        sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        sql(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" FOREIGN KEY (change_id) '
            "REFERENCES gscp_change (number) NOT VALID"
        )
        assert defences.weaknesses() == [told]
        sql(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"')
        assert defences.weaknesses() == []
        sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        assert told in defences.weaknesses()
    assert told in sign_in("scrutineer").get("/health/ready").json()["wrong"]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one schema")
def test_a_copy_of_the_tables_in_another_schema_is_neither_a_defence_nor_a_threat():
    """As somebody keeps one for reports: with keys, triggers, rules and row security of its own."""
    sql("CREATE SCHEMA copy")
    sql("CREATE TABLE copy.gscp_change (number bigint PRIMARY KEY)")
    sql("CREATE TABLE copy.gscp_changetext (change_id bigint REFERENCES copy.gscp_change (number))")
    sql("CREATE TABLE copy.part () INHERITS (copy.gscp_change)")
    sql("ALTER TABLE copy.gscp_change ENABLE ROW LEVEL SECURITY")
    sql("CREATE RULE only_read AS ON DELETE TO copy.gscp_change DO INSTEAD NOTHING")
    sql("CREATE FUNCTION copy.only_read() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    sql("CREATE TRIGGER t BEFORE INSERT ON copy.gscp_change EXECUTE FUNCTION copy.only_read()")
    assert defences.weaknesses() == []
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "gscp_changetext").items()
    [name] = (name for name, key in found if key["foreign_key"] == ("gscp_change", "number"))
    sql(f'ALTER TABLE public.gscp_changetext DROP CONSTRAINT "{name}"')
    assert defences.weaknesses() == ["the database does not hold change_id of gscp_changetext to gscp_change"]


DECOYS = {
    "function always": [ALWAYS],
    "operator =": [ALWAYS, "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = always)"],
    "function pg_advisory_xact_lock": [
        "CREATE FUNCTION pg_advisory_xact_lock(integer) RETURNS void LANGUAGE sql AS ''"
    ],
    "schema elsewhere": ["CREATE SCHEMA elsewhere", "SET LOCAL search_path = elsewhere, public"],
    # Among the built-in ones, under the name of one that is called otherwise now.
    "function record_image_ne": [
        "ALTER FUNCTION pg_catalog.record_image_ne(record, record) RENAME TO was",
        "CREATE FUNCTION pg_catalog.record_image_ne(record, record) RETURNS boolean LANGUAGE plpgsql "
        "AS 'BEGIN RETURN FALSE; END'",
    ],
    "function record_image_lt": [
        "ALTER FUNCTION pg_catalog.record_image_lt(record, record) RENAME TO was",
        "ALTER FUNCTION pg_catalog.record_image_ne(record, record) RENAME TO record_image_lt",
        "ALTER FUNCTION pg_catalog.was(record, record) RENAME TO record_image_ne",
    ],
    "operator <>": [
        ALWAYS.replace("always", "pg_catalog.always"),
        "CREATE OPERATOR pg_catalog.<> (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = always)",
    ],
    "relation actions_action": [
        "SET LOCAL allow_system_table_mods = on",
        "CREATE VIEW pg_catalog.actions_action AS SELECT * FROM public.actions_action",
    ],
    "type jsonc": ["CREATE DOMAIN pg_catalog.jsonc AS text"],
    "cast boolean to date": [
        "CREATE FUNCTION pg_catalog.always(boolean) RETURNS date LANGUAGE sql AS 'SELECT current_date'",
        "CREATE CAST (boolean AS date) WITH FUNCTION pg_catalog.always(boolean) AS IMPLICIT",
    ],
}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a trap of PostgreSQL's search path")
@pytest.mark.parametrize("decoy", DECOYS)
def test_what_may_be_taken_for_what_the_triggers_ask_for_is_told(decoy):
    """Of varchar PostgreSQL has no operator of its own: who makes one says what is equal, of sessions too."""
    for statement in DECOYS[decoy]:
        sql(statement)
    told = f"the {decoy} is none of ours, and may be taken for what ours ask for"
    assert told in defences.weaknesses()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no extensions of this kind")
def test_an_extension_s_functions_and_operators_are_no_decoy():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_available_extensions WHERE name IN ('vector', 'hstore', 'citext')"
        )
        available = cursor.fetchone()
    if not available:
        pytest.skip("this server has no extension with operators to install")
    sql(f"CREATE EXTENSION {available[0]}")
    assert defences.weaknesses() == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no operators to make")
def test_an_operator_of_somebody_s_own_does_not_hide_a_change():
    for statement in DECOYS["operator ="]:
        sql(statement)
    triggers.remove()
    sql("UPDATE actions_action SET rating = 'red' WHERE ref = '001'")
    assert "the row of today is not its history row" in str(verify().findings[0])


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps a trigger as its text")
def test_a_trigger_altered_under_its_own_name_is_noticed(committed):
    trigger = next(trigger for trigger in triggers.expected_triggers() if trigger.event == "UPDATE")
    sql(f'DROP TRIGGER "{trigger.name}" ON "{trigger.table}"')
    sql(
        f'CREATE TRIGGER "{trigger.name}" BEFORE UPDATE ON "{trigger.table}" FOR EACH ROW WHEN (false) '
        f'EXECUTE FUNCTION "{trigger.name}"()'
    )
    assert triggers.missing_triggers() == [trigger]
    triggers.install()
    assert triggers.missing_triggers() == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one schema")
def test_a_trigger_of_another_schema_does_not_pass_for_ours():
    trigger = next(trigger for trigger in triggers.expected_triggers() if trigger.table == "gscp_change")
    sql("CREATE SCHEMA elsewhere")
    sql("CREATE TABLE elsewhere.gscp_change (number bigint)")
    sql(trigger.statements()[1].replace(' ON "', ' ON elsewhere."'))
    sql(f'ALTER TABLE gscp_change DISABLE TRIGGER "{trigger.name}"')
    assert triggers.missing_triggers() == [trigger]


@pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="only PostgreSQL switches all triggers off at once"
)
def test_a_session_that_says_it_replicates_is_refused_as_any_other():
    """Only foreign keys do not hold in it, which is told."""
    told = "session_replication_role is set to replica: foreign keys do not hold"
    sql("SET LOCAL session_replication_role = replica")
    with pytest.raises(IntegrityError, match="not through recording"), transaction.atomic():
        sql("UPDATE actions_action SET rating = 'red'")
    assert defences.weaknesses() == [told]
    sql("SET LOCAL session_replication_role = origin")
    assert defences.weaknesses() == []
    sql("ALTER ROLE CURRENT_USER SET session_replication_role = 'Replica'")  # from the next session on
    assert defences.weaknesses() == [told]
    sql("ALTER ROLE CURRENT_USER RESET session_replication_role")
    trigger = next(iter(triggers.expected_triggers()))
    sql(f'ALTER TABLE "{trigger.table}" ENABLE TRIGGER "{trigger.name}"')
    assert triggers.missing_triggers() == [trigger]
