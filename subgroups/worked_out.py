"""Readings that nobody types: they are worked out from what groups keep a register of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from django.db.models import Prefetch, Q
from django.utils import timezone

from gscp import clock
from gscp.record import history_of, number_of
from subgroups.models.measure_parts import MeasureAgency
from subgroups.models.measures import Measure, Origin
from subgroups.models.partners import partners_by_key
from subgroups.models.readings import Answer, Reading
from subgroups.models.registers import (
    Audit,
    AuditResult,
    Escalations,
    TrainingEvent,
    TrainingPlaces,
    WithNumbers,
    unconfirmed,
)
from subgroups.periods import Period
from subgroups.register_numbers import OF_AGENCIES, since_confirmed

# Of a line of a register the day that it belongs to, its agency, the count with its whole, and whether they
# are confirmed. One of the two is None where there is no number yet, or it was taken out of the record.
Counted = tuple[date, int | None, int | None, int | None, bool]
Key = tuple[Period, int | None]  # of a reading: period and agency
Readings = dict[date, dict[int | None, Reading]]  # by the first day of the period, and by agency


def is_confirmed(line: WithNumbers) -> bool:
    return line.confirmed_by_id is not None


OF_PLACES = {"held_on", "offered", "booked", "attended"}
OF_IMPACT = {"impact_on", "impact_asked", "impact_shown"}


def unconfirmed_events(measure: Measure, columns: set[str]) -> set[int]:
    """The keys of training of which somebody typed one of these since it was last confirmed, or moved it."""
    events = unconfirmed(TrainingEvent, group=measure.group_id)
    since = since_confirmed(TrainingEvent, events)
    return {key for key, one in since.items() if one.columns & columns or one.days_left}


def of_audits(measure: Measure) -> Iterator[Counted]:
    """Decisions that were right, of all that were looked at, by the day on which the audit was done."""
    results = AuditResult.objects.filter(audit__group=measure.group_id).select_related("audit")
    for result in results:
        right, wrong = number_of(result.right), number_of(result.wrong)
        whole = None if right is None or wrong is None else right + wrong
        if result.audit.done_on:
            yield result.audit.done_on, result.partner_id, right, whole, is_confirmed(result.audit)


def of_access(measure: Measure) -> Iterator[Counted]:
    """Places that were attended, of those offered."""
    places = TrainingPlaces.objects.filter(event__group=measure.group_id).select_related("event")
    to_confirm = unconfirmed_events(measure, OF_PLACES)
    for row in places:
        attended, offered = number_of(row.attended), number_of(row.offered)
        yield row.event.held_on, row.partner_id, attended, offered, row.event_id not in to_confirm


def of_impact(measure: Measure) -> Iterator[Counted]:
    """Who could show impact, of those asked, by the day of the training."""
    to_confirm = unconfirmed_events(measure, OF_IMPACT)
    for event in TrainingEvent.objects.filter(group=measure.group_id):
        shown, asked = number_of(event.impact_shown), number_of(event.impact_asked)
        yield event.held_on, None, shown, asked, event.pk not in to_confirm


# A line that was recorded by mistake, once somebody else has confirmed that.
TAKEN_BACK = Q(count="0", confirmed_by__isnull=False)


def of_escalations(measure: Measure) -> Iterator[Counted]:
    for row in Escalations.objects.filter(group=measure.group_id).exclude(TAKEN_BACK):
        yield row.month, row.raised_by_id, number_of(row.count), 0, is_confirmed(row)


def of_supplied(measure: Measure) -> Iterator[Counted]:
    """Figures of agencies that came by the day on which they were due, of all that were, in all groups."""
    entered = Measure.objects.filter(origin=Origin.ENTERED, by_agency=True)
    agencies = MeasureAgency.objects.select_related("partner__succeeded_by")
    measures = list(entered.prefetch_related(Prefetch("agencies", agencies), "targets"))
    came, partners = days_entered([one.pk for one in measures]), partners_by_key()
    today = clock.today()
    for one in measures:
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
                    yield period.last_day, agency.pk, in_time, 1, is_confirmed
                elif measure.due_on(Period.holding(period.last_day, measure.frequency)) >= today:
                    yield period.last_day, agency.pk, None, 1, True  # a figure of this period may still come


def days_entered(measures: list[int]) -> dict[tuple[int, date], dict[int, tuple[date, bool]]]:
    """By measure and first day of the period: when the figure of each agency came, and if it is confirmed.

    An answer that it has none keeps no place for a figure, nor does one that nobody confirmed before it was
    corrected. Else a correction is as old as what it corrects.
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


