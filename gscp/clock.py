"""The time as rules, ledger and history see it; sessions and sign-in tokens use the real time.

A demonstration sets the day (DEMO_TODAY), and its time of day runs on: only the played year sets that too
(DEMO_TIME). While somebody looks back at the record (gscp/record/looking_back.py), it is the moment they look
back to.
"""

from contextvars import ContextVar
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

# The moment somebody looks back to, in this request; otherwise None.
looked_back_to: ContextVar[datetime | None] = ContextVar("looked_back_to", default=None)


def now() -> datetime:
    """This moment, aware, in the partnership's time zone."""
    if past := looked_back_to.get():
        return timezone.localtime(past)
    real = timezone.localtime()
    if settings.DEMO_TODAY:
        time_of_day = settings.DEMO_TIME or real.time()
        return timezone.make_aware(datetime.combine(settings.DEMO_TODAY, time_of_day))
    return real


def today() -> date:
    if past := looked_back_to.get():
        return timezone.localdate(past)
    return settings.DEMO_TODAY or timezone.localdate()
