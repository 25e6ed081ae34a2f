"""Scorecards: how readings are entered, corrected and confirmed, and what a line says of them."""

from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from actions.forms.readings import CountField
from actions.measure_chart import why_no_limits
from gscp.record import TOMBSTONE, Change
from subgroups.models import Baseline, MeasureAgency, Partner, Reading, Target
from subgroups.periods import Frequency, Period
from subgroups.scorecard import series_of_measure
from subgroups.series import Line, Standing
from tests.answers import sent_by, words_of
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
APRIL = date(2020, 4, 1)
MONTHS = list(Period.holding(APRIL, Frequency.MONTH).until(Period.holding(date(2021, 3, 1), Frequency.MONTH)))


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def measure(on_record):
    with on_record():
        return measure_of("qiip")


@pytest.fixture
def by_agency(on_record):
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=date(2021, 4, 1))
        for partner in Partner.objects.all()[:3]:
            MeasureAgency(measure=measure, partner=partner).save()
        return measure


def line_of(measure, month: date) -> Line:
    return Line(series_of_measure(measure), Period.holding(month, measure.frequency))


# ---------------------------------------------------------------- what a line says


def test_a_line_has_its_counts_the_period_before_and_the_year_before(measure, on_record, user):
    with on_record():
        read(measure, user("qiip.chair"), APRIL, 40, 80)
        read(measure, user("qiip.chair"), date(2021, 3, 1), 60, 80)
        read(measure, user("qiip.chair"), date(2021, 4, 1), 62, 80)
        Target(measure=measure, period=APRIL, value=800).save()
    line = line_of(measure, date(2021, 4, 1))
    assert (line.cell.in_words, line.cell.counts_in_words) == ("77.5%", "62 of 80")
    assert (line.before.in_words, line.year_before.in_words) == ("75.0%", "50.0%")
    assert line.direction == "Up by 2.5 percentage points: better"
    assert (line.standing, line.target_in_words) == (Standing.WITHIN_TOLERANCE, "80.0%")


@pytest.mark.parametrize(
    ("better", "value", "expected"),
    [
        ("up", 800, Standing.ON_TARGET),
        ("up", 850, Standing.WITHIN_TOLERANCE),
        ("up", 851, Standing.OFF_TARGET),
        ("down", 800, Standing.ON_TARGET),
        ("down", 750, Standing.WITHIN_TOLERANCE),
        ("down", 749, Standing.OFF_TARGET),
        ("neither", 0, Standing.NO_TARGET),
        ("up", None, Standing.NO_TARGET),
    ],
)
@pytest.mark.run_in("sqlite")  # arithmetic
def test_the_rating_is_worked_out_from_target_and_tolerance(on_record, user, better, value, expected):
    with on_record():
        measure = measure_of("qiip", better=better)
        read(measure, user("qiip.chair"), APRIL, 64, 80)
        Target(measure=measure, period=APRIL, value=value).save()
    assert line_of(measure, APRIL).standing == expected


def test_a_target_holds_until_the_next_one(measure, on_record):
    with on_record():
        Target(measure=measure, period=date(2020, 6, 1), value=700).save()
        Target(measure=measure, period=date(2020, 9, 1), value=800).save()
        Target(measure=measure, period=date(2020, 12, 1), value=None).save()
    series = series_of_measure(measure)
    targets = {month.first_day.month: series.target(month) for month in MONTHS}
    assert [targets[month] for month in (5, 6, 8, 9, 11, 12, 3)] == [None, 700, 700, 800, 800, None, None]


def test_nought_not_supplied_and_not_applicable_are_not_one_another(measure, on_record, user):
    with on_record():
        read(measure, user("qiip.chair"), APRIL, 0, 80)
        read(measure, user("qiip.chair"), date(2020, 5, 1), answer="not_supplied")
        read(measure, user("qiip.chair"), date(2020, 6, 1), answer="not_applicable")
        read(measure, user("qiip.chair"), date(2020, 7, 1), 0, 0)
    cells = series_of_measure(measure).cells
    assert [cell.in_words for cell in cells[:5]] == ["0.0%", "Not supplied", "Not applicable", "0 of 0", ""]
    assert [cell.is_supplied for cell in cells[:5]] == [True, False, True, True, False]


