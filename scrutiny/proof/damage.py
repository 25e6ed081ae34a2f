"""What a reader is told where the record itself is damaged: that it is, and which command says where."""

import logging
from collections.abc import Iterator

from django.core import checks
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpResponse
from django.shortcuts import render
from django.template import VariableDoesNotExist
from django.urls import NoReverseMatch
from django.utils.deprecation import MiddlewareMixin
from django.utils.text import capfirst

from gscp.permissions import OPEN, PUBLIC
from scrutiny.models import Walk
from scrutiny.proof.findings import printable, without_text
from scrutiny.proof.rows import ROW_ERRORS
from scrutiny.proof.walk import first_finding

logger = logging.getLogger(__name__)
# Errors that a damaged row can raise in a view. Faults in our code raise the same.
VIEW_ERRORS = (*ROW_ERRORS, ObjectDoesNotExist, DatabaseError, NoReverseMatch, VariableDoesNotExist)
DAMAGED_NOTES = "the notes of earlier walks cannot be read"


class DamagePage(MiddlewareMixin):
    """Middleware: if a page of scrutiny fails and the record is damaged, a page that says so, not a 500."""

    def process_exception(self, request, exception: Exception) -> HttpResponse | None:
        view = request.resolver_match
        permission = getattr(view.func, "permission", PUBLIC)
        is_page = view.func.__module__.startswith("scrutiny.") and permission not in OPEN
        if (
            request.method in ("GET", "HEAD")
            and is_page
            and (damage := damage_after(exception, request.path))
        ):
            request.past = None  # the moment may be what cannot be written
            context = view.kwargs | {"damage": damage}
            # The page could not be made: damage elsewhere does not make a fault of our own a success.
            return render(request, "scrutiny/unreadable.html", context, status=500)
        return None


def damage_after(error: Exception, failed: str) -> str:
    """What a check finds wrong first, after an error that a damaged record can raise; "" where it is sound.

    A sound record is read to its end in this one process, in the request that failed.
    """
    if not isinstance(error, VIEW_ERRORS) or is_transient(error):
        return ""
    # Whatever the check finds: the error can be a fault of our own, and the damage one of long ago.
    logger.error("%s failed: the record is checked for damage", failed, exc_info=error)
    try:
        return f"{DAMAGED_NOTES}." if walk_notes_are_damaged() else printable(str(first_finding() or ""))
    except DatabaseError as failure:
        return "" if is_transient(failure) else printable(f"it cannot be read: {without_text(failure)}.")


def is_transient(error: Exception) -> bool:
    # A lock, a time-out or a lost connection says nothing of the record.
    if connection.vendor == "postgresql":
        return isinstance(error, OperationalError)
    # SQLite raises it for a missing table, too, and names no code where a text cannot be decoded.
    code = getattr(error.__cause__, "sqlite_errorname", "")
    return code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN"))


def walk_notes_are_damaged() -> bool:
    # They are no part of the record, so first_finding() does not read them.
    try:
        for note in Walk.objects.iterator():
            note.clean_fields(exclude=["found"])  # which may be empty, and is only shown
    except (ValidationError, *ROW_ERRORS):
        return True
    return False


def known_damage() -> list[str]:
    try:
        return Walk.objects.damage()
    except DatabaseError:
        return []  # defences.weaknesses() reports a missing table
    except ROW_ERRORS:
        if not walk_notes_are_damaged():
            raise
        return [DAMAGED_NOTES]


def known_damage_check(app_configs, databases, **kwargs) -> list[checks.CheckMessage]:
    # Only a warning: no deployment stops for it. `databases` is empty but for `check --database` and a start.
    damage = known_damage() if databases else []
    return [checks.Warning(f"{capfirst(what)}.", id="scrutiny.W001") for what in damage]


def lines_until_damage(lines: Iterator[str], last_line: str) -> Iterator[str]:
    """These lines of a file; `last_line` in place of the first that cannot be made, if the record is damaged.

    Where it is sound the error is raised, and the download breaks off.
    """
    try:
        yield from lines
    except VIEW_ERRORS as error:
        if not damage_after(error, "an export"):
            raise
        yield last_line
