"""Readings that nobody types: they are worked out from what groups keep a register of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from gscp import clock
from gscp.record import history_of, number_of
from subgroups.measure_changes import before_unconfirmed
from subgroups.models.measure_parts import MeasureAgency
from subgroups.models.measures import Measure, Origin
from subgroups.models.partners import partners_by_key
from subgroups.models.readings import Answer, Reading
from subgroups.models.registers import Audit, Escalations, TrainingEvent, WithNumbers
from subgroups.periods import Period
from subgroups.register_numbers import OF_AGENCIES, since_confirmed

Key = tuple[Period, int | None]  # of a reading: period and agency
Readings = dict[date, dict[int | None, Reading]]  # by the first day of the period, and by agency
# Of a line of a register the day that it belongs to, its agency, the count with its whole. One of the two is
# None where there is no number yet, or it was taken out of the record.
Numbers = tuple[date, int | None, int | None, int | None]


@dataclass(frozen=True)
class Counted:
    """Numbers that count in what the register says now, in what was confirmed of it, or in both."""

    day: date
    agency: int | None
    count: int | None = None
    whole: int | None = None
    is_now: bool = True
    is_confirmed: bool = True

    @property
    def waits(self) -> bool:
        """Whether somebody has to confirm what it says, or says no more."""
        return not (self.is_now and self.is_confirmed)


# Each takes a line of a register and its rows, as they are or as the history has them.


def of_audit(audit: Any, results: Iterable[Any]) -> Iterator[Numbers]:
    """Decisions that were right, of all that were looked at, by the day on which the audit was done."""
    for result in results if audit.done_on else ():
        right, wrong = number_of(result.right), number_of(result.wrong)
        whole = None if right is None or wrong is None else right + wrong
        yield audit.done_on, result.partner_id, right, whole


def of_access(event: Any, places: Iterable[Any]) -> Iterator[Numbers]:
    """Places that were attended, of those offered."""
    for row in places:
        yield event.held_on, row.partner_id, number_of(row.attended), number_of(row.offered)


def of_impact(event: Any, places: Iterable[Any]) -> Iterator[Numbers]:
    """Who could show impact, of those asked, by the day of the training."""
    yield event.held_on, None, number_of(event.impact_shown), number_of(event.impact_asked)


def of_escalations(line: Any, none: Iterable[Any]) -> Iterator[Numbers]:
    # 0 is of a line that was recorded by mistake, once somebody else has confirmed that.
    if line.count != "0" or line.confirmed_by_id is None:
        yield line.month, line.raised_by_id, number_of(line.count), 0


# By origin the lines whose day says in which period they count, and their numbers.
COUNTED: dict[str, tuple[type[WithNumbers], Callable[[Any, Iterable[Any]], Iterator[Numbers]]]] = {
    Origin.AUDITS: (Audit, of_audit),
    Origin.ACCESS: (TrainingEvent, of_access),
    Origin.IMPACT: (TrainingEvent, of_impact),
    Origin.ESCALATIONS: (Escalations, of_escalations),
}
LINES = {origin: model for origin, (model, _) in COUNTED.items()}
# Where not all that is typed into a line counts, what does.
COLUMNS_OF = {
    Origin.ACCESS: {"held_on", "offered", "booked", "attended"},
    Origin.IMPACT: {"held_on", "impact_on", "impact_asked", "impact_shown"},
}


def of_register(measure: Measure) -> Iterator[Counted]:
    """The lines as they are, and those that wait to be confirmed also as they stood when they last were.

    What one person typed takes nothing away of what was confirmed: a new line does not count in it, one that
    was moved counts where it was.
    """
    model, numbers = COUNTED[measure.origin]
    name, columns = OF_AGENCIES.get(model), COLUMNS_OF.get(Origin(measure.origin))
    lines = model._default_manager.filter(group=measure.group_id)
    if name:
        lines = lines.prefetch_related(name)
    waiting = since_confirmed(model, [line for line in lines if line.confirmed_by_id is None])
    for line in lines:
        since, rows = waiting.get(line.pk), list(getattr(line, name).all()) if name else []
        waits = bool(since and (columns is None or since.columns & columns or since.days_left))
        for one in numbers(line, rows):
            yield Counted(*one, is_confirmed=not waits)
        if since is None or not waits:
            continue
        if since.confirmed:
            for one in numbers(since.confirmed, since.confirmed_rows):
                yield Counted(*one, is_now=False)
        agencies = [line.raised_by_id] if isinstance(line, Escalations) else [row.partner_id for row in rows]
        for day in since.days_left if line.has_numbers else ():
            for agency in agencies if measure.by_agency else [None]:
                yield Counted(day, agency, is_now=False, is_confirmed=False)


def of_supplied(measure: Measure) -> Iterator[Counted]:
    """Figures of agencies that came by the day on which they were due, of all that were, in all groups.

    Where a measure was changed, and nobody has confirmed it, what it asked for before is what was confirmed.
    """
    entered = Measure.objects.filter(origin=Origin.ENTERED, by_agency=True)
    agencies = MeasureAgency.objects.select_related("partner__succeeded_by")
    measures = list(entered.prefetch_related(Prefetch("agencies", agencies), "targets"))
    came = days_entered([one.pk for one in measures])
    before = before_unconfirmed([one for one in measures if one.changed_on])
    for one in measures:
        now = list(of_measure_supplied(measure, one, came))
        then = list(of_measure_supplied(measure, before[one.pk], came)) if one.pk in before else now
        yield from (counted for counted in now if counted in then)
        yield from (replace(counted, is_confirmed=False) for counted in now if counted not in then)
        yield from (replace(counted, is_now=False) for counted in then if counted not in now)


def of_measure_supplied(measure: Measure, one: Measure, came: Came) -> Iterator[Counted]:
    """What of it counts in `measure`; `came` has what days_entered() returns."""
    partners, today = partners_by_key(), clock.today()
    last = one.last_ended_period(today)
    first = max(one.first_period, Period.holding(measure.first_day, one.frequency))
    for period in first.until(last) if last else ():
        if one.added_on and period.last_day < one.added_on:
            continue  # nobody was asked for it then
        due = one.due_on(period)
        entered_on = came.get((one.pk, period.first_day), {}).items()
        days = {partners[key].successor_on(period.last_day).pk: said for key, said in entered_on}
        for agency in one.agencies_on(period.last_day):
            on, is_confirmed = days.get(agency.pk, (None, True))
            if due < today:
                in_time = int(on is not None and on <= due)
                yield Counted(period.last_day, agency.pk, in_time, 1, is_confirmed=is_confirmed)
            elif measure.due_on(Period.holding(period.last_day, measure.frequency)) >= today:
                yield Counted(period.last_day, agency.pk, None, 1)  # a figure of this period may still come


# By measure and first day of the period: when the figure of each agency came, and if it is confirmed.
Came = dict[tuple[int, date], dict[int, tuple[date, bool]]]


def days_entered(measures: list[int]) -> Came:
    """An answer that it has none keeps no place for a figure.

    Nor does one that nobody confirmed before it was corrected. Else a correction is as old as that.
    """
    answers = Reading.objects.filter(measure__in=measures).exclude(partner=None)
    readings = {one.pk: one for one in answers.order_by("pk")}
    rows = history_of(Reading)._base_manager.filter(measure__in=measures, history_type="+").order_by()
    entered = dict(rows.values_list("id", "change__clock"))
    replaced = {one.corrects_id for one in readings.values()}
    found: dict[tuple[int, date], dict[int, tuple[date, bool]]] = defaultdict(dict)
    for standing in readings.values():
        if standing.pk in replaced or standing.answer == Answer.NOT_SUPPLIED:
            continue
        first = one = standing
        while one.corrects_id:
            one = readings[one.corrects_id]
            if one.answer != standing.answer:
                break
            first = one if one.confirmed_by_id else first
        said = timezone.localdate(entered[first.pk]), standing.confirmed_by_id is not None
        found[standing.measure_id, standing.period][standing.partner_id] = said  # type: ignore[index]  # not None
    return found


def readings_of(measure: Measure) -> Readings:
    """Of a measure that is worked out, a reading for each period and agency that the register has numbers of.

    There is none where a number is missing in one of the lines: a total without it would look whole. So the
    agency is missing in the total, and where agencies have no figure of their own the period has none.

    A line counts for the partner that is in the place of its agency on the last day of the period, as the
    scorecard asks for it.

    A number, unlike a share, is 0 where the register has no line (noughts()).

    Where a line waits to be confirmed, what was confirmed stands beside what the register says now, or where
    that comes to nothing.
    """
    partners = partners_by_key() if measure.by_agency else {}
    zero = list(noughts(measure))
    lines: dict[Key, list[Counted]] = {key: [] for key in zero}
    for one in of_supplied(measure) if measure.origin == Origin.SUPPLIED else of_register(measure):
        period = Period.holding(one.day, measure.frequency)
        of_agency = partners[one.agency].successor_on(period.last_day).pk if one.agency in partners else None
        lines.setdefault((period, of_agency), []).append(one)
    readings: Readings = defaultdict(dict)
    for key, counted in lines.items():
        now = [one for one in counted if one.is_now]
        reading = sum_of(measure, key, now) if now or key in zero else None
        waits = any(one.waits for one in counted)
        confirmed = None
        if waits:
            of_then = [one for one in counted if one.is_confirmed]
            confirmed = sum_of(measure, key, of_then) if of_then or key in zero else None
            if reading is None and (confirmed or not now):
                reading = reading_of(measure, key, answer=Answer.NOT_SUPPLIED)
        if reading:
            reading.has_unconfirmed_lines, reading.of_confirmed_lines = waits, confirmed
            period, of_agency = key
            readings[period.first_day][of_agency] = reading
    return readings


def reading_of(measure: Measure, key: Key, **said: str) -> Reading:
    period, agency = key
    return Reading(measure=measure, partner_id=agency, period=period.first_day, **said)


def sum_of(measure: Measure, key: Key, counted: Sequence[Counted]) -> Reading | None:
    """Of lines of a register; None where one of them lacks a number."""
    wholes = [one.whole if measure.is_share else 0 for one in counted]
    known = [
        (one.count, whole)
        for one, whole in zip(counted, wholes, strict=True)
        if one.count is not None and whole is not None
    ]
    if len(known) < len(counted):
        return None
    count, whole = sum(count for count, _ in known), sum(whole for _, whole in known)
    figures = {"numerator": str(count), "denominator": str(whole) if measure.is_share else ""}
    return reading_of(measure, key, **figures, answer=Answer.FIGURE)


def noughts(measure: Measure) -> Iterator[Key]:
    """The periods whose figures were due, and their agencies, that are 0 without a line; of a share none.

    In a register that is kept, no line means that there was none: so no agency is missing in such a period.
    A measure says by its first period from when on its register is kept. One that begins before lines were
    written down shows 0 for that time: let it begin later. Before the day on which a figure is due the lines
    may still come, and what is not there is no 0.
    """
    last = measure.last_ended_period(clock.today())
    if measure.is_share or last is None:
        return
    for period in measure.first_period.until(last):
        if measure.due_on(period) < clock.today():
            agencies = measure.agencies_on(period.last_day) if measure.by_agency else [None]
            yield from ((period, agency.pk if agency else None) for agency in agencies)
