"""The scorecards of groups: of each measure its series, and of a period its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch

from gscp import clock
from gscp.facts import fact_of
from subgroups.cells import Cell
from subgroups.definitions import attach_definitions
from subgroups.models.groups import Group, groups_by_key
from subgroups.models.measure_parts import Baseline, MeasureAgency, Target
from subgroups.models.measures import Measure, Origin
from subgroups.models.partners import Partner, partners_by_key
from subgroups.models.posts import Post
from subgroups.models.readings import Reading
from subgroups.models.registers import (
    Audit,
    AuditResult,
    Escalations,
    TrainingCheck,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.series import Line, Series
from subgroups.successions import as_of_successors
from subgroups.worked_out import readings_of


@dataclass(frozen=True)
class Scorecard:
    """The measures of a group, for the permissions that are asked about them."""

    group: Group
    series: tuple[Series, ...]

    @property
    def lead_posts(self) -> list[Post]:
        return [post for one in self.series for post in one.measure.lead_posts]


def scorecard_of(group: Group) -> Scorecard:
    return Scorecard(group, all_series().get(group.pk, ()))


def lines_of(series: Sequence[Series], month: date) -> list[Line]:
    """Of each measure the last period that was over on this day, the last one of a month.

    A measure that has ended is left out once the period after its last is over, too.
    """
    lines = (one.last_line(month) for one in series if not one.measure.has_ended_by(month))
    return [line for line in lines if line]


def series_of_measure(measure: Measure) -> Series:
    of_group = all_series().get(measure.group_id, ())
    return next((one for one in of_group if one.measure.pk == measure.pk), Series(measure, ()))


OF_MEASURES = (Measure, MeasureAgency, Target, Baseline, Reading)
OF_REGISTERS = (Audit, AuditResult, TrainingEvent, TrainingPlaces, TrainingCheck, Escalations)
RECORDS = tuple(model._meta.label_lower for model in (*OF_MEASURES, *OF_REGISTERS))
# What series are read from: of agencies and of who supplies figures the names, of baselines the meetings.
MODELS = (*RECORDS, "subgroups.partner", "subgroups.post", "subgroups.meeting")


@fact_of(*MODELS, "subgroups.group")
def all_series() -> dict[int, tuple[Series, ...]]:
    """By group, its measures that have begun, in their order. Six queries, however many readings."""
    today = clock.today()
    measures = Measure.objects.filter(first_day__lte=today).select_related("supplied_by")
    agencies = Prefetch("agencies", MeasureAgency.objects.select_related("partner__succeeded_by"))
    baselines = Prefetch("baselines", Baseline.objects.standing().select_related("meeting__group", "change"))
    readings: dict[int, dict[date, dict[int | None, Reading]]] = defaultdict(lambda: defaultdict(dict))
    for reading in standing_readings():
        readings[reading.measure_id][reading.period][reading.partner_id] = reading
    series = defaultdict(list)
    listed = list(measures.prefetch_related(agencies, "targets", baselines))
    entered = {one: readings[one.pk] for one in listed if one.origin == Origin.ENTERED}
    attach_definitions({one: list(with_replaced(some)) for one, some in entered.items()})
    for measure in listed:
        measure.group = groups_by_key()[measure.group_id]
        of_measure = entered[measure] if measure in entered else readings_of(measure)
        series[measure.group_id].append(series_of(measure, of_measure, today))
    return {group: tuple(of_group) for group, of_group in series.items()}


def standing_readings() -> list[Reading]:
    """Those that no correction replaces, in their order, each with what it replaces at hand."""
    all_readings = {reading.pk: reading for reading in Reading.objects.order_by("pk")}
    replaced = {reading.corrects_id for reading in all_readings.values()}
    for reading in all_readings.values():
        if reading.corrects_id:
            reading.corrects = all_readings[reading.corrects_id]
    return [reading for reading in all_readings.values() if reading.pk not in replaced]


def with_replaced(readings: dict[date, dict[int | None, Reading]]) -> Iterator[Reading]:
    for of_period in readings.values():
        for standing in of_period.values():
            one: Reading | None = standing
            while one:
                yield one
                one = one.corrects


def series_of(measure: Measure, readings: dict[date, dict[int | None, Reading]], today: date) -> Series:
    last = measure.last_ended_period(today)
    periods = list(measure.first_period.until(last)) if last else []
    partners: dict[Any, Partner] = partners_by_key() if measure.by_agency else {}
    cells = []
    for period in periods:
        of_period = readings.get(period.first_day, {})
        for reading in with_replaced({period.first_day: of_period}):
            reading.measure = measure
        agencies = measure.agencies_on(period.last_day) if measure.by_agency else []
        by_agency = as_of_successors(of_period, period.last_day, partners)
        if measure.origin != Origin.ENTERED:  # the register may have lines of others, which are in the total
            agencies += [partners[key] for key in by_agency if key and partners[key] not in agencies]
        cells.append(Cell(measure, period, agencies, by_agency))
    return Series(measure, tuple(cells), tuple(measure.targets.all()), tuple(measure.baselines.all()))
