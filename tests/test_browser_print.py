"""Pages on paper, where papers are read: every word of the page is on a sheet, and in a place of its own."""

import re
from collections import Counter

import pytest
from django.urls import resolve

from tests.printed import sheets
from tests.test_browser_pages import PLAN, pages_of_the_played_year

# Beside the pages of the played year, as they are looked at on a screen.
MORE = {
    "business.manager": [
        PLAN,
        "/posts/",
        "/posts/1/",
        "/groups/",
        "/groups/mash/",
        "/partners/",
        "/help/roles/business-manager/",
        "/help/rules/",
    ],
    "cem.chair": ["/due/", f"{PLAN}actions/005/", f"{PLAN}actions/005/update/", "/privacy/", "/nowhere/"],
    "executive": [f"{PLAN}actions/002/"],
    "scrutineer": ["/scrutiny/changes/81/"],
}
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
    if len([word for word in printed[-1].words if re.search("[a-z]", word.text)]) < 3:
        found.append("nothing on the last sheet")
    return found


def kinds(pages: dict[str, list[str]]) -> dict[str, tuple[str, str]]:
    """One page of each kind: who opens it, and its address. What can be asked for has one form."""
    found: dict[str, tuple[str, str]] = {}
    for name, addresses in pages.items():
        for address in addresses:
            kind = "none" if address == "/nowhere/" else resolve(address.split("?")[0]).url_name
            found.setdefault(re.sub("^ask_.*", "ask", kind), (name, address))
    return found


def test_every_kind_of_page_is_whole_on_paper(visitor, played):
    browsers, wrong = {}, {}
    for name, address in (kinds(pages_of_the_played_year()) | kinds(MORE)).values():
        page = browsers.get(name) or browsers.setdefault(name, visitor(name))
        page.goto(address)
        page.emulate_media(media="print")
        if found := faults(page.pdf(prefer_css_page_size=True), page.evaluate(SHOWN_IN_PRINT)):
            wrong[address] = found[:5]
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
