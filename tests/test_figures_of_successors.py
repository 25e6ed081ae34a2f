"""Figures of agencies of which one took the other's place, recorded after they were entered."""

from datetime import date

import pytest

from subgroups.models import MeasureAgency, Partner
from subgroups.scorecard import series_of_measure
from tests import test_measure_judged
from tests.answers import words_of
from tests.factories import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
in_june, of_two, chair = test_measure_judged.in_june, test_measure_judged.of_two, test_measure_judged.chair
IN_MAY = date(2021, 5, 1)


def test_a_succession_recorded_after_the_figures_counts_each_once(of_two, on_record, it_is):
    one, two = Partner.objects.all()[:2]
    with on_record():
        three = Partner(name="A later one", kind=two.kind, started_on=date(2021, 4, 15))
        three.save()
        two.ended_on, two.succeeded_by = date(2021, 4, 15), three
        two.save()
    april = series_of_measure(of_two).cells[0]
    assert [str(agency) for agency, _ in april.by_agency] == [str(one), str(three)]
    assert (april.counts, april.missing) == ((60, 80), [])


def test_two_predecessors_of_one_successor_both_count(of_two, on_record):
    one, two = Partner.objects.all()[:2]
    with on_record():
        three = Partner(name="Both together", kind=two.kind, started_on=date(2021, 4, 15))
        three.save()
        for old in (one, two):
            old.kind = two.kind
            old.ended_on, old.succeeded_by = date(2021, 4, 15), three
            old.save()
    april = series_of_measure(of_two).cells[0]
    assert april.counts == (60, 80)
    assert april.by_agency == [(three, "75.0% (60 of 80)")] and april.is_unconfirmed


def test_one_that_takes_the_place_of_another_has_both_their_figures(of_two, on_record, sign_in):
    """Both were entered for the period, and both stay in the total."""
    one, two, three = Partner.objects.all()
    with on_record():
        MeasureAgency(measure=of_two, partner=three).save()
        two.kind = one.kind
        one.ended_on, one.succeeded_by = date(2021, 4, 15), two
        one.save()
    april = series_of_measure(of_two).cells[0]
    assert (april.counts, april.by_agency) == ((60, 80), [(two, "75.0% (60 of 80)")])
    grid = words_of(sign_in("qiip.chair").get("/groups/qiip/scorecard/enter/2021-04/"))
    assert f"{three}: places attended" in grid and f"{two}: places attended" not in grid


def test_where_one_of_two_that_are_one_now_has_no_figure_there_is_none_of_both(of_two, on_record, chair):
    one, two = Partner.objects.all()[:2]
    with on_record():
        read(of_two, chair, IN_MAY, 10, 20, partner=one)
        read(of_two, chair, IN_MAY, answer="not_supplied", partner=two)
        two.kind = one.kind
        one.ended_on, one.succeeded_by = date(2021, 5, 15), two
        one.save()
    assert series_of_measure(of_two).cells[-1].by_agency == [(two, "Not supplied")]
