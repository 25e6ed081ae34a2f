"""The table of where each action stood at two moments: those on which nothing was recorded are in it."""

import re
from datetime import date

import pytest

from tests.factories import ActionFactory
from tests.test_comparison import COMPARED, QUARTER, main_of

pytestmark = pytest.mark.django_db


def test_it_begins_with_ratings_and_dates_then_and_now(it_is, action, on_record, sign_in):
    it_is(2021, 6, 10)
    with on_record():
        for ref, rating in (("005", "red"), ("004", "")):
            subject = action(ref)
            subject.rating, subject.agreed_date = rating, date(2022, 4, 29) if rating else None
            subject.save()
        stood_still = action("001")
        stood_still.title = "The same with another title"
        stood_still.save()
    page = main_of(sign_in("scrutineer").get(COMPARED).content.decode())
    table = page.split("Ratings and dates, then and now")[1].split("</table>")[0]
    assert page.index("Ratings and dates, then and now") < page.index("In short")
    rows = dict(re.findall(r'data-label="Action">(\d+) (.*?)</tr>', table))
    assert list(rows) == ["001", "002", "003", "004", "005", "006"], "in the order of the plan"
    untouched = [ref for ref, row in rows.items() if "Nothing was recorded on it in between" in row]
    assert untouched == ["002", "003", "004", "006"]
    action_by_action = page.split("What changed, action by action")[1]
    assert "Action 001" in action_by_action and "Action 002" not in action_by_action
    was, now = rows["005"].split('data-label="Due"')[0].split(", then</span>")
    assert "Not rated" in was and "Red" in now
    assert ", then</span>" in rows["005"].split('data-label="Due"')[1] and "29 April 2022" in rows["005"]
    assert "None of these changed" in rows["001"] and ", then</span>" not in rows["001"]


def test_an_action_on_which_nothing_is_recorded_is_not_left_out(played, sign_in):
    """Of a quarter in which 004 was silent, and nothing was entered late."""
    page = main_of(sign_in("scrutineer").get(QUARTER).content.decode())
    table = page.split("Ratings and dates, then and now")[1].split("</table>")[0]
    rows = dict(re.findall(r'data-label="Action">(\d+) (.*?)</tr>', table))
    assert list(rows) == ["001", "002", "003", "004", "005", "006"]
    assert "Nothing was recorded on it in between" in rows["004"] and "Green" in rows["004"]
    assert "Nothing was entered late between the two moments." in page


def test_of_many_actions_on_which_nothing_is_recorded_the_page_has_the_first(
    it_is, action, on_record, sign_in
):
    it_is(2021, 4, 2)
    like = action("006")
    with on_record():
        for _ in range(30):
            ActionFactory(plan=like.plan, driver=like.driver, group=like.group)
    it_is(2021, 6, 10)
    page = main_of(sign_in("scrutineer").get(COMPARED).content.decode())
    assert page.count("Nothing was recorded on it in between") == 20
    assert "these are the first 20" in page and "All actions, as they stood then" in page
    assert "Nothing was recorded in between." in page and "Nothing was entered late" in page
