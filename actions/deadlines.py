"""For which meeting an action is reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from gscp import clock
from gscp.facts import fact
from gscp.record import Change
from subgroups.models import Group, Meeting, groups_by_key


@dataclass(frozen=True)
class Deadlines:
    """The meetings for which actions are reported.

    A report counts for a meeting if it was made after papers closed for the meeting before, by the clock as
    it was read. After the meeting's own papers closed it counts too, and is late. Papers that close at the
    same moment are of one closing.
    """

    today: date
    next_meeting: Meeting | None = None  # today's or the next, whether or not its papers have closed
    next_closing_entry: int = 0  # the last entry so far when its papers closed or close
    closed_before_next: Meeting | None = None  # the one whose papers closed before those of `next_meeting`
    last_closed: Meeting | None = None  # the one whose papers closed last
    closed_before: Meeting | None = None  # the one whose papers closed before those of `last_closed`
    last_held: Meeting | None = None  # before today
    last_held_closing_entry: int = 0  # the last entry when its papers closed

    @classmethod
    def of(cls, meetings: list[Any]) -> Deadlines:  # of meetings_in_order()
        now, today = clock.now(), clock.today()
        closed = [meeting for meeting in meetings if meeting.papers_close <= now]
        last_closed = closed[-1] if closed else None
        to_come = [meeting for meeting in meetings if meeting.date >= today]
        next_meeting = min(to_come, key=lambda meeting: meeting.date, default=None)
        held = [meeting for meeting in meetings if meeting.date < today and meeting.was_held]
        last_held = max(held, key=lambda meeting: meeting.date, default=None)

        def closed_before(meeting: Meeting | None) -> Any:
            # Without a meeting the latest counts.
            earlier = [one for one in closed if meeting is None or one.papers_close < meeting.papers_close]
            return earlier[-1] if earlier else None

        return cls(
            today=today,
            next_meeting=next_meeting,
            next_closing_entry=next_meeting.closing_entry if next_meeting else 0,
            closed_before_next=closed_before(next_meeting),
            last_closed=last_closed,
            closed_before=last_closed and closed_before(last_closed),
            last_held=last_held,
            last_held_closing_entry=last_held.closing_entry if last_held else 0,
        )


def meetings_in_order() -> list[Any]:
    """Meetings not called off, by the closing of their papers; with its entry, and whether each was held."""
    # Ledger time never runs backwards, so the latest by time is the one with the highest number.
    entries = Change.objects.filter(at__lte=OuterRef("papers_close")).order_by("-at", "-number")
    meetings = Meeting.objects.not_called_off().annotate(
        closing_entry=Coalesce(Subquery(entries.values("number")[:1]), 0),
        was_held=Exists(Meeting.objects.held().filter(pk=OuterRef("pk"))),
    )
    return list(meetings.order_by("papers_close", "date"))


@fact
def meetings_by_group() -> dict[int, list[Any]]:
    groups = groups_by_key()
    meetings_of: dict[int, list[Any]] = {key: [] for key in groups}
    for meeting in meetings_in_order():
        meeting.group = groups[meeting.group_id]
        meetings_of[meeting.group_id].append(meeting)
    return meetings_of


@fact
def deadlines_by_group() -> dict[int, Deadlines]:
    """The deadlines of each group's actions: the meetings of the group that they are reported to."""
    deadlines = {key: Deadlines.of(meetings) for key, meetings in meetings_by_group().items()}
    return {key: deadlines[group.reported_to().pk] for key, group in groups_by_key().items()}


def late_for(group: int, reported_at: datetime | None) -> date | None:
    """The day of the meeting for which a report on an action of this group came late, if it did."""
    if reported_at is None or group not in groups_by_key():  # a group that was not on record then
        return None
    meetings = meetings_by_group()[groups_by_key()[group].reported_to().pk]
    day = timezone.localdate(reported_at)
    return min((m.date for m in meetings if m.papers_close < reported_at and day <= m.date), default=None)


def deadlines_of(group: Group | None) -> Deadlines:
    # Whoever looks back may chair a group that was not on record then.
    known = deadlines_by_group().get(group.pk) if group else None
    return known or Deadlines(clock.today())
