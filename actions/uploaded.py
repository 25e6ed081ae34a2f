"""Reads the file that somebody chose for a plan: in a process of its own, while its page can be left.

How far it is and what was understood stand with the file, outside the record, so that every process of the
server can tell.
"""

import logging
import subprocess
import sys
from threading import Thread
from traceback import extract_tb, format_list
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from actions.models import PlanUpload
from actions.models.upload import LONGEST_SILENCE
from actions.tables.apart import understood_apart
from actions.tables.cells import Refused
from actions.tables.understood import Understood
from actions.tables.wanted import OnRecord

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 2  # files that are read at one time, whoever chose them


def start(upload: PlanUpload) -> None:
    """Have the file read from its beginning, unless too many are being read: then it waits for its page."""
    reading = PlanUpload.objects.filter(ended_at=None, asked_at__gt=timezone.now() - LONGEST_SILENCE)
    upload.run, upload.ended_at, upload.found = uuid4(), None, None
    is_its_turn = reading.exclude(pk=upload.pk).count() < MOST_AT_ONCE
    upload.asked_at = timezone.now() if is_its_turn else None
    # Only where the row is still there: it may have been discarded, and another chosen.
    columns = ("run", "ended_at", "found", "asked_at", "answers_sealed")
    PlanUpload.objects.filter(pk=upload.pk).update(**{name: getattr(upload, name) for name in columns})
    if is_its_turn:
        start_process(upload.run)


def start_process(run: UUID) -> None:
    # Not a thread: Python runs one thread of a process at a time, and the others answer readers.
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "read_upload", str(run)]
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    except OSError:
        logger.exception("A plan's file could not be read")
        PlanUpload.objects.filter(run=run).update(ended_at=timezone.now())
        return
    Thread(target=process.wait, daemon=True).start()  # or it would stay in the system's table when it ends


def read_upload(run: UUID) -> None:
    """Read the file of this run, unless another was chosen or it was discarded meanwhile."""
    upload = PlanUpload.objects.select_related("plan").filter(run=run, ended_at=None).first()
    if upload is None:
        return
    plan = upload.plan
    found: Understood | str | None = None
    try:
        period = (plan.first_day, plan.last_day)
        found = understood_apart(upload.data, upload.file_name, OnRecord().known, upload.answers, period)
    except Refused as refused:
        found = str(refused)
    except Exception as error:  # its message may hold words of the file, which are no one else's to read
        where = "".join(format_list(extract_tb(error.__traceback__)))
        logger.error("A plan's file could not be read: %s\n%s", type(error).__name__, where)
    PlanUpload.objects.filter(run=run).update(**upload.answer_of(found))
