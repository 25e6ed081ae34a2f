"""The one clock: rules, ledger and history ask it; sessions and tokens never do.

Only a demonstration pins the day (DEMO_TODAY); its time of day runs on.
"""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """This moment, aware, in the partnership's time zone."""
    moment = timezone.localtime()
    if settings.DEMO_TODAY:
        pinned = datetime.combine(settings.DEMO_TODAY, moment.time())
        return timezone.make_aware(pinned)
    return moment


def today() -> date:
    return now().date()
