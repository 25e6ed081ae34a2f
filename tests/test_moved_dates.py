"""A date that was moved stands beside the original one, wherever somebody reads or decides.

These are words of pages; how often a date was moved, tests/test_exceptions.py asks of both databases.
"""

import re

import pytest

from actions.models import ExceptionReport
from tests.answers import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
SHORT = "31 Dec 2021, originally 30 Sep 2021, re-dated once"
IN_FULL = "Due now 31 December 2021 Re-dated once. Original date: 30 September 2021 Rating Green"
AGENDA = "/meetings/management-group/2022-03-15/"


@pytest.mark.parametrize(
    "page",
    [
        "/plans/2021-22/",
        "/plans/2021-22/glance/",
        "/exceptions/",
        "/exceptions/found/",
        f"{AGENDA}pack/",
        "/due/",
    ],
)
def test_lists_show_the_original_date_of_a_moved_action(page, played, sign_in):
    words = words_of(sign_in("cem.chair").get(page))
    assert SHORT in words
    assert words.count("originally") == words.count("originally 30 Sep 2021, re-dated once"), "only 005 moved"


def test_who_decides_reads_both_dates_and_the_rating(played, sign_in, it_is):
    chair = sign_in("management.chair")
    assert IN_FULL in words_of(chair.get(AGENDA))
    assert IN_FULL.replace("Due now", "Due") in words_of(chair.get(f"{AGENDA}pack/"))
    it_is(2022, 3, 15)
    report = ExceptionReport.objects.get(action__ref="005", kind="new_date", state="waiting")
    page = words_of(chair.get(f"{AGENDA}decide/{report.pk}/"))
    assert page.index("Where the action stands") < page.index(IN_FULL) < page.index("So far")


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_the_comparison_of_two_moments_and_the_agenda_have_it_too(played, sign_in):
    reader = sign_in("scrutineer")
    compared = words_of(reader.get("/scrutiny/compare/?since=2021-12-07T17:00&until=2022-03-08T17:00"))
    assert "31 December 2021, originally 30 September 2021" in compared
    changed = words_of(reader.get(AGENDA)).split("Changed since")[1]
    assert "31 December 2021, originally 30 September 2021" in changed


def test_the_page_of_the_top_group_names_what_is_asked_of_another(played, sign_in):
    page = words_of(sign_in("executive").get("/decisions/"))
    off_plan = page.split("Off plan, where the Executive has the last word")[1]
    assert "decided here whatever is asked" not in page
    asked = re.search(
        r"005 .*?Asked: request for a new date for Action 005 ?\. With the Management Group\.", off_plan
    )
    assert asked and "006" not in asked[0]
