"""Reads single cells: owners, timescales, levels; and tells what of that is not certain."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast, get_args

from actions.tables.doubts import Doubts
from actions.tables.people import Names, is_nobody, looks_like_person
from actions.tables.scales import (
    LIKELY,
    NUMBERS,
    PRIORITIES,
    RATINGS,
    STATUSES,
    SURE,
    UNKNOWN,
    Reading,
    level_of,
    priority_among,
)
from actions.tables.timescales import IMPOSSIBLE, UNREAD, Read, read_timescale
from actions.tables.timescales import LIKELY as LIKELY_DATE
from actions.tables.timescales import SURE as SURE_DATE
from actions.tables.understood import Due, Person, Precision
from actions.tables.wording import plain, says_nothing

CHOICES = {"priority": PRIORITIES, "rating": RATINGS, "status": STATUSES}
ANSWERS = {"priority": "priorities", "rating": "ratings", "status": "statuses"}

# How exact the original date is, in the words of the register's own files.
EXACTNESS: dict[str, Precision] = {
    "in that month": "month", "in the quarter that ends then": "quarter",
    "in the year that ends then": "year", "ongoing": "ongoing",
}  # fmt: skip


@dataclass
class Reader:
    names: Names
    doubts: Doubts
    answers: dict[str, Any]
    period: tuple[date, date] | None
    dates: dict[tuple[str, str], Read] = field(default_factory=dict)
    levels: dict[tuple[str, str], Reading] = field(default_factory=dict)
    priorities: set[str] = field(default_factory=set)  # all that stand in the column that is read
    is_scale_known: bool = True  # the numbers of priorities mean high, medium, low

    def __post_init__(self) -> None:
        self.answered = {
            part: {plain(text): value for text, value in (self.answers.get(part) or {}).items()}
            for part in ("dates", "priorities", "ratings", "statuses")
        }

    def people(self, text: str, header: str, cell: str) -> list[Person]:
        read = self.names.read(text)
        for words in read.unknown:
            kind = "no owner" if is_nobody(words) else "people" if looks_like_person(words) else "names"
            self.doubts.add(kind, cell, words, heading=header)
        for person in read.people:
            if person.text in read.likely:
                named = [each for each in (person.post, person.body, person.partner) if each]
                self.doubts.add("likely names", cell, person.text, heading=header, meaning=", ".join(named))
        return [replace(person) for person in read.people]

    def due(self, text: str, day: str, header: str, cell: str, *, is_told: bool = False) -> Due:
        """What a timescale says. Where another cell of the row tells the day, no answer counts."""
        answers = self.answered["dates"]
        if plain(text) in answers and not is_told:
            return self.answered_date(text, answers[plain(text)] or {})
        read = self.read_date(text, day)
        kinds = {UNREAD: "words for a date", IMPOSSIBLE: "no such date", LIKELY_DATE: "likely dates"}
        if not is_told and (kind := kinds.get(read.certainty)):
            meaning = day_in_words(read.due) if read.certainty == LIKELY_DATE else ""
            self.doubts.add(kind, cell, text, heading=header, meaning=meaning)
        return replace(read.due)

    def read_date(self, text: str, day: str) -> Read:
        if (text, day) not in self.dates:
            self.dates[text, day] = read_timescale(text, day, self.period)
        return self.dates[text, day]

    def sure_day(self, text: str, day: str) -> Due | None:
        """The day that a cell gives beyond doubt, or by an answer."""
        answers = self.answered["dates"]
        if plain(text) in answers:
            due = self.answered_date(text, answers[plain(text)] or {})
        else:
            read = self.read_date(text, day)
            due = replace(read.due) if read.certainty == SURE_DATE else Due()
        return due if due.date else None

    def answered_date(self, text: str, answer: dict[str, Any]) -> Due:
        named = answer.get("precision") or ("day" if answer.get("date") else "")
        precision = cast(Precision, named if named in get_args(Precision) else "")
        return Due(text, answer.get("date"), precision)

    def level(self, name: str, text: str, header: str, cell: str) -> tuple[str, str]:
        """The value of a priority, rating or status, and the status that a rating tells."""
        answers = self.answered[ANSWERS[name]]
        if plain(text) in answers:
            value = answers[plain(text)]
            return (value, "") if value in CHOICES[name] else ("", value if value in STATUSES else "")
        if says_nothing(text):
            return "", ""
        if (name, text) not in self.levels:
            self.levels[name, text] = level_of(name, text)
        reading = self.levels[name, text]
        if name == "priority" and text in NUMBERS and self.is_scale_known:
            reading = Reading(NUMBERS[text], LIKELY)
        elif name == "priority" and len(text) == 1:
            reading = priority_among(text, self.priorities)
        if reading.certainty != SURE:
            kind = ANSWERS[name] if reading.certainty == UNKNOWN else f"likely {ANSWERS[name]}"
            meaning = reading.value or reading.status
            self.doubts.add(kind, cell, text, heading=header, meaning=meaning, choices=CHOICES[name])
        return reading.value, reading.status


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip


def day_in_words(due: Due) -> str:
    if not due.date:
        return due.precision
    day = date.fromisoformat(due.date)
    words = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    if due.precision != "quarter":
        return words
    return f"{words}, in the year from April {day.year if day.month >= 4 else day.year - 1}"
