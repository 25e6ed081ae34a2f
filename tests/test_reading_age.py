"""Pages are read at the age of twelve: every page that links lead to, from the first page of each post.

With errors too, where they have a form: those of what was left empty.
"""

import re
from collections import Counter
from html import unescape
from statistics import median

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.lives_side_by_side import undone
from tests.reading import grade, length, sentences_in, texts_of, what_was_typed

# A file that is sent, or the end of a session.
NO_PAGES = {"account_logout", "change_export", "pack_data"}
# Pages of which one is not like the next: so many of them are read.
OF_EACH = Counter(action_detail=3, exception_detail=3, help_page=9, help_role=9, verify=2, compare=2)
MOST_GRADE, MOST_WORDS = 7, 25


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
        main = html.partition("<main")[2]
        if '<form method="post"' in main:
            with undone():
                pages[f"{address} with errors"] = client.post(address, {}).content.decode()
    return pages


def ours(clients) -> dict[str, list[str]]:
    """The texts of all these clients' pages that nobody typed."""
    typed = what_was_typed()
    return {
        f"{name} {address}": texts_of(html, typed)
        for name, client in clients.items()
        for address, html in pages_that_links_lead_to(client).items()
    }


def check(pages: dict[str, list[str]]) -> None:
    long = {
        sentence: page
        for page, texts in pages.items()
        for sentence in sentences_in(texts)
        if length(sentence) > MOST_WORDS
    }
    assert long == {}, "these sentences are too long"
    grades = {page: value for page, texts in pages.items() if (value := grade(texts)) is not None}
    hardest = sorted(grades, key=grades.__getitem__, reverse=True)[:5]
    assert median(grades.values()) <= MOST_GRADE, [(page, grades[page]) for page in hardest]


@pytest.mark.run_in("sqlite")
def test_the_pages_of_the_played_year_are_read_at_twelve(played, sign_in):
    names = ("executive", "management.chair", "cem.chair", "qiip.chair", "business.manager", "scrutineer")
    pages = ours({name: sign_in(name) for name in names})  # the chair of QiiP has no post any more
    assert len(pages) > 200, "links lead to more pages than that"
    check(pages)


@pytest.mark.run_in("sqlite")
@pytest.mark.django_db
def test_pages_on_which_there_is_nothing_yet_are_read_at_twelve(sign_in):
    names = ("mash.chair", "business.manager", "executive", "scrutineer")
    check(ours({name: sign_in(name) for name in names} | {"nobody": Client()}))


def test_a_long_word_and_a_long_sentence_are_seen():
    typed = re.compile("Nothing can be typed like this")
    plain = texts_of("<p>Papers close on Tuesday.</p><p>You can still report after that.</p>", typed)
    hard = texts_of("<p>Organisational interdependencies <b>necessitate</b> escalation.</p>", typed)
    assert plain == ["Papers close on Tuesday.", "You can still report after that."]
    assert grade(plain) < MOST_GRADE < grade(hard)
    assert [length(text) for text in sentences_in(["One two. Three “four.” Five", "six"])] == [2, 2, 1, 1]


@pytest.mark.django_db
def test_what_somebody_typed_is_not_counted(report):
    report("005", done="Notwithstanding organisational interdependencies", rating="amber")
    page = "<li>Done: Notwithstanding organisational interdependencies.</li><dd>We met.</dd>"
    assert texts_of(page, what_was_typed()) == ["Done: it.", "We met."]
