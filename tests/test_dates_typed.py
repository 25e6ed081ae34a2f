"""Dates and times are read as people write them; of others a page says how to write them."""

from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime

from gscp.dates import moment_of, read_day, read_time, time_in_words
from gscp.forms import TimeField
from gscp.record import Change
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


SKIPPED = "On 27 March 2022 the clocks go forward, and skip 1:30am. Give another time."
TWICE = "On 31 October 2021 the clocks go back, and show 1:30am twice. Give another time."


@pytest.mark.parametrize(
    ("day", "at", "told"),
    [
        (date(2022, 3, 27), time(0, 59), None),
        (date(2022, 3, 27), time(1), "skip 1am"),
        (date(2022, 3, 27), time(1, 30), SKIPPED),
        (date(2022, 3, 27), time(2), None),
        (date(2021, 10, 31), time(0, 59), None),
        (date(2021, 10, 31), time(1), "show 1am twice"),
        (date(2021, 10, 31), time(1, 30), TWICE),
        (date(2021, 10, 31), time(2), None),
    ],
)
def test_a_time_that_clocks_skip_or_show_twice_is_no_moment(day, at, told):
    if told is None:
        moment = moment_of(day, at)
        assert moment.tzinfo == UTC and localtime(moment).replace(tzinfo=None) == datetime.combine(day, at)
        return
    with pytest.raises(ValidationError) as refused:
        moment_of(day, at)
    assert told in refused.value.messages[0]


def closing_at(day: int, month: str, year: int, at: str) -> dict[str, str]:
    parts = {"papers_close-day": day, "papers_close-month": month, "papers_close-year": year}
    return {name: str(value) for name, value in parts.items()} | {"closing_time": at}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            {"date-day": "29", "date-month": "3", "date-year": "22"} | closing_at(27, "mar", 22, "1:30am"),
            SKIPPED,
        ),
        ({"date-day": "2", "date-month": "11"} | closing_at(31, "oct", 2021, "1.30 am"), TWICE),
    ],
)
def test_papers_do_not_close_at_a_time_that_clocks_skip_or_show_twice(typed, told, manager):
    """The answer named one time, the meeting's page another, and the check told of damage from then on."""
    number = Change.objects.last_number()
    page = manager.post("/meetings/new/", form_of(manager.get("/meetings/new/")) | meeting_typed(**typed))
    assert told in page.content.decode()
    known = Meeting.objects.latest("pk")
    url = f"{known.get_absolute_url()}edit/"
    typed = form_of(manager.get(url)) | meeting_typed(**typed)
    assert told in manager.post(url, typed).content.decode()
    assert Change.objects.last_number() == number


@pytest.mark.django_db
def test_a_closing_on_record_stays_in_the_hour_that_clocks_show_twice(manager, on_record):
    known = Meeting.objects.latest("pk")
    known.date, known.papers_close = date(2021, 11, 2), datetime(2021, 10, 31, 1, 30, tzinfo=UTC)
    with on_record():
        known.save()
    url = f"{known.get_absolute_url()}edit/"
    sent = form_of(manager.get(url)) | {"note": "In the hall", "reason": "As asked"}
    sent |= {"date-day": "2", "date-month": "11", "date-year": "2021"}
    sent |= closing_at(31, "oct", 2021, "1.30 am")
    assert manager.post(url, sent).status_code == 302
    changed = Meeting.objects.get(pk=known.pk)
    assert (changed.note, changed.papers_close) == ("In the hall", known.papers_close)


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "told"), [("2022-03-27", SKIPPED), ("2021-10-31", TWICE)])
def test_nobody_looks_back_to_a_time_that_clocks_skip_or_show_twice(day, told, sign_in, it_is):
    it_is(2022, 4, 9)
    reader, (year, month, number) = sign_in("scrutineer"), day.split("-")
    asked = {"on-day": number, "on-month": month, "on-year": year, "on-time": "1.30 am"}
    assert told in reader.get("/scrutiny/as-at/", asked).content.decode()
    assert reader.get(f"/scrutiny/as-at/{day}T01:30/plans/").status_code == 404
    assert reader.get(f"/scrutiny/as-at/{day}T01:30:00/plans/2021-22/").status_code == 200, "as papers close"


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
