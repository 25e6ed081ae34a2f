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
    not_reported_since,
)
from gscp import clock
from gscp.permissions import may_check_impact
from gscp.record import Change
from subgroups.models import Meeting, Post, Subgroup, User

FIRST_SILENT = 10  # actions named for each subgroup that has not reported


@dataclass(frozen=True)
class Deadlines:
    """The meetings for which actions are reported: those of the Management Group.

    A report counts for a meeting if its entry comes after the papers of the meeting before had closed:
    after the number `…_since`. After the meeting's own papers closed it counts too, and is late.
    """

    today: date
    next_meeting: Meeting | None  # today's or the next, whether or not its papers have closed
    next_since: int
    last_closed: Meeting | None  # the one whose papers closed last
    last_closed_since: int
    closed_before: Meeting | None  # the one whose papers closed before those of `last_closed`
    last_held: Meeting | None  # before today
    last_held_since: int
    last_held_closing: int  # the number of the last entry when its papers closed

    @classmethod
    def now(cls) -> Deadlines:
        now, today = clock.now(), clock.today()
        # Ledger time never runs backwards, so the latest by time is the one with the highest number.
        entries = Change.objects.filter(at__lte=OuterRef("papers_close")).order_by("-at", "-number")
        meetings: list[Any] = list(  # Any: mypy does not see the two columns added
            Meeting.objects.setting_deadlines()
            .annotate(
                closing=Coalesce(Subquery(entries.values("number")[:1]), 0),
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

        def since(meeting: Meeting | None) -> int:
            """The last entry when papers closed before its own; without a meeting, when they closed last."""
            closings = [
                one.closing for one in closed if meeting is None or one.papers_close < meeting.papers_close
            ]
            return closings[-1] if closings else 0

        return cls(
            today=today,
            next_meeting=next_meeting,
            next_since=since(next_meeting),
            last_closed=last_closed,
            last_closed_since=since(last_closed),
            closed_before=closed_before,
            last_held=last_held,
            last_held_since=since(last_held),
            last_held_closing=last_held.closing if last_held else 0,
        )


def current_actions() -> ActionQuerySet:
    """The actions of the current plan; none where there is no plan."""
    return Action.objects.filter(plan=BusinessPlan.objects.current())


def due(actions: ActionQuerySet, deadlines: Deadlines) -> ActionQuerySet:
    """Those of with_last_update() that are open and not reported for the next meeting."""
    return actions.open().filter(not_reported_since(deadlines.next_since))


def reported(actions: ActionQuerySet, deadlines: Deadlines) -> ActionQuerySet:
    """Those of with_last_update() that are open and reported for the next meeting."""
    return actions.open().exclude(not_reported_since(deadlines.next_since))


@dataclass(frozen=True)
class SilentSubgroup:
    """A subgroup that has not reported on actions: how many, and the first of them.

    `chair` is the post that should report; a subgroup whose acting body has no such post has none.
    """

    subgroup: Subgroup
    chair: Post | None
    count: int
    first_actions: list[Action]


def silent_subgroups(actions: ActionQuerySet, deadlines: Deadlines) -> list[SilentSubgroup]:
    """Two queries, and one for each such subgroup, for any number of actions."""
    not_reported = due(actions.with_last_update(), deadlines)
    counts = dict(not_reported.order_by().values_list("subgroup").annotate(Count("pk")))
    chairs = {post.subgroup_id: post for post in Post.objects.filter(role=Post.Role.CHAIR)}
    return [
        SilentSubgroup(
            subgroup,
            chairs.get(subgroup.acting_body().pk),
            counts[subgroup.pk],
            list(not_reported.filter(subgroup=subgroup).select_related("plan")[:FIRST_SILENT]),
        )
        for subgroup in Subgroup.objects.filter(pk__in=counts).select_related("reports_to__reports_to")
    ]


def subgroups_of(user: User) -> list[Subgroup]:
    """Those whose chair this user is or acts for today."""
    subgroups = Subgroup.objects.select_related("reports_to__reports_to")
    return [subgroup for subgroup in subgroups if subgroup.acting_body() in user.chaired_bodies]


def decisions_to_confirm(user: User) -> QuerySet[ExceptionStep]:
    """Decisions that the Business Manager entered for a body whose chair this user is."""
    return ExceptionStep.objects.unconfirmed().filter(meeting__subgroup__in=user.chaired_bodies)


def impact_to_check(user: User) -> QuerySet[ExceptionReport]:
    """Completions whose impact was to be checked by today, for a chair who may check it; else none."""
    due_today = ExceptionReport.objects.with_outstanding().filter(impact_check_on__lte=clock.today())
    due_today = due_today.select_related("action__plan") if may_check_impact(user) else due_today.none()
    return due_today.order_by("impact_check_on")
