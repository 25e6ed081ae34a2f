"""A school by its name, with a year group in the same sentence."""

import re
from collections.abc import Iterator

from gscp.personal.words import NUMBERS, Detail, after, before, listed

KIND = (
    "(?:Primary|Infants?|Junior|High|Grammar|Comprehensive|Secondary|Academy"
    "|School|College|Nursery|Sixth Form)"
)
SCHOOL = re.compile(rf"(?<!\w)(?:[A-Z][\w’'.]{{1,20}} ){{1,4}}?{KIND}\b(?: (?:School|College|Academy)\b)?")
OF_NONE = frozenset(
    listed(
        "The|A|An|Each|Every|Our|Any|Some|Primary|Secondary|High|Junior|Infant|Grammar|All|Both|"
        "Special|One|Two"
    )
)
YEAR = re.compile(
    rf"\b(?:(?:years?|yrs?)[ ]?(?:1[0-3]|[1-9]|{'|'.join(NUMBERS[:13])})|Y[ ]?(?:1[0-3]|[1-9])"
    r"|reception (?:child|pupil|class|boy|girl)|nursery class)\b"
    r"(?! of (?:the |our )?(?:plan|funding|membership))",
    re.IGNORECASE | re.ASCII,
)


def schools(text: str) -> Iterator[Detail]:
    for match in SCHOOL.finditer(text):
        if match[0].split()[0] in OF_NONE:
            continue
        beside = f"{before(text, match.start())}{match[0]}{after(text, match.end())}"
        if year := YEAR.search(beside):
            yield Detail("a school with a year group", f"{match[0]}, {year[0]}")
