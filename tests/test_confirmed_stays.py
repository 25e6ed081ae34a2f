"""What one person typed, and nobody has confirmed, takes away nothing that a confirmed figure says."""

from datetime import date

import pytest
from django.urls import reverse

from actions.measure_rules import NOT_CONFIRMED, why_found
from subgroups.models import (
    Audit,
    AuditResult,
    Escalations,
    Group,
    MeasureAgency,
    Partner,
    Target,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.periods import months_after
from subgroups.scorecard import series_of_measure
from tests.answers import sent_by, words_of
from tests.factories import measure_of

# Once: forms, and rules in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite"), pytest.mark.usefixtures("member")]
REGISTER = "/groups/qiip/register/"
APRIL, JULY = date(2021, 4, 1), date(2021, 7, 1)


@pytest.fixture(autouse=True)
def in_october(member, it_is):
    it_is(2021, 10, 20)


def days(name, day) -> dict[str, str]:
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def send(client, url, **typed):
    answer = client.post(url, sent_by(client.get(url)) | typed)
    assert answer.status_code == 302, words_of(answer)


def reason(measure, title="Off target") -> str:
    return dict(why_found(measure)).get(title, "")


def of_register(origin, *partners, **columns):
    of = {"origin": origin, "frequency": "quarter", "first_day": APRIL, "by_agency": bool(partners)}
    measure = measure_of("qiip", **of | columns)
    for partner in partners:
        MeasureAgency(measure=measure, partner=partner).save()
    Target(measure=measure, period=APRIL, value=800).save()
    return measure


@pytest.fixture
def trained(on_record, user):
    """Of 40 places 20 were taken up in each quarter, and somebody confirmed it."""
    with on_record():
        for day in (date(2021, 5, 4), date(2021, 8, 3)):
            event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=day)
            event.confirmed_by = user("business.manager")
            event.impact_on, event.impact_asked, event.impact_shown = date(2021, 10, 1), "20", "10"
            event.save()
            places = {"offered": "40", "booked": "30", "attended": "20"}
            TrainingPlaces(event=event, partner=Partner.objects.first(), **places).save()
    return event


@pytest.mark.parametrize("origin", ["access", "impact"])
def test_a_new_line_without_a_number_leaves_the_figure_that_was_confirmed(
    trained, on_record, sign_in, origin
):
    with on_record():
        measure = of_register(origin, *([] if origin == "impact" else Partner.objects.all()[:1]))
    before = reason(measure)
    assert before.startswith("50.0% in July to September 2021")
    key = Partner.objects.first().pk
    typed = {f"offered_{key}": "30", f"booked_{key}": "20"} | days("held_on", date(2021, 9, 14))
    send(sign_in("qiip.chair"), f"{REGISTER}training/new/", title="Refresher", **typed)
    cell = series_of_measure(measure).cells[-1]
    assert (cell.in_words, cell.is_unconfirmed) == ("Not supplied", True)
    assert reason(measure) == f"{before} {NOT_CONFIRMED}"
    manager, confirm = sign_in("business.manager"), "/groups/qiip/scorecard/confirm/"
    send(manager, confirm)
    cell = series_of_measure(measure).cells[-1]
    assert (cell.in_words, cell.is_unconfirmed) == ("", False), "two persons say that a number is to come"


def test_a_row_of_another_agency_leaves_the_total_that_was_confirmed(trained, on_record, sign_in):
    """An agency that the measure asks for no figure counts in its total, once its line is confirmed."""
    one, other = Partner.objects.all()[:2]
    with on_record():
        measure = of_register("access", one)
    before = reason(measure)
    typed = {f"offered_{other.pk}": "40", f"booked_{other.pk}": "40", f"attended_{other.pk}": "40"}
    send(sign_in("qiip.chair"), reverse("training_edit", args=[trained.pk]), reason="Seen", **typed)
    assert series_of_measure(measure).cells[-1].in_words == "75.0%"
    assert reason(measure) == f"{before} {NOT_CONFIRMED}"


@pytest.fixture
def audited(on_record, user):
    """In July half of what was looked at was right; in April nine of ten."""
    with on_record():
        measure = of_register("audits", *Partner.objects.all()[:1])
        for day, right, wrong in ((date(2021, 5, 4), "90", "10"), (date(2021, 8, 3), "50", "50")):
            audit = Audit(group=measure.group, focus="Contacts", planned_for=day, done_on=day)
            audit.sample_size, audit.confirmed_by = "100", user("business.manager")
            audit.findings = "Some were right"
            audit.save()
            of = {"audit": audit, "partner": Partner.objects.first()}
            AuditResult(**of, right=right, wrong=wrong).save()
    return measure


