"""The year of an action as a picture, and the plan at a glance."""

import re
from datetime import date
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import BusinessPlan, ExceptionReport
from actions.year import MOST_MARKS, Scale, year_of
from subgroups.models import Group
from tests.answers import words_of
from tests.groups import move
from tests.test_register import REGISTER

# Once: a picture is drawn in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
GLANCE = f"{REGISTER}glance/"


def words(action):
    deciding = tuple(Group.objects.filter(takes_decisions=True).values_list("pk", flat=True))
    return [mark.words for mark in year_of(action.plan, (action.pk,), deciding).only.marks]


def test_a_year_is_told_day_by_day(played, action):
    assert words(action("005")) == [
        "Reported green, 24 May 2021",
        "Asked on 1 Jun 2021: exception report",
        "Management Group, 15 Jun 2021: exception report, returned with a question",
        "Reported amber, 24 Aug 2021",
        "Asked on 25 Aug 2021: request for a new date, 31 Dec 2021",
        "Management Group, 14 Sep 2021: exception report, escalated to the Executive",
        "Management Group, 14 Sep 2021: request for a new date, granted",
        "Executive, 28 Sep 2021: exception report, granted",
        "Original date: 30 Sep 2021",
        "Reported green, 24 Nov 2021",
        "New date: 31 Dec 2021, agreed 14 Sep 2021",
        "Late since 1 Jan 2022",
        "Asked on 25 Feb 2022: request for a new date, 29 Apr 2022",
    ]


def late(action):
    row = year_of(action.plan, (action.pk,), ()).only
    return [(one.since.words, one.since.at, one.until) for one in row.late]


def at(*day):
    return Scale(date(2021, 4, 1), date(2022, 3, 31)).at(date(*day))


def test_it_was_late_by_each_date_in_turn_until_a_new_one_was_agreed_or_it_was_complete(
    action, on_record, it_is
):
    """What the record said on each day, not what the date of today makes of it."""

    def changed(*day, **columns):
        it_is(*day)
        with on_record():
            subject = action("005")
            for name, value in columns.items():
                setattr(subject, name, value)
            subject.save()

    changed(2021, 5, 3, original_date=date(2021, 6, 30))
    it_is(2021, 6, 30)
    assert late(action("005")) == [], "it is due today"
    it_is(2021, 7, 1)
    first = ("Late since 1 Jul 2021", at(2021, 6, 30), at(2021, 7, 1))
    assert late(action("005")) == [first]
    changed(2021, 8, 2, rating="red")
    changed(2021, 9, 14, agreed_date=date(2021, 12, 31))
    past = ("Late from 1 Jul 2021 until 14 Sep 2021", at(2021, 6, 30), at(2021, 9, 14))
    assert late(action("005")) == [past], "it was late, though it is not by the date of today"
    it_is(2022, 1, 10)
    again = ("Late since 1 Jan 2022", at(2021, 12, 31), at(2022, 1, 10))
    assert late(action("005")) == [past, again]
    changed(2022, 1, 20, status="complete")
    it_is(2022, 2, 20)
    done = ("Late from 1 Jan 2022 until 20 Jan 2022", at(2021, 12, 31), at(2022, 1, 20))
    assert late(action("005")) == [past, done]
    changed(2022, 3, 1, status="in_progress")
    it_is(2022, 3, 5)
    reopened = ("Late since 1 Mar 2022", at(2022, 2, 28), at(2022, 3, 5))
    assert late(action("005")) == [past, done, reopened], "not while it was complete"


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_a_picture_of_the_past_ends_with_what_was_late_then(played, sign_in, it_is):
    it_is(2022, 3, 20)
    reader, told = sign_in("scrutineer"), f"{REGISTER}actions/005/"
    assert "Late since 1 Jan 2022" in words_of(reader.get(f"/scrutiny/as-at/2022-03-08{told}"))
    then = words_of(reader.get(f"/scrutiny/as-at/2021-12-31{told}"))
    assert "Late since" not in then and "Late from" not in then


def test_things_of_one_day_stand_in_the_order_in_which_they_happened(ask, action, user, meeting):
    report, held = ask(action("005"), "cem.chair"), meeting("management-group")
    for name, by, at_meeting in (
        ("return", "management.chair", held),
        ("answer", "cem.chair", None),
        ("grant", "management.chair", held),
    ):
        move(report, name, user(by), at_meeting)
    told = [one for one in words(action("005")) if one.startswith("Management Group")]
    assert [one.rpartition(", ")[2] for one in told] == ["returned with a question", "granted"]


