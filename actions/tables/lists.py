"""The columns of each list that can be saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any

from django.utils import timezone

from actions import findings
from actions.deadlines import deadlines_of
from actions.models import (
    Action,
    BusinessPlan,
    ExceptionReport,
    ExceptionStep,
    OtherColumn,
    Rating,
    State,
    StrategicDriver,
)
from actions.models.chain import ASKING_MOVES
from actions.tables.listed import Row, action_rows, in_batches
from actions.tables.wording import KEPT_AS_PRINTED
from actions.tables.writing import Column, Value, lines
from gscp.dates import day_in_words
from gscp.words import lower_first
from subgroups.models.groups import groups_by_key

LONG, MIDDLE = 50, 28  # characters
PRIORITIES, STATUSES = dict(Action.Priority.choices), dict(Action.Status.choices)
RATINGS, DRIVER_KINDS = dict(Rating.choices), dict(StrategicDriver.Kind.choices)
READ_AS = {value: Action(precision=value).precision_in_words for value in ("", *Action.Precision.values)}


def milestones_in_words(row: Row) -> str:
    return lines(f"{due}: {text}" if due else text for due, text, _ in row["milestones"])


def milestones_done(row: Row) -> str:
    done = sum(bool(done_on) for *_, done_on in row["milestones"])
    return f"{done} of {len(row['milestones'])}" if row["milestones"] else ""


# The seven columns that every published plan has, in the words of the moment that the file shows.
SEVEN = [
    Column("#", itemgetter("ref"), 8),
    Column("Strategic Driver", itemgetter("driver__text"), MIDDLE),
    Column("Title", itemgetter("title"), MIDDLE),
    Column("Action", itemgetter("text"), LONG),
    Column("Priority", lambda row: PRIORITIES.get(row["priority"], ""), 10),
    Column("Who", itemgetter("who"), MIDDLE),
    Column("Further Actions Identified", lambda row: lines(row["further"]), LONG),
]
# What a published table may have beside them, under the same headings.
PUBLISHED_TOO = [
    Column("Kind of Driver", lambda row: DRIVER_KINDS[row["driver__kind"]], MIDDLE),
    Column("Theme", itemgetter("theme__text"), MIDDLE),
    Column("Responsible Group", itemgetter("group"), MIDDLE),
    Column("Outcome", itemgetter("outcome"), LONG),
    Column("How It Will Be Known", itemgetter("known_by"), LONG),
    Column("Timescale", itemgetter("timescale"), MIDDLE),
    Column("Milestones", milestones_in_words, LONG),
]
# What the tracker adds.
TRACKED = [
    Column("Status", lambda row: STATUSES[row["status"]], 18),
    Column("Rating", lambda row: RATINGS.get(row["rating"], ""), 10),
    Column("Rated On", itemgetter("rated_on")),
    Column("No Report Since", lambda row: "Yes" if row["is_old"] else "", 10),
    Column("Due Now", itemgetter("due")),
    Column("Days Late", itemgetter("days_late"), 10),
    Column("Original Date", itemgetter("original_date")),
    Column("Original Date Read As", lambda row: READ_AS[row["precision"]], MIDDLE),
    Column("New Date Agreed", itemgetter("agreed_date")),
    Column("Review Date", itemgetter("review_date")),
    Column("Last Report", itemgetter("reported_on")),
    Column("Lead Posts", itemgetter("leads"), MIDDLE),
    Column("Owning Partners", itemgetter("owners"), MIDDLE),
    Column("Milestones Done", milestones_done),
    Column("Not Confirmed", itemgetter("not_confirmed"), LONG),
]


def kept_as_printed(plan: BusinessPlan) -> list[Column]:
    """A column for each heading of what tables printed of its actions and no field has."""
    kept = OtherColumn.objects.filter(action__plan=plan).exclude(text="").order_by("pk")
    headings = dict.fromkeys(kept.values_list("heading", flat=True))
    return [
        Column(f"{KEPT_AS_PRINTED}{heading}", partial(printed_under, heading), MIDDLE) for heading in headings
    ]


def printed_under(heading: str, row: Row) -> str:
    return lines(text for one, text in row["others"] if one == heading)


REGISTER = [*SEVEN, *PUBLISHED_TOO, *TRACKED]
OF_ACTION = [
    Column("Plan", itemgetter("plan"), MIDDLE),
    *(column for column in SEVEN if column.label != "Strategic Driver"),
    Column("Responsible Group", itemgetter("group"), MIDDLE),
]
OFF_PLAN = [*OF_ACTION, Column("Why It Is Here", itemgetter("why"), LONG), *TRACKED]
DUE_FROM = [
    Column("Where It Stands", itemgetter("where"), 24),
    Column("For the Meeting of", itemgetter("meeting_on")),
    Column("Papers Close", itemgetter("papers_close"), 20),
    Column("Reported Late for the Meeting of", itemgetter("late_for")),
    *OF_ACTION,
    *TRACKED,
]


def off_plan_rows(keys: Sequence[int]) -> Iterator[Row]:
    return in_batches(keys, with_reasons)


def with_reasons(keys: Sequence[int]) -> Iterator[Row]:
    actions = findings.shown(keys)
    findings.give_reasons(actions)
    why = {one.pk: lines(f"{rule.title}. {said}" for rule, said in one.reasons) for one in actions}
    return (row | {"why": why[row["pk"]]} for row in action_rows(keys))


def due_rows(part_of: Mapping[int, str]) -> Iterator[Row]:
    """The actions with these keys, each with the part of the list it stands in."""
    meetings = {key: deadlines_of(group).next_meeting for key, group in groups_by_key().items()}
    late_for = {one.pk: one.late_for for one in findings.shown(list(part_of))}
    for row in action_rows(list(part_of)):
        meeting = meetings[row["group_id"]]
        yield row | {
            "where": part_of[row["pk"]],
            "late_for": late_for[row["pk"]],
            "meeting_on": meeting and meeting.date,
            "papers_close": meeting and timezone.localtime(meeting.papers_close).replace(tzinfo=None),
        }


def of(name: str) -> Callable[[Any], Value]:
    return attrgetter(name)


def place_in_words(report: ExceptionReport) -> str:
    """Where it stands, and what the chair it was entered for says of it."""
    entered = [step for step in report.steps.all() if step.move in ASKING_MOVES]
    return report.state_in_words + (said_by_chair(entered[-1]) if entered else "")


def decision_in_words(step: ExceptionStep) -> str:
    said = f": {step.reason}" if step.reason else ""
    return f"{step.meeting}, {lower_first(step.result)}{said_by_chair(step)}{said}"


def said_by_chair(step: ExceptionStep) -> str:
    """Of what was entered for a chair."""
    if step.is_not_so:
        return f" (the chair says this is not so: {step.confirmation.why})"
    return " (not confirmed by the chair yet)" if step.waits_for_chair else ""


def done_in_words(report: ExceptionReport) -> str:
    """What was done of what was granted, or what was found of its impact, and when."""
    done = [step for step in report.steps.all() if step.to_state == State.DONE and not step.meeting_id]
    return lines(
        f"{day_in_words(timezone.localdate(step.change.clock))}{said_by_chair(step)}: {step.reason}"
        for step in done
    )


def found_in_words(report: ExceptionReport) -> str:
    return report.impact_found.get_finding_display() if report.impact_found else ""


REPORTS = [
    Column("What Is Asked", lambda report: report.get_kind_display(), MIDDLE),
    Column("Plan", lambda report: str(report.about.plan or ""), MIDDLE),
    Column("#", lambda report: report.about.ref, 8),
    Column("Title", lambda report: report.about.title, MIDDLE),
    Column("Priority", lambda report: report.about.get_priority_display() if report.action else "", 10),
    Column("Responsible Group", lambda report: str(report.group), MIDDLE),
    Column("Asked On", lambda report: timezone.localdate(report.asked_at)),
    Column("Where It Stands", place_in_words, MIDDLE),
    Column("With", lambda report: str(report.with_group) if report.is_undecided else "", MIDDLE),
    Column("What Is Off Plan or Was Achieved", of("what"), LONG),
    Column("Cause", of("cause"), LONG),
    Column("Effect on Children", of("effect"), LONG),
    Column("Recovery Action", of("recovery"), LONG),
    Column("Forecast or New Date", of("forecast")),
    Column("Decision Asked For", of("asked_for"), LONG),
    Column("Evidence", of("evidence"), MIDDLE),
    Column("Difference for Children", of("impact"), LONG),
    Column("Impact to Be Checked By", of("impact_check_on")),
    Column("Who Checks It, and How", of("how_it_is_checked"), MIDDLE),
    Column("Check Moved", of("check_moved_in_words"), MIDDLE),
    Column("What the Check Found", found_in_words, MIDDLE),
    Column("Decisions", lambda report: lines(map(decision_in_words, report.decisions)), LONG),
    Column("What Was Done", done_in_words, LONG),
]


def report_rows(keys: Sequence[int]) -> Iterator[ExceptionReport]:
    return in_batches(keys, reports_for_files)


def reports_for_files(keys: Sequence[int]) -> list[ExceptionReport]:
    by_key = {report.pk: report for report in ExceptionReport.objects.filter(pk__in=keys).for_pages()}
    return [by_key[key] for key in keys]
