"""Whether this server can write: tried on a timer in each process, and never because somebody asks.

A database that cannot be written to can still be read. Its disk may be full, its file read-only, or its clock
so far behind that it refuses each entry.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

from django.db import Error, connection
from django.utils import timezone

from gscp import clock
from gscp.drafts import Draft, LastWrite
from gscp.record.conditions import CLOCK_IS_AHEAD, MOST_AHEAD

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
        wrong = reason = CLOCK_IS_AHEAD if is_clock_ahead() else ""
    except (Error, OSError) as error:
        if is_busy(error):
            return  # somebody else writes
        wrong, reason = CANNOT, f"{CANNOT}: {error}"
    if wrong and wrong != Outcome.wrong:
        logger.error("Recording does not work: %s", reason)
    Outcome.wrong, Outcome.ended_at = wrong, monotonic()


def is_clock_ahead() -> bool:
    """Whether the database would refuse an entry made now."""
    now = {"sqlite": "strftime('%s', 'now')", "postgresql": "extract(epoch FROM clock_timestamp())"}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {now[connection.vendor]}")
        return clock.now().timestamp() - float(cursor.fetchone()[0]) > MOST_AHEAD.total_seconds()


def is_busy(error: Exception) -> bool:
    return getattr(error.__cause__, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def wrong() -> list[str]:
    """What /health/ready says of it."""
    if Outcome.ended_at is not None and monotonic() - Outcome.ended_at > MOST_SECONDS:
        return [CANNOT]
    return [Outcome.wrong] if Outcome.wrong else []
