"""The page of a measure: what is usual in words, the total of each period, and that it was stopped."""

from datetime import date

import pytest

from actions.measure_chart import chart_of, usual_in_words
from subgroups.models import Baseline, MeasureAgency, Partner, Target
from subgroups.periods import Frequency, Period
from subgroups.published import published_series_of
from subgroups.scorecard import series_of_measure
from tests.answers import said, words_of
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
APRIL = date(2021, 4, 1)
MONTHS = list(Period.holding(date(2020, 4, 1), Frequency.MONTH).until(Period.holding(APRIL, Frequency.MONTH)))


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def chair(user):
    return user("qiip.chair")


def enter(measure, by, *counts):
    """In each of thirteen months the one count, and in the next the other."""
    for number, month in enumerate(MONTHS):
        read(measure, by, month.first_day, *counts[number % 2])


# Mean of 7 times 50.0% and 6 times 51.25%; each step is 1.25, and a limit 2.66 times that from the mean.
SHARE = "47.3% to 53.9%, mean 50.6%"


@pytest.fixture
def share(on_record, chair):
    with on_record():
        measure = measure_of("qiip")
        enter(measure, chair, (40, 80), (41, 80))
    return measure


def test_what_is_usual_stands_in_words_and_in_what_the_chart_tells(share, sign_in):
    page = sign_in("qiip.chair").get(share.get_absolute_url())
    assert f"Usual {SHARE}" in words_of(page)
    assert f"Usual from April 2020: {SHARE}." in words_of(page)
    told = chart_of(published_series_of(share)).told
    assert told.endswith(f"Usual from April 2020: {SHARE}"), "no figure of it is hidden"


def test_a_count_has_one_decimal_and_its_unit(on_record, chair):
    with on_record():
        count = measure_of("qiip", numerator="days", denominator="", unit="days")
        enter(count, chair, (1000,), (1200,))
    series = series_of_measure(count)
    assert usual_in_words(series, series.limits) == "560.3 to 1,624.3 days, mean 1,092.3"


def test_what_leaves_the_site_says_nothing_of_it_where_a_figure_is_hidden(on_record, chair, share, sign_in):
    with on_record():
        read(share, chair, date(2021, 5, 1), 3, 80)
    assert "Usual" not in chart_of(published_series_of(share)).told
    assert "Usual from April 2020: " in chart_of(series_of_measure(share)).told
    page = words_of(sign_in("qiip.chair").get(share.get_absolute_url()))
    assert "Usual " in page, "posts see it"


def test_before_there_are_limits_and_where_nothing_varies_nothing_is_said_to_be_usual(
    on_record, chair, share, sign_in
):
    with on_record():
        Baseline(measure=share, period=APRIL, why="Another way of booking").save()
        same = measure_of("qiip", name="Always the same")
        enter(same, chair, (60, 80), (60, 80))
    page = words_of(sign_in("qiip.chair").get(share.get_absolute_url()))
    assert "Target None Usual" not in page, "the new baseline has one figure"
    series = series_of_measure(same)
    assert series.limits and usual_in_words(series, series.limits) == ""


def test_the_total_of_each_period_stands_in_a_table_beside_its_agencies(on_record, chair, sign_in):
    one, other = Partner.objects.all()[:2]
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=APRIL)
        for partner in (one, other):
            MeasureAgency(measure=measure, partner=partner).save()
        read(measure, chair, APRIL, 30, 80, partner=one)
        read(measure, chair, APRIL, 41, 79, partner=other)
        read(measure, chair, date(2021, 5, 1), 60, 80, partner=one)
    page = words_of(sign_in("qiip.chair").get(measure.get_absolute_url()))
    totals = page[page.index("All agencies together") :]
    assert f"May 2021 75.0% 60 of 80 Without {other}" in totals
    assert "April 2021 44.7% 71 of 159 Not confirmed yet Agency by agency" in totals
    assert f"{one} 37.5% (30 of 80)" in totals, "what each agency entered stands below"


def test_a_measure_without_agencies_has_one_table(share, sign_in):
    page = said(sign_in("qiip.chair").get(share.get_absolute_url()))
    assert "All agencies together" not in page and page.count("<caption") == 1


def test_a_measure_that_was_stopped_says_so_and_offers_nothing_that_would_change_it(
    share, on_record, sign_in, it_is
):
    reader = sign_in("qiip.chair")
    page = words_of(reader.get(share.get_absolute_url()))
    assert "No longer read" not in page
    assert "Set a target" in page and "Begin a new baseline" in page and "Raise an exception" in page
    with on_record():
        share.ended_on = date(2021, 5, 1)
        share.save()
    it_is(2021, 7, 1)
    page = words_of(reader.get(share.get_absolute_url()))
    assert "No longer read from 1 May 2021." in page and "Change the measure" in page
    assert not any(button in page for button in ("Set a target", "new baseline", "Raise an exception"))


def test_a_month_before_any_measure_began_is_one_sentence(share, sign_in):
    reader = sign_in("management.chair")
    page = reader.get("/scorecards/?month=2015-01")
    assert "No group had a measure in January 2015." in words_of(page)
    assert "<table" not in said(page) and "QiiP Subgroup</a></h2>" not in said(page)
    page = reader.get("/scorecards/?month=2021-04")
    assert "Places taken up" in words_of(page) and "No group had" not in words_of(page)


def test_where_there_is_no_figure_it_is_said_once(on_record, chair, sign_in, it_is):
    it_is(2021, 6, 9)  # papers have closed
    with on_record():
        measure = measure_of("qiip", first_day=APRIL)
        Target(measure=measure, period=APRIL, value=800).save()
    reader = sign_in("executive")
    for address in ("/decisions/", measure.get_absolute_url()):
        page = words_of(reader.get(address))
        assert "No figure" in page and "No figure No figure" not in page, address
    with on_record():
        read(measure, chair, date(2021, 5, 1))
    it_is(2021, 6, 20)  # it was due
    page = words_of(reader.get(measure.get_absolute_url()))
    assert "No figure Not supplied" in page
