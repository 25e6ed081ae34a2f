"""How long somebody stays signed in: after their last request, and since they signed in."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

BEGAN, SEEN = "signed_in_at", "last_seen_at"  # in the session: seconds since 1970


def begin(request: HttpRequest, **signal: Any) -> None:
    """At sign-in: Django's signal of it calls this."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def is_over(session: Any, now: int) -> bool:
    # A session without both moments is of a time before they were kept.
    idle, signed_in = now - session.get(SEEN, 0), now - session.get(BEGAN, 0)
    return idle > settings.SIGNED_IN_IDLE or signed_in > settings.SIGNED_IN_AT_MOST


def end_when_over(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Middleware: sign out who did nothing for too long. What they then send comes back."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = int(time.time())
            if is_over(request.session, now):
                logout(request)
            # Not each time: a page that is only read would write too.
            elif now - request.session[SEEN] > settings.SIGNED_IN_IDLE // 12:
                request.session[SEEN] = now
        return get_response(request)

    return middleware
