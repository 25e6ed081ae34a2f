"""A field of a form or a filter that names an object, set to one that it does not offer: nothing comes of it.

In the played year, from the first page of each kind of post on: each form that links lead to, each filter.
"""

import re
from html import unescape

import pytest
from django.test import Client

from gscp.record import Change
from tests.lives_side_by_side import undone
from tests.test_every_page import pages_that_links_lead_to

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]  # what forms offer
NAMES = ("executive", "management.chair", "cem.chair", "business.manager", "scrutineer")
FORM = re.compile(r'<form (?=[^>]*method="(post|get)")([^>]*)>(.*?)</form>', re.DOTALL)
SELECT = re.compile(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)
OPTION = re.compile(r'<option value="([^"]*)"')
BOX = re.compile(r'<input(?=[^>]*type="(?:radio|checkbox)")(?=[^>]*name="(\w+)")(?=[^>]*value="([^"]*)")')
HIDDEN = re.compile(r'<input(?=[^>]*type="hidden")(?=[^>]*name="(\w+)")(?=[^>]*value="([^"]*)")')
NONE_THERE, IS_KEY = "987654321", re.compile(r"[0-9]{1,9}")
# Of no row of the record: the fields of a day, and a number of rows to show.
NO_OBJECT = {"page", "first", "rows"}


def offered(form: str) -> dict[str, set[str]]:
    """By name, the values of each field in which one is chosen."""
    found: dict[str, set[str]] = {}
    for name, options in SELECT.findall(form):
        found.setdefault(name, set()).update(map(unescape, OPTION.findall(options)))
    for name, value in BOX.findall(form):
        found.setdefault(name, set()).add(unescape(value))
    return found


def named_objects(form: str) -> dict[str, set[str]]:
    """Those of them that are keys of rows."""
    return {
        name: values
        for name, values in offered(form).items()
        if name not in NO_OBJECT and any(values - {""}) and all(map(IS_KEY.fullmatch, values - {""}))
    }


def foreign_to(values: set[str]) -> list[str]:
    """A key of no row, and the first one of a row that is there but not offered."""
    return [NONE_THERE, next(str(key) for key in range(1, 1_000) if str(key) not in values)]


def refused(client: Client, address: str, name: str, typed: dict[str, str]) -> str:
    """What is wrong in how the form takes it; "" if it is refused."""
    number = Change.objects.last_number()
    with undone():
        answer = client.post(address, typed)
        if Change.objects.last_number() != number:
            return "it was recorded"
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code == 200 and f'href="#id_{name}' not in answer.content.decode():
        return "no error says so"
    return ""


def test_a_field_of_a_form_takes_only_what_it_offers(played, sign_in):
    wrong, tried = [], set()
    for who in NAMES:
        client = sign_in(who)
        for address, html in pages_that_links_lead_to(client).items():
            for method, _, form in FORM.findall(html.partition("<main")[2]):
                if method != "post" or address.endswith("with errors"):
                    continue
                hidden = {key: unescape(value) for key, value in HIDDEN.findall(form)}
                for name, values in named_objects(form).items():
                    for value in foreign_to(values):
                        tried.add(name)
                        if why := refused(client, address, name, hidden | {name: value}):
                            wrong.append(f"{who} {address} {name}={value}: {why}")
    assert wrong == []
    assert len(tried) > 10, tried


def test_a_filter_takes_whatever_is_asked_for_without_falling_over(played, sign_in):
    wrong, tried = [], 0
    for who in NAMES:
        client = sign_in(who)
        for address, html in pages_that_links_lead_to(client).items():
            for method, attributes, form in FORM.findall(html):
                if method != "get":
                    continue
                action = re.search(r'action="([^"]*)"', attributes)
                to = unescape(action[1]) if action and action[1] else address.partition("?")[0]
                names = {*offered(form), *re.findall(r'<input[^>]*name="(\w+)"', form)}
                for name in names:
                    for value in (NONE_THERE, "-1", "x", "\0", "9" * 40, "2021-02-30"):
                        tried += 1
                        status = client.get(to, {name: value}).status_code
                        if status >= 500:
                            wrong.append(f"{who} {to}?{name}={value!r}: {status}")
    assert wrong == [] and tried > 100
