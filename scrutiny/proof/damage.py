"""What a reader is told where the record itself is damaged: that it is, and which command says where."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from django.core import checks
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import VariableDoesNotExist
from django.urls import NoReverseMatch
from django.utils.text import capfirst

from gscp.permissions import OPEN, PUBLIC
from scrutiny.models import Walk
from scrutiny.proof.rows import ROW_ERRORS, rows_by_number, snapshot
from scrutiny.proof.walk import first_finding

logger = logging.getLogger(__name__)
# Errors that a damaged row can raise in a view. Faults in our code raise the same.
VIEW_ERRORS = (*ROW_ERRORS, ObjectDoesNotExist, DatabaseError, NoReverseMatch, VariableDoesNotExist)


class DamagePage:
    """Middleware: where a page of scrutiny fails because the record is damaged, a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request, exception: Exception) -> HttpResponse | None:
        """The page; None where the record is sound: then our code is at fault, and the answer is a 500."""
        view = request.resolver_match
        permission = getattr(view.func, "permission", PUBLIC)
        is_page = view.func.__module__.startswith("scrutiny.") and permission not in OPEN
        if request.method not in ("GET", "HEAD") or not is_page or not is_damage(exception):
            return None
        logger.error("%s cannot be read", request.path, exc_info=exception)
        return render(request, "scrutiny/unreadable.html", view.kwargs)


def is_damage(error: BaseException) -> bool:
    """Whether this error can come from a damaged record, and a check finds that something is wrong with it.

    A sound record is read to its end in this one process, in the request that failed.
    """
    if not isinstance(error, VIEW_ERRORS):
        return False
    try:
        return walk_notes_are_damaged() or first_finding() is not None
    except DatabaseError:  # part of the record cannot be read, or the database does not answer
        return database_answers()


def database_answers() -> bool:
    try:
        connection.introspection.table_names()
    except DatabaseError:
        return False
    return True


def walk_notes_are_damaged() -> bool:
    """Whether the notes of earlier walks, which are no part of the record, hold what no walk writes."""
    columns = ("id", "at", "number", "hash", "findings", "found")
    with snapshot():
        for _, at, *values in list(rows_by_number(Walk, columns, 0, 2**63 - 1)):
            try:
                datetime.fromisoformat(at)
            except (TypeError, ValueError):
                return True
            if [type(value) for value in values] != [int, str, int, str]:
                return True
    return False


def known_damage() -> list[str]:
    """What earlier walks found wrong with the record; nothing where their notes cannot be queried.

    A missing table is reported by defences.weaknesses().
    """
    try:
        return Walk.objects.damage()
    except DatabaseError:
        return []
    except ROW_ERRORS:
        if not walk_notes_are_damaged():
            raise
        return ["the notes of earlier walks cannot be read"]


def known_damage_check(app_configs, databases, **kwargs) -> list[checks.CheckMessage]:
    """The system check of `check --database` and every start. It only warns: no deployment stops for it."""
    damage = known_damage() if databases else []
    return [checks.Warning(f"{capfirst(what)}.", id="scrutiny.W001") for what in damage]


def lines_until_damage(lines: Iterator[str], last_line: str) -> Iterator[str]:
    """These lines of a file; `last_line` in place of the first that cannot be made, if the record is damaged.

    Where it is sound the error is raised, and the download breaks off.
    """
    try:
        yield from lines
    except VIEW_ERRORS as error:
        if not is_damage(error):
            raise
        logger.exception("the file breaks off")
        yield last_line
