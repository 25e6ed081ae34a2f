"""Readings that nobody types: they are worked out from what groups keep a register of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from django.utils import timezone

from gscp import clock
from gscp.record import history_of, number_of
from subgroups.models.measures import Measure, Origin
from subgroups.models.readings import Answer, Reading
from subgroups.models.registers import AuditResult, Escalations, TrainingEvent, TrainingPlaces
from subgroups.periods import Period

# The day that a count belongs to, its agency, and the count with its whole.
Counted = tuple[date, int | None, int, int]
Readings = dict[date, dict[int | None, Reading]]  # by the first day of the period, and by agency


def of_audits(measure: Measure) -> Iterator[Counted]:
    """Decisions that were right, of all that were looked at, by the day on which the audit was done."""
    results = AuditResult.objects.filter(audit__group=measure.group_id).select_related("audit")
    for result in results:
        right, wrong = number_of(result.right), number_of(result.wrong)
        if result.audit.done_on and right is not None and wrong is not None:
            yield result.audit.done_on, result.partner_id, right, right + wrong


def of_access(measure: Measure) -> Iterator[Counted]:
    """Places that were attended, of those offered."""
    places = TrainingPlaces.objects.filter(event__group=measure.group_id).select_related("event")
    for of_agency in places:
        attended, offered = number_of(of_agency.attended), number_of(of_agency.offered)
        if attended is not None and offered is not None:
            yield of_agency.event.held_on, of_agency.partner_id, attended, offered


def of_impact(measure: Measure) -> Iterator[Counted]:
    """Who could show impact, of those asked, by the day of the training."""
    for event in TrainingEvent.objects.filter(group=measure.group_id):
        shown, asked = number_of(event.impact_shown), number_of(event.impact_asked)
        if shown is not None and asked is not None:
            yield event.held_on, None, shown, asked


def of_escalations(measure: Measure) -> Iterator[Counted]:
    for row in Escalations.objects.filter(group=measure.group_id):
        if (count := number_of(row.count)) is not None:
            yield row.month, row.raised_by_id, count, 0


def of_supplied(measure: Measure) -> Iterator[Counted]:
    """Figures of agencies that came by the day on which they were due, of all that were, in all groups."""
    entered = Measure.objects.filter(origin=Origin.ENTERED, by_agency=True)
    measures = list(entered.prefetch_related("agencies__partner__succeeded_by", "targets"))
    came = days_entered([one.pk for one in measures])
    today = clock.today()
    for one in measures:
        last = one.last_ended_period(today)
        for period in one.first_period.until(last) if last else ():
            due = one.due_on(period)
            if due >= today or period.last_day < measure.first_day:
                continue
            for agency in one.agencies_on(period.last_day):
                on = came.get((one.pk, agency.pk, period.first_day))
                yield period.last_day, agency.pk, int(on is not None and on <= due), 1


def days_entered(measures: list[int]) -> dict[tuple[int, int, date], date]:
    """By measure, agency and first day of the period: when its first answer was entered."""
    answers = Reading.objects.filter(measure__in=measures).exclude(partner=None)
    keys = answers.exclude(answer=Answer.NOT_SUPPLIED).order_by().values("pk")
    rows = history_of(Reading)._base_manager.filter(id__in=keys, history_type="+").order_by("-change_id")
    columns = rows.values_list("measure_id", "partner_id", "period", "change__clock")
    return {(measure, partner, period): timezone.localdate(at) for measure, partner, period, at in columns}


COUNTED: dict[str, Callable[[Measure], Iterable[Counted]]] = {
    Origin.AUDITS: of_audits,
    Origin.ACCESS: of_access,
    Origin.IMPACT: of_impact,
    Origin.ESCALATIONS: of_escalations,
    Origin.SUPPLIED: of_supplied,
}


def readings_of(measure: Measure) -> Readings:
    """Of a measure that is worked out, a reading for each period and agency that there is something of."""
    sums: dict[tuple[date, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for day, agency, count, whole in COUNTED[measure.origin](measure):
        period = Period.holding(day, measure.frequency).first_day
        total = sums[period, agency if measure.by_agency else None]
        total[0] += count
        total[1] += whole
    readings: Readings = defaultdict(dict)
    for (period, agency), (count, whole) in sums.items():
        figures = {"numerator": str(count), "denominator": str(whole) if measure.is_share else ""}
        columns = {"measure": measure, "partner_id": agency, "period": period, "answer": Answer.FIGURE}
        readings[period][agency] = Reading(**columns, **figures)
    return readings