def test_a_total_is_worked_out_and_says_which_agency_is_missing(by_agency, on_record, user):
    one, two, three = by_agency.agencies_on(date(2021, 4, 30))
    with on_record():
        read(by_agency, user("qiip.chair"), date(2021, 4, 1), 30, 40, partner=one)
        read(by_agency, user("qiip.chair"), date(2021, 4, 1), answer="not_supplied", partner=two)
    cell = line_of(by_agency, date(2021, 4, 1)).cell
    assert (cell.counts, cell.missing, cell.is_supplied) == ((30, 40), [two, three], False)
    with on_record():
        read(by_agency, user("qiip.chair"), date(2021, 4, 1), answer="not_applicable", partner=three)
    cell = line_of(by_agency, date(2021, 4, 1)).cell
    assert (cell.missing, cell.lacking, cell.is_whole) == ([two], [two], False)


def test_limits_begin_with_the_thirteenth_reading_and_anew_with_a_baseline(measure, on_record, user):
    months = list(measure.first_period.until(measure.last_ended_period(date(2021, 5, 31))))
    assert "There is none yet." in why_no_limits(series_of_measure(measure))
    with on_record():
        for number, month in enumerate(months[:12]):
            read(measure, user("qiip.chair"), month.first_day, 40 + number % 2, 80)
    assert series_of_measure(measure).limits is None
    assert series_of_measure(measure).points_to_come == 1
    assert "There are 12." in why_no_limits(series_of_measure(measure))
    with on_record():
        read(measure, user("qiip.chair"), months[12].first_day, 40, 80)
    assert series_of_measure(measure).limits.mean == Fraction(7 * 1000 + 6 * 1025, 2 * 13)
    with on_record():
        Baseline(measure=measure, period=months[6].first_day, why="Another way of booking").save()
    series = series_of_measure(measure)
    assert [len(cells) for cells, _ in series.stretches] == [6, 7] and series.limits is None


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("period", "columns", "field"),
    [
        (APRIL, {"numerator": "81", "denominator": "80"}, "numerator"),
        (APRIL, {"numerator": "8", "denominator": ""}, "denominator"),
        (date(2020, 3, 1), {"numerator": "8", "denominator": "80"}, "period"),
        (date(2020, 4, 2), {"numerator": "8", "denominator": "80"}, "period"),
        (date(2030, 4, 1), {"numerator": "8", "denominator": "80"}, "period"),
        (APRIL, {"numerator": "08", "denominator": "80"}, "numerator"),
        (APRIL, {"numerator": "-8", "denominator": "80"}, "numerator"),
    ],
)
def test_a_reading_that_cannot_be_is_refused(measure, on_record, user, period, columns, field):
    with pytest.raises(ValidationError) as refused, on_record():
        Reading(
            measure=measure, period=period, answer="figure", entered_by=user("qiip.chair"), **columns
        ).save()
    assert field in refused.value.message_dict
    assert not Reading.objects.exists()


def test_an_agency_that_is_no_partner_on_that_day_is_refused(by_agency, on_record, user):
    with on_record():
        other = Partner(name="An academy trust", kind="education", started_on=date(2021, 5, 1))
        other.save()
        MeasureAgency(measure=by_agency, partner=other).save()
    with pytest.raises(ValidationError, match="no figure of its own"), on_record():
        read(by_agency, user("qiip.chair"), date(2021, 4, 1), 3, 4, partner=other)


def test_what_readings_rest_on_stays(measure, on_record, user):
    with on_record():
        read(measure, user("qiip.chair"), APRIL, 40, 80)
    for column, value in [("frequency", "quarter"), ("by_agency", True), ("denominator", "")]:
        measure.refresh_from_db()
        setattr(measure, column, value)
        with pytest.raises(ValidationError), on_record():
            measure.save()


# ---------------------------------------------------------------- entering, correcting, confirming


def enter(client, measure, month="2020-04", **boxes):
    page = client.get(url := address(month))
    form = page.context["form"]
    data = {"token": form["token"].value(), "seen": form["seen"].value()} | boxes
    return client.post(url, data)


def test_a_chair_enters_figures_and_another_post_confirms_them(measure, sign_in, user):
    name = f"{measure.pk}_all"
    answer = enter(sign_in("qiip.chair"), measure, **{f"count_{name}": "1,062", f"whole_{name}": "1,280"})
    assert answer.status_code == 302
    reading = Reading.objects.get()
    assert (reading.counts, reading.on_behalf, reading.confirmed_by) == ((1062, 1280), False, None)
    confirm = reverse("readings_confirm", args=["qiip"])
    nothing = "There is nothing for you to confirm here."
    own = sign_in("qiip.chair").get(confirm, follow=True)
    assert nothing in own.content.decode(), "it is their own"
    manager = sign_in("business.manager")
    assert nothing not in manager.get(confirm).content.decode()
    assert manager.post(confirm, sent_by(manager.get(confirm))).status_code == 302
    reading.refresh_from_db()
    assert reading.confirmed_by == user("business.manager")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("n/a", "not_applicable"),
        ("Not supplied", "not_supplied"),
        ("[x]", "not_supplied"),
        ("[z]", "not_applicable"),
    ],
)
@pytest.mark.run_in("sqlite")  # reading a box
def test_an_answer_without_a_figure_is_understood(measure, sign_in, typed, answer):
    assert enter(sign_in("qiip.chair"), measure, **{f"count_{measure.pk}_all": typed}).status_code == 302
    assert Reading.objects.get().answer == answer


