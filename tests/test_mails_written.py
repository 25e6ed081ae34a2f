"""The one mail a day: what is due, what waits, what is watched; told once, and again after a week."""

import re
from datetime import date
from io import StringIO

import pytest
from django.core import mail as django_mail
from django.core.management import call_command
from django.test import Client

from actions.daily_mail import lines_for, write_daily
from actions.models import MailChoice, Watch
from actions.models.mailing import TOLD_AGAIN
from gscp.mail.models import Mail
from subgroups.models import Post
from tests.answers import words_of
from tests.conftest import form_of
from tests.partnership import day_of
from tests.reading import length, sentences_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "gscp.mail.outbox.EmailBackend"


ACTION = "/plans/2021-22/actions/005/"
EXECUTIVE, MANAGEMENT = "executive", "management.chair"


def texts(person):
    return [line.text for line in lines_for(person)]


def write_mails():
    call_command("write_mails", stdout=(said := StringIO()))
    return said.getvalue().strip()


def mails_of(person, kind="daily"):
    return list(Mail.objects.filter(person=person, kind=kind).order_by("pk"))


@pytest.fixture
def closing(it_is):
    """Papers for the Management Group's meeting of 15 June 2021 close on 8 June."""
    it_is(2021, 6, 1)


def test_a_chair_is_told_what_is_due_21_7_and_1_days_before_papers_close_and_once_late(user, it_is):
    chair, told = user("cem.chair"), []
    MailChoice.objects.create(person=chair, papers=False)
    for month, day in [(5, 17), (5, 18), (5, 19), (6, 1), (6, 2), (6, 7), (6, 8), (6, 9), (6, 10)]:
        it_is(2021, month, day)
        if write_daily(chair):
            told.append((month, day))
    first, *_, last = mails_of(chair)
    assert "1 action to report for the Management Group" in first.text, first.text
    assert "papers close on" in first.text and "it is late" in last.text
    assert told == [(5, 18), (6, 1), (6, 7), (6, 9)]


def test_the_same_is_told_again_after_a_week(user, closing, it_is):
    chair = user("cem.chair")
    assert write_daily(chair) and not write_daily(chair)
    it_is(2021, 6, 2)
    assert not write_daily(chair)
    it_is(2021, 6, 1 + TOLD_AGAIN.days)
    assert write_daily(chair)


def test_all_get_one_mail_a_day_however_often_it_is_written(user, closing):
    assert write_mails() == f"{Mail.objects.count()} written."
    assert write_mails() == "0 written."
    assert len(mails_of(user("cem.chair"))) == 1
    assert not mails_of(user("scrutineer")), "nothing waits for them"


def test_who_decides_is_told_what_is_asked_of_the_group(asked, user):
    asked()
    assert "1 decision asked of the Management Group" in texts(user(MANAGEMENT))
    assert not any("asked of" in text for text in texts(user("cem.chair")))


def test_a_mail_holds_nothing_that_was_typed_and_leads_to_pages_that_ask_for_a_sign_in(
    ask, action, user, closing
):
    ask(action("005"), "cem.chair", cause="CANARY words of the chair")
    write_mails()
    for mail in Mail.objects.all():
        assert "CANARY" not in mail.subject + mail.text + mail.html
        for path in re.findall(r"http://127.0.0.1:8000(/\S*)", mail.text):
            answer = Client().get(path)
            assert path.startswith("/mails/stop/") or answer.status_code == 302, path


def test_no_sentence_of_a_mail_is_long(user, closing, asked):
    asked()
    write_mails()
    lines = [line for mail in Mail.objects.all() for line in mail.text.splitlines() if "http" not in line]
    assert lines and [one for one in sentences_in(lines) if length(one) > 25] == []


