"""What is missing on the way from a review to its impact, and how well a plan was kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
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
    ExceptionStep,
    ProgressUpdate,
    Recommendation,
    RecommendedAction,
    outcome,
)
from actions.models.chain import MOVE_CHECK, RAISE, Kind
from actions.models.line import lines_of
from actions.models.tested import impact_tested
from actions.tables.wanted import NO_DRIVER
from gscp import clock
from gscp.record import history_of

NO_EVIDENCE, NO_IMPACT = "no evidence added", "impact not tested, or not found"
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


def closed_with_gaps() -> list[tuple[Action, str]]:
    """Complete actions of live plans, and of recommendations, each with what is missing of it."""
    of_live = Action.objects.filter(plan__in=BusinessPlan.objects.live())
    of_reviews = Action.objects.filter(recommended_by__stands=True)
    complete = (of_live | of_reviews).filter(status=Action.Status.COMPLETE).distinct()
    actions = list(complete.select_related("plan", "group").order_by("plan__first_day", "position", "pk"))
    keys = [action.pk for action in actions]
    shown, tested = Evidence.objects.actions_shown(keys), impact_tested(keys)
    found = [
        (action, [what for what, has in ((NO_EVIDENCE, shown), (NO_IMPACT, tested)) if action.pk not in has])
        for action in actions
    ]
    return [(action, ", ".join(missing)) for action, missing in found if missing]


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
    missed = [
        (action, meeting)
        for (action, group, key), meeting in closings.items()
        if (action, group, key) not in in_time
    ]
    late = late_among(missed)
    return Reported(len(in_time), late, len(missed) - late)


def late_among(missed: list[tuple[int, Any]]) -> int:
    """How many of these were reported after papers closed for the meeting, and by its day. One query."""
    lines = lines_of({action for action, _ in missed})
    updates: Any = ProgressUpdate.objects.standing()  # mypy knows no annotation
    came: dict[int, list[tuple[int, date]]] = defaultdict(list)
    of_lines = updates.filter(action__in={key for line in lines.values() for key in line}).order_by()
    for action, entry, moment in of_lines.values_list("action", "reported_in", "change__clock"):
        came[action].append((entry, timezone.localdate(moment)))
    return sum(
        any(
            entry > meeting.closing_entry and day <= meeting.date
            for key in lines[action]
            for entry, day in came[key]
        )
        for action, meeting in missed
    )


@dataclass(frozen=True)
class Redated:
    """Days that were moved: before the day of then had passed, or after."""

    in_time: int
    late: int


def redated(plan: BusinessPlan) -> Redated:
    """Two queries, however many new dates were asked for."""
    asked = ExceptionStep.objects.filter(move=RAISE, report__action__plan=plan, report__kind=Kind.NEW_DATE)
    requests = list(asked.order_by().values_list("report__action", "change_id", "change__clock"))
    rows = history_of(Action)._base_manager.filter(id__in={action for action, *_ in requests})
    dues: dict[int, list[tuple[int, date | None]]] = defaultdict(list)
    columns = ("id", "change_id", "agreed_date", "original_date")
    for action, number, agreed, original in rows.order_by("change_id").values_list(*columns):
        dues[action].append((number, agreed or original))
    late = 0
    for action, number, moment in requests:
        due = next((day for entry, day in reversed(dues[action]) if entry < number), None)
        late += due is not None and timezone.localdate(moment) > due
    return Redated(len(requests) - late, late)


@dataclass(frozen=True)
class Closed:
    """Complete actions: of how many the impact was tested, and to how many a file or a link was added."""

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
    complete = plan.actions.filter(status=Action.Status.COMPLETE).order_by()
    keys = list(complete.values_list("pk", flat=True))
    return Closed(len(keys), len(impact_tested(keys)), len(Evidence.objects.actions_shown(keys)))


def checks_moved(plan: BusinessPlan) -> Redated:
    """Impact checks that were given another day: before the old one had passed, or after."""
    moves = ExceptionStep.objects.filter(report__action__plan=plan, move=MOVE_CHECK)
    late = [step.moved_too_late for step in moves.select_related("change")]
    return Redated(late.count(False), late.count(True))


def recommended(plan: BusinessPlan) -> list[tuple[str, int]]:
    """Of the recommendations of the plan's reviews, how many are in each state."""
    states = list(Recommendation.objects.filter(driver__plan=plan).values_list("state", flat=True))
    return [(state.label, states.count(state.value)) for state in Recommendation.State]
