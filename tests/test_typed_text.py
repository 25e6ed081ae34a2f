"""Whatever ends a session, what was typed comes back to whoever typed it, and to nobody else."""

import re
import time
from datetime import date
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from actions.models import ProgressUpdate
from gscp import sealing
from gscp.drafts import Draft
from gscp.record import Change
from subgroups.models import DEMO_DOMAIN, Post
from tests import sign_ins
from tests.answers import html_of, words_of
from tests.conftest import PASSWORD, form_of

# Once: texts are sealed into pages, and kept in no database.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
UPDATE = "/plans/2021-22/actions/005/update/"
DONE = "Briefed two localities\r\non the strategy"
TYPED = {
    "done": DONE,
    "difference": "Too early to say",
    "rating": "amber",
    "reason": "Two of five have had theirs",
    "forecast-day": "30",
    "forecast-month": "September",
    "forecast-year": "",
}


def sealed_in(response) -> str:
    found = re.findall(r'name="sealed" value="([^"]*)"', response.content.decode())
    return unescape(found[0]) if found else ""


@pytest.fixture
def chair(sign_in):
    return sign_in("cem.chair")


@pytest.fixture
def opened(chair):
    """What the form sends that the chair opened before being signed out."""
    return form_of(chair.get(UPDATE)) | TYPED


@pytest.fixture
def sent_by_nobody(chair, opened):
    chair.post("/sign-out/")
    return chair.post(UPDATE, opened)


def signs_in(client, name, sealed, password=PASSWORD):
    return client.post("/sign-in/", {"login": name + DEMO_DOMAIN, "password": password, "sealed": sealed})


def test_a_form_sent_after_signing_out_comes_back_with_its_text(chair, sent_by_nobody):
    last = Change.objects.last_number()
    assert sent_by_nobody.status_code == 403
    assert "What you typed is not lost" in html_of(sent_by_nobody)
    assert "Briefed" not in html_of(sent_by_nobody), "whoever sits there now reads nothing of it"
    assert "no-store" in sent_by_nobody["Cache-Control"]

    after = signs_in(chair, "cem.chair", sealed_in(sent_by_nobody))
    assert (after.status_code, after.url) == (302, UPDATE)
    form = chair.get(UPDATE)
    page = html_of(form)
    assert "Briefed two localities\non the strategy</textarea>" in page.replace("\r\n", "\n")
    assert "This is what you typed before." in page
    assert 'value="30"' in page and 'value="September"' in page, "a date that is not whole comes back too"
    assert re.search(r'value="amber"[^>]*\schecked', page)
    assert "govuk-error-summary" not in page
    assert Change.objects.last_number() == last, "nothing is recorded by itself"
    assert html_of(chair.get(UPDATE)).count("Briefed two") == 1, "loading the page again loses nothing"

    hidden = form_of(form)
    whole = TYPED | {"forecast-month": "9", "forecast-year": "2021"}
    assert chair.post(UPDATE, hidden | whole).status_code == 302
    assert ProgressUpdate.objects.get().done == DONE.replace("\r\n", "\n")
    form = chair.get(UPDATE).context["form"]
    assert not form["done"].value() and not form.notice, "it was sent"


def test_neither_a_password_nor_a_proof_of_origin_is_sealed(sent_by_nobody, user):
    typed = sealing.unseal(sealed_in(sent_by_nobody))
    assert (typed.person, typed.path) == (user("cem.chair").pk, UPDATE)
    assert not {"csrfmiddlewaretoken", "made_for", "confirmed"} & typed.fields.keys()
    assert {"token", "seen"} <= typed.fields.keys()


def test_a_session_opens_nothing_that_another_person_typed(sent_by_nobody, sign_in):
    manager = sign_in("business.manager")
    session = manager.session
    session["typed"] = {"path": UPDATE, "sealed": sealed_in(sent_by_nobody)}
    session.save()
    assert "Briefed" not in html_of(manager.get(UPDATE))


