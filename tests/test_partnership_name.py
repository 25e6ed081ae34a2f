"""The partnership's name and contacts come from its row, on every page; the code names no partnership."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from gscp.record import Change
from subgroups.models import Partnership
from tests.answers import said
from tests.test_packaging import ROOT

NAMED = {
    "name": "Exampleshire Safeguarding Children Partnership",
    "short_name": "ESCP",
    "access_contact": "the Exampleshire office",
    "data_contact": "the data officer of Exampleshire",
    "reason": "Renamed",
}


@pytest.mark.django_db
def test_a_new_name_stands_on_every_page(manager, send, sign_in, user, on_record):
    assert "GSCP business plan" in said(Client().get("/sign-in/"))
    assert send(manager, "/partnership/", **NAMED).url == "/posts/"
    with on_record():
        user("qiip.chair").holdings.get().end(user("qiip.chair").holdings.get().started_on, may_move_end=True)
    pages = [said(Client().get("/sign-in/")), said(manager.get("/no-such-page/"))]
    pages += [said(manager.get(url)) for url in ("/plans/2021-22/", "/meetings/", "/scrutiny/as-at/")]
    pages.append(said(sign_in("qiip.chair").get("/")))
    for page in pages:
        assert "– ESCP business plan</title>" in page and ">ESCP business plan</a>" in page
        assert page.count(NAMED["name"]) == 1
        assert f"Ask about data: {NAMED['data_contact']}." in page
        assert "GSCP business plan" not in page
    assert f"ask {NAMED['access_contact']}" in pages[0]
    assert f"ask {NAMED['access_contact']}" in pages[-1] and "You hold no post" in pages[-1]


@pytest.mark.django_db
def test_a_page_of_the_past_has_the_name_of_then(manager, send, it_is):
    it_is(2021, 5, 1)
    send(manager, "/partnership/", **NAMED)
    assert "– GSCP business plan</title>" in said(manager.get("/scrutiny/as-at/2021-04-30/plans/2021-22/"))
    assert "– ESCP business plan</title>" in said(manager.get("/scrutiny/as-at/2021-05-02/plans/2021-22/"))


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["name", "short_name", "access_contact", "data_contact"])
def test_what_a_partnership_lacks_is_asked_for(field, manager, send):
    before = Change.objects.last_number()
    assert "There is a problem" in said(send(manager, "/partnership/", **NAMED | {field: " "}))
    assert Change.objects.last_number() == before


@pytest.mark.django_db
def test_there_is_one_partnership(on_record):
    with pytest.raises(ValidationError, match="one partnership here already"), on_record():
        Partnership(name="Another", short_name="A", access_contact="A", data_contact="A").save()
    assert Partnership.objects.count() == 1


def test_the_code_names_no_partnership():
    code = [
        path
        for folder in ("templates", "gscp", "subgroups", "actions", "scrutiny")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".html", ".py", ".txt")
    ]
    named = [str(path) for path in code if re.search(r"GSCP|Gloucestershire", path.read_text())]
    assert len(code) > 100 and named == []
