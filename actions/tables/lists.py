"""The columns of each list that can be saved, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from actions import findings
from actions.deadlines import deadlines_of
from actions.models import Action, ActionLead, ExceptionReport, ExceptionStep, Milestone
from actions.models.action import Ownership
from actions.tables.writing import Column, Value, lines
from gscp.words import lower_first

BATCH = 500  # rows that are in memory at once
LONG, MIDDLE = 50, 28  # characters


def of(name: str) -> Callable[[Any], Value]:
    return attrgetter(name)


def day_of(moment: Any) -> date | None:
    return timezone.localdate(moment) if moment else None


def milestone_in_words(milestone: Milestone) -> str:
    return f"{milestone.due}: {milestone.text}" if milestone.due else milestone.text


def milestones_done(action: Action) -> str:
    milestones = action.milestones.all()
    return f"{sum(bool(one.done_on) for one in milestones)} of {len(milestones)}" if milestones else ""


def names(rows: Iterable[Any]) -> str:
    return ", ".join(map(str, rows))


# As published, in the words of then: the seven that every plan has.
SEVEN = [
    Column("#", of("ref"), 8),
    Column("Strategic Driver", of("driver.text"), MIDDLE),
    Column("Title", of("title"), MIDDLE),
    Column("Action", of("text"), LONG),
    Column("Priority", lambda action: action.get_priority_display(), 10),
    Column("Who", of("who"), MIDDLE),
    Column(
        "Further Actions Identified",
        lambda action: lines(further.text for further in action.further_actions.all()),
        LONG,
    ),
]
# What a published table may have beside them, under the same headings.
PUBLISHED_TOO = [
    Column("Kind of Driver", lambda action: action.driver.get_kind_display(), MIDDLE),
    Column("Theme", lambda action: action.theme.text if action.theme else "", MIDDLE),
    Column("Responsible Group", lambda action: str(action.group), MIDDLE),
    Column("Outcome", of("outcome"), LONG),
    Column("How It Will Be Known", of("known_by"), LONG),
    Column("Timescale", of("timescale"), MIDDLE),
    Column(
        "Milestones",
        lambda action: lines(milestone_in_words(milestone) for milestone in action.milestones.all()),
        LONG,
    ),
]
STATUS = Column("Status", lambda action: action.get_status_display(), 18)
RATING = Column("Rating", lambda action: action.get_rating_display(), 10)
RATED_ON = Column("Rated On", lambda action: day_of(action.rated_at))
OLD = Column("No Report Since", lambda action: "Yes" if action.rating_is_old else "", 10)
DUE = Column("Due Now", of("due"))
DAYS_LATE = Column("Days Late", lambda action: action.days_late or None, 10)
# What the tracker adds.
TRACKED = [
    STATUS, RATING, RATED_ON, OLD, DUE, DAYS_LATE,
    Column("Original Date", of("original_date")),
    Column("Original Date Read As", of("precision_in_words"), MIDDLE),
    Column("New Date Agreed", of("agreed_date")),
    Column("Review Date", of("review_date")),
    Column("Last Report", lambda action: day_of(action.reported_at)),
    Column("Lead Posts", lambda action: names(action.lead_posts), MIDDLE),
    Column("Owning Partners", lambda action: names(action.owners), MIDDLE),
    Column("Milestones Done", milestones_done),
]  # fmt: skip
REGISTER = [*SEVEN, *PUBLISHED_TOO, *TRACKED]
OF_ACTION = [
    Column("Plan", lambda action: str(action.plan), MIDDLE),
    *(column for column in SEVEN if column.label != "Strategic Driver"),
    Column("Responsible Group", lambda action: str(action.group), MIDDLE),
]
DUE_FROM = [
    Column("Where It Stands", lambda action: "Reported" if action.is_reported else "To report", 16),
    Column("For the Meeting of", lambda action: meeting_day(action)),
    Column("Papers Close", lambda action: papers_close(action), 20),
    *OF_ACTION,
    *TRACKED,
]
OFF_PLAN = [
    *OF_ACTION,
    Column(
        "Why It Is Here", lambda action: lines(f"{rule.title}. {why}" for rule, why in action.reasons), LONG
    ),
    *TRACKED,
]


def in_batches(keys: Sequence[int], rows: Callable[[Sequence[int]], Iterable[Any]]) -> Iterator[Any]:
    for first in range(0, len(keys), BATCH):
        yield from rows(keys[first : first + BATCH])


def actions_for_files(keys: Sequence[int]) -> list[Action]:
    actions = findings.shown(keys)
    owners = Ownership.objects.filter(ended_on=None).select_related("partner__succeeded_by")
    leads = Prefetch("leads", ActionLead.objects.current(), to_attr="current_leads")
    owned = Prefetch("ownerships", owners, to_attr="current_ownerships")
    beside = ("driver", "theme", "further_actions", "milestones", leads, owned)
    prefetch_related_objects(actions, *beside)
    return actions


def actions_with_reasons(keys: Sequence[int]) -> list[Action]:
    actions = actions_for_files(keys)
    findings.give_reasons(actions)
    return actions


def register_rows(keys: Sequence[int]) -> Iterator[Action]:
    return in_batches(keys, actions_for_files)


def off_plan_rows(keys: Sequence[int]) -> Iterator[Action]:
    return in_batches(keys, actions_with_reasons)


def due_rows(to_report: Sequence[int], reported: Sequence[int]) -> Iterator[Action]:
    done = set(reported)
    for action in in_batches([*to_report, *reported], actions_for_files):
        action.is_reported = action.pk in done
        yield action


def meeting_day(action: Action) -> date | None:
    meeting = deadlines_of(action.group).next_meeting
    return meeting.date if meeting else None


def papers_close(action: Action) -> datetime | None:
    meeting = deadlines_of(action.group).next_meeting
    return timezone.localtime(meeting.papers_close).replace(tzinfo=None) if meeting else None


REPORTS = [
    Column("What Is Asked", lambda report: report.get_kind_display(), MIDDLE),
    Column("Plan", lambda report: str(report.about.plan), MIDDLE),
    Column("#", lambda report: report.about.ref, 8),
    Column("Title", lambda report: report.about.title, MIDDLE),
    Column("Priority", lambda report: report.about.get_priority_display(), 10),
    Column("Responsible Group", lambda report: str(report.group), MIDDLE),
    Column("Asked On", lambda report: day_of(report.asked_at)),
    Column("Where It Stands", of("state_in_words"), MIDDLE),
    Column("With", lambda report: str(report.with_group), MIDDLE),
    Column("What Is Off Plan or Was Achieved", of("what"), LONG),
    Column("Cause", of("cause"), LONG),
    Column("Effect on Children", of("effect"), LONG),
    Column("Recovery Action", of("recovery"), LONG),
    Column("Forecast or New Date", of("forecast")),
    Column("Decision Asked For", of("asked_for"), LONG),
    Column("Evidence", of("evidence"), MIDDLE),
    Column("Difference for Children", of("impact"), LONG),
    Column("Impact Checked On", of("impact_check_on")),
    Column("Decisions", lambda report: lines(map(decision_in_words, report.decisions)), LONG),
]


def decision_in_words(step: ExceptionStep) -> str:
    said = f": {step.reason}" if step.reason else ""
    return f"{step.meeting}, {lower_first(step.result)}{said}"


def report_rows(keys: Sequence[int]) -> Iterator[ExceptionReport]:
    return in_batches(keys, reports_for_files)


def reports_for_files(keys: Sequence[int]) -> list[ExceptionReport]:
    by_key = {report.pk: report for report in ExceptionReport.objects.filter(pk__in=keys).for_pages()}
    return [by_key[key] for key in keys]
