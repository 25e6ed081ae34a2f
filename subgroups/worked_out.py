"""Readings that nobody types: they are worked out from what groups keep a register of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from gscp.record import number_of
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


COUNTED: dict[str, Callable[[Measure], Iterable[Counted]]] = {
    Origin.AUDITS: of_audits,
    Origin.ACCESS: of_access,
    Origin.IMPACT: of_impact,
    Origin.ESCALATIONS: of_escalations,
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
