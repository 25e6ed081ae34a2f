"""Two moments compared: the balance adds up, the difference is the difference, and late entries are named."""

import re
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations
from random import Random

import pytest
from django.db import models

from actions.models import Action, Milestone, StrategicDriver
from gscp.record import Change, history_of, tracked_models
from gscp.record.looking_back import Past
from gscp.words import MAX_PAIRS, word_differences
from scrutiny.comparison import (
    EVENT_DAYS,
    changed_columns,
    entered_late,
    entries_between,
    open_action_balance,
)
from subgroups.models import Meeting, Partner, Post, PostHolding
from tests.factories import ActionFactory, another_plan, draft_plan

pytestmark = pytest.mark.django_db
QUARTER = "/scrutiny/compare/?since=2021-09-07T17:00&until=2021-12-07T17:00"


def record_at(past: Past) -> dict:
    """Every record as it stood: its columns by model and id."""
    return {
        (model._meta.label_lower, row["id"]): row
        for model in tracked_models()
        for row in model.objects.all().at_entry(past.number).values(*columns_of(model))
    }


def columns_of(model) -> list[str]:
    return [field.attname for field in history_of(model).tracked_fields if field.name != "change"]


def applied(record: dict, found: dict) -> dict:
    """The record with the difference laid over it; what is taken off it must be what stands there."""
    after = {key: dict(row) for key, row in record.items()}
    for key, (old, new) in found.items():
        assert all(after[key][column] == value for column, value in old.items()) or not old
        assert old or key not in after
        after.setdefault(key, {}).update(new)
    return after


def test_the_difference_laid_over_the_first_moment_gives_the_second(played):
    chance, head = Random(20210401), Change.objects.last_number()
    for _ in range(25):
        first, second = sorted(chance.sample(range(1, head + 1), 2))
        before, after = Past.read(str(first)), Past.read(str(second))
        found = changed_columns(entries_between(before, after), before, after)
        assert applied(record_at(before), found) == record_at(after)
        assert all(old != new for old, new in found.values())


def test_the_balance_adds_up_whatever_happens(on_record):
    chance = Random(20220331)
    moments = [Change.objects.last_number()]
    for number in range(40):
        with on_record():
            action = Action.objects.order_by("pk")[chance.randrange(6)]
            if number % 7 == 3:
                columns = ("plan_id", "driver_id", "group_id")
                action = Action(ref=f"9{number:02}", **{name: getattr(action, name) for name in columns})
                action.text, action.priority, action.who = "One more", "low", "Somebody"
            action.status = chance.choice([one for one in Action.Status.values if one != "discarded"])
            action.save()
        if number % 2:
            moments.append(Change.objects.last_number())
    seen = set()
    for one, other in combinations(moments, 2):
        lines = open_action_balance(Past.read(str(one)), Past.read(str(other)))
        *changes, (_, closing, _) = lines
        assert sum(number for _, number, _ in changes) == closing, (one, other)
        assert all(len(set(refs)) == abs(number) for _, number, refs in lines[1:-1]), (one, other)
        seen |= {label for label, number, _ in lines if number}
    assert len(seen) == 9  # every line was something once


# Days that are planned, and so may pass before they are entered or after.
PLANNED = {
    "actions.action": {"original_date", "agreed_date", "review_date"},
    "actions.addition": {"original_date", "review_date"},
    "actions.businessplan": {"first_day", "last_day"},
    "actions.milestone": {"due"},
    "actions.exceptionreport": {"forecast", "impact_check_on"},
    "actions.exceptionstep": {"check_was_on"},
    "actions.progressupdate": {"forecast"},
    "actions.review": {"next_on"},
    # From which period on, and of which one: figures come after it, by the day that their measure says.
    "subgroups.measure": {"first_day", "added_on", "changed_on", "ended_on"},
    "subgroups.measureagency": {"first_day", "ended_on"},
    "subgroups.target": {"period"},
    "subgroups.baseline": {"period"},
    "subgroups.reading": {"period"},
    "subgroups.escalations": {"month"},
    "subgroups.audit": {"planned_for"},
}


