"""Days and moments in the words of the house: 14 September 2021, 2:05pm, in the partnership's time."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as formatted


def day(value: date | datetime | None) -> str:
    """14 September 2021; nothing for nothing."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return formatted(value, "j F Y") if value else ""


def moment(value: datetime | None) -> str:
    """14 September 2021, 2:05pm; nothing for nothing."""
    if not value:
        return ""
    value = timezone.localtime(value)
    # Django's own "a" writes p.m.
    return formatted(value, "j F Y, g:i") + ("am" if value.hour < 12 else "pm")
