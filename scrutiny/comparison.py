"""Two moments of the record compared: open actions, records that differ, and what was entered late."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.text import capfirst

from actions.models import (
    Action,
    ActionLead,
    BusinessPlan,
    ExceptionStep,
    FurtherAction,
    Milestone,
    Ownership,
    PlanDecision,
)
from gscp.pages import FirstRows
from gscp.record import Change, ChangeQuerySet, Names, Tracked, history_of, value_in_words
from gscp.record.looking_back import Past, looking_back
from gscp.words import word_differences
from subgroups.models import Attendance, Group, Meeting, Partner, PostHolding, QuorumPart
from subgroups.models.registers import Audit, TrainingCheck, TrainingEvent
from subgroups.published import figures_of, hide_figure, readings_shown

# For each model, the lookup of the day that its entries are about. An entry made on a later day is late.
EVENT_DAYS: list[tuple[type[Tracked], str]] = [
    (ExceptionStep, "meeting__date"),
    (PlanDecision, "meeting__date"),
    (Attendance, "meeting__date"),
    (Meeting, "date"),
    (ActionLead, "ended_on"),
    (Ownership, "ended_on"),
    (FurtherAction, "fate_on"),
    (Milestone, "done_on"),
    (Partner, "started_on"),
    (Partner, "ended_on"),
    (PostHolding, "started_on"),
    (PostHolding, "ended_on"),
    (Group, "established_on"),
    (Group, "ended_on"),
    (QuorumPart, "started_on"),
    (QuorumPart, "ended_on"),
    (Audit, "done_on"),
    (TrainingEvent, "held_on"),
    (TrainingEvent, "impact_on"),
    (TrainingCheck, "checked_on"),
]

RecordKey = tuple[str, int]  # model and id
Values = dict[str, Any]  # by column
ChangedColumns = dict[RecordKey, tuple[Values, Values]]  # the values at the first and the second moment


def entries_between(before: Past, after: Past) -> ChangeQuerySet:
    return Change.objects.filter(number__gt=before.number, number__lte=after.number)


def changed_columns(entries: ChangeQuerySet, before: Past, after: Past) -> ChangedColumns:
    """For every record that these entries changed: the columns that differ between the two moments.

    A new record has no values at the first. A record changed and changed back is left out.
    """
    ids_by_model: dict[str, list[int]] = defaultdict(list)
    for label, pk in entries.order_by().values_list("model", "object_id").distinct():
        ids_by_model[label].append(pk)
    rows_before, rows_after = rows_as_at(ids_by_model, before), rows_as_at(ids_by_model, after)
    changed: ChangedColumns = {}
    for key, new in rows_after.items():
        old = rows_before.get(key, {})
        columns = [column for column in new if not old or old[column] != new[column]]
        if columns:
            changed[key] = (
                {column: old[column] for column in columns if old},
                {column: new[column] for column in columns},
            )
    return changed


def rows_as_at(ids_by_model: dict[str, list[int]], past: Past) -> dict[RecordKey, Values]:
    rows_by_key: dict[RecordKey, Values] = {}
    with looking_back(past):
        for label, pks in ids_by_model.items():
            model: type[Tracked] = apps.get_model(label)
            history: Any = history_of(model)
            # `change` is the number of the record's latest entry.
            columns = [f.attname for f in history.tracked_fields if f.name != "change"]
            rows = model._base_manager.filter(pk__in=pks).order_by().values(*columns)
            # A record that was not there yet has no row.
            rows_by_key |= {(label, row["id"]): row for row in rows}
    return rows_by_key


def not_drafted() -> QuerySet[Action]:
    return Action.objects.exclude(plan__status__in=BusinessPlan.NEVER_PUBLISHED)


def open_action_balance(before: Past, after: Past) -> list[tuple[str, int, list[str]]]:
    """How many actions of all published plans were open, and what changed that: label, count, references.

    What a draft plans is not open yet: its actions are added by its publication.

    Actions are compared as they were at the two moments: an action completed and reopened in between counts
    neither as completed nor as reopened. The counts of all rows but the last add up to the last.
    """
    with looking_back(before):
        status_before = dict(not_drafted().order_by().values_list("id", "status"))
    with looking_back(after):
        actions = not_drafted().order_by("plan__first_day", "plan__label", "position", "pk")
        actions_after = list(actions.values_list("id", "ref", "plan__label", "status"))
    several_plans = len({label for _, _, label, _ in actions_after}) > 1
    refs: dict[str, list[str]] = defaultdict(list)
    for pk, ref, label, status in actions_after:
        name = f"{ref} of {label}" if several_plans else ref
        was_open, is_open = status_before.get(pk) in Action.OPEN, status in Action.OPEN
        is_new = pk not in status_before
        if is_new:
            refs["added"].append(name)
        elif is_open and not was_open:
            refs["reopened"].append(name)
        if not is_open and (was_open or is_new):
            refs[status].append(name)
    rows = [
        ("Added to the plan", 1, "added"),
        ("Reopened", 1, "reopened"),
        ("Completed", -1, Action.Status.COMPLETE),
        ("Withdrawn", -1, Action.Status.WITHDRAWN),
        ("Carried forward", -1, Action.Status.CARRIED_FORWARD),
    ]
    # At the end of a year only: not shown where there are none.
    rare = [("Merged into another", -1, Action.Status.MERGED), ("Split", -1, Action.Status.SPLIT)]
    rows += [row for row in rare if refs[row[2]]]
    return [
        ("Open at the first moment", sum(status in Action.OPEN for status in status_before.values()), []),
        *((label, sign * len(refs[key]), refs[key]) for label, sign, key in rows),
        ("Open at the second moment", sum(status in Action.OPEN for *_, status in actions_after), []),
    ]


@dataclass(frozen=True)
class Field:
    label: str
    was: str
    became: str
    pieces: list[tuple[str, str]]  # of word_differences(); none where the two values are better read whole
    is_cut: bool  # not all of it is shown


@dataclass
class ChangedRecord:
    model: str
    pk: int
    name: str
    action: int | None
    added: bool
    fields: list[Field]

    @property
    def history_filter_value(self) -> str:
        return f"{self.model}:{self.pk}"


def entries_of(entries: ChangeQuerySet, keys: Iterable[RecordKey]) -> ChangeQuerySet:
    ids_by_model: dict[str, list[int]] = defaultdict(list)
    for label, pk in keys:
        ids_by_model[label].append(pk)
    conditions = (Q(model=label, object_id__in=pks) for label, pks in ids_by_model.items())
    return entries.filter(reduce(or_, conditions, Q(pk__in=[])))


def changed_records(
    entries: ChangeQuerySet,
    before: Past,
    after: Past,
    keys: Sequence[RecordKey],
    known: ChangedColumns | None = None,
) -> list[ChangedRecord]:
    """Those of these records that differ between the two moments, in this order.

    `known`, if it is given, is what changed_columns() found of these and of others.
    """
    entries = entries_of(entries, keys)
    if known is None:
        known = changed_columns(entries, before, after)
    changed = {key: known[key] for key in keys if key in known}
    columns = ("model", "object_id", "number", "object_name", "action")
    in_order = entries.order_by("number").values_list(*columns)
    latest = {(model, pk): (number, name, action) for model, pk, number, name, action in in_order}
    names = Names.in_texts(name for _, name, _ in latest.values())
    # Each value uses the names of its own moment.
    with looking_back(before):
        words_before = {key: values_in_words(key[0], old) for key, (old, _) in changed.items()}
    with looking_back(after):
        words_after = {key: values_in_words(key[0], new) for key, (old, new) in changed.items() if old}
        shown = readings_shown() if any(figures_of(model) for model, _ in changed) else frozenset()
    words_after |= words_of_new_records(entries, {key for key, (old, _) in changed.items() if not old})
    page, records = TextsOfPage(), []
    for key in keys:
        if key not in changed:
            continue
        (model, pk), (number, name, action) = key, latest[key]
        pairs = [
            (label, words_before[key].get(label, ""), value) for label, value in words_after[key].items()
        ]
        fields = [page.field(*said) for said in without_small(key, pairs, shown)]
        is_new = not changed[key][0]
        records.append(ChangedRecord(model, pk, names.in_words(name, number), action, is_new, fields))
    return records


def without_small(
    key: RecordKey, pairs: Iterable[tuple[str, str, str]], shown: Collection[int]
) -> Iterator[tuple[str, str, str]]:
    """Label, old and new words, without small figures of scorecards and what would give them away."""
    (model, pk), names = key, figures_of(key[0])
    labels = {capfirst(str(apps.get_model(model)._meta.get_field(name).verbose_name)) for name in names}
    for label, was, became in pairs:
        if capfirst(label) in labels:
            was, became = (hide_figure(words, model, pk, shown) for words in (was, became))
        yield capfirst(label), was, became


SHORT = 60  # characters: a value that is no longer reads best whole
MOST_COMPARED = 400_000  # characters of a page that are compared word by word
MOST_SHOWN = 3_000  # characters of one piece of a text


class TextsOfPage:
    """Compares the texts of one page: MOST_COMPARED bounds its time, and MOST_SHOWN its size."""

    def __init__(self) -> None:
        self.left = MOST_COMPARED

    def field(self, label: str, was: str, became: str) -> Field:
        pieces: list[tuple[str, str]] = []
        length = len(was) + len(became)
        if was and became and max(len(was), len(became)) > SHORT and length <= self.left:
            self.left -= length
            pieces = word_differences(was, became)
        texts = [text for _, text in pieces] or [was, became]
        is_cut = any(len(text) > MOST_SHOWN for text in texts)
        return Field(label, cut(was), cut(became), [(what, cut(text)) for what, text in pieces], is_cut)


def cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def words_of_new_records(entries: ChangeQuerySet, keys: set[RecordKey]) -> dict[RecordKey, dict[str, str]]:
    """The values by label, from the differences in these entries.

    values_in_words() would query the name of each record that they refer to.
    """
    models, pks = {model for model, _ in keys}, {pk for _, pk in keys}
    words_by_key: dict[RecordKey, dict[str, str]] = {key: {} for key in keys}
    for change in entries.filter(model__in=models, object_id__in=pks).with_texts():
        if (key := (change.model, change.object_id)) in keys:
            part_of = apps.get_model(change.model).part_of  # which is in the record's name, too
            words_by_key[key] |= {
                field["label"]: field["new"] for field in change.compared() if field["field"] not in part_of
            }
    return {
        key: {label: value for label, value in words.items() if value} for key, words in words_by_key.items()
    }


def values_in_words(model_label: str, values: Values) -> dict[str, str]:
    model: Any = apps.get_model(model_label)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    labels = model.labels_asked(values)
    return {
        labels.get(fields[column].name, str(fields[column].verbose_name)): value_in_words(
            fields[column], value
        )
        for column, value in values.items()
        if column != "id"
    }


def entered_late(entries: ChangeQuerySet) -> FirstRows:
    """Those made on a later day than the one that they are about, each with that day."""
    event_days: dict[int, date] = {}  # by number of the entry, the day that it is about
    entered_on = TruncDate("change__clock", tzinfo=timezone.get_current_timezone())
    for model, lookup in EVENT_DAYS:
        history: Any = history_of(model)
        late = history.objects.filter(change__in=entries.values("number"), **{f"{lookup}__lt": entered_on})
        if model is ExceptionStep:
            late = late.exclude(move="agree")  # which comes after the meeting whose decision it is
        field = lookup.split("__")[0]
        rows = late.values_list("change", lookup, "change__differences").order_by("change")
        for number, day, differences in rows:
            # Only an entry that set that day is late, not a later one on the same record.
            if any(difference["field"] == field for difference in differences):
                event_days[number] = day
    first = FirstRows(sorted(event_days))
    changes = Change.objects.filter(number__in=first).with_texts()
    return first.shown_as((change, event_days[change.number]) for change in changes)
