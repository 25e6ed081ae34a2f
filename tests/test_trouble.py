"""The database is away, full or read-only, or its clock is wrong: no text that was typed is lost."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.test.utils import CaptureQueriesContext

from actions.models import ExceptionReport, ProgressUpdate
from gscp import trouble, writing
from gscp.drafts import LastWrite
from gscp.encoding import readable
from gscp.middleware import read_only
from gscp.record.conditions import CLOCK_IS_AHEAD
from subgroups.models import DEMO_DOMAIN
from tests.answers import html_of
from tests.conftest import ASK, PASSWORD, form_of
from tests.test_typed_text import sealed_in

UPDATE = "/plans/2021-22/actions/005/update/"
TYPED = {"done": "Briefed two localities", "difference": "None yet", "rating": "amber", "reason": "Late"}
ACCOUNT = {"login": f"cem.chair{DEMO_DOMAIN}", "password": PASSWORD}


@contextmanager
def away():
    """Nobody answers where the database was."""
    name = "PORT" if connection.vendor == "postgresql" else "NAME"
    usual = {key: connection.settings_dict[key] for key in (name, "HOST")}
    connection.close()
    connection.settings_dict |= (
        {"PORT": "1", "HOST": "127.0.0.1"} if name == "PORT" else {"NAME": "/no/such/file"}
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= usual


@contextmanager
def full():
    """No page more fits on the disk."""
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL has no limit to set for its files")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA freelist_count")
        assert cursor.fetchone()[0] < 50
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def of_another_time():
    """The clock of the database is three days behind that of the server."""
    usual, settings.DEMO_TODAY = settings.DEMO_TODAY, (datetime.now(UTC) + timedelta(days=3)).date()
    try:
        yield
    finally:
        settings.DEMO_TODAY = usual


@pytest.fixture
def chair(committed, sign_in):
    client = sign_in("cem.chair")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("happens", [away, full, read_only, of_another_time])
def test_what_was_typed_comes_back_and_is_sent_without_a_restart(happens, chair):
    sent = form_of(chair.get(UPDATE)) | TYPED | {"next_step": "x" * 10_000, "blocker": "y" * 2000}
    with happens():
        response = chair.post(UPDATE, sent)
        assert response.status_code == 503 and response["Retry-After"] == "60"
        page = html_of(response)
        assert "This service cannot save or read at the moment" in page
        assert "What you typed is not lost" in page and "Briefed" not in page
        # It stays: so does what was typed.
        again = form_of(response)
        if happens in (away, read_only):  # sending this one writes little, and nothing on the record
            response = chair.post("/typed/", again)
            assert response.status_code == 503 and sealed_in(response) == again["sealed"]
    assert ProgressUpdate.objects.count() == 0
    assert chair.post("/typed/", again).url == UPDATE
    form = chair.get(UPDATE)
    assert "Briefed two localities</textarea>" in html_of(form)
    assert chair.post(UPDATE, form_of(form) | TYPED).status_code == 302
    assert ProgressUpdate.objects.get().done == "Briefed two localities"


def test_what_comes_back_though_it_was_recorded_is_recorded_once(chair):
    sent = form_of(chair.get(UPDATE)) | TYPED
    assert chair.post(UPDATE, sent).status_code == 302
    with away():
        page = chair.post(UPDATE, sent)
    assert "If it was recorded after all, nothing is recorded twice." in html_of(page)
    assert chair.post("/typed/", form_of(page)).url == UPDATE
    assert chair.post(UPDATE, form_of(chair.get(UPDATE)) | TYPED).status_code == 302
    assert ProgressUpdate.objects.count() == 1


@pytest.mark.parametrize("happens", [away, read_only])
def test_signing_in_says_what_is_wrong_and_counts_no_try(happens, committed):
    browser = Client(raise_request_exception=False)
    with happens():
        for _ in range(7):
            response = browser.post("/sign-in/", ACCOUNT)
            assert response.status_code == 503
            assert "Too many" not in html_of(response) and PASSWORD not in html_of(response)
    assert browser.post("/sign-in/", ACCOUNT).url == "/"


def test_a_page_that_cannot_be_read_says_so_and_can_be_tried_again(chair):
    with away():
        response = chair.get("/due/?a=1")
        assert response.status_code == 503 and 'href="/due/?a=1"' in html_of(response)
        assert Client().get("/sign-in/").status_code == 200
    assert chair.get("/due/").status_code == 200


def test_a_fault_of_our_own_is_no_trouble_of_the_database(chair, monkeypatch):
    assert not trouble.is_trouble(ValueError()) and not trouble.is_trouble(FileNotFoundError())
    monkeypatch.setattr("actions.views.homes.render", lambda *args, **kwargs: 1 / 0)
    assert chair.get("/due/").status_code == 500


def test_a_statement_that_is_wrong_is_no_trouble_of_the_database(chair, monkeypatch):
    def wrong(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    monkeypatch.setattr("actions.views.homes.render", wrong)
    assert chair.get("/due/").status_code == 500


@pytest.fixture
def no_try_yet(monkeypatch):
    monkeypatch.setattr(writing.Outcome, "wrong", "")
    monkeypatch.setattr(writing.Outcome, "ended_at", None)


@pytest.mark.parametrize("happens", [away, read_only, of_another_time])
def test_health_knows_whether_writing_works(happens, committed, no_try_yet):
    def ready() -> int:
        return Client().get("/health/ready").status_code

    writing.try_to_write()
    assert ready() == 200 and LastWrite.objects.count() == 1
    with happens():
        writing.try_to_write()
    assert ready() == 503, "though it can be read"
    assert writing.wrong() == [CLOCK_IS_AHEAD if happens is of_another_time else writing.CANNOT]
    writing.try_to_write()
    assert ready() == 200


def test_each_reason_why_writing_does_not_work_is_logged_once(committed, no_try_yet, caplog):
    for happens in (of_another_time, away):
        with happens():
            writing.try_to_write()
            writing.try_to_write()
    logged = [record.getMessage() for record in caplog.records if record.name == "gscp.writing"]
    assert [writing.CANNOT in message for message in logged] == [False, True] and CLOCK_IS_AHEAD in logged[0]


def test_health_knows_of_a_try_that_does_not_end(db, no_try_yet, monkeypatch):
    writing.try_to_write()
    assert writing.wrong() == []
    monkeypatch.setattr(writing, "monotonic", lambda: monotonic() + writing.MOST_SECONDS + 1)
    assert writing.wrong() == [writing.CANNOT]


def test_a_stranger_s_request_writes_nothing(db, no_try_yet):
    with CaptureQueriesContext(connection) as captured:
        Client().get("/health/ready")
    written = [one["sql"] for one in captured if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    assert LastWrite.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "https://[::1",
        "https://[",
        "http://[::1]]",
        "https://[x]/",
        "//[",
        "https://a]b",
        "https://\u2100.example",
    ],
)
@pytest.mark.run_in("sqlite")  # an address is read in Python
def test_an_address_that_is_none_gets_a_sentence(address, sign_in, send):
    path = "/plans/2021-22/actions/005/completion/"
    typed = ASK | {"evidence": address, "impact": "Children are seen sooner"}
    response = send(sign_in("cem.chair"), path, **typed)
    assert response.status_code == 200
    assert "Give the address of a web page, without a user name." in html_of(response)
    assert ExceptionReport.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/?q=%e9", UPDATE + "?q=1", "/nowhere/?q=1", "/?q=1"])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=hex",
        "application/x-www-form-urlencoded; charset=idna",
        "application/x-www-form-urlencoded; charset=undefined",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset*=nonsense''utf-8",
        "multipart/form-data; boundary=x; charset=rot13",
        "text/plain; charset=punycode",
        "text/plain; charset=" + "x" * 100_000,
    ],
)
@pytest.mark.run_in("sqlite")  # refused before anything is looked up
def test_whatever_encoding_a_request_declares_it_gets_a_page(content_type, path):
    answers = [answer_to(path, content_type, REQUEST_METHOD=method) for method in ("GET", "POST")]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert "This could not be read" in html_of(answers[0])


def answer_to(address, content_type, **environ):
    """As a server has it answered; Django's client for tests would close no connection afterwards."""
    path, _, query = address.partition("?")
    environ |= {"PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": content_type}
    application = readable(lambda environ, start_response: ClientHandler()(environ))
    return application(RequestFactory()._base_environ(**environ), None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/plain; charset=UTF-8", 'text/plain; charset="utf8"']
)
def test_utf_8_is_read(content_type):
    assert answer_to("/sign-in/?q=%c3%a9", content_type).status_code == 200
