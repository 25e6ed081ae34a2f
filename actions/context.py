"""What the templates of all pages are given of the help pages."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from actions.help import role_of


def first_minutes(request: HttpRequest) -> dict[str, Any]:
    # A demonstration shows it on home pages. Whoever sees one is signed in and holds a post.
    return {"first_minutes": SimpleLazyObject(lambda: role_of(request.user))}  # type: ignore[arg-type]
