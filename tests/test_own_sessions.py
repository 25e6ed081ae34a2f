"""Where somebody is signed in: what they see of it, how they end it, and how long it is kept."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from subgroups.models import DEMO_DOMAIN
from subgroups.own_sessions import browser_in_words
from tests.answers import said, words_of
from tests.conftest import PASSWORD

# Once: rows of a library, and sessions.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
PAGE = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


def sign_in_at(address: str, browser: str = FIREFOX, name: str = "cem.chair") -> Client:
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=browser)
    client.post("/sign-in/", {"login": name + DEMO_DOMAIN, "password": PASSWORD})
    return client


def test_a_chair_sees_where_they_are_signed_in_and_nobody_else_s():
    here = sign_in_at("10.0.0.1")
    sign_in_at("10.0.0.2", EDGE)
    sign_in_at("10.0.0.3", name="mash.chair")
    page = words_of(here.get(PAGE))
    assert "Firefox on Windows This one 10.0.0.1" in page and "Edge on Linux 10.0.0.2" in page
    assert "10.0.0.3" not in page


def test_they_sign_out_everywhere_else():
    here, elsewhere, other = (
        sign_in_at("10.0.0.1"),
        sign_in_at("10.0.0.2"),
        sign_in_at("10.0.0.3", name="mash.chair"),
    )
    answer = here.post(PAGE, follow=True)
    assert "You are signed out everywhere else." in said(answer) and "10.0.0.2" not in said(answer)
    assert [client.get("/due/").status_code for client in (here, elsewhere, other)] == [200, 302, 200]


def test_a_row_goes_when_its_session_does():
    client = sign_in_at("10.0.0.1")
    assert UserSession.objects.count() == 1
    client.post("/sign-out/")
    assert UserSession.objects.count() == 0
    sign_in_at("10.0.0.1")
    Session.objects.update(expire_date=timezone.now())
    sign_in_at("10.0.0.2", name="mash.chair")
    assert [row.ip for row in UserSession.objects.all()] == ["10.0.0.2"], "with the next sign-in of anybody"


def test_a_session_that_lasted_too_long_leaves_no_row(settings):
    client = sign_in_at("10.0.0.1")
    settings.SIGNED_IN_IDLE = -1
    assert client.get("/due/").status_code == 302
    assert UserSession.objects.count() == 0


def test_a_new_password_and_a_closed_account_end_them(on_record, user):
    here, elsewhere = sign_in_at("10.0.0.1"), sign_in_at("10.0.0.2")
    new = "otters under the mash"
    here.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert [here.get("/due/").status_code, elsewhere.get("/due/").status_code] == [200, 302]
    assert [row.ip for row in UserSession.objects.all()] == ["10.0.0.1"]
    with on_record("Left the council"):
        leaver = user("cem.chair")
        leaver.is_active = False
        leaver.save()
    assert UserSession.objects.count() == 0
    assert here.get("/due/").status_code == 302


def test_the_scrutineer_has_them_too():
    scrutineer, elsewhere = (sign_in_at(f"10.0.0.{n}", name="scrutineer") for n in (1, 2))
    assert scrutineer.post(PAGE).status_code == 302
    assert [scrutineer.get("/scrutiny/").status_code, elsewhere.get("/scrutiny/").status_code] == [200, 302]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (EDGE, "Edge on Linux"),
        ("", "Another browser"),
        ("<b>", "Another browser"),
    ],
)
def test_a_browser_is_named_in_words(told, words):
    assert browser_in_words(told) == words


def test_what_a_browser_says_of_itself_is_cut_and_no_markup():
    client = sign_in_at("10.0.0.1", "<script>alert(1)</script>" + "x" * 5_000)
    assert client.get(PAGE).status_code == 200 and "<script>alert" not in said(client.get(PAGE))


def test_the_page_of_one_s_account_leads_there(sign_in):
    page = said(sign_in("cem.chair").get("/account/"))
    for address in (PAGE, "/account/password/", "/account/second-factor/"):
        assert f'href="{address}"' in page
