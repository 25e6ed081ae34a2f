"""Where an action that comes from a recommendation ended up, and whether its impact was tested."""

from __future__ import annotations

from collections.abc import Iterator

from actions.models.action import Action
from actions.models.chain import GRANTED_OR_DONE, Kind
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


def completion_of(action: Action) -> ExceptionReport | None:
    """The proposal by which it is complete; None if it is not."""
    if action.status != Action.Status.COMPLETE:
        return None
    granted = action.exception_reports.filter(kind=Kind.COMPLETION, state__in=GRANTED_OR_DONE)
    return granted.order_by("-pk").first()


def is_impact_tested(action: Action) -> bool:
    """Whether the difference that the completed action made is on record, and no check failed."""
    completion = completion_of(action)
    if completion is None:
        return False
    check = completion.impact_found
    return check.finding != Finding.NOT if check else bool(completion.impact)


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
    untested = [one for one in complete if not is_impact_tested(one)]
    if untested:
        return f"The impact of {untested[0]} of {untested[0].plan.label} is not tested yet."
    return ""
