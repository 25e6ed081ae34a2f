"""What in a text could identify a child.

Looked for before it is ever saved, because history cannot be rewritten. Finding something stops
nobody: the writer is asked to look again and to confirm.
"""

import re
from collections.abc import Iterator
from datetime import date

from gscp import clock

# Other scripts have digits and an s of their own (ſ) that int() and MONTHS do not know.
PLAIN = re.IGNORECASE | re.ASCII
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
NHS_NUMBER = re.compile(r"(?<![\d-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d-])", PLAIN)
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", PLAIN)
BORN = re.compile(
    r"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth)\W{0,3}(?:is |was )?\d[\w /.,-]{3,20}", PLAIN
)
NUMERIC = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b", PLAIN)
ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", PLAIN)
WORDS = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(MONTHS)})[a-z]*,? (\d{{4}})\b", PLAIN)


def found(text: str) -> list[str]:
    """What looks like an NHS number, a date of birth or a postcode, each as `what it looks like: “text”`."""
    return [
        *(f"an NHS number: “{match}”" for match in NHS_NUMBER.findall(text) if is_nhs_number(match)),
        *(f"a date of birth: “{match.strip()}”" for match in BORN.findall(text)),
        *(f"a date of birth: “{match}”" for match, day in days(BORN.sub("", text)) if of_a_child(day)),
        *(f"a postcode: “{match}”" for match in POSTCODE.findall(text)),
    ]


def is_nhs_number(text: str) -> bool:
    """Ten digits set out 3 3 4, or with the last the modulus 11 check of the others (NHS Data Dictionary)."""
    digits = [int(character) for character in text if character.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(text) > len(digits) or check % 11 == digits[9]


def days(text: str) -> Iterator[tuple[str, date]]:
    for match in NUMERIC.finditer(text):
        day, month, year = map(int, match.groups())
        yield from real_day(match[0], year + (2000 if year < 100 else 0), month, day)
    for match in ISO.finditer(text):
        yield from real_day(match[0], *map(int, match.groups()))
    for match in WORDS.finditer(text):
        yield from real_day(match[0], int(match[3]), MONTHS.index(match[2].lower()) + 1, int(match[1]))


def real_day(text: str, year: int, month: int, day: int) -> Iterator[tuple[str, date]]:
    try:
        yield text, date(year, month, day)
    except ValueError:
        return


def of_a_child(day: date) -> bool:
    """A full date one to nineteen years back: meetings of this year stay unasked about, children do not."""
    return 365 <= (clock.today() - day).days < 19 * 366
