"""Middleware: checks before every view, and a read-only database for the Scrutineer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.cache import add_never_cache_headers

from gscp import facts
from gscp.coming_back import sent_by_nobody
from gscp.permissions import OPEN, View, holds_a_post, is_scrutineer

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def utf8_only(get_response: GetResponse) -> GetResponse:
    # Other encodings, and NUL in a cookie, decode to text that no database can store.

    def middleware(request: HttpRequest) -> HttpResponseBase:
        encoding = (request.encoding or "utf-8").lower()
        if encoding != "utf-8":
            request.encoding = "utf-8"  # Django's page of a 400 reads the form, and knows this spelling alone
            if encoding != "utf8":
                raise BadRequest("Send text as UTF-8.")
        if any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("Send cookies without NUL.")
        return get_response(request)

    return middleware


class DenyByDefault:
    """Serves only views that say who may: `@may(...)`, `@public` or `@own_account` (gscp/permissions.py).

    Whoever holds no post today sees a page that says so. Browsers are told to keep no page that a signed-in
    person sees, so that it is not found on a shared computer afterwards.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        permission = getattr(view, "permission", None)
        if permission is None:
            raise PermissionDenied
        if permission in OPEN:
            return None
        if not request.user.is_authenticated:  # LoginRequiredMiddleware comes next
            return sent_by_nobody(request) if request.method == "POST" else None
        if not holds_a_post(request.user):
            return render(request, "gscp/no_post.html", status=403)
        return None


def read_only_for_scrutineer(get_response: GetResponse) -> GetResponse:
    """Run the Scrutineer's requests on a database that refuses writes.

    Their sessions are saved by SessionMiddleware, outside of this one.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        is_read_only = user.is_authenticated and is_scrutineer(user) and not needs_no_post(request.path_info)
        request.is_read_only = is_read_only  # type: ignore[attr-defined]  # the page of an error reads it
        with read_only() if is_read_only else nullcontext():
            return get_response(request)

    return middleware


def facts_of_one_version(get_response: GetResponse) -> GetResponse:
    # GET and HEAD write nothing on the record.

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with facts.of_one_version() if request.method in ("GET", "HEAD") else nullcontext():
            return get_response(request)

    return middleware


def needs_no_post(path: str) -> bool:
    # Views of an account write sessions and passwords, which are no part of the record.
    try:
        return getattr(resolve(path).func, "permission", None) in OPEN
    except Resolver404:
        return False


@contextmanager
def read_only() -> Iterator[None]:
    """Have the database refuse every write in this block, with an OperationalError or InternalError."""
    sqlite = connection.vendor == "sqlite"
    setting = "PRAGMA query_only = {}" if sqlite else "SET default_transaction_read_only = {}"
    with connection.cursor() as cursor:
        cursor.execute(setting.format("on"))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(setting.format("off"))
