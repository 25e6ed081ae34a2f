"""CSV for a spreadsheet: UTF-8 with its mark, no cell that runs as a formula, and every word still there.

An apostrophe stands before a cell that a spreadsheet might run. It stands, too, before one that begins with
apostrophes and then such a text. So of every cell it is known whether its first apostrophe was added:
as_typed() takes that one away, and nothing else.
"""

from __future__ import annotations

import csv
from io import StringIO, TextIOWrapper
from typing import IO, Any
from unicodedata import normalize

from actions.tables.writing import Table

MARK = "\ufeff"  # by which a spreadsheet knows that the file is in UTF-8


def write(table: Table, file: IO[bytes]) -> None:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    text.write(MARK + row(table.labels))
    for values in table.values():
        text.write(row(values))
    text.detach()  # or the file would be closed with it


def row(values: list[Any]) -> str:
    """A line; days and times in it are written as ISO 8601 has them."""
    out = StringIO()
    csv.writer(out).writerow([harmless(value) for value in values])
    return out.getvalue()


def harmless(value: Any) -> Any:
    """The value for a cell, with an apostrophe before a text that a spreadsheet might run as a formula."""
    return f"'{value}" if isinstance(value, str) and may_run(value.lstrip("'")) else value


def as_typed(cell: str) -> str:
    """The text of which harmless() made this cell."""
    return cell[1:] if cell.startswith("'") and may_run(cell.lstrip("'")) else cell


def may_run(text: str) -> bool:
    """Spreadsheets may ignore invisible characters before the sign that begins a formula."""
    first_visible = next((letter for letter in text if letter.isprintable() and letter != " "), "")
    return text.startswith(("\t", "\r", "\n")) or normalize("NFKC", first_visible)[:1] in {*"=+-@"}
