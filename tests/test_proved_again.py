"""Before what matters somebody proves again who they are: when, how, and what was typed meanwhile."""

import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from gscp.record import ChangeText, Redaction, recording
from subgroups.models import DEMO_DOMAIN
from tests.access_table import TABLE
from tests.answers import said
from tests.conftest import PASSWORD, form_of
from tests.factories import draft_plan
from tests.factors import APP, CODES, FACTORS, add_app, code_of
from tests.test_access import things, url_of  # noqa: F401  found here

# Once: moments in a session, and views of a library.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AGAIN = "/account/again/password/"
ASKED_AGAIN = "Show that it is you"


@pytest.fixture
def in_earnest(settings):
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def signed_in(in_earnest):
    """signed_in("executive") has signed in by password, and then set up an app; its secret is theirs."""

    def begin(name: str) -> Client:
        client = Client()
        client.post("/sign-in/", {"login": name + DEMO_DOMAIN, "password": PASSWORD})
        client.secret, client.codes = add_app(client)
        return client

    return begin


def minutes_pass(client: Client, seconds: int = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 60) -> None:
    session = client.session
    for proof in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        proof["at"] = time.time() - seconds
    session.save()


@pytest.fixture
def to_decide(user, report):
    """The address at which a redaction is decided on."""
    report("005", rating="green", done="Met at the school")
    with recording(user("business.manager"), "It names a child"):
        Redaction.ask(ChangeText.objects.get(field="done"))
    return f"/scrutiny/redactions/{Redaction.objects.latest('pk').pk}/decide/"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("business.manager", "/plans/draft/publish/"),
        ("business.manager", "/posts/1/handover/"),
        ("business.manager", APP + "remove/"),
        ("business.manager", f"{FACTORS}passkeys/add/"),
        ("business.manager", CODES),
        ("business.manager", f"{CODES}new/"),
    ],
)
def test_each_of_these_asks_again_after_five_minutes(name, address, signed_in, draft):
    client = signed_in(name)
    assert client.get(address).status_code in (200, 302)
    assert ASKED_AGAIN not in said(client.get(address, follow=True))
    minutes_pass(client)
    assert client.get(address).url.startswith(AGAIN)
    assert client.post(address, {}).url.startswith(AGAIN)
    assert ASKED_AGAIN in said(client.get(address, follow=True))


ASKED_BEFORE = {
    "redaction_decide", "plan_publish", "plan_decision_confirm",
    "post_handover", "holding_link", "holding_accept",
}  # fmt: skip


def test_before_all_of_these_whoever_may_is_asked(in_earnest, things, user, sign_in):  # noqa: F811
    """And before nothing else that anybody does on the record."""
    asked = set()
    for row in TABLE:
        for role in sorted(row.may_post)[:1]:
            Authenticator.objects.get_or_create(user=user(role), type="totp", data={})
            answer = sign_in(role).post(url_of(row, things), {})
            if getattr(answer, "url", "").startswith(AGAIN):
                asked.add(row.name)
    assert asked == ASKED_BEFORE


@pytest.fixture
def draft(on_record):
    with on_record():
        return draft_plan("draft")


def test_who_decides_on_a_redaction_types_the_password_and_is_back(signed_in, to_decide):
    chair = signed_in("executive")
    minutes_pass(chair)
    way = chair.get(to_decide).url
    assert "This is not your password." in said(chair.post(way, {"password": "wrong", "next": to_decide}))
    assert chair.get(to_decide).status_code == 302
    assert chair.post(way, {"password": PASSWORD, "next": to_decide}).url == to_decide
    assert chair.get(to_decide).status_code == 200


def test_what_was_typed_is_there_when_they_are_back(signed_in, to_decide, send):
    chair = signed_in("executive")
    typed = form_of(chair.get(to_decide)) | {"decision": "refuse", "reason": "It names a street, no child"}
    minutes_pass(chair)
    way = chair.post(to_decide, typed).url
    assert Redaction.objects.latest("pk").state == "asked"
    assert chair.post(way, {"password": PASSWORD, "next": to_decide}).url == to_decide
    page = said(chair.get(to_decide))
    assert "This is what you typed before." in page and "It names a street, no child" in page
    assert chair.post(to_decide, form_of(chair.get(to_decide)) | typed).status_code == 302
    assert Redaction.objects.latest("pk").state == "refused"


def test_a_code_does_as_well_and_works_once(signed_in, to_decide):
    chair = signed_in("executive")
    minutes_pass(chair)
    page = said(chair.get(to_decide, follow=True))
    other = f"/account/again/code/?next={to_decide.replace('/', '%2F')}"
    assert other in page
    code = code_of(chair.secret, steps=1)
    assert chair.post(other, {"code": code}).url == to_decide
    minutes_pass(chair)
    assert "it was used before" in said(chair.post(other, {"code": code}))


def test_wrong_passwords_have_to_wait(signed_in, to_decide):
    chair = signed_in("executive")
    minutes_pass(chair)
    for _ in range(5):
        chair.post(AGAIN, {"password": "wrong"})
    assert "Wait 1 minute, then try again." in said(chair.post(AGAIN, {"password": PASSWORD}))


def test_a_proof_leads_nowhere_else(signed_in):
    chair = signed_in("executive")
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        assert chair.post(AGAIN, {"password": PASSWORD, "next": elsewhere}).url == "/"


def test_whoever_may_not_is_refused_before_they_are_asked(signed_in, to_decide):
    member = signed_in("qiip.chair")
    minutes_pass(member)
    assert member.get(to_decide).status_code == 403


def test_whom_single_sign_on_lets_in_signs_in_again(in_earnest, sign_in, user, to_decide):
    chair, account = sign_in("executive"), user("executive")
    typed = form_of(chair.get("/sign-in/")) | {"reason": "So it does"}
    account.set_unusable_password()
    account.save(update_fields=["password"])
    chair.force_login(account, backend="subgroups.accounts.PostBackend")
    session = chair.session
    session["second_factor_elsewhere"] = True
    session.save()
    assert chair.get(to_decide).url == f"/sign-in/?next={to_decide}"
    assert "_auth_user_id" not in chair.session
    assert chair.post(to_decide, typed).status_code == 302


def test_in_a_demonstration_nobody_is_asked(sign_in, to_decide):
    assert sign_in("executive").get(to_decide).status_code == 200


def test_another_person_s_proof_is_not_theirs(signed_in, to_decide):
    chair = signed_in("executive")
    chair.post("/sign-out/")
    chair.post("/sign-in/", {"login": f"business.manager{DEMO_DOMAIN}", "password": PASSWORD})
    cache.clear()
    assert len(chair.session[AUTHENTICATION_METHODS_SESSION_KEY]) == 1
