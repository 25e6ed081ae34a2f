"""What the templates of all pages are given of the partnership."""

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from subgroups.models import Partnership


def partnership(request: HttpRequest) -> dict[str, Any]:
    return {"partnership": SimpleLazyObject(the_partnership)}


def the_partnership() -> Partnership:
    try:
        return Partnership.objects.the_one()
    except DatabaseError:  # the page that tells of a damaged record is shown all the same
        return Partnership()
