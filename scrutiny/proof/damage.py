"""What a reader is told where the record itself is damaged: that it is, and who names where."""

import logging
from collections.abc import Iterator

from django.core import checks
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.shortcuts import render
from django.template import VariableDoesNotExist
from django.urls import NoReverseMatch
from django.utils.text import capfirst

from scrutiny.models import Walk

logger = logging.getLogger(__name__)
# What a row raises that no program of ours would write.
MISSHAPEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
# Or what it leaves out, or reading it, or its page.
DAMAGE = (*MISSHAPEN, ObjectDoesNotExist, DatabaseError, NoReverseMatch, VariableDoesNotExist)


class TellsDamage:
    """A page that reads the record and cannot be made of what stands there says so."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        view = request.resolver_match
        page = view.func.__module__.startswith("scrutiny.") and hasattr(view.func, "permission")
        reads = request.method in ("GET", "HEAD") and page
        if not (reads and isinstance(exception, DAMAGE)):
            return None
        logger.error("%s cannot be read", request.path, exc_info=exception)
        return render(request, "scrutiny/unreadable.html", view.kwargs)


def known() -> list[str]:
    """What earlier walks tell of the record; where their table is gone, the guard tells that."""
    try:
        return Walk.objects.damage()
    except DatabaseError:
        return []
    except MISSHAPEN:
        return ["the notes of earlier walks cannot be read"]


def of_the_record(app_configs, databases, **kwargs) -> list[checks.CheckMessage]:
    """The system check of the same, at every start and by `check --database`: it stops no deployment."""
    told = known() if databases else []
    return [checks.Warning(f"{capfirst(what)}.", id="scrutiny.W001") for what in told]


def until_damage(lines: Iterator[str], last: str) -> Iterator[str]:
    """These lines of a file; if one cannot be made, this last line in place of it and all after it."""
    try:
        yield from lines
    except DAMAGE:
        logger.exception("the file breaks off")
        yield last
