"""The numbers of a register's lines in words: as they are, and as they stood before they were corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects

from gscp.dates import day_in_words
from gscp.record import history_of
from subgroups.models.registers import (
    Audit,
    AuditResult,
    Escalations,
    TrainingEvent,
    TrainingPlaces,
    WithNumbers,
)

Earlier = list[tuple[str, datetime]]  # what stood there, and until when; the latest first
# By model, the columns that measures are worked out from: numbers, and the day that they belong to.
COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Audit: ("done_on", "sample_size"),
    AuditResult: ("right", "wrong"),
    TrainingEvent: ("held_on", "impact_on", "impact_asked", "impact_shown"),
    TrainingPlaces: ("offered", "booked", "attended"),
    Escalations: ("month", "count", "days"),
}
OF_AGENCIES = {Audit: "results", TrainingEvent: "places"}  # the rows of a line, one for an agency


def in_words(model: type[Any], values: Iterable[Any]) -> str:
    """right: 17, wrong: 7; what is empty is left out."""
    labelled = zip((model._meta.get_field(name).verbose_name for name in COLUMNS[model]), values, strict=True)
    said = [(label, day_in_words(one) if isinstance(one, date) else one) for label, one in labelled if one]
    return ", ".join(f"{label}: {one}" for label, one in said)


def attach_earlier(rows: Iterable[Any]) -> None:
    """Sets `earlier` on each row, of type Earlier: a query for each model."""
    by_model: dict[type[Any], list[Any]] = defaultdict(list)
    for row in rows:
        by_model[type(row)].append(row)
    for model, of_model in by_model.items():
        found = earlier_of(model, [row.pk for row in of_model])
        for row in of_model:
            row.earlier = found[row.pk]


def earlier_of(model: Any, keys: Sequence[int]) -> dict[int, Earlier]:
    """Of each row what was given and then changed; what is filled in for the first time changes nothing."""
    rows = history_of(model)._base_manager.filter(id__in=keys).order_by("id", "change_id")
    found: dict[int, Earlier] = defaultdict(list)
    before: dict[int, list[Any]] = {}
    for key, at, *values in rows.values_list("id", "change__at", *COLUMNS[model]):
        changed = [
            was if was != now else None for was, now in zip(before.get(key, values), values, strict=True)
        ]
        if said := in_words(model, changed):
            found[key].insert(0, (said, at))
        before[key] = values
    return found


def with_numbers(lines: Sequence[WithNumbers]) -> Sequence[WithNumbers]:
    """The lines, each with `numbers`: of all together and of each agency whose, in words, and as before."""
    rows_of: dict[WithNumbers, list[Any]] = {}
    for line in lines:
        name = OF_AGENCIES.get(type(line))
        if name:
            prefetch_related_objects([line], f"{name}__partner")
        rows_of[line] = [line, *(getattr(line, name).all() if name else ())]
    attach_earlier(row for rows in rows_of.values() for row in rows)
    for line, rows in rows_of.items():
        values = [(row, [getattr(row, column) for column in COLUMNS[type(row)]]) for row in rows]
        vars(line)["numbers"] = [
            (getattr(row, "partner", ""), in_words(type(row), of_row), row.earlier) for row, of_row in values
        ]
    return lines
