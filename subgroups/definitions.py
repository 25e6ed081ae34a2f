"""Under which definition a reading was taken: that of its measure when it was first entered.

A correction is of what was taken before: its definition is that of the first reading in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.utils.text import capfirst

from gscp.record import history_of
from subgroups.models.measures import Measure
from subgroups.models.readings import Reading


@dataclass(frozen=True)
class Earlier:
    """A definition that a measure has no more: what differs from that of today, and since when."""

    number: int
    differs: tuple[tuple[str, str], ...]  # what it is called, and what it was
    until: datetime

    def said(self, name: str, now: str) -> str:
        """What it had in this column, in which today's has `now`."""
        return dict(self.differs).get(label_of(name), now)


def attach_definitions(measure: Measure, readings: Sequence[Reading]) -> list[Earlier]:
    """Sets `earlier` on each reading of a measure: what it was taken under, None if that is the one of today.

    Returns those that readings were taken under. Two queries, however many readings there are.
    """
    today = tuple(getattr(measure, name) for name in measure.DEFINED_BY)
    rows = history_of(Measure)._base_manager.filter(id=measure.pk).order_by("change_id")
    versions = list(
        rows.filter(change__lte=measure.change_id).values_list("change_id", "change__at", *measure.DEFINED_BY)
    )
    is_amended = any(tuple(version[2:]) != today for version in versions)
    firsts = first_entries(measure) if is_amended else {}
    found: dict[int, Earlier] = {}
    corrects = {reading.pk: reading.corrects_id for reading in readings}
    for reading in readings:
        first = reading.pk
        while before := corrects[first]:
            first = before
        places = [place for place, one in enumerate(versions) if one[0] <= firsts.get(first, 0)]
        values = tuple(versions[places[-1]][2:]) if places else today
        earlier = None
        if values != today:
            last = next(p for p in range(places[-1] + 1, len(versions)) if tuple(versions[p][2:]) != values)
            earlier = found.setdefault(last, Earlier(last, differences(measure, values), versions[last][1]))
        vars(reading)["earlier"] = earlier
    return [found[number] for number in sorted(found)]


def amended() -> set[int]:
    """The keys of the measures that have had more than one definition."""
    rows = history_of(Measure)._base_manager.order_by().values_list("id", *Measure.DEFINED_BY).distinct()
    return {key for key, times in Counter(key for key, *_ in rows).items() if times > 1}


def label_of(name: str) -> str:
    return capfirst(str(Measure._meta.get_field(name).verbose_name))  # type: ignore[union-attr]  # no relation


def first_entries(measure: Measure) -> dict[int, int]:
    """By reading, the number of the entry that recorded it: a later one may have confirmed it."""
    rows = history_of(Reading)._base_manager.filter(measure_id=measure.pk).order_by()
    return dict(rows.values_list("id").annotate(first=Min("change_id")))


def differences(measure: Measure, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (label_of(name), value)
        for name, value in zip(measure.DEFINED_BY, values, strict=True)
        if value != getattr(measure, name)
    )
