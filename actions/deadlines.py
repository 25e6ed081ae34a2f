"""For which meeting an action is reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from gscp import clock
from gscp.facts import fact_of
from gscp.record import Change, history_of
from subgroups.models import Group, Meeting, groups_by_key
from subgroups.models.meetings import closings_of


@dataclass(frozen=True)
class Deadlines:
    """The meetings for which actions are reported.

    A report counts for a meeting if it was made after papers closed for the meeting before, by the clock as
    it was read. After the meeting's own papers closed it counts too, and is late. Papers that close at the
    same moment are of one closing. A meeting that was recorded after its papers close makes no report old,
    and none is late for it: nobody could report for it in time.
    """

    today: date
    next_meeting: Meeting | None = None  # today's or the next, whether or not its papers have closed
    next_closing_entry: int | None = None  # the last entry by then, if its papers have closed
    closed_before_next: Meeting | None = None  # the one whose papers closed before those of `next_meeting`
    last_closed: Meeting | None = None  # the one whose papers closed last
    last_closing_entry: int = 0  # the last entry by then
    closed_before: Meeting | None = None  # the one whose papers closed before those of `last_closed`
    last_held: Meeting | None = None  # before today
    last_held_closing_entry: int = 0  # the last entry when its papers closed

    @classmethod
    def of(cls, meetings: list[Any]) -> Deadlines:  # of meetings_in_order()
        now, today = clock.now(), clock.today()
        to_come = [meeting for meeting in meetings if meeting.date >= today]
        next_meeting = min(to_come, key=lambda meeting: meeting.date, default=None)
        last_closed = closed_before(meetings)
        if next_meeting and next_meeting in announced(meetings) and next_meeting.papers_close <= now:
            last_closed = next_meeting  # so that all pages speak of the same meeting
        closing = next_meeting.closing_entry if next_meeting and next_meeting.papers_closed else None
        held = [meeting for meeting in meetings if meeting.date < today and meeting.was_held]
        last_held = max(held, key=lambda meeting: meeting.date, default=None)
        return cls(
            today=today,
            next_meeting=next_meeting,
            next_closing_entry=closing,
            closed_before_next=closed_before(meetings, next_meeting),
            last_closed=last_closed,
            last_closing_entry=last_closed.closing_entry if last_closed else 0,
            closed_before=last_closed and closed_before(meetings, last_closed),
            last_held=last_held,
            last_held_closing_entry=last_held.closing_entry if last_held else 0,
        )


def announced(meetings: list[Any]) -> list[Any]:
    """Those that were on record when their papers closed or, if that is to come, are on record now."""
    return [meeting for meeting in meetings if not meeting.closed_when_recorded]


def closed_before(meetings: list[Any], meeting: Meeting | None = None) -> Any:
    """Of the meetings before this one, or of all, that whose papers closed last, and before those of this."""
    now = clock.now()
    closed = [one for one in announced(meetings) if one.papers_close <= now]
    if meeting:
        closed = [
            one for one in closed if one.papers_close < meeting.papers_close and one.date < meeting.date
        ]
    return closed[-1] if closed else None


def meetings_in_order() -> list[Any]:
    """Meetings not called off, by the closing of their papers.

    Each has the last entry at that moment, if it has passed, and the moment at which it was recorded. It
    also has whether its papers had closed by then, and whether it was held.
    """
    # Ledger time never runs backwards, so the latest by time is the one with the highest number.
    entries = Change.objects.filter(at__lte=OuterRef("papers_close")).order_by("-at", "-number")
    rows = history_of(Meeting)._base_manager
    closings = rows.filter(closings_of(OuterRef)).order_by("change_id")
    meetings = Meeting.objects.not_called_off().annotate(
        recorded_at=Subquery(closings.values("change__clock")[:1]),
        had_closed=~Exists(closings.filter(papers_close__gte=F("change__at"))),
        closing_entry=Coalesce(Subquery(entries.values("number")[:1]), 0),
        was_held=Exists(Meeting.objects.held().filter(pk=OuterRef("pk"))),
    )
    return list(meetings.order_by("papers_close", "date"))


MEETINGS = ("subgroups.meeting", "subgroups.attendance", "subgroups.group")


@fact_of(*MEETINGS)
def meetings_by_group() -> dict[int, list[Any]]:
    groups = groups_by_key()
    meetings_of: dict[int, list[Any]] = {key: [] for key in groups}
    for meeting in meetings_in_order():
        meeting.group = groups[meeting.group_id]
        meetings_of[meeting.group_id].append(meeting)
    return meetings_of


@fact_of(*MEETINGS)
def meetings_reported_for() -> dict[int, list[Any]]:
    """By group, the meetings of the group that its actions are reported to."""
    meetings = meetings_by_group()
    return {key: meetings[group.reported_to().pk] for key, group in groups_by_key().items()}


@fact_of(*MEETINGS)
def deadlines_by_group() -> dict[int, Deadlines]:
    """The deadlines of each group's actions: the meetings of the group that they are reported to."""
    deadlines = {key: Deadlines.of(meetings) for key, meetings in meetings_by_group().items()}
    return {key: deadlines[group.reported_to().pk] for key, group in groups_by_key().items()}


def meetings_after_closing(group: int, moment: datetime | None) -> list[Any]:
    """Those for which papers had closed at this moment and that were still to come, the next one first.

    They are meetings to which the group's actions are reported.
    """
    if moment is None:
        return []
    meetings = meetings_reported_for().get(group, [])  # none of a group that was not on record then
    day = timezone.localdate(moment)
    known = [m for m in announced(meetings) if m.recorded_at <= moment]
    after = [m for m in known if m.papers_close < moment and day <= m.date]
    return sorted(after, key=attrgetter("date"))


def deadlines_of(group: Group | None) -> Deadlines:
    # Whoever looks back may chair a group that was not on record then.
    known = deadlines_by_group().get(group.pk) if group else None
    return known or Deadlines(clock.today())
