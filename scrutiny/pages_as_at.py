"""Pages as at a moment: they show the record as it was, and link to pages as at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import get_script_prefix, reverse, set_script_prefix

from gscp.record.looking_back import Past, looking_back


@contextmanager
def pages_as_at(past: Past) -> Iterator[None]:
    """Within the block queries read the record as it was, and reverse() gives addresses below `as-at/`."""
    prefix = get_script_prefix()
    set_script_prefix(f"{reverse('as_at')}{past.address}/")
    try:
        with looking_back(past):
            yield
    finally:
        set_script_prefix(prefix)
