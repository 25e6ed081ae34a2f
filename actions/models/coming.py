"""What a draft copied, and what becomes of the earlier action: it goes on in the copy, or ends otherwise."""

from collections.abc import Iterable
from typing import NamedTuple

from actions.models.action import Action
from actions.models.copying import all_begun_in
from actions.models.ending import ActionEnding, Successor
from actions.models.plan import BusinessPlan

MOST_COMPARED = 500  # actions with what a draft has under their numbers
Fate = ActionEnding.Fate
ENDED: dict[str, str] = {
    Action.Status.COMPLETE: "is complete",
    Fate.WITHDRAWN: "was withdrawn",
    Fate.MERGED: "was merged into another action",
    Fate.SPLIT: "was split",
    Fate.CARRIED_FORWARD: "was carried forward elsewhere",
}


def ends_to_come(plan: BusinessPlan) -> dict[int, ActionEnding]:
    """By the keys of its actions, how each earlier action ends that goes on in it once a chair confirms.

    A few queries, however many they are.
    """
    waiting = Successor.objects.waiting().filter(to_plan=plan, to_action=None)
    waiting = waiting.select_related("ending__action__plan", "ending__decision__meeting__group")
    endings = {one.ending.action_id: one.ending for one in waiting}
    begun = all_begun_in(plan, [ending.action for ending in endings.values()])
    return {begun[key].pk: ending for key, ending in endings.items() if key in begun}


def dates_to_come(draft: BusinessPlan, coming: dict[int, ActionEnding]) -> set[int]:
    """The keys of the actions of the draft to which an earlier action brings its dates.

    Args:
        coming: its ends_to_come().
    """
    in_force = Successor.objects.in_force().filter(to_action__plan=draft)
    came = [(one.to_action_id, one.ending.action) for one in in_force.select_related("ending__action")]
    found = {key for key, old in came if key and old.due}
    waiting = ((key, ending.action) for key, ending in coming.items())
    return found | {key for key, old in waiting if old.due or old.review_date}


class EndedOtherwise(NamedTuple):
    copy: Action
    old: Action
    became: str  # what became of the old one, in words


def ended_otherwise(draft: BusinessPlan, coming: dict[int, ActionEnding]) -> list[EndedOtherwise]:
    """What the draft copied of actions that ended since, or are to end, and do not go on in the copy.

    Args:
        coming: its ends_to_come().
    """
    published = BusinessPlan.objects.published().filter(first_day__lt=draft.first_day)
    olds = Action.objects.filter(plan__in=published, ref__in=draft.actions.values("ref"))
    olds = olds.select_related("plan").order_by("-plan__first_day", "position", "pk")
    compared = list(olds[:MOST_COMPARED])
    begun = all_begun_in(draft, compared)
    nearest: dict[int, Action] = {}
    for old in compared:
        if old.pk in begun:
            nearest.setdefault(begun[old.pk].pk, old)
    copies = {copy.pk: copy for copy in begun.values()}
    fates = fates_to_come(nearest.values())
    rows = [
        EndedOtherwise(copies[key], old, ENDED[old.status] if not old.is_open else fates.get(old.pk, ""))
        for key, old in nearest.items()
        if key not in coming
    ]
    return sorted((row for row in rows if row.became), key=lambda row: (row.copy.position, row.copy.pk))


def fates_to_come(olds: Iterable[Action]) -> dict[int, str]:
    endings = ActionEnding.objects.standing().filter(action__in=[old.pk for old in olds])
    return {one.action_id: f"is to be {ENDED[one.fate].removeprefix('was ')}" for one in endings}
