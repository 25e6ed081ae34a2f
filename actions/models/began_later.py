"""What decisions of meetings are about and came on record only after the meeting."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import prefetch_related_objects
from django.utils import timezone

from actions.models.action import Action
from actions.models.plan import BusinessPlan
from actions.models.plan_decision import PlanDecision, listed
from actions.models.recommendation import AgencyAnswer, Recommendation
from gscp.dates import day_in_words
from gscp.record import Tracked, history_of


def tell_what_began_later(decisions: Iterable[PlanDecision]) -> list[PlanDecision]:
    """These, each saying what of it came on record after its meeting; few queries, however many.

    A plan is usually entered after the meeting that adopted it, and an answer after the meeting that heard
    it: so this is told, and not refused.
    """
    decisions = list(decisions)
    prefetch_related_objects(decisions, "amendments__action", "endings__action")
    plans = days_begun(BusinessPlan, {one.plan_id for one in decisions})
    about = {one.pk: [row.action for row in (*one.amendments.all(), *one.endings.all())] for one in decisions}
    actions = days_begun(Action, {action.pk for of_one in about.values() for action in of_one})
    of_reviews = later_of_reviews(decisions)
    for one in decisions:
        later = [action.ref for action in about[one.pk] if actions[action.pk] > one.meeting.date]
        later += of_reviews[one.pk]
        one.began_later = f"Came on record after this meeting: {listed(later)}." if later else ""
        if plans[one.plan_id] > one.meeting.date:
            what = "draft was begun" if one.kind == one.Kind.PUBLICATION else "plan came on record"
            one.began_later = f"The {what} on {day_in_words(plans[one.plan_id])}, after this meeting."
    return decisions


def later_of_reviews(decisions: list[PlanDecision]) -> dict[int, list[str]]:
    """By decision what it says of a review and came on record after its meeting."""
    prefetch_related_objects(decisions, "outcomes__recommendation", "review_answers")
    closed = {one.pk: [row.recommendation for row in one.outcomes.all()] for one in decisions}
    begun = days_begun(Recommendation, {row.pk for of_one in closed.values() for row in of_one})
    agreed = {one.pk: list(one.review_answers.all()) for one in decisions}
    answers = days_answered({row.driver_id for of_one in agreed.values() for row in of_one})
    found = {}
    for one in decisions:
        day = one.meeting.date
        found[one.pk] = [f"recommendation {row.number}" for row in closed[one.pk] if begun[row.pk] > day]
        # An answer of later than the decision is none that it speaks of.
        days = [on for row in agreed[one.pk] for entry, on in answers[row.driver_id] if entry < row.change_id]
        if late := sum(on > day for on in days):
            found[one.pk].append(f"{late} of {len(days)} answers")
    return found


def days_begun(model: type[Tracked], keys: Collection[int]) -> dict[int, date]:
    if not keys:
        return {}
    rows = history_of(model)._base_manager.filter(id__in=keys, history_type="+")
    return {key: timezone.localdate(at) for key, at in rows.values_list("id", "change__clock")}


def days_answered(drivers: Collection[int]) -> dict[int, list[tuple[int, date]]]:
    """By review, of each of its answers the number of its last entry, and the day of that."""
    found: dict[int, list[tuple[int, date]]] = {driver: [] for driver in drivers}
    if drivers:
        rows = AgencyAnswer.objects.filter(recommendation__driver__in=drivers).exclude(answer="").order_by()
        for driver, entry, at in rows.values_list("recommendation__driver", "change_id", "change__clock"):
            found[driver].append((entry, timezone.localdate(at)))
    return found
