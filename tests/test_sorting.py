"""What is off plan, and the list of requests, sorted by what their readers choose; the address holds it."""

import re
from csv import DictReader
from io import StringIO

import pytest

from actions.filters import REPORTS_SORTED_BY, SORTED_BY
from tests.answers import words_of

pytestmark = pytest.mark.django_db
FOUND, REPORTS = "/exceptions/found/", "/exceptions/reports/"


@pytest.fixture
def off_plan(on_record, action, it_is):
    """All six are off plan, with days and ratings of their own."""
    days = {"001": "2021-06-03", "002": "2021-06-01", "003": "2021-06-02", "005": "2021-05-01"}
    with on_record():
        for ref, day in days.items():
            one = action(ref)
            one.original_date, one.precision = day, "day"
            one.rating = {"001": "green", "002": "red", "003": "amber"}.get(ref, "")
            one.save()
    it_is(2021, 6, 14)


def refs(answer) -> list[str]:
    return re.findall(
        r'govuk-heading-s">\s*<a class="govuk-link" href="[^"]*">(\d{3})', answer.content.decode()
    )


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("ref", ["001", "002", "003"]),
        ("-ref", ["006", "005", "004"]),
        ("due", ["005", "002", "003"]),
        ("-due", ["001", "003", "002"]),
        ("rating", ["002", "003", "001"]),
        ("-rating", ["001", "003", "002"]),
        ("priority", ["002", "004", "005"]),
    ],
)
def test_what_is_off_plan_is_sorted_on_the_page_and_in_its_file(off_plan, sign_in, sort, first):
    reader = sign_in("scrutineer")
    assert refs(reader.get(FOUND, {"sort": sort}))[:3] == first
    file = reader.get(f"{FOUND}export.csv", {"sort": sort}).content.decode("utf-8-sig")
    assert [row["#"] for row in DictReader(StringIO(file))][:3] == first


def test_a_link_sorts_it_the_other_way_round_and_keeps_the_filter(off_plan, sign_in):
    html = sign_in("scrutineer").get(FOUND, {"sort": "due", "asked": "no"}).content.decode()
    assert 'href="?sort=-due&amp;asked=no"' in html and ", sorted ascending" in html
    assert 'href="?sort=ref&amp;asked=no"' in html
    assert 'type="hidden" name="sort" value="due"' in html, "the filter's form keeps it"


@pytest.mark.parametrize("page", [FOUND, REPORTS])
@pytest.mark.parametrize("sort", ["title", "--due", "due-", "pk"])
def test_what_no_heading_sorts_by_finds_nothing_and_says_so(page, sort, sign_in):
    said = words_of(sign_in("scrutineer").get(page, {"sort": sort}))
    assert "This address names no column to sort by: follow the link in its heading." in said


@pytest.mark.parametrize("page", [FOUND, REPORTS])
def test_each_way_of_sorting_is_a_page(page, off_plan, sign_in):
    reader = sign_in("scrutineer")
    for name in SORTED_BY if page == FOUND else REPORTS_SORTED_BY:
        for sign in ("", "-"):
            answer = reader.get(page, {"sort": f"{sign}{name}"})
            assert answer.status_code == 200 and "names no column" not in words_of(answer)


def test_requests_are_sorted_by_what_they_are_about_and_when_they_came(asked, sign_in):
    asked("005", "cem.chair")
    asked("002", "management.chair")
    reader = sign_in("scrutineer")

    def shown(**query) -> list[str]:
        html = reader.get(REPORTS, query).content.decode()
        return re.findall(r'data-label="What">.*?Action (\d{3})', html, re.S)

    assert shown() == ["002", "005"], "the newest first"
    assert shown(sort="asked") == ["005", "002"] and shown(sort="-asked") == ["002", "005"]
    assert shown(sort="what") == ["002", "005"] and shown(sort="-what") == ["005", "002"]
    assert 'aria-sort="ascending"' in reader.get(REPORTS, {"sort": "what"}).content.decode()
    file = reader.get(f"{REPORTS}export.csv", {"sort": "-what"}).content.decode("utf-8-sig")
    assert file.index("005") < file.index("002")
