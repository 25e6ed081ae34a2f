"""How often one may try to sign in, and where that is counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.serializers import JSONSerializer
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from gscp.shared_cache import SharedCache
from subgroups.models import DEMO_DOMAIN, SignInTries, tries
from subgroups.models.tries import Try
from tests.conftest import PASSWORD

# Once: tries are counted in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
ACCOUNT = f"cem.chair{DEMO_DOMAIN}"
TOO_MANY = "There were too many wrong tries."


def sign_in_as(client: Client, password: str, login: str = ACCOUNT, **options) -> str:
    """ "in", "wrong", or "wait"."""
    answer = client.post("/sign-in/", {"login": login, "password": password}, **options)
    if answer.status_code == 302:
        return "in"
    page = answer.content.decode()
    assert answer.status_code == 200 and "There is a problem" in page
    return "wait" if TOO_MANY in page else "wrong"


def try_password(password: str, **options) -> str:
    return sign_in_as(Client(), password, **options)


@pytest.fixture
def minutes_later(monkeypatch):
    def pass_by(minutes):
        moment = timezone.now() + timedelta(minutes=minutes)
        monkeypatch.setattr(tries.timezone, "now", lambda: moment)

    yield pass_by


def test_who_signs_out_is_told_so_once():
    client = Client()
    assert sign_in_as(client, PASSWORD) == "in"
    page = client.post("/sign-out/", follow=True).content.decode()
    assert "You are signed out." in page and ">Sign in<" in page
    assert "You are signed out." not in client.get("/sign-in/").content.decode()


def test_after_five_wrong_passwords_the_right_one_has_to_wait():
    assert [try_password("wrong") for _ in range(5)] == ["wrong"] * 5
    assert try_password(PASSWORD) == "wait"
    page = Client().post("/sign-in/", {"login": ACCOUNT, "password": PASSWORD}).content.decode()
    assert "Wait 1 minute, then try again." in page
    assert Client().post("/sign-in/", {"login": f"mash.chair{DEMO_DOMAIN}", "password": PASSWORD}).url == "/"


def test_the_wait_is_over_and_becomes_longer_with_each_wrong_one(minutes_later):
    for _ in range(5):
        try_password("wrong")
    minutes_later(1)
    assert [try_password("wrong"), try_password("wrong")] == ["wrong", "wait"]
    minutes_later(1)
    assert try_password("wrong") == "wait", "now it is two minutes"
    minutes_later(1)
    assert try_password(PASSWORD) == "in"
    assert [try_password("wrong") for _ in range(6)] == ["wrong"] * 5 + ["wait"], "its owner begins anew"


def test_the_limit_is_of_the_account_whatever_the_host_is_called(settings):
    settings.ALLOWED_HOSTS = ["*"]
    hosts = [f"127.0.0.1:{9000 + port}" for port in range(20)] + [f"host{n}.example" for n in range(20)]
    answers = [try_password("wrong", SERVER_NAME=host.split(":")[0], HTTP_HOST=host) for host in hosts]
    assert answers == ["wrong"] * 5 + ["wait"] * 35
    assert try_password("wrong", login=ACCOUNT.upper()) == "wait", "nor how its e-mail is written"


def test_its_owner_is_not_locked_out_of_a_browser_that_signed_in_before():
    own, other = Client(), Client()
    assert sign_in_as(own, PASSWORD) == "in"
    cookie = own.cookies["known_browser"]
    assert cookie["httponly"] and cookie["path"] == "/sign-in/" and cookie["max-age"] > 365 * 24 * 3600
    own.post("/sign-out/")
    for _ in range(6):
        sign_in_as(other, "wrong")
    assert sign_in_as(other, PASSWORD) == "wait"
    assert sign_in_as(own, PASSWORD) == "in"
    assert sign_in_as(other, PASSWORD) == "wait", "which does not begin the others' count anew"


def test_a_known_browser_has_a_count_of_its_own_and_knows_no_other_account():
    own = Client()
    sign_in_as(own, PASSWORD, f"mash.chair{DEMO_DOMAIN}")
    own.post("/sign-out/")
    for _ in range(5):
        sign_in_as(own, "wrong")
    assert sign_in_as(Client(), PASSWORD) == "wait", "it was not known for that account"
    mash = f"mash.chair{DEMO_DOMAIN}"
    assert [sign_in_as(own, "wrong", mash) for _ in range(6)] == ["wrong"] * 5 + ["wait"]
    assert sign_in_as(Client(), PASSWORD, mash) == "in", "whose own count is another"


@pytest.mark.parametrize("forged", ["", "eyJpZCI6ICJ4IiwgInVzZXJzIjogWzFdfQ:1abcde:signature", "\xe9"])
def test_a_cookie_that_the_server_did_not_sign_says_nothing(forged):
    browser = Client()
    browser.cookies["known_browser"] = forged
    assert [sign_in_as(browser, "wrong") for _ in range(6)] == ["wrong"] * 5 + ["wait"]


def test_right_passwords_from_one_office_are_never_too_many(monkeypatch):
    assert settings.ACCOUNT_RATE_LIMITS["login"] is None and tries.TRIES_OF_AN_ADDRESS == 100
    monkeypatch.setattr(tries, "TRIES_OF_AN_ADDRESS", 3)
    assert {try_password(PASSWORD) for _ in range(12)} == {"in"}


def test_wrong_ones_from_one_address_are(minutes_later, monkeypatch):
    monkeypatch.setattr(tries, "TRIES_OF_AN_ADDRESS", 12)
    minutes_later(0)
    answers = [try_password("wrong", login=f"nobody{n}@council.example") for n in range(13)]
    assert answers == ["wrong"] * 12 + ["wait"]
    assert not SignInTries.objects.filter(key=tries.key("account nobody12@council.example")).exists()
    assert try_password(PASSWORD) == "wait"
    assert try_password(PASSWORD, REMOTE_ADDR="10.0.0.9") == "in"
    own_network = [try_password("wrong", REMOTE_ADDR=f"2001:db8::{n}") for n in range(4)]
    assert own_network == ["wrong"] * 4
    assert SignInTries.objects.filter(wrong=4).exclude(key=tries.key(f"account {ACCOUNT}")).exists()
    minutes_later(1)
    assert try_password(PASSWORD) == "in"


def test_no_count_is_pushed_out_by_others_and_none_is_kept_for_long(minutes_later):
    for _ in range(5):
        try_password("wrong")
    SignInTries.objects.bulk_create(
        SignInTries(key=f"{n}", wrong=1, last_at=timezone.now()) for n in range(5000)
    )
    assert try_password(PASSWORD) == "wait"
    minutes_later(61)
    assert try_password("wrong") == "wrong"
    assert SignInTries.objects.count() == 2


@pytest.mark.run_in("sqlite", "postgresql")  # locks
def test_of_many_at_once_no_more_are_let_through(committed):
    def begin(_):
        try:
            return Try("account somebody@council.example", "10.0.0.9").begin()
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(begin, range(12)))
    assert waits.count(timedelta(0)) == 5


def test_what_is_kept_names_nobody():
    try_password("wrong")
    kept = repr(list(SignInTries.objects.values()))
    assert "cem" not in kept and "127.0.0.1" not in kept


def test_nothing_read_from_the_database_is_a_pickle():
    """Whoever can write one runs code on the server, and so reads its keys."""
    assert {type(cache) for cache in caches.all(initialized_only=False)} == {SharedCache}
    sessions = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    assert sessions is SessionStore and sessions().serializer is JSONSerializer
    assert {type(value) for row in SignInTries.objects.values() for value in row.values()} <= {
        str,
        int,
        datetime,
    }
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert try_password("wrong") == "wrong"
    assert queries.captured_queries and not [one for one in queries if "cache" in one["sql"]]


def test_a_council_whose_staff_share_an_address_signs_in():
    """At nine in the morning, more than thirty within a minute."""
    form = {"login": f"cem.chair{DEMO_DOMAIN}", "password": PASSWORD}
    assert {Client().post("/sign-in/", form).status_code for _ in range(32)} == {302}


def test_an_account_without_a_password_has_none_to_change(sign_in, user):
    client, account = sign_in("cem.chair"), user("cem.chair")
    account.set_unusable_password()
    account.save(update_fields=["password"])
    client.force_login(account, backend="subgroups.accounts.PostBackend")
    assert client.get("/account/password/").status_code == 403
