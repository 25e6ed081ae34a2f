"""The record: what is saved through recording() stands in the ledger; nothing else gets in."""

import hashlib
import json
from datetime import date
from itertools import pairwise
from threading import Thread
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, transaction

from actions.models import Action, FurtherAction, Ownership, ProgressUpdate
from gscp import ledger, triggers
from gscp.models import Change, ChangeText, NotRecorded, Stale
from gscp.record import Actor, AlreadyRecorded, recording
from subgroups.models import Partner, User

pytestmark = pytest.mark.django_db


def test_every_entry_is_chained_to_the_one_before_and_holds_its_row():
    before = ledger.GENESIS
    for number, change in enumerate(Change.objects.all(), start=1):
        assert change.number == number
        assert change.hash == ledger.chained(before, change.line)
        entry = json.loads(change.line)
        assert ledger.canonical(entry) == change.line
        row = entry.pop("row")
        assert row["change_id"] == number
        assert entry == {
            "number": number,
            "at": ledger.plain(change.at),
            "act": str(change.act),
            "actor": {"id": change.actor_id, "name": change.actor_name, "post": change.actor_post},
            "model": change.model,
            "object": {"id": change.object_id, "name": change.object_name},
            "concerns": {"plan": change.plan, "action": change.action, "subgroup": change.subgroup},
            "differences": change.differences,
        }
        before = change.hash


def test_the_line_holds_the_history_row_as_it_is_stored():
    for model in triggers.tracked_models():
        for stored in model.history.select_related("change"):
            row = json.loads(stored.change.line)["row"]
            texts = {text.field: text for text in ChangeText.objects.filter(change=stored.change)}
            assert set(row) == {f.attname for f in stored._meta.concrete_fields}
            for name, value in row.items():
                if isinstance(value, dict):
                    value = texts[name].value
                    assert row[name] == ledger.commitment(texts[name].salt, value) | {
                        "entry": stored.change_id
                    }
                kept = getattr(stored, name)
                assert value == (ledger.plain(kept) if isinstance(kept, date) else kept), (model, name)


def test_the_line_holds_values_as_they_are_stored_not_as_they_were_given(on_record, action):
    before = Change.objects.head_at()
    with on_record():
        FurtherAction(action_id=str(action("005").pk), text="One more").save()
        moved = action("005")
        moved.review_date = "2021-09-14"
        moved.save()
    added, changed = (
        json.loads(change.line)["row"]
        for change in Change.objects.order_by("number").filter(number__gt=before)
    )
    assert added["action_id"] == action("005").pk
    assert changed["review_date"] == "2021-09-14"


def test_the_line_commits_to_a_text_and_does_not_hold_it(action, on_record):
    published = action("005")
    change = published.change
    committed = json.loads(change.line)["row"]["title"]
    kept = ChangeText.objects.get(change=change, field="title")
    assert kept.value == published.title
    assert published.title not in change.line
    assert len(bytes.fromhex(kept.salt)) == 16
    digest = hashlib.sha256(bytes.fromhex(kept.salt) + kept.value.encode()).hexdigest()
    assert committed == {"sha256": digest, "entry": change.number}


def test_a_change_says_what_it_was_and_what_it_is(action, on_record):
    subject = action("005")
    with on_record("The audit found gaps"):
        subject.rating = "amber"
        subject.text = "Land the recommendations, all of them"
        subject.save()
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert change.reason == "The audit found gaps"
    assert change.compared() == [
        {
            "field": "text",
            "label": "Action",
            "old": "Land the recommendations from the CSE Thematic Review embedding and delivering on "
            "implementing the 'Child Outside the Home Strategy'",
            "new": "Land the recommendations, all of them",
        },
        {"field": "rating", "label": "Rating", "old": "", "new": "Amber"},
    ]
    row = json.loads(change.line)["row"]
    assert row["text"]["entry"] == change.number
    assert row["who"]["entry"] < change.number, "an unchanged text keeps the commitment that entered it"