def test_every_day_of_the_record_is_an_event_s_or_planned():
    """A new column with a day in it: say in scrutiny/comparison.py that something happened then, or here."""
    events = {(model, path) for model, path in EVENT_DAYS if "__" not in path}
    days = {
        (model, field.name)
        for model in tracked_models()
        for field in history_of(model).tracked_fields
        if type(field) is models.DateField
        if field.name not in PLANNED.get(model._meta.label_lower, ())
    }
    assert days == events


def test_the_balance_counts_what_is_open_in_any_plan(it_is, on_record, action):
    it_is(2022, 3, 9)
    before, old = Past.read("2022-03-09"), action("003")
    it_is(2022, 4, 2)
    with on_record("The next year's plan, and what goes on in it"):
        driver = another_plan("2022-23", "Business Plan 2022/23", date(2022, 4, 1), date(2023, 3, 31))
        ActionFactory.build(plan=driver.plan, driver=driver, group=old.group, ref="003").save()
        old.status = Action.Status.CARRIED_FORWARD
        old.save()
    rows = open_action_balance(before, Past.read("2022-04-02"))
    assert [row for row in rows if row[1]] == [
        ("Open at the first moment", 6, []),
        ("Added to the plan", 1, ["003 of 2022-23"]),
        ("Carried forward", -1, ["003 of 2021-22"]),
        ("Open at the second moment", 6, []),
    ]


def test_what_a_draft_plans_is_open_once_it_is_published(it_is, on_record, action):
    def balance(day):
        rows = open_action_balance(Past.read("2021-06-01"), Past.read(day))
        return {label: (number, refs) for label, number, refs in rows if number}

    it_is(2021, 6, 8)
    with on_record("A draft"):
        plan = draft_plan("2022-23")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
        ActionFactory(plan=plan, driver=driver, group=action("003").group, ref="1")
    unchanged = {"Open at the first moment": (6, []), "Open at the second moment": (6, [])}
    assert balance("2021-06-08") == unchanged
    it_is(2021, 6, 9)
    with on_record("Adopted"):
        plan.status = "live"
        plan.save()
    added = {"Added to the plan": (1, ["1 of 2022-23"]), "Open at the second moment": (7, [])}
    assert balance("2021-06-09") == unchanged | added
    assert balance("2021-06-08") == unchanged, "as it was at that moment"


def test_what_is_entered_about_an_earlier_day_is_late(it_is, user, on_record, sign_in):
    it_is(2021, 6, 10)
    before = Past.read("2021-06-09")
    with on_record("Known since May"):
        holding = PostHolding.objects.get(user=user("qiip.chair"))
        holding.ended_on = date(2021, 6, 1)
        holding.save()
        PostHolding(post=holding.post, user=user("scrutineer"), started_on=date(2021, 6, 10)).save()
    after = Past.read("2021-06-10")
    [(change, day)] = entered_late(entries_between(before, after))
    assert (change.model, day) == ("subgroups.postholding", date(2021, 6, 1))
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-09&until=2021-06-10").content.decode()
    assert "entered on 10 June 2021, about 1 June 2021" in page


def test_what_is_added_to_a_meeting_later_is_not_late(it_is, on_record):
    it_is(2021, 7, 10)
    before = Past.read("2021-07-09")
    with on_record("Minutes have come"):
        meeting = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
        meeting.note = "Minutes are on the partnership's own pages"
        meeting.save()
    assert not entered_late(entries_between(before, Past.read("2021-07-10")))


def test_values_stand_under_the_names_of_their_moments(it_is, action, on_record, sign_in):
    it_is(2021, 6, 10)
    subject, post = action("006"), Post.objects.get(name="Executive Chair")
    [lead] = subject.current_leads
    called = lead.post.name
    with on_record():
        lead.post.name = "Training Subgroup Chair"
        lead.post.save()
        lead.post = post
        lead.save()
        post.name = "Chair of the Executive"
        post.save()
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-09&until=2021-06-10").content.decode()
    assert f"<del>{called}</del>" in page and "<ins>Chair of the Executive</ins>" in page


