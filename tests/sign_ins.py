"""Clients with a session. To sign in takes longer than many a page, and so does a chain of middleware."""

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.test import Client
from django.test.client import ClientHandler

from subgroups.models import User

BACKEND = "subgroups.accounts.PostBackend"
SESSIONS: dict[tuple[int, str], str] = {}  # of the published database, by account and what its password gives
HANDLERS: list[ClientHandler] = []


def begin() -> None:
    """Sign in everybody, once, in the database that each test begins with."""
    for user in User.objects.all():
        Client().force_login(user, backend=BACKEND)


def read() -> None:
    for session in Session.objects.all():
        data = session.get_decoded()
        SESSIONS[int(data[SESSION_KEY]), data[HASH_SESSION_KEY]] = session.session_key


def account_of(user: User) -> tuple[int, str]:
    return user.pk, user.get_session_auth_hash()


def client_of(user: User, used: set[str]) -> Client:
    """A client with a session of this person; one that the test has `used` before would be the same one."""
    client = Client()
    client.handler = handler()
    session = SESSIONS.get(account_of(user), "")
    if session and session not in used:
        used.add(session)
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    else:
        client.force_login(user, backend=BACKEND)
    return client


def handler() -> ClientHandler:
    """One for all, while no setting changes: it makes the middleware, which keeps nothing of a request."""
    if not HANDLERS:
        HANDLERS.append(ClientHandler(enforce_csrf_checks=False))
    return HANDLERS[0]


@receiver(setting_changed)
def made_by_other_settings(**signal) -> None:
    HANDLERS.clear()
