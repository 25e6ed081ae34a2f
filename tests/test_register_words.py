"""What a register says beside its numbers: what stood there before is in view, and is confirmed anew."""

from datetime import date

import pytest
from django.urls import reverse

from actions.measure_rules import events_without_impact
from subgroups.models import (
    Audit,
    Escalations,
    Group,
    MeasureAgency,
    Partner,
    TrainingCheck,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.scorecard import series_of_measure
from tests.answers import sent_by, words_of
from tests.factories import measure_of

# Once: forms, pages, and sums in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite"), pytest.mark.usefixtures("member")]
CONFIRM, REGISTER = "/groups/qiip/scorecard/confirm/", "/groups/qiip/register/"


@pytest.fixture(autouse=True)
def in_july(member, it_is):
    it_is(2021, 7, 6)


@pytest.fixture
def qiip():
    return Group.objects.get(slug="qiip")


@pytest.fixture
def event(qiip, on_record, user):
    """Held on 10 April: by 5 June somebody asks what difference it made. Confirmed."""
    with on_record():
        event = TrainingEvent(group=qiip, title="Neglect", held_on=date(2021, 4, 10))
        event.save()
        for partner, attended in zip(Partner.objects.all(), ("20", "30"), strict=False):
            TrainingPlaces(event=event, partner=partner, offered="40", booked="40", attended=attended).save()
        event.confirmed_by = user("business.manager")
        event.save()
    return event


def sent(client, address, **typed):
    return client.post(address, sent_by(client.get(address)) | {"reason": "Put right"} | typed)


def test_the_result_of_a_check_is_confirmed_and_what_it_was_stays_in_view(qiip, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    new = reverse("training-checks_new", args=["qiip"])
    day = {"checked_on-day": "1", "checked_on-month": "6", "checked_on-year": "2021"}
    first = day | {"training": "Induction", "result": "partly", "found": "No time for questions"}
    assert chair.post(new, sent_by(chair.get(new)) | first).status_code == 302
    check = TrainingCheck.objects.get()
    assert chair.get(CONFIRM).status_code == 302, "they typed it"
    manager.post(CONFIRM, sent_by(manager.get(CONFIRM)))
    check.refresh_from_db()
    assert check.confirmed_by and "Not confirmed yet" not in words_of(chair.get(REGISTER))
    edit = reverse("training-checks_edit", args=[check.pk])
    assert sent(chair, edit, result="meets", found="All is well").status_code == 302
    page = words_of(sign_in("scrutineer").get(REGISTER))
    assert "Until 6 July 2021: result: Meets it in part, what was found: No time for questions" in page
    assert "Not confirmed yet" in page and chair.get(CONFIRM).status_code == 302
    assert "Meets the standard" in words_of(manager.get(CONFIRM))


def test_an_audit_that_is_put_off_says_for_when_it_was_planned(qiip, on_record, sign_in):
    with on_record():
        audit = Audit(group=qiip, focus="Contacts", planned_for=date(2021, 5, 1))
        audit.save()
    chair = sign_in("qiip.chair")
    later = {"planned_for-month": "9"}
    assert sent(chair, reverse("audits_edit", args=[audit.pk]), **later).status_code == 302
    assert "To come Until 6 July 2021: planned for: 1 May 2021" in words_of(chair.get(REGISTER))


def test_a_later_day_of_a_training_puts_off_no_impact_until_it_is_confirmed(event, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    assert [one.pk for one in events_without_impact()] == [event.pk]
    moved = {"held_on-day": "1", "held_on-month": "7"}
    assert sent(chair, reverse("training_edit", args=[event.pk]), **moved).status_code == 302
    assert [one.pk for one in events_without_impact()] == [event.pk]
    manager.post(CONFIRM, sent_by(manager.get(CONFIRM)))
    assert events_without_impact() == ()


def test_training_that_some_attended_was_not_called_off_though_one_agency_has_no_number(event, sign_in):
    chair = sign_in("qiip.chair")
    places = event.places.first()
    edit = reverse("training_edit", args=[event.pk])
    assert sent(chair, edit, **{f"attended_{places.partner_id}": ""}).status_code == 302
    impact = reverse("training_impact", args=[event.pk])
    day = {"impact_on-day": "1", "impact_on-month": "6", "impact_on-year": "2021"}
    page = sent(chair, impact, impact_asked="0", impact_shown="0", **day)
    assert "30 attended, so it was not called off" in words_of(page)


def test_impact_leaves_the_places_confirmed_and_says_when_it_was_late(event, sign_in, on_record):
    with on_record():
        access = measure_of("qiip", origin="access", frequency="quarter", first_day=date(2021, 4, 1))
        impact = measure_of(
            "qiip", name="Impact", origin="impact", frequency="quarter", first_day=date(2021, 4, 1)
        )
    chair = sign_in("qiip.chair")
    day = {"impact_on-day": "5", "impact_on-month": "7", "impact_on-year": "2021"}
    asked = sent(
        chair, reverse("training_impact", args=[event.pk]), impact_asked="40", impact_shown="30", **day
    )
    assert asked.status_code == 302
    of_places, of_impact = (series_of_measure(one).cells[0] for one in (access, impact))
    assert (of_places.is_unconfirmed, of_impact.is_unconfirmed) == (False, True)
    assert "Asked on 5 Jul 2021, late: it was due by 5 Jun 2021" in words_of(chair.get(REGISTER))


def test_a_line_that_was_taken_back_is_no_figure(qiip, on_record, user):
    one, other = Partner.objects.all()[:2]
    with on_record():
        measure = measure_of(
            "qiip", origin="escalations", denominator="", unit="escalations", first_day=date(2021, 6, 1)
        )
        of = {
            "group": qiip,
            "month": date(2021, 6, 1),
            "stage": "first",
            "raised_by": one,
            "raised_with": other,
        }
        line = Escalations(theme="Thresholds", count="3", days="9", **of)
        line.save()
    assert series_of_measure(measure).cells[0].counts == (3, None)
    with on_record():
        line.count = line.days = "0"
        line.save()
    assert series_of_measure(measure).cells[0].counts is None, "June is due by 14 July"


def test_a_total_is_of_the_agencies_that_the_measure_names(event, on_record):
    one = Partner.objects.first()
    with on_record():
        of = {"origin": "access", "by_agency": True, "frequency": "quarter", "first_day": date(2021, 4, 1)}
        measure = measure_of("qiip", **of)
        MeasureAgency(measure=measure, partner=one).save()
    assert series_of_measure(measure).cells[0].counts == (20, 40)


def test_a_line_is_the_same_whatever_its_case_and_spaces(event, sign_in):
    chair, new = sign_in("qiip.chair"), reverse("training_new", args=["qiip"])
    typed = {"title": " NEGLECT ", "held_on-day": "10", "held_on-month": "4", "held_on-year": "2021"}
    page = chair.post(new, sent_by(chair.get(new)) | typed)
    assert "This line is on the register already" in words_of(page)