@pytest.mark.parametrize("typed", ["62%", "6.5", "six", "-3", "1,06", "١٢"])
@pytest.mark.run_in("sqlite")  # reading a box
def test_what_is_no_count_is_refused_and_stays_in_its_box(measure, sign_in, typed):
    name = f"{measure.pk}_all"
    page = enter(sign_in("qiip.chair"), measure, **{f"count_{name}": typed, f"whole_{name}": "80"})
    assert page.status_code == 200 and not Reading.objects.exists()
    assert page.context["form"].errors.get(f"count_{name}")
    assert page.context["form"][f"count_{name}"].value() == typed


def test_a_small_number_is_asked_about_once(measure, sign_in):
    name = f"{measure.pk}_all"
    boxes = {f"count_{name}": "3", f"whole_{name}": "80"}
    client = sign_in("qiip.chair")
    page = enter(client, measure, **boxes)
    form = page.context["form"]
    assert "can point at a child" in form.errors[f"count_{name}"][0] and not Reading.objects.exists()
    again = {"numbers_shown": form["numbers_shown"].value(), "small_confirmed": "on"}
    assert enter(client, measure, **boxes, **again).status_code == 302
    assert Reading.objects.get().is_small


def test_none_at_all_where_there_were_many_is_asked_about_once(measure, on_record, user, sign_in, it_is):
    name, client = f"{measure.pk}_all", sign_in("qiip.chair")
    boxes = {f"count_{name}": "0", f"whole_{name}": "0"}
    with on_record():
        read(measure, user("qiip.chair"), date(2021, 4, 1), 40, 80)
    page = enter(client, measure, "2021-05", **boxes)
    form = page.context["form"]
    assert form.errors[f"whole_{name}"] == [
        "There were 80 in April 2021. Check that there were none, and confirm below. "
        "If no figure came, write “not supplied”."
    ]
    assert "I have checked: there were none" in words_of(page) and Reading.objects.count() == 1
    again = {"numbers_shown": form["numbers_shown"].value(), "small_confirmed": "on"}
    assert enter(client, measure, "2021-05", **boxes, **again).status_code == 302
    it_is(2021, 7, 1)
    month = reverse("readings_of_month", args=["qiip", "2021-06"])
    page = client.post(month, sent_by(client.get(month)) | boxes)
    assert "There were 0" not in words_of(page) and page.status_code == 302, "there were none in May either"


@pytest.mark.parametrize(
    ("counts", "small"),
    [((0, 80), False), ((1, 80), True), ((5, 80), True), ((6, 80), False), ((75, 80), True),
     ((74, 80), False), ((80, 80), False), ((3, 3), True)],
)  # fmt: skip
@pytest.mark.run_in("sqlite")  # arithmetic
def test_which_numbers_are_small(measure, user, counts, small):
    numerator, denominator = map(str, counts)
    reading = Reading(measure=measure, answer="figure", numerator=numerator, denominator=denominator)
    assert reading.is_small == small


def test_a_correction_leaves_both_in_view(measure, on_record, user, sign_in):
    with on_record():
        read(measure, user("qiip.chair"), APRIL, 40, 80)
    first = Reading.objects.get()
    client, url = sign_in("business.manager"), reverse("reading_correct", args=[first.pk])
    form = client.get(url).context["form"]
    name = f"{measure.pk}_all"
    data = {f"count_{name}": "60", f"whole_{name}": "80", "what_was_wrong": "Two sessions were left out"}
    answer = client.post(url, data | {"token": form["token"].value(), "seen": form["seen"].value()})
    assert answer.status_code == 302
    assert line_of(measure, APRIL).cell.in_words == "75.0%"
    page = client.get(measure.get_absolute_url()).content.decode()
    assert "50.0% (40 of 80)" in page and "75.0% (60 of 80)" in page and "Two sessions were left out" in page
    assert Reading.objects.latest("pk").on_behalf


