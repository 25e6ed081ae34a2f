"""What the database refuses: every way to write around recording(), on both databases."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from simple_history.management.commands import clean_duplicate_history, clean_old_history, populate_history

from actions.models import Action, FurtherAction, Ownership
from gscp import clock
from gscp.record import Actor, Change, ChangeText, NotRecorded, recording, triggers
from scrutiny.models import Walk
from subgroups.models import User

pytestmark = pytest.mark.django_db


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def next_number():
    return Change.objects.last_number() + 1


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
        "DELETE FROM gscp_change WHERE number = %s", Change.objects.last_number()
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
        "(id, change_id, plan_id, ref, driver_id, title, text, priority, who, group_id, status, rating) "
        "SELECT 99, {1}, plan_id, ref, driver_id, title, text, priority, who, group_id, status, rating "
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
