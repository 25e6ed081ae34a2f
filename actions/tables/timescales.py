"""What a printed timescale means: the last day of what it names, and how precisely it names it."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from actions.tables.understood import Due
from actions.tables.wording import without_accents

# How sure a reading is. UNREAD: only its words are kept. IMPOSSIBLE: it looks like a day and is none.
SURE, LIKELY, UNREAD, IMPOSSIBLE = "sure", "likely", "unread", "impossible"

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
YEAR = r"(?P<year>20[0-9]{2}|19[0-9]{2}|'?[0-9]{2})"
LONG_YEAR = r"(?P<year>20[0-9]{2}|19[0-9]{2})"
DAY = r"(?P<day>[0-9]{1,2})(?:\s?(?:st|nd|rd|th))?"
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
SHORT_PAIR = r"(?P<first>20[0-9]{2}|[0-9]{2})\s?[/-]\s?(?P<second>20[0-9]{2}|[0-9]{2})"
ONGOING = re.compile(
    r"(?:on-?\s?going|continuous|continual|continuing|throughout(?: the)?(?: year| plan)?|rolling|always|"
    r"annual(?:ly)?|business as usual|bau|all year|every year|permanent|monthly|quarterly)\b",
)
# What may stand around a day without changing it.
BEFORE = (
    r"(?:(?:to be )?(?:completed? |delivered |done |achieved )?"
    r"(?:by|before|until|till|for|in|on|no later than|due)\s+)?"
)
END = r"(?:(?:the\s+)?(?:end|close)\s+(?:of\s+)?(?:the\s+)?)?"
QUARTER = r"(?:q|qtr\.?\s?|quarter\s?)(?P<quarter>[1-4])"


@dataclass(frozen=True, slots=True)
class Read:
    due: Due
    certainty: str


@dataclass(frozen=True, slots=True)
class Found:
    day: date | None
    precision: str
    certainty: str = SURE


def expression(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


def read_timescale(text: str, day: str = "", period: tuple[date, date] | None = None) -> Read:
    """A timescale as printed; `day` is the date that the file itself gives the cell."""
    words = " ".join(without_accents(text).casefold().split())
    found = read_words(words, period)
    if day:
        of_file = date.fromisoformat(day)
        # The file's own date counts, but where its format shows only the month, that is what is meant.
        if found and found.day and found.precision != "day" and same_month(found.day, of_file):
            return read_as(text, Found(found.day, found.precision))
        return read_as(text, Found(of_file, "day"))
    return read_as(text, found or read_without_remark(words, period) or read_within(words, period))


def same_month(first: date, second: date) -> bool:
    return (first.year, first.month) == (second.year, second.month)


def read_as(text: str, found: Found) -> Read:
    printed = found.day.isoformat() if found.day else None
    return Read(Due(text, printed, found.precision), found.certainty)  # type: ignore[arg-type]


def read_words(words: str, period: tuple[date, date] | None) -> Found | None:
    """A timescale that is nothing but one day, month, quarter or year; None for anything else."""
    words = words.strip(" .;,")
    for pattern, reader in READERS:
        if (match := pattern.fullmatch(words)) and (found := reader(match, period)):
            return found
    return None


def year_of(text: str) -> int:
    text = text.lstrip("'")
    return int(text) if len(text) == 4 else (2000 if int(text) < 70 else 1900) + int(text)


def a_day(year: int, month: int, day: int) -> Found:
    try:
        return Found(date(year, month, day), "day")
    except ValueError:
        return Found(None, "", IMPOSSIBLE)


def a_month(year: int, month: int, certainty: str = SURE) -> Found:
    return Found(date(year, month, monthrange(year, month)[1]), "month", certainty)


Period = tuple[date, date] | None


def read_numbers(match: re.Match[str], _: Period) -> Found:
    # 01/02/2026 is 1 February: the day stands first, as everywhere in the United Kingdom.
    return a_day(year_of(match["year"]), int(match["month"]), int(match["day"]))


def read_day_in_words(match: re.Match[str], _: Period) -> Found:
    return a_day(year_of(match["year"]), MONTHS[match["month"]], int(match["day"]))


def read_day_without_year(match: re.Match[str], period: Period) -> Found:
    month, day = MONTHS[match["month"]], int(match["day"])
    year = year_within(month, period)
    if year is None:
        return Found(None, "", UNREAD)
    found = a_day(year, month, day)
    return Found(found.day, found.precision, LIKELY if found.day else IMPOSSIBLE)


def read_month_in_words(match: re.Match[str], period: Period) -> Found:
    # “March 22” may be a day of March: that it is the year is likely, and sure where it is one of the plan's.
    year = year_of(match["year"])
    is_of_plan = period is not None and period[0].year - 1 <= year <= period[1].year + 1
    is_sure = len(match["year"]) == 4 or "'" in match["year"] or "-" in match[0] or is_of_plan
    return a_month(year, MONTHS[match["month"]], SURE if is_sure else LIKELY)


def read_month_in_numbers(match: re.Match[str], _: Period) -> Found:
    month = int(match["month"])
    return a_month(int(match["year"]), month) if 1 <= month <= 12 else Found(None, "", IMPOSSIBLE)


def read_month_without_year(match: re.Match[str], period: Period) -> Found:
    month = MONTHS[match["month"]]
    year = year_within(month, period)
    return a_month(year, month, LIKELY) if year else Found(None, "", UNREAD)


def year_within(month: int, period: Period) -> int | None:
    """The year in which a month lies within the plan, if that is one year."""
    if period is None:
        return None
    years = [
        year
        for year in range(period[0].year, period[1].year + 1)
        if (period[0].year, period[0].month) <= (year, month) <= (period[1].year, period[1].month)
    ]
    return years[0] if len(years) == 1 else None


def read_quarter(match: re.Match[str], period: Period) -> Found:
    """A quarter of a financial year, which begins in April; of the plan's year where none is named."""
    if "first" in match.groupdict():
        year, certainty = year_of(match["first"]), SURE
        if not is_next(match["first"], match["second"]):
            return Found(None, "", IMPOSSIBLE)
    elif "year" in match.groupdict():
        # “Q3 2021” is of the financial year that begins in it, or of the calendar year.
        year, certainty = year_of(match["year"]), LIKELY
    elif period and (period[1] - period[0]).days < 370:
        year, certainty = period[0].year if period[0].month >= 4 else period[0].year - 1, LIKELY
    else:
        return Found(None, "", UNREAD)
    last_month = 3 * int(match["quarter"]) + 3
    year, month = (year + 1, 3) if last_month == 15 else (year, last_month)
    return Found(date(year, month, monthrange(year, month)[1]), "quarter", certainty)


