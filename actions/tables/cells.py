"""What every format is read into: tables of cells with the names that a spreadsheet gives them."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_COLUMNS = 256
MOST_ROWS = 50_000
MOST_CELLS = 1_000_000
LONGEST_TEXT = 32_767  # what a cell of a spreadsheet can hold

COPY_TABLE = "Copy only the table into a new file, and try that."
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Refused(Exception):
    """A file is not read. The message says why, and in which sheet and cell where that is known."""


@dataclass(frozen=True, slots=True)
class Cell:
    name: str  # as a spreadsheet calls it: B7
    text: str  # as a person sees it, without space around it
    day: str = ""  # 2021-09-30, where the file itself says that the cell is a date
    area: str = ""  # B7:B9, where a merged area begins here
    is_number: bool = False


@dataclass(slots=True)
class Row:
    number: int  # as a spreadsheet numbers it: from 1, empty rows included
    cells: dict[int, Cell]  # by column, from 1; only those that hold text or begin a merged area
    hidden: bool = False


@dataclass(slots=True)
class Note:
    """Something that reading noticed, which is to be asked or told."""

    cell: str
    kind: str
    message: str


@dataclass(slots=True)
class Table:
    name: str  # of the sheet, or “Table 2” of a document; "" where the file has only one and no name for it
    rows: list[Row] = field(default_factory=list)  # those that hold something
    hidden: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    above: str = ""  # of a document: the heading that stands last before the table
    notes: list[Note] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max((max(row.cells) for row in self.rows), default=0)


def tables_as_data(tables: list[Table], most_cells: int) -> list[dict[str, Any]]:
    """For JSON: their rows, and which are hidden.

    Raises:
        Refused: they have more cells than these.
    """
    if sum(len(row.cells) for table in tables for row in table.rows) > most_cells:
        raise Refused(f"The file has more than {most_cells:,} cells. {COPY_TABLE}")
    return [
        {
            "name": table.name,
            "hidden": table.hidden,
            "rows": [
                {
                    "number": row.number,
                    "hidden": row.hidden,
                    "cells": [[n, asdict(c)] for n, c in row.cells.items()],
                }
                for row in table.rows
            ],
        }
        for table in tables
    ]


def table_from_data(data: dict[str, Any]) -> Table:
    rows = [
        Row(row["number"], {number: Cell(**cell) for number, cell in row["cells"]}, row["hidden"])
        for row in data["rows"]
    ]
    return Table(data["name"], rows, data["hidden"])


def letters_of(column: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_of(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


CELL_NAME = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.ASCII)


def place_of(name: str) -> tuple[int, int] | None:
    """The row and column of B7; None for anything else."""
    match = CELL_NAME.fullmatch(name)
    return (int(match[2]), column_of(match[1])) if match else None


def area_of(reference: str) -> tuple[int, int, int, int] | None:
    """First row and column, last row and column of B7:C9; None for anything else."""
    first, _, last = reference.partition(":")
    begins, ends = place_of(first), place_of(last or first)
    return (*begins, *ends) if begins and ends else None


def cell_name(row: int, column: int) -> str:
    return f"{letters_of(column)}{row}"


class TableBuilder:
    """Takes the cells of one table in any order and holds the limits."""

    def __init__(self, name: str, in_words: str) -> None:
        self.table = Table(name)
        self.in_words = in_words  # for messages: the sheet “Plan”
        self.rows: dict[int, Row] = {}
        self.cells = 0

    def refuse(self, row: int, column: int, why: str) -> Refused:
        return Refused(f"Cell {cell_name(row, column)} of {self.in_words}: {why}")

    def add(self, row: int, column: int, text: str, day: str = "", *, is_number: bool = False) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            return
        self.check(row, column, text)
        cell = Cell(cell_name(row, column), text, day, is_number=is_number)
        self.row(row).cells[column] = cell

    def check(self, row: int, column: int, text: str) -> None:
        self.cells += 1
        if column > MOST_COLUMNS:
            raise self.refuse(row, column, f"a table has at most {MOST_COLUMNS} columns.")
        if row > MOST_ROWS:
            raise self.refuse(row, column, f"a table is read as far as row {MOST_ROWS:,}.")
        if self.cells > MOST_CELLS:
            raise self.refuse(row, column, f"a table is read as far as {MOST_CELLS:,} cells.")
        if len(text) > LONGEST_TEXT:
            raise self.refuse(row, column, f"it holds more than {LONGEST_TEXT:,} characters.")
        if UNSTORABLE.search(text):
            raise self.refuse(row, column, "it holds a character that cannot be stored. Remove it.")

    def row(self, number: int) -> Row:
        if number not in self.rows:
            self.rows[number] = Row(number, {})
        return self.rows[number]

    def merge(self, references: Iterable[str]) -> None:
        """Tells the first cell of each merged area of it; what others of the area hold is not shown."""
        for reference in references:
            area = area_of(reference)
            if not area or area[:2] == area[2:] or area[0] not in self.rows:
                continue
            row, column, last_row, last_column = area
            cell = self.rows[row].cells.get(column)
            if cell:
                self.rows[row].cells[column] = Cell(cell.name, cell.text, cell.day, reference, cell.is_number)
                self.drop_covered(row, column, min(last_row, MOST_ROWS), min(last_column, MOST_COLUMNS))

    def drop_covered(self, row: int, column: int, last_row: int, last_column: int) -> None:
        for number in range(row, last_row + 1):
            if number in self.rows:
                cells = self.rows[number].cells
                for other in [at for at in cells if column <= at <= last_column]:
                    if (number, other) != (row, column):
                        hidden = cells.pop(other)
                        self.note(hidden.name, "covered", f"“{hidden.text}” is covered by a merged cell")

    def note(self, cell: str, kind: str, message: str) -> None:
        self.table.notes.append(Note(cell, kind, message))

    def built(self) -> Table:
        self.table.rows = [self.rows[number] for number in sorted(self.rows) if self.rows[number].cells]
        return self.table
