"""What a register says beside its numbers: what stood there before is in view, and is confirmed anew."""

from datetime import date

import pytest
from django.urls import reverse

from actions.measure_rules import events_without_impact, why_found
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
from subgroups.published import published_series_of
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
    assert events_without_impact() == ((event, date(2021, 6, 5)),)
    moved = {"held_on-day": "1", "held_on-month": "7"}
    assert sent(chair, reverse("training_edit", args=[event.pk]), **moved).status_code == 302
    assert events_without_impact() == ((event, date(2021, 6, 5)),)
    manager.post(CONFIRM, sent_by(manager.get(CONFIRM)))
    assert events_without_impact() == ()


def test_who_attended_is_not_cleared_and_a_training_with_them_was_not_called_off(event, sign_in, on_record):
    chair, places = sign_in("qiip.chair"), event.places.first()
    page = sent(chair, reverse("training_edit", args=[event.pk]), **{f"attended_{places.partner_id}": ""})
    assert f"{places.partner} has a number on record: write 0 rather than leave it empty." in words_of(page)
    with on_record():
        TrainingPlaces(event=event, partner=Partner.objects.all()[2], offered="9", booked="9").save()
    day = {"impact_on-day": "1", "impact_on-month": "6", "impact_on-year": "2021"}
    none = day | {"impact_asked": "0", "impact_shown": "0"}
    page = sent(chair, reverse("training_impact", args=[event.pk]), **none)
    assert "50 attended, so it was not called off" in words_of(page), "though one has not said yet"


def test_that_impact_was_asked_counts_once_it_is_confirmed(event, sign_in):
    chair, manager = sign_in("qiip.chair"), sign_in("business.manager")
    day = {"impact_on-day": "1", "impact_on-month": "6", "impact_on-year": "2021"}
    typed = day | {"impact_asked": "40", "impact_shown": "30"}
    assert sent(chair, reverse("training_impact", args=[event.pk]), **typed).status_code == 302
    assert events_without_impact() == ((event, date(2021, 6, 5)),)
    manager.post(CONFIRM, sent_by(manager.get(CONFIRM)))
    assert events_without_impact() == ()


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
    assert series_of_measure(measure).cells[0].counts == (0, None), "nobody has confirmed that"
    assert series_of_measure(measure).cells[0].is_unconfirmed
    with on_record():
        line.confirmed_by = user("business.manager")
        line.save()
    assert series_of_measure(measure).cells[0].counts is None, "June is due by 14 July"


def test_agencies_that_a_measure_does_not_name_stand_beside_its_total_with_their_lines(event, on_record):
    """Left out of it, they could be worked out from another measure of the same register."""
    one, other = Partner.objects.all()[:2]
    with on_record():
        of = {"origin": "access", "by_agency": True, "frequency": "quarter", "first_day": date(2021, 4, 1)}
        measure = measure_of("qiip", **of)
        MeasureAgency(measure=measure, partner=one).save()
    cell = series_of_measure(measure).cells[0]
    assert (cell.counts, cell.agencies) == ((50, 80), [one, other])


@pytest.fixture
def two_of_one_register(qiip, on_record):
    """The one names all three agencies, the other two of them; one has 3 escalations."""
    agencies = Partner.objects.all()[:3]
    with on_record():
        of = {"origin": "escalations", "denominator": "", "unit": "escalations", "by_agency": True}
        of |= {"days_to_supply": 2, "first_day": date(2021, 6, 1)}
        measures = [measure_of("qiip", name=name, **of) for name in ("Of all", "Of two")]
        for measure, named in zip(measures, (agencies, agencies[1:]), strict=True):
            for partner in named:
                MeasureAgency(measure=measure, partner=partner).save()
        of = {"group": qiip, "month": date(2021, 6, 1), "stage": "first", "theme": "Thresholds", "days": "9"}
        for one, other, count in zip(agencies, (*agencies[1:], agencies[0]), ("40", "30", "3"), strict=True):
            Escalations(raised_by=one, raised_with=other, count=count, **of).save()
    return measures


def test_of_two_measures_from_one_register_files_hide_the_same_counts(two_of_one_register):
    one, two = (published_series_of(measure).cells[-1] for measure in two_of_one_register)
    assert one.total() == two.total() == (73, None)
    assert one.kept_back == two.kept_back and len(one.kept_back) == 2


def test_two_measures_from_one_register_have_the_same_agencies(two_of_one_register, sign_in):
    one, two = two_of_one_register
    url = reverse("measure_edit", args=[two.pk])
    chair = sign_in("qiip.chair")
    first = Partner.objects.first()
    page = sent(chair, url, agencies=[str(first.pk)])
    assert "“Of all” is worked out from the same register. Choose the agencies that it has." in words_of(page)
    three = [str(partner.pk) for partner in Partner.objects.all()[:3]]
    assert sent(chair, url, agencies=three).status_code == 302


def test_words_filled_in_later_are_confirmed_by_somebody_else(qiip, on_record, user, sign_in):
    with on_record():
        audit = Audit(group=qiip, focus="Contacts", planned_for=date(2021, 5, 1), done_on=date(2021, 5, 1))
        audit.sample_size, audit.confirmed_by = "40", user("business.manager")
        audit.save()
    chair = sign_in("qiip.chair")
    found = {"findings": "All agencies do it very well"}
    assert sent(chair, reverse("audits_edit", args=[audit.pk]), **found).status_code == 302
    assert chair.get(CONFIRM).status_code == 302, "they wrote it"
    assert found["findings"] in words_of(sign_in("business.manager").get(CONFIRM))


def test_a_register_changed_where_it_was_confirmed_needs_a_word(event, on_record, sign_in):
    with on_record():
        measure = measure_of("qiip", origin="access", frequency="quarter", first_day=date(2021, 4, 1))
    assert why_found(measure) == ()
    attended = {f"attended_{event.places.first().partner_id}": "40"}
    edit = reverse("training_edit", args=[event.pk])
    assert sent(sign_in("qiip.chair"), edit, **attended).status_code == 302
    [(title, why)] = why_found(measure)
    assert title == "Changed, and not confirmed" and why.startswith("The register was changed")


def test_a_line_is_the_same_whatever_its_case_and_spaces(event, sign_in):
    chair, new = sign_in("qiip.chair"), reverse("training_new", args=["qiip"])
    typed = {"title": " NEGLECT ", "held_on-day": "10", "held_on-month": "4", "held_on-year": "2021"}
    page = chair.post(new, sent_by(chair.get(new)) | typed)
    assert "This line is on the register already" in words_of(page)
