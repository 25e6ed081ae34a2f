"""The page that compares two moments: what is on it, in which order, and where each action stood."""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from actions.models import Action, BusinessPlan, ExceptionReport, ExceptionStep, ProgressUpdate
from gscp.pages import FirstRows
from gscp.record import ChangeQuerySet
from gscp.record.looking_back import Past, looking_back
from scrutiny.comparison import ChangedRecord, RecordKey, changed_columns, changed_records, entries_between
from subgroups.models import Attendance

PER_PAGE = 20  # actions and other records
SHOWN_OF_ACTION = 8  # records: with the links to all, a page has an end whatever lies between the moments
# Of an action's records those that readers look for come first, of a kind the newest.
ORDER = [model._meta.label_lower for model in (Action, ExceptionReport, ExceptionStep, ProgressUpdate)]
Thing = tuple[str, int]  # model and id: an action with all that belongs to it, or a record of no action
IN_ORDER = ("plan__first_day", "plan__label", "position", "pk")
ACTION, ATTENDANCE = Action._meta.label_lower, Attendance._meta.label_lower


def things_between(before: Past, after: Past) -> tuple[Thing, ...]:
    """What was touched: actions in the order of the plan, then what belongs to none, attendance last."""
    entries = entries_between(before, after).order_by()
    touched = set(entries.exclude(action=None).values_list("action", flat=True).distinct())
    others = entries.filter(action=None).values_list("model", "object_id").distinct()
    with looking_back(after):
        ordered = Action.on_record.order_by(*IN_ORDER)
        actions = [(ACTION, pk) for pk in ordered.values_list("pk", flat=True) if pk in touched]
    return (*actions, *sorted(others, key=lambda key: (key[0] == ATTENDANCE, *key)))


@dataclass(frozen=True)
class ActionCompared:
    action: Action  # at the second moment
    was: Action | None  # at the first; None if it was not there
    records: list[ChangedRecord]
    more: int  # other records of it that differ
    untouched: bool = False  # nothing was recorded on it between the two moments

    @property
    def stood_still(self) -> bool:
        was, now = self.was, self.action
        return was is not None and all(
            getattr(was, name) == getattr(now, name)
            for name in ("status", "rating", "due", "original_date", "review_date")
        )


def untouched(after: Past, touched: Container[Thing]) -> FirstRows:
    """The first of the other actions of the plans that were live: each stood as it did before."""
    with looking_back(after):
        of_plans = Action.objects.filter(plan__in=BusinessPlan.objects.live().values("pk"))
        keys = of_plans.order_by(*IN_ORDER).values_list("pk", flat=True)
        first = FirstRows([pk for pk in keys if (ACTION, pk) not in touched], PER_PAGE)
        actions = Action.objects.select_related("plan").in_bulk(list(first))
    return first.shown_as(ActionCompared(actions[pk], actions[pk], [], 0, untouched=True) for pk in first)


def in_order(rows: Iterable[ActionCompared]) -> list[ActionCompared]:
    def place(row: ActionCompared) -> tuple[Any, ...]:
        plan = row.action.plan
        return plan.first_day, plan.label, row.action.position, row.action.pk

    return sorted(rows, key=place)


def actions_compared(before: Past, after: Past, pks: list[int]) -> list[ActionCompared]:
    with looking_back(before):
        was = {action.pk: action for action in Action.on_record.filter(pk__in=pks)}
    with looking_back(after):
        actions = {one.pk: one for one in Action.on_record.filter(pk__in=pks).select_related("plan")}
    entries = entries_between(before, after)
    differ = changed_columns(entries.filter(action__in=pks), before, after)
    keys = keys_of_actions(entries, pks, differ)
    shown = [key for pk in pks for key in keys[pk][:SHOWN_OF_ACTION]]
    records = changed_records(entries, before, after, shown, differ)
    return [
        ActionCompared(
            actions[pk],
            was.get(pk),
            [record for record in records if record.action == pk],
            max(len(keys[pk]) - SHOWN_OF_ACTION, 0),
        )
        for pk in pks
    ]


def keys_of_actions(
    entries: ChangeQuerySet, pks: list[int], differ: Container[RecordKey]
) -> dict[int, list[RecordKey]]:
    """The records of each action that differ, in the order in which a page shows them."""
    touched = entries.filter(action__in=pks).order_by().values_list("action", "model", "object_id")
    rows = touched.annotate(last=Max("number"))
    keys: dict[int, list[RecordKey]] = defaultdict(list)
    for action, model, pk, _ in sorted(rows, key=lambda row: (place_of(row[1]), -row[3])):
        if (model, pk) in differ:
            keys[action].append((model, pk))
    return keys


def place_of(model: str) -> int:
    return ORDER.index(model) if model in ORDER else len(ORDER)
