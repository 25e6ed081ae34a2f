"""Mails wait in the outbox and are sent by SMTP or GOV.UK Notify: none is lost."""

import socket
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread

import orjson
import pytest
from aiosmtpd.controller import Controller
from django.core.mail import send_mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from gscp.mail import checks, models
from gscp.mail.models import WAITS, Mail
from gscp.mail.sending import send_due
from gscp.mail.writing import write
from subgroups.models import Post, User
from tests.answers import words_of
from tests.partnership import day_of, set_password

pytestmark = pytest.mark.django_db
REFUSED = "nobody@refused.example"


class Sink:
    """Takes mails, but for one address; `down` answers as a server that has no room."""

    def __init__(self):
        self.taken, self.down = [], False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 aiosmtpd's name
        if address == REFUSED:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 aiosmtpd's name
        if self.down:
            return "451 try again"
        self.taken.append(envelope)
        return "250 taken"


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "gscp.mail.outbox.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "plan@gscp.example"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def sink(settings):
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_SERVER, settings.MAIL_TLS = f"127.0.0.1:{port}", "none"
    yield sink
    controller.stop()


@pytest.fixture
def closed_port(settings):
    settings.MAIL_SERVER, settings.MAIL_TLS = "127.0.0.1:9", "none"


def queue(*addresses, subject="Papers close on Tuesday"):
    for address in addresses:
        send_mail(subject, "Report before then.", None, [address])


def test_what_is_queued_is_sent_once_with_its_own_message_id(sink):
    queue("cem.chair@gscp.example", "mash.chair@gscp.example")
    assert [mail.state for mail in Mail.objects.all()] == ["Waits", "Waits"]
    assert (send_due().sent, send_due().sent) == (2, 0)
    assert [one.rcpt_tos for one in sink.taken] == [["cem.chair@gscp.example"], ["mash.chair@gscp.example"]]
    for mail, received in zip(Mail.objects.order_by("pk"), sink.taken, strict=True):
        assert f"Message-ID: {mail.message_id}" in received.content.decode()
    assert {mail.state for mail in Mail.objects.all()} == {"Sent"}


def test_a_mail_is_there_exactly_if_what_it_tells_of_is():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue("cem.chair@gscp.example")
        raise ZeroDivisionError
    assert not Mail.objects.exists()


def test_a_mail_server_that_is_away_loses_no_mail_and_is_asked_once(closed_port, settings):
    queue(*(f"chair.{number}@gscp.example" for number in range(30)))
    tally = send_due()
    assert (tally.sent, tally.later, tally.away) == (0, 1, "The mail server could not be reached.")
    states = [mail.state for mail in Mail.objects.order_by("pk")]
    assert states == ["Tried, and waits"] + ["Waits"] * 29
    assert not Mail.objects.exclude(claimed_until=None).exists()


def test_a_server_without_room_is_tried_again_until_it_is_given_up(sink):
    sink.down = True
    queue("cem.chair@gscp.example")
    for tries in range(1, len(WAITS) + 2):
        send_due()
        mail = Mail.objects.get()
        assert (mail.tries, mail.trouble) == (tries, "The mail server answered 451.")
        assert send_due().later == 0, "it waits first"
        Mail.objects.update(send_after=timezone.now())
    assert mail.state == "Given up"
    sink.down = False
    assert send_due().sent == 0
    assert mail.send_again() and not mail.send_again()
    assert send_due().sent == 1


def test_an_address_that_is_refused_stops_no_other(sink):
    queue(REFUSED, "cem.chair@gscp.example")
    tally = send_due()
    assert (tally.sent, tally.given_up) == (1, 1)
    assert Mail.objects.get(address=REFUSED).trouble == "The mail server refused the address."


def test_what_a_sender_had_when_it_died_is_sent_again_as_the_same_mail_and_shown(sink, settings, manager):
    queue("cem.chair@gscp.example")
    [mail] = Mail.objects.claim(20)
    assert Mail.objects.claim(20) == [] and send_due().sent == 0, "another sender has it"
    Mail.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert send_due().sent == 1
    assert f"Message-ID: {mail.message_id}" in sink.taken[0].content.decode()
    assert "Sent, perhaps twice" in words_of(manager.get("/mails/"))


def test_texts_go_after_90_days_and_rows_after_400(sink):
    queue("cem.chair@gscp.example")
    send_due()
    Mail.objects.update(sent_at=timezone.now() - models.TEXT_KEPT_FOR)
    send_due()
    assert Mail.objects.get().text == ""
    Mail.objects.update(queued_at=timezone.now() - models.KEPT_FOR)
    send_due()
    assert not Mail.objects.exists()


