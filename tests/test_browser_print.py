"""Full pages on the screen, and on paper, where papers are read: each word on a sheet, in its own place."""

import re
from collections import Counter

import pytest
from django.urls import resolve

from tests.access_table import ACCOUNT, PUBLIC, TABLE
from tests.browser import WIDE, check
from tests.printed import sheets
from tests.test_access import things, url_of  # noqa: F401  things is a fixture
from tests.test_browser_pages import PLAN, pages_of_the_played_year

# Fuller in the played year than by tests/access_table.py, and a page that is not there.
FULLER = {
    "business.manager": ["/posts/1/", "/help/rules/"],
    "cem.chair": [f"{PLAN}actions/005/update/", "/nowhere/"],
    "scrutineer": ["/scrutiny/changes/81/"],
}
# Files and answers to machines.
NO_PAGES = ["health_live", "health_ready", "evidence_file", "meeting_calendar"]
# Words that only a listener has are on no paper, nor is what could be chosen.
SHOWN_IN_PRINT = """() => {
    document.querySelectorAll(".govuk-visually-hidden, select").forEach(one => one.style.display = "none");
    return document.body.innerText;
}"""


def letters(text: str) -> Counter[str]:
    return Counter(re.sub(r"\W", "", text))


def faults(pdf: bytes, text: str) -> list[str]:
    """What is wrong with a page as it was printed, whose text this is."""
    printed = sheets(pdf)
    found = [f"overlapping: {one}, {other}" for sheet in printed for one, other in sheet.overlapping()]
    found += [f"cut off: {word}" for sheet in printed for word in sheet.cut_off()]
    if lost := letters(text) - letters("".join(word.text for sheet in printed for word in sheet.words)):
        found.append(f"not printed: {sum(lost.values())} letters")
    # The number of a sheet has no letter; a box of a form has the word above it.
    if not any(re.search("[a-z]", word.text) for word in printed[-1].words):
        found.append("nothing on the last sheet")
    return found


def kind_of(name: str) -> str:
    return re.sub("^ask_.*", "ask", name)  # what can be asked for has one form


@pytest.fixture
def year(played) -> dict[str, list[str]]:
    return pages_of_the_played_year()


@pytest.fixture
def full_pages(year) -> dict[str, tuple[str, str]]:
    """Of the played year, one page of each kind: who opens it, and its address."""
    full: dict[str, tuple[str, str]] = {}
    for pages in (FULLER, year):
        for role, addresses in pages.items():
            for address in addresses:
                name = "none" if address == "/nowhere/" else resolve(address.split("?")[0]).url_name
                full.setdefault(kind_of(name), (role, address))
    return full


def is_no_page(name: str) -> bool:
    return name in NO_PAGES or name.endswith("_export")  # a file


def every_page(keys: dict[str, int]) -> dict[str, tuple[str, str]]:
    """Of each kind that tests/access_table.py has, the same."""
    rows = [row for row in TABLE if row.get_status == 200 and not is_no_page(row.name)]
    who = {PUBLIC: "", ACCOUNT: "cem.chair"}
    return {
        kind_of(row.name): (who[row.may_get] if row.may_get in who else min(row.may_get), url_of(row, keys))
        for row in rows
    }


def test_every_kind_of_page_is_right_on_the_screen_and_whole_on_paper(visitor, year, full_pages, things):  # noqa: F811
    """The pages of the played year on the screen; one of each kind that there is, on paper."""
    looked_at = [(role, address) for role, addresses in year.items() for address in addresses]
    to_print = (every_page(things) | full_pages).values()
    browsers, wrong = {}, {}
    for role, address in dict.fromkeys([*looked_at, *to_print]):
        page = browsers.get(role) or browsers.setdefault(role, visitor(role, viewport=WIDE))
        assert page.goto(address).status == (404 if address == "/nowhere/" else 200), address
        if (role, address) in looked_at:
            check(page)
        if (role, address) in to_print:
            page.set_viewport_size(WIDE)
            page.emulate_media(media="print")
            if found := faults(page.pdf(prefer_css_page_size=True), page.evaluate(SHOWN_IN_PRINT)):
                wrong[address] = found[:5]
            page.emulate_media(media="null")
    assert wrong == {}


def printed(page, html: str) -> list[str]:
    page.set_content(f"<!DOCTYPE html><style>@page {{ size: a4; margin: 0 }}</style>{html}")
    return faults(page.pdf(prefer_css_page_size=True), page.evaluate("document.body.textContent"))


@pytest.mark.run_in("browser")
def test_what_is_wrong_on_paper_is_seen(chromium):
    page = chromium.new_page()
    right = "<p>Three whole words, and one broken co&shy;operatively</p>"
    assert printed(page, right) == []
    assert printed(page, f'{right}<b style="position: absolute; left: 30px; top: 18px">tag</b>') == [
        "overlapping: Three, tag"
    ]
    # A browser makes what is too wide smaller, but not by any measure.
    assert printed(page, f"{right}{'toowide' * 30}")[0].startswith("cut off: toowide")
    assert printed(page, f"{right}<details><summary>More</summary>folded away</details>") == [
        "not printed: 10 letters"
    ]
    assert printed(page, f'{right}<div style="break-before: page">1 / 2</div>') == [
        "nothing on the last sheet"
    ]
    page.close()


def test_what_is_folded_on_the_screen_is_printed(visitor, played):
    page = visitor("cem.chair")
    page.goto(PLAN)
    assert page.locator("details[open]").count() == 0 < page.locator("details").count()
    text = "".join(word.text for sheet in sheets(page.pdf(prefer_css_page_size=True)) for word in sheet.words)
    assert "Oncoursetobecompletebyitsdate" in text
