"""The way back from an action: to the list it was opened on, as it was filtered, and nowhere else."""

import re
from urllib.parse import urlencode

import pytest

from tests.answers import html_of
from tests.test_register import REGISTER

# Once: an address is read in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
ACTION = f"{REGISTER}actions/005/"


def back_of(answer) -> str:
    found = re.search(r'<a href="([^"]*)" class="govuk-back-link">', html_of(answer))
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("page", "query"),
    [
        (REGISTER, "priority=high&text=review+strategy&sort=-due&page=1"),
        (f"{REGISTER}glance/", "priority=high"),
        ("/exceptions/found/", "asked=no"),
        (f"/scrutiny/as-at/2021-12-01{REGISTER}", "priority=high"),
    ],
)
def test_the_filter_is_there_again_on_the_way_back(sign_in, played, page, query):
    reader = sign_in("scrutineer")
    listed = html_of(reader.get(f"{page}?{query}"))
    to_action = re.search(r'href="([^"]*/actions/\d+/\?[^"]*)"', listed)[1]
    back = back_of(reader.get(to_action))
    assert back == f"{page}?{query}"
    assert html_of(reader.get(back)).partition("<main")[2] == listed.partition("<main")[2]


def test_without_a_filter_an_action_keeps_its_plain_address(sign_in):
    reader = sign_in("scrutineer")
    assert f'href="{ACTION}"' in html_of(reader.get(REGISTER))
    assert back_of(reader.get(ACTION)) == "" and "govuk-breadcrumbs" in html_of(reader.get(ACTION))


def test_the_pages_of_updates_keep_the_way_back(sign_in, report):
    for number in range(11):
        report("005", rating="green", done=f"Met {number} times")
    page = html_of(sign_in("scrutineer").get(f"{ACTION}?register=priority%3Dhigh"))
    (following,) = set(re.findall(r'href="(\?[^"]*page=2)"', page))
    assert back_of(sign_in("scrutineer").get(f"{ACTION}{following}")) == f"{REGISTER}?priority=high"


@pytest.mark.parametrize(
    ("kept", "back"),
    [
        ("https://elsewhere.example/", ""),
        ("//elsewhere.example/?text=a", ""),
        ("javascript:alert(1)", ""),
        (
            "text=//elsewhere.example&next=https://elsewhere.example",
            f"{REGISTER}?text=%2F%2Felsewhere.example",
        ),
        ("text=%0d%0aLocation:x", f"{REGISTER}?text=%0D%0ALocation%3Ax"),
        ('text="><script>', f"{REGISTER}?text=%22%3E%3Cscript%3E"),
        ("colour=red", ""),
        ("&" * 999, ""),
        ("text=" + "x" * 1_000, ""),
        ("", ""),
    ],
)
def test_no_address_leads_elsewhere(sign_in, kept, back):
    answer = sign_in("scrutineer").get(f"{ACTION}?{urlencode({'register': kept})}")
    assert answer.status_code == 200
    assert back_of(answer) == back
