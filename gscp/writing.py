"""Whether this server can write: tried on a timer in each process, and never because somebody asks.

A database can be read long after it cannot be written to: its disk is full, or its file is read-only.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

from django.db import Error, connection
from django.utils import timezone

from gscp.drafts import Draft, LastWrite

logger = logging.getLogger(__name__)
PAUSE = 30  # seconds between two tries
MOST_SECONDS = 300  # seconds in which a try must have ended
CANNOT = "the database cannot be written to"
stopped = Event()
# What deletes rows outside the record that count no more. Other packages add theirs.
TO_CLEAR: list[Callable[[], None]] = [Draft.objects.clear]


class Outcome:
    """Of the last try to write; before the first, nothing is wrong."""

    wrong = ""
    ended_at: float | None = None


def start() -> None:
    Thread(target=try_again_and_again, name="writing", daemon=True).start()


def try_again_and_again() -> None:
    while not stopped.wait(PAUSE):
        try_to_write()
        connection.close()  # it is this thread's own


def try_to_write() -> None:
    try:
        LastWrite.objects.update_or_create(pk=1, defaults={"at": timezone.now()})
        for clear in TO_CLEAR:
            clear()
    except (Error, OSError) as error:
        if is_busy(error):
            return  # somebody else writes
        if not Outcome.wrong:
            logger.error("The database cannot be written to: %s", error)
        Outcome.wrong = CANNOT
    else:
        Outcome.wrong = ""
    Outcome.ended_at = monotonic()


def is_busy(error: Exception) -> bool:
    return getattr(error.__cause__, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def wrong() -> list[str]:
    """What /health/ready says of it."""
    if Outcome.ended_at is not None and monotonic() - Outcome.ended_at > MOST_SECONDS:
        return [CANNOT]
    return [Outcome.wrong] if Outcome.wrong else []
