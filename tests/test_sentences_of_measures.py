"""What the history says of measures and registers: what was done to which agency, and no figure."""

from datetime import date

import pytest

from gscp.record import Change
from subgroups.models import Audit, AuditResult, Group, MeasureAgency, Partner, Target, TrainingEvent
from tests.factories import measure_of
from tests.test_sentences import last

# Once: sentences are made of entries, which have their tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
COUNCIL, POLICE, HEALTH = (
    "Gloucestershire County Council",
    "Gloucestershire Constabulary",
    "NHS Gloucestershire Clinical Commissioning Group",
)


@pytest.fixture
def measure(on_record):
    with on_record():
        measure = measure_of("mash", by_agency=True, name="Answers in time")
        for partner in Partner.objects.filter(name__in=[COUNCIL, POLICE]):
            MeasureAgency(measure=measure, partner=partner).save()
    return measure


def test_agencies_of_a_measure(measure, on_record):
    council, police = (measure.agencies.get(partner__name=name) for name in (COUNCIL, POLICE))
    with on_record():
        council.ended_on = date(2021, 4, 1)
        council.save()
        MeasureAgency(measure=measure, partner=Partner.objects.get(name=HEALTH)).save()
    told = f"changed the agencies of the measure “Answers in time”; added {HEALTH}; took out {COUNCIL}, "
    assert told in last()
    with on_record():
        measure.name = "Answers on time"
        measure.save()
        police.ended_on = date(2021, 4, 1)
        police.save()
    assert f"changed the measure “Answers on time”: name; took out {POLICE}, " in last()


def test_names_with_commas_and_colons_are_told_whole(measure, on_record):
    with on_record():
        odd = Partner(name="Education: skills, care", kind="education", started_on=date(2021, 4, 1))
        odd.save()
        MeasureAgency(measure=measure, partner=odd).save()
    assert "of the measure “Answers in time”; added Education: skills, care, because" in last()
    with on_record():
        audit = Audit(group=measure.group, focus="Contacts", planned_for=date(2021, 4, 1))
        audit.done_on, audit.sample_size = date(2021, 4, 1), "90"
        audit.save()
    with on_record():
        AuditResult(audit=audit, partner=odd, right="20", wrong="9").save()
    assert "the numbers of Education: skills, care in audit planned for 1 April 2021, because" in last()


def test_a_target_that_ends_is_none(measure, on_record):
    for value, told in ((800, "set a target for “Answers in time” from 1 "), (None, "has no target from 1 ")):
        with on_record():
            Target(measure=measure, period=date(2021, 4 if value else 5, 1), value=value).save()
        assert told in last()


def test_a_value_of_a_share_says_its_unit(measure, on_record):
    with on_record():
        Target(measure=measure, period=date(2021, 4, 1), value=925).save()
    labels = [one["label"] for one in Change.objects.last().compared()]
    assert "Target (of a share, in tenths of a percent)" in labels


def test_numbers_of_several_agencies_in_an_audit(on_record):
    with on_record():
        measure = measure_of("mash", name="Another")
        audit = Audit(group=measure.group, focus="Contacts", planned_for=date(2021, 4, 1))
        audit.done_on, audit.sample_size = date(2021, 4, 1), "90"
        audit.save()
        rows = [
            AuditResult(audit=audit, partner=one, right="20", wrong="9")
            for one in Partner.objects.order_by("pk")
        ]
        for row in rows:
            row.save()
    with on_record("A slip"):
        for row in rows:
            row.right = "21"
            row.save()
    first, second, third = Partner.objects.order_by("pk")
    whose = f"{first}, {second} and {third}"
    assert f"changed the numbers of {whose} in audit planned for 1 April 2021, because “A slip”." in last()


def test_the_impact_of_training_is_told_as_that(on_record):
    with on_record():
        event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 3, 1))
        event.save()
    with on_record():
        event.impact_on, event.impact_asked, event.impact_shown = date(2021, 3, 28), "30", "20"
        event.save()
    assert "recorded the impact of training of 1 March 2021" in last()
    with on_record("A slip"):
        event.impact_shown = "21"
        event.save()
    assert "changed training of 1 March 2021" in last()
