"""The database is away, full, read-only or behind in time: a page that gives back what was typed."""

import errno
import sys

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.views.defaults import bad_request, server_error

from gscp.coming_back import what_was_sent
from gscp.record.conditions import CLOCK_IS_AHEAD

# SQLite's names and PostgreSQL's codes of errors that pass without a change to the application.
SQLITE = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_LOCKED")
# Lost connections; resources such as disk and memory; shut down or starting; read-only; lock not available.
POSTGRESQL = ("08", "53", "57P", "25006", "55P03")
FILES = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES)


def is_trouble(error: BaseException | None) -> bool:
    """Whether the database cannot be reached or written to, or its clock is wrong: no fault of our code."""
    if isinstance(error, OSError):
        return error.errno in FILES
    if not isinstance(error, Error):
        return False
    if CLOCK_IS_AHEAD in str(error):  # neither clock is of our code
        return True
    if connection.vendor == "sqlite":
        return getattr(error.__cause__, "sqlite_errorname", "").startswith(SQLITE)
    code = getattr(error.__cause__, "pgcode", None)
    # Without a connection PostgreSQL's driver has no code.
    return code.startswith(POSTGRESQL) if code else isinstance(error, InterfaceError) or is_lost(error)


def is_lost(error: Error) -> bool:
    return type(error.__cause__).__name__ == "OperationalError"


def error_page(request: HttpRequest) -> HttpResponse:
    """Django calls it for every exception that nobody answered (handler500)."""
    # The Scrutineer's connection is read-only: there a write is a fault of our code.
    if not is_trouble(sys.exc_info()[1]) or getattr(request, "is_read_only", False):
        return server_error(request)
    return trouble_page(request)


def bad_request_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Django says that a session was deleted meanwhile when it could not be written, whatever the reason.
    before = exception.__context__ and exception.__context__.__context__
    is_session = isinstance(exception, SessionInterrupted)
    return trouble_page(request) if is_session and is_trouble(before) else bad_request(request, exception)


def trouble_page(request: HttpRequest) -> HttpResponse:
    # Without context processors: they ask the database.
    shown = {"path": request.get_full_path() if request.method == "GET" else "/", "was_sent": False}
    if request.method == "POST":
        shown |= {"was_sent": True, "csrf_token": get_token(request)} | what_was_sent(request)
    response = HttpResponse(render_to_string("503.html", shown), status=503)
    response["Retry-After"] = "60"
    response["Cache-Control"] = "no-store"
    return response
