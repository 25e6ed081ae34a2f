"""The line of an action: with it, those that it goes on with, over all years."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import itemgetter

from django.apps import apps
from django.db.models import Min

from actions.models.plan import BusinessPlan, plans_by_key
from gscp.facts import fact_of


@fact_of(
    "actions.successor", "actions.actionending", "actions.plandecision", "actions.businessplan",
    "actions.exceptionreport", "actions.exceptionstep",
)  # fmt: skip
def earlier_actions() -> dict[int, dict[int, int | None]]:
    """By the key of an action those that were carried forward, split or reopened in it, over all years.

    Of each the number of the entry with which it went on there, or None while it goes on in a draft only:
    see before_it_went_on(). The nearest comes first.
    """
    live = BusinessPlan.history.filter(status=BusinessPlan.Status.LIVE).order_by().values_list("id")
    live_since = dict(live.annotate(Min("change_id")))
    in_force = apps.get_model("actions.Successor").objects.in_force().exclude(to_action=None)
    earlier: dict[int, dict[int, int | None]] = {}
    columns = ("to_action", "ending__action", "to_plan", "change_id")  # the last entry gave it its action
    rows = [
        (action, before, max(number, live_since[plan]) if plans_by_key()[plan].was_published else None)
        for action, before, plan, number in in_force.order_by("pk").values_list(*columns)
    ]
    # What is reopened in a closed plan goes on in one that is live then.
    steps = apps.get_model("actions.ExceptionStep").objects.in_force().exclude(carried_to=None)
    rows += steps.values_list("carried_to", "report__action", "change_id")
    # What goes on with an action is made after it, so what that one goes on with is known by then.
    for action, before, went_on in sorted(rows, key=itemgetter(0)):
        further = earlier.get(before, {})
        line = {before: went_on} | {one: least(went_on, entry) for one, entry in further.items()}
        earlier[action] = earlier.get(action, {}) | line
    return earlier


def least(*entries: int | None) -> int | None:
    return min((entry for entry in entries if entry is not None), default=None)


def line_of(action: int) -> dict[int, int | None]:
    """The keys of this action and of those that it goes on with, each with the entry of earlier_actions()."""
    return lines_of([action])[action]


def going_on_with(actions: Collection[int]) -> set[int]:
    """The keys of these and of all that go on with them, over all years."""
    named = set(actions)
    return named | {key for key, earlier in earlier_actions().items() if named & earlier.keys()}


def lines_of(actions: Iterable[int]) -> dict[int, dict[int, int | None]]:
    """By the key of each, its line_of()."""
    earlier = earlier_actions()
    return {action: {action: None, **earlier.get(action, {})} for action in actions}


def before_it_went_on(entry: int, went_on: int | None) -> bool:
    """Whether what this entry says of an earlier action is said of the one that goes on with it, too.

    What is reported on the earlier one once it was reopened is not. `went_on` is that of earlier_actions().
    """
    return went_on is None or entry < went_on


def those_that_go_on(action: int, entry: int) -> list[int]:
    """The keys of the actions of which it is said, too, what this entry says of that action."""
    lines = earlier_actions().items()
    return [one for one, line in lines if action in line and before_it_went_on(entry, line[action])]