def test_a_mail_to_a_person_says_where_to_sign_in_and_has_both_forms(user):
    write(
        user("cem.chair"),
        "invitation",
        "invitation",
        {"post": Post.objects.first(), "days": 7},
        link_path="/x/",
    )
    mail = Mail.objects.get()
    assert mail.person == user("cem.chair") and mail.kind == "invitation"
    assert mail.subject == "Your account for the business plan"
    assert "http://127.0.0.1:8000/x/" in mail.text and 'href="http://127.0.0.1:8000/x/"' in mail.html
    assert "<" not in mail.text and "http" not in mail.html.replace("http://127.0.0.1:8000", "")


@contextmanager
def notify(status):
    """A server that answers as GOV.UK Notify does."""
    received = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 the library's name
            received.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = b'{"id": "1"}' if status == 201 else b'{"errors": [], "status_code": 400}'
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", received
    server.shutdown()


@pytest.mark.parametrize("status, state", [(201, "Sent"), (400, "Given up"), (429, "Tried, and waits")])
def test_govuk_notify_sends_them_where_its_key_is_set(status, state, settings):
    key = "12345678-1234-1234-1234-123456789abc"
    with notify(status) as (address, received):
        settings.NOTIFY_KEY, settings.NOTIFY_TEMPLATE, settings.NOTIFY_URL = f"x-{key}-{key}", key, address
        queue("cem.chair@gscp.example")
        send_due()
    assert Mail.objects.get().state == state
    assert received[0]["email_address"] == "cem.chair@gscp.example"
    assert received[0]["personalisation"]["text"] == "Report before then."
    assert received[0]["sanitise_content_for"] == ["subject"]
    assert received[0]["reference"] == Mail.objects.get().message_id


def test_a_demonstration_sends_none_and_shows_them(manager, sink):
    queue("cem.chair@gscp.example")
    call_command("send_mail_outbox", stdout=(said := StringIO()))
    assert "sends no mail" in said.getvalue() and not sink.taken
    page = words_of(manager.get("/mails/"))
    assert "Papers close on Tuesday" in page and "Report before then." in page


@pytest.fixture
def unit(settings):
    """The Business Manager in earnest."""
    call_command("appoint", "unit@council.example", "Business Manager", stdout=StringIO())
    settings.DEMO = False
    client = Client()
    client.force_login(
        User.objects.get(email="unit@council.example"), backend="subgroups.accounts.PostBackend"
    )
    return client


def test_in_earnest_the_page_shows_no_text_and_what_was_given_up_is_sent_again(unit, sink):
    queue(REFUSED)
    call_command("send_mail_outbox", stdout=(said := StringIO()))
    assert said.getvalue() == "0 sent, 0 to try again, 1 given up.\n"
    page = unit.get("/mails/")
    assert "Report before then." not in words_of(page) and "The mail server refused" in words_of(page)
    mail = Mail.objects.get()
    unit.post(f"/mails/{mail.pk}/send-again/")
    assert Mail.objects.get().state == "Waits"
    assert words_of(unit.get("/mails/?state=given-up")).count("There are no mails here") == 1
    assert unit.get("/mails/?state=nonsense").status_code == 200


def test_the_command_says_what_is_wrong(settings, closed_port):
    settings.DEMO = False
    queue("cem.chair@gscp.example")
    with pytest.raises(CommandError, match="could not be reached"):
        call_command("send_mail_outbox", stdout=StringIO())
    settings.MAIL_SERVER = ""
    with pytest.raises(CommandError, match="Set MAIL_SERVER or NOTIFY_KEY"):
        call_command("send_mail_outbox", stdout=StringIO())


@pytest.mark.parametrize(
    "set_to, missing",
    [
        ({}, "Mail is not sent"),
        ({"NOTIFY_KEY": "x"}, "NOTIFY_TEMPLATE"),
        ({"MAIL_SERVER": "mail.example:587", "DEFAULT_FROM_EMAIL": ""}, "MAIL_FROM"),
        ({"MAIL_SERVER": "mail.example:25", "MAIL_TLS": "none"}, "switches encryption off"),
    ],
)
def test_the_check_names_what_is_missing(set_to, missing, settings):
    for name, value in set_to.items():
        setattr(settings, name, value)
    [found] = checks.check_mail()
    assert missing in found.msg


def test_in_earnest_a_new_holder_is_invited_by_mail_and_nobody_else_sees_it(unit, send, sink, client):
    post = Post.objects.get(name="QiiP Subgroup Chair")
    typed = {"email": "qiip.new@council.example", "name": "Next chair", "reason": "The former chair left."}
    answer = send(unit, f"/posts/{post.pk}/handover/", **day_of("on", 1, 4, 2021), **typed)
    assert answer.status_code == 302, "to the post"
    assert "goes to qiip.new@council.example" in words_of(unit.get(answer.url))
    [mail] = Mail.objects.all()
    send_due()
    [received] = sink.taken
    assert received.rcpt_tos == ["qiip.new@council.example"]
    assert set_password(client, mail.text.partition("http://127.0.0.1:8000")[2].split()[0]).status_code == 302
    assert User.objects.get(email="qiip.new@council.example").has_usable_password()