def test_a_text_taken_away_leaves_what_it_was(on_record):
    with on_record():
        update = ProgressUpdate(
            action=Action.objects.first(),
            done="Met",
            rating="green",
            blocker="No room",
            entered_by=User.objects.first(),
        )
        update.save()
        update.blocker = ""
        update.save()
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert {
        "field": "blocker",
        "label": "What is in the way",
        "old": "No room",
        "new": "",
    } in change.compared()
    assert json.loads(change.line)["row"]["blocker"] == ""


def test_a_save_that_changes_nothing_records_nothing(action, on_record):
    before = Change.objects.head_at()
    with on_record():
        action("001").save()
    assert Change.objects.head_at() == before


def test_saving_outside_recording_is_refused(action):
    subject = action("001")
    subject.rating = "red"
    with pytest.raises(NotRecorded):
        subject.save()
    with pytest.raises(NotRecorded):
        subject.save(update_fields=["rating"])
    with pytest.raises(NotRecorded):
        Partner(name="Another", kind="other", started_on="2021-04-01").save()
    with pytest.raises(NotRecorded):
        subject.delete()


def test_nobody_saves_over_what_they_did_not_read(action, on_record):
    mine, theirs = action("001"), action("001")
    with on_record():
        theirs.rating = "red"
        theirs.save()
    with pytest.raises(Stale), on_record():
        mine.priority = "low"
        mine.save()
    assert action("001").rating == "red"


def test_an_act_has_one_effect(action):
    act = uuid4()
    for _ in range(2):
        try:
            with recording(Actor("Test"), "once", act):
                subject = action("001")
                subject.review_date = None if subject.review_date else "2021-09-14"
                subject.save()
        except AlreadyRecorded:
            continue
    assert Change.objects.filter(act=act).count() == 1
    assert action("001").review_date is not None


def test_an_act_that_fails_leaves_nothing(action):
    before = Change.objects.head_at()
    with pytest.raises(ValidationError), recording(Actor("Test"), "half"):
        subject = action("001")
        subject.rating = "red"
        subject.save()
        subject.rating = "purple"
        subject.save()
    assert Change.objects.head_at() == before
    assert action("001").rating == ""


def test_ledger_time_never_runs_backwards(action, on_record, it_is):
    for day, rating in ((14, "green"), (2, "amber")):
        it_is(2021, 9, day)
        with on_record():
            subject = action("001")
            subject.rating = rating
            subject.save()
    moments = list(Change.objects.values_list("at", flat=True))
    assert moments == sorted(moments)


def test_as_at_a_number_is_what_stood_then(action, on_record):
    before = Change.objects.head_at()
    with on_record():
        subject = action("005")
        subject.rating = "amber"
        subject.save()
        FurtherAction(action=subject, text="One more").save()
    then = {row.ref: row.rating for row in Action.objects.as_at(before)}
    now = {row.ref: row.rating for row in Action.objects.as_at(Change.objects.head_at())}
    assert then["005"] == "" and now["005"] == "amber"
    assert len(then) == len(now) == 6
    assert FurtherAction.objects.as_at(before).count() == FurtherAction.objects.count() - 1
    assert Action.objects.as_at(0).count() == 0


def test_saving_some_fields_saves_the_whole_record(action, on_record):
    with on_record():
        subject = action("005")
        subject.rating, subject.text = "amber", "Something else"
        subject.save(update_fields=["rating"])
    assert action("005").text == "Something else"
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert {row["field"] for row in change.compared()} == {"rating", "text"}


def test_a_copy_read_in_part_is_not_saved(on_record):
    with pytest.raises(Stale), on_record():
        subject = Action.objects.only("ref").get(ref="005")
        subject.rating = "red"
        subject.save()


def test_a_change_of_name_does_not_put_an_old_password_back(user, on_record):
    early, late = user("cem.chair"), user("cem.chair")
    late.set_password("a new long password")
    late.save()
    with on_record():
        early.name = "Renamed"
        early.save()
    assert user("cem.chair").check_password("a new long password")


def test_nothing_is_recorded_inside_a_savepoint(action):
    before = Change.objects.head_at()
    with pytest.raises(RuntimeError), recording(Actor("Test"), "half"), transaction.atomic():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    assert Change.objects.head_at() == before


