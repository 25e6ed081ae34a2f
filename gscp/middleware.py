"""What stands before every view."""

from contextlib import contextmanager, nullcontext

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from gscp.permissions import OPEN, is_scrutineer

# Signing in and out and one's own account write sessions and passwords, which are not the record.
ACCOUNT = ("/sign-in/", "/sign-out/", "/account/")


def utf8_only(get_response):
    """Refuse text that no database can store: other encodings that decode to it, and NUL in a cookie."""

    def middleware(request):
        if (request.encoding or "utf-8").lower() not in ("utf-8", "utf8"):
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

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    def process_view(self, request, view, args, kwargs):
        permission = getattr(view, "permission", None)
        if permission is None:
            raise PermissionDenied
        if permission in OPEN or not request.user.is_authenticated:
            return None  # for those who are not signed in, LoginRequiredMiddleware comes next
        if not request.user.posts:
            return render(request, "gscp/no_post.html", status=403)
        return None


def read_only_for_scrutineer(get_response):
    """The Scrutineer's requests run on a database that refuses writes.

    Sessions are saved outside it.
    """

    def middleware(request):
        user = request.user
        guarded = user.is_authenticated and not request.path_info.startswith(ACCOUNT) and is_scrutineer(user)
        with read_only() if guarded else nullcontext():
            return get_response(request)

    return middleware


@contextmanager
def read_only():
    """The database itself refuses every write in this block, with an OperationalError or InternalError."""
    sqlite = connection.vendor == "sqlite"
    setting = "PRAGMA query_only = {}" if sqlite else "SET default_transaction_read_only = {}"
    with connection.cursor() as cursor:
        cursor.execute(setting.format("on"))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(setting.format("off"))