@pytest.mark.parametrize(
    "typed",
    [
        days("done_on", date(2021, 5, 26)) | days("planned_for", date(2021, 5, 26)),
        {"right": "100", "wrong": "0"},
    ],
)
def test_an_audit_that_was_changed_or_moved_counts_as_it_was_confirmed(audited, sign_in, typed):
    before, audit = reason(audited), Audit.objects.get(done_on=date(2021, 8, 3))
    assert before.startswith("50.0% in July to September 2021")
    boxes = {
        f"{name}_{Partner.objects.first().pk}": typed.pop(name)
        for name in ("right", "wrong")
        if name in typed
    }
    send(sign_in("qiip.chair"), reverse("audits_edit", args=[audit.pk]), reason="Wrong", **typed, **boxes)
    cell = series_of_measure(audited).cells[-1]
    assert cell.is_unconfirmed and cell.readings[Partner.objects.first().pk].last_confirmed.counts == (
        50,
        100,
    )
    assert reason(audited) == f"{before} {NOT_CONFIRMED}"
    spring = series_of_measure(audited).cells[0].readings[Partner.objects.first().pk]
    assert spring.last_confirmed.counts == (90, 100), "what was moved into it is not confirmed there"


def test_a_line_takes_no_nought_away_before_it_is_confirmed(on_record, user, sign_in):
    """A month without escalations is a figure, too."""
    one, other = Partner.objects.all()[:2]
    with on_record():
        of = {"denominator": "", "unit": "escalations", "frequency": "month", "tolerance": 0}
        measure = of_register("escalations", **of)
        Target(measure=measure, period=JULY, value=9).save()
    assert reason(measure).startswith("0 escalations in September 2021")
    with on_record():
        of = {"group": measure.group, "stage": "first", "theme": "Thresholds", "days": "30", "count": "12"}
        Escalations(month=date(2021, 9, 1), raised_by=one, raised_with=other, **of).save()
    assert reason(measure).startswith("0 escalations in September 2021")


@pytest.fixture
def supplied(on_record, user, it_is):
    """Of figures by two agencies none came for July to September; nor did any before."""
    it_is(2021, 4, 1)
    with on_record():
        asked = measure_of("qiip", name="Visits", by_agency=True, frequency="quarter", first_day=APRIL)
        for partner in Partner.objects.all()[:2]:
            MeasureAgency(measure=asked, partner=partner).save()
        on_time = measure_of("management-group", origin="supplied", frequency="quarter", first_day=APRIL)
        Target(measure=on_time, period=APRIL, value=800).save()
    it_is(2021, 10, 20)
    return asked, on_time


def later(client, asked):
    url = reverse("measure_target", args=[asked.pk])
    send(client, url, **days("day", date(2021, 10, 1)), value="90", days_to_supply="366", reason="More time")


def fewer(client, asked):
    chosen = [str(asked.agencies.first().partner_id)]
    send(client, reverse("measure_edit", args=[asked.pk]), agencies=chosen, reason="Of one alone")


def ended(client, asked):
    url, running = reverse("measure_edit", args=[asked.pk]), date(2021, 10, 1)
    send(client, url, **days("ended_on", running), reason="No longer read")


@pytest.mark.parametrize("change", [later, fewer, ended])
def test_a_measure_that_somebody_changed_alone_still_asks_for_what_it_asked(supplied, sign_in, it_is, change):
    asked, on_time = supplied
    assert reason(on_time).startswith("0.0% in July to September 2021")
    change(sign_in("qiip.chair"), asked)
    it_is(2022, 1, 20)
    last = "0.0% in October to December 2021"
    assert reason(on_time).startswith(last)
    series = series_of_measure(on_time)
    assert series.cells[-1].readings[None].last_confirmed.counts == (0, 2)
    manager, confirm = sign_in("business.manager"), "/groups/qiip/scorecard/confirm/"
    send(manager, confirm)
    assert not series_of_measure(on_time).cells[-1].is_unconfirmed


def test_a_first_period_that_was_moved_back_moves_no_limits(on_record, user, sign_in):
    """Months before lines were written down are 0."""
    one, other = Partner.objects.all()[:2]
    with on_record():
        of = {"denominator": "", "unit": "escalations", "frequency": "month"}
        measure = of_register("escalations", **of | {"first_day": date(2020, 7, 1)})
        for months in range(15):
            line = {"group": measure.group, "stage": "first", "theme": "Thresholds", "days": "30"}
            line |= {"raised_by": one, "raised_with": other, "confirmed_by": user("business.manager")}
            count = "1" if months == 14 else str(30 + months % 3)
            Escalations(month=months_after(date(2020, 7, 1), months), count=count, **line).save()
    before = reason(measure, "Different from usual")
    assert "in September 2021" in before
    back = days("first_day", date(2018, 4, 1))
    send(sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk]), **back, reason="Earlier")
    assert reason(measure, "Different from usual") == f"{before} {NOT_CONFIRMED}"
