"""Every page that links lead to, from the first page of each kind of post: its words and its markup.

Words are read at the age of twelve, and the markup is HTML. Where a page has a form, with errors too: those
of what was left empty.
"""

import re
import shutil
import subprocess
from collections import Counter
from html import unescape
from pathlib import Path
from statistics import median

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.lives_side_by_side import undone
from tests.reading import grade, length, sentences_in, texts_in_code, texts_of, what_was_typed
from tests.test_packaging import ROOT, modules

VNU = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# A file that is sent, or the end of a session.
NO_PAGES = {
    "reviews_export", "evidence_file",
    "account_logout", "change_export", "pack_data",
    "plan_export", "off_plan_export", "reports_export", "due_export",
    "scorecard_export", "scorecards_export", "meeting_calendar",
}  # fmt: skip
# Pages of which one is not like the next: so many of them are read.
OF_EACH = Counter(action_detail=3, exception_detail=3, help_page=9, help_role=9, verify=2, compare=2)
MOST_GRADE, MOST_WORDS = 7, 25
# What the checker of HTML finds in this: no title, and a moment that is none.
NO_HTML = '<!DOCTYPE html><html lang="en-GB"><p><time datetime="now">Now</time></p></html>'


def pages_that_links_lead_to(client: Client) -> dict[str, str]:
    """By address, from the first page on; of each kind of page a few."""
    pages: dict[str, str] = {}
    read, waiting = Counter(), ["/"]
    for address in waiting:
        try:
            kind = resolve(address.split("?")[0]).url_name
        except Resolver404:
            continue
        if address in pages or kind in NO_PAGES or read[kind] >= (OF_EACH[kind] or 1):
            continue
        read[kind] += 1
        html = client.get(address, follow=True).content.decode()
        pages[address] = html
        waiting += map(unescape, re.findall(r'href="(/[^"#]*)"', html))
        if '<form method="post"' in html.partition("<main")[2]:
            with undone():
                if errors := client.post(address, {}).content.decode():  # none if nothing has to be filled in
                    pages[f"{address} with errors"] = errors
    return pages


@pytest.fixture
def read(sign_in):
    """read("cem.chair", …): the pages of these by name and address, and of a stranger."""

    def pages(*names):
        clients = {name: sign_in(name) for name in names} | {"nobody": Client()}
        return {
            f"{name} {address}": html
            for name, client in clients.items()
            for address, html in pages_that_links_lead_to(client).items()
        }

    return pages


def check_words(pages: dict[str, str]) -> None:
    typed = what_was_typed()
    ours = {page: texts_of(html, typed) for page, html in pages.items()}
    long = {
        sentence: page
        for page, texts in ours.items()
        for sentence in sentences_in(texts)
        if length(sentence) > MOST_WORDS
    }
    assert long == {}, "these sentences are too long"
    grades = {page: value for page, texts in ours.items() if (value := grade(texts)) is not None}
    hardest = sorted(grades, key=grades.__getitem__, reverse=True)[:5]
    assert median(grades.values()) <= MOST_GRADE, [(page, grades[page]) for page in hardest]


def wrong_labels(pages: dict[str, str]) -> set[str]:
    """Labels of cells, which stand for the headings where a page is narrow, that are no heading of theirs."""
    wrong = set()
    for page, html in pages.items():
        for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
            head = table.partition("</thead>")[0] if "</thead>" in table else ""
            headings = {words_of(cell) for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", head, re.DOTALL)}
            labels = {unescape(label) for label in re.findall(r'data-label="([^"]+)"', table)}
            wrong |= {f"{page}: {label} of {headings}" for label in labels if head and label not in headings}
    return wrong


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def wrong_markup(pages: dict[str, str], folder: Path) -> list[str]:
    """What the W3C's checker finds; one page of each kind is looked at."""
    java = shutil.which("java")
    if not java or not VNU.exists():
        pytest.skip("no HTML checker here: it needs Java, and npm ci")
    kinds = {re.sub(r"^\S+ |\d+", "", page): html for page, html in pages.items()}
    names = {}
    for number, (kind, html) in enumerate(kinds.items()):
        names[f"{number}.html"] = kind
        (folder / f"{number}.html").write_text(html)
    # One thread: the other parts of the suite run beside it.
    options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", VNU]
    said = subprocess.run([java, *options, "--errors-only", folder], capture_output=True, text=True)
    return [
        re.sub(r'^"file:.*/(\d+\.html)"', lambda it: names[it[1]], line) for line in said.stderr.splitlines()
    ]


@pytest.mark.run_in("sqlite")
def test_the_pages_of_the_played_year(played, read, tmp_path):
    # The chair of QiiP has no post any more.
    names = ("executive", "management.chair", "cem.chair", "qiip.chair", "business.manager", "scrutineer")
    pages = read(*names)
    assert len(pages) > 200, "links lead to more pages than that"
    check_words(pages)
    assert wrong_labels(pages) == set()
    wrong = wrong_markup(pages | {"nobody nothing": NO_HTML}, tmp_path)
    assert [line.split(": ")[0].rpartition(":")[0] for line in wrong] == ["nothing"] * 2, wrong


@pytest.mark.run_in("sqlite")
@pytest.mark.django_db
def test_the_pages_on_which_there_is_nothing_yet(read):
    check_words(read("mash.chair", "business.manager", "scrutineer"))


def test_a_long_word_and_a_long_sentence_are_seen():
    typed = re.compile("Nothing can be typed like this")
    plain = texts_of("<p>Papers close on Tuesday.</p><p>You can still report after that.</p>", typed)
    hard = texts_of("<p>Organisational interdependencies <b>necessitate</b> escalation.</p>", typed)
    assert plain == ["Papers close on Tuesday.", "You can still report after that."]
    assert grade(plain) < MOST_GRADE < grade(hard)
    assert [length(text) for text in sentences_in(["One two. Three “four.” Five", "six"])] == [2, 2, 1, 1]


def test_no_sentence_in_the_code_is_too_long():
    """What is said in states that are rare: the messages of forms, and reasons to refuse."""
    long = [
        f"{path.relative_to(ROOT)}: {sentence}"
        for _package, path in modules()
        for text in texts_in_code(path.read_text())
        if not re.search(
            r"\b(SELECT|CASE|NEW|WITH|JOIN)\b|\|", text
        )  # SQL, or what finds one of several words
        for sentence in sentences_in([text])
        if length(sentence) > MOST_WORDS
    ]
    assert long == []
    code = f'"""Docstring"""\nx = f"{{a}} {MOST_WORDS * "word "}"\ny = "Two words"'
    assert sorted(map(length, texts_in_code(code))) == [2, MOST_WORDS + 1]


@pytest.mark.django_db
def test_what_somebody_typed_is_not_counted(report):
    report("005", done="Notwithstanding organisational interdependencies", rating="amber")
    page = "<li>Done: Notwithstanding organisational interdependencies.</li><dd>We met.</dd>"
    assert texts_of(page, what_was_typed()) == ["Done: it.", "We met."]
