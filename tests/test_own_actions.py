"""The top group's own actions: who reports on them, who enters a decision, who agrees, and who is told."""

import re

import pytest

from tests.answers import html_of, words_of

# Once: pages, and who holds what.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
TO_REPORT = re.compile(r'<a class="govuk-link" href="/due/[^"]*">(\d+) actions? to report</a>')


def menu_of(client):
    html = html_of(client.get("/plans/2021-22/"))
    return re.findall(r'class="govuk-service-navigation__link" href="([^"]+)"', html)


@pytest.mark.parametrize("name", ["executive", "executive.vice", "management.chair", "cem.chair"])
def test_whoever_chairs_a_group_gets_from_any_page_to_what_is_due_from_them(name, sign_in):
    assert "/due/" in menu_of(sign_in(name))


@pytest.mark.parametrize("name", ["scrutineer", "business.manager"])
def test_whoever_reports_on_nothing_has_no_such_link(name, sign_in):
    assert "/due/" not in menu_of(sign_in(name))


@pytest.mark.parametrize(
    ("slug", "name", "page"),
    [("executive", "executive", "/decisions/"), ("management-group", "management.chair", "/exceptions/")],
)
def test_the_first_page_of_a_group_that_decides_says_what_its_chair_has_to_report(
    slug, name, page, responsible, sign_in, send, report
):
    chair = sign_in(name)
    before = int((TO_REPORT.findall(html_of(chair.get(page))) or ["0"])[0])
    responsible("006", slug)
    assert TO_REPORT.findall(html_of(chair.get(page))) == [str(before + 1)]
    assert TO_REPORT.findall(html_of(chair.get(f"{page}?plan=2021-22"))) == [str(before + 1)]
    assert not TO_REPORT.findall(html_of(sign_in("scrutineer").get(page))), "it is not theirs"
    report("006", rating="green")
    assert TO_REPORT.findall(html_of(chair.get(page))) == [str(before)] * bool(before)


def test_nothing_to_report_is_said_at_once(sign_in):
    assert "You have no open action to report on." in words_of(sign_in("executive").get("/due/"))
