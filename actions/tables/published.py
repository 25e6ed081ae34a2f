"""Reads a published plan from a table, whose texts are kept word for word: docs/plan-table.md."""

import csv
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from actions.models import Action, StrategicDriver
from actions.tables.as_csv import as_typed
from actions.tables.wording import KEPT_AS_PRINTED
from gscp.files import Unreadable, read_text
from subgroups.models import Named, Partner, Post

# The heading of each column and the name of its cell in a Row. Every table has the first seven.
COLUMNS = {
    "#": "ref",
    "Strategic Driver": "driver",
    "Title": "title",
    "Action": "text",
    "Priority": "priority",
    "Who": "who",
    "Further Actions Identified": "further",
}
OPTIONAL_COLUMNS = {
    "Kind of Driver": "kind",
    "Theme": "theme",
    "Responsible Group": "group",
    "Outcome": "outcome",
    "How It Will Be Known": "known_by",
    "Timescale": "timescale",
    "Due": "due",
    "Milestones": "milestones",
}
# What the register's own files have beside these. It is worked out of the record, and passed over here.
WORKED_OUT = {
    "Status", "Rating", "Rated On", "No Report Since", "Due Now", "Days Late", "Original Date",
    "Original Date Read As", "New Date Agreed", "Review Date", "Last Report", "Lead Posts", "Owning Partners",
    "Milestones Done",
    "Not Confirmed",
}  # fmt: skip
SEPARATORS = " :,–-\t\r\n"
DUE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?|-Q([1-4]))?")
MILESTONE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?[\s:,–-]*(.*)", re.DOTALL)

# The kind of a strategic driver by words in its text; the first that occurs counts.
DRIVER_KINDS = [
    ("LCSPR", StrategicDriver.Kind.REVIEW),
    ("Thematic Review", StrategicDriver.Kind.REVIEW),
    ("Section 11", StrategicDriver.Kind.DUTY),
    ("Audit", StrategicDriver.Kind.AUDIT),
    ("Working Together", StrategicDriver.Kind.GUIDANCE),
]


@dataclass(frozen=True)
class Row:
    line: int  # of the file, where it begins
    ref: str
    driver: str
    title: str
    text: str
    priority: str
    who: str
    further: str
    kind: str = ""
    theme: str = ""
    group: str = ""
    outcome: str = ""
    known_by: str = ""
    timescale: str = ""
    due: str = ""
    milestones: str = ""


def read_rows(path: Path) -> list[Row]:
    """The lines of a table, separated by tabs or commas as its first line is.

    Raises:
        Unreadable: it is no such table, or two of its lines have one reference.
    """
    rows: dict[str, Row] = {}
    lines = cells_by_line(path)
    _, headings = next(lines, (1, []))
    check_headings(path.name, headings)
    names = [(COLUMNS | OPTIONAL_COLUMNS).get(heading, "") for heading in headings]
    for line, cells in lines:
        where = f"{path.name}, line {line}"
        if len(cells) != len(names):
            raise Unreadable(f"{where}: {len(cells)} columns where there should be {len(names)}.")
        row = Row(line=line, **{name: cell for name, cell in zip(names, cells, strict=True) if name})
        if not row.ref:
            raise Unreadable(f"{where}: it has no reference, “#”.")
        if row.ref in rows:
            raise Unreadable(
                f"{path.name}: lines {rows[row.ref].line} and {line} have one reference, “{row.ref}”."
            )
        rows[row.ref] = row
    return list(rows.values())


def cells_by_line(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Of each line that is not empty: the number of the line where it begins, and its cells."""
    text = read_text(path)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    # newline="": a line break inside a cell stays. Only CR and LF end lines, not VT, NEL or U+2028.
    reader, begins = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    try:
        for cells in reader:
            stripped = [as_typed(cell).strip() for cell in cells]
            if any(stripped):
                yield begins, stripped
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"{path.name}, line {begins}: a quoted cell does not end as it should.") from error


def check_headings(file: str, headings: list[str]) -> None:
    missing = [heading for heading in COLUMNS if heading not in headings]
    if missing:
        raise Unreadable(f"{file}: the first line must name the columns; missing: {', '.join(missing)}.")
    for heading in headings:
        is_known = heading in (COLUMNS | OPTIONAL_COLUMNS).keys() | WORKED_OUT
        if not is_known and not heading.startswith(KEPT_AS_PRINTED):
            known = ", ".join(OPTIONAL_COLUMNS)
            raise Unreadable(
                f"{file}: “{heading}” is no column of a plan. Beside the seven there may be {known}."
            )
        if headings.count(heading) > 1:
            raise Unreadable(f"{file}: two columns are called “{heading}”.")


def read_priority(text: str) -> str:
    if not text:
        return ""
    for value, label in Action.Priority.choices:
        if text == label:
            return value
    raise Unreadable(f"the priority “{text}” is none of {', '.join(Action.Priority.labels)}.")


def read_kind(kind: str, driver: str) -> str:
    """The kind that the table names or, where it names none, the one that words of the driver say."""
    for value, label in StrategicDriver.Kind.choices:
        if kind.casefold() in (value, label.casefold()):
            return value
    if kind:
        kinds = ", ".join(StrategicDriver.Kind.labels)
        raise Unreadable(f"“{kind}” is no kind of strategic driver: choose one of {kinds}.")
    for words, meant in DRIVER_KINDS:
        if words in driver:
            return meant
    raise Unreadable(
        f"no kind of strategic driver is known for “{driver}”: name it in a column “Kind of Driver”."
    )


def read_due(text: str) -> tuple[date | None, str]:
    """The last day of what is named, and how precisely it is named."""
    precision = Action.Precision
    if text.casefold() in ("", precision.ONGOING):
        return None, text.casefold()
    if match := DUE.fullmatch(text):
        year, month, day, quarter = (int(part) if part else 0 for part in match.groups())
        last_month = month or 3 * quarter or 12
        exactness = precision.MONTH if month else precision.QUARTER if quarter else precision.YEAR
        try:
            if day:
                return date(year, month, day), precision.DAY
            return date(year, last_month, monthrange(year, last_month)[1]), exactness
        except ValueError:
            pass  # there is no such month or day
    raise Unreadable(f"“{text}” is no day: write 2021-09-30, 2021-09, 2021-Q3, 2021 or ongoing.")


def read_milestones(cell: str) -> list[tuple[date | None, str]]:
    """Of each line of the cell: the day it begins with, if it does, and its text."""
    milestones = []
    for line in filter(None, map(str.strip, re.split(r"[\r\n]+", cell))):
        match = MILESTONE.fullmatch(line)
        assert match  # it may be anything
        due = read_due(match[1])[0] if match[1] else None
        if not match[2]:
            raise Unreadable(f"the milestone “{line}” says no more than a day.")
        milestones.append((due, match[2]))
    return milestones


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
        ((name, row) for row in (*posts, *partners) for name in row.spellings if name.strip()),
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
    # Once, though a cell may name it in two spellings.
    named = list(dict.fromkeys(row for _, row in sorted(named_at, key=lambda pair: pair[0])))
    return [row for row in named if isinstance(row, Post)], [row for row in named if isinstance(row, Partner)]
