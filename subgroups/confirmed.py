"""A measure as it was before what nobody else has confirmed: its figures, words, targets and baselines."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from subgroups.cells import Cell
from subgroups.definitions import attach_definitions
from subgroups.measure_changes import before_unconfirmed
from subgroups.models.measures import Origin
from subgroups.models.readings import Reading
from subgroups.series import Line, Series


def last_confirmed(line: Line) -> Line | None:
    """The line of the last period of which somebody has confirmed each figure, as it was then."""
    cells = [as_confirmed(cell) for cell in line.series.over_by(line.period.last_day)]
    while cells and not cells[-1].is_answered:
        cells.pop()
    if not cells:
        return None
    series = replace(line.series, cells=tuple(cells))
    return Line(before_changes(series) if line.measure.changed_on else series, cells[-1].period)


def as_confirmed(cell: Cell) -> Cell:
    """With what each figure replaces, until it is one that was confirmed."""
    if not cell.is_unconfirmed:
        return cell
    readings: dict[int | None, Reading] = {}
    for key, reading in cell.readings.items():
        if confirmed := reading.last_confirmed:
            readings[key] = confirmed
    # Of a register others may have lines, too; until somebody has confirmed one, none is asked of them.
    asked = cell.measure.agencies_on(cell.period.last_day) if cell.measure.by_agency else []
    agencies = [one for one in cell.agencies if one in asked or one.pk in readings]
    return replace(cell, agencies=agencies, readings=readings)


def before_changes(series: Series) -> Series:
    """These figures under what the measure said before its first change that waits to be confirmed.

    Its words, targets, due days, baselines and agencies of then. Some ten queries.
    """
    measure = series.measure
    if not (then := before_unconfirmed([measure]).get(measure.pk)):
        return series
    then.group = measure.group
    cells = [
        replace(
            cell,
            measure=then,
            agencies=then.agencies_on(cell.period.last_day) if then.by_agency else cell.agencies,
            readings={key: copied(one) for key, one in cell.readings.items()},
        )
        for cell in series.cells
        if then.period(cell.period.first_day)
    ]
    # A figure from a register is of the words of today.
    entered = [one for cell in cells for reading in cell.readings.values() for one in all_parts(reading)]
    if then.origin == Origin.ENTERED:
        attach_definitions({then: entered})
    targets, baselines = tuple(then.targets.all()), tuple(then.baselines.all())
    return Series(then, tuple(cells), targets, tuple(one for one in baselines if not one.taken_back))


def copied(reading: Reading) -> Reading:
    """A copy with what it corrects and is put together of: what is attached to it changes no other."""
    one = copy(reading)
    if one.corrects_id and reading.corrects:
        one.corrects = copied(reading.corrects)
    one.parts = tuple(copied(part) for part in reading.parts)
    return one


def all_parts(reading: Reading) -> list[Reading]:
    """It, what it is put together of, and what each of them corrects."""
    more = [*reading.parts, *([reading.corrects] if reading.corrects_id and reading.corrects else [])]
    return [reading, *(one for part in more for one in all_parts(part))]