def test_a_chair_hands_mails_on_to_the_vice_chair_until_a_day(user, closing, on_record, it_is, sign_in):
    chair = user("cem.chair")
    with on_record():
        post = Post(name="CEM Vice-Chair", role="vice_chair", group=chair.chaired_groups[0])
        post.save()
        post.hand_over(date(2021, 6, 1), user("resolution.chair"))
    assert (
        told_to_report(user("cem.chair"))
        == told_to_report(user("resolution.chair"))
        == ["1 action to report"]
    )
    client = sign_in("cem.chair")
    until = day_of("vice_chair_until", 30, 6, 2021)
    form = form_of(client.get("/account/mails/"))
    assert client.post("/account/mails/", form | until).status_code == 302
    assert not told_to_report(user("cem.chair"))
    assert told_to_report(user("resolution.chair")) == ["2 actions to report"]
    it_is(2021, 7, 1)
    assert not MailChoice.of(chair).has_delegated


def told_to_report(person):
    """As “1 action to report”."""
    return [text.partition(" for ")[0] for text in texts(person) if "to report" in text]


@pytest.mark.parametrize("day", [(31, 5, 2021), (1, 1, 2030), (31, 2, 2021)])
def test_a_day_that_is_over_or_far_away_is_refused(day, user, closing, sign_in):
    client = sign_in("cem.chair")
    typed = day_of("vice_chair_until", *day)
    page = client.post("/account/mails/", form_of(client.get("/account/mails/")) | typed)
    assert page.status_code == 200 and "There is a problem" in words_of(page)


def test_what_somebody_watches_is_told_once_and_never_their_own_change(asked, sign_in, user):
    scrutineer, chair = sign_in("scrutineer"), sign_in("cem.chair")
    for client in (scrutineer, chair):
        assert client.post(f"{ACTION}watch/", {"watch": "yes"}).url == ACTION
    assert "You watch this." in words_of(scrutineer.get(ACTION))
    asked()
    watched = [text for text in texts(user("scrutineer")) if "which you watch" in text]
    assert watched and "action 005" in watched[0]
    assert not any("which you watch" in text for text in texts(user("cem.chair"))), "it is their own"
    assert write_daily(user("scrutineer"))
    assert not any("which you watch" in text for text in texts(user("scrutineer")))
    scrutineer.post(f"{ACTION}watch/", {"watch": "no"})
    assert not Watch.objects.of(user("scrutineer")).exists()


def test_watching_twice_is_watching_once_and_a_report_can_be_watched(asked, sign_in, user):
    exception = asked()
    client = sign_in(MANAGEMENT)
    for _ in range(2):
        client.post(f"{ACTION}watch/", {"watch": "yes"})
    client.post(f"/exceptions/{exception.pk}/watch/")
    assert Watch.objects.of(user(MANAGEMENT)).count() == 2
    assert "Watch it no more" in words_of(client.get("/account/mails/"))
    assert client.post("/exceptions/999/watch/").status_code == 404


def test_what_is_no_duty_is_stopped_by_a_link_that_opening_does_not_press(report, sign_in, user):
    sign_in("scrutineer").post(f"{ACTION}watch/", {"watch": "yes"})
    report("005", rating="amber")
    write_daily(user("scrutineer"))
    [mail] = mails_of(user("scrutineer"))
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.search(r"http://127.0.0.1:8000(/mails/stop/\S+)", mail.text)[1]
    program = Client(enforce_csrf_checks=True)
    assert "Stop it" in words_of(program.get(path)) and MailChoice.of(user("scrutineer")).watched
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not MailChoice.of(user("scrutineer")).watched
    assert program.get(f"{path[:-2]}x/").status_code == 404


def test_the_business_manager_gets_the_week_on_mondays(user, it_is, closing):
    it_is(2021, 6, 1)  # a Tuesday
    write_mails()
    assert not mails_of(user("business.manager"), "weekly")
    it_is(2021, 6, 7)
    write_mails()
    [mail] = mails_of(user("business.manager"), "weekly")
    assert "Not reported yet:" in mail.text and "actions" in mail.text
    assert not django_mail.outbox
