"""Scorecards as they leave the site: small counts hidden, and whatever would give them away."""

import json
import re
from datetime import date
from itertools import count

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actions.measure_chart import chart_of, why_no_limits
from actions.models import ExceptionReport
from gscp import facts
from gscp.record import TOMBSTONE
from subgroups.models import Baseline, Measure, MeasureAgency, Partner, Reading, Target
from subgroups.published import published_series_of, readings_shown
from subgroups.scorecard import lines_of
from subgroups.series import Line, Standing
from tests.answers import words_of
from tests.conftest import AGENDA, ASK
from tests.factories import measure_of, read
from tests.rows_of_record import without_triggers
from tests.test_saving import rows_of_csv, rows_of_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
APRIL = date(2021, 4, 1)
MAY = date(2021, 5, 1)


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def shares(on_record, user):
    """A share of three agencies, 3 of 40, 21 of 50 and 33 of 60: the total would give the first away."""
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=APRIL)
        Partner(name="An academy trust", kind="education", started_on=APRIL).save()
        agencies = list(Partner.objects.order_by("pk"))
        for partner in agencies:
            MeasureAgency(measure=measure, partner=partner).save()
        Target(measure=measure, period=APRIL, value=400).save()
        pairs = [(3, 40), (21, 50), (33, 60)]
        for partner, pair in zip(agencies, pairs, strict=False):
            read(measure, user("qiip.chair"), APRIL, *pair, partner=partner)
            read(measure, user("qiip.chair"), MAY, pair[0] + 10, pair[1], partner=partner)
        read(measure, user("qiip.chair"), APRIL, answer="not_applicable", partner=agencies[3])
    return measure


@pytest.fixture
def cases(on_record, user):
    with on_record():
        measure = measure_of("qiip", name="Cases", denominator="", unit="cases", better="down", tolerance=0)
        Target(measure=measure, period=date(2020, 4, 1), value=5).save()
        for month, number in zip(measure.first_period.until(measure.last_ended_period(APRIL)), count(7)):
            read(measure, user("qiip.chair"), month.first_day, number)
        read(measure, user("qiip.chair"), APRIL, 3)
    return measure


def cell_of(measure, month=APRIL):
    series = published_series_of(measure)
    return series.cell(series.measure.period(month))


def test_a_small_count_of_an_agency_takes_those_of_all_with_it_and_the_total_stays(shares):
    cell = cell_of(shares)
    said = [words for _, words in cell.by_agency]
    assert said == ["[c] ([c] of 40)", "[c] ([c] of 50)", "[c] ([c] of 60)", "[z]"]
    assert (cell.in_words, cell.counts_in_words) == ("38.0%", "57 of 150")
    assert published_series_of(shares).standing(cell) == Standing.WITHIN_TOLERANCE


def test_until_each_agency_has_answered_no_figure_of_the_period_leaves(shares, on_record, user):
    """A small figure that comes late would be what two totals, or all the others, differ by."""
    may = cell_of(shares, MAY)
    assert [words for _, words in may.by_agency] == [*["[c] ([c] of [c])"] * 3, "[x]"]
    assert (may.in_words, may.counts_in_words) == ("[c]", "[c] of [c]")
    with on_record():
        read(
            shares,
            user("qiip.chair"),
            MAY,
            answer="not_applicable",
            partner=Partner.objects.order_by("pk").last(),
        )
    assert [words for _, words in cell_of(shares, MAY).by_agency] == [
        "32.5% (13 of 40)", "62.0% (31 of 50)", "71.7% (43 of 60)", "[z]",
    ]  # fmt: skip


def test_a_small_count_stays_hidden_once_its_agency_has_a_successor(shares, on_record):
    first = Partner.objects.order_by("pk").first()
    with on_record():
        later = Partner(name="A later one", kind=first.kind, started_on=date(2021, 4, 15))
        later.save()
        first.ended_on, first.succeeded_by = date(2021, 4, 15), later
        first.save()
    said = {str(agency): words for agency, words in cell_of(shares).by_agency}
    assert said["A later one"] == "[c] ([c] of 40)"
    assert not shares.readings.filter(pk__in=readings_shown(), numerator="3").exists()