COUNTED: dict[str, Callable[[Measure], Iterable[Counted]]] = {
    Origin.AUDITS: of_audits,
    Origin.ACCESS: of_access,
    Origin.IMPACT: of_impact,
    Origin.ESCALATIONS: of_escalations,
    Origin.SUPPLIED: of_supplied,
}


# The lines whose day says in which period they count.
LINES: dict[str, type[WithNumbers]] = {
    Origin.AUDITS: Audit,
    Origin.ACCESS: TrainingEvent,
    Origin.IMPACT: TrainingEvent,
    Origin.ESCALATIONS: Escalations,
}


def readings_of(measure: Measure) -> Readings:
    """Of a measure that is worked out, a reading for each period and agency that the register has numbers of.

    There is none where a number is missing in one of the lines: a total without it would look whole. So the
    agency is missing in the total, and where agencies have no figure of their own the period has none.

    A line counts for the partner that is in the place of its agency on the last day of the period, as the
    scorecard asks for it.

    A number, unlike a share, is 0 where the register has no line (noughts()).
    """
    partners = partners_by_key() if measure.by_agency else {}
    lines: dict[Key, list[tuple[int | None, int | None, bool]]] = {key: [] for key in noughts(measure)}
    for day, agency, count, whole, confirmed in COUNTED[measure.origin](measure):
        period = Period.holding(day, measure.frequency)
        of_agency = partners[agency].successor_on(period.last_day).pk if agency in partners else None
        of_line = (count, whole if measure.is_share else 0, confirmed)
        lines.setdefault((period, of_agency), []).append(of_line)
    readings: Readings = defaultdict(dict)
    for (period, of_agency), counted in lines.items():
        if reading := sum_of(measure, period, of_agency, [(count, whole) for count, whole, _ in counted]):
            confirmed_ones = [(count, whole) for count, whole, confirmed in counted if confirmed]
            reading.has_unconfirmed_lines = len(confirmed_ones) < len(counted)
            if reading.has_unconfirmed_lines and confirmed_ones:
                reading.of_confirmed_lines = sum_of(measure, period, of_agency, confirmed_ones)
            readings[period.first_day][of_agency] = reading
    for period, of_agency in moved_from(measure):
        of = {"measure": measure, "partner_id": of_agency, "period": period.first_day}
        none = Reading(**of, answer=Answer.NOT_SUPPLIED)
        readings[period.first_day].setdefault(of_agency, none).has_unconfirmed_lines = True
    return readings


def moved_from(measure: Measure) -> Iterator[Key]:
    """The periods, and their agencies, that lost a line to another day, which nobody has confirmed yet."""
    model, partners = LINES.get(measure.origin), partners_by_key()
    if model is None:
        return
    name = OF_AGENCIES.get(model)
    lines = unconfirmed(model, group=measure.group_id).prefetch_related(*([name] if name else []))
    since = since_confirmed(model, lines)
    for line in lines:
        agencies = [row.partner_id for row in getattr(line, name).all()] if name else [line.raised_by_id]
        for day in since[line.pk].days_left:
            period = Period.holding(day, measure.frequency)
            keys = [partners[agency].successor_on(period.last_day).pk for agency in agencies]
            yield from ((period, key) for key in (keys if measure.by_agency else [None]))


def sum_of(
    measure: Measure, period: Period, agency: int | None, counted: list[tuple[int | None, int | None]]
) -> Reading | None:
    """Of lines of a register; None where one of them lacks a number."""
    known = [(count, whole) for count, whole in counted if count is not None and whole is not None]
    if len(known) < len(counted):
        return None
    count, whole = sum(count for count, _ in known), sum(whole for _, whole in known)
    figures = {"numerator": str(count), "denominator": str(whole) if measure.is_share else ""}
    columns = {"measure": measure, "partner_id": agency, "period": period.first_day}
    return Reading(**columns, **figures, answer=Answer.FIGURE)


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
