"""What the database refuses: every way to write around recording(), on both databases."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from runpy import run_module

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from simple_history.management.commands import clean_duplicate_history, clean_old_history, populate_history

from actions.models import Action, FurtherAction, Ownership
from gscp import clock
from gscp.record import Actor, Change, ChangeText, NotRecorded, Redaction, defences, recording, triggers
from scrutiny.models import Walk
from scrutiny.proof.walk import verify
from subgroups.models import User

pytestmark = pytest.mark.django_db


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def next_number():
    return Change.objects.head_at() + 1


ATTACKS = {
    "queryset.update": lambda: Action.objects.update(rating="red"),
    "queryset.update that fakes a number": lambda: Action.objects.update(rating="red", change=1),
    "queryset.update that keeps the number but moves the key": lambda: Action.objects.filter(
        ref="001"
    ).update(id=99),
    "queryset.delete": lambda: Ownership.objects.all().delete(),
    "bulk_update": lambda: Action.objects.bulk_update([Action(pk=1, rating="red")], ["rating"]),
    "bulk_create": lambda: FurtherAction.objects.bulk_create(
        [FurtherAction(action_id=1, text="x", change_id=1)]
    ),
    "bulk_create that ignores conflicts": lambda: FurtherAction.objects.bulk_create(
        [FurtherAction(action_id=1, text="x", change_id=1)], ignore_conflicts=True
    ),
    "save_base(raw), as loaddata does": lambda: FurtherAction(action_id=1, text="x", change_id=1).save_base(
        raw=True
    ),
    "raw update": lambda: sql("UPDATE actions_action SET rating = 'red'"),
    "raw update of nothing but the number": lambda: sql(
        "UPDATE actions_action SET change_id = change_id - 1"
    ),
    "raw delete": lambda: sql("DELETE FROM actions_action"),
    "raw insert": lambda: sql(
        "INSERT INTO actions_furtheraction (action_id, text, change_id) VALUES (1, 'x', 1)"
    ),
    "history updated": lambda: Action.history.update(rating="red"),
    "history deleted": lambda: Action.history.all()._raw_delete("default"),
    "history inserted under an old number": lambda: copy_of_last(Action.history, id=99, change_id=1).save(),
    "history saved again": lambda: Action.history.first().save(),
    "ledger updated": lambda: Change.objects.filter(number=1).update(actor_name="Somebody else"),
    "ledger deleted": lambda: sql("DELETE FROM gscp_change"),
    "ledger's last entry deleted": lambda: sql(
        "DELETE FROM gscp_change WHERE number = %s", Change.objects.head_at()
    ),
    "ledger entry out of turn": lambda: Change.objects.bulk_create([copy_of_last(number=next_number() + 1)]),
    "text updated": lambda: ChangeText.objects.update(value="x"),
    "text deleted": lambda: ChangeText.objects.all()._raw_delete("default"),
    "text added to an old entry": lambda: ChangeText(change_id=1, field="title", value="x").save(),
    "flush": lambda: call_command("flush", interactive=False, verbosity=0),
    "history cleaned up": lambda: call_command(
        clean_old_history.Command(), "actions.Action", days=0, verbosity=0
    ),
    "a walk's findings updated": lambda: Walk.objects.update(findings=0),
    "a walk deleted": lambda: Walk.objects.all().delete(),
    "a user deleted": lambda: User.objects.first().delete(),
    "users deleted": lambda: User.objects.all().delete(),
    "users deleted by raw SQL": lambda: sql("DELETE FROM subgroups_user"),
}


def copy_of_last(rows=Change.objects, **changed):
    """A copy of the latest row, to be inserted under its own key."""
    last = rows.order_by("-pk").values()[0]
    return rows.model(**{name: value for name, value in last.items() if name != "history_id"} | changed)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_database_refuses(attack):
    Walk(at=clock.now(), number=1, hash="", findings=1).save()
    rows = everything()
    try:
        with transaction.atomic():
            attack()
    except (IntegrityError, NotRecorded, SystemExit):
        pass
    except Exception as error:  # flush wraps what the database said
        assert isinstance(error.__cause__, IntegrityError), error
    else:
        pytest.fail("The database let it through.")
    assert everything() == rows


def everything():
    models = (Action, Action.history.model, Ownership, FurtherAction, User, Change, ChangeText, Walk)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.mark.parametrize("command", ["clean_old_history", "clean_duplicate_history", "populate_history"])
def test_no_command_rewrites_history(command):
    with pytest.raises(CommandError, match="Unknown command"):
        call_command(command, auto=True)


def test_history_is_not_thinned_out(action, on_record):
    """By the command itself, which nobody can call by its name: a change of rating passes for none."""
    with on_record():
        subject = action("005")
        subject.rating = "amber"
        subject.save()
    rows = everything()
    thin = clean_duplicate_history.Command()
    with pytest.raises(IntegrityError, match="nothing is ever deleted"), transaction.atomic():
        call_command(thin, "actions.Action", excluded_fields=["rating", "change"], verbosity=0)
    assert everything() == rows


def test_history_is_not_made_up_afterwards(committed):
    """Where somebody has switched the triggers off and taken all of it, no command fills it in again."""
    triggers.remove()
    sql("DELETE FROM actions_historicalaction")
    triggers.install()
    with pytest.raises(IntegrityError), transaction.atomic():
        call_command(
            populate_history.Command(), "actions.Action", batchsize=200, verbosity=0, stdout=StringIO()
        )
    assert not Action.history.exists()


TABLES = ["actions_action", "actions_historicalaction", "gscp_change", "gscp_changetext"]
REPLACED = {
    "a row by itself": "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
    "a row by one with its reference": (
        "INSERT OR REPLACE INTO actions_action "
        "(id, change_id, plan_id, ref, driver_id, title, text, priority, who, subgroup_id, status, rating) "
        "SELECT 99, {1}, plan_id, ref, driver_id, title, text, priority, who, subgroup_id, status, rating "
        "FROM actions_action WHERE ref = '001'"
    ),
    "a row by an update": (
        "UPDATE OR REPLACE actions_action SET ref = '002', change_id = {1} WHERE ref = '001'"
    ),
    "the holder of a post": (
        "INSERT OR REPLACE INTO subgroups_postholding (change_id, post_id, user_id, started_on) "
        "SELECT {1}, post_id, user_id, started_on FROM subgroups_postholding WHERE id = 1"
    ),
}


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="INSERT OR REPLACE is SQLite's")
@pytest.mark.parametrize(
    "table", ["actions_action", "actions_historicalaction", "gscp_change", "gscp_changetext"]
)
@pytest.mark.parametrize("statement", REPLACED.values(), ids=REPLACED)
def test_sqlite_does_not_replace(statement, table):
    rows = everything()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(statement.format(table, next_number()))
    assert everything() == rows


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize(
    "table", ["actions_action", "actions_historicalaction", "gscp_change", "gscp_changetext"]
)
def test_postgresql_does_not_truncate(table):
    with pytest.raises(IntegrityError, match="nothing is ever deleted"), transaction.atomic():
        sql(f"TRUNCATE {table} CASCADE")


def test_a_row_without_its_entry_does_not_survive_the_transaction(committed):
    """The triggers let a new number in; the deferred key asks at the end where its entry is."""
    with pytest.raises(IntegrityError), transaction.atomic():
        sql("UPDATE actions_action SET rating = 'red', change_id = %s", next_number())
    assert not Action.objects.filter(rating="red").exists()


def test_a_number_taken_in_this_act_lets_nothing_else_through(action, on_record):
    """Not yet in the ledger, it is still no number for a second change, nor for moving the key."""
    with on_record():
        subject = action("001")
        subject.rating = "amber"
        subject.save()
        with pytest.raises(IntegrityError), transaction.atomic():
            sql("UPDATE actions_action SET rating = 'red' WHERE ref = '001'")
        with pytest.raises(IntegrityError), transaction.atomic():
            sql("UPDATE actions_action SET id = 99, change_id = %s WHERE ref = '002'", subject.change_id)
    assert action("001").rating == "amber"


def test_nothing_rides_on_another_row_s_number(action):
    """The ledger takes an entry only for the one row, with its history, that carries its number."""
    rides = {
        "an update": lambda n: Action.objects.filter(ref="005").update(rating="red", change=n),
        "a row": lambda n: FurtherAction.objects.bulk_create(
            [FurtherAction(action=action("005"), text="x", change_id=n)]
        ),
        "a history row": lambda n: copy_of_last(Action.history, id=99, change_id=n).save(),
    }
    for ride in rides.values():
        before = everything()
        with pytest.raises(IntegrityError), recording(Actor("Test"), "a ride"):
            subject = action("001")
            subject.rating = "amber"
            subject.save()
            ride(subject.change_id)
        assert everything() == before


@pytest.mark.parametrize("earlier", [True, False])
def test_no_entry_is_of_an_earlier_moment_than_the_one_before_or_of_one_to_come(earlier, action):
    """Who backdates one moves what stood on the days between; after one to come nothing could be recorded."""
    with pytest.raises(IntegrityError, match="in its turn"), recording(Actor("Test"), "x") as recorded:
        last, to_come = Change.objects.last().at, datetime.now(UTC) + timedelta(hours=2)
        recorded.at = last - timedelta(microseconds=1) if earlier else to_come
        subject = action("001")
        subject.rating = "amber"
        subject.save()
    assert action("001").rating == ""


@pytest.mark.parametrize("changed", [{"actor_id": 1}, {"at": clock.now() + timedelta(hours=1)}])
def test_an_entry_names_whom_and_when_its_history_row_does(changed, action):
    with pytest.raises(IntegrityError, match="in its turn"), recording(Actor("Test"), "x") as recorded:
        subject = action("001")
        subject.rating = "amber"
        subject.save()
        for name, value in changed.items():
            setattr(recorded.changes[0], name, value)
    assert action("001").rating == ""


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a trap of PostgreSQL's search path")
def test_a_temporary_table_does_not_pass_for_the_ledger(committed):
    with pytest.raises(IntegrityError), transaction.atomic():
        sql("CREATE TEMP TABLE gscp_change (number bigint) ON COMMIT DROP")
        sql(
            "UPDATE public.actions_action SET rating = 'red', "
            "change_id = (SELECT max(number) FROM public.gscp_change)"
        )


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


WRONG = "the database does not refuse INSERT on gscp_change"


def test_a_missing_trigger_is_told_where_people_look(client, sign_in):
    drop(next(trigger for trigger in triggers.expected_triggers() if trigger.table == "gscp_change"))
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json() == {"ready": False, "wrong": [WRONG], "damage": []}
    portal = sign_in("scrutineer").get("/scrutiny/").content.decode()
    assert f"The record is not guarded as it should be: {WRONG}." in portal


def test_of_many_that_are_missing_each_is_told_once(sign_in):
    triggers.remove()
    wrong = defences.weaknesses()
    portal = sign_in("scrutineer").get("/scrutiny/").content.decode()
    assert len(wrong) > 50 and f"{len(wrong)} things are wrong with the database" in portal
    assert [portal.count(f"<li>{what}</li>") for what in wrong] == [1] * len(wrong)


def test_a_table_that_is_gone_is_told_where_people_look(client, sign_in):
    """Unless a migration that is still to come makes it."""
    told = "the table actions_historicalownership is not there"
    triggers.remove()
    sql("DROP TABLE actions_historicalownership")
    triggers.install()  # as a migrate does
    assert defences.weaknesses() == [told]
    assert client.get("/health/ready").json() == {"ready": False, "wrong": [told], "damage": []}
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


@pytest.fixture
def empty_database(committed, tmp_path):
    """A database in which nothing has been migrated, in the place of the other."""
    usual = connection.settings_dict["NAME"]
    create = drop = ""
    empty = tmp_path / "empty.sqlite3"
    if connection.vendor == "postgresql":
        empty = "gscp_empty"
        create, drop = f'CREATE DATABASE "{empty}"', f'DROP DATABASE "{empty}"'

    def between(statement, name):
        connection.close()
        if statement:
            with connection._nodb_cursor() as cursor:
                cursor.execute(statement)
        connection.settings_dict["NAME"] = name

    between(create, str(empty))
    yield
    between(drop, usual)


def test_every_migration_leaves_every_trigger(empty_database):
    """One at a time from nothing: a step must not ask for columns or tables of a later one."""
    executor = MigrationExecutor(connection)
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if migration.app_label in ("gscp", "subgroups", "actions"):
            call_command("migrate", migration.app_label, migration.name, verbosity=0)
            assert triggers.missing_triggers() == [], migration
            tables = triggers.existing_tables()
            recorded = {table for table, columns in tables.items() if "change_id" in columns}
            assert {trigger.table for trigger in triggers.expected_triggers()} == recorded | {"gscp_change"}
            for (
                trigger
            ) in triggers.expected_triggers():  # SQLite asks for a column only when the trigger fires
                assert set(re.findall(r'NEW\."(\w+)"', " ".join(trigger.conditions))) <= set(
                    tables[trigger.table]
                )


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
def test_what_could_pass_the_triggers_by_is_told_where_people_look(kind, client, sign_in):
    if kind != "trigger" and connection.vendor == "sqlite":
        pytest.skip("PostgreSQL's own")
    name = "policy" if kind == "row security" else "drop_it"
    told = f"the {kind} {name} of gscp_change is none of ours"
    for statement in STRANGE[kind]:
        sql(statement)
    assert triggers.missing_triggers() == [] and defences.weaknesses() == [told]
    assert client.get("/health/ready").json() == {"ready": False, "wrong": [told], "damage": []}
    assert told in sign_in("scrutineer").get("/scrutiny/").content.decode()
    with pytest.raises(SystemCheckError, match=told.replace("the", "The", 1)):
        call_command("check", databases=["default"])


ALWAYS = "CREATE FUNCTION always(varchar, varchar) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'"


def test_a_column_that_refers_to_nothing_any_more_is_told_where_people_look(client):
    """What comes without it: a row under a number that no entry has."""
    told = "the database does not hold change_id of actions_historicalownership to gscp_change"
    table, history = "actions_historicalownership", Ownership.history.model
    triggers.remove()
    if connection.vendor == "sqlite":
        columns = [f'"{f.column}"' for f in history._meta.concrete_fields]
        sql(f"ALTER TABLE {table} RENAME TO was")
        sql(f"CREATE TABLE {table} ({', '.join(columns)})")
        triggers.install()
        assert defences.weaknesses() == [told]
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
    assert told in client.get("/health/ready").json()["wrong"]


DECOYS = {
    "function always": [ALWAYS],
    "operator =": [ALWAYS, "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = always)"],
    "function pg_advisory_xact_lock": [
        "CREATE FUNCTION pg_advisory_xact_lock(integer) RETURNS void LANGUAGE sql AS ''"
    ],
    "schema elsewhere": ["CREATE SCHEMA elsewhere", "SET LOCAL search_path = elsewhere, public"],
}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a trap of PostgreSQL's search path")
@pytest.mark.parametrize("decoy", DECOYS)
def test_what_may_be_taken_for_what_the_triggers_ask_for_is_told(decoy, client):
    """Of varchar PostgreSQL has no operator of its own: who makes one says what is equal."""
    for statement in DECOYS[decoy]:
        sql(statement)
    told = f"the {decoy} is none of ours, and may be taken for what ours ask for"
    assert told in client.get("/health/ready").json()["wrong"]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no operators to make")
def test_an_operator_of_somebody_s_own_does_not_hide_a_change():
    for statement in DECOYS["operator ="]:
        sql(statement)
    triggers.remove()
    sql("UPDATE actions_action SET rating = 'red' WHERE ref = '001'")
    assert "the row of today is not its history row" in str(verify().findings[0])


MIGRATION = """
from importlib import import_module
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = import_module("gscp.migrations.0001_initial").Migration.operations
"""
NEXT = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("gscp", "0001_initial")]
    operations = [migrations.AlterField("change", "object_name", models.CharField(max_length=300))]
"""


