"""An entry of the ledger: chained to the one before it, what its line holds, and the differences it tells."""

import hashlib
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils.safestring import mark_safe

from actions.models import Action, FurtherAction, ProgressUpdate
from gscp.record import Change, ChangeText, ledger, moment_on_record, triggers
from scrutiny.proof.walk import verify
from subgroups.models import Group, Meeting, User

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
            "clock": ledger.plain(change.clock),
            "concerns": {
                "about": None,
                "plan": change.plan,
                "action": change.action,
                "group": change.group,
            },
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
                    assert row[name] == ledger.commitment(stored.change_id, texts[name].salt, value)
                kept = getattr(stored, name)
                assert value == (ledger.plain(kept) if isinstance(kept, date) else kept), (model, name)


def test_the_line_holds_values_as_they_are_stored_not_as_they_were_given(on_record, action):
    before = Change.objects.last_number()
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


LONDON = ZoneInfo("Europe/London")
GIVEN = {
    "an hour that the clocks skip": datetime(2022, 3, 27, 1, 30, tzinfo=LONDON),
    "an hour that they show twice, the first time": datetime(2021, 10, 31, 1, 30, tzinfo=LONDON),
    "and the second time": datetime(2021, 10, 31, 1, 30, fold=1, tzinfo=LONDON),
    "with microseconds, in another zone": datetime(2021, 6, 8, 9, 0, 0, 1, tzinfo=ZoneInfo("Asia/Tokyo")),
    "as text": "2022-03-27T01:30:00+00:00",
    "as text without a zone": "2021-06-08 17:00",
    "as a day": date(2021, 6, 8),
}


@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
@pytest.mark.parametrize("moment", GIVEN.values(), ids=GIVEN)
def test_differences_give_a_moment_as_it_is_stored(moment, on_record):
    """A skipped hour is stored as another: the check then told of a change that nobody had made."""
    group = Group.objects.get(slug="management-group")
    given = Meeting(group=group, date="2022-03-29", papers_close=moment)
    with on_record():
        given.save()
    stored = Meeting.objects.get(pk=given.pk)
    assert {name: getattr(given, name) for name in stored.as_read if name != "_state"} == {
        name: value for name, value in stored.as_read.items() if name != "_state"
    }
    [closing] = [one["new"] for one in stored.change.differences if one["field"] == "papers_close"]
    assert closing == moment_on_record(stored.papers_close)
    number = Change.objects.last_number()
    stored.papers_close = moment
    with on_record():
        stored.save()
    assert Change.objects.last_number() == number, "given once more, it is no change"
    assert verify().findings == []


def test_what_is_given_otherwise_than_it_is_stored_is_stored_and_told_as_one(on_record, action):
    """A day as a moment, a number and a key as texts, a choice as its name, texts as they came."""
    given = action("005")
    given.review_date = datetime(2021, 9, 14, 23, 30, tzinfo=UTC)  # in London it is the 15th
    given.position, given.group_id = f" {given.position + 1} ", str(Group.objects.get(slug="cem").pk)
    given.status = Action.Status.IN_PROGRESS
    given.title = mark_safe("Two spaces at the end  \r\n")
    with on_record():
        given.save()
    stored = action("005")
    columns = [f.attname for f in Action._meta.concrete_fields]
    assert [getattr(given, name) for name in columns] == [getattr(stored, name) for name in columns]
    assert stored.review_date == date(2021, 9, 15)
    assert [found.what.partition(": ")[2] for found in verify().findings] == [
        "its “position” changed, and nothing changes that in a published plan.",
        "its “title” changed, and neither a slip nor a decision in force says so.",
    ]


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


def test_a_text_of_the_ledger_shows_only_where_a_text_differs(action, on_record):
    with on_record():
        subject = action("001")
        subject.rating = "amber"
        subject.save()
        ChangeText(change_id=subject.change_id, field="rating", value="Green").save()
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert change.compared() == [{"field": "rating", "label": "Rating", "old": "", "new": "Amber"}]


def test_what_a_report_is_about_stands_in_the_lines_of_all_that_belongs_to_it(asked, action):
    before = Change.objects.last_number()
    asked()
    about = {"id": action("005").pk, "model": "actions.action"}
    entries = Change.objects.filter(number__gt=before)
    assert {entry.model for entry in entries} >= {"actions.exceptionreport", "actions.exceptionstep"}
    for entry in entries.exclude(model="actions.action"):
        assert json.loads(entry.line)["concerns"]["about"] == about
    found = Change.objects.filter(about_model=about["model"], about_id=about["id"])
    assert {entry.number for entry in found} == {entry.number for entry in entries}
