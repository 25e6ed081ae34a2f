"""The cast and the stage: the published plan on record, a browser, a day, and sign-ins by post."""

import gc
import os
import re
from contextlib import ExitStack
from datetime import date
from io import StringIO
from uuid import UUID

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models
from django.test import TransactionTestCase, override_settings
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from actions.models import Action, ExceptionReport, ProgressUpdate
from gscp import facts, heavy, store, writing
from gscp.record import Actor, recording
from scrutiny import checking
from subgroups.models import DEMO_DOMAIN, Group, Meeting, Partner, Post, User
from tests import browser, made_once, shared_facts, sign_ins
from tests.groups import area, ask, group, meeting, member, own, responsible  # noqa: F401  found here
from tests.published import PublishedDatabase, publish, publish_measures
from tests.rows_of_record import everything, models_of_the_record, put_back

AGENDA = "/meetings/management-group/2021-06-15/"
ASK = {
    "what": "Two agencies have no lead",
    "cause": "Nobody was asked",
    "effect": "Children wait longer",
    "recovery": "Ask them",
    "asked_for": "That each agency names a lead",
}
PASSWORD = "a demonstration of the plan"
pytest_plugins = ["tests.parts"]
os.environ["DEMO_PASSWORD"] = PASSWORD
# Playwright's synchronous API runs an event loop in this thread; nothing of ours is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_configure():
    # A busy machine draws slowly: how long a test takes says nothing about the code.
    hypothesis.settings.register_profile(
        "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("any machine")
    # Argon2 takes a tenth of a second, as it should; nothing here is secret.
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")


def pytest_collection_finish():
    # What is loaded by now stays: looking through it for garbage takes a fifteenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def turn_to_publish(request):
    """It ends when the published database is there for the other processes as well."""
    with ExitStack() as turn:
        turn.made = turn.enter_context(made_once.turn_at(request.config.getoption("--made"), "published"))
        turn.is_over = turn.made is not None and turn.made.exists()
        yield turn


@pytest.fixture(scope="session")
def django_db_modify_db_settings(turn_to_publish, django_db_modify_db_settings):
    """Where another process has made the database this one begins with a copy of it."""
    if turn_to_publish.is_over:
        made_once.take_database(turn_to_publish.made)


@pytest.fixture(scope="session")
def django_db_keepdb(turn_to_publish, django_db_modify_db_settings):
    return turn_to_publish.is_over and connection.vendor == "sqlite"  # its copy is there already


@pytest.fixture(scope="session")
def django_db_setup(request, turn_to_publish, django_db_setup, django_db_blocker):
    """Every test starts from the published plan and the demonstration's sign-ins."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        if not turn_to_publish.is_over:
            publish(stdout=StringIO())
            sign_ins.begin()
        published = PublishedDatabase()
        if turn_to_publish.made and not turn_to_publish.is_over:
            made_once.leave_database(turn_to_publish.made, published)
        turn_to_publish.close()
        sign_ins.read()
        # After a test that commits: instead of Django's flush, which would leave nothing to start from.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: published.put_back())
        yield
        with made_once.turn_at(request.config.getoption("--made"), "published") as made:
            if made and connection.vendor == "postgresql":
                made.unlink(missing_ok=True)  # nobody copies any more what is dropped now
            published.discard()


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory):
    """The built files under their hashed names, as they are served; and a store of files in memory."""
    memory = {"files": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    # override_settings() has the storage made anew: it may have been made with another folder before.
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"), STORAGES=settings.STORAGES | memory
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield


@pytest.fixture(autouse=True)
def _template_string_if_invalid_marker():
    """In place of pytest-django's, which asks for `monkeypatch` in each test, for a mark that none has."""


@pytest.fixture
def patched():
    """What fixtures of this file patch with: who asks for `monkeypatch` patches something of its own."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(autouse=True)
def as_begun_anew(request, patched):
    """Each test begins with a process that did nothing yet, but for the facts that it may share."""
    patched.setattr(facts, "kept", shared_facts.to_begin_with(request))
    patched.setattr(facts, "time", lambda: 0)  # in no test does a new span of time begin
    heavy.places.readers.clear()  # a test may leave a download unread
    for name, _ in store.names():
        store.remove(name)
    patched.setattr(writing.Outcome, "wrong", "")
    patched.setattr(writing.Outcome, "ended_at", None)


@pytest.fixture(autouse=True)
def started(patched):
    """The checks of the record for which a process was asked: none starts, but where a test puts it back."""
    runs: list[UUID] = []
    patched.setattr(checking, "start_process", runs.append)
    return runs


@pytest.fixture
def committed(transactional_db):
    """A database whose transactions are real: the published one is put back after the test."""


@pytest.fixture
def nothing_on_record(committed):
    """An installation that was migrated, and nothing else."""
    put_back({model: [] for model in models_of_the_record()})


@pytest.fixture
def empty_database(committed, tmp_path):
    """A database in which nothing has been migrated, in the place of the other."""
    usual = connection.settings_dict["NAME"]
    create, drop = [], []
    empty = tmp_path / "empty.sqlite3"
    if connection.vendor == "postgresql":
        empty = f"{usual}_empty"
        drop = [f'DROP DATABASE IF EXISTS "{empty}"']
        create = [*drop, f'CREATE DATABASE "{empty}"']  # a run that did not end may have left it

    def between(statements, name):
        connection.close()
        for statement in statements:
            with connection._nodb_cursor() as cursor:
                cursor.execute(statement)
        connection.settings_dict["NAME"] = name

    between(create, str(empty))
    yield
    between(drop, usual)


@pytest.fixture
def it_is(patched):
    """The day it is: it_is(2021, 9, 14)."""
    return lambda *day: patched.setattr(settings, "DEMO_TODAY", date(*day))


PLAYED: dict[type[models.Model], list[dict]] = {}
INSERTS: list[tuple] = []  # that put PLAYED back


@pytest.fixture
def played(request, it_is):
    """The year is on record until 9 March 2022, and that is the day: played once, then put back."""

    def play():
        it_is(2021, 4, 1)
        publish_measures()
        call_command("play_year", until="2022-03-09", stdout=StringIO())
        return everything()

    stands = False
    if not PLAYED:
        rows, stands = made_once.rows(request.config.getoption("--made"), "played", play)
        PLAYED.update(rows)
    if not stands:
        put_back(PLAYED, INSERTS)
    it_is(2022, 3, 9)


@pytest.fixture
def user():
    return lambda name: User.objects.get(email=name + DEMO_DOMAIN)


@pytest.fixture
def sign_in(user):
    """sign_in("cem.chair") is a client with that post's session."""
    used: set[str] = set()
    return lambda name: sign_ins.client_of(user(name), used)


@pytest.fixture
def manager(sign_in):
    return sign_in("business.manager")


@pytest.fixture
def post():
    return lambda name: Post.objects.get(name=name)


@pytest.fixture
def action():
    return lambda ref: Action.objects.get(plan__label="2021-22", ref=ref)


@pytest.fixture
def on_record():
    """with on_record(): tracked models may be saved here, as a test."""
    return lambda reason="for a test": recording(Actor("Test"), reason)


def form_of(response) -> dict[str, str]:
    """What the page's form would send: the hidden fields of its form as rendered."""
    html = response.content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


@pytest.fixture
def send():
    """send(client, url, done="…") opens the form at the URL, fills it in and sends it."""

    def sent(client, url, **typed):
        return client.post(url, form_of(client.get(url)) | typed)

    return sent


@pytest.fixture
def report(action, user, on_record):
    """report("005", rating="amber", blocker="…") reports progress on 005 as its chair would."""

    def reported(ref, reason="", **typed):
        update = ProgressUpdate(
            entered_by=user("cem.chair"), **{"done": "Met", "difference": "None yet"} | typed
        )
        with on_record(reason):
            action(ref).record_update(update)
        return update

    return reported


@pytest.fixture
def asked(sign_in, send):
    """asked() is the Child Exploitation and Missing chair's exception on 005."""

    def report(ref="005", by="cem.chair"):
        response = send(sign_in(by), f"/plans/2021-22/actions/{ref}/exception/", **ASK)
        assert response.status_code == 302
        return ExceptionReport.objects.get(action__ref=ref)

    return report


@pytest.fixture
def attend(sign_in, send):
    """attend(agenda, "council", "police") records who is present there."""

    def attended(agenda, *kinds, **typed):
        presence = {
            f"partner_{partner.pk}": "present" if partner.kind in kinds else "absent"
            for partner in Partner.objects.all()
        }
        return send(sign_in("business.manager"), f"{agenda}attendance/", **presence | typed)

    return attended


@pytest.fixture
def held(attend):
    """held(): of the Management Group's meetings whose day has come it is on record who was present."""

    def recorded():
        management = Group.objects.get(slug="management-group")
        for held_before in Meeting.objects.of(management).without_attendance():
            assert attend(held_before.get_absolute_url(), "council", "police", "health").status_code == 302

    return recorded


@pytest.fixture
def decide(sign_in, send):
    """decide("grant", report, by="management.chair") enters a decision at the meeting of June."""

    def decided(move, report, by="management.chair", agenda=AGENDA, reason="As discussed"):
        return send(sign_in(by), f"{agenda}decide/{report.pk}/", move=move, reason=reason)

    return decided


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        launched = browser.launch(playwright)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def live_server(static_files):
    """pytest-django's, but static files come from WhiteNoise, as they are served in earnest."""
    server = LiveServer("127.0.0.1", start=False)
    server.thread.static_handler = lambda application: application
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def windows(chromium, live_server):
    return browser.Windows(chromium, live_server.url)


@pytest.fixture
def visitor(committed, windows, live_server, sign_in):
    """visitor("cem.chair") is that post's own browser, visitor() a stranger's; its trouble fails the test."""

    def opened(name="", **options):
        page = windows.take(**options)
        if name:
            session = sign_in(name).cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return page

    yield opened
    assert windows.leave() == []
