"""What a reader is told where the record itself is damaged: that it is, and who names where."""

import logging
from collections.abc import Iterator

from django.db import DatabaseError
from django.shortcuts import render
from django.template import VariableDoesNotExist
from django.urls import NoReverseMatch

logger = logging.getLogger(__name__)
# What a row raises that no program of ours would write.
MISSHAPEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
DAMAGE = (*MISSHAPEN, DatabaseError, NoReverseMatch, VariableDoesNotExist)  # or reading it, or its page


class TellsDamage:
    """A page that reads the record and cannot be made of what stands there says so."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        view = request.resolver_match
        reads = request.method in ("GET", "HEAD") and view.func.__module__.startswith("scrutiny.")
        if not (reads and isinstance(exception, DAMAGE)):
            return None
        logger.error("%s cannot be read", request.path, exc_info=exception)
        return render(request, "scrutiny/unreadable.html", view.kwargs)


def until_damage(lines: Iterator[str], last: str) -> Iterator[str]:
    """These lines of a file; if one cannot be made, this last line in place of it and all after it."""
    try:
        yield from lines
    except DAMAGE:
        logger.exception("the file breaks off")
        yield last
