"""Dates of birth, in words and figures."""

import re
from collections.abc import Iterator
from datetime import date

from gscp.personal.words import AGE, FLAGS, Detail, after, before, listed

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
ORDINALS = listed(
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|"
    "fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first|"
    "twenty-second|twenty-third|twenty-fourth|twenty-fifth|twenty-sixth|twenty-seventh|twenty-eighth|"
    "twenty-ninth|thirtieth|thirty-first"
)
DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(reversed(ORDINALS))})"
DATE = re.compile(
    r"\b(?:(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})"
    r"|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>\d{4}|\d{2})"
    rf"|(?P<d3>{DAY})(?: day)?(?: of)? (?P<m3>{MONTH})\b\.?(?:,? (?P<y3>\d{{4}})\b)?"
    rf"|(?P<m4>{MONTH})\.? (?P<d4>{DAY})(?:,? (?P<y4>\d{{4}}))?)(?![\d/])",
    FLAGS,
)
BIRTH = r"(?:born|birth(?:[ -]?(?:day|date))?|birthdate|d\.? ?o\.? ?b\b\.?)"
BIRTH_BEFORE = re.compile(rf"(?:\b{BIRTH}|[(,] ?b\.)(?P<between>[^;\n]{{0,35}})$", FLAGS)
BIRTH_AFTER = re.compile(r"^[^;\n]{0,30}\b(?:date of birth|birth(?:day|date)|dob|d\.o\.b)\b", FLAGS)
AGE_BEFORE = re.compile(rf"\b(?:turn(?:s|ed|ing)?|was|is|be) {AGE} on (?:the )?$", FLAGS)
PERSON_BEFORE = re.compile(
    r"\b(?:girl|boy|child|son|daughter|sibling|sister|brother|male|female|pupil|twin|baby|infant|student"
    r"|young person|mother|father|[mf])[,:( -]{1,4}$",
    FLAGS,
)
# With one of these in its sentence a day of some years ago is one of the partnership's work.
WORK = re.compile(
    r"\b(?:agree|minute|meeting|met|publish|report|review|policy|policies|protocol|procedure|version"
    r"|dated|audit|inspect|ofsted|executive|board|partnership|plan|training|act|guidance|agreement"
    r"|sign|launch|conference|survey|strateg|approv|issue|letter|deadline|contract|fund|renew"
    r"|replac|force|until|to \d|since|file|gscp|forecast|rated?|re-?dated|carried|action|event"
    r"|course|paper|return|webinar|bulletin|data|statement|SLA|MOU|grant|decision|decided"
    r"|recommend|visit of|year to|adopt|vote|consult|pilot|regulation|law|framework|template)",
    FLAGS,
)
# A month of a year is enough where one person was born in it. Of many it is a group of them.
BORN_IN_MONTH = re.compile(rf"\bborn (?:in|around|about) (?P<month>{MONTH})\.? (?P<year>\d{{4}})\b", FLAGS)
MANY = re.compile(r"\b(?:babies|infants|children|pupils|those|all|each|every|births|people|cohort)\b", FLAGS)
MOST_APART = 12  # characters between a word for birth and a day without a year


def births(text: str, typed_on: date) -> Iterator[Detail]:
    for match in DATE.finditer(text):
        if is_of_birth(text, match, typed_on):
            yield Detail("a date of birth", match[0].strip())
    for match in BORN_IN_MONTH.finditer(text):
        first = date(int(match["year"]) or 1, MONTHS.index(match["month"][:3].lower()) + 1, 1)
        if could_be_birthday(first, typed_on) and not MANY.search(before(text, match.start())):
            yield Detail("a date of birth", match[0])


def is_of_birth(text: str, match: re.Match[str], typed_on: date) -> bool:
    said_before, said_after = before(text, match.start()), after(text, match.end())
    has_year = any(match[name] for name in ("y1", "y2", "y3", "y4"))
    if named := BIRTH_BEFORE.search(said_before):
        return has_year or len(named["between"]) <= MOST_APART
    if AGE_BEFORE.search(said_before):
        return True
    day = day_of(match) if has_year else None
    if day is None:
        return False
    if BIRTH_AFTER.search(said_after):
        return True
    is_about_work = WORK.search(said_before) or WORK.search(said_after)
    return could_be_birthday(day, typed_on) and bool(PERSON_BEFORE.search(said_before) or not is_about_work)


def day_of(match: re.Match[str]) -> date | None:
    day, month, year = (next(filter(None, (match[f"{part}{of}"] for of in range(1, 5)))) for part in "dmy")
    in_month = int(month) if month.isdecimal() else MONTHS.index(month[:3].lower()) + 1
    digits = re.match(r"\d{1,2}", day, re.ASCII)
    in_days = int(digits[0]) if digits else ORDINALS.index(day.lower()) + 1
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), in_month, in_days)
    except ValueError:
        return None


def could_be_birthday(day: date, typed_on: date) -> bool:
    # One to nineteen years ago: neither a recent meeting nor the birth of an adult.
    return 365 <= (typed_on - day).days < 19 * 366
