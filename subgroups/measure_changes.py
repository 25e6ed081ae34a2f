"""What was changed in a measure, act by act, and whether somebody else has confirmed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError

from gscp.record import Change, ChangeQuerySet
from gscp.record.looking_back import Past, looking_back
from subgroups.models.measure_parts import Baseline, MeasureAgency, Target
from subgroups.models.measures import IN_TENTHS, Measure
from subgroups.models.posts import User

MEASURE, BASELINE = Measure._meta.label_lower, Baseline._meta.label_lower
PARTS: dict[str, tuple[Any, str]] = {
    model._meta.label_lower: (model, words)
    for model, words in ((MeasureAgency, "Agency"), (Target, "Target"), (Baseline, "New baseline"))
}
# What a form works out, or says whether a change is confirmed.
NOT_SAID = {"measure", "group", "position", "added_on", "changed_on", "confirmed_by", "end_waits"}


@dataclass
class MeasureAct:
    """What one act changed in a measure; `said` has of each box its label, the old words and the new ones."""

    entries: list[Change]
    is_unconfirmed: bool = False
    confirmation: Change | None = None  # the entry by which somebody else confirmed it
    said: list[tuple[str, str, str]] = field(default_factory=list)
    is_changed_again: bool = False  # whether a later act changed some of the same

    @property
    def change(self) -> Change:
        return self.entries[0]

    @property
    def by(self) -> int | None:
        return self.change.actor_id

    @property
    def baselines(self) -> set[int]:
        """The keys of new baselines that it began."""
        return {entry.object_id for entry in self.entries if entry.model == BASELINE and entry.created}

    @property
    def changed(self) -> set[tuple[str, int, str]]:
        """Of each box the model and key of its row, and its name."""
        return {
            (entry.model, entry.object_id, one["field"])
            for entry in self.entries
            for one in entry.differences
            if one["field"] not in NOT_SAID
        }


def changes_of(measure: Measure) -> list[MeasureAct]:
    """The last one first, in words; not the act that began the measure. Some ten queries for any number."""
    entries, _ = entries_about([measure.pk])
    _, *acts = acts_in(entries.order_by("number").with_texts())
    agencies = {one.pk: str(one.partner) for one in measure.agencies.select_related("partner")}
    acts.reverse()
    later = set[tuple[str, int, str]]()
    for act in acts:
        act.said = [said for entry in act.entries for said in in_words(measure, entry, agencies)]
        taken_back = {key for model, key, name in later if (model, name) == (BASELINE, "taken_back")}
        act.is_changed_again = bool(act.changed & later or act.baselines & taken_back)
        later |= act.changed
    return [act for act in acts if act.said]


def unconfirmed_baselines(measure: Measure) -> set[int]:
    """The keys of its new baselines that nobody else has confirmed, taken back or not."""
    acts = (act for act in changes_of(measure) if act.is_unconfirmed)
    return {key for act in acts for key in act.baselines}


def unconfirmed_acts(measures: Collection[int]) -> dict[int, list[MeasureAct]]:
    """By measure what nobody else has confirmed yet. Four queries, however many measures."""
    entries, measure_of = entries_about(measures)
    by_measure: dict[int, list[Change]] = defaultdict(list)
    for entry in entries.order_by("number"):
        by_measure[measure_of[entry.model, entry.object_id]].append(entry)
    return {
        measure: [act for act in acts_in(of_measure) if act.is_unconfirmed]
        for measure, of_measure in by_measure.items()
    }


def before_unconfirmed(measures: Sequence[Measure]) -> dict[int, Measure]:
    """By their keys, those with a change that waits to be confirmed, as they were before the first one.

    With their targets, baselines and agencies of then.
    """
    waiting = unconfirmed_acts([one.pk for one in measures]) if measures else {}
    found = {}
    for measure in measures:
        if not (acts := waiting.get(measure.pk)):
            continue
        first = acts[0].change
        with looking_back(Past(first.at, first.number - 1)):
            parts = ("targets", "baselines", "agencies__partner__succeeded_by")
            found[measure.pk] = Measure.objects.prefetch_related(*parts).get(pk=measure.pk)
    return found


def entries_about(measures: Collection[int]) -> tuple[ChangeQuerySet, dict[tuple[str, int], int]]:
    """The entries about them and their parts; and by model and key of a row, of which measure it is."""
    entries = Change.objects.of_rows(Measure.objects.filter(pk__in=measures))
    measure_of = {(MEASURE, pk): pk for pk in measures}
    for label, (model, _) in PARTS.items():
        rows = dict(
            model._default_manager.filter(measure__in=measures).order_by().values_list("pk", "measure")
        )
        entries |= Change.objects.filter(model=label, object_id__in=list(rows))
        measure_of |= {(label, pk): measure for pk, measure in rows.items()}
    return entries, measure_of


def acts_in(entries: Iterable[Change]) -> list[MeasureAct]:
    """The acts of these entries of one measure, without confirmations.

    An act has to be confirmed if with it, or before it, the measure came to be marked as changed. Whoever
    confirms confirms what others did; what they did themselves waits for another.
    """
    acts: list[MeasureAct] = []
    waits = False
    for _, of_act in groupby(entries, key=attrgetter("act")):
        act = MeasureAct(list(of_act))
        now = {
            one["field"]: one.get("new")
            for entry in act.entries
            if entry.model == MEASURE
            for one in entry.differences
        }
        waits = bool(now.get("changed_on", waits))
        if not now.get("confirmed_by"):
            act.is_unconfirmed = waits
            acts.append(act)
            continue
        for earlier in acts:
            if earlier.is_unconfirmed and earlier.by != act.by:
                earlier.is_unconfirmed, earlier.confirmation = False, act.change
    return acts


def in_words(measure: Measure, entry: Change, agencies: dict[int, str]) -> Iterator[tuple[str, str, str]]:
    _, part = PARTS.get(entry.model, (None, ""))
    if entry.model == MeasureAgency._meta.label_lower:
        part = agencies.get(entry.object_id, part)
    for one in entry.compared():
        if one["field"] in NOT_SAID:
            continue
        label = str(one["label"]).removesuffix(IN_TENTHS)
        old, new = (value_in_words(measure, one["field"], one.get(key, "")) for key in ("old", "new"))
        whole = f"{part}: {label.lower()}" if part else label
        yield (part if label.lower() == part.lower() else whole), old, new


def value_in_words(measure: Measure, name: str, value: str) -> str:
    """Of the history, which has values of shares in their smallest unit."""
    if name not in ("value", "baseline", "tolerance") or not value.isdigit():
        return value
    return (measure.difference_in_words if name == "tolerance" else measure.in_words)(int(value))


def confirm(measure: Measure, by: User) -> None:
    """Confirm what others changed.

    Raises:
        ValidationError: they changed all of it themselves, or there are figures of after its end.
    """
    own = [act.by == by.pk for act in unconfirmed_acts([measure.pk])[measure.pk]]
    if all(own):
        raise ValidationError(f"{measure}: whoever changed it does not confirm it.")
    measure.confirmed_by = by
    if not any(own):
        measure.changed_on, measure.end_waits = None, False
    try:
        measure.save()
    except ValidationError as error:
        raise ValidationError([f"{measure}: {message}" for message in error.messages]) from None