@pytest.mark.parametrize(("was", "now"), [(3, 30), (30, 3)])
def test_a_correction_of_a_small_count_takes_the_whole_period_with_it(shares, on_record, user, was, now):
    """Else two days' files tell it: of the one the total less the others, of the other what was corrected."""
    with on_record():
        read(
            shares,
            user("qiip.chair"),
            MAY,
            answer="not_applicable",
            partner=Partner.objects.order_by("pk").last(),
        )
        for period in (APRIL, MAY):
            wrong = shares.readings.get(period=period, partner=Partner.objects.order_by("pk")[1])
            figures = {"numerator": str(now), "denominator": "50", "partner": wrong.partner}
            right = Reading(measure=shares, period=period, answer="figure", **figures)
            wrong.correct(right, user("qiip.chair"), False, what_was_wrong="A slip", commentary="")
    assert cell_of(shares, APRIL).in_words == "[c]" and cell_of(shares, APRIL).counts is None
    may = [words for _, words in cell_of(shares, MAY).by_agency]
    if now == 3:
        assert may == [*["[c] ([c] of [c])"] * 3, "[z]"]
    else:
        assert may[1] == "60.0% (30 of 50)", "there was no small one"


def test_a_small_count_that_was_corrected_and_taken_out_keeps_its_period_hidden(shares, on_record, user):
    wrong = shares.readings.get(period=APRIL, numerator="3")
    with on_record():
        right = Reading(measure=shares, period=APRIL, answer="figure", numerator="30", denominator="40")
        right.partner = wrong.partner
        wrong.correct(right, user("qiip.chair"), False, what_was_wrong="A slip", commentary="")
    assert cell_of(shares).in_words == "[c]"
    with without_triggers():
        Reading.objects.filter(pk=wrong.pk).update(numerator=TOMBSTONE)
    assert cell_of(shares).in_words == "[c]", "an earlier paper has the total with the small one"


def test_two_agencies_that_are_one_now_are_shown_as_one_unless_one_had_a_small_count(shares, on_record):
    first, second = Partner.objects.order_by("pk")[:2]
    with on_record():
        second.kind = first.kind
        first.ended_on, first.succeeded_by = date(2021, 4, 15), second
        first.save()
    cell = cell_of(shares)
    assert [words for _, words in cell.by_agency] == [*["[c] ([c] of [c])"] * 2, "[z]"]
    assert cell.in_words == "[c]"


def test_once_a_figure_of_an_agency_was_taken_out_no_other_of_the_period_leaves(shares):
    """The totals of before and after would differ by it."""
    with without_triggers():
        Reading.objects.filter(period=APRIL, numerator="33").update(numerator=TOMBSTONE)
    cell = cell_of(shares)
    assert [words for _, words in cell.by_agency][:3] == [
        "[c] ([c] of [c])", "[c] ([c] of [c])", "[taken out of the record]",
    ]  # fmt: skip
    assert cell.in_words == "[c]"


def test_what_is_small_is_hidden_with_its_standing_and_what_changed(cases):
    series = published_series_of(cases)
    line = next(line for line in lines_of([series], date(2021, 4, 30)))
    assert (line.cell.in_words, line.standing, line.direction) == ("[c]", Standing.HIDDEN, "")
    assert (line.before.in_words, line.target_in_words) == ("18 cases", "5 cases")
    assert line.cell.is_supplied and not line.needs_a_word


def test_a_chart_has_no_point_no_limits_and_no_words_of_what_is_hidden(cases):
    series = published_series_of(cases)
    chart = chart_of(series)
    assert len(chart.points) == 12 and "April 2021: [c]. May" not in chart.told
    assert chart.told.endswith("March 2021: 18 cases. April 2021: [c]")
    assert not [level for level in chart.levels if level.kind in ("mean", "limit")]
    assert "hidden" in why_no_limits(series) and not series.signals
    assert Line(series, series.cells[-2].period).assurance is None


def test_on_the_site_whoever_holds_a_post_sees_it(cases, sign_in):
    page = sign_in("mash.chair").get(reverse("scorecard", args=["qiip"])).content.decode()
    assert re.search(r"\b3 cases", page) and "below the lower limit" in page


@pytest.mark.parametrize(("form", "rows_of"), [("csv", rows_of_csv), ("xlsx", rows_of_xlsx)])
def test_the_file_of_a_scorecard_hides_it_and_says_what_its_letters_mean(
    shares, cases, sign_in, form, rows_of
):
    url = reverse("scorecard_export", args=["qiip", form])
    file = sign_in("scrutineer").get(f"{url}?month=2021-04").content
    heading, *rows = rows_of(file)
    named = [dict(zip(heading, map(str, row), strict=True)) for row in rows]
    agencies = [(row["Agency"], row["Figure"], row["Count"], row["Out Of"]) for row in named[:5]]
    names = [str(agency) for agency in Partner.objects.order_by("pk")]
    assert agencies == [
        ("All", "38.0%", "57", "150"),
        (names[0], "[c]", "[c]", "40"),
        (names[1], "[c]", "[c]", "50"),
        (names[2], "[c]", "[c]", "60"),
        (names[3], "[z]", "", ""),
    ]
    whole = named[5]
    assert (whole["Measure"], whole["Figure"], whole["Count"]) == ("Cases", "[c]", "[c]")
    assert (whole["Period Before"], whole["A Year Before"], whole["Standing"]) == (
        "18 cases",
        "7 cases",
        "[c]",
    )
    assert [row["Group"] for row in named[6:]] == ["[c]", "[x]", "[z]", "0"]
    assert all(row["Measure"] for row in named[6:])


