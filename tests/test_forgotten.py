"""A forgotten password: what is mailed to whom, and how long a link works."""

import re
import time

import pytest
from django.core import mail
from django.test import Client

from subgroups import forgotten
from subgroups.models import DEMO_DOMAIN, User
from tests.answers import said
from tests.conftest import PASSWORD, form_of
from tests.factors import add_app

# Once: what is signed, and views of a library.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
EMAIL = f"cem.chair{DEMO_DOMAIN}"
NEW = "otters under the mash"
BOTH = {"new_password1": NEW, "new_password2": NEW}
SENT = "/account/forgotten/sent/"


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """How long the server waited before it answered."""
    waited: list[float] = []
    monkeypatch.setattr(forgotten.time, "sleep", waited.append)
    return waited


def ask(email: str = EMAIL, **options):
    return Client().post("/account/forgotten/", {"email": email}, **options)


def link() -> str:
    return re.search(r"https?://[^/\s]+(/account/forgotten/\S+)", mail.outbox[-1].body)[1]


def open_link(address: str) -> tuple[Client, str]:
    """A browser on the page of the link, and its address."""
    browser = Client()
    answer = browser.get(address)
    return browser, getattr(answer, "url", address)


def signs_in_with(password: str, client: Client | None = None) -> bool:
    answer = (client or Client()).post("/sign-in/", {"login": EMAIL, "password": password})
    return answer.status_code == 302


def test_a_chair_who_forgot_the_password_sets_another_one():
    assert "I have forgotten my password" in said(Client().get("/sign-in/"))
    assert ask(EMAIL.upper()).url == SENT
    assert [one.to for one in mail.outbox] == [[EMAIL]]
    assert mail.outbox[0].subject == "A link for a new password"
    browser, page = open_link(link())
    assert "Choose a new password" in said(browser.get(page))
    assert browser.post(page, BOTH).url == "/sign-in/"
    assert "Your password is set. Sign in with it." in said(browser.get("/sign-in/"))
    assert signs_in_with(NEW) and not signs_in_with(PASSWORD)
    assert mail.outbox[-1].subject == "Your password was changed"


def test_it_signs_nobody_in_and_the_second_step_is_asked_for():
    client = Client()
    signs_in_with(PASSWORD, client)
    add_app(client)
    ask()
    browser, page = open_link(link())
    browser.post(page, BOTH)
    assert browser.get("/due/").status_code == 302
    assert browser.post("/sign-in/", {"login": EMAIL, "password": NEW}).url == "/sign-in/second-step/"


def test_a_link_works_once():
    ask()
    first, page = open_link(link())
    address = link()
    second, _ = open_link(address)
    assert first.post(page, BOTH).status_code == 302
    assert "does not work any more" in said(second.post(page, BOTH))
    assert "does not work any more" in said(Client().get(address))


def test_an_earlier_one_ends_when_a_later_one_is_used_or_its_owner_signs_in():
    ask()
    first = link()
    ask()
    browser, page = open_link(link())
    browser.post(page, BOTH)
    assert "does not work any more" in said(Client().get(first))
    ask()
    signs_in_with(NEW)
    assert "does not work any more" in said(Client().get(link()))


def test_a_link_ends_after_an_hour(monkeypatch):
    ask()
    browser, page = open_link(link())
    later = time.time() + forgotten.LINK_WORKS_FOR + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert forgotten.LINK_WORKS_FOR == 3600
    assert "does not work any more" in said(browser.post(page, BOTH))
    assert "does not work any more" in said(Client().get(link()))


def test_the_other_sessions_end(sign_in):
    chair = sign_in("cem.chair")
    ask()
    browser, page = open_link(link())
    browser.post(page, BOTH)
    assert chair.get("/due/").status_code == 302


def test_the_answer_is_the_same_where_there_is_no_account(waits):
    known, unknown = ask(), ask("nobody@council.example")
    assert [known.url, unknown.url] == [SENT, SENT] and len(mail.outbox) == 1
    assert len(waits) == 2 and all(0 <= wait <= forgotten.ANSWER_AFTER for wait in waits)
    same = [re.sub(r"value=\"\w+\"", "", said(Client().get(SENT))) for _ in (known, unknown)]
    assert same[0] == same[1] and EMAIL not in same[0]


def test_nothing_is_mailed_to_a_closed_account_or_one_that_has_no_password_yet(on_record, user):
    account = user("mash.chair")
    account.set_unusable_password()
    account.save(update_fields=["password"])
    with on_record("Left"):
        leaver = user("qiip.chair")
        leaver.is_active = False
        leaver.save()
    assert ask(f"mash.chair{DEMO_DOMAIN}").url == ask(f"qiip.chair{DEMO_DOMAIN}").url == SENT
    assert mail.outbox == []


def test_a_demonstration_s_account_gets_no_link_in_earnest(settings):
    settings.DEMO = False
    assert ask().url == SENT and mail.outbox == []


def test_nobody_is_flooded_with_mails():
    answers = [ask(REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(7)]
    assert answers == [302] * 5 + [429] * 2 and len(mail.outbox) == 5
    assert [ask("nobody@council.example").status_code for _ in range(7)] == answers


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 100_000 + "@council.example", "a\0@b.example"])
def test_what_is_no_e_mail_is_asked_for_again(email):
    answer = ask(email)
    assert answer.status_code == 200 and "There is a problem" in said(answer) and mail.outbox == []


@pytest.mark.parametrize("token", ["none", "x" * 2_000, "eyJ4IjoxfQ:1abcde:signature", "%00", "set-password"])
@pytest.mark.parametrize("whose", ["MQ", "x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "-"])
def test_a_link_that_we_did_not_make_opens_nothing(whose, token):
    answer = Client().get(f"/account/forgotten/{whose}/{token}/")
    assert answer.status_code in (200, 404) and "Choose a new password" not in said(answer)


def test_a_link_of_another_account_opens_nothing(user):
    ask()
    token = link().rstrip("/").rpartition("/")[2]
    other = forgotten.path_of_link(user("mash.chair")).split("/")[3]
    assert "does not work any more" in said(Client().get(f"/account/forgotten/{other}/{token}/"))


def test_what_is_easy_to_guess_is_refused():
    ask()
    browser, page = open_link(link())
    answer = browser.post(page, {"new_password1": "password1234", "new_password2": "password1234"})
    assert answer.status_code == 200 and "There is a problem" in said(answer)
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)
    assert form_of(answer)