def test_a_line_of_the_ledger_holds_no_figure(measure, on_record, user):
    with on_record():
        reading = read(measure, user("qiip.chair"), APRIL, 47, 83)
    entry = Change.objects.get(number=reading.change_id)
    assert '"47"' not in entry.line and '"83"' not in entry.line


def test_a_figure_that_was_taken_out_is_no_figure(measure, user):
    reading = Reading(measure=measure, answer="figure", numerator=TOMBSTONE, denominator="80")
    assert (reading.counts, reading.value, reading.is_small) == (None, None, False)


# ---------------------------------------------------------------- periods that were never entered


def address(month: str) -> str:
    return reverse("readings_of_month", args=["qiip", month])


def test_months_that_were_never_entered_are_offered_the_oldest_first(measure, on_record, user, sign_in):
    with on_record():
        for month in MONTHS[2:]:
            if month.first_day not in (date(2020, 9, 1), date(2021, 2, 1)):
                read(measure, user("qiip.chair"), month.first_day, 40, 80)
    chair = sign_in("qiip.chair")
    page = chair.get(reverse("readings_enter", args=["qiip"]), follow=True)
    assert [line.period.first_day for line in page.context["form"].lines] == [date(2021, 5, 1)]
    # April and May 2020 are more than a year ago.
    assert [(str(ended), count) for ended, count in page.context["missing"]] == [
        ("September 2020", 1), ("February 2021", 1), ("April 2021", 1),
    ]  # fmt: skip
    assert address("2020-09") in page.content.decode()
    due = words_of(chair.get("/due/"))
    assert "1 figure to enter for the scorecard of the QiiP Subgroup Due by 14 June 2021" in due
    assert "3 of earlier periods are missing." in due
    page = chair.get(address("2020-09"))
    assert [line.period.first_day for line in page.context["form"].lines] == [date(2020, 9, 1)]
    assert [str(ended) for ended, _ in page.context["missing"]] == ["February 2021", "April 2021", "May 2021"]


def test_once_the_last_month_is_entered_the_oldest_that_is_missing_is_shown(
    measure, on_record, user, sign_in
):
    with on_record():
        for month in [*MONTHS[2:], Period.holding(date(2021, 5, 1), Frequency.MONTH)]:
            read(measure, user("qiip.chair"), month.first_day, 40, 80)
    answer = sign_in("qiip.chair").get(reverse("readings_enter", args=["qiip"]))
    assert answer.headers["Location"] == address("2021-04")


def test_a_draft_of_one_month_is_not_put_into_another(measure, sign_in):
    chair, name = sign_in("qiip.chair"), f"{measure.pk}_all"
    enter_url = reverse("readings_enter", args=["qiip"])
    form = chair.get(f"{enter_url}?month=2020-09", follow=True).context["form"]
    sent = {"token": form["token"].value(), "seen": form["seen"].value(), f"count_{name}": "41"}
    chair.post(f"{enter_url}?month=2020-09", sent | {"save_draft": "1"})
    form = chair.get(f"{enter_url}?month=2020-10").context["form"]
    assert form[f"count_{name}"].value() is None and form.of_others
    assert chair.get(f"{enter_url}?month=2020-09").context["form"][f"count_{name}"].value() == "41"


def test_a_month_before_a_measure_began_has_nothing_to_enter(measure, sign_in):
    page = sign_in("qiip.chair").get(address("2020-03"), follow=True)
    assert "This group had no measure that was read by then." in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("1,062", 1062),
        ("1\u00a0062", 1062),
        ("1\u202f062", 1062),
        ("1'062", 1062),
        ("12.0", 12),
        ("1,062.00", 1062),
        ("0012", 12),
    ],
)
@pytest.mark.run_in("sqlite")  # reading a box
def test_a_count_is_read_as_spreadsheets_write_it(typed, count):
    assert CountField().clean(typed).digits == str(count)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1,0622", "is no whole number"),
        ("1.062", "is no whole number"),
        ("-", "A dash can mean several things"),
        ("–", "A dash can mean several things"),
        ("62.5 %", "Write the count, not the percentage"),
        ("-3", "is no whole number"),
        ("1 062", "may be several numbers: write one, without spaces"),
        ("7 104 100", "may be several numbers: write one, without spaces"),
    ],
)
@pytest.mark.run_in("sqlite")  # reading a box
def test_a_count_that_may_be_a_slip_is_refused(typed, said):
    with pytest.raises(ValidationError, match=said):
        CountField().clean(typed)