def test_a_wrong_password_loses_nothing(chair, sent_by_nobody):
    sealed = sealed_in(sent_by_nobody)
    refused = signs_in(chair, "cem.chair", sealed, "wrong")
    assert refused.status_code == 200 and sealed_in(refused) == sealed
    assert signs_in(chair, "cem.chair", sealed_in(refused)).url == UPDATE


def test_a_password_changed_elsewhere_ends_the_session_and_loses_nothing(chair, opened, user):
    account = user("cem.chair")
    account.set_password("another one of twelve")
    account.save(update_fields=["password"])
    response = chair.post(UPDATE, opened)
    assert response.status_code == 403 and sealed_in(response)
    assert signs_in(chair, "cem.chair", sealed_in(response), "another one of twelve").url == UPDATE


def test_the_server_keeps_nothing_of_somebody_who_is_not_signed_in(sent_by_nobody):
    sessions = Session.objects.exclude(pk__in=sign_ins.SESSIONS.values())
    assert sessions.count() == 0 and Draft.objects.count() == 0


@pytest.mark.parametrize("name", ["mash.chair", "scrutineer", "business.manager"])
def test_it_opens_for_nobody_else_and_says_nothing_of_itself(name, chair, sent_by_nobody):
    after = signs_in(chair, name, sealed_in(sent_by_nobody))
    assert after.url == "/"
    page = html_of(chair.get("/", follow=True))
    [banner] = re.findall(r'class="govuk-notification-banner".*?</p>', page, re.DOTALL)
    assert "typed here before by somebody else" in banner and UPDATE not in banner
    assert "Briefed" not in page
    if name == "business.manager":  # who may open the same form
        assert "Briefed" not in html_of(chair.get(UPDATE))


def test_a_form_that_was_made_for_nobody_is_sealed_for_nobody(opened):
    stranger = Client()
    without = {name: value for name, value in opened.items() if name != "made_for"}
    assert stranger.post(UPDATE, without).status_code == 302
    forged = opened | {"made_for": opened["made_for"][:-1] + "x"}
    assert stranger.post(UPDATE, forged).status_code == 302
    elsewhere = "/plans/2021-22/actions/005/exception/"
    assert stranger.post(elsewhere, opened).status_code == 302, "that of another form's page"


def test_it_is_kept_for_twelve_hours(chair, sent_by_nobody, monkeypatch):
    sealed = sealed_in(sent_by_nobody)
    real = time.time
    for hours, where in ((11, UPDATE), (13, "/")):
        with monkeypatch.context() as patch:
            patch.setattr("cryptography.fernet.time.time", lambda hours=hours: real() + hours * 3600)
            response = chair.post("/typed/", {"sealed": sealed})
            assert (sealed_in(response) == sealed) is (hours == 11)
            client = Client()
            assert signs_in(client, "cem.chair", sealed).url == where


