"""What is due from whom, and for which meeting. Pages and rules read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from actions.models import (
    Action,
    ActionQuerySet,
    BusinessPlan,
    ExceptionReport,
    ExceptionStep,
    not_reported_after,
)
from gscp import clock
from gscp.pages import FirstRows
from gscp.record import Change
from subgroups.models import Group, Meeting, Post, User

ACTIONS_NAMED = 10  # of each subgroup that has not reported


@dataclass(frozen=True)
class Deadlines:
    """The meetings for which actions are reported: those of the Management Group.

    A report counts for a meeting if its entry in the ledger comes after the number `…_after_entry`, the
    last entry when papers closed for the meeting before. After the meeting's own papers closed it counts
    too, and is late.
    """

    today: date
    next_meeting: Meeting | None  # today's or the next, whether or not its papers have closed
    next_after_entry: int
    last_closed: Meeting | None  # the one whose papers closed last
    last_closed_after_entry: int
    closed_before: Meeting | None  # the one whose papers closed before those of `last_closed`
    last_held: Meeting | None  # before today
    last_held_after_entry: int
    last_held_closing_entry: int  # the last entry when its papers closed

    @classmethod
    def now(cls) -> Deadlines:
        now, today = clock.now(), clock.today()
        # Ledger time never runs backwards, so the latest by time is the one with the highest number.
        entries = Change.objects.filter(at__lte=OuterRef("papers_close")).order_by("-at", "-number")
        meetings: list[Any] = list(  # Any: mypy does not see the two columns added
            Meeting.objects.setting_deadlines()
            .annotate(
                closing_entry=Coalesce(Subquery(entries.values("number")[:1]), 0),
                was_held=Exists(Meeting.objects.held().filter(pk=OuterRef("pk"))),
            )
            .order_by("papers_close")
        )
        closed = [meeting for meeting in meetings if meeting.papers_close <= now]
        closed_before, last_closed = [None, None, *closed][-2:]
        to_come = [meeting for meeting in meetings if meeting.date >= today]
        next_meeting = min(to_come, key=lambda meeting: meeting.date, default=None)
        held = [meeting for meeting in meetings if meeting.date < today and meeting.was_held]
        last_held = max(held, key=lambda meeting: meeting.date, default=None)

        def after_entry(meeting: Meeting | None) -> int:
            # Papers that close at the same moment are of one closing. Without a meeting, the latest counts.
            entries = [
                one.closing_entry
                for one in closed
                if meeting is None or one.papers_close < meeting.papers_close
            ]
            return entries[-1] if entries else 0

        return cls(
            today=today,
            next_meeting=next_meeting,
            next_after_entry=after_entry(next_meeting),
            last_closed=last_closed,
            last_closed_after_entry=after_entry(last_closed),
            closed_before=closed_before,
            last_held=last_held,
            last_held_after_entry=after_entry(last_held),
            last_held_closing_entry=last_held.closing_entry if last_held else 0,
        )


def current_actions() -> ActionQuerySet:
    # Those of every plan that is not closed, whatever its days: nothing open is out of sight.
    return Action.objects.exclude(plan__status=BusinessPlan.Status.CLOSED)


def not_reported(actions: ActionQuerySet, deadlines: Deadlines) -> ActionQuerySet:
    # Of actions with_last_update(): the open ones with no report for the next meeting.
    return actions.open().filter(not_reported_after(deadlines.next_after_entry))


def reported(actions: ActionQuerySet, deadlines: Deadlines) -> ActionQuerySet:
    # Of actions with_last_update(): the open ones with a report for the next meeting.
    return actions.open().exclude(not_reported_after(deadlines.next_after_entry))


@dataclass(frozen=True)
class GroupToReport:
    group: Group
    chair: Post | None  # the post that should report; None where the acting group has no post of a chair
    count: int
    first_actions: FirstRows


def groups_to_report(actions: ActionQuerySet, deadlines: Deadlines) -> list[GroupToReport]:
    # Two queries, and one for each such subgroup, for any number of actions.
    due = not_reported(actions.with_last_update(), deadlines)
    counts = dict(due.order_by().values_list("group").annotate(Count("pk")))
    chairs = {post.group_id: post for post in Post.objects.filter(role=Post.Role.CHAIR)}
    return [
        GroupToReport(
            group,
            chairs.get(group.acting_group().pk),
            counts[group.pk],
            FirstRows(due.filter(group=group).select_related("plan"), ACTIONS_NAMED),
        )
        for group in Group.objects.filter(pk__in=counts).select_related("reports_to__reports_to")
    ]


def groups_of(user: User) -> list[Group]:
    """The groups whose chair this user is or acts for today."""
    groups = Group.objects.select_related("reports_to__reports_to")
    return [group for group in groups if group.acting_group() in user.chaired_groups]


def decisions_to_confirm(user: User) -> QuerySet[ExceptionStep]:
    return ExceptionStep.objects.unconfirmed().filter(meeting__group__in=user.chaired_groups)


def impact_to_check(user: User) -> QuerySet[ExceptionReport]:
    """Completions whose impact was to be checked by today, for a chair who may check it; else none."""
    impact_due = ExceptionReport.objects.with_outstanding().filter(impact_check_on__lte=clock.today())
    doers = [
        group
        for group in Group.objects.with_lines()
        if any(above in user.chaired_groups for above in group.acting_group().checked_by())
    ]
    impact_due = impact_due.filter(action__group__in=doers).select_related("action__plan")
    return impact_due.order_by("impact_check_on")
