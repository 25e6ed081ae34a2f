"""Dates and times are read as people write them; of others a page says how to write them."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError

from gscp.dates import read_day, read_time, time_in_words
from gscp.forms import TimeField
from subgroups.models import Meeting
from tests.conftest import form_of


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("1", "6", "2021"),
        ("01", "06", "2021"),
        ("1", "June", "2021"),
        ("1st", "jun", "21"),
        ("1", "JUN.", "21"),
        ("1", "june", "21"),
    ],
)
def test_the_first_of_june_as_people_write_it(day, month, year):
    assert read_day(day, month, year) == date(2021, 6, 1)


@pytest.mark.parametrize("month", ["Sept", "sep", "September", "9", "09"])
def test_a_month_that_people_shorten_in_two_ways(month):
    assert read_day("30", month, "2021") == date(2021, 9, 30)


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("31", "June", "2021"),
        ("1", "Ju", "2021"),
        ("1", "Juni", "2021"),
        ("1", "ma", "2021"),
        ("1", "13", "2021"),
        ("1", "June", "2"),
        ("1", "June", "0021"),
        ("1", "June", "021"),
        ("1", "June", "20210"),
        ("1", "June", "٢٠٢١"),
        ("first", "June", "2021"),
        ("1", "", "2021"),
    ],
)
def test_what_is_no_date_is_not_guessed(day, month, year):
    assert read_day(day, month, year) is None


def test_two_figures_are_a_year_of_this_century_or_of_the_end_of_the_last():
    assert [read_day("1", "1", year).year for year in ("00", "21", "69", "70", "99")] == [
        2000, 2021, 2069, 1970, 1999,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["5pm", "5 pm", "5PM", "5 p.m.", "5.00pm", "5:00 pm", "05:00 pm", "17:00", "17.00", "1700", " 17:00 "],
)
def test_five_in_the_afternoon_as_people_write_it(typed):
    assert read_time(typed) == time(17)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("5.30 pm", time(17, 30)),
        ("5:30pm", time(17, 30)),
        ("9:05", time(9, 5)),
        ("8.30", time(8, 30)),
        ("05:30", time(5, 30)),
        ("05.30", time(5, 30)),
        ("0530", time(5, 30)),
        ("5.30am", time(5, 30)),
        ("10.30", time(10, 30)),
        ("12.30", time(12, 30)),
        ("noon", time(12)),
        ("Midday", time(12)),
        ("12pm", time(12)),
        ("12.30am", time(0, 30)),
        ("12am", time(0)),
        ("midnight", time(0)),
        ("00:00", time(0)),
    ],
)
def test_other_times_as_people_write_them(typed, read):
    assert read_time(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "5",
        "17",
        "25:00",
        "17:60",
        "13pm",
        "0am",
        "17:00pm",
        "five",
        "5x",
        "930",
        "٥pm",
        "5:3",
        "17:00:00",
        "pm",
    ],
)
def test_what_is_no_time_is_not_guessed(typed):
    assert read_time(typed) is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("5.30", "Write 5:30am or 5:30pm."),
        (" 1:05 ", "Write 1:05am or 1:05pm."),
        ("7:00", "Write 7am or 7pm."),
        ("5", "Write 5am or 5pm."),
        ("8", "Write 8am or 8pm."),
        ("13", "Write the time as 5pm or 17:00."),
        ("5:60", "Write the time as 5pm or 17:00."),
        ("5:60pm", "Write the time as 5pm or 17:00."),
    ],
)
def test_a_time_of_either_half_of_the_day_is_asked_about(typed, told):
    """Papers close in the afternoon: 5.30 was read as half past five in the morning."""
    assert read_time(typed) is None
    with pytest.raises(ValidationError) as refused:
        TimeField().clean(typed)
    assert refused.value.messages == [told]


def test_a_time_is_shown_as_it_is_said():
    assert [time_in_words(at) for at in (time(17), time(17, 30), time(0, 5), time(12), None)] == [
        "5pm", "5:30pm", "12:05am", "12pm", "",
    ]  # fmt: skip
    assert 'value="5pm"' in TimeField().widget.render("at", time(17))


def meeting_typed(**typed):
    return {
        "group": "1",
        "date-day": "20",
        "date-month": "July",
        "date-year": "21",
        "papers_close-day": "13",
        "papers_close-month": "jul",
        "papers_close-year": "2021",
        "closing_time": "noon",
        "reason": "Agreed in June",
    } | typed


@pytest.mark.django_db
def test_a_meeting_is_recorded_as_somebody_writes_it(manager):
    hidden = form_of(manager.get("/meetings/new/"))
    assert manager.post("/meetings/new/", hidden | meeting_typed()).status_code == 302
    meeting = Meeting.objects.latest("pk")
    assert meeting.date == date(2021, 7, 20)
    assert meeting.papers_close.isoformat() == "2021-07-13T11:00:00+00:00", "noon in summer"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"closing_time": "five"}, "Write the time as 5pm or 17:00."),
        ({"date-month": "Juno"}, "“Day of the meeting” must have a month, for example 9 or September."),
        ({"date-year": "1"}, "“Day of the meeting” must have a year, for example 2021."),
        ({"date-day": "32"}, "“Day of the meeting” must be a real date, for example 30 9 2021."),
        ({"date-year": ""}, "“Day of the meeting” must include a year."),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_with_an_example(typed, message, manager):
    hidden = form_of(manager.get("/meetings/new/"))
    page = manager.post("/meetings/new/", hidden | meeting_typed(**typed)).content.decode()
    assert message in page
    assert all(f'value="{text}"' in page for text in typed.values() if text), "what was typed stays"


@pytest.mark.django_db
def test_the_example_of_a_hint_is_that_of_its_message(it_is, manager):
    for year in (2021, 2022):
        it_is(year, 6, 1)
        url = "/plans/2021-22/actions/005/dates/"
        page = manager.get(url)
        assert f"complete, for example 30 9 {year}." in page.content.decode()
        slip = {"original_date-day": "32", "original_date-month": "9", "original_date-year": "2021"}
        refused = manager.post(url, form_of(page) | slip).content.decode()
        assert f"must be a real date, for example 30 9 {year}." in refused


@pytest.mark.django_db
def test_a_moment_is_asked_for_as_somebody_writes_it(sign_in, it_is):
    it_is(2022, 3, 9)
    asked = {"on-day": "14", "on-month": "sept", "on-year": "21", "on-time": "5.30 pm"}
    response = sign_in("scrutineer").get("/scrutiny/as-at/", asked)
    assert response.url == "/scrutiny/as-at/2021-09-14T17:30/plans/current/"
