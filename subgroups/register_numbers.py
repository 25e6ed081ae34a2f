"""What a register's lines say, in words: as it is, and as it stood before it was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects

from gscp.dates import day_in_words
from gscp.record import history_of
from subgroups.models.partners import partners_by_key
from subgroups.models.posts import User
from subgroups.models.registers import (
    Audit,
    AuditResult,
    Escalations,
    TrainingCheck,
    TrainingEvent,
    TrainingPlaces,
    WithNumbers,
    unconfirmed_lines,
)

Earlier = list[tuple[str, datetime]]  # what stood there, and until when; the latest first
# By model, the columns that somebody has to confirm: numbers that measures are worked out from, and what a
# check of training says. Of a line the first is the day that they belong to.
COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Audit: ("done_on", "sample_size"),
    AuditResult: ("right", "wrong"),
    TrainingEvent: ("held_on", "impact_on", "impact_asked", "impact_shown"),
    TrainingPlaces: ("offered", "booked", "attended"),
    TrainingCheck: ("checked_on", "training", "partner_id", "result", "found"),
    Escalations: ("month", "raised_by_id", "raised_with_id", "count", "days"),
}
# And what else of them is told and confirmed anew once it is changed.
WORDS: dict[type[Any], tuple[str, ...]] = {
    Audit: ("focus", "findings"),
    TrainingEvent: ("title", "impact_said"),
    Escalations: ("stage", "theme"),
}
PLANNED: dict[type[Any], tuple[str, ...]] = {Audit: ("planned_for",)}  # told, and nobody has to confirm it
OF_AGENCIES = {Audit: "results", TrainingEvent: "places"}  # the rows of a line, one for an agency


def confirmed_columns(model: type[Any]) -> tuple[str, ...]:
    return COLUMNS[model] + WORDS.get(model, ())


def said_of(row: Any) -> dict[str, Any]:
    """By column what somebody has to confirm of it."""
    return {name: getattr(row, name) for name in confirmed_columns(type(row))}


def in_words(model: type[Any], values: dict[str, Any]) -> str:
    """right: 17, wrong: 7; what is empty is left out. `values` are by column."""
    given = [(model._meta.get_field(name), value) for name, value in values.items() if value]
    return ", ".join(f"{field.verbose_name}: {value_in_words(field, value)}" for field, value in given)


def value_in_words(field: Any, value: Any) -> str:
    """Of a number, a day, a text, a choice or the key of a partner."""
    if isinstance(value, int):
        return str(partners_by_key()[value])
    return day_in_words(value) if isinstance(value, date) else dict(field.flatchoices).get(value, str(value))


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
    before: dict[int, dict[str, Any]] = {}
    for row, values in versions(model, id__in=keys):
        was = before.get(row.id, values)
        if said := in_words(model, {name: one for name, one in was.items() if one != values[name]}):
            found[row.id].insert(0, (said, row.change.at))
        before[row.id] = values
    return found


def versions(model: Any, **of: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Of rows of a model each history row in its order, with its columns."""
    rows = history_of(model)._base_manager.filter(**of).select_related("change").order_by("id", "change_id")
    for row in rows:
        columns = confirmed_columns(model) + PLANNED.get(model, ())
        yield row, {name: getattr(row, name) for name in columns}


@dataclass(frozen=True)
class Typed:
    """What one entry wrote into the numbers of a line."""

    by: int | None  # the key of who typed it
    columns: set[str]
    replaces: bool  # something, and does not only add
    old_day: date | None  # to which the line belonged, if that was changed


@dataclass
class SinceConfirmed:
    """What was typed into a line and nobody else has confirmed yet."""

    day: date | None  # to which the line belongs now
    typed: list[Typed] = field(default_factory=list)
    is_confirmed: bool = False  # at this moment of its history
    confirmed: Any = None  # its history row of when it last was as a whole, and those of its agencies
    confirmed_rows: list[Any] = field(default_factory=list)

    @property
    def was_confirmed(self) -> bool:
        return self.confirmed is not None

    @property
    def writers(self) -> set[int]:
        """The keys of those who typed any of it."""
        return {one.by for one in self.typed if one.by}

    @property
    def columns(self) -> set[str]:
        return set[str]().union(*(one.columns for one in self.typed))

    @property
    def is_changed(self) -> bool:
        return any(one.replaces for one in self.typed)

    @property
    def days_left(self) -> set[date]:
        """The days to which it belonged, and does no more."""
        return {one.old_day for one in self.typed if one.old_day} - {self.day}

    def may_be_confirmed_by(self, user: User) -> bool:
        return may_confirm(user, self.writers)

    def take_in(self, row: Any, of_agencies: Iterable[Any]) -> None:
        """A history row of the line, which may confirm what was typed before it, and its agencies' rows."""
        self.is_confirmed = row.confirmed_by_id is not None
        if self.is_confirmed:
            self.confirmed, self.confirmed_rows, self.typed = row, list(of_agencies), []
        elif row.part_confirmed_by_id:
            self.typed = [one for one in self.typed if one.by == row.part_confirmed_by_id]


