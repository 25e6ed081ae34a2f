"""Pages made as at a moment: their data as they stood, their links leading to pages of the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import get_script_prefix, reverse, set_script_prefix

from gscp.record.looking_back import Past, looking_back


@contextmanager
def pages_as_at(past: Past) -> Iterator[None]:
    """Reads the record as it stood; what is addressed meanwhile is the page as it stood then."""
    today = get_script_prefix()
    set_script_prefix(f"{reverse('as_at')}{past.address}/")
    try:
        with looking_back(past):
            yield
    finally:
        set_script_prefix(today)
