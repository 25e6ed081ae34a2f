"""What the register's own files say comes back word for word when they are imported into a draft."""

import csv
import io
from datetime import date

import pytest

from actions.models import Action, BusinessPlan, Milestone, OtherColumn
from actions.models.who import assign, owners_of
from gscp import clock
from tests import test_importing
from tests.test_importing import GOOD, HEADINGS, choose, record, text

# Once: a table is written and read in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
draft, read_at_once = test_importing.draft, test_importing.read_at_once
SAME = ("ref", "title", "text", "priority", "who", "outcome", "known_by", "timescale")


def as_it_is(action: Action) -> dict:
    further = [one.text for one in action.further_actions.all()]
    theme = action.theme.text if action.theme else ""
    words = {name: getattr(action, name) for name in SAME}
    return words | {"driver": action.driver.text, "theme": theme, "further": further}


def looks(action: Action) -> list:
    return list(action.milestones.values_list("due", "text"))


@pytest.fixture
def changed(on_record, action) -> None:
    """006 is led by another post than its words name, and has what the published plan has not."""
    with on_record("Agreed since"):
        other, led = action("003").lead_posts[0], action("006")
        led.outcome, led.known_by, led.timescale = "Fewer wait", "By a survey", "By Easter"
        led.save()
        Milestone(action=led, text="A first look", due=date(2021, 6, 30), done_on=clock.today()).save()
        Milestone(action=led, text="A second look").save()
        assign(led, [other], owners_of(led))


@pytest.mark.parametrize("form", ["xlsx", "csv", "docx"])
def test_our_own_file_comes_back_word_for_word(form, draft, changed, sign_in, manager):
    file = b"".join(sign_in("scrutineer").get(f"/plans/2021-22/export.{form}"))
    page = choose(manager, file, f"plan.{form}")
    assert "6 actions would be added" in text(page)
    if form != "docx":
        assert "Who leads is read from these instead: “Lead Posts”" in text(page)
    assert "6 actions added" in text(record(manager, confirmed="on"))
    read = list(draft.actions.order_by("position"))
    printed = list(BusinessPlan.objects.get(label="2021-22").actions.order_by("position"))
    names = [*(SAME[:5] if form == "docx" else SAME), "driver", "theme", "further"]
    for here, there in zip(read, printed, strict=True):
        said, was = as_it_is(here), as_it_is(there)
        assert [said[name] for name in names] == [was[name] for name in names]
        if form != "docx":
            assert looks(here) == looks(there)
            assert (here.lead_posts, here.group) == (there.lead_posts, there.group), here.ref


def settle(on_record, action) -> None:
    """What a year leaves: a date and a new one, a review date, and statuses of every kind."""
    with on_record("Over the year"):
        dated = {
            "001": {"original_date": date(2021, 9, 30), "precision": "month", "status": "merged"},
            "002": {
                "original_date": date(2021, 6, 15),
                "agreed_date": date(2021, 12, 31),
                "precision": "day",
            },
            "003": {"review_date": date(2022, 1, 20), "precision": "ongoing", "status": "in_progress"},
            "004": {"original_date": date(2021, 12, 31), "timescale": "By Christmas", "status": "withdrawn"},
            "005": {"original_date": date(2021, 9, 30), "timescale": "September 2021", "precision": "month"},
            "006": {"agreed_date": date(2022, 3, 31), "status": "split"},
        }
        for ref, values in dated.items():
            row = action(ref)
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        row = action("005")
        row.status = "carried_forward"
        row.save()


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_dates_of_a_live_plan_come_back_and_nothing_is_asked_that_the_file_says(
    form, draft, on_record, action, sign_in, manager
):
    settle(on_record, action)
    file = b"".join(sign_in("scrutineer").get(f"/plans/2021-22/export.{form}"))
    page = text(choose(manager, file, f"plan.{form}"))
    for asked in (
        "read for the same",
        "gives the date",
        "different days",
        "no status that is known",
        "no date",
    ):
        assert asked not in page, page[page.index(asked) - 60 :][:300]
    assert "These columns are kept as printed, not as reports: “Status”" in page
    assert "6 actions added" in text(record(manager, confirmed="on"))
    assert [
        (one.original_date, one.precision, one.review_date, one.timescale)
        for one in draft.actions.order_by("position")
    ] == [
        (date(2021, 9, 30), "month", None, ""),
        (date(2021, 6, 15), "day", None, ""),
        (None, "ongoing", date(2022, 1, 20), ""),
        (date(2021, 12, 31), "day", None, "By Christmas"),
        (date(2021, 9, 30), "month", None, "September 2021"),
        (date(2022, 3, 31), "day", None, ""),
    ]
    kept = {
        one.ref: {other.heading: other.text for other in one.other_columns.all()}
        for one in draft.actions.all()
    }
    assert [kept[ref]["Status"] for ref in sorted(kept)] == [
        "Merged", "Not started", "In progress", "Withdrawn", "Carried forward", "Split",
    ]  # fmt: skip
    assert kept["002"]["Due Now"] in ("31 Dec 2021", "2021-12-31")
    assert not any("Original Date" in one or "Review Date" in one for one in kept.values()), "they are dates"


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_was_kept_as_printed_goes_out_and_changes_nothing_when_it_comes_back(form, draft, manager):
    headings = [*HEADINGS, "RAG Mar", "Comments", "Status"]
    kept = ["Green", "As agreed in May; see the minutes", "In progress"]
    choose(manager, [headings, [*GOOD, *kept], ["2", "Map the places where children are at risk", *GOOD[2:]]])
    record(manager, confirmed="on")
    before = [
        (one.action.ref, one.heading, one.text) for one in OtherColumn.objects.order_by("action", "heading")
    ]
    assert {heading for _, heading, _ in before} >= {"Budget", "Comments"}
    file = b"".join(manager.get(f"/plans/2022-23/export.{form}"))
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
        assert rows[0]["As printed: Comments"] == kept[1] and rows[1]["As printed: Comments"] == ""
        assert rows[1]["As printed: Budget"] == "£500"
    page = choose(manager, file, f"plan.{form}")
    assert "0 actions would be added and 0 changed" in text(page), text(page)
    changed = file.replace(b"see the minutes", b"see the pages")
    if form == "csv":
        page = choose(manager, changed, "plan.csv")
        assert "0 actions would be added and 1 changed" in text(page)
        record(manager, confirmed="on")
        after = {(one.action.ref, one.heading): one.text for one in OtherColumn.objects.all()}
        assert after["1", "Comments"] == "As agreed in May; see the pages" and len(after) == len(before)
