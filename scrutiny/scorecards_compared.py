"""Where the measures of scorecards stood at two moments, without what is small."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from gscp import clock
from gscp.record.looking_back import Past, looking_back
from scrutiny.comparison import entries_between
from subgroups.models import Reading
from subgroups.published import PublishedCell, all_published
from subgroups.scorecard import lines_of
from subgroups.series import Line


@dataclass(frozen=True)
class MeasureCompared:
    now: Line
    was: Line | None  # None where the measure had no period by then
    entered: int  # readings between the two moments
    corrected: int


def lines_at(past: Past) -> dict[int, Line]:
    """By measure, its last period that was over then."""
    with looking_back(past):
        of_groups = [lines_of(of_group, clock.today()) for of_group in all_published().values()]
    return {line.measure.pk: line for lines in of_groups for line in lines}


def measures_compared(before: Past, after: Past) -> list[MeasureCompared]:
    """The measures that stood elsewhere at the second moment, or had readings entered in between."""
    lines, earlier = lines_at(after), lines_at(before)
    of_readings = entries_between(before, after).filter(model=Reading._meta.label_lower, created=True)
    with looking_back(after):
        new = Reading.objects.filter(pk__in=list(of_readings.values_list("object_id", flat=True)))
        rows = list(new.values_list("measure", "corrects")) if lines else []
    entered = Counter(measure for measure, corrects in rows if corrects is None)
    corrected = Counter(measure for measure, corrects in rows if corrects is not None)
    compared = [
        MeasureCompared(line, earlier.get(pk), entered[pk], corrected[pk]) for pk, line in lines.items()
    ]
    changed = (one for one in compared if one.entered or one.corrected or one.was is None or differs(one))
    return [withheld(one) for one in changed]


def withheld(one: MeasureCompared) -> MeasureCompared:
    """Without figures where a small one is hidden in a period that changed: they would differ by it."""
    if one.was is None or one.was.period != one.now.period or not differs(one):
        return one
    lines = (one.was, one.now)
    if not any(isinstance(line.cell, PublishedCell) and line.cell.kept_back for line in lines):
        return one
    return replace(one, was=without_figures(one.was), now=without_figures(one.now))


def without_figures(line: Line) -> Line:
    cells = tuple(
        replace(cell, is_withheld=True) if isinstance(cell, PublishedCell) and cell == line.cell else cell
        for cell in line.series.cells
    )
    return replace(line, series=replace(line.series, cells=cells))


def differs(one: MeasureCompared) -> bool:
    lines = [line for line in (one.was, one.now) if line]
    return len({(line.standing, line.period, line.cell.in_words if line.cell else "") for line in lines}) > 1
