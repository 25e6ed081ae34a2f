"""Decisions, completed actions and new baselines as dated notes on the charts of measures."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actions.measure_chart import LANE, chart_of
from actions.models import Action, ActionEnding, ExceptionReport, Kind, PlanDecision
from actions.models.chain import MOVES_BY_NAME
from gscp import facts
from gscp.record import Change
from subgroups.models import Baseline, Group, Meeting
from subgroups.scorecard import series_of_measure
from tests.answers import words_of
from tests.conftest import AGENDA, ASK
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
MAY, JUNE = date(2021, 5, 1), date(2021, 6, 1)
SEPTEMBER = "/meetings/management-group/2021-09-14/"
CARD = reverse("scorecard", args=["qiip"])
ASKED: dict[str, dict] = {
    Kind.NEW_DATE: {"forecast": date(2022, 4, 29), "cause": "Late", "effect": "None", "recovery": "Ask"},
    Kind.COMPLETION: {"what": "Done", "evidence": "Minutes", "impact": "Fewer wait"},
    Kind.WITHDRAWAL: {"cause": "Another does it", "effect": "None"},
    Kind.REOPENING: {"cause": "It came back", "recovery": "Do it again"},
    Kind.EXCEPTION: ASK,
}


@pytest.fixture
def measure(member, it_is, on_record, user):
    it_is(2021, 6, 9)
    with on_record():
        measure = measure_of("qiip")
        read(measure, user("qiip.chair"), date(2021, 4, 1), 60, 80)
        read(measure, user("qiip.chair"), MAY, 48, 80)
    return measure


@pytest.fixture
def june(measure, it_is, attend):
    """The meeting of 15 June, with enough partners."""
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    return Meeting.objects.get(group__slug="management-group", date=date(2021, 6, 15))


@pytest.fixture
def ask(on_record, user, it_is):
    """ask(Kind.NEW_DATE, action=…) asks for it before the meeting of June."""

    def asked(kind, by="qiip.chair", **about):
        it_is(2021, 6, 9)
        report = ExceptionReport(kind=kind, **about, **ASKED[kind])
        with on_record():
            if kind == Kind.NEW_DATE:
                report.action.original_date = date(2021, 12, 31)
                report.action.save()
            report.ask(user(by))
        it_is(2021, 6, 15)
        return report

    return asked


@pytest.fixture
def move(on_record, user):
    """move(report, meeting, "refuse", "correct") makes these moves of a request one after the other."""

    def moved(report, meeting, *names, by="management.chair"):
        for name in names:
            with on_record():
                report.make_move(MOVES_BY_NAME[name], user(by), "As discussed", meeting)
            report = ExceptionReport.objects.get(pk=report.pk)
        return report

    return moved


@pytest.fixture
def in_july(it_is):
    """June is over."""
    return lambda: it_is(2021, 7, 5)


def notes(measure) -> list[tuple[str, str]]:
    chart = chart_of(series_of_measure(measure))
    return [(f"{note.number} {note.period}", note.event.words) for note in chart.notes]


def said(measure) -> list[str]:
    return [words for _, words in notes(measure)]


# ---------------------------------------------------------------- which decisions


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("grant", "The Management Group agreed to what was asked on this measure."),
        ("refuse", "The Management Group refused what was asked on this measure."),
        ("escalate", "The Management Group passed the exception on this measure up to the Executive."),
        ("return", "The Management Group sent back the exception on this measure with a question."),
    ],
)
def test_a_decision_on_an_exception_about_the_measure_is_a_note(
    measure, june, ask, move, in_july, name, words
):
    report = ask(Kind.EXCEPTION, measure=measure)
    assert said(measure) == [], "it is asked, not decided"
    move(report, june, name)
    assert notes(measure) == [("1 June 2021", words)], "June is not over, and has a place"
    in_july()
    assert notes(measure) == [("1 June 2021", words)]


def test_the_exception_of_another_measure_is_none(measure, june, ask, move, in_july, on_record):
    with on_record():
        other = measure_of("qiip", name="Impact shown")
    move(ask(Kind.EXCEPTION, measure=other), june, "grant")
    in_july()
    assert said(measure) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.NEW_DATE, "agreed a new date for 006 of 2021-22: 29 April 2022."),
        (Kind.COMPLETION, "accepted that 006 of 2021-22 is complete."),
        (Kind.WITHDRAWAL, "agreed to withdraw 006 of 2021-22."),
        (Kind.REOPENING, "agreed to reopen 006 of 2021-22."),
        (Kind.EXCEPTION, None),
    ],
)
def test_what_was_granted_about_an_action_of_the_group_is_a_note(
    measure, june, ask, move, in_july, action, on_record, kind, words
):
    subject = action("006")
    if kind == Kind.REOPENING:
        with on_record():
            subject.status = "complete"
            subject.save()
    move(ask(kind, action=subject), june, "grant")
    in_july()
    assert said(measure) == ([f"The Management Group {words}"] if words else [])


def test_what_was_refused_about_an_action_is_none(measure, june, ask, move, in_july, action):
    move(ask(Kind.NEW_DATE, action=action("006")), june, "refuse")
    in_july()
    assert said(measure) == []


def test_an_action_of_another_group_is_none_and_one_that_moved_counts_for_the_group_of_then(
    measure, june, ask, move, in_july, action, on_record, user
):
    move(ask(Kind.NEW_DATE, by="resolution.chair", action=action("001")), june, "grant")
    move(ask(Kind.NEW_DATE, action=action("006")), june, "grant")
    in_july()
    with on_record():
        for ref, group in (("001", "qiip"), ("006", "resolution")):
            subject = action(ref)
            subject.group = Group.objects.get(slug=group)
            subject.save()
    assert said(measure) == ["The Management Group agreed a new date for 006 of 2021-22: 29 April 2022."]


def test_a_decision_that_was_corrected_is_none_and_the_new_one_is(measure, june, ask, move, in_july):
    report = move(ask(Kind.EXCEPTION, measure=measure), june, "grant", "correct")
    in_july()
    assert said(measure) == []
    move(report, june, "refuse")
    assert said(measure) == ["The Management Group refused what was asked on this measure."]


def test_a_decision_without_a_quorum_is_none_until_it_is_put_in_force(
    measure, it_is, attend, ask, move, in_july, action
):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")
    june = Meeting.objects.get(group__slug="management-group", date=date(2021, 6, 15))
    report = move(ask(Kind.EXCEPTION, measure=measure), june, "grant")
    in_july()
    assert said(measure) == []
    it_is(2021, 9, 14)
    attend(SEPTEMBER, "council", "police", "health")
    september = Meeting.objects.get(group__slug="management-group", date=date(2021, 9, 14))
    move(report, september, "ratify")
    it_is(2021, 10, 4)
    assert notes(measure) == [
        ("1 September 2021", "The Management Group agreed to what was asked on this measure.")
    ]
    move(report, september, "correct")
    assert said(measure) == [], "what was put in force is corrected, too"


def test_a_correction_without_a_quorum_corrects_once_it_is_put_in_force(
    measure, june, it_is, attend, ask, move
):
    report = move(ask(Kind.EXCEPTION, measure=measure), june, "grant")
    it_is(2021, 9, 14)
    attend(SEPTEMBER, "council", "police")
    september = Meeting.objects.get(group__slug="management-group", date=date(2021, 9, 14))
    report = move(report, september, "correct")
    it_is(2021, 12, 14)
    attend("/meetings/management-group/2021-12-14/", "council", "police", "health")
    assert said(measure) == ["The Management Group agreed to what was asked on this measure."]
    december = Meeting.objects.get(group__slug="management-group", date=date(2021, 12, 14))
    move(report, december, "ratify")
    it_is(2022, 1, 5)
    assert said(measure) == []


def test_a_decision_that_its_chair_has_not_confirmed_says_so(
    measure, june, ask, move, in_july, sign_in, send
):
    report = move(ask(Kind.EXCEPTION, measure=measure), june, "grant", by="business.manager")
    in_july()
    granted = "The Management Group agreed to what was asked on this measure."
    assert said(measure) == [f"{granted} Not confirmed by the chair yet."]
    step = report.steps.get(move="grant")
    chair = sign_in("management.chair")
    assert send(chair, reverse("step_not_so", args=[step.pk]), why="It was refused").status_code == 302
    assert said(measure) == [f"{granted} The chair says this is not so."]


@pytest.mark.parametrize("state", ["in_force", "waiting", "taken_back"])
def test_an_action_that_a_meeting_withdrew_with_its_year_is_a_note_once_that_is_in_force(
    measure, june, in_july, action, on_record, user, state
):
    subject = action("006")
    with on_record():
        decision = PlanDecision(
            plan=subject.plan, kind="ending", meeting=june, state=state, reason="No need",
            entered_by=user("business.manager"), why_taken_back="A slip" if state == "taken_back" else "",
        )  # fmt: skip
        decision.save()
        ActionEnding(action=subject, decision=decision, fate="withdrawn").save()
    in_july()
    expected = ["The Management Group agreed to withdraw 006 of 2021-22."]
    assert said(measure) == (expected if state == "in_force" else [])


def test_a_new_baseline_is_a_note_with_its_reason_and_the_others_are_numbered_after_it(
    measure, june, ask, move, in_july, on_record
):
    move(ask(Kind.NEW_DATE, action=Action.objects.get(ref="006")), june, "grant")
    with on_record():
        Baseline(measure=measure, period=MAY, meeting=june, why="Another way of booking").save()
        Baseline(measure=measure, period=date(2021, 8, 1), why="Yet another way").save()
    in_july()
    assert notes(measure) == [
        (
            "1 May 2021",
            "A new baseline begins, decided by the Management Group on 15 June 2021: "
            "“Another way of booking”.",
        ),
        ("2 June 2021", "The Management Group agreed a new date for 006 of 2021-22: 29 April 2022."),
    ]


# ---------------------------------------------------------------- where they stand


@pytest.fixture
def three(measure, june, ask, move, in_july, on_record, user):
    """A baseline from May on, and two decisions of June."""
    move(ask(Kind.EXCEPTION, measure=measure), june, "grant")
    move(ask(Kind.NEW_DATE, action=Action.objects.get(ref="006")), june, "grant")
    with on_record():
        Baseline(measure=measure, period=MAY, why="Another way of booking").save()
    in_july()
    with on_record():
        read(measure, user("qiip.chair"), JUNE, 50, 80)
    return measure


def test_those_of_one_period_share_a_place_and_those_close_by_stand_lower(three):
    chart = chart_of(series_of_measure(three))
    assert [(mark.numbers, mark.kind, mark.x, mark.up) for mark in chart.marks] == [
        ("1", "baseline", "86.67%", 0),
        ("2–3", "note", "93.33%", LANE),  # July is not over, and has the last place
    ]
    assert chart.above == 2 * LANE


def test_a_page_of_a_measure_lists_them_once_and_its_table_points_to_them(three, sign_in):
    page = sign_in("qiip.chair").get(three.get_absolute_url()).content.decode()
    heading, listed = page.split("What was decided meanwhile</h")[-2:]
    listed = listed.split("</ol>")[0]
    days = re.findall(r'<li id="note-(\d)">\s*<strong>(.*?)</strong>', listed)
    assert days == [("1", "1 May 2021"), ("2", "15 June 2021"), ("3", "15 June 2021")]
    for report in ExceptionReport.objects.all():
        assert f'href="{report.get_absolute_url()}"' in listed
    picture = page.split('<figure class="gscp-measure">')[1].split("</figure>")[0]
    drawn = re.sub(r"<title>.*?</title>", "", picture)
    assert ">2–3</text>" in drawn and "agreed" not in drawn, "the list says it"
    rows = re.findall(r'data-label="Period">(.*?)</th>', page)
    pointed = {re.match(r"\w+ \d+", row)[0]: re.findall(r'href="#note-(\d)"', row) for row in rows}
    assert pointed == {"June 2021": ["2", "3"], "May 2021": ["1"], "April 2021": []}
    assert page.count("Another way of booking") == 3, "in the list, as a title of its line, and among changes"


def test_a_scorecard_marks_them_and_leads_to_the_words(three, sign_in):
    page = sign_in("qiip.chair").get(CARD).content.decode()
    assert ">2–3</text>" in page and f'href="{three.get_absolute_url()}#decided"' in page


def test_a_measure_of_which_nothing_was_decided_has_no_list(measure, sign_in):
    page = words_of(sign_in("qiip.chair").get(measure.get_absolute_url()))
    assert "What was decided meanwhile" not in page.replace("What was decided, by its number", "")


def test_papers_say_them_as_they_were_when_papers_closed(three, sign_in, it_is):
    it_is(2021, 9, 15)
    papers = sign_in("scrutineer").get(f"{SEPTEMBER}pack/")
    said_there = words_of(papers)
    assert "2. 15 June 2021: The Management Group agreed to what was asked on this measure." in said_there
    it_is(2021, 6, 20)
    papers = words_of(sign_in("scrutineer").get(f"{AGENDA}pack/"))
    assert "this measure." not in papers and "Another way of booking" not in papers


def test_looking_back_shows_what_was_decided_by_then(three, sign_in, move, june, it_is):
    it_is(2021, 7, 20)
    report = ExceptionReport.objects.get(measure=three)
    move(report, june, "correct", "refuse")
    reader = sign_in("scrutineer")
    now = words_of(reader.get(three.get_absolute_url()))
    then = words_of(reader.get(f"/scrutiny/as-at/2021-07-10{three.get_absolute_url()}"))
    assert "refused what was asked on this measure" in now and "agreed to what was asked on" not in now
    assert "agreed to what was asked on this measure" in then and "refused what was asked on" not in then


def test_links_of_two_addresses_of_one_moment_stay_at_theirs(three, sign_in, it_is):
    it_is(2021, 7, 20)
    reader, report = sign_in("scrutineer"), ExceptionReport.objects.get(measure=three)
    for moment in ("2021-07-05", str(Change.objects.last_number())):
        page = reader.get(f"/scrutiny/as-at/{moment}{three.get_absolute_url()}").content.decode()
        assert f'href="/scrutiny/as-at/{moment}{report.get_absolute_url()}">The Management Group' in page


def test_a_scorecard_asks_twelve_questions_at_most_for_any_number_of_notes(
    three, sign_in, june, ask, move, on_record, user, it_is
):
    reader = sign_in("scrutineer")

    def queries(url: str) -> tuple[int, int]:
        """Of a server that has just begun, and of one that has shown the page before."""
        it_is(2021, 7, 5)
        facts.kept.clear()
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                assert "2–3</text>" in reader.get(url).content.decode()
            counts.append(len(captured))
        return counts[0], counts[1]

    before = {url: queries(url) for url in (CARD, three.get_absolute_url())}
    assert before[CARD][1] <= 12
    it_is(2021, 6, 15)
    for name in "ABC":
        with on_record():
            other = measure_of("qiip", name=f"Impact {name}")
            Baseline(measure=other, period=MAY, meeting=june, why="Another way of asking").save()
            for month in (date(2021, 4, 1), MAY):
                read(other, user("qiip.chair"), month, 40, 80)
        move(ask(Kind.EXCEPTION, measure=other), june, "refuse")
    assert {url: queries(url) for url in before} == before