def may_confirm(user: User, writers: Collection[int]) -> bool:
    """Whether somebody else typed any of it. Who loaded it on the server is nobody's key."""
    return {*writers} != {user.pk}


def since_confirmed(model: type[WithNumbers], lines: Collection[WithNumbers]) -> dict[int, SinceConfirmed]:
    """Of lines of one model, by their keys: two queries, however many they are."""
    day = COLUMNS[model][0]
    found = {line.pk: SinceConfirmed(getattr(line, day)) for line in lines}
    rows = [(row.id, row, values) for row, values in versions(model, id__in=found)]
    if name := OF_AGENCIES.get(model):
        related: Any = model._meta.get_field(name)
        line_of, of_lines = related.field.attname, {f"{related.field.attname}__in": found}
        rows += [
            (getattr(row, line_of), row, values)
            for row, values in versions(related.related_model, **of_lines)
        ]
    words, planned = WORDS.get(model, ()), {*PLANNED.get(model, ())}
    before = dict[tuple[Any, int], dict[str, Any]]()
    of_agencies = defaultdict[int, dict[int, Any]](dict)  # by line the latest row of each
    for key, row, values in sorted(rows, key=lambda one: one[1].change_id):
        since, was = found[key], before.get((type(row), row.id), {})
        before[type(row), row.id] = values
        changed = {name for name, value in values.items() if (value or "") != (was.get(name) or "")}
        # Words with which a line begins do not count: to plan an audit is not yet to say what it found.
        columns = {name for name in changed - planned if name not in words or was}
        if columns:
            replaces, old_day = any(was.get(name) for name in columns), None
            if day in columns:
                old_day = was.get(day)
            since.typed.append(Typed(row.change.actor_id, columns, replaces, old_day))
        if isinstance(row, history_of(model)):
            since.take_in(row, of_agencies[key].values())
            continue
        of_agencies[key][row.id] = row
        if since.is_confirmed:  # recorded with a line that somebody has confirmed
            since.confirmed_rows, since.typed = list(of_agencies[key].values()), []
    return found


def unconfirmed_since(**of: Any) -> Iterator[tuple[WithNumbers, SinceConfirmed]]:
    """The lines that nobody has confirmed yet, with what happened since; `of` narrows them down."""
    for lines in unconfirmed_lines(**of):
        since = since_confirmed(lines.model, lines)
        for line in lines:
            yield line, since[line.pk]


def confirm(line: WithNumbers, by: User) -> None:
    """Confirm what others typed. What they typed themselves waits for somebody else.

    Raises:
        ValidationError: they typed all of it themselves.
    """
    since = since_confirmed(type(line), [line])[line.pk]
    if not since.may_be_confirmed_by(by):
        raise ValidationError(f"{line}: whoever typed it does not confirm it.")
    if by.pk in since.writers:
        line.part_confirmed_by = by
    else:
        line.confirmed_by, line.part_confirmed_by = by, None
    line.save()


def with_numbers(lines: Sequence[WithNumbers]) -> Sequence[WithNumbers]:
    """The lines, each with `numbers`: of all together and of each agency whose, in words, and as before.

    And with its `writers`. As many queries for many lines as for few.
    """
    writers: dict[WithNumbers, set[int]] = {}
    rows_of: dict[WithNumbers, list[Any]] = {}
    for model in {type(line) for line in lines}:
        of_model = [line for line in lines if type(line) is model]
        since, name = since_confirmed(model, of_model), OF_AGENCIES.get(model)
        if name:
            prefetch_related_objects(of_model, f"{name}__partner")
        for line in of_model:
            writers[line] = since[line.pk].writers
            rows_of[line] = [line, *(getattr(line, name).all() if name else ())]
    people = User.objects.in_bulk(set().union(*writers.values()))
    attach_earlier(row for rows in rows_of.values() for row in rows)
    for line, rows in rows_of.items():
        vars(line)["writers"] = [people[key] for key in writers[line]]
        vars(line)["numbers"] = [
            ("" if row is line else row.partner, in_words(type(row), said_of(row)), row.earlier)
            for row in rows
        ]
    return lines
