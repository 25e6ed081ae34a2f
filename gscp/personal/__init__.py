"""What in a text could identify a child: numbers, dates of birth, ages beside names, schools and places.

Forms look for it before a text is saved, because history cannot be rewritten. They refuse nothing: the
writer is asked to look again, and to say why it may stand. docs/child-safe-text.md says how much is found.
"""

import re
from datetime import date

from gscp import clock
from gscp.personal.births import births
from gscp.personal.children import children
from gscp.personal.numbers import numbers
from gscp.personal.schools import schools
from gscp.personal.words import Detail

__all__ = ["KINDS", "Detail", "details", "identifying_details", "words_of_file_name"]

KINDS = (
    "an NHS number",
    "a date of birth",
    "a unique pupil number",
    "a case number",
    "initials with an age",
    "a first name with an age",
    "a letter for a child beside an event",
    "a postcode",
    "a school with a year group",
)


UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def words_of_file_name(name: str) -> str:
    """What a name says: underscores and the like stand for spaces. It comes twice: days have hyphens."""
    spaced = name.replace("_", " ").replace("%20", " ").replace("+", " ")
    return f"{spaced}\n{spaced.replace('-', ' ')}"


def details(text: str, day: date | None = None) -> list[Detail]:
    """`day` is when it was typed, today if it is not given: what may be a birthday is some years before."""
    # Word processors paste other spaces, such as one that does not break, and signs that nobody sees.
    text = re.sub(r"[^\S\r\n]", " ", UNSEEN.sub("", text))
    # A PDF ends its lines in the middle of a sentence. Numbers below one another stay apart.
    text = re.sub(r"(?<=[^\W\d_]|[,(])\r?\n(?=\w)", " ", text)
    found = (*numbers(text), *births(text, day or clock.today()), *children(text), *schools(text))
    return sorted(dict.fromkeys(found), key=lambda one: KINDS.index(one.kind))


def identifying_details(text: str) -> list[str]:
    """What looks like one of KINDS, each as `an NHS number: “text”`."""
    return [str(one) for one in details(text)]
