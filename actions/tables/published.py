"""Reads a published plan from a table of seven columns; its texts are kept word for word."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from actions.models import Action, StrategicDriver
from subgroups.models import Named, Partner, Post

COLUMNS = ["#", "Strategic Driver", "Title", "Action", "Priority", "Who", "Further Actions Identified"]
SEPARATORS = " :,–-\t\n"

# The kind of a strategic driver by words in its text; the first that occurs counts.
DRIVER_KINDS = [
    ("LCSPR", StrategicDriver.Kind.REVIEW),
    ("Thematic Review", StrategicDriver.Kind.REVIEW),
    ("Section 11", StrategicDriver.Kind.DUTY),
    ("Audit", StrategicDriver.Kind.AUDIT),
    ("Working Together", StrategicDriver.Kind.GUIDANCE),
]


class Unreadable(ValueError):
    """The table cannot be read; the message says what is wrong, and where."""


@dataclass(frozen=True)
class Row:
    ref: str
    driver: str
    title: str
    text: str
    priority: str
    who: str
    further: str


def read_text(path: Path) -> str:
    """Raises Unreadable if it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is not UTF-8 text.") from error


def read_rows(path: Path) -> list[Row]:
    return list(rows_of(path))


def rows_of(path: Path) -> Iterator[Row]:
    """The lines of a tab-separated table.

    Raises:
        Unreadable: it is not UTF-8, its columns are not the seven, or a line has more or fewer.
    """
    lines = list(csv.reader(read_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not lines or lines[0] != COLUMNS:
        raise Unreadable(f"{path.name}: the first line must be the columns {', '.join(COLUMNS)}.")
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        if len(cells) != len(COLUMNS):
            raise Unreadable(
                f"{path.name}, line {number}: {len(cells)} columns where there should be {len(COLUMNS)}."
            )
        yield Row(*(cell.strip() for cell in cells))


def read_priority(text: str) -> str:
    for value, label in Action.Priority.choices:
        if text == label:
            return value
    raise Unreadable(f"The priority “{text}” is none of {', '.join(Action.Priority.labels)}.")


def read_kind(driver: str) -> str:
    for words, kind in DRIVER_KINDS:
        if words in driver:
            return kind
    raise Unreadable(f"No kind of strategic driver is known for “{driver}”.")


def read_who(
    cell: str, posts: Iterable[Post], partners: Iterable[Partner]
) -> tuple[list[Post], list[Partner]]:
    """The posts and partners that a cell names, in the order of the cell.

    Published plans join post and partner by a colon, a space and a colon, or nothing at all. So known
    names are searched for, the longest first, instead of splitting at separators.

    Raises:
        Unreadable: something other than known names and separators is in the cell.
    """
    by_length = sorted(
        ((name, row) for row in (*posts, *partners) for name in row.spellings),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
    named_at: list[tuple[int, Named]] = []
    rest = cell
    for name, row in by_length:
        if (place := rest.find(name)) >= 0:
            named_at.append((place, row))
            rest = rest.replace(name, " " * len(name))
    if rest.strip(SEPARATORS):
        raise Unreadable(f"“{rest.strip(SEPARATORS)}” in “{cell}” is no known post or partner.")
    named = [row for _, row in sorted(named_at, key=lambda pair: pair[0])]
    return [row for row in named if isinstance(row, Post)], [row for row in named if isinstance(row, Partner)]
