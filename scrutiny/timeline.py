"""The timeline of every change: in pages, and all of it as a file."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any
from unicodedata import normalize

from django.utils.timezone import localtime

from gscp.middleware import read_only
from gscp.record import Change, ChangeQuerySet
from scrutiny.kinds import kind_in_words

PER_PAGE = 25
BATCH = 500  # changes that an export reads at once
MOST_COUNTED = 1_000  # counting stops here, so that every page costs about the same
PLACE = "place_in_file"  # beside "number", which is the change's number in the record


def page(changes: ChangeQuerySet, place: Mapping[str, str]) -> tuple[list[Change], int | None, int | None]:
    """One page, newest first, and the numbers from which the older and the newer pages go on.

    `place` may have `before` or `after`: the number that the page lies before or after.
    """
    before, after = (int(place[name]) if place.get(name) else None for name in ("before", "after"))
    if after is not None:
        rows = list(changes.filter(number__gt=after).order_by("number")[: PER_PAGE + 1])
        more_newer, rows = len(rows) > PER_PAGE, rows[:PER_PAGE][::-1]
        return rows, rows[-1].number if rows else after + 1, rows[0].number if more_newer else None
    if before is not None:
        changes = changes.filter(number__lt=before)
    rows = list(changes.order_by("-number")[: PER_PAGE + 1])
    more_older, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    newer = (rows[0].number if rows else max(before - 1, 0)) if before is not None else None
    return rows, rows[-1].number if more_older else None, newer


def count_in_words(changes: ChangeQuerySet) -> str:
    count = changes.order_by()[: MOST_COUNTED + 1].count()
    if count > MOST_COUNTED:
        return f"More than {MOST_COUNTED:,} changes"
    return f"{count:,} change{'' if count == 1 else 's'}"


def in_batches(changes: ChangeQuerySet) -> Iterator[Change]:
    until, reached = Change.objects.last_number(), 0
    while True:
        batch = changes.filter(number__gt=reached, number__lte=until).order_by("number")[:BATCH]
        with read_only():  # a streamed response is read after the middleware has left its own such block
            rows = batch.with_texts()
        yield from rows
        if len(rows) < BATCH:
            return
        reached = rows[-1].number


def export_values(change: Change) -> dict[str, Any]:
    return {
        "number": change.number,
        "at": localtime(change.at).isoformat(),  # as the page shows it, with its offset from UTC
        "act": str(change.act),
        "person": change.actor_in_words,
        "post": change.actor_post_in_words,
        "reason": change.reason,
        "kind": change.model,
        "id": change.object_id,
        "record": change.object_in_words,
        "created": change.created,
    }


def as_json_lines(changes: ChangeQuerySet) -> Iterator[str]:
    count = 0
    for count, change in enumerate(in_batches(changes), start=1):
        line = {PLACE: count} | export_values(change) | {"differences": change.compared()}
        yield json_line(line)
    yield json_line({"end": True, "changes": count})


# JSON allows these raw in a text, and many programs break a line at them.
LINE_BREAKS = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "\u0085\u2028\u2029"})


def json_line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False).translate(LINE_BREAKS) + "\n"


COLUMNS = [
    "Place in this file", "Number", "When", "Who", "From which post", "Reason", "Kind", "Record", "New",
    "What", "Before", "After", "Recorded together",
]  # fmt: skip
MARK = "\ufeff"  # by which a spreadsheet knows that the file is in UTF-8


def as_csv(changes: ChangeQuerySet) -> Iterator[str]:
    yield MARK + row(COLUMNS)
    count = 0
    for count, change in enumerate(in_batches(changes), start=1):
        of_change = [
            count,
            change.number,
            f"{localtime(change.at):%Y-%m-%d %H:%M:%S}",
            change.actor_in_words,
            change.actor_post_in_words,
            change.reason,
            kind_in_words(change),
            change.object_in_words,
            "Yes" if change.created else "No",
        ]
        for difference in change.compared() or [{}]:
            named = [difference.get(key, "") for key in ("label", "old", "new")]
            yield row([*of_change, *named, str(change.act)])
    yield row(["End", f"{count} change{'' if count == 1 else 's'}", *[""] * (len(COLUMNS) - 2)])


def row(values: list[Any]) -> str:
    out = StringIO()
    csv.writer(out).writerow([harmless(value) for value in values])
    return out.getvalue()


def harmless(value: Any) -> Any:
    """The value for a cell, with an apostrophe before a text that a spreadsheet might run as a formula.

    Spreadsheets may ignore invisible characters before the sign that begins a formula.
    """
    if not isinstance(value, str):
        return value
    first_visible = next((letter for letter in value if letter.isprintable() and letter != " "), "")
    is_formula = value.startswith(("\t", "\r", "\n")) or normalize("NFKC", first_visible)[:1] in {*"=+-@"}
    return f"'{value}" if is_formula else value


BROKEN = "what comes next cannot be read: run verify_history"
# By file extension: the media type, what makes the lines, and the last line where the record is damaged.
EXPORTS: dict[str, tuple[str, Callable[[ChangeQuerySet], Iterator[str]], str]] = {
    "csv": ("text/csv", as_csv, row(["Unreadable", BROKEN, *[""] * (len(COLUMNS) - 2)])),
    "jsonl": (
        "application/jsonl",
        as_json_lines,
        json_line({"end": False, "unreadable": BROKEN}),
    ),
}
