"""Days and times as pages write them, in the partnership's time zone."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as formatted


def day_in_words(value: date | datetime | None) -> str:
    """14 September 2021; "" for None."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return formatted(value, "j F Y") if value else ""


def day_in_short(value: date | datetime | None) -> str:
    """14 Sep 2021; "" for None."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return formatted(value, "j M Y") if value else ""


def moment_in_short(value: datetime | None) -> str:
    """14 Sep 2021, and the time as moment_in_words() writes it; "" for None."""
    return f"{day_in_short(value)}, {moment_in_words(value).rpartition(', ')[2]}" if value else ""


def moment_in_words(value: datetime | None) -> str:
    """14 September 2021, 2:05pm; "" for None."""
    if not value:
        return ""
    value = timezone.localtime(value)
    # Not Django's format "a", which writes "p.m.".
    return formatted(value, "j F Y, g:i") + ("am" if value.hour < 12 else "pm")
