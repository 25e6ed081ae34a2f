"""The one clock: rules, ledger and history ask it; sessions and tokens never do.

Only a demonstration pins the day (DEMO_TODAY); its time of day runs on. Who looks back at the record
as it stood (gscp/record/looking_back.py) has the moment of then.
"""

from contextvars import ContextVar
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

as_at: ContextVar[datetime | None] = ContextVar("as_at", default=None)


def now() -> datetime:
    """This moment, aware, in the partnership's time zone."""
    if moment_then := as_at.get():
        return timezone.localtime(moment_then)
    moment = timezone.localtime()
    if settings.DEMO_TODAY:
        pinned = datetime.combine(settings.DEMO_TODAY, moment.time())
        return timezone.make_aware(pinned)
    return moment


def today() -> date:
    return now().date()