def test_a_picture_says_that_it_is_empty_until_something_is_on_record(action, report):
    def told():
        subject = action("005")
        return year_of(subject.plan, (subject.pk,), ()).only.told

    assert told() == "No date, report or decision is on record yet"
    report("005", rating="green")
    assert told() == "Reported green, 1 Apr 2021"


def test_a_nil_return_hides_no_rating_of_the_same_days(action, report, it_is, sign_in):
    def shown():
        subject = action("005")
        row = year_of(subject.plan, (subject.pk,), ()).only
        return [(mark.words, mark.shift) for mark in row.reports]

    it_is(2021, 6, 7)
    report("005", rating="green")
    report("005", rating="red")
    report("005", nil_return=True, done="", difference="")
    red, nil = ("Reported red, 7 Jun 2021, the last of 2 reports", -8), ("Nil return, 7 Jun 2021", 8)
    assert shown() == [red, nil]
    page = sign_in("scrutineer").get(f"{REGISTER}actions/005/").content.decode()
    spark = re.search(r'<svg class="gscp-year gscp-year--spark".*?</svg>', page, re.S)[0]
    moved = r'<use href="#mark-(\w+)"[^>]* transform="translate\((-?8) 0\)"'
    assert re.findall(moved, spark) == [("red", "-8"), ("nil", "8")]
    assert page.count('transform="translate(8 0)"') == 2, "and in the year"
    it_is(2021, 6, 20)
    report("005", nil_return=True, done="", difference="")
    assert shown() == [red, nil, ("Nil return, 20 Jun 2021", 0)]


def test_the_plan_is_read_once_for_many_actions_that_are_late(on_record, action, it_is):
    actions = [action(ref) for ref in ("001", "002", "003", "005")]
    with on_record():
        for one in actions:
            one.original_date = date(2021, 9, 30)
            one.save()
    it_is(2021, 10, 5)
    plan, keys = BusinessPlan.objects.get(), tuple(one.pk for one in actions)
    with CaptureQueriesContext(connection) as asked:
        year = year_of(plan, keys, ())
    assert all(row.late for row in year.rows.values())
    assert not [query for query in asked if 'FROM "actions_businessplan"' in query["sql"]]


def test_a_date_that_was_refused_is_no_date_of_the_action(played, action):
    refused = ExceptionReport.objects.get(action__ref="003", kind="new_date", state="refused")
    assert not any(told.startswith("New date") for told in words(action("003")))
    assert any("request for a new date, refused" in told for told in words(refused.action))


def test_the_page_of_an_action_has_picture_and_table_of_the_same_facts(played, sign_in, action):
    page = sign_in("scrutineer").get(f"{REGISTER}actions/005/").content.decode()
    picture = re.search(r'<svg class="gscp-year" role="img".*?</svg>', page, re.S)[0]
    table = re.search(r"The same as a table.*?</table>", page, re.S)[0]
    for told in words(action("005")):
        assert f"<title>{told}</title>" in picture and told in table
    assert "Meeting of the Executive, 28 Sep 2021" in table
    assert picture.count('href="#mark-green"') == 2 and picture.count('href="#mark-moved"') == 1
    assert 'class="gscp-year__late"' in picture, "it is late since the end of December"
    assert "style=" not in page


def test_the_plan_at_a_glance(played, sign_in):
    page = sign_in("scrutineer").get(GLANCE)
    html = page.content.decode()
    assert html.count('<svg class="gscp-year" role="img"') == 6
    assert html.count('class="gscp-year__late"') == 5 + 1, "all but 001, and the key"
    for told in ("Late since 1 Jan 2022", "Late since 1 Mar 2022", "Late from 1 Oct 2021 until 11 Jan 2022"):
        assert told in html, "until it was complete"
    assert "6 actions, 1 April 2021 to 31 March 2022." in words_of(page)
    one = words_of(sign_in("scrutineer").get(f"{GLANCE}?group=cem"))
    assert "1 action, 1 April 2021" in one and "Implementation of Key" in one and "Data Exceptions" not in one


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_a_glance_back_shows_what_was_on_record_then(played, sign_in):
    reader = sign_in("scrutineer")
    then = reader.get(f"/scrutiny/as-at/2021-09-01{GLANCE}").content.decode()
    assert "Reported amber, 24 Aug 2021" in then and "24 Nov 2021" not in then
    assert "agreed 14 Sep" not in then, "that meeting has not been held yet"
    assert f'href="/scrutiny/as-at/2021-09-01{REGISTER}actions/005/"' in then


