"""The timeline of every change: in pages, and all of it as a file."""

import json
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from django.utils.timezone import localtime

from actions.tables.as_csv import MARK, row
from actions.tables.saving import notes_of
from actions.tables.writing import Column, Table
from gscp.middleware import read_only
from gscp.record import Change, ChangeQuerySet
from scrutiny.kinds import kind_in_words
from subgroups.published import figures_of, hide_figure, readings_shown

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


def figures_shown() -> frozenset[int]:
    with read_only():  # as in_batches()
        return readings_shown()


def compared(change: Change, shown: frozenset[int]) -> list[dict[str, Any]]:
    """What differs, in words, without the small figures of scorecards and what would give them away."""
    figures = figures_of(change.model)
    return [
        {
            key: hide_figure(words, change.model, change.object_id, shown)
            if key in ("old", "new") and difference["field"] in figures
            else words
            for key, words in difference.items()
        }
        for difference in change.compared()
    ]


def as_json_lines(changes: ChangeQuerySet) -> Iterator[str]:
    count, shown = 0, figures_shown()
    for count, change in enumerate(in_batches(changes), start=1):
        line = {PLACE: count} | export_values(change) | {"differences": compared(change, shown)}
        yield json_line(line)
    yield json_line({"end": True, "changes": count})


# JSON allows these raw in a text, and many programs break a line at them.
LINE_BREAKS = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "\u0085\u2028\u2029"})


def json_line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False).translate(LINE_BREAKS) + "\n"


# The label of each column, and its width in a file that has widths.
COLUMNS = {
    "Place in this file": 10, "Number": 10, "When": 20, "Who": 28, "From which post": 28, "Reason": 50,
    "Kind": 16, "Record": 28, "New": 8, "What": 20, "Before": 50, "After": 50, "Recorded together": 38,
}  # fmt: skip
MOST_IN_EXCEL = 50_000  # changes: a file with more takes minutes to make


def rows_of(changes: ChangeQuerySet) -> Iterator[list[Any]]:
    """A row for each difference of each change; the last row says how many changes there were."""
    count, shown = 0, figures_shown()
    for count, change in enumerate(in_batches(changes), start=1):
        of_change = [
            count,
            change.number,
            localtime(change.at).replace(microsecond=0, tzinfo=None),
            change.actor_in_words,
            change.actor_post_in_words,
            change.reason,
            kind_in_words(change),
            change.object_in_words,
            "Yes" if change.created else "No",
        ]
        for difference in compared(change, shown) or [{}]:
            named = [difference.get(key, "") for key in ("label", "old", "new")]
            yield [*of_change, *named, str(change.act)]
    yield ["End", f"{count} change{'' if count == 1 else 's'}", *[""] * (len(COLUMNS) - 2)]


def as_csv(changes: ChangeQuerySet) -> Iterator[str]:
    yield MARK + row([*COLUMNS])
    for values in rows_of(changes):
        yield row(values)


def as_table(changes: ChangeQuerySet, filtered_by: str = "") -> Table:
    columns = [
        Column(label, itemgetter(place), width) for place, (label, width) in enumerate(COLUMNS.items())
    ]
    name = "changes-filtered" if filtered_by else "changes"
    return Table(name, "Changes on record", columns, rows_of(changes), notes_of(filtered_by))


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
