"""Where an action that comes from a recommendation ended up, and whether its impact was tested."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from actions.models.action import Action
from actions.models.chain import CHECK_IMPACT, GRANTED_OR_DONE, Kind
from actions.models.ending import Successor
from actions.models.evidence import Evidence
from actions.models.exception import ExceptionReport
from actions.models.impact_choices import Finding
from actions.models.step import ExceptionStep
from gscp.dates import day_in_words


def standing_as(actions: list[Action]) -> list[Action]:
    """What became of these, over all years: each that is open or ended for good, and once."""
    found: dict[int, Action] = {}
    for action in actions:
        for one in followed(action, {action.pk}):
            found.setdefault(one.pk, one)
    return list(found.values())


def followed(action: Action, passed: set[int]) -> Iterator[Action]:
    went = Successor.objects.in_force().filter(ending__action=action).exclude(to_action=None)
    on = [one.to_action for one in went.select_related("to_action__plan", "to_action__group").order_by("pk")]
    reopened = ExceptionStep.objects.in_force().filter(report__action=action).exclude(carried_to=None)
    on += [one.carried_to for one in reopened.select_related("carried_to__plan", "carried_to__group")]
    if action.is_open or not on:
        yield action
    for one in on:
        if one and one.pk not in passed:
            passed.add(one.pk)
            yield from followed(one, passed)


def impact_tested(actions: Collection[int]) -> set[int]:
    """Of these, by their keys, those whose impact was tested: the last check of it found some.

    Without a check it counts as tested where the completion says what difference it made, and evidence that
    was added to it shows that. Three queries, however many they are.
    """
    granted = ExceptionReport.objects.filter(
        action__in=actions,
        action__status=Action.Status.COMPLETE,
        kind=Kind.COMPLETION,
        state__in=GRANTED_OR_DONE,
    )
    last = {
        action: (key, impact)
        for action, key, impact in granted.order_by("pk").values_list("action", "pk", "impact")
    }
    checks = ExceptionStep.objects.filter(report__in=[key for key, _ in last.values()], move=CHECK_IMPACT)
    found = dict(checks.order_by("change_id").values_list("report", "finding"))
    shown = Evidence.objects.of_impact([key for key, impact in last.values() if impact])
    return {
        action
        for action, (key, _) in last.items()
        if (found[key] != Finding.NOT if key in found else key in shown)
    }


def completed_after(actions: list[Action], day: date) -> str:
    """Which of these a meeting accepted as complete only after this day, in a sentence; "" if none."""
    decided = ExceptionStep.objects.in_force().filter(
        report__action__in=[one.pk for one in standing_as(actions)],
        report__kind=Kind.COMPLETION,
        report__state__in=GRANTED_OR_DONE,
        meeting__date__gt=day,
    )
    step = decided.select_related("report__action__plan", "meeting__group").order_by("pk").first()
    if not step or not step.meeting:
        return ""
    action = step.report.about
    return f"{action} of {action.plan.label} was complete on {day_in_words(step.meeting.date)} only."


def why_not_implemented(actions: list[Action]) -> str:
    """Why what comes from a recommendation does not make it implemented; "" if it does."""
    if not actions:
        return "No action comes from it."
    stands = standing_as(actions)
    if still_open := [one for one in stands if one.is_open]:
        return f"{still_open[0]} of {still_open[0].plan.label} is still open."
    complete = [one for one in stands if one.status == Action.Status.COMPLETE]
    if not complete:
        return "No action from it is complete."
    tested = impact_tested([one.pk for one in complete])
    untested = [one for one in complete if one.pk not in tested]
    if untested:
        what = f"The impact of {untested[0]} of {untested[0].plan.label} is not tested yet"
        return f"{what}: no check found it, and no evidence of its completion shows it."
    return ""
