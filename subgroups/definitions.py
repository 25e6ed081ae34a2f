"""Under which definition a reading was taken: that of its measure when it was first entered.

A correction is of what was taken before: its definition is that of the first figure in its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.utils.text import capfirst

from gscp.record import history_of
from subgroups.models.measures import Measure
from subgroups.models.readings import Answer, Reading

Version = tuple[int, datetime, tuple[str, ...]]  # number and moment of its entry, and the words


@dataclass(frozen=True)
class Earlier:
    """A definition that a measure has no more: what differs from that of today, and since when."""

    number: int
    differs: tuple[tuple[str, str], ...]  # what it is called, and what it was
    until: datetime

    def said(self, name: str, now: str) -> str:
        """What it had in this column, in which today's has `now`."""
        return dict(self.differs).get(label_of(name), now)


def attach_definitions(readings_of: Mapping[Measure, Sequence[Reading]]) -> dict[Measure, list[Earlier]]:
    """Sets `earlier` on each reading: what it was taken under, None if that is the definition of today.

    `readings_of` has by measure its readings, with those that they correct. Returns by measure those that
    readings were taken under. Two queries, however many.
    """
    versions = versions_of(readings_of)
    amended = [one for one in readings_of if any(words != words_of(one) for *_, words in versions[one.pk])]
    firsts = first_entries(amended) if amended else {}
    return {
        measure: attach(measure, readings, versions[measure.pk] if measure in amended else [], firsts)
        for measure, readings in readings_of.items()
    }


def attach(
    measure: Measure, readings: Sequence[Reading], versions: list[Version], firsts: Mapping[int, int]
) -> list[Earlier]:
    found: dict[int, Earlier] = {}
    by_key = {reading.pk: reading for reading in readings if reading.pk}  # one from a register has none
    for reading in readings:
        first = reading
        while (before := by_key.get(first.corrects_id)) and before.answer == Answer.FIGURE:  # type: ignore[arg-type]  # None is no key
            first = before
        places = [place for place, (number, *_) in enumerate(versions) if number <= firsts.get(first.pk, 0)]
        *_, words = versions[places[-1]] if places else (words_of(measure),)
        earlier = None
        if words != words_of(measure):
            number, until, _ = next(one for one in versions[places[-1] + 1 :] if one[-1] != words)
            earlier = found.setdefault(number, Earlier(number, differences(measure, words), until))
        vars(reading)["earlier"] = earlier
    return [found[number] for number in sorted(found)]


def versions_of(measures: Mapping[Measure, Sequence[Reading]]) -> dict[int, list[Version]]:
    """By measure its definitions up to this moment, in their order."""
    until = {measure.pk: measure.change_id for measure in measures}
    rows = history_of(Measure)._base_manager.filter(id__in=until).order_by("change_id")
    found: dict[int, list[Version]] = defaultdict(list)
    for key, number, at, *words in rows.values_list("id", "change_id", "change__at", *Measure.DEFINED_BY):
        if number <= until[key]:
            found[key].append((number, at, tuple(words)))
    return found


def words_of(measure: Measure) -> tuple[str, ...]:
    return tuple(getattr(measure, name) for name in measure.DEFINED_BY)


def first_entries(measures: Sequence[Measure]) -> dict[int, int]:
    """By reading, the number of the entry that recorded it: a later one may have confirmed it."""
    rows = history_of(Reading)._base_manager.filter(measure_id__in=[one.pk for one in measures]).order_by()
    return dict(rows.values_list("id").annotate(first=Min("change_id")))


def label_of(name: str) -> str:
    return capfirst(str(Measure._meta.get_field(name).verbose_name))  # type: ignore[union-attr]  # no relation


def differences(measure: Measure, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (label_of(name), value)
        for name, value in zip(measure.DEFINED_BY, values, strict=True)
        if value != getattr(measure, name)
    )
