"""Which requests and answers came after papers had closed for the meeting that decides them."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from actions.deadlines import deadlines_of, meetings_by_group
from actions.models import ExceptionReport, State
from actions.models.chain import RAISE
from gscp.dates import day_and_month, day_in_words
from subgroups.models import Group, Meeting

ASKED = {RAISE: "Asked", "answer": "Answered"}


def late_now(group: Group, answered: ExceptionReport | None = None) -> date | None:
    """The day of the meeting for which what is asked of the group now is late, if it is.

    Args:
        answered: the request whose question is answered, if it is an answer.
    """
    meeting = deadlines_of(group).next_meeting
    if meeting is None or not meeting.papers_closed or meeting.closed_when_recorded:
        return None
    return None if answered and asked_after_closing(meeting, answered) else meeting.date


def asked_after_closing(meeting: Meeting, report: ExceptionReport) -> bool:
    """Whether the last question was asked once papers had closed: nobody could answer it before."""
    questions = [one for one in report.answers if one.asks_a_question]
    return bool(questions) and questions[-1].change.clock > meeting.papers_close


def when_late(report: ExceptionReport, meeting: Meeting) -> str:
    """When it was asked, or the last question was answered, if papers had closed; otherwise ""."""
    step = [one for one in report.steps.all() if one.move in ASKED][-1]
    if step.change.clock <= meeting.papers_close:
        return ""
    # Of all meetings this is known at once, and would be a query for each request.
    known = next((one for one in meetings_by_group().get(meeting.group_id, ()) if one == meeting), meeting)
    if known.closed_when_recorded:
        return ""
    if step.move == "answer" and asked_after_closing(meeting, report):
        return ""
    return f"{ASKED[step.move]} on {day_in_words(timezone.localdate(step.change.clock))}, after papers closed"


def marked_late(report: ExceptionReport) -> str:
    """That it is late for the coming meeting of the group it waits for; "" if it is not."""
    meeting = deadlines_of(report.with_group).next_meeting
    if meeting is None or report.state != State.WAITING:
        return ""
    said = when_late(report, meeting)
    return f"Late for {day_and_month(meeting.date)}. {said}." if said else ""
