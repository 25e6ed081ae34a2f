"""A draft that begins with the open actions of an earlier plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.models import Min

from actions.models.action import Action
from actions.models.amendment import WORDS
from actions.models.plan import BusinessPlan, StrategicDriver, Theme
from actions.models.plan_decision import PlanDecision
from actions.models.taken_out import not_taken_out, text_or_taken_out
from actions.models.who import assign, owners_of
from gscp.record import history_of

NOT_TAKEN_BACK = (PlanDecision.State.WAITING, PlanDecision.State.IN_FORCE)


def copy_open_actions(source: BusinessPlan, draft: BusinessPlan) -> None:
    """Copy the open actions into the draft, with who does them, and their drivers and themes.

    The words of today are copied, but none that was taken out of the record. Dates and
    reports are not: what is carried forward keeps its own.
    """
    copies: dict[Any, Any] = {None: None}
    for action in source.actions.open().select_related("theme", "driver", "group", "audit"):
        for row in (action.driver, action.theme):
            if row is not None and row not in copies:
                copies[row] = copied(row, draft)
        words = {name: not_taken_out(getattr(action, name)) for name in WORDS}
        words["text"] = text_or_taken_out(action.text, f"{action} of {source}")
        words["who"] = words["who"] or str(action.group)
        words |= {"driver": copies[action.driver], "theme": copies[action.theme], "audit": action.audit}
        new = Action(plan=draft, ref=action.ref, position=action.position, **words)
        new.save()
        assign(new, action.lead_posts, owners_of(action))


def begun_from(action: Action) -> Action | None:
    """The action of another plan that this one began as a copy of, as far as its number and words then tell.

    What was published comes before what was drafted: that is what goes on in it.
    """
    same = could_have_begun_from(action)
    return next((old for old in same if old.plan.was_published), same[0] if same else None)


def could_have_begun_from(action: Action) -> list[Action]:
    """The actions of other plans that had its number and its words when it began; none of a discarded one."""
    rows = history_of(Action)._base_manager
    refs = rows.filter(id=action.pk).values("ref")
    kept = Action.objects.exclude(plan__status=BusinessPlan.Status.DISCARDED).exclude(plan=action.plan_id)
    others = kept.filter(pk__in=rows.filter(ref__in=refs).values("id"))
    olds = list(others.select_related("plan").order_by("-plan__first_day", "pk"))
    pairs = began_as_copies([action], olds)
    return [old for old in olds if (action.pk, old.pk) in pairs]


def began_as_copies(actions: Sequence[Action], olds: Sequence[Action]) -> set[tuple[int, int]]:
    """Which of these began with the number and the words that one of those had then, by their keys.

    Four queries, however many they are, which read the words of a few rows of the history only.
    """
    if not (actions and olds):
        return set()
    rows = history_of(Action)._base_manager
    began = rows.filter(id__in=[one.pk for one in actions]).order_by("id").values("id")
    changes = list(began.annotate(first=Min("change_id")).values_list("first", flat=True))
    firsts = list(rows.filter(change_id__in=changes).values_list("id", "plan_id", "ref", "change_id", "text"))
    of_olds = rows.filter(id__in=[old.pk for old in olds], ref__in={ref for _, _, ref, _, _ in firsts})
    by_ref: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    columns = ("id", "plan_id", "ref", "change_id")
    for key, plan, ref, change in of_olds.order_by("change_id").values_list(*columns):
        by_ref[ref].append((key, plan, change))
    then: dict[tuple[int, int], tuple[int, str]] = {}  # by both keys, the old one's last row before, and text
    for action, own_plan, ref, first, text in firsts:
        for old, plan, change in by_ref[ref]:
            if plan != own_plan and change < first:
                then[action, old] = change, text
    last = {change for change, _ in then.values()}
    texts = dict(rows.filter(change_id__in=last).values_list("change_id", "text"))
    return {pair for pair, (change, text) in then.items() if texts[change] == text}


def begun_in(plan: BusinessPlan, old: Action) -> Action | None:
    """The action of the plan that began as a copy of this one, and goes on with none yet."""
    return all_begun_in(plan, [old]).get(old.pk)


def all_begun_in(
    plan: BusinessPlan, olds: Sequence[Action], statuses: Sequence[str] = Action.OPEN
) -> dict[int, Action]:
    """By the keys of these, what begun_in() finds; five queries, however many they are.

    One that a meeting has decided to end is another action by now. What was dated, reported or asked of a
    published one before the earlier action went on in it stays its own.
    """
    rows = history_of(Action)._base_manager
    refs = rows.filter(id__in=[old.pk for old in olds]).values("ref")
    of_plan = rows.filter(plan=plan.pk, ref__in=refs).values("id")
    candidates = plan.actions.filter(pk__in=of_plan, status__in=statuses)
    went_on = apps.get_model("actions.Successor").objects.in_force().exclude(to_action=None)
    candidates = candidates.exclude(pk__in=went_on.order_by().values("to_action"))
    free = list(candidates.exclude(endings__decision__state__in=NOT_TAKEN_BACK))
    by_action: dict[int, list[int]] = defaultdict(list)
    for action, key in began_as_copies(free, [old for old in olds if not old.plan.is_discarded]):
        by_action[action].append(key)
    found: dict[int, Action] = {}
    for one in free:
        for key in by_action[one.pk]:
            found.setdefault(key, one)
    return found


def copied(row: StrategicDriver | Theme, draft: BusinessPlan) -> StrategicDriver | Theme:
    new: StrategicDriver | Theme
    text = not_taken_out(row.text) or f"Its words in {row.plan} were taken out of the record."
    if isinstance(row, Theme):
        new = Theme(plan=draft, text=text, position=row.position, lead_post=row.lead_post)
    else:
        new = StrategicDriver(plan=draft, kind=row.kind, text=text)
    new.save()
    return new
