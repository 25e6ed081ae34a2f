"""Word: the seven columns of a plan as partnerships publish it, on sheets that lie on their side."""

from __future__ import annotations

import re
from typing import IO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from actions.tables.writing import Table

HEIGHT, WIDTH, MARGIN = 21.0, 29.7, 1.5  # centimetres
# Word has one end of a line, and XML no place for most signs below the space: a mark shows where one was.
LINE_END, NOT_IN_XML = re.compile("\r\n|[\r\x0b\x0c]"), re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff]")
UNKNOWN_SIGN = "\ufffd"


def write(table: Table, file: IO[bytes]) -> None:
    document = Document()
    lay_on_its_side(document)
    document.core_properties.title = in_word(table.title)[:255]  # the most that Word has room for
    document.add_heading(in_word(table.title), level=1)
    for note in table.notes:
        document.add_paragraph(in_word(note))
    write_rows(document, table)
    document.save(file)


def lay_on_its_side(document: WordDocument) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(WIDTH), Cm(HEIGHT)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
    document.styles["Normal"].font.size = Pt(9)


def write_rows(document: WordDocument, table: Table) -> None:
    written = document.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    written.autofit = False
    whole = sum(column.width for column in table.columns)
    for place, column in zip(written.columns, table.columns, strict=True):
        place.width = Cm((WIDTH - 2 * MARGIN) * column.width / whole)
    for cell, column, place in zip(written.rows[0].cells, table.columns, written.columns, strict=True):
        cell.width = place.width
        cell.paragraphs[0].add_run(column.label).bold = True
    heading = next(document.element.iter(qn("w:tr")))
    heading.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # it stands on every sheet
    for values in table.values():
        for cell, value in zip(written.add_row().cells, values, strict=True):
            cell.text = in_word("" if value is None else str(value))


def in_word(text: str) -> str:
    return NOT_IN_XML.sub(UNKNOWN_SIGN, LINE_END.sub("\n", text))
