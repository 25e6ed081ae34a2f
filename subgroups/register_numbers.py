"""The numbers of a register's lines in words: as they are, and as they stood before they were corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects

from gscp.dates import day_in_words
from gscp.record import Change, history_of
from subgroups.models.partners import partners_by_key
from subgroups.models.posts import User
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
    Escalations: ("month", "raised_by_id", "raised_with_id", "count", "days"),
}
OF_AGENCIES = {Audit: "results", TrainingEvent: "places"}  # the rows of a line, one for an agency


def in_words(model: type[Any], values: Iterable[Any]) -> str:
    """right: 17, wrong: 7; what is empty is left out."""
    fields = [model._meta.get_field(name) for name in COLUMNS[model]]
    given = [(field, value) for field, value in zip(fields, values, strict=True) if value]
    return ", ".join(f"{field.verbose_name}: {value_in_words(value)}" for field, value in given)


def value_in_words(value: Any) -> str:
    """Of a number, a day, or the key of a partner."""
    if isinstance(value, int):
        return str(partners_by_key()[value])
    return day_in_words(value) if isinstance(value, date) else str(value)


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
    found: dict[int, Earlier] = defaultdict(list)
    before: dict[int, list[Any]] = {}
    for key, change, values in versions(model, id__in=keys):
        pairs = zip(before.get(key, values), values, strict=True)
        changed = [was if was != now else None for was, now in pairs]
        if said := in_words(model, changed):
            found[key].insert(0, (said, change.at))
        before[key] = values
    return found


def versions(model: Any, **of: Any) -> Iterator[tuple[int, Change, list[Any]]]:
    """Of rows of a model each version in its order: its key, the entry that made it, and its COLUMNS."""
    rows = history_of(model)._base_manager.filter(**of).select_related("change").order_by("id", "change_id")
    for row in rows:
        yield row.id, row.change, [getattr(row, name) for name in COLUMNS[model]]


def writers_of(line: WithNumbers) -> set[int]:
    """The keys of those who typed a number of it, or the day of one, since somebody confirmed them."""
    model = type(line)
    confirmed = history_of(model)._base_manager.filter(id=line.pk, confirmed_by__isnull=False)
    since = max(confirmed.values_list("change_id", flat=True), default=0)
    kinds: list[tuple[Any, dict[str, int]]] = [(model, {"id": line.pk})]
    if name := OF_AGENCIES.get(model):
        rows = getattr(line, name)
        kinds.append((rows.model, {rows.field.attname: line.pk}))
    writers: set[int | None] = set()
    for kind, of in kinds:
        before: dict[int, list[Any]] = {}
        for key, change, values in versions(kind, **of):
            if values != before.get(key) and change.number > since and any(values):
                writers.add(change.actor_id)
            before[key] = values
    return {writer for writer in writers if writer is not None}


def confirm(line: WithNumbers, by: User) -> None:
    """Raises ValidationError: they typed some of its numbers."""
    if by.pk in writers_of(line):
        raise ValidationError(f"{line}: whoever typed a number of it does not confirm it.")
    line.confirmed_by = by
    line.save()


def with_numbers(lines: Sequence[WithNumbers]) -> Sequence[WithNumbers]:
    """The lines, each with `numbers`: of all together and of each agency whose, in words, and as before.

    And with its `writers`.
    """
    people = User.objects.in_bulk({writer for line in lines for writer in writers_of(line)})
    rows_of: dict[WithNumbers, list[Any]] = {}
    for line in lines:
        name = OF_AGENCIES.get(type(line))
        if name:
            prefetch_related_objects([line], f"{name}__partner")
        rows_of[line] = [line, *(getattr(line, name).all() if name else ())]
    attach_earlier(row for rows in rows_of.values() for row in rows)
    for line, rows in rows_of.items():
        values = [(row, [getattr(row, column) for column in COLUMNS[type(row)]]) for row in rows]
        vars(line)["writers"] = [people[key] for key in writers_of(line)]
        vars(line)["numbers"] = [
            (getattr(row, "partner", ""), in_words(type(row), of_row), row.earlier) for row, of_row in values
        ]
    return lines
