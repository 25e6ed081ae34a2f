"""One writer at a time: how writers queue, and how many of them wait how long."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic, sleep

from django.db import OperationalError, connection, transaction

from gscp.record.sql import WRITER_LOCK, run

logger = logging.getLogger(__name__)

# Of a server's process, which has more threads than these: pages are read while writers wait.
MOST_AT_ONCE = 3  # the one that writes, and those that wait
LONGEST_WAIT = 5  # seconds
PAUSE = 0.01  # seconds between two tries for the lock

is_in_turn: ContextVar[bool] = ContextVar("is_in_turn", default=False)
places = BoundedSemaphore(MOST_AT_ONCE)


class Busy(Exception):
    """Others write for too long, or too many wait."""


@contextmanager
def turn_to_write() -> Iterator[bool]:
    """A turn to write, in one transaction; False where it does not come in time.

    What is read in the block stays true until its end, since nobody else can write. It is committed then.
    """
    with ExitStack() as turn:
        try:
            turn.enter_context(a_place())
            turn.enter_context(writer_queue(LONGEST_WAIT))
            turn.enter_context(transaction.atomic(durable=True))
            if connection.vendor == "postgresql":
                take_lock(LONGEST_WAIT)
        except (Busy, OperationalError) as error:
            if not is_about_waiting(error):
                raise
            logger.warning("Somebody could not write: %s", error)
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            turn.close()
            is_in_time = False
        else:
            is_in_time = True
        token = is_in_turn.set(is_in_time)
        try:
            yield is_in_time
        finally:
            is_in_turn.reset(token)


@contextmanager
def transaction_of_act() -> Iterator[None]:
    # Inside a turn a savepoint, so that a page can say why an act failed. Elsewhere, as in a command, however
    # long it takes.
    if is_in_turn.get():
        with transaction.atomic():
            yield
    else:
        with writer_queue(), transaction.atomic(durable=True):
            yield


@contextmanager
def nobody_writes() -> Iterator[None]:
    """While it lasts nobody can record anything: for what has to follow a commit.

    Raises:
        OperationalError: others write for too long.
    """
    with transaction.atomic():  # on SQLite the one that writes
        if connection.vendor == "postgresql":
            take_lock(LONGEST_WAIT)
        yield


@contextmanager
def a_place() -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise Busy("too many wait already")
    try:
        yield
    finally:
        places.release()


def is_about_waiting(error: Exception) -> bool:
    sqlite = getattr(error.__cause__, "sqlite_errorname", "")
    postgresql = getattr(error.__cause__, "pgcode", "")
    lock_not_available = "55P03"
    return isinstance(error, Busy) or sqlite.startswith("SQLITE_BUSY") or postgresql == lock_not_available


def take_lock(longest: int) -> None:
    run(
        (f"SET LOCAL lock_timeout = '{longest}s'", []),
        (f"SELECT pg_advisory_xact_lock({WRITER_LOCK})", []),
    )


def writer_queue(longest: float | None = None) -> AbstractContextManager[None]:
    # SQLite's own lock is polled, and a command could wait for ever. For this one commands queue; requests,
    # which wait for so long at most, poll it as well. On PostgreSQL Recording.begin() takes an advisory lock.
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's
        return nullcontext()
    return file_lock(Path(f"{connection.settings_dict['NAME']}.lock"), longest)


@contextmanager
def file_lock(path: Path, longest: float | None = None) -> Iterator[None]:
    with path.open("w") as file:
        if longest is None:
            fcntl.flock(file, fcntl.LOCK_EX)
        else:
            lock_in_time(file.fileno(), monotonic() + longest)
        yield


def lock_in_time(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                raise Busy("somebody else has the lock") from None
            sleep(PAUSE)
        else:
            return
