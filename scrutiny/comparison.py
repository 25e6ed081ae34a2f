"""Two moments of the record compared: the balance of the plan, what differs, and what was entered late."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.text import capfirst

from actions.models import Action, BusinessPlan, ExceptionStep, Ownership
from gscp.pages import FirstRows
from gscp.record import Change, Tracked, history_of
from gscp.record.differences import shown
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Attendance, Meeting, Partner, PostHolding, Subgroup

# What speaks of a day of its own, and where that day stands: entered on a later one, it is late.
DAYS: list[tuple[type[Tracked], str]] = [
    (ExceptionStep, "meeting__date"),
    (Attendance, "meeting__date"),
    (Meeting, "date"),
    (Ownership, "ended_on"),
    (Partner, "started_on"),
    (Partner, "ended_on"),
    (PostHolding, "started_on"),
    (PostHolding, "ended_on"),
    (Subgroup, "established_on"),
]

Values = dict[str, Any]
Difference = dict[tuple[str, int], tuple[Values, Values]]


def between(before: Past, after: Past):
    """The ledger's entries after the one moment, up to the other."""
    return Change.objects.filter(number__gt=before.number, number__lte=after.number)


def difference(entries: QuerySet[Change], before: Past, after: Past) -> Difference:
    """For every record that these entries in between changed: the columns that differ, as they were and are.

    The keys are model and id. What was not there has nothing; what was changed and changed back is left out.
    The number of its latest change is no column of a record here.
    """
    touched: dict[str, list[int]] = defaultdict(list)
    for label, pk in entries.order_by().values_list("model", "object_id").distinct():
        touched[label].append(pk)
    was, now = stood(touched, before), stood(touched, after)
    found: Difference = {}
    for key, new in now.items():
        old = was.get(key, {})
        differing = [column for column in new if not old or old[column] != new[column]]
        if differing:
            found[key] = (
                {column: old[column] for column in differing if old},
                {column: new[column] for column in differing},
            )
    return found


def stood(records: dict[str, list[int]], past: Past) -> dict[tuple[str, int], Values]:
    """The columns of these records, ids by model, as they were; what was not there yet is left out."""
    found: dict[tuple[str, int], Values] = {}
    with looking_back(past):
        for label, pks in records.items():
            model: type[Tracked] = apps.get_model(label)
            columns = [f.attname for f in history_of(model).tracked_fields if f.name != "change"]
            rows = model.objects.filter(pk__in=pks).order_by().values(*columns)
            found |= {(label, row["id"]): row for row in rows}
    return found


def balance(before: Past, after: Past) -> list[tuple[str, int, list[str]]]:
    """How many actions of the plan were open, what came and what went, by their numbers, and how many are.

    By where each stands at the two moments: what was completed and reopened in between is in neither. It adds
    up, whatever happened: every line after the first but the last adds to it or takes from it.
    """
    with looking_back(after):
        actions = Action.objects.filter(plan=BusinessPlan.objects.current()).order_by()
        now = list(actions.order_by("ref").values_list("id", "ref", "status"))
    with looking_back(before):
        was = dict(actions.values_list("id", "status"))
    moved: dict[str, list[str]] = defaultdict(list)
    for pk, ref, status in now:
        open_then, open_now = was.get(pk) in Action.OPEN, status in Action.OPEN
        if pk not in was:
            moved["added"].append(ref)
        elif open_now and not open_then:
            moved["reopened"].append(ref)
        if not open_now and (open_then or pk not in was):
            moved[status].append(ref)
    lines = [
        ("Added to the plan", 1, "added"),
        ("Reopened", 1, "reopened"),
        ("Completed", -1, Action.Status.COMPLETE),
        ("Withdrawn", -1, Action.Status.WITHDRAWN),
        ("Carried forward", -1, Action.Status.CARRIED_FORWARD),
    ]
    return [
        ("Open at the first moment", sum(status in Action.OPEN for status in was.values()), []),
        *((label, sign * len(moved[how]), moved[how]) for label, sign, how in lines),
        ("Open at the second moment", sum(status in Action.OPEN for *_, status in now), []),
    ]


@dataclass
class Changed:
    """A record that differs between two moments, as people read it."""

    model: str
    pk: int
    name: str
    action: int | None
    added: bool
    fields: list[tuple[str, str, str]]  # label, was, is; of a new record what it says

    @property
    def address(self) -> str:
        """Its own changes, for the timeline's filter."""
        return f"{self.model}:{self.pk}"


def changed(entries: QuerySet[Change], before: Past, after: Past) -> list[Changed]:
    """The difference in words, each value under the names of its own moment."""
    found = difference(entries, before, after)
    columns = ("model", "object_id", "object_name", "action")
    called = {
        (model, pk): (name, action)
        for model, pk, name, action in entries.order_by("number").values_list(*columns)
    }
    with looking_back(before):
        was = {key: in_words(key[0], old) for key, (old, _) in found.items()}
    with looking_back(after):
        now = {key: in_words(key[0], new) for key, (old, new) in found.items() if old}
    now |= said(entries, {key for key, (old, _) in found.items() if not old})
    return [
        Changed(
            *key,
            *called[key],
            not old,
            [(capfirst(label), was[key].get(label, ""), value) for label, value in now[key].items()],
        )
        for key, (old, _) in sorted(found.items())
    ]


def said(entries: QuerySet[Change], records: set[tuple[str, int]]) -> dict[tuple[str, int], dict[str, str]]:
    """What new records say, as these entries do: every name they point to would take a query.

    What a record is part of stands in its own name.
    """
    models, pks = {model for model, _ in records}, {pk for _, pk in records}
    found: dict[tuple[str, int], dict[str, str]] = {key: {} for key in records}
    for change in entries.filter(model__in=models, object_id__in=pks).with_texts():
        if (key := (change.model, change.object_id)) in records:
            part_of = apps.get_model(change.model).part_of
            found[key] |= {
                one["label"]: one["new"] for one in change.compared() if one["field"] not in part_of
            }
    return {key: {label: value for label, value in words.items() if value} for key, words in found.items()}


def in_words(label: str, values: Values) -> dict[str, str]:
    fields = {field.attname: field for field in apps.get_model(label)._meta.concrete_fields}
    return {
        str(fields[column].verbose_name): shown(fields[column], value)
        for column, value in values.items()
        if column != "id"
    }


def entered_late(entries: QuerySet[Change]) -> FirstRows:
    """The first of these entries that were made on a later day than the one they speak of, and that day."""
    late: dict[int, date] = {}
    entered = TruncDate("change__at", tzinfo=timezone.get_current_timezone())
    for model, path in DAYS:
        rows = history_of(model).objects.filter(
            change__in=entries.values("number"), **{f"{path}__lt": entered}
        )
        field = path.split("__")[0]
        for number, day, differences in rows.values_list("change", path, "change__differences").order_by(
            "change"
        ):
            if any(said["field"] == field for said in differences):
                late[number] = day
    first = FirstRows(sorted(late))
    changes = Change.objects.filter(number__in=first.rows).with_texts()
    first.rows = [(change, late[change.number]) for change in changes]
    return first
