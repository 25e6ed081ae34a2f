"""Days and times as pages write them, in the partnership's time zone."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as formatted

from gscp import clock


def day_in_words(value: date | datetime | None) -> str:
    """14 September 2021; "" for None."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return formatted(value, "j F Y") if value else ""


def day_and_month(value: date) -> str:
    """14 September: of a day near another one, which stands beside it with its year."""
    return formatted(value, "j F")


def closing_in_words(papers_close: datetime) -> str:
    """When papers close or closed, for a sentence: yesterday at 5pm, or on 8 March at 5:30pm.

    The year is named where it is not this one.
    """
    closing = timezone.localtime(papers_close)
    at = formatted(closing, "f") + ("am" if closing.hour < 12 else "pm")
    days = (closing.date() - clock.today()).days
    # Who looks back reads which day it was.
    near = None if clock.looked_back_to.get() else {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    day = formatted(closing, "j F" if closing.year == clock.today().year else "j F Y")
    return f"{near or f'on {day}'} at {at}"


def moment_in_words(value: datetime | None) -> str:
    """14 September 2021, 2:05pm; "" for None."""
    if not value:
        return ""
    value = timezone.localtime(value)
    # Not Django's format "a", which writes "p.m.".
    return formatted(value, "j F Y, g:i") + ("am" if value.hour < 12 else "pm")