def test_recording_does_not_nest():
    with recording(Actor("Test"), "outer"), pytest.raises(RuntimeError), recording(Actor("Test"), "inner"):
        pass


def test_password_and_last_sign_in_are_no_part_of_the_record(user):
    before = Change.objects.head_at()
    chair = user("cem.chair")
    chair.set_password("another long password")
    chair.save()
    chair.save(update_fields=["last_login"])
    assert User.objects.get(pk=chair.pk).check_password("another long password")
    assert Change.objects.head_at() == before
    chair.name = "Somebody"
    with pytest.raises(NotRecorded):
        chair.save()


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
    "history cleaned up": lambda: call_command("clean_old_history", "actions.Action", days=0, verbosity=0),
}


def copy_of_last(rows=Change.objects, **changed):
    """A copy of the latest row, to be inserted under its own key."""
    last = rows.order_by("-pk").values()[0]
    return rows.model(**{name: value for name, value in last.items() if name != "history_id"} | changed)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_database_refuses(attack):
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
    models = (Action, Action.history.model, Ownership, FurtherAction, Change, ChangeText)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


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


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a trap of PostgreSQL's search path")
def test_a_temporary_table_does_not_pass_for_the_ledger(committed):
    with pytest.raises(IntegrityError), transaction.atomic():
        sql("CREATE TEMP TABLE gscp_change (number bigint) ON COMMIT DROP")
        sql(
            "UPDATE public.actions_action SET rating = 'red', "
            "change_id = (SELECT max(number) FROM public.gscp_change)"
        )


def test_a_text_of_the_ledger_shows_only_where_a_text_differs(action, on_record):
    with on_record():
        subject = action("001")
        subject.rating = "amber"
        subject.save()
        ChangeText(change_id=subject.change_id, field="rating", value="Green").save()
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert change.compared() == [{"field": "rating", "label": "Rating", "old": "", "new": "Amber"}]


def test_recording_is_the_outermost_transaction(committed):
    with pytest.raises(RuntimeError), transaction.atomic(), recording(Actor("Test"), "inside"):
        pass


def test_writers_at_the_same_time_queue_and_lose_nothing(committed):
    refs = ["001", "002", "003", "004"]
    before = Change.objects.head_at()
    failed = []

    def write(ref):
        try:
            for day in range(1, 6):
                with recording(Actor(ref), "at the same time"):
                    subject = Action.objects.get(ref=ref)
                    subject.review_date = date(2021, 9, day)
                    subject.save()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write, args=[ref]) for ref in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    changes = list(Change.objects.filter(number__gte=before))
    assert [change.number for change in changes] == list(range(before, before + 21))
    for earlier, later in pairwise(changes):
        assert later.hash == ledger.chained(earlier.hash, later.line)


def test_a_missing_trigger_is_noticed_and_put_back(committed):
    assert triggers.missing() == []
    gone = next(trigger for trigger in triggers.wanted() if trigger.event == "DELETE")
    on = f' ON "{gone.table}"' if connection.vendor == "postgresql" else ""
    sql(f'DROP TRIGGER "{gone.name}"{on}')
    assert triggers.missing() == [gone]
    with pytest.raises(SystemCheckError, match=f"refuse DELETE on {gone.table}"):
        call_command("check", databases=["default"])
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []


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
        assert triggers.missing() == []
        assert list(Change.objects.values_list("number", "hash")) == entries


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps a trigger as its text")
def test_a_trigger_altered_under_its_own_name_is_noticed(committed):
    trigger = next(trigger for trigger in triggers.wanted() if trigger.event == "UPDATE")
    sql(f'DROP TRIGGER "{trigger.name}" ON "{trigger.table}"')
    sql(
        f'CREATE TRIGGER "{trigger.name}" BEFORE UPDATE ON "{trigger.table}" FOR EACH ROW WHEN (false) '
        f'EXECUTE FUNCTION "{trigger.name}"()'
    )
    assert triggers.missing() == [trigger]
    triggers.install()
    assert triggers.missing() == []