def test_the_file_of_all_groups_has_them_all(shares, on_record, user, sign_in, it_is):
    with on_record():
        other = measure_of("mash", name="Contacts", first_day=APRIL)
        read(other, user("mash.chair"), APRIL, 40, 80)
        read(other, user("mash.chair"), MAY, answer="not_supplied")
    it_is(2021, 6, 20)
    file = sign_in("scrutineer").get(f"{reverse('scorecards_export', args=['csv'])}?month=2021-05").content
    figures = {row[1]: row[4] for row in reversed(rows_of_csv(file)[1:])}
    assert (figures["Contacts"], figures["Places taken up"]) == ("[x]", "[c]")


def test_readings_of_which_nothing_is_hidden(shares, on_record, user):
    of_april = list(shares.readings.filter(period=APRIL).order_by("pk"))
    assert readings_shown() == {of_april[3].pk}
    with on_record():
        last = read(shares, user("qiip.chair"), MAY, answer="not_applicable", partner=of_april[3].partner)
    of_may = list(shares.readings.filter(period=MAY))
    assert last in of_may and readings_shown() == {one.pk for one in [of_april[3], *of_may]}


PACK = "/meetings/management-group/2021-06-15/pack/"


def test_papers_have_the_scorecards_of_those_who_report_as_they_stood(
    shares, cases, on_record, user, sign_in, it_is
):
    agencies = list(Partner.objects.order_by("pk"))
    it_is(2021, 6, 20)
    with on_record():
        read(shares, user("qiip.chair"), MAY, 7, 70, partner=agencies[3])
        read(cases, user("qiip.chair"), MAY, 41)
    page = words_of(sign_in("scrutineer").get(PACK))
    assert "38.0%" in page and "May 2021 is due by 14 June 2021" in page and "41 cases" not in page
    assert f"{agencies[2]} [c] ([c] of 60); " in page and f"{agencies[3]} [z]" in page
    assert "[c] A count of 1 to 5 is hidden here" in page and "[z] Not applicable." in page
    assert f"{agencies[0]} 7.5%" not in page


def test_papers_show_no_small_figure_in_chart_table_or_request(cases, sign_in, send, it_is):
    chair = sign_in("qiip.chair")
    assert send(chair, reverse("measure_ask", args=[cases.pk]), **ASK).status_code == 302
    scrutineer = sign_in("scrutineer")
    assert re.search(r"\b3 cases", words_of(scrutineer.get(AGENDA)))
    it_is(2021, 6, 20)
    page = scrutineer.get(PACK).content.decode()
    assert "Exception report on Cases" in page and page.count("<strong>[c]</strong>") >= 2
    assert "April 2021: [c]" in page
    for given_away in (r"\b3 cases", "Down by 15", "below the lower limit"):
        assert not re.search(given_away, page), given_away


def test_the_data_of_papers_hold_commitments_to_figures_of_those_who_report(
    shares, cases, sign_in, send, it_is
):
    assert send(sign_in("qiip.chair"), reverse("measure_ask", args=[cases.pk]), **ASK).status_code == 302
    it_is(2021, 6, 20)
    pack = json.loads(b"".join(sign_in("scrutineer").get(f"{PACK}data/")))
    rows = {(record["model"], record["row"]["id"]): record["row"] for record in pack["records"]}
    for reading in shares.readings.filter(answer="figure"):
        assert set(rows["subgroups.reading", reading.pk]["numerator"]) == {"entry", "sha256"}
    assert ("subgroups.measure", cases.pk) in rows
    assert ("actions.exceptionreport", ExceptionReport.objects.get().pk) in rows