def test_reports_close_to_each_other_are_one_mark_that_says_how_many(report, action, it_is):
    it_is(2021, 6, 7)
    for rating in ("green", "amber", "red"):
        report("005", rating=rating, done=f"It is {rating}")
    assert words(action("005"))[0] == "Reported red, 7 Jun 2021, the last of 3 reports"
    assert MOST_MARKS * 6 < 366 < MOST_MARKS * 7, "about a week apart"


def test_a_scale_of_any_length_names_twelve_months_at_most():
    year = Scale(date(2021, 4, 1), date(2022, 3, 31))
    names = " ".join(name for _, name in year.months())
    assert names == "Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar"
    assert year.at(date(2021, 4, 1)) == "0.00%" and year.at(date(2022, 3, 31)) == "100.00%"
    assert year.at(date(2020, 1, 1)) == "0.00%" and year.at(date(2030, 1, 1)) == "100.00%"
    three = Scale(date(2021, 4, 15), date(2024, 3, 31))
    assert len(three.months()) <= 12 and three.months()[0][1] == "May 21"
    day = Scale(date(2021, 4, 1), date(2021, 4, 1))
    assert day.at(date(2021, 4, 1)) == "0.00%" and len(day.months()) == 1


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (date(2022, 4, 30), "Apr 21, Jul 21, Oct 21, Jan 22"),
        (date(2022, 6, 30), "Apr 21, Jul 21, Oct 21, Jan 22, Apr 22"),
        (date(2022, 9, 30), "Apr 21, Jul 21, Oct 21, Jan 22, Apr 22, Jul 22"),
    ],
)
def test_months_with_their_year_have_room_on_a_narrow_screen(last, names):
    months = Scale(date(2021, 4, 1), last).months()
    assert ", ".join(name for _, name in months) == names
    places = [*(float(place.rstrip("%")) for place, _ in months), 100]
    assert min(after - before for before, after in pairwise(places)) > 14, "45 of some 300 pixels"


def test_a_date_after_the_plan_has_its_place(action, on_record):
    with on_record():
        late = action("005")
        late.original_date, late.agreed_date = "2021-09-30", "2022-04-29"
        late.save()
    plan = BusinessPlan.objects.get()
    assert year_of(plan, (late.pk,), ()).scale.last == date(2022, 4, 29)
    with on_record():
        late.agreed_date = "2040-01-01"
        late.save()
    assert year_of(plan, (late.pk,), ()).scale.last == date(2022, 9, 29), "half as long again, at most"


def test_what_was_carried_forward_shows_the_date_that_counts(action, on_record, it_is, sign_in):
    it_is(2021, 4, 1)
    with on_record():
        subject = action("005")
        subject.original_date, subject.agreed_date = date(2021, 1, 31), date(2021, 5, 31)
        subject.earlier_new_dates = 1
        subject.save()
    row = year_of(subject.plan, (subject.pk,), ()).only
    assert [(mark.kind, mark.words) for mark in row.dates] == [
        ("due", "Original date: 31 Jan 2021, before the picture begins"),
        ("moved", "New date: 31 May 2021, agreed in an earlier plan"),
    ]
    reader = sign_in("scrutineer")
    for page in (f"{REGISTER}actions/005/", GLANCE):
        html = reader.get(page).content.decode()
        picture = re.search(r'id="year-[0-9]+-told">Original date.*?</svg>(.*?)(<svg|<ul|</td>)', html, re.S)
        assert 'href="#mark-moved"' in picture[0] and 'href="#mark-due"' not in picture[0]
        assert "Original date: 31 Jan 2021, before the picture begins." in picture[1], (
            "to be read, not only heard"
        )


def test_a_date_agreed_in_the_plan_is_told_once(played, action):
    assert sum("31 Dec 2021, agreed" in told for told in words(action("005"))) == 1


def test_an_action_s_history_does_not_repeat_its_updates(played, sign_in):
    page = sign_in("scrutineer").get(f"{REGISTER}actions/005/").content.decode()
    history = page.split('id="history">')[1]
    done = "Four of six agencies have a lead and have met once."
    assert done in page and done not in history
    assert "agreed a new date for 005" in history and "All 33 changes of Action 005" in history
