"""Requests that declare an encoding other than UTF-8."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def readable(application: Application) -> Application:
    """Have Django read every request, so that `utf8_only` can refuse it with a page.

    Django decodes the address by the encoding that the request declares, before any middleware is asked: one
    that is none of text raises an error there. Latin-1 decodes everything.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not declares_utf8(environ.get("CONTENT_TYPE", "")):
            environ["CONTENT_TYPE"] = "text/plain; charset=latin-1"
        return application(environ, start_response)

    return answer


def declares_utf8(content_type: str) -> bool:
    try:
        _, parameters = parse_header_parameters(content_type)
    except (LookupError, ValueError):  # an encoding of a parameter itself, or too long
        return False
    return parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")