# Of a register one table goes out, whose small counts hide one another: no second one to compare with.
@pytest.mark.parametrize(
    "other",
    [
        {"frequency": "quarter"},
        {"frequency": "year"},
        {"by_agency": True},
        {"denominator": "", "unit": "places"},
        {"frequency": "quarter", "ended_on": date(2021, 7, 1)},
    ],
)
def test_a_second_measure_of_a_register_that_counts_it_otherwise_is_refused(other, on_record):
    with on_record():
        first = measure_of("qiip", origin="access", first_day=APRIL)
    second = {"origin": "access", "name": "Another", "first_day": APRIL} | other
    refused = pytest.raises(ValidationError, match="“Places taken up” is worked out from the same register")
    with refused, on_record():
        measure_of("qiip", **second)
    with on_record():
        measure_of("mash", **second)
        measure_of("qiip", **second | {"name": "Of impact", "origin": "impact", "by_agency": False})
        measure_of("qiip", **second | {"name": "Entered", "origin": "entered"})
        measure_of("qiip", name="The same, with another target", origin="access", first_day=APRIL)
        for one in Measure.objects.filter(group=first.group_id, origin="access"):
            one.ended_on = one.first_day  # it was of no period
            one.save()
        measure_of("qiip", **second)


def test_a_register_is_counted_otherwise_from_the_period_on_with_which_the_first_measure_ended(on_record):
    with on_record():
        first = measure_of("qiip", origin="access", ended_on=APRIL)
        second = measure_of("qiip", name="By quarter", origin="access", first_day=APRIL, frequency="quarter")
    first.ended_on = MAY
    refused = pytest.raises(ValidationError, match="“By quarter” is worked out from the same register")
    with refused, on_record():
        first.save()
    assert second.first_day == APRIL


def test_the_form_of_a_measure_says_why_it_may_not_count_a_register_otherwise(on_record, sign_in, send):
    with on_record():
        first = measure_of("qiip", name="Another", origin="access", first_day=APRIL)
    client = sign_in("business.manager")
    form = client.get(reverse("measure_edit", args=[first.pk])).context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    days = {"first_day-day": "1", "first_day-month": "4", "first_day-year": "2021", "reason": "Quarters do"}
    other = {"name": "One", "frequency": "quarter", "days_to_supply": "14"}
    page = words_of(send(client, reverse("measure_new", args=["qiip"]), **typed | days | other))
    assert "“Another” is worked out from the same register" in page


def test_a_scorecard_as_at_a_moment_is_that_of_the_moment(shares, cases, on_record, user, sign_in, it_is):
    it_is(2021, 7, 5)
    with on_record():
        first = shares.readings.get(period=APRIL, numerator="33")
        second = Reading(
            measure=shares,
            period=APRIL,
            partner=first.partner,
            answer="figure",
            numerator="43",
            denominator="60",
        )
        first.correct(second, user("qiip.chair"), False, what_was_wrong="Ten were left out", commentary="")
        read(cases, user("qiip.chair"), date(2021, 6, 1), 77)
    reader = sign_in("scrutineer")
    now = words_of(reader.get(f"{reverse('scorecard', args=['qiip'])}?month=2021-04"))
    then = words_of(reader.get("/scrutiny/as-at/2021-06-20/groups/qiip/scorecard/?month=2021-04"))
    assert "67 of 150" in now and "57 of 150" in then and "67 of 150" not in then
    assert re.search(r"\b3 cases", then), "it is a page of the site"
    latest = words_of(reader.get("/scrutiny/as-at/2021-06-20/groups/qiip/scorecard/"))
    assert "by the end of May 2021" in latest and "77 cases" not in latest
    file = reader.get("/scrutiny/as-at/2021-06-20/groups/qiip/scorecard/export.csv?month=2021-04").content
    assert [row[4:7] for row in rows_of_csv(file)[1:2]] == [["38.0%", "57", "150"]]


@pytest.mark.parametrize(
    "url", ["/scorecards/export.csv", PACK, "/scrutiny/compare/?since=2021-06-05&until=2021-06-19"]
)
def test_it_costs_as_many_queries_for_any_number_of_figures(
    shares, cases, on_record, user, sign_in, it_is, url
):
    reader = sign_in("scrutineer")

    def queries() -> int:
        it_is(2021, 6, 20)
        facts.kept.clear()
        with CaptureQueriesContext(connection) as captured:
            assert b"".join(reader.get(url))
        return len(captured)

    def more(names: str) -> None:
        it_is(2021, 6, 8)
        with on_record():
            for name in names:
                other = measure_of("mash", name=f"Contacts {name}", first_day=APRIL)
                read(other, user("mash.chair"), APRIL, 3, 80)
                read(other, user("mash.chair"), MAY, 40, 80)
                Baseline(measure=other, period=MAY, why="Contacts by telephone count, too").save()

    more("A")
    before = queries()
    more("BCD")
    assert queries() == before
