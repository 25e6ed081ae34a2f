"""Where somebody is signed in. A row holds a browser and its address for as long as its session lives."""

from typing import Any

from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone


def end_all(user: Any, but: str | None = None) -> None:
    """End this person's sessions, but for the one with this key."""
    get_adapter().end_sessions(list(UserSession.objects.filter(user_id=user.pk).exclude(session_key=but)))


def end_others(request: HttpRequest, user: Any) -> None:
    end_all(user, but=request.session.session_key)


def forget_ended() -> None:
    now = timezone.now()
    Session.objects.filter(expire_date__lte=now).delete()
    living = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=living).delete()


def on_sign_in(**signal: Any) -> None:
    forget_ended()


def on_sign_out(request: HttpRequest, **signal: Any) -> None:
    # Before the session's key is gone: Django sends its signal first.
    UserSession.objects.filter(session_key=request.session.session_key).delete()


def on_factor_removed(request: HttpRequest, user: Any, **signal: Any) -> None:
    end_others(request, user)


def on_password(request: HttpRequest, user: Any, **signal: Any) -> None:
    """A new password has made the other sessions void."""
    is_here = request.user.is_authenticated and request.user.pk == user.pk
    end_all(user, but=request.session.session_key if is_here else None)


# Each name after those whose browsers say it, too.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def browser_in_words(user_agent: str) -> str:
    """For example “Firefox on Windows”."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "Another browser")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