def test_all_that_differs_is_there_in_the_words_of_then(it_is, action, on_record, sign_in):
    it_is(2021, 6, 10)
    subject, partner = action("006"), Partner.objects.first()
    meeting = Meeting.objects.filter(date__gt=date(2021, 6, 10)).first()
    for number in range(60):  # of one record, more than a page has rows
        with on_record():
            meeting.note = f"Note {number}"
            meeting.save()
    with on_record():
        partner.name = "The last of them"
        partner.save()
        subject.title = "The words of then"
        subject.save()
    it_is(2021, 6, 11)
    with on_record():
        subject.title = "The words of today"
        subject.save()
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-09&until=2021-06-10").content.decode()
    assert "Note 59" in page and "The last of them" in page
    assert "The words of then" in page and "The words of today" not in page


def test_a_quarter_of_the_played_year(played, sign_in):
    page = sign_in("scrutineer").get(QUARTER).content.decode()
    # It says what is compared, and its form holds that.
    for part in ("title", "h1"):
        heading = page.split(f"<{part}")[1].split(f"</{part}>")[0]
        for words in (
            "papers for Management Group, 14 September",
            "papers for Management Group, 14 December",
        ):
            assert words in heading
    boxes = re.findall(r'name="(since|until)-(\w+)" [^>]*value="([^"]*)"', page)
    assert [value for *_, value in boxes] == ["7", "9", "2021", "17:00", "7", "12", "2021", "17:00"]
    # What is new says what it says: a text, the name of what it points to, where it stands by then.
    new = page.split("Proposal of completion on Action 006</a>: new")[1].split("</dl>")[0]
    assert "One calendar, all courses held" in new and "Waiting for a decision" in new
    latest = "/scrutiny/compare/?since=2021-12-07T17:00&until=2022-03-08T17:00"
    page = sign_in("scrutineer").get(latest).content.decode()
    figures = re.findall(r"<td[^>]*numeric[^>]*>([^<]*)<", page.split("In short")[1].split("</table>")[0])
    assert figures == [
        "6",
        "0",
        "0",
        "−2",
        "0",
        "0",
        "4",
    ]  # open, added, reopened, completed, withdrawn, carried forward, open
    late = page.split("Entered late")[1]
    assert "entered on 21 February 2022, about 16 February 2022" in late


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("since=2021-06-10&until=2021-06-09", "That is before the first moment."),
        ("since=2021-06-10&until=2099-01-01", "That is still to come"),
        ("since=2020-01-01&until=2021-06-10", "Nothing was on record yet"),
        ("since=never&until=2021-06-10", "Write a day as 2021-09-14"),
        ("since-day=31&since-month=2&since-year=2021&until=2021-06-10", "must be a real date"),
        ("since=2021-06-10", "Fill in “To”."),
    ],
)
def test_moments_that_cannot_be_compared_get_a_message(asked, message, it_is, on_record, action, sign_in):
    it_is(2021, 6, 10)
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    response = sign_in("scrutineer").get(f"/scrutiny/compare/?{asked}")
    assert response.status_code == 200
    assert message in response.content.decode()
    assert "In short" not in response.content.decode()


COMPARED = "/scrutiny/compare/?since=2021-06-09&until=2021-06-10"


def main_of(page: str) -> str:
    return re.sub(r"\s+", " ", page.split('id="main-content"')[1])


