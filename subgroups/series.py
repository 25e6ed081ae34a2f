"""What the readings of a measure say over its periods, and in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from gscp import clock
from gscp.dates import day_in_words
from subgroups.cells import Cell, Fields
from subgroups.models.measure_parts import Baseline, Target
from subgroups.models.measures import Better, Measure, rounded
from subgroups.periods import Period
from subgroups.spc import FEWEST, Assurance, Limits, Signal, Stretch


class Standing(StrEnum):
    ON_TARGET = "On target"
    WITHIN_TOLERANCE = "Within tolerance"
    OFF_TARGET = "Off target"
    NO_TARGET = "No target"
    NO_FIGURE = "No figure"
    NOT_WHOLE = "Figures missing"  # of an agency, so that the total is held to nothing
    HIDDEN = "[c]"  # where it leaves the site: subgroups/published.py


@dataclass(frozen=True)
class Series(Fields):
    """A measure with its readings of all periods that are over, the first one first."""

    measure: Measure
    cells: tuple[Cell, ...]
    targets: tuple[Target, ...] = ()
    baselines: tuple[Baseline, ...] = ()

    @cached_property
    def by_first_day(self) -> dict[date, Cell]:
        return {cell.period.first_day: cell for cell in self.cells}

    def cell(self, period: Period) -> Cell | None:
        return self.by_first_day.get(period.first_day)

    def over_by(self, day: date) -> list[Cell]:
        """Those of the periods that were over on this day."""
        return [cell for cell in self.cells if cell.period.last_day <= day]

    def target(self, period: Period) -> int | None:
        """What it should come to in this period, in the smallest unit."""
        set_by_then = [one.value for one in self.targets if one.period <= period.first_day]
        return set_by_then[-1] if set_by_then else None

    def standing(self, cell: Cell) -> Standing:
        if cell.value is None:
            return Standing.NO_FIGURE
        if not cell.is_whole:
            return Standing.NOT_WHOLE
        target, better = self.target(cell.period), self.measure.better
        if target is None or better == Better.NEITHER:
            return Standing.NO_TARGET
        short = target - cell.value if better == Better.UP else cell.value - target
        if short <= 0:
            return Standing.ON_TARGET
        tolerance = self.measure.tolerance_of(cell.period)
        return Standing.WITHIN_TOLERANCE if short <= tolerance else Standing.OFF_TARGET

    def last_line(self, day: date) -> Line | None:
        """That of the last period that was over on this day; None if none was.

        One of which somebody has still to say something, and that is not due yet, waits: the one before it
        is shown.
        """
        today = clock.today()
        over = self.over_by(day)
        come = [cell for cell in over if cell.is_answered or self.measure.due_on(cell.period) < today]
        if not over:
            return None
        shown = (come or over)[-1]
        return Line(self, shown.period, None if shown is over[-1] else over[-1].period)

    @cached_property
    def whole_cells(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_whole]

    @cached_property
    def firsts_of_stretches(self) -> list[date]:
        """The first days of the periods from which limits are worked out anew.

        Each new baseline is one, and so is a figure taken under another definition than the one before it.
        """
        pairs = pairwise(self.whole_cells)
        redefined = (now.period.first_day for before, now in pairs if now.definitions != before.definitions)
        return sorted({date.min, *(baseline.period for baseline in self.baselines), *redefined})

    @property
    def is_redefined(self) -> bool:
        """Whether the last stretch begins with a new definition."""
        return self.firsts_of_stretches[-1] not in {date.min, *(one.period for one in self.baselines)}

    @cached_property
    def stretches(self) -> list[tuple[list[Cell], Stretch]]:
        """The cells with a whole figure between two days of firsts_of_stretches, and their points."""
        parts = [
            [cell for cell in self.whole_cells if begun <= cell.period.first_day < ended]
            for begun, ended in pairwise([*self.firsts_of_stretches, date.max])
        ]
        return [(part, Stretch(tuple(cell.value or Fraction(0) for cell in part))) for part in parts if part]

    def stretch_of(self, period: Period) -> tuple[list[Cell], Stretch] | None:
        """That in which this period lies; None where it has no whole figure yet."""
        first_day = period.first_day
        begun = max(one for one in self.firsts_of_stretches if one <= first_day)
        found = [one for one in self.stretches if begun <= one[0][0].period.first_day <= first_day]
        return found[-1] if found else None

    def limits_of(self, period: Period) -> Limits | None:
        stretch = self.stretch_of(period)
        return stretch[1].limits if stretch else None

    @property
    def limits(self) -> Limits | None:
        """Those of today: of the last stretch, once it has enough points."""
        return self.limits_of(self.cells[-1].period) if self.cells else None

    @property
    def points_to_come(self) -> int:
        """How many readings are missing until there are limits."""
        stretch = self.stretch_of(self.cells[-1].period) if self.cells else None
        return max(0, FEWEST - (len(stretch[0]) if stretch else 0))

    @cached_property
    def signals(self) -> dict[date, Signal]:
        """By the first day of its period, the signal that a point shows."""
        better = self.measure.better
        return {
            cell.period.first_day: signal
            for cells, stretch in self.stretches
            for cell, signal in zip(cells, stretch.shown(better), strict=True)
            if signal
        }


@dataclass(frozen=True)
class Line:
    """A measure on the scorecard of a period."""

    series: Series
    period: Period
    awaited: Period | None = None  # a later one that is over, whose figures are not due yet

    @property
    def awaited_in_words(self) -> str:
        """“March 2022 is due by 14 April 2022”; "" where none is awaited."""
        return f"{self.awaited} is due by {day_in_words(self.awaited_due)}" if self.awaited_due else ""

    @property
    def awaited_due(self) -> date | None:
        return self.measure.due_on(self.awaited) if self.awaited else None

    @property
    def measure(self) -> Measure:
        return self.series.measure

    @cached_property
    def cell(self) -> Cell | None:
        return self.series.cell(self.period)

    @cached_property
    def before(self) -> Cell | None:
        return self.series.cell(self.period.before())

    @cached_property
    def year_before(self) -> Cell | None:
        return self.series.cell(self.period.a_year_before)

    @property
    def standing(self) -> Standing:
        return self.series.standing(self.cell) if self.cell else Standing.NO_FIGURE

    @property
    def change(self) -> Fraction | None:
        """Since the period before, in the smallest unit; None where there is nothing to compare with."""
        if not self.before or not self.cell or self.before.value is None or self.cell.value is None:
            return None
        return None if self.not_compared else self.cell.value - self.before.value

    @property
    def not_compared(self) -> str:
        """Why two figures are not held against each other; "" where they are, or there are no two."""
        before, now = self.before, self.cell
        if not before or not now or before.value is None or now.value is None:
            return ""
        if any(baseline.period == self.period.first_day for baseline in self.series.baselines):
            return "Not compared: a new baseline begins"
        if not (before.is_whole and now.is_whole):
            return "Not compared: a figure is missing"
        if before.definitions != now.definitions:
            return "Not compared: it was defined otherwise before"
        day = now.period.last_day
        counted = [
            {one.successor_on(day).pk for one in cell.agencies if one not in cell.not_applicable}
            for cell in (before, now)
        ]
        return "" if counted[0] == counted[1] else "Not compared: other agencies than before"

    @property
    def definition_in_words(self) -> str:
        """What counted was said to be when its figure was taken; "" if that is as today."""
        earlier = self.cell.earlier_definitions if self.cell else []
        said = "; ".join(f"{name}: {was}" for one in earlier for name, was in one.differs if was)
        partly = " in part" if self.cell and None in self.cell.definitions else ""
        return f"Taken{partly} under an earlier definition. {said}" if earlier else ""

    @property
    def got_worse(self) -> bool:
        """Whether it is worse than in the period before by more than the tolerance."""
        change, tolerance = self.change, self.measure.tolerance_of(self.period)
        return change is not None and self.is_bad(change) and abs(change) > tolerance

    def is_bad(self, change: Fraction) -> bool:
        return (
            change < 0
            if self.measure.better == Better.UP
            else (change > 0 if self.measure.better == Better.DOWN else False)
        )

    @property
    def direction(self) -> str:
        """“Up by 2.5 percentage points: better”; "" where there is nothing to compare with."""
        if self.change is None:
            return self.not_compared
        if not rounded(self.change):
            return "About the same as before" if self.change else "The same as before"
        way = "Up" if self.change > 0 else "Down"
        judged = (
            ""
            if self.measure.better == Better.NEITHER
            else (": worse" if self.is_bad(self.change) else ": better")
        )
        return f"{way} by {self.measure.difference_in_words(abs(self.change))}{judged}"

    @property
    def signal_is_bad(self) -> bool:
        better = self.measure.better
        return self.signal is not None and not self.signal.is_better(better)

    @property
    def needs_a_word(self) -> bool:
        """Whether it is off target, got worse, shows a signal that is not good, or a figure is overdue."""
        is_due = self.measure.due_on(self.period) < clock.today()
        is_overdue = is_due and (self.cell is None or not self.cell.is_supplied)
        is_off = self.standing == Standing.OFF_TARGET or is_overdue
        return is_off or self.signal_is_bad or (self.got_worse and self.limits is None)

    @property
    def said(self) -> list[str]:
        """What those who entered the figures say of them, each once."""
        readings = self.cell.readings.values() if self.cell else ()
        return list(dict.fromkeys(reading.commentary for reading in readings if reading.commentary))

    @property
    def target_in_words(self) -> str:
        target = self.series.target(self.period)
        return "" if target is None else self.measure.in_words(target)

    @property
    def tolerance_in_words(self) -> str:
        return self.measure.difference_in_words(self.measure.tolerance_of(self.period))

    @property
    def assurance_in_words(self) -> str:
        """“If nothing changes, it will miss its target.”; "" where nothing can be said of it.

        The limits foretell nothing of work that has changed since.
        """
        if self.assurance and self.signal:
            return "It is not as usual now, so the limits do not say whether it will meet its target."
        return f"If nothing changes, it {self.assurance} its target." if self.assurance else ""

    @property
    def signal(self) -> Signal | None:
        return self.series.signals.get(self.period.first_day)

    @property
    def limits(self) -> Limits | None:
        return self.series.limits_of(self.period)

    @property
    def without_variation_in_words(self) -> str:
        """Where the limits are the mean, and so no sign of anything; else ""."""
        if not self.limits or not self.limits.without_variation:
            return ""
        target = f" The target is {self.target_in_words}." if self.target_in_words else ""
        same = self.measure.in_words(self.limits.mean)
        return f"The limits come from figures that do not differ: {same}.{target}"

    @property
    def assurance(self) -> Assurance | None:
        limits, target = self.limits, self.series.target(self.period)
        if limits is None or target is None:
            return None
        return limits.assurance(Fraction(target), self.measure.better)
