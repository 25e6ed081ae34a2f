"""Excel: every text a text, so that no formula can be born; days as days; the heading stays in view.

openpyxl makes the book: its styles, widths and heading. The rows are put into its sheet as XML, since its own
rows take twice as long as soon as cells have a style. They have one here: long texts go on in the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from html import escape
from io import BytesIO
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from actions.tables.writing import Table, Value

MOST_IN_CELL = 32_767  # characters, of Excel
CUT = " … The rest is in the CSV file: a cell of Excel holds no more."
FIRST_DAY = date(1900, 3, 1)  # Excel's days before this one are not those of the calendar
FORMATS = {date: "d mmm yyyy", datetime: "d mmm yyyy hh:mm:ss", str: "General", int: "General"}
# XML has no place for these. Excel writes them, and what looks like one, by their number: _x000D_.
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
SHEET, END_OF_ROWS = "xl/worksheets/sheet1.xml", b"</sheetData>"
Styles = dict[type, int]  # the number of the style of each kind of value


def write(table: Table, file: IO[bytes]) -> None:
    empty, styles = book_without_rows(table)
    with ZipFile(empty) as made, ZipFile(file, "w", ZIP_DEFLATED) as written:
        for name in made.namelist():
            if name != SHEET:
                written.writestr(name, made.read(name))
        top, _, bottom = made.read(SHEET).partition(END_OF_ROWS)
        with written.open(SHEET, "w", force_zip64=True) as sheet:
            sheet.write(top)
            for row in rows_in_xml(table, styles):
                sheet.write(row.encode())
            sheet.write(END_OF_ROWS + bottom)


def book_without_rows(table: Table) -> tuple[BytesIO, Styles]:
    book = Workbook(write_only=True)
    book.properties.title, book.properties.description = (
        in_excel(table.title),
        in_excel(" ".join(table.notes)),
    )
    sheet = book.create_sheet("Table")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    heading, styles = [], {}
    for label in table.labels:
        cell = WriteOnlyCell(sheet, label)
        cell.font, cell.alignment, cell.data_type = Font(bold=True), Alignment(wrap_text=True), "s"
        heading.append(cell)
    for kind, number_format in FORMATS.items():
        cell = WriteOnlyCell(sheet)
        cell.alignment, cell.number_format = Alignment(wrap_text=True, vertical="top"), number_format
        styles[kind] = cell.style_id
    sheet.append(heading)
    file = BytesIO()
    book.save(file)
    return file, styles


def rows_in_xml(table: Table, styles: Styles) -> Iterator[str]:
    letters = [get_column_letter(number) for number in range(1, len(table.columns) + 1)]
    for number, values in enumerate(table.values(), start=2):
        cells = "".join(
            cell_in_xml(f"{letter}{number}", value, styles)
            for letter, value in zip(letters, values, strict=True)
            if value is not None and value != ""
        )
        yield f'<row r="{number}">{cells}</row>'


def cell_in_xml(place: str, value: Value, styles: Styles) -> str:
    if isinstance(value, date) and (value.date() if isinstance(value, datetime) else value) < FIRST_DAY:
        value = str(value)
    style = styles[type(value)]
    if isinstance(value, str):
        text = escape(in_excel(value), quote=False)
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    count = value if isinstance(value, int) else to_excel(value)
    return f'<c r="{place}" s="{style}"><v>{count}</v></c>'


def in_excel(text: str) -> str:
    written = NOT_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return written if len(written) <= MOST_IN_CELL else written[: MOST_IN_CELL - len(CUT)] + CUT