def test_of_a_long_text_only_the_words_that_changed_are_struck_out(it_is, action, on_record, sign_in):
    it_is(2021, 6, 9)
    before = " ".join(f"word{number} of sentence {number}." for number in range(390))  # nearly 10,000 signs
    with on_record():
        subject = action("005")
        subject.text = before
        subject.save()
    it_is(2021, 6, 10)
    with on_record():
        subject.text = before.replace("word100 ", "word1OO ").replace("word300 ", "<b>word</b> ")
        subject.save()
    page = sign_in("scrutineer").get(COMPARED).content.decode()
    taken_out = '<del><span class="govuk-visually-hidden">taken out: </span>{}</del>'
    put_in = '<ins><span class="govuk-visually-hidden">put in: </span>{}</ins>'
    assert taken_out.format("word100 ") + put_in.format("word1OO ") in page
    assert put_in.format("&lt;b&gt;word&lt;/b&gt; ") in page
    assert page.count("<del>") == 2 and "word200 " not in page, "what is far from a difference is left out"


def test_words_that_differ_are_found_within_a_time_that_has_an_end(monkeypatch):
    chance, pairs = Random(20), []

    def matcher(junk, old, new, **options):
        pairs.append(len(old) * len(new))
        return SequenceMatcher(junk, old, new, **options)

    monkeypatch.setattr("gscp.words.SequenceMatcher", matcher)
    long = [" ".join(chance.choice("ab") + "." * (n % 90 == 0) for n in range(10_000)) for _ in range(2)]
    pieces = word_differences(*long)
    assert 0 < sum(pairs) <= 10 * MAX_PAIRS, "of a hundred million"
    for side, text in (("out", long[0]), ("in", long[1])):
        shown = [piece for what, piece in pieces if what in (side, "same")]
        assert all(part in text for piece in shown for part in piece.split("… ")), side


DECIDING = ("executive", "management-group")


def test_however_much_changed_a_page_has_an_end(it_is, action, on_record, sign_in):
    it_is(2021, 6, 10)
    subject = action("005")
    with on_record():
        subject.text = "other words " * 800
        subject.save()
        for number in range(30):
            Milestone(action=subject, text=f"Milestone {number:02}").save()
        for number in range(25):
            Partner(name=f"Partner {number}", kind="other", started_on=date(2021, 6, 10)).save()
    reader = sign_in("scrutineer")
    page = reader.get(COMPARED).content.decode()
    first = " ".join(re.sub("<[^>]*>", " ", page).split())
    goes_on = (
        "Of 26 actions and other records that were changed, this page has 1 to 20. The next page goes on"
    )
    assert goes_on in first and first.index("Entered late") < first.index(goes_on)
    assert page.count("gscp-difference") == 8 + 19, "of the action, and of those that belong to none"
    assert "23 more records of this action changed" in page and "All of this text" in page
    again = reader.get(f"{COMPARED}&page=2").content.decode()
    last = " ".join(re.sub("<[^>]*>", " ", again).split())
    assert "this page has 21 to 26. The first page has it in short, and what was entered late." in last
    assert again.count("gscp-difference") == 6 and "In short" not in again and "Partner 24" in again
    assert len(page) < 150_000


def test_what_was_changed_and_changed_back_is_not_counted_as_changed(it_is, action, on_record, sign_in):
    it_is(2021, 5, 10)
    milestones = [Milestone(action=action("005"), text=f"Milestone {number:02}") for number in range(30)]
    with on_record():
        for one in milestones:
            one.save()
    it_is(2021, 6, 10)
    for text in ("Another text", ""):
        with on_record():
            for number, one in enumerate(milestones[10:], start=10):
                one.text = text or f"Milestone {number:02}"
                one.save()
    with on_record():
        for one in milestones[:10]:
            one.text = "Another text"
            one.save()
    page = sign_in("scrutineer").get(COMPARED).content.decode()
    assert page.count("gscp-difference") == 8 and "8 records changed" in page
    assert ">2 more records of this action changed" in page


def test_attendance_comes_last(it_is, on_record, attend, sign_in):
    it_is(2021, 6, 16)
    attend("/meetings/management-group/2021-06-15/", "council", "police", "health")
    with on_record():
        Partner(name="The last of all", kind="other", started_on=date(2021, 6, 10)).save()
    page = sign_in("scrutineer").get("/scrutiny/compare/?since=2021-06-15&until=2021-06-16").content.decode()
    assert 0 < page.index("The last of all") < page.index("3 records of attendance changed")
