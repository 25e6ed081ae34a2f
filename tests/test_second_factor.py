"""The second step of signing in: codes of an app, recovery codes, and who has to set one up."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

from gscp.shared_cache import SharedValue
from subgroups.models import DEMO_DOMAIN
from tests.answers import said
from tests.conftest import ASK, PASSWORD, form_of
from tests.factors import APP, CODES, FACTORS, add_app, code_of

# Once: forms and views of a library, and sessions.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
EMAIL = f"cem.chair{DEMO_DOMAIN}"
STEP = "/sign-in/second-step/"
PLAN = "/plans/2021-22/"


@pytest.fixture
def in_earnest(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def begin(login: str = EMAIL, password: str = PASSWORD, **typed) -> tuple[Client, object]:
    client = Client()
    return client, client.post("/sign-in/", {"login": login, "password": password} | typed)


@pytest.fixture
def with_app():
    """The secret on the telephone of the chair, and their recovery codes."""
    client, _ = begin()
    return add_app(client)


def test_a_chair_signs_in_with_a_code_after_the_password(with_app):
    client, answer = begin()
    assert answer.url == STEP
    assert client.get(PLAN).status_code == 302, "the password alone opens nothing"
    assert "Second step" in said(client.get(STEP))
    assert "This is not right" in said(client.post(STEP, {"code": "000000"}))
    assert client.post(STEP, {"code": code_of(with_app[0])}).url == "/"
    assert client.get(PLAN).status_code == 200


def test_whoever_asked_for_a_page_comes_there_after_the_code(with_app):
    client = Client()
    assert client.get("/due/").url == "/sign-in/?next=/due/"
    client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD, "next": "/due/"})
    assert client.post(STEP, {"code": code_of(with_app[0])}).url == "/due/"


def test_a_code_works_once(with_app):
    code = code_of(with_app[0])
    first, _ = begin()
    assert first.post(STEP, {"code": code}).url == "/"
    second, _ = begin()
    assert "it was used before" in said(second.post(STEP, {"code": code}))
    assert second.post(STEP, {"code": f" {code} "}).status_code == 200
    assert second.post(STEP, {"code": code_of(with_app[0], steps=1)}).url == "/"


def test_wrong_codes_are_counted_for_the_account_on_any_browser(with_app):
    for _ in range(5):
        client, _ = begin()
        assert "This is not right" in said(client.post(STEP, {"code": "000000"}))
    client, _ = begin()
    assert "too many wrong codes" in said(client.post(STEP, {"code": code_of(with_app[0])}))
    assert "Sign in" in said(begin(f"mash.chair{DEMO_DOMAIN}", "wrong")[1])


def test_a_recovery_code_takes_its_place_once_and_its_owner_is_told(with_app):
    _, codes = with_app
    assert len(codes) == 10
    mail.outbox.clear()
    client, _ = begin()
    assert client.post(STEP, {"code": codes[0]}).url == "/"
    assert [one.to for one in mail.outbox] == [[EMAIL]] and "recovery codes was used" in mail.outbox[0].body
    again, _ = begin()
    assert "This is not right" in said(again.post(STEP, {"code": codes[0]}))
    assert "You have 9 codes left." in said(client.get(CODES))


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old(with_app, settings):
    client, _ = begin()
    client.post(STEP, {"code": code_of(with_app[0])})
    page = client.get(CODES).content.decode()
    assert "not shown again" in page and not [code for code in with_app[1] if code in page]
    assert client.head(CODES).status_code == 405, "what is not seen would be taken for shown"
    assert client.post(f"{CODES}new/").url == CODES
    assert client.get(CODES).content.decode().count("<code>") == 10
    other, _ = begin()
    assert "This is not right" in said(other.post(STEP, {"code": with_app[1][0]}))


def test_secrets_lie_encrypted_and_no_key_but_ours_opens_them(with_app, settings):
    secret, codes = with_app
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        kept = repr(cursor.fetchall())
    assert secret not in kept and "gAAAA" in kept and not [code for code in codes if code in kept]
    assert not [row for row in SharedValue.objects.values_list("key", flat=True) if EMAIL in row]
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another key of the server"
    client, _ = begin()
    assert "The server cannot read its part" in said(client.post(STEP, {"code": code_of(secret)}))
    settings.SECRET_KEY_FALLBACKS = [before]
    call_command("reseal_second_factors")
    settings.SECRET_KEY_FALLBACKS = []
    assert client.post(STEP, {"code": code_of(secret)}).url == "/"


def test_whoever_has_none_sets_one_up_before_anything_else(in_earnest):
    client, answer = begin()
    assert answer.url == "/"
    for address in ("/", "/due/", PLAN, "/account/", "/account/sessions/", "/help/", CODES):
        assert client.get(address).url == FACTORS, address
    assert "Set one up to go on." in said(client.get(FACTORS))
    assert client.get("/privacy/").status_code == 200
    client.get("/due/?order=date")
    add_app(client)
    assert client.get("/due/?order=date").status_code == 200


def test_after_it_is_set_up_the_codes_lead_to_what_was_asked_for(in_earnest):
    client, _ = begin()
    client.get("/due/?order=date")
    client.post(APP, {"code": code_of(secret_of(client))})
    assert 'href="/due/?order=date"' in client.get(CODES).content.decode()


def secret_of(client) -> str:
    client.get(APP)
    return client.session["mfa.totp.secret"]


def test_what_was_typed_comes_back_after_setting_one_up(sign_in):
    chair = sign_in("cem.chair")
    url = f"{PLAN}actions/005/exception/"
    typed = form_of(chair.get(url)) | ASK
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        begun, _ = begin()
        assert begun.post(url, typed).url == FACTORS
        draft = {"HTTP_ACCEPT": "application/json"}
        assert "set up a second step" in begun.post(url, typed | {"save_draft": "1"}, **draft).json()["said"]
        add_app(begun)
        page = begun.get(url).content.decode()
    assert "This is what you typed before." in page and ASK["recovery"] in page


def test_what_was_typed_while_signed_out_comes_back_after_the_code(with_app, sign_in):
    chair = sign_in("cem.chair")
    url = f"{PLAN}actions/005/exception/"
    typed = form_of(chair.get(url)) | ASK
    client = Client()
    sealed = form_of(client.post(url, typed))["sealed"]
    client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD, "sealed": sealed})
    assert client.post(STEP, {"code": code_of(with_app[0])}).url == url
    assert ASK["recovery"] in client.get(url).content.decode()


def test_a_session_of_single_sign_on_counts_where_it_says_so(in_earnest, sign_in):
    chair = sign_in("cem.chair")
    assert chair.get(PLAN).url == FACTORS
    session = chair.session
    session["second_factor_elsewhere"] = True
    session.save()
    assert chair.get(PLAN).status_code == 200


def test_the_last_one_is_not_taken_away_where_it_is_required(in_earnest):
    client, _ = begin()
    add_app(client)
    answer = client.post(f"{APP}remove/", follow=True)
    assert "You need one second step. Set up another one first." in said(answer)
    assert Authenticator.objects.filter(type="totp").count() == 1
    with override_settings(SECOND_FACTOR_REQUIRED=False):
        client.post(f"{APP}remove/")
    assert Authenticator.objects.count() == 0, "the recovery codes go with it"


def test_its_owner_is_told_by_mail_of_what_is_added_and_removed(django_capture_on_commit_callbacks):
    client, _ = begin()
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        add_app(client)
        client.post(f"{CODES}new/")
        client.post(f"{APP}remove/")
    told = {one.body.partition("\n")[0] for one in mail.outbox if one.to == [EMAIL]}
    assert told == {
        "An app that shows codes was added.",
        "New recovery codes were made, and the old ones ended.",
        "The app that shows codes was removed.",
    }
    assert {one.subject for one in mail.outbox} == {"Your second step of signing in was changed"}


def test_a_factor_taken_away_ends_the_other_sessions(with_app):
    here, elsewhere = begin()[0], begin()[0]
    here.post(STEP, {"code": code_of(with_app[0])})
    elsewhere.post(STEP, {"code": with_app[1][0]})
    assert elsewhere.get(PLAN).status_code == 200
    here.post(f"{APP}remove/")
    assert [here.get(PLAN).status_code, elsewhere.get(PLAN).status_code] == [200, 302]


def test_one_starts_again_between_the_two_steps(with_app):
    client, _ = begin()
    assert client.get("/sign-in/").url == STEP
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/sign-in/").status_code == 200
    assert client.get(STEP).url == "/sign-in/"


def test_nobody_takes_away_what_is_another_s(with_app, sign_in, user):
    other = sign_in("mash.chair")
    passkey = Authenticator.objects.create(user=user("cem.chair"), type="webauthn", data={"name": "Laptop"})
    assert other.post(f"{FACTORS}passkeys/{passkey.pk}/remove/").status_code == 404
    assert other.post(f"{APP}remove/").status_code == 404
    assert Authenticator.objects.count() == 3


@pytest.mark.parametrize("code", ["", "x", "12345", "１２３４５６", "\0", "9" * 10_000])
def test_no_code_that_is_none_is_taken_or_falls_over(code, with_app):
    client, _ = begin()
    answer = client.post(STEP, {"code": code})
    assert answer.status_code == 200 and "There is a problem" in said(answer)
    signed_in, _ = begin(f"mash.chair{DEMO_DOMAIN}")
    signed_in.get(APP)
    assert signed_in.post(APP, {"code": code}).status_code == 200
    assert not Authenticator.objects.exclude(user__email=EMAIL).exists()


@pytest.mark.parametrize(
    "address",
    ["/account/signup/", "/accounts/signup/", "/account/email/", f"{CODES}download/", f"{FACTORS}passkeys/"],
)
def test_of_allauth_s_addresses_only_ours_are_served(address, sign_in):
    assert sign_in("cem.chair").get(address).status_code == 404