def test_a_migration_of_the_ledger_itself_leaves_every_trigger(committed, tmp_path, settings, monkeypatch):
    """SQLite rebuilds the table, which every trigger names."""
    package = tmp_path / "later_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_initial.py").write_text(MIGRATION)
    (package / "0002_longer_names.py").write_text(NEXT)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"gscp": "later_migrations"}
    entries = list(Change.objects.values_list("number", "hash"))
    for step in ("0002", "0001"):
        call_command("migrate", "gscp", step, verbosity=0)
        assert triggers.missing_triggers() == []
        assert list(Change.objects.values_list("number", "hash")) == entries


def test_no_migration_is_undone_that_holds_part_of_the_record(committed, action, on_record):
    """Of redactions there may be none, and then theirs may."""
    call_command("migrate", "gscp", "0001", verbosity=0)
    call_command("migrate", verbosity=0)
    with on_record():
        Redaction.ask(ChangeText.objects.get(change=action("005").change_id, field="title"))
    rows = everything()
    for step in (["gscp", "0001"], ["gscp", "zero"], ["actions", "zero"], ["subgroups", "0001"]):
        with pytest.raises(CommandError, match="where rows are kept for good"):
            call_command("migrate", *step, verbosity=0)
        assert defences.weaknesses() == [] and everything() == rows
    assert Redaction.objects.count() == 1


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
def test_triggers_that_do_not_fire_are_missing():
    sql("SET LOCAL session_replication_role = replica")
    assert set(triggers.missing_triggers()) == set(triggers.expected_triggers())
    sql("SET LOCAL session_replication_role = origin")
    assert triggers.missing_triggers() == []
    sql("ALTER ROLE CURRENT_USER SET session_replication_role = 'Replica'")  # from the next session on
    assert set(triggers.missing_triggers()) == set(triggers.expected_triggers())