def test_of_more_than_64_kb_it_says_plainly_that_it_is_not_kept(chair, opened):
    chair.post("/sign-out/")
    most = sealing.MOST_BYTES - len("".join(map(str, [*opened, *opened.values()]))) - 1000
    assert sealed_in(chair.post(UPDATE, opened | {"done": "x" * most}))
    response = chair.post(UPDATE, opened | {"done": "é" * (sealing.MOST_BYTES // 2)})
    assert response.status_code == 403 and not sealed_in(response)
    assert "too long for this page to keep. Go back in your browser and copy it" in html_of(response)
    assert f'name="next" value="{UPDATE}"' in html_of(response)


def test_a_page_that_is_too_old_to_send_gives_its_text_back(user):
    """Somebody signed in with this browser in another tab: the form's own proof is of before."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user("cem.chair"), backend="subgroups.accounts.PostBackend")
    old = form_of(browser.get(UPDATE)) | TYPED
    response = browser.post(UPDATE, old | {"csrfmiddlewaretoken": "x" * 64})
    assert response.status_code == 403 and "Briefed" not in html_of(response)
    again = form_of(response)
    assert browser.post("/typed/", again).url == UPDATE
    assert "Briefed two localities" in html_of(browser.get(UPDATE))
    assert ProgressUpdate.objects.count() == 0


def test_a_page_that_is_too_old_of_somebody_signed_out_asks_to_sign_in(user, opened):
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(UPDATE, opened)
    assert response.status_code == 403 and "Sign in" in html_of(response) and sealed_in(response)


def test_another_person_at_the_same_browser_is_asked_to_sign_out(sign_in, sent_by_nobody):
    other, sealed = sign_in("business.manager"), sealed_in(sent_by_nobody)
    response = other.post("/typed/", {"sealed": sealed})
    assert response.status_code == 403 and "Somebody else typed this" in html_of(response)
    signed_out = other.post("/typed/", form_of(response))
    assert signed_out.status_code == 403 and sealed_in(signed_out) == sealed
    assert signs_in(other, "cem.chair", sealed).url == UPDATE


@pytest.mark.parametrize("sealed", ["", "x", "é", "gAAAAABx"])
def test_what_we_have_not_sealed_opens_nothing(sealed, chair):
    assert chair.post("/typed/", {"sealed": sealed}).url == "/"
    chair.post("/sign-out/")
    assert sealed_in(chair.post("/typed/", {"sealed": sealed})) == ""


def test_a_password_is_never_sealed(chair):
    assert "made_for" not in html_of(chair.get("/account/password/"))
    chair.post("/sign-out/")
    assert chair.post("/account/password/", {"oldpassword": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("name", "path", "typed", "shown"),
    [
        ("business.manager", "/posts/1/handover/", {"reason": "She has left"}, "She has left"),
        ("business.manager", "/meetings/new/", {"closing_time": "half past", "note": "In town"}, "half past"),
        ("cem.chair", "/plans/2021-22/actions/005/exception/", {"cause": "Nobody asked"}, "Nobody asked"),
    ],
)
def test_every_form_on_the_record_gives_its_text_back(name, path, typed, shown, sign_in):
    client = sign_in(name)
    sent = form_of(client.get(path)) | typed
    client.post("/sign-out/")
    assert signs_in(client, name, sealed_in(client.post(path, sent))).url == path
    assert shown in html_of(client.get(path))


def test_whoever_confirmed_is_asked_again(chair, opened):
    confirmed = opened | {"done": "Met at GL1 2AB", "confirmed": "on", "matches_shown": "0" * 64}
    chair.post("/sign-out/")
    signs_in(chair, "cem.chair", sealed_in(chair.post(UPDATE, confirmed)))
    form = chair.get(UPDATE).context["form"]
    assert form["done"].value() == "Met at GL1 2AB"
    assert not form["matches_shown"].value() and not form["confirmed"].value()


def test_who_may_not_send_a_form_any_more_is_shown_what_they_typed(sign_in, on_record, user, it_is):
    """The post was handed over while the form was open. To nobody else, and of no form of another."""
    chair, other = sign_in("cem.chair"), sign_in("mash.chair")
    sent = form_of(chair.get(UPDATE)) | {"done": "Briefed two localities"}
    it_is(2021, 4, 5)
    with on_record():
        Post.objects.get(holdings__user=user("cem.chair")).hand_over(date(2021, 4, 5), user("qiip.chair"))
    page = chair.post(UPDATE, sent)
    assert page.status_code == 403
    assert "What you typed It is not recorded. Copy what you need. Briefed two localities" in words_of(page)
    assert "Briefed" not in words_of(other.post(UPDATE, sent))
    assert "What you typed" not in words_of(chair.get(UPDATE))


def test_who_sends_a_form_that_somebody_else_made_needless_keeps_what_they_typed(sign_in, asked):
    """Twice from one page, too: it says that it stands there if it was sent before."""
    chair, report = sign_in("cem.chair"), asked()
    back = f"{report.get_absolute_url()}take-back/"
    sent = form_of(chair.get(back)) | {"reason": "It is not needed any more"}
    assert chair.post(back, sent | {"reason": "They agreed by telephone"}).status_code == 302
    page = words_of(chair.post(back, sent))
    assert "Not recorded" in page and "It is not needed any more" in page
    assert "It was not recorded just now. If you had sent it before, it stands there." in page
    assert chair.post(back, form_of(chair.get("/due/"))).status_code == 302, "nothing was typed"
