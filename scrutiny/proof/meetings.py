"""Meetings that were held stay as they were held: their day, the closing of their papers, and their quorum.

A day that has come stays, and once somebody was there a closing that has passed. Who was there can be
corrected. Where something that a meeting decided is in force, that leaves it a quorum. A meeting that decided
nothing can be called off at any time: it may have been recorded for a wrong day.
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Min
from django.utils import timezone

from actions.models import ExceptionStep, PlanDecision
from actions.models.plan_decision import has_decisions_in_force
from gscp.record import Change, history_of
from gscp.record.looking_back import Past, looking_back
from scrutiny.proof.entered import saved_again
from scrutiny.proof.findings import Finding
from scrutiny.proof.rows import ROW_ERRORS, last_number
from subgroups.models import Attendance, Baseline, Meeting


def findings() -> Iterator[Finding]:
    try:
        for number, meeting, what in [*moved(), *left_without_quorum()]:
            yield Finding(number, f"subgroups.meeting {meeting}: {what}.")
    except (ObjectDoesNotExist, *ROW_ERRORS):
        yield Finding(last_number(), "meetings cannot be compared with how they were held.")


def moved() -> Iterator[tuple[int, int, str]]:
    plan_decisions, baselines = (history_of(model)._base_manager for model in (PlanDecision, Baseline))
    decided = first_entries(ExceptionStep.objects, plan_decisions, baselines)
    attended = first_entries(history_of(Attendance)._base_manager)
    for saved in saved_again(Meeting, ["date", "papers_close", "called_off"]):
        before, clock = saved.before, saved.row.change.clock
        was_attended = attended.get(saved.row.id, saved.number) < saved.number
        if saved.changed("date") and before.date <= timezone.localdate(clock):
            yield saved.number, saved.row.id, "its day had come, and changed"
        if saved.changed("papers_close") and was_attended and before.papers_close <= clock:
            yield saved.number, saved.row.id, "its papers had closed and were used, and their closing changed"
        if saved.changed("called_off") and decided.get(saved.row.id, saved.number) < saved.number:
            yield saved.number, saved.row.id, "it was called off, and had decided something"


def left_without_quorum() -> Iterator[tuple[int, int, str]]:
    corrected = [(one.row.meeting_id, one) for one in saved_again(Attendance, ["presence", "partner"])]
    corrected += [(one.row.id, one) for one in saved_again(Meeting, ["why_it_went_on"])]
    last = {(meeting, one.act): one.row.change for meeting, one in sorted(corrected, key=entry_of)}
    for (meeting, _), change in last.items():
        if not has_quorum(meeting, change):
            yield change.number, meeting, "who was there is no quorum now, and what it decided is in force"


def entry_of(corrected: tuple[int, Any]) -> int:
    return int(corrected[1].number)


def has_quorum(meeting: int, change: Any) -> bool:
    """Whether it had one after this change, or needed none."""
    # An act may change several of those who were there, and record others: what counts is where it ends.
    last = Change.objects.filter(act=change.act).latest("number").number
    with looking_back(Past(change.clock, last)):
        then = Meeting.objects.with_attendance().get(pk=meeting)
        return bool(then.decisions_take_effect) or not has_decisions_in_force(then)


def first_entries(*kinds: Any) -> dict[int, int]:
    """Of each meeting that these query sets' rows name, the number of the first entry of one of them."""
    first: dict[int, int] = {}
    for rows in kinds:
        named = rows.exclude(meeting=None).order_by().values_list("meeting")
        for meeting, number in named.annotate(first=Min("change_id")):
            first[meeting] = min(number, first.get(meeting, number))
    return first
