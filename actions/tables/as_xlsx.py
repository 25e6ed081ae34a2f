"""Excel: every text a text, so that no formula can be born; days as days; the heading stays in view."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from actions.tables.writing import Table, Value

MOST_IN_CELL = 32_767  # characters, of Excel; openpyxl cuts what is longer, and says nothing
CUT = " … The rest is in the CSV file: a cell of Excel holds no more."
FIRST_DAY = date(1900, 3, 1)  # Excel's days before this one are not those of the calendar
DAY, MOMENT = "d mmm yyyy", "d mmm yyyy hh:mm:ss"
# XML has no place for these. Excel writes them, and what looks like one, by their number: _x000D_.
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write(table: Table, file: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    book.properties.title, book.properties.description = table.title, " ".join(table.notes)
    sheet = book.create_sheet("Table")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    heading = [styled(WriteOnlyCell(sheet, label)) for label in table.labels]
    for cell in heading:
        cell.font = Font(bold=True)
    sheet.append(heading)
    # A row is written as it is appended, so one cell of each kind serves a whole column.
    cells = [(text_cell(sheet), day_cell(sheet, DAY), day_cell(sheet, MOMENT)) for _ in table.columns]
    for values in table.values():
        sheet.append([filled(value, *of_column) for value, of_column in zip(values, cells, strict=True)])
    book.save(file)


def styled(cell: Cell) -> Cell:
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def text_cell(sheet: Any) -> Cell:
    return styled(WriteOnlyCell(sheet))


def day_cell(sheet: Any, number_format: str) -> Cell:
    cell = styled(WriteOnlyCell(sheet))
    cell.number_format = number_format
    return cell


def filled(value: Value, text: Cell, day: Cell, moment: Cell) -> Cell | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, date) and (value.date() if isinstance(value, datetime) else value) >= FIRST_DAY:
        cell = moment if isinstance(value, datetime) else day
        cell.value = value
        return cell
    text.value = in_xml(str(value))
    text.data_type = "s"  # openpyxl takes “=1+1” for a formula, and “#N/A” for an error
    return text


def in_xml(text: str) -> str:
    written = NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return written if len(written) <= MOST_IN_CELL else written[: MOST_IN_CELL - len(CUT)] + CUT
