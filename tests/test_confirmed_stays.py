"""What one person typed, and nobody has confirmed, takes away nothing that a confirmed figure says."""

from datetime import date

import pytest
from django.urls import reverse

from actions.measure_rules import NONE_SINCE, NOT_CONFIRMED, why_found
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
from tests.factories import measure_of, read

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
    # Whoever moved it by a slip moves it to where it was, and no further.
    chair, edit = sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk])
    page = chair.post(edit, sent_by(chair.get(edit)) | days("first_day", APRIL) | {"reason": "A slip"})
    assert "figures were asked for already" in words_of(page)
    send(chair, edit, **days("first_day", date(2020, 7, 1)), reason="A slip")
    assert reason(measure, "Different from usual") == before
    measure.refresh_from_db()
    assert measure.first_day == date(2020, 7, 1)


@pytest.fixture
def late(on_record, user):
    """A measure that is off its target in September, as somebody has confirmed."""
    with on_record():
        measure = measure_of("qiip", first_day=date(2021, 8, 1), days_to_supply=3)
        Target(measure=measure, period=date(2021, 8, 1), value=800).save()
        of = {"confirmed_by": user("business.manager")}
        read(measure, user("qiip.chair"), date(2021, 8, 1), 70, 80, **of)
        read(measure, user("qiip.chair"), date(2021, 9, 1), 40, 80, **of)
    return measure


def test_an_end_takes_a_measure_off_no_scorecard_before_somebody_else_confirms_it(late, sign_in, it_is):
    chair, manager, name = sign_in("qiip.chair"), sign_in("business.manager"), late.name
    ended(chair, late)
    it_is(2021, 11, 12)
    card, file = "/groups/qiip/scorecard/", "/groups/qiip/scorecard/export.csv"
    for address in (card, "/scorecards/"):
        page = words_of(chair.get(address))
        assert name in page and "To be read no longer from 1 Oct 2021: not confirmed yet" in page, address
    assert "Nobody else has confirmed that yet." in words_of(chair.get(late.get_absolute_url()))
    assert f"{name},October 2021" in chair.get(file).content.decode()
    assert reason(late, "Figure not supplied") == "", "papers have not closed yet"
    month = "/groups/qiip/scorecard/enter/2021-10/"
    assert name in words_of(chair.get(month)), "its figures are asked for"
    new = {"name": name, "definition": "As before", "numerator": "places", "unit": "places", "source": "List"}
    new |= days("first_day", date(2021, 10, 1)) | {"is_share": "count", "better": "up", "frequency": "month"}
    add = reverse("measure_new", args=["qiip"])
    typed = sent_by(chair.get(add)) | new | {"origin": "entered", "reason": "Another"}
    assert "This group has a measure of this name already." in words_of(chair.post(add, typed))
    send(manager, "/groups/qiip/scorecard/confirm/")
    it_is(2021, 12, 3)
    assert name not in words_of(chair.get(card)) and name not in chair.get(file).content.decode()
    send(chair, add, **new, origin="entered", reason="Another")


def test_an_end_before_figures_that_came_meanwhile_is_not_confirmed(late, sign_in, on_record, user, it_is):
    ended(sign_in("qiip.chair"), late)
    it_is(2021, 11, 12)
    late.refresh_from_db()
    with on_record():
        of = {"confirmed_by": user("business.manager")}
        read(late, user("qiip.chair"), date(2021, 10, 1), 40, 80, **of)
    manager, confirm = sign_in("business.manager"), "/groups/qiip/scorecard/confirm/"
    page = manager.post(confirm, sent_by(manager.get(confirm)))
    assert f"{late}: There are readings of later periods." in words_of(page)
    late.refresh_from_db()
    assert late.is_unconfirmed and late.ends_on is None
    assert reason(late).startswith("50.0% in October 2021")


@pytest.mark.parametrize("said", [(0, 0), "not_applicable", "not_supplied"])
def test_that_there_is_no_figure_ends_no_finding(late, on_record, user, it_is, said):
    """Were it confirmed: nothing has got better."""
    it_is(2021, 11, 5)
    assert reason(late).startswith("50.0% in September 2021") and NONE_SINCE in reason(late), "October is due"
    with on_record():
        of = {"confirmed_by": user("business.manager")}
        counts, answer = ((), {"answer": said}) if isinstance(said, str) else (said, {})
        read(late, user("qiip.chair"), date(2021, 10, 1), *counts, **of, **answer)
    assert reason(late).startswith("50.0% in September 2021") and NONE_SINCE in reason(late)
    assert "Worse than the period before" in dict(why_found(late))
    it_is(2021, 12, 5)
    with on_record():
        read(late, user("qiip.chair"), date(2021, 11, 1), 78, 80, **of)
    assert why_found(late) == ()


def test_an_agency_without_a_figure_ends_no_finding(on_record, user, it_is):
    one, other = Partner.objects.all()[:2]
    chair, of = user("qiip.chair"), {"confirmed_by": user("business.manager")}
    with on_record():
        measure = measure_of("qiip", first_day=date(2021, 8, 1), days_to_supply=3, by_agency=True)
        Target(measure=measure, period=date(2021, 8, 1), value=800).save()
        for partner in (one, other):
            MeasureAgency(measure=measure, partner=partner).save()
            read(measure, chair, date(2021, 8, 1), 40, 80, partner=partner, **of)
        read(measure, chair, date(2021, 9, 1), 79, 80, partner=one, **of)
        read(measure, chair, date(2021, 9, 1), partner=other, **of)
    assert reason(measure).startswith("50.0% in August 2021") and NONE_SINCE in reason(measure)


def test_beside_a_figure_that_nobody_has_confirmed_stands_the_last_that_was(
    late, on_record, user, sign_in, it_is
):
    it_is(2021, 11, 3)
    with on_record():
        read(late, user("qiip.chair"), date(2021, 10, 1), 78, 80)
    chair, told = sign_in("qiip.chair"), "Confirmed last: 50.0% in September 2021, off target"
    pages = ("/groups/qiip/scorecard/", "/scorecards/", "/exceptions/", late.get_absolute_url())
    for address in pages:
        assert told in words_of(chair.get(address)), address
    send(sign_in("business.manager"), "/groups/qiip/scorecard/confirm/")
    for address in pages:
        assert "Confirmed last" not in words_of(chair.get(address)), address
