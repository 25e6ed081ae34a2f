"""What is missing on the way from a review to its impact, and how well a plan was kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from actions.deadlines import announced, meetings_reported_for
from actions.lateness import expected, reported_in_time
from actions.models import (
    Action,
    AgencyAnswer,
    BusinessPlan,
    Evidence,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    Recommendation,
    RecommendedAction,
    outcome,
)
from actions.models.chain import MOVE_CHECK, Kind
from actions.models.line import line_of
from actions.models.tested import is_impact_tested
from actions.tables.wanted import NO_DRIVER
from gscp import clock

NEEDS_NO_ACTION = (AgencyAnswer.Answer.DONE, AgencyAnswer.Answer.NOT_ACCEPTED)


def still_open() -> QuerySet[Recommendation]:
    listed = Recommendation.objects.open().filter(driver__plan__in=BusinessPlan.objects.listed())
    return listed.select_related("driver__plan")


def without_answer() -> QuerySet[AgencyAnswer]:
    """Of open recommendations, the agencies whose answer is not on record."""
    missing = AgencyAnswer.objects.missing().of_listed_plans()
    return missing.filter(recommendation__in=still_open()).with_recommendations()


def without_action() -> QuerySet[Recommendation]:
    """Open ones from which no action comes, where an agency accepts it or has not answered."""
    named = RecommendedAction.objects.standing().filter(recommendation=OuterRef("pk"))
    to_do = AgencyAnswer.objects.filter(recommendation=OuterRef("pk")).exclude(answer__in=NEEDS_NO_ACTION)
    return still_open().filter(~Exists(named), Exists(to_do))


def not_so_any_more() -> list[tuple[Recommendation, str]]:
    """What was closed as implemented and is not by now, each with why."""
    listed = BusinessPlan.objects.listed()
    closed = Recommendation.objects.filter(state=Recommendation.State.IMPLEMENTED, driver__plan__in=listed)
    return [(one, why) for one in closed.for_pages() if (why := outcome.not_so_any_more(one))]


def lacks(action: Action) -> list[str]:
    """What is missing of a complete action: evidence, and that its impact was tested."""
    found = [] if Evidence.objects.of_action(action).exists() else ["no file or link as evidence"]
    return found if is_impact_tested(action) else [*found, "no impact on record"]


def closed_with_gaps() -> list[tuple[Action, str]]:
    """Complete actions of live plans, and of recommendations, each with what is missing of it."""
    of_live = Action.objects.filter(plan__in=BusinessPlan.objects.live())
    of_reviews = Action.objects.filter(recommended_by__stands=True)
    complete = (of_live | of_reviews).filter(status=Action.Status.COMPLETE).distinct()
    complete = complete.select_related("plan", "group").order_by("plan__first_day", "position", "pk")
    return [(action, ", ".join(gaps)) for action in complete if (gaps := lacks(action))]


def without_driver() -> QuerySet[Action]:
    actions = Action.objects.filter(plan__in=BusinessPlan.objects.going_on(), driver__text=NO_DRIVER)
    return actions.select_related("plan", "group").order_by("plan__first_day", "position", "pk")


@dataclass(frozen=True)
class Reported:
    """Of the reports that were due for meetings: how many came in time, late, and not at all."""

    in_time: int
    late: int
    missing: int

    @property
    def due(self) -> int:
        return self.in_time + self.late + self.missing


def reported_on(plan: BusinessPlan) -> Reported:
    """How the actions of a plan were reported, meeting by meeting, while it was on record."""
    now = clock.now()
    closings = {
        (action.pk, action.group_id, meeting.pk): meeting
        for action in plan.actions.all()
        for meeting in announced(meetings_reported_for().get(action.group_id, []))
        if meeting.papers_close <= now
    }
    asked = {(action, meeting.closing_entry, None) for (action, _, _), meeting in closings.items()}
    due = expected(asked)
    closings = {
        key: meeting for key, meeting in closings.items() if (key[0], meeting.closing_entry, None) in due
    }
    in_time = reported_in_time(closings)
    missed = [(action, meeting) for (action, group, key), meeting in closings.items()
              if (action, group, key) not in in_time]  # fmt: skip
    late = sum(came_late(action, meeting) for action, meeting in missed)
    return Reported(len(in_time), late, len(missed) - late)


def came_late(action: int, meeting: Any) -> bool:
    """Whether a report came after papers closed for this meeting, and by its day."""
    until = meeting.date + timedelta(days=1)
    updates: Any = ProgressUpdate.objects.standing()  # mypy knows no annotation
    came = updates.filter(
        action__in=line_of(action),
        reported_in__gt=meeting.closing_entry,
    )
    days = came.values_list("change__clock", flat=True)
    return any(timezone.localdate(moment) < until for moment in days)


@dataclass(frozen=True)
class Redated:
    """Days that were moved: before the day of then had passed, or after."""

    in_time: int
    late: int


def redated(plan: BusinessPlan) -> Redated:
    requests = ExceptionReport.objects.filter(action__plan=plan, kind=Kind.NEW_DATE).for_pages()
    late = [was_asked_late(one) for one in requests]
    return Redated(late.count(False), late.count(True))


def was_asked_late(request: ExceptionReport) -> bool:
    action = request.action_when_asked()
    due = action.due if isinstance(action, Action) else None
    return due is not None and timezone.localdate(request.asked_at) > due


@dataclass(frozen=True)
class Closed:
    """Complete actions: of how many the impact is on record, and of how many a file or a link shows it."""

    all: int
    tested: int
    with_evidence: int

    @property
    def untested(self) -> int:
        return self.all - self.tested

    @property
    def without_evidence(self) -> int:
        return self.all - self.with_evidence


def closed(plan: BusinessPlan) -> Closed:
    complete = [one for one in plan.actions.all() if one.status == Action.Status.COMPLETE]
    evidence = sum(Evidence.objects.of_action(one).exists() for one in complete)
    return Closed(len(complete), sum(is_impact_tested(one) for one in complete), evidence)


def checks_moved(plan: BusinessPlan) -> Redated:
    """Impact checks that were given another day: before the old one had passed, or after."""
    moves = ExceptionStep.objects.filter(report__action__plan=plan, move=MOVE_CHECK)
    late = [step.moved_too_late for step in moves.select_related("change")]
    return Redated(late.count(False), late.count(True))


def recommended(plan: BusinessPlan) -> list[tuple[str, int]]:
    """Of the recommendations of the plan's reviews, how many are in each state."""
    states = list(Recommendation.objects.filter(driver__plan=plan).values_list("state", flat=True))
    return counted(states)


def counted(states: Iterable[str]) -> list[tuple[str, int]]:
    states = list(states)
    return [(state.label, states.count(state.value)) for state in Recommendation.State]
