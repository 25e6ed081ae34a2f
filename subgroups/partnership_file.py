"""Reads a partnership from a JSON file and checks its shape: docs/partnership-file.md has the format."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gscp.files import Unreadable, is_storable, read_text

SECTIONS = ("partners", "groups", "posts")  # lists of named things


@dataclass(frozen=True)
class Kind:
    words: str
    fits: Callable[[Any], bool]


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and is_storable(value)


def is_day(value: Any) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        return False


def is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


TEXT = Kind("a text", is_text)
TEXTS = Kind("a list of texts", is_list_of(is_text))
DAY = Kind("a day, as 2021-04-01", is_day)
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
OBJECT = Kind("an object, in braces", is_object)
# SQLite stores no number past 64 bits, and True is an int.
NUMBER = Kind("a whole number from 1 to 99", lambda value: type(value) is int and 0 < value < 100)
ROWS = Kind("a list of objects, each in braces", is_list_of(is_object))

# The keys that have to be there, and those that may be.
REQUIRED: dict[str, dict[str, Kind]] = {
    "file": {"known_since": DAY, "partnership": OBJECT, "partners": ROWS, "groups": ROWS, "posts": ROWS},
    "partnership": {"name": TEXT, "short_name": TEXT, "access_contact": TEXT, "data_contact": TEXT},
    "partners": {"name": TEXT, "kind": TEXT},
    "groups": {"name": TEXT, "slug": TEXT, "in_place": FLAG},
    "quorum": {"at_least": NUMBER, "of": TEXTS},
    "posts": {"name": TEXT, "role": TEXT},
}
OPTIONAL: dict[str, dict[str, Kind]] = {
    "file": {"about": TEXT},
    "partners": {"aliases": TEXTS},
    "groups": {
        "aliases": TEXTS,
        "reports_to": TEXT,
        "takes_decisions": FLAG,
        "accepts_high": FLAG,
        "chair_may_proceed": FLAG,
        "quorum": ROWS,
    },
    "posts": {"aliases": TEXTS, "group": TEXT, "partner": TEXT},
}


def read_json(path: Path) -> Any:
    """Raises Unreadable: it is no JSON."""
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{path.name}, line {error.lineno}: this is no JSON: {error.msg}.") from error
    except (RecursionError, ValueError) as error:  # a number of more figures than Python reads
        raise Unreadable(f"{path.name} is nested too deeply, or holds too long a number.") from error


def read(path: Path) -> dict[str, Any]:
    """What the file holds: an object with every key of REQUIRED, none that is unknown, each of its kind.

    Raises:
        Unreadable: it holds something else.
    """
    data: dict[str, Any] = read_json(path)
    check(path.name, data, "file")
    check(f"{path.name}, partnership", data["partnership"], "partnership")
    for section in SECTIONS:
        for number, row in enumerate(data[section], start=1):
            where = f"{path.name}, {section}, number {number}"
            check(where, row, section)
            for part in row.get("quorum", []):
                check(f"{where}, quorum", part, "quorum")
        for name, times in Counter(row["name"] for row in data[section]).items():
            if times > 1:
                raise Unreadable(f"{path.name}, {section}: “{name}” is there {times} times.")
    return data


def check(where: str, row: Any, section: str) -> None:
    check_shape(where, row, REQUIRED[section], OPTIONAL.get(section, {}))


def check_shape(
    where: str, row: Any, required: Mapping[str, Kind], optional: Mapping[str, Kind] | None = None
) -> None:
    """Raises Unreadable: this is no object with every required key, and no others but optional ones."""
    known = {**required, **(optional or {})}
    if not is_object(row):
        raise Unreadable(f"{where}: this is no object, in braces.")
    if missing := [key for key in required if key not in row]:
        raise Unreadable(f"{where}: it has no “{missing[0]}”.")
    for key, value in row.items():
        if key not in known:
            raise Unreadable(f"{where}: “{key}” is none of {', '.join(known)}.")
        if not known[key].fits(value):
            raise Unreadable(f"{where}: “{key}” has to be {known[key].words}.")
