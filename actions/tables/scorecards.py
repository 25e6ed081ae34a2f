"""A scorecard as a file: a row for each measure and each of its agencies, with letters for what is hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from actions.tables.writing import Column, Table, Value, lines
from gscp.words import lower_first
from subgroups.cells import Cell
from subgroups.models.groups import groups_by_key
from subgroups.published import MEANINGS, PublishedCell, PublishedSeries
from subgroups.scorecard import lines_of
from subgroups.series import Line

ALL_AGENCIES = "All"


@dataclass(frozen=True)
class Row:
    """What a line says of all agencies, or of one; of a letter what it means."""

    group: str
    measure: str
    period: str = ""
    agency: str = ""
    figure: str = ""
    number: Value = ""
    whole: Value = ""
    counted: str = ""
    before: str = ""
    year_before: str = ""
    direction: str = ""
    target: str = ""
    standing: str = ""
    missing: str = ""
    confirmed: str = ""
    said: str = ""


COLUMNS = [
    Column("Group", attrgetter("group"), 28),
    Column("Measure", attrgetter("measure"), 50),
    Column("Period", attrgetter("period"), 24),
    Column("Agency", attrgetter("agency"), 28),
    Column("Figure", attrgetter("figure"), 16),
    Column("Count", attrgetter("number"), 10),
    Column("Out Of", attrgetter("whole"), 10),
    Column("What Is Counted", attrgetter("counted"), 28),
    Column("Period Before", attrgetter("before"), 16),
    Column("A Year Before", attrgetter("year_before"), 16),
    Column("Since the Period Before", attrgetter("direction"), 28),
    Column("Target", attrgetter("target"), 16),
    Column("Standing", attrgetter("standing"), 18),
    Column("Without", attrgetter("missing"), 28),
    Column("Confirmed", attrgetter("confirmed"), 12),
    Column("What Is Said of It", attrgetter("said"), 50),
]


def table(name: str, title: str, series: Sequence[PublishedSeries], month: date, notes: list[str]) -> Table:
    return Table(name, title, COLUMNS, [*rows_of(lines_of(series, month)), *what_letters_mean()], notes)


def what_letters_mean() -> Iterator[Row]:
    for letter, meaning in MEANINGS.items():
        yield Row(letter, meaning)


def confirmed_in_words(cell: Cell) -> str:
    """Of its figures and of what its measure says."""
    if not cell.with_figures:
        return ""
    return "Not yet" if cell.is_unconfirmed or cell.measure.is_unconfirmed else "Yes"


def as_taken(cell: Cell) -> tuple[str, str]:
    """What was counted, and out of what, when the figure was taken."""
    measure, earlier = cell.measure, None
    if None not in cell.definitions and len(cell.earlier_definitions) == 1:
        [earlier] = cell.earlier_definitions
    now = (("numerator", measure.numerator), ("denominator", measure.denominator))
    return tuple(earlier.said(*one) if earlier else one[1] for one in now)  # type: ignore[return-value]  # of two


def rows_of(lines_: Iterable[Line]) -> Iterator[Row]:
    for line in lines_:
        cell, measure = line.cell, line.measure
        if not isinstance(cell, PublishedCell):
            continue
        count, whole = cell.figures(cell.key)
        of_line = Row(str(groups_by_key()[measure.group_id]), str(measure), str(line.period))
        numerator, denominator = as_taken(cell)
        out_of = f" out of {lower_first(denominator)}" if measure.is_share else ""
        yield replace(
            of_line,
            agency=ALL_AGENCIES if cell.agencies else "",
            figure=cell.in_words,
            number=count,
            whole=whole,
            counted=f"{numerator}{out_of}",
            before=line.before.in_words if line.before else "",
            year_before=line.year_before.in_words if line.year_before else "",
            direction=line.direction,
            target=line.target_in_words,
            standing=line.standing.value,
            confirmed=confirmed_in_words(cell),
            missing=", ".join(map(str, cell.missing)) if cell.with_figures else "",
            said=lines(line.said),
        )
        for agency in cell.agencies:
            count, whole = cell.figures(agency.pk)
            of_agency = replace(of_line, agency=str(agency), number=count, whole=whole)
            yield replace(of_agency, figure=cell.agency_in_words(agency))
