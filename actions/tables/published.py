"""Reading a plan as published: a table of seven columns, every word of it kept."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from actions.models import Action, StrategicDriver
from subgroups.models import Named, Partner, Post

COLUMNS = ["#", "Strategic Driver", "Title", "Action", "Priority", "Who", "Further Actions Identified"]
SEPARATORS = " :,–-\t\n"

# What a driver's words say it is, the most particular first.
KINDS = [
    ("LCSPR", StrategicDriver.Kind.REVIEW),
    ("Thematic Review", StrategicDriver.Kind.REVIEW),
    ("Section 11", StrategicDriver.Kind.SECTION_11),
    ("Audit", StrategicDriver.Kind.AUDIT),
    ("Working Together", StrategicDriver.Kind.GUIDANCE),
]


class Unreadable(ValueError):
    """The table says something that cannot be read; the message says where and what."""


@dataclass(frozen=True)
class Row:
    """One line of the table, as published."""

    ref: str
    driver: str
    title: str
    text: str
    priority: str
    who: str
    further: str


def read_rows(path: Path) -> Iterator[Row]:
    """The lines of a tab-separated table.

    Raises:
        Unreadable: it is not UTF-8, its columns are not the seven, or a line has more or fewer.
    """
    try:
        lines = list(csv.reader(path.read_text("utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is not UTF-8 text.") from error
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
    for words, kind in KINDS:
        if words in driver:
            return kind
    raise Unreadable(f"No kind of strategic driver is known for “{driver}”.")


def read_who(
    cell: str, posts: Iterable[Post], partners: Iterable[Partner]
) -> tuple[list[Post], list[Partner]]:
    """The posts and partners a cell names, in its order.

    Post and organisation are joined by a colon, a space and a colon, or nothing at all, so the
    names are looked for and not the joints; the longest spelling wins, and nothing may be left.
    """
    spelled = sorted(
        ((name, row) for row in (*posts, *partners) for name in row.spellings),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
    found: list[tuple[int, Named]] = []
    left = cell
    for name, row in spelled:
        if (place := left.find(name)) >= 0:
            found.append((place, row))
            left = left.replace(name, " " * len(name))
    if left.strip(SEPARATORS):
        raise Unreadable(f"“{left.strip(SEPARATORS)}” in “{cell}” is no known post or partner.")
    named = [row for _, row in sorted(found, key=lambda pair: pair[0])]
    return [row for row in named if isinstance(row, Post)], [row for row in named if isinstance(row, Partner)]