def read_calendar_quarter(match: re.Match[str], _: Period) -> Found:
    month = 3 * int(match["quarter"])
    year = int(match["year"])
    return Found(date(year, month, monthrange(year, month)[1]), "quarter")


def read_financial_year(match: re.Match[str], _: Period) -> Found:
    if not is_next(match["first"], match["second"]):
        return Found(None, "", IMPOSSIBLE)
    return Found(date(year_of(match["second"]), 3, 31), "year")


def is_next(first: str, second: str) -> bool:
    return year_of(second) == year_of(first) + 1


def read_year(match: re.Match[str], _: Period) -> Found:
    return Found(date(int(match["year"]), 12, 31), "year")


def read_end_of_plan(_: re.Match[str], period: Period) -> Found:
    return Found(period[1], "year", LIKELY) if period else Found(None, "", UNREAD)


def read_ongoing(_: re.Match[str], __: Period) -> Found:
    return Found(None, "ongoing")


def read_serial(match: re.Match[str], _: Period) -> Found:
    """The number that a spreadsheet keeps for a day, which lost its format on the way."""
    return Found(date(1899, 12, 30) + timedelta(days=int(match[0])), "day", LIKELY)


def read_range(match: re.Match[str], period: Period) -> Found | None:
    """From one to another: what counts is the end. None where it is no range of days."""
    first = MONTHS.get(match["from"], 0)
    last = read_words(match["last"], period)
    if last is None or last.day is None or not (first or read_words(match["from"], period)):
        return None
    if first and last.precision == "month" and first % 3 == 1 and last.day.month == first + 2:
        return Found(last.day, "quarter", last.certainty)
    return last


READERS = [
    (expression(pattern), reader)
    for pattern, reader in (
        (rf"{BEFORE}{WEEKDAY}(?P<day>[0-9]{{1,2}})\s?[/.-]\s?(?P<month>[0-9]{{1,2}})\s?[/.-]\s?{YEAR}"
         r"(?: 00:00(?::00)?)?", read_numbers),
        (r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[t ]00:00:00)?", read_numbers),
        (rf"{BEFORE}{WEEKDAY}(?:the )?{DAY}(?: of)?[\s.-]*{MONTH}[\s,.-]*{YEAR}", read_day_in_words),
        (rf"{BEFORE}{WEEKDAY}{MONTH}\s+{DAY},?\s+{LONG_YEAR}", read_day_in_words),
        (rf"{BEFORE}{END}{MONTH}[\s,./-]*{YEAR}", read_month_in_words),
        (rf"{BEFORE}{END}(?P<month>[0-9]{{1,2}})\s?/\s?{LONG_YEAR}", read_month_in_numbers),
        (r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})", lambda m, p: read_year_or_month(m, p)),
        (rf"{BEFORE}{WEEKDAY}(?:the )?{DAY}(?: of)?[\s.-]*{MONTH}", read_day_without_year),
        (rf"{BEFORE}{END}{MONTH}", read_month_without_year),
        (rf"{LONG_YEAR}[-\s]q(?P<quarter>[1-4])", read_calendar_quarter),
        (rf"{BEFORE}{END}{QUARTER}[\s,/(-]*(?:fy\s?)?{SHORT_PAIR}\)?", read_quarter),
        (rf"{BEFORE}{END}{QUARTER}[\s,/(-]*{LONG_YEAR}\)?", read_quarter),
        (rf"{BEFORE}{END}{QUARTER}", read_quarter),
        (rf"{BEFORE}{END}(?:fy|financial year)?\s?{SHORT_PAIR}(?: financial year)?", read_financial_year),
        (rf"{BEFORE}{END}{LONG_YEAR}", read_year),
        (r"(?:by )?(?:the )?end of (?:the )?(?:financial )?(?:year|plan)|year end|(?:by )?end of year",
         read_end_of_plan),
        (ONGOING.pattern, read_ongoing),
        (r"[34][0-9]{4}|5[0-4][0-9]{3}", read_serial),
        (r"(?:from )?(?P<from>[^\n]{3,25}?)\s?(?:-|to|until)\s?(?P<last>[^\n]{3,25})", read_range),
        (r"between (?P<from>[^\n]{3,25}?)\s?(?:-|and|to|until)\s?(?P<last>[^\n]{3,25})", read_range),
    )
]  # fmt: skip


