"""The check of the whole record that a reader asks for in a browser: one at a time, in a process of its own.

How far it is and its answer stand in a row outside the record, so that every server process can tell, and
the page can be left. The last answer has a row of its own: it is there while the next check runs. Nothing
of the record is written, and no Walk: `manage.py verify_history` leaves those.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gscp.record import public_key, sign
from scrutiny.models import LAST_ENTRY_IS_THERE, RecordCheck
from scrutiny.proof.findings import FINDINGS_KEPT
from scrutiny.proof.walk import verify

logger = logging.getLogger(__name__)
BEAT = 1  # seconds after which the process says how far it is
LONGEST_SILENCE = timedelta(seconds=60)  # of a process: after that another check may begin


def last_heard_before() -> datetime:
    """Whose process was heard before this moment, and not since, has been given up."""
    return timezone.now() - LONGEST_SILENCE


def start() -> bool:
    """Begin a check, unless one runs. False: one does."""
    now, run = timezone.now(), uuid4()
    fresh = RecordCheck(run=run, asked_at=now, heard_at=now)
    values = {f.name: getattr(fresh, f.name) for f in RecordCheck._meta.fields if not f.primary_key}
    is_over = Q(ended_at__isnull=False) | Q(heard_at__lt=last_heard_before())
    over = RecordCheck.objects.filter(is_over, pk=RecordCheck.THE_CHECK)
    # One statement decides: of two readers, the database lets one be the first.
    if not over.update(**values):
        try:
            with transaction.atomic():
                fresh.save(force_insert=True)
        except IntegrityError:
            return False
    start_process(run)
    return True


def start_process(run: UUID) -> None:
    # Not a thread: Python runs one thread of a process at a time, and the others answer readers.
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "check_record", str(run)]
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    except OSError:
        logger.exception("The check of the record could not be started")
        give_up(run)
        return
    Thread(target=process.wait, daemon=True).start()  # or it would stay in the system's table when it ends


def running(run: UUID) -> QuerySet[RecordCheck]:
    return RecordCheck.objects.filter(run=run, ended_at=None)


def give_up(run: UUID) -> None:
    running(run).update(ended_at=timezone.now(), failed=True)


def check(run: UUID) -> None:
    """Read everything, and write the answer into the row of this run."""
    try:
        with telling(run) as reached:
            result = verify(reached.append, processes=1)
    except Exception:
        give_up(run)
        raise
    answer = RecordCheck(
        run=run,
        ended_at=timezone.now(),
        number=result.number,
        hash=result.hash,
        findings=len(result.findings),
        found="\n".join(map(str, result.findings[:FINDINGS_KEPT])),
        redacted=len(result.redactions),
        unchecked=result.unchecked,
        key=public_key(),
    )
    answer.signature = sign(answer.signed_text)
    columns = (*RecordCheck.ANSWER, "key", "signature")
    values = {name: getattr(answer, name) for name in columns}
    if running(run).update(**values):
        moments = {"asked_at": answer.ended_at, "heard_at": answer.ended_at}
        RecordCheck.objects.update_or_create(
            pk=RecordCheck.LAST_ANSWER, defaults={"run": run, **moments, **values}
        )


@contextmanager
def telling(run: UUID) -> Iterator[list[int]]:
    """While the block adds the numbers it reaches to the list, another thread writes the last one down.

    On a connection of its own: that of the block reads in a snapshot, where nothing can be written.
    """
    reached, is_over = [0], Event()

    def tell() -> None:
        while not is_over.wait(BEAT):
            try:
                running(run).update(reached=reached[-1], heard_at=timezone.now())
            except DatabaseError:  # somebody writes for long: the next beat comes
                logger.warning("A check could not say how far it is", exc_info=True)
        connection.close()

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield reached
    finally:
        is_over.set()
        teller.join()


def latest(which: int = RecordCheck.THE_CHECK) -> RecordCheck | None:
    return RecordCheck.objects.filter(pk=which).annotate(still_there=LAST_ENTRY_IS_THERE).first()


def state_of(check: RecordCheck | None) -> str:
    """ "none", "running", "stopped" (it came to no answer), "unsigned", "gone", "wrong" or "sound"."""
    if not check:
        return "none"
    if not check.ended_at:
        return "stopped" if check.heard_at < last_heard_before() else "running"
    if check.failed:
        return "stopped"
    if not check.is_signed():
        return "unsigned"
    if check.findings:
        return "wrong"
    return "sound" if check.still_there or not check.number else "gone"  # type: ignore[attr-defined]  # by latest()
