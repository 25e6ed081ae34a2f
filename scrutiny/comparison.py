"""Two moments of the record compared: open actions, records that differ, and what was entered late."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.text import capfirst

from actions.models import Action, ExceptionStep, Ownership
from gscp.pages import FirstRows
from gscp.record import Change, ChangeQuerySet, Tracked, history_of
from gscp.record.differences import value_in_words
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Attendance, Meeting, Partner, PostHolding, Subgroup

# Models with a day of their own, and the path to it: an entry made on a later day is late.
EVENT_DAYS: list[tuple[type[Tracked], str]] = [
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

RecordKey = tuple[str, int]  # model and id
Values = dict[str, Any]  # by column
Difference = dict[RecordKey, tuple[Values, Values]]


def entries_between(before: Past, after: Past) -> ChangeQuerySet:
    """The ledger's entries after the first moment, up to the second."""
    return Change.objects.filter(number__gt=before.number, number__lte=after.number)


def difference(entries: ChangeQuerySet, before: Past, after: Past) -> Difference:
    """The columns that differ of every record that these entries changed, with the values at both moments.

    A new record has no values at the first. A record changed and changed back is left out. Not compared is
    `change`, the number of a record's latest entry.
    """
    ids: dict[str, list[int]] = defaultdict(list)
    for label, pk in entries.order_by().values_list("model", "object_id").distinct():
        ids[label].append(pk)
    rows_before, rows_after = rows_as_at(ids, before), rows_as_at(ids, after)
    differences: Difference = {}
    for key, new in rows_after.items():
        old = rows_before.get(key, {})
        columns = [column for column in new if not old or old[column] != new[column]]
        if columns:
            differences[key] = (
                {column: old[column] for column in columns if old},
                {column: new[column] for column in columns},
            )
    return differences


def rows_as_at(ids: dict[str, list[int]], past: Past) -> dict[RecordKey, Values]:
    """The columns of these records, ids by model, as they stood; without those that were not there yet."""
    rows_by_key: dict[RecordKey, Values] = {}
    with looking_back(past):
        for label, pks in ids.items():
            model: type[Tracked] = apps.get_model(label)
            history: Any = history_of(model)
            columns = [f.attname for f in history.tracked_fields if f.name != "change"]
            rows = model.objects.filter(pk__in=pks).order_by().values(*columns)
            rows_by_key |= {(label, row["id"]): row for row in rows}
    return rows_by_key


def open_action_balance(before: Past, after: Past) -> list[tuple[str, int, list[str]]]:
    """How many actions of all plans were open, and what changed that: label, count, references.

    Actions are compared as they were at the two moments: one completed and reopened in between is in neither
    row. The counts of all rows but the last add up to the last.
    """
    with looking_back(before):
        status_before = dict(Action.objects.order_by().values_list("id", "status"))
    with looking_back(after):
        actions = Action.objects.order_by("plan__starts_on", "ref")
        actions_after = list(actions.values_list("id", "ref", "plan__year", "status"))
    several_plans = len({year for _, _, year, _ in actions_after}) > 1
    refs: dict[str, list[str]] = defaultdict(list)
    for pk, ref, year, status in actions_after:
        name = f"{ref} of {year.replace('-', '/')}" if several_plans else ref
        was_open, is_open = status_before.get(pk) in Action.OPEN, status in Action.OPEN
        is_new = pk not in status_before
        if is_new:
            refs["added"].append(name)
        elif is_open and not was_open:
            refs["reopened"].append(name)
        if not is_open and (was_open or is_new):
            refs[status].append(name)
    lines = [
        ("Added to the plan", 1, "added"),
        ("Reopened", 1, "reopened"),
        ("Completed", -1, Action.Status.COMPLETE),
        ("Withdrawn", -1, Action.Status.WITHDRAWN),
        ("Carried forward", -1, Action.Status.CARRIED_FORWARD),
    ]
    return [
        ("Open at the first moment", sum(status in Action.OPEN for status in status_before.values()), []),
        *((label, sign * len(refs[key]), refs[key]) for label, sign, key in lines),
        ("Open at the second moment", sum(status in Action.OPEN for *_, status in actions_after), []),
    ]


@dataclass
class DifferingRecord:
    """A record that differs between two moments, as people read it."""

    model: str
    pk: int
    name: str
    action: int | None
    added: bool
    fields: list[tuple[str, str, str]]  # label, value at the first moment, value at the second

    @property
    def address(self) -> str:
        """The value of the timeline's filter that shows this record's changes."""
        return f"{self.model}:{self.pk}"


def differing_records(entries: ChangeQuerySet, before: Past, after: Past) -> list[DifferingRecord]:
    """The difference in words; each value uses the names that held at its own moment."""
    differences = difference(entries, before, after)
    columns = ("model", "object_id", "object_name", "action")
    name_and_action = {
        (model, pk): (name, action)
        for model, pk, name, action in entries.order_by("number").values_list(*columns)
    }
    with looking_back(before):
        words_before = {key: in_words(key[0], old) for key, (old, _) in differences.items()}
    with looking_back(after):
        words_after = {key: in_words(key[0], new) for key, (old, new) in differences.items() if old}
    words_after |= words_of_new_records(entries, {key for key, (old, _) in differences.items() if not old})
    return [
        DifferingRecord(
            *key,
            *name_and_action[key],
            not old,
            [
                (capfirst(label), words_before[key].get(label, ""), value)
                for label, value in words_after[key].items()
            ],
        )
        for key, (old, _) in sorted(differences.items())
    ]


def words_of_new_records(entries: ChangeQuerySet, keys: set[RecordKey]) -> dict[RecordKey, dict[str, str]]:
    """The values of new records by label, from the differences in these entries.

    in_words() would need a query for every name that they refer to. What a record is part of is left out: its
    own name says that.
    """
    models, pks = {model for model, _ in keys}, {pk for _, pk in keys}
    words_by_key: dict[RecordKey, dict[str, str]] = {key: {} for key in keys}
    for change in entries.filter(model__in=models, object_id__in=pks).with_texts():
        if (key := (change.model, change.object_id)) in keys:
            part_of = apps.get_model(change.model).part_of
            words_by_key[key] |= {
                field["label"]: field["new"] for field in change.compared() if field["field"] not in part_of
            }
    return {
        key: {label: value for label, value in words.items() if value} for key, words in words_by_key.items()
    }


def in_words(model_label: str, values: Values) -> dict[str, str]:
    """Values by their fields' names, as people read them."""
    fields = {field.attname: field for field in apps.get_model(model_label)._meta.concrete_fields}
    return {
        str(fields[column].verbose_name): value_in_words(fields[column], value)
        for column, value in values.items()
        if column != "id"
    }


def entered_late(entries: ChangeQuerySet) -> FirstRows:
    """The first of these entries that were made on a later day than the one they are about, with that day."""
    event_days: dict[int, date] = {}
    entered_on = TruncDate("change__at", tzinfo=timezone.get_current_timezone())
    for model, path in EVENT_DAYS:
        history: Any = history_of(model)
        late = history.objects.filter(change__in=entries.values("number"), **{f"{path}__lt": entered_on})
        field = path.split("__")[0]
        rows = late.values_list("change", path, "change__differences").order_by("change")
        for number, day, differences in rows:
            if any(difference["field"] == field for difference in differences):
                event_days[number] = day
    first = FirstRows(sorted(event_days))
    changes = Change.objects.filter(number__in=first.rows).with_texts()
    first.rows = [(change, event_days[change.number]) for change in changes]
    return first