MONTH_FIRST = expression(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]((?:20)?[0-9]{2})")


def is_month_first(text: str) -> bool:
    """Whether the month stands first for certain, as in 06/30/2021."""
    match = MONTH_FIRST.fullmatch(text)
    return match is not None and 1 <= int(match[1]) <= 12 < int(match[2]) <= 31


def is_day_first(text: str) -> bool:
    """Whether the day stands first for certain, as in 30/06/2021."""
    match = MONTH_FIRST.fullmatch(text)
    return match is not None and 1 <= int(match[2]) <= 12 < int(match[1]) <= 31


def may_be_month_first(text: str) -> bool:
    """Whether it is a day either way, and another one: 08/01/2021."""
    match = MONTH_FIRST.fullmatch(text)
    if match is None or int(match[1]) == int(match[2]):
        return False
    return 1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 12


def read_year_or_month(match: re.Match[str], _: Period) -> Found:
    # 2021-09 is a month; 2021-22 is no month, but a financial year as 2021/22 is.
    year, month = int(match["year"]), int(match["month"])
    if 1 <= month <= 12:
        return a_month(year, month)
    if month == (year + 1) % 100:
        return Found(date(year + 1, 3, 31), "year")
    return Found(None, "", IMPOSSIBLE)


REMARK = expression(r"\s*[(\[](?P<words>[^)\]]*)[)\]]\s*")
FORMER = expression(r"(?:was|previously|originally|formerly|original|from|orig\.?)\b")
WEEK = expression(r"(?:by )?(?:w\s?/\s?[cb]|wc|wb|week (?:commencing|beginning|of))[\s:.]+")
OTHER_DAY = expression(r"20[0-9]{2}|[0-9][/.][0-9]|\b[a-z]{3,9}\.? '?[0-9]{2}\b")


def read_without_remark(words: str, period: Period) -> Found | None:
    """“Q3 (Oct-Dec)”, “31/12/2021 (was 30/06/2021)”, “w/c 4 October”: never sure."""
    remark = REMARK.search(words)
    rest = WEEK.sub("", REMARK.sub(" ", words, count=1).strip(), count=1)
    if rest == words or REMARK.search(rest):
        return None
    found = read_words(rest, period)
    if found is None or found.certainty == UNREAD:
        return None
    # A year that belongs to the month before it, or another day that may have taken its place.
    if remark and not FORMER.match(remark["words"]) and OTHER_DAY.search(remark["words"]):
        return None
    return Found(found.day, found.precision, IMPOSSIBLE if found.certainty == IMPOSSIBLE else LIKELY)


# Something within a sentence that names a day, month, quarter or year beyond doubt.
WITHIN = expression(
    rf"\b(?:[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-](?:20)?[0-9]{{2}}|(?:[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? )?"
    rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?,?[ -]20[0-9]{{2}}|"
    r"q[1-4] 20[0-9]{2}[/-](?:20)?[0-9]{2}|20[0-9]{2}[/-][0-9]{2}|20[0-9]{2}-[0-9]{2}-[0-9]{2})\b"
)
NOT_DUE = expression(
    r"\b(complete|completed|achieved|closed|started|since|commenced|begins?|review(?:ed)?|from)\b"
)


def read_within(words: str, period: Period) -> Found:
    """A sentence: ongoing if it begins so, otherwise the one day that it names; else its words alone."""
    if ONGOING.match(words):
        return Found(None, "ongoing", LIKELY)
    named = WITHIN.findall(words)
    if len(named) == 1 and not NOT_DUE.search(words):
        found = read_words(named[0], period)
        if found and found.day:
            return Found(found.day, found.precision, LIKELY)
    return Found(None, "", UNREAD)
