"""What was changed in a measure since figures are read from it, in words, and who has confirmed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from gscp.record import Change
from subgroups.models.measure_parts import Baseline, MeasureAgency, Target
from subgroups.models.measures import IN_TENTHS, Measure
from subgroups.models.posts import User

PARTS = {
    "subgroups.measureagency": "Agency",
    "subgroups.target": "Target",
    "subgroups.baseline": "New baseline",
}
# What is worked out by the form, or says whether a change is confirmed.
NOT_SAID = {"measure", "group", "position", "added_on", "changed_on", "confirmed_by"}


@dataclass
class MeasureChange:
    """What one act changed: of each box its label, what it said before and what it says now."""

    change: Change
    said: list[tuple[str, str, str]] = field(default_factory=list)
    is_unconfirmed: bool = False


def changes_of(measure: Measure) -> list[MeasureChange]:
    """The last one first; not the act that began the measure. A few queries, however many changes."""
    entries = Change.objects.of_rows(Measure.objects.filter(pk=measure.pk))
    for model in (MeasureAgency, Target, Baseline):
        entries |= Change.objects.of_rows(model._default_manager.filter(measure=measure.pk))
    agencies = {one.pk: str(one.partner) for one in measure.agencies.select_related("partner")}
    found: dict[Any, MeasureChange] = {}
    first_act = None
    for entry in entries.order_by("number").with_texts():
        first_act = first_act or entry.act
        if entry.act == first_act:
            continue
        compared = entry.compared()
        if any(one["field"] == "confirmed_by" and one.get("new") for one in compared):
            for earlier in found.values():
                earlier.is_unconfirmed = False
        if said := list(in_words(measure, entry, compared, agencies)):
            of_act = found.setdefault(entry.act, MeasureChange(entry, is_unconfirmed=measure.is_unconfirmed))
            of_act.said += said
    return [*found.values()][::-1]


def in_words(
    measure: Measure, entry: Change, compared: list[dict[str, Any]], agencies: dict[int, str]
) -> Iterator[tuple[str, str, str]]:
    part = PARTS.get(entry.model, "")
    if part == "Agency":
        part = agencies.get(entry.object_id, part)
    for one in compared:
        if one["field"] in NOT_SAID:
            continue
        label = str(one["label"]).removesuffix(IN_TENTHS)
        old, new = (value_in_words(measure, one["field"], one.get(key, "")) for key in ("old", "new"))
        yield (f"{part}: {label.lower()}" if part else label), old, new


def value_in_words(measure: Measure, name: str, value: str) -> str:
    """Of the history, which has values of shares in their smallest unit."""
    if name not in ("value", "baseline", "tolerance") or not value.isdigit():
        return value
    return (measure.difference_in_words if name == "tolerance" else measure.in_words)(int(value))


def changed_by(measure: Measure) -> set[int]:
    """The keys of those who changed something that nobody has confirmed yet."""
    return {one.change.actor_id for one in changes_of(measure) if one.is_unconfirmed and one.change.actor_id}


def confirm(measure: Measure, by: User) -> None:
    """Raises ValidationError: they changed some of it."""
    if by.pk in changed_by(measure):
        raise ValidationError(f"{measure}: whoever changed it does not confirm it.")
    measure.confirmed_by = by
    measure.save()
