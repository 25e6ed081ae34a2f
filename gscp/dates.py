"""Days and times as pages write them and as people type them, in the partnership's time zone."""

import re
from datetime import UTC, date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone

from gscp import clock


def day_in_words(value: date | datetime | None) -> str:
    """14 September 2021; "" for None."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return f"{day_and_month(value)} {value.year}" if value else ""


def day_in_short(value: date | datetime | None) -> str:
    """14 Sep 2021; "" for None."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return f"{value.day} {MONTHS[value.month - 1][:3].capitalize()} {value.year}" if value else ""


def moment_in_short(value: datetime | None) -> str:
    """14 Sep 2021, and the time as moment_in_words() writes it; "" for None."""
    return f"{day_in_short(value)}, {time_in_words(timezone.localtime(value).time())}" if value else ""


def moment_in_markup(value: datetime | None) -> str:
    """2021-09-14T17:00:00+01:00, as <time> has it."""
    return timezone.localtime(value).isoformat(timespec="seconds") if value else ""


def day_and_month(value: date) -> str:
    """14 September: of a day near another one, which stands beside it with its year."""
    return f"{value.day} {MONTHS[value.month - 1].capitalize()}"


def day_beside(value: date, year: int) -> str:
    """14 September, or 14 September 2021 where it is of another year than this one."""
    return day_and_month(value) if value.year == year else day_in_words(value)


def closing_in_words(papers_close: datetime) -> str:
    """When papers close or closed, for a sentence: yesterday at 5pm, or on 8 March at 5:30pm.

    The year is named where it is not this one.
    """
    closing = timezone.localtime(papers_close)
    days = (closing.date() - clock.today()).days
    # Who looks back reads which day it was.
    near = None if clock.looked_back_to.get() else {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    day = day_beside(closing.date(), clock.today().year)
    return f"{near or f'on {day}'} at {time_in_words(closing.time())}"


def moment_in_words(value: datetime | None) -> str:
    """14 September 2021, 2:05pm, or 5pm; "" for None."""
    return f"{day_in_words(value)}, {time_in_words(timezone.localtime(value).time())}" if value else ""


def time_in_words(value: time | None) -> str:
    """5pm, or 5:30pm; "" for None."""
    # Of no format: Django's take ten times as long, and a page has dozens.
    if not value:
        return ""
    minutes = f":{value.minute:02}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


def example_day() -> str:
    """A day to come as people type it: hints and what is said of a slip show the same one."""
    today = clock.today()
    return f"30 9 {today.year + (today > date(today.year, 9, 30))}"


YEARS = range(1900, 9900)  # in which days can lie: what is worked out from them stays within the calendar
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
# Plain digits only: int() would also read "+1", "1_0" and other scripts' digits.
DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?", re.IGNORECASE | re.ASCII)
TIME = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?(?: ?([ap])\.? ?m\.?)?", re.IGNORECASE | re.ASCII)
EITHER_HALF = tuple("1234567")  # hours that may be meant of the morning or the afternoon
WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def read_month(typed: str) -> int | None:
    """6, 06, Jun and June; None for anything else."""
    word = typed.casefold().rstrip(".")
    if re.fullmatch("[0-9]{1,2}", word):
        return int(word)
    months = (number for number, name in enumerate(MONTHS, start=1) if name.startswith(word))
    return next(months, None) if len(word) >= 3 else None


def read_year(typed: str) -> int | None:
    """2021, and 21 for it; None for anything else. 0021 is a slip."""
    if re.fullmatch("[0-9]{2}", typed):
        return (2000 if int(typed) < 70 else 1900) + int(typed)
    return int(typed) if re.fullmatch("[1-9][0-9]{3}", typed) else None


def read_day(day: str, month: str, year: str) -> date | None:
    """The date of three parts as somebody typed them; None if they are none."""
    number, of_month, of_year = DAY.fullmatch(day), read_month(month), read_year(year)
    if not (number and of_month and of_year):
        return None
    try:
        return date(of_year, of_month, int(number[1]))
    except ValueError:
        return None


def read_time(typed: str) -> time | None:
    """5pm, 5.30 pm, 17:00, 1700, noon, 8.30; None for anything else.

    As for 5 or 5.30, which do not say which half of the day: a group meets, and papers close, in both. Two
    digits are a time of 24 hours.
    """
    typed = " ".join(typed.split())
    if word := WORDS.get(typed.casefold()):
        return word
    parts = TIME.fullmatch(typed)
    if not parts:
        return None
    hour, minute, half = int(parts[1]), int(parts[2] or 0), (parts[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    has_minutes = parts[2] is not None and (len(parts[1]) == 2 or ":" in typed or "." in typed)
    if not half and (not has_minutes or parts[1] in EITHER_HALF):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def how_to_write_time(typed: str) -> str:
    """What to say of a time that read_time() does not read."""
    parts = TIME.fullmatch(" ".join(typed.split()))
    if parts and not parts[3] and 1 <= int(parts[1]) <= 12 and int(parts[2] or 0) < 60:
        shown = parts[1] + (f":{parts[2]}" if int(parts[2] or 0) else "")
        return f"Write {shown}am or {shown}pm."
    return "Write the time as 5pm or 17:00."


def moment_of(day: date, at: time) -> datetime:
    """This time of that day in the partnership's time zone, as a moment in UTC.

    Raises:
        ValidationError: the clocks skip that time, or show it twice.
    """
    moment = timezone.make_aware(datetime.combine(day, at))
    first, second = (moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    shown = time_in_words(at)
    # Of a time that they skip, the offset from UTC before it gives the later moment.
    change = f"forward, and skip {shown}" if first > second else f"back, and show {shown} twice"
    raise ValidationError(f"On {day_in_words(day)} the clocks go {change}. Give another time.")
