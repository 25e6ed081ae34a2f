"""Measures over time: figures that came when they were due, and targets that are drawn ahead."""

from datetime import date

import pytest

from actions.measure_chart import chart_of
from subgroups.models import MeasureAgency, Partner, Reading, Target
from subgroups.periods import Frequency, Period
from subgroups.scorecard import series_of_measure
from subgroups.series import Line
from tests import test_scorecards
from tests.factories import measure_of, read
from tests.test_scorecards import APRIL, MONTHS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
in_june, measure, by_agency = test_scorecards.in_june, test_scorecards.measure, test_scorecards.by_agency


def test_what_came_on_time_is_worked_out_of_the_figures_of_all_groups(by_agency, on_record, user, it_is):
    council, police, health = Partner.objects.all()[:3]
    with on_record():
        supplied = measure_of(
            "management-group", name="On time", origin="supplied", by_agency=True, first_day=date(2021, 4, 1)
        )
        for partner in (council, police, health):
            MeasureAgency(measure=supplied, partner=partner).save()
    for day, partner, counts in ((14, council, (40, 80)), (14, health, ()), (15, police, (40, 80))):
        it_is(2021, 5, day)  # April's were due on the 14th
        with on_record():
            read(by_agency, user("qiip.chair"), date(2021, 4, 1), *counts, partner=partner)
    with on_record():
        wrong = Reading.objects.get(partner=council)
        wrong.confirmed_by = user("business.manager")
        wrong.save()
        right = Reading(**{name: getattr(wrong, name) for name in ("measure", "partner", "period", "answer")})
        right.numerator, right.denominator = "41", "80"
        wrong.correct(right, by=user("qiip.chair"), on_behalf=False, what_was_wrong="A slip", commentary="")
    it_is(2021, 6, 14)
    april, may = series_of_measure(supplied).cells
    assert {agency.pk: april.readings[agency.pk].counts for agency in (council, police, health)} == {
        council.pk: (1, 1),  # a correction later is no late figure
        police.pk: (0, 1),
        health.pk: (0, 1),  # that it was not supplied came on time
    }
    assert april.counts == (1, 3) and may.counts is None, "May’s are due today"
    it_is(2021, 6, 15)
    assert series_of_measure(supplied).cells[1].counts == (0, 3)


def test_that_it_does_not_apply_keeps_no_place_for_a_late_figure(by_agency, on_record, user, it_is):
    council, chair = Partner.objects.first(), user("qiip.chair")
    with on_record():
        supplied = measure_of(
            "management-group", name="On time", origin="supplied", by_agency=True, first_day=date(2021, 4, 1)
        )
        MeasureAgency(measure=supplied, partner=council).save()
    it_is(2021, 5, 14)
    with on_record():
        guess = read(by_agency, chair, date(2021, 4, 1), 50, 80, partner=council)
        guess.confirmed_by = user("business.manager")
        guess.save()
        none = Reading(measure=by_agency, partner=council, period=date(2021, 4, 1), answer="not_applicable")
        guess.correct(none, by=chair, on_behalf=False, what_was_wrong="A guess", commentary="")
    it_is(2021, 6, 14)
    assert series_of_measure(supplied).cells[0].readings[council.pk].counts == (1, 1)
    with on_record():
        late = Reading(measure=by_agency, partner=council, period=date(2021, 4, 1), answer="figure")
        late.numerator, late.denominator = "40", "80"
        none.correct(late, by=chair, on_behalf=False, what_was_wrong="It has come", commentary="")
    assert series_of_measure(supplied).cells[0].readings[council.pk].counts == (0, 1)
    assert series_of_measure(supplied).cells[0].is_unconfirmed, "as the figure that came is"


def test_a_figure_that_is_not_due_yet_hides_no_other_that_was(by_agency, on_record, it_is):
    council = Partner.objects.first()
    with on_record():
        supplied = measure_of(
            "management-group", name="On time", origin="supplied", by_agency=True, first_day=date(2021, 4, 1)
        )
        later = measure_of("mash", name="Due much later", by_agency=True, days_to_supply=366)
        for measure in (supplied, later):
            MeasureAgency(measure=measure, partner=council).save()
    it_is(2021, 6, 14)
    assert series_of_measure(supplied).cells[0].readings[council.pk].counts == (0, 1), (
        "April’s of the first were due on 14 May"
    )


def test_a_target_to_come_is_drawn_ahead_and_no_figure_is(measure, on_record, user):
    with on_record():
        read(measure, user("qiip.chair"), date(2021, 5, 1), 40, 80)
        for period, value in ((APRIL, 600), (date(2021, 8, 1), 700)):
            Target(measure=measure, period=period, value=value).save()
    chart = chart_of(series_of_measure(measure))
    places = len(MONTHS) + 5 - 1  # April 2020 to August 2021
    targets = [level for level in chart.levels if level.kind == "target"]
    assert chart.last == "August 2021" and len(targets) == places + 1
    assert [point.x for point in chart.points] == [f"{1300 / places:.2f}%"]
    *before, august = [level.y1 for level in targets]
    assert {*before} == {"50.00%"} and august == "8.33%", "the later one holds from August on"
    with on_record():
        Target(measure=measure, period=date(2030, 1, 1), value=800).save()
    assert chart_of(series_of_measure(measure)).last == "May 2022", "for a year at most"


def test_limits_foretell_nothing_of_what_is_not_as_usual(on_record, user):
    with on_record():
        measure = measure_of("qiip", first_day=date(2019, 4, 1))
        Target(measure=measure, period=date(2019, 4, 1), value=700).save()
        months = list(measure.first_period.until(Period(date(2021, 5, 1), Frequency.MONTH)))
        for number, month in enumerate(months):
            # Below the lower limit in the last six months; 1 of 80 is less than three steps before.
            read(
                measure,
                user("qiip.chair"),
                month.first_day,
                (20 if number >= len(months) - 6 else 56) + number % 2,
                80,
            )
    before, now = (Line(series_of_measure(measure), months[one]) for one in (10, -1))
    assert before.assurance_in_words == "If nothing changes, it may or may not meet its target."
    assert now.signal_is_bad
    assert now.assurance_in_words.startswith("It is not as usual now, so the limits do not say whether")
