"""Passkeys, in a browser whose authenticator is Chromium's virtual one."""

import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from playwright.sync_api import expect

from subgroups.models import DEMO_DOMAIN
from tests.browser import WIDE, check
from tests.conftest import PASSWORD

EMAIL = f"cem.chair{DEMO_DOMAIN}"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Computer:
    """A browser on a computer that can keep passkeys. A passkey belongs to a name, so its site has one."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address = page, address.replace("127.0.0.1", "localhost")
        self.protocol = page.context.new_cdp_session(page)
        self.protocol.send("WebAuthn.enable")
        added = self.protocol.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.device = {"authenticatorId": added["authenticatorId"]}

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def sign_in(self) -> None:
        self.open("/sign-in/")
        self.page.get_by_label("Email").fill(EMAIL)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.page.context.clear_cookies()

    def verifies(self, whether: bool) -> None:
        self.protocol.send("WebAuthn.setUserVerified", self.device | {"isUserVerified": whether})

    def heading(self, words: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)

    def leave(self) -> None:
        self.protocol.send("WebAuthn.removeVirtualAuthenticator", self.device)
        self.protocol.send("WebAuthn.disable")
        self.protocol.detach()


@pytest.fixture
def computer(visitor, live_server, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    used = Computer(visitor(viewport=WIDE), live_server.url)
    yield used
    used.leave()


@pytest.fixture
def with_passkey(computer):
    computer.sign_in()
    computer.heading("Set up a second step")
    check(computer.page)
    computer.page.get_by_role("button", name="Add a passkey").click()
    computer.heading("Add a passkey")
    check(computer.page)
    computer.page.get_by_label("A name for it").fill("Work laptop")
    computer.press("Add a passkey")
    computer.heading("Your recovery codes")
    return computer


def test_a_chair_sets_a_passkey_up_and_signs_in_with_it_alone(with_passkey):
    check(with_passkey.page)
    assert [one.body.partition("\n")[0] for one in mail.outbox] == ["A passkey was added."]
    with_passkey.sign_out()
    with_passkey.open("/due/")
    with_passkey.heading("Sign in")
    check(with_passkey.page)
    with_passkey.press("Use a passkey")
    expect(with_passkey.page).to_have_url(f"{with_passkey.address}/due/")
    with_passkey.open("/account/second-factor/")
    expect(with_passkey.page.get_by_role("rowheader")).to_have_text("Work laptop")
    check(with_passkey.page)


def test_or_after_the_password(with_passkey):
    with_passkey.sign_out()
    with_passkey.sign_in()
    with_passkey.heading("Second step")
    check(with_passkey.page)
    with_passkey.press("Use a passkey")
    expect(with_passkey.page).not_to_have_url(f"{with_passkey.address}/sign-in/second-step/")
    with_passkey.open("/due/")
    with_passkey.heading("Due from you")


def test_whoever_signed_in_by_passkey_proves_it_by_passkey(with_passkey):
    with_passkey.sign_out()
    with_passkey.open("/sign-in/")
    with_passkey.press("Use a passkey")
    expect(with_passkey.page).not_to_have_url(f"{with_passkey.address}/sign-in/")
    minutes_pass(with_passkey)
    with_passkey.open("/account/second-factor/codes/")
    with_passkey.heading("Show that it is you")
    check(with_passkey.page)
    with_passkey.press("Use a passkey")
    with_passkey.heading("Your recovery codes")


def minutes_pass(computer) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in computer.page.context.cookies()}
    session = SessionStore(cookies["sessionid"])
    for proof in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        proof["at"] = time.time() - 600
    session.save()


def test_a_passkey_that_was_not_unlocked_is_none(with_passkey):
    with_passkey.sign_out()
    with_passkey.verifies(False)
    with_passkey.open("/sign-in/")
    with_passkey.press("Use a passkey")
    said_there = with_passkey.page.get_by_role("status")
    expect(said_there).to_have_text("No passkey was used. Try again, or take another way.")
    check(with_passkey.page)


def test_without_script_the_page_says_so(visitor, live_server):
    page = visitor(java_script_enabled=False)
    page.goto("/sign-in/")
    expect(page.get_by_role("status")).to_have_text("This browser cannot use passkeys here.")
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
