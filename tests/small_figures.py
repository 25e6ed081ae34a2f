"""Small figures of every kind on record: in each column that counts people or cases a number from 1 to 5."""

from datetime import date
from typing import Any

from gscp.record import Tracked
from subgroups.models import (
    Audit,
    AuditResult,
    Escalations,
    Measure,
    Origin,
    Partner,
    Reading,
    Target,
    TrainingEvent,
    TrainingPlaces,
    User,
)
from tests.factories import measure_of

APRIL = date(2021, 4, 1)
# By column two numbers, of one record and of another that has to look the same to a reader.
FIGURES: dict[type[Tracked], dict[str, str]] = {
    Measure: {"baseline": "23"},
    Reading: {"numerator": "23", "denominator": "45"},
    Audit: {"sample_size": "45"},
    AuditResult: {"right": "12", "wrong": "33"},
    TrainingEvent: {"impact_asked": "34", "impact_shown": "12"},
    TrainingPlaces: {"offered": "54", "booked": "43", "attended": "32"},
    Escalations: {"count": "23", "days": "45"},
}


def enter(which: int, group: str, user: User) -> list[Tracked]:
    """The first or the second of each, for the group: to be called where it may be recorded."""

    def figures(model: type[Tracked]) -> dict[str, str]:
        return {column: numbers[which] for column, numbers in FIGURES[model].items()}

    count: dict[str, Any] = {"denominator": "", "unit": "cases"}
    measures = [
        measure_of(group, name="Entered, a share", first_day=APRIL),
        measure_of(group, name="Entered, a number", first_day=APRIL, **count, **figures(Measure)),
        *(
            measure_of(group, name=f"Of {origin}", first_day=APRIL, origin=origin)
            for origin in (Origin.AUDITS, Origin.ACCESS, Origin.IMPACT)
        ),
        measure_of(group, name="Of escalations", first_day=APRIL, origin=Origin.ESCALATIONS, **count),
    ]
    one, other = Partner.objects.order_by("pk")[:2]
    of_group = measures[0].group
    share, number = figures(Reading), {"numerator": figures(Reading)["numerator"]}
    audit = Audit(group=of_group, focus="Neglect", planned_for=APRIL, done_on=APRIL, **figures(Audit))
    event = TrainingEvent(
        group=of_group, title="Neglect", held_on=APRIL, impact_on=date(2021, 5, 20), **figures(TrainingEvent)
    )
    told = {"month": APRIL, "stage": "first", "theme": "Thresholds", "raised_by": one, "raised_with": other}
    rows = [
        *(Target(measure=measure, period=APRIL, value=990) for measure in measures),
        *(
            Reading(measure=measure, period=APRIL, answer="figure", entered_by=user, **counts)
            for measure, counts in zip(measures, (share, number), strict=False)
        ),
        audit,
        AuditResult(audit=audit, partner=one, **figures(AuditResult)),
        event,
        TrainingPlaces(event=event, partner=one, **figures(TrainingPlaces)),
        Escalations(group=of_group, **told, **figures(Escalations)),
    ]
    for row in rows:
        row.save()
    return [*measures, *rows]
