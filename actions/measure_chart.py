"""The chart of a measure: its readings over time, with limits where there are enough of them.

Places are in hundredths of its width and height, so that it fills the room there is. Its words are those of
the table beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count, groupby, pairwise
from typing import NamedTuple

from actions.measure_notes import Note, notes_of
from gscp import clock
from gscp.dates import day_in_words
from subgroups.cells import Cell
from subgroups.models import Better, Measure
from subgroups.models.measures import TENTHS, rounded
from subgroups.periods import Frequency, Period
from subgroups.series import Series
from subgroups.spc import FEWEST, Limits, Rule, Side, Signal

AcrossAt = Callable[[Cell], str]
HeightAt = Callable[[Fraction | int], str]
ROOM = Fraction(1, 10)  # left free above and below
NARROWEST = 160  # pixels of a chart: where numbers of notes would overlap, they stand one above the other
DIGIT, BETWEEN, LANE = 8, 6, 15  # pixels of a figure, between two numbers, and from one lane to the next
A_YEAR = 12  # months

RULES: dict[tuple[Rule, Side], str] = {
    (Rule.LIMIT, Side.HIGH): "above the upper limit",
    (Rule.LIMIT, Side.LOW): "below the lower limit",
    (Rule.TREND, Side.HIGH): "one of seven or more that rise one after the other",
    (Rule.TREND, Side.LOW): "one of seven or more that fall one after the other",
    (Rule.TWO_OF_THREE, Side.HIGH): "one of two in three that are close to the upper limit",
    (Rule.TWO_OF_THREE, Side.LOW): "one of two in three that are close to the lower limit",
    (Rule.SHIFT, Side.HIGH): "one of seven or more in a row above the mean",
    (Rule.SHIFT, Side.LOW): "one of seven or more in a row below the mean",
}


class Point(NamedTuple):
    x: str
    y: str
    kind: str  # ordinary, better, worse, neither, part
    words: str


class Level(NamedTuple):
    """A line that goes across a part of the chart."""

    kind: str  # mean, limit, target
    x1: str
    x2: str
    y1: str
    y2: str


class Mark(NamedTuple):
    """The notes of one period: a line with their numbers above it."""

    x: str
    up: int  # in pixels, from the top of the chart
    kind: str  # note, baseline
    numbers: str  # 2–4
    words: str


@dataclass(frozen=True)
class Chart:
    series: Series
    points: tuple[Point, ...]
    path: str  # of the line through them, in a picture of 100 by 100
    levels: tuple[Level, ...]
    notes: tuple[Note, ...]
    marks: tuple[Mark, ...]
    top: str
    bottom: str
    first: str
    last: str
    told: str  # what it shows, and of which figures it shows none

    @property
    def above(self) -> int:
        """The pixels that the numbers of its notes take above it."""
        return max((mark.up + LANE for mark in self.marks), default=0)


def hundredths(share: Fraction) -> str:
    return f"{float(100 * share):.2f}%"


def in_picture(text: str) -> str:
    return text.removesuffix("%")


def kind_of(series: Series, signal: Signal | None) -> str:
    if signal is None:
        return "ordinary"
    if series.measure.better == Better.NEITHER:
        return "neither"
    return "better" if signal.is_better(series.measure.better) else "worse"


def signal_in_words(series: Series, signal: Signal | None) -> str:
    """“better than usual: above the upper limit”; "" for an ordinary point."""
    if signal is None:
        return ""
    kind = kind_of(series, signal)
    said = "different from usual" if kind == "neither" else f"{kind} than usual"
    return f"{said}: {RULES[signal.rule, signal.side]}"


def words_of(series: Series, cell: Cell) -> str:
    parts = [f"{cell.period}: {cell.in_words}", cell.counts_in_words]
    if cell.missing:
        parts.append("without " + ", ".join(str(agency) for agency in cell.missing))
    parts.append(signal_in_words(series, series.signals.get(cell.period.first_day)))
    return ", ".join(part for part in parts if part)


def chart_of(series: Series) -> Chart | None:
    """None where there is no figure yet."""
    shown = [cell for cell in series.cells if cell.value is not None]
    if not shown:
        return None
    periods = [*(cell.period for cell in series.cells), *ahead_of(series)]
    targets = [series.target(period) for period in periods]
    values = [cell.value for cell in shown if cell.value is not None]
    values += [Fraction(target) for target in targets if target is not None]
    for _, stretch in series.stretches:
        if stretch.limits:
            values += [stretch.limits.upper, stretch.limits.lower]
    low, high = min(values), max(values)
    span = (high - low) or Fraction(1)
    # No figure is below 0 and no share above 100%, but a limit may be.
    low, high = max(low - span * ROOM, min(low, Fraction(0))), high + span * ROOM
    if series.measure.is_share:
        high = min(high, max(max(values), Fraction(TENTHS)))
    places = {period: place for place, period in enumerate(periods)}
    across = max(len(periods) - 1, 1)

    def share(period: Period) -> Fraction:
        return Fraction(places[period], across)

    def x(cell: Cell) -> str:
        return hundredths(share(cell.period))

    def y(value: Fraction | int) -> str:
        return hundredths((high - Fraction(value)) / (high - low))

    notes = notes_of(series)
    points = []
    for cell in shown:
        signal = series.signals.get(cell.period.first_day)
        kind = "part" if cell.missing else kind_of(series, signal)
        points.append(Point(x(cell), y(cell.value or 0), kind, words_of(series, cell)))
    return Chart(
        series=series,
        points=tuple(points),
        path=" ".join(f"{in_picture(point.x)},{in_picture(point.y)}" for point in points),
        levels=(*levels_of(series, x, y), *target_levels(periods, targets, share, y)),
        notes=notes,
        marks=tuple(marks_of(notes, share)),
        top=series.measure.in_words(high),
        bottom=series.measure.in_words(low),
        first=str(series.cells[0].period),
        told=". ".join([*figures_in_words(series), *levels_in_words(series)]),
        last=str(periods[-1]),
    )


def figures_in_words(series: Series) -> list[str]:
    return [words_of(series, cell) for cell in series.cells if cell.value is not None or cell.is_hidden]


def levels_in_words(series: Series) -> Iterable[str]:
    """Of each stretch its limits and mean: “Usual from April 2020: 56.2% to 71.0%, mean 63.5%”."""
    for cells, stretch in series.stretches:
        if said := usual_in_words(series, stretch.limits):
            yield f"Usual from {cells[0].period}: {said}"


def usual_in_words(series: Series, limits: Limits | None) -> str:
    """“56.2% to 71.0%, mean 63.5%”; "" without limits, and where they are the mean."""
    if limits is None or limits.without_variation:
        return ""
    measure = series.measure
    lower, upper, mean = (level_in_words(measure, one) for one in (limits.lower, limits.upper, limits.mean))
    unit = f" {measure.unit}" if measure.unit and not measure.is_share else ""
    return f"{lower} to {upper}{unit}, mean {mean}"


def level_in_words(measure: Measure, level: Fraction) -> str:
    """A count with one decimal, as it lies between two whole ones."""
    return measure.in_words(level) if measure.is_share else f"{Decimal(rounded(10 * level)) / 10:,}"


def levels_of(series: Series, x: AcrossAt, y: HeightAt) -> Iterable[Level]:
    for cells, stretch in series.stretches:
        first, last = x(cells[0]), x(cells[-1])
        if limits := stretch.limits:
            yield Level("mean", first, last, y(limits.mean), y(limits.mean))
            for limit in (limits.upper, limits.lower):
                yield Level("limit", first, last, y(limit), y(limit))


def ahead_of(series: Series) -> list[Period]:
    """The period of a measure that is not over, and those up to its last target, for a year at most."""
    measure, last = series.measure, series.cells[-1].period
    until = max([clock.today(), *(target.period for target in series.targets)])
    coming = map(last.after, range(1, A_YEAR // Frequency(measure.frequency).months + 1))
    return [one for one in coming if one.first_day <= until and measure.period(one.first_day)]


def target_levels(
    periods: Sequence[Period],
    targets: Sequence[int | None],
    share: Callable[[Period], Fraction],
    y: HeightAt,
) -> Iterable[Level]:
    """That of each period around its own figure, half the way to the period before and to the next one."""
    middles = ((share(before) + share(after)) / 2 for before, after in pairwise(periods))
    ends = [share(periods[0]), *middles, share(periods[-1])]
    for (begins, until), target in zip(pairwise(ends), targets, strict=True):
        if target is not None and begins < until:
            yield Level("target", hundredths(begins), hundredths(until), y(target), y(target))


def marks_of(notes: Iterable[Note], share: Callable[[Period], Fraction]) -> Iterable[Mark]:
    """The notes of each period together, their numbers above those before them that they would overlap."""
    ends: dict[int, Fraction] = {}  # of each lane, the lowest is 0
    for period, of_period in groupby(notes, lambda note: note.period):
        together = list(of_period)
        first, last = together[0].number, together[-1].number
        numbers = f"{first}" if first == last else f"{first}–{last}"
        centre, width = NARROWEST * share(period), DIGIT * len(numbers) + BETWEEN
        lane = next(lane for lane in count() if lane not in ends or ends[lane] <= centre - width // 2)
        ends[lane] = centre + width // 2
        kind = "baseline" if any(note.event.is_baseline for note in together) else "note"
        words = " ".join(f"{day_in_words(note.event.day)}: {note.event.words}" for note in together)
        yield Mark(hundredths(share(period)), lane * LANE, kind, numbers, words)


def why_no_limits(series: Series) -> str:
    """“Limits need 13 readings. There are 8.”; "" where there are limits."""
    if series.limits:
        return ""
    if any(cell.is_hidden for cell in series.cells):
        return "Limits are not shown: a hidden figure could be worked out from them."
    had = FEWEST - series.points_to_come
    if had == 0:
        return f"Limits are worked out from {FEWEST} readings on. There is none yet."
    are = "is 1" if had == 1 else f"are {had}"
    are += " under this definition" if series.is_redefined else ""
    return f"Limits are worked out from {FEWEST} readings on. There {are}."
