"""What in a text could identify a child: NHS numbers, dates of birth, postcodes.

Forms look for it before a text is saved, because history cannot be rewritten. They refuse nothing:
the writer is asked to look again and to confirm.
"""

import re
from collections.abc import Iterator
from datetime import date

from gscp import clock

# Without ASCII, \d matches digits of other scripts, and s matches ſ, which is in none of MONTHS.
FLAGS = re.IGNORECASE | re.ASCII
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
BETWEEN = r"[ .\u2010-\u2015\u2212-]{0,3}"  # spaces, dots and every kind of dash
NHS_NUMBER = re.compile(rf"(?<![\d-])\d{{3}}{BETWEEN}\d{{3}}{BETWEEN}\d{{4}}(?![\d-])", FLAGS)
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s{0,2}\d[A-Z]{2}\b", FLAGS)
DATE_OF_BIRTH = re.compile(
    r"\b(?:born(?: on)?|d\.?o\.?b\.?|date of birth)\W{0,3}(?:is |was )?\d[\w /.,-]{3,20}", FLAGS
)
NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b", FLAGS)
ISO_DATE = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", FLAGS)
DATE_IN_WORDS = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(MONTHS)})[a-z]*,? (\d{{4}})\b", FLAGS
)


def identifying_details(text: str) -> list[str]:
    """What looks like an NHS number, a date of birth or a postcode, each as `an NHS number: “text”`."""
    # Word processors paste other spaces, such as one that does not break.
    text = re.sub(r"[^\S\r\n]", " ", text)
    return [
        *(f"an NHS number: “{match}”" for match in NHS_NUMBER.findall(text) if is_nhs_number(match)),
        *(f"a date of birth: “{match.strip()}”" for match in DATE_OF_BIRTH.findall(text)),
        *(
            f"a date of birth: “{match}”"
            for match, day in dates_in(DATE_OF_BIRTH.sub("", text))
            if could_be_birthday(day)
        ),
        *(f"a postcode: “{match}”" for match in POSTCODE.findall(text)),
    ]


def is_nhs_number(text: str) -> bool:
    """Ten digits written in groups of 3, 3 and 4, or whose last is the modulus 11 check digit of the others.

    Source: NHS Data Dictionary, NHS number.
    """
    digits = [int(character) for character in text if character.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(text) > len(digits) or check % 11 == digits[9]


def dates_in(text: str) -> Iterator[tuple[str, date]]:
    # Each as it is written there, and as a date.
    for match in NUMERIC_DATE.finditer(text):
        day, month, year = map(int, match.groups())
        yield from if_valid(match[0], year + (2000 if year < 100 else 0), month, day)
    for match in ISO_DATE.finditer(text):
        yield from if_valid(match[0], *map(int, match.groups()))
    for match in DATE_IN_WORDS.finditer(text):
        yield from if_valid(match[0], int(match[3]), MONTHS.index(match[2].lower()) + 1, int(match[1]))


def if_valid(text: str, year: int, month: int, day: int) -> Iterator[tuple[str, date]]:
    try:
        yield text, date(year, month, day)
    except ValueError:
        return


def could_be_birthday(day: date) -> bool:
    # One to nineteen years ago: neither a recent meeting nor the birth of an adult.
    return 365 <= (clock.today() - day).days < 19 * 366
