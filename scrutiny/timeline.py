"""The timeline of every change: pages of it, its acts, and the whole of it as a file."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from unicodedata import normalize

from django.utils.timezone import localtime

from gscp.middleware import read_only
from gscp.record import Change, ChangeQuerySet

PER_PAGE, AT_ONCE, COUNTED = 25, 500, 1_000
PLACE = "place_in_file"  # the number is that in the record


@dataclass
class Act:
    """The changes of one submit that stand together on a page, the newest first."""

    changes: list[Change]
    goes_on: bool = False  # there are more of them, on the page before or after or out of the filter

    @property
    def last(self) -> Change:
        return self.changes[0]


def acts(changes: list[Change]) -> list[Act]:
    found = [Act(list(together)) for _, together in groupby(changes, key=lambda change: change.act)]
    if found:
        ends = {found[0].changes[0].number + 1: found[0], found[-1].changes[-1].number - 1: found[-1]}
        beside = Change.objects.filter(number__in=ends).values_list("number", "act")
        for number, act in beside:
            ends[number].goes_on |= ends[number].last.act == act
    return found


def page(changes: ChangeQuerySet, place: Mapping[str, str]) -> tuple[list[Change], int | None, int | None]:
    """One page, newest first, and the numbers from which the older and the newer pages go on.

    `place` may have `before` or `after`: the number that the page lies before or after.
    """
    before, after = (int(place[name]) if place.get(name) else None for name in ("before", "after"))
    if after is not None:
        rows = changes.filter(number__gt=after).order_by("number")[: PER_PAGE + 1].with_texts()
        more_newer, rows = len(rows) > PER_PAGE, rows[:PER_PAGE][::-1]
        return rows, rows[-1].number if rows else after + 1, rows[0].number if more_newer else None
    if before is not None:
        changes = changes.filter(number__lt=before)
    rows = changes.order_by("-number")[: PER_PAGE + 1].with_texts()
    more_older, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    newer = (rows[0].number if rows else max(before - 1, 0)) if before is not None else None
    return rows, rows[-1].number if more_older else None, newer


def found(changes: ChangeQuerySet) -> str:
    """How many there are; many are not counted, so that no page costs more than another."""
    count = changes.order_by()[: COUNTED + 1].count()
    if count > COUNTED:
        return f"More than {COUNTED:,} changes"
    return f"{count:,} change{'' if count == 1 else 's'}"


def every(changes: ChangeQuerySet) -> Iterator[Change]:
    """All of them up to now, the oldest first, some at a time.

    A response is sent after the request is over, so it closes the database to writes by itself.
    """
    until, reached = Change.objects.head_at(), 0
    while True:
        some = changes.filter(number__gt=reached, number__lte=until).order_by("number")[:AT_ONCE]
        with read_only():
            rows = some.with_texts()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        reached = rows[-1].number


def said(change: Change) -> dict:
    return {
        "number": change.number,
        "at": localtime(change.at).isoformat(),  # as on the page, with the hours it is from UTC
        "act": str(change.act),
        "person": change.actor_name,
        "post": change.actor_post,
        "reason": change.reason,
        "kind": change.model,
        "id": change.object_id,
        "record": change.object_name,
        "created": change.created,
    }


def as_json_lines(changes: ChangeQuerySet) -> Iterator[str]:
    """A line for each change, with its place in the file; the last line says how many there were."""
    count = 0
    for count, change in enumerate(every(changes), start=1):
        line = {PLACE: count} | said(change) | {"differences": change.compared()}
        yield json.dumps(line, ensure_ascii=False) + "\n"
    yield json.dumps({"end": True, "changes": count}) + "\n"


COLUMNS = [
    PLACE, "number", "at", "act", "person", "post", "reason", "kind", "id", "record", "created",
    "field", "old", "new",
]  # fmt: skip


def as_csv(changes: ChangeQuerySet) -> Iterator[str]:
    """A row for each field of each change, with its place in the file; the last row says how many."""
    yield row(COLUMNS)
    count = 0
    for count, change in enumerate(every(changes), start=1):
        start = [count, *said(change).values()]
        for difference in change.compared() or [{}]:
            yield row([*start, *(difference.get(key, "") for key in ("label", "old", "new"))])
    yield row(["end", f"{count} change{'' if count == 1 else 's'}", *[""] * (len(COLUMNS) - 2)])


def row(values: list) -> str:
    out = StringIO()
    csv.writer(out).writerow([harmless(value) for value in values])
    return out.getvalue()


def harmless(value):
    """A cell that a spreadsheet might take for a formula, what nobody sees left out, gets an apostrophe."""
    if not isinstance(value, str):
        return value
    seen = next((letter for letter in value if letter.isprintable() and letter != " "), "")
    formula = value.startswith(("\t", "\r", "\n")) or normalize("NFKC", seen)[:1] in {*"=+-@"}
    return f"'{value}" if formula else value


BROKEN = "what comes next cannot be read: run verify_history"
# Of each form: its media type, its lines, and the last one where the record is damaged.
EXPORTS: dict[str, tuple[str, Callable[[ChangeQuerySet], Iterator[str]], str]] = {
    "csv": ("text/csv", as_csv, row(["unreadable", BROKEN, *[""] * (len(COLUMNS) - 2)])),
    "jsonl": (
        "application/jsonl",
        as_json_lines,
        json.dumps({"end": False, "unreadable": BROKEN}) + "\n",
    ),
}
