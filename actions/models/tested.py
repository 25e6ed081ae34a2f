"""Where an action that comes from a recommendation ended up, and whether its impact was tested."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from actions.models.action import Action
from actions.models.chain import CHECK_IMPACT, GRANTED_OR_DONE, Kind
from actions.models.ending import Successor
from actions.models.exception import ExceptionReport
from actions.models.impact_choices import Finding
from actions.models.step import ExceptionStep


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
    """Of these, by their keys, those whose impact is on record with their completion, and no check failed.

    Two queries, however many they are.
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
    return {
        action
        for action, (key, impact) in last.items()
        if (found[key] != Finding.NOT if key in found else bool(impact))
    }


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
        return f"The impact of {untested[0]} of {untested[0].plan.label} is not tested yet."
    return ""
