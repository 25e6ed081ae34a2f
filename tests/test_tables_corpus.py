"""Awkward tables in three formats: each row is read as it should, or a doubt names it; no cell is lost."""

import csv
import json
from datetime import date
from io import BytesIO, StringIO

import docx
import openpyxl
import pytest

from actions.tables.read import read
from actions.tables.understand import understand
from actions.tables.understood import Known
from gscp.settings import BASE_DIR
from tests.tables_corpus import CASES

PERIOD = (date(2021, 4, 1), date(2022, 3, 31))
KIND_OF = {"partners": "partner", "groups": "body", "posts": "post"}


def known():
    partnership = json.loads((BASE_DIR / "fixtures" / "partnership.json").read_text())
    return [
        Known(kind, row["name"], tuple(row.get("aliases", ())))
        for part, kind in KIND_OF.items()
        for row in partnership[part]
    ]


def merged_areas(lines):
    """First and last row and column of each merged area, from 1."""
    width = max(map(len, lines))
    for row, cells in enumerate(lines):
        for column, text in enumerate(cells):
            if text in ("<", "^"):
                continue
            right, below = column, row
            while right + 1 < len(cells) and cells[right + 1] == "<":
                right += 1
            while (
                below + 1 < len(lines) and column < len(lines[below + 1]) and lines[below + 1][column] == "^"
            ):
                below += 1
            if (right, below) != (column, row):
                yield row + 1, column + 1, below + 1, min(right, width) + 1


def texts_of(lines):
    return [["" if text in ("<", "^") else text for text in cells] for cells in lines]


def as_xlsx(lines):
    book = openpyxl.Workbook()
    for row, cells in enumerate(texts_of(lines), start=1):
        for column, text in enumerate(cells, start=1):
            if text:
                book.active.cell(row, column).value = text
                book.active.cell(row, column).data_type = "s"
    for row, column, last_row, last_column in merged_areas(lines):
        book.active.merge_cells(start_row=row, start_column=column, end_row=last_row, end_column=last_column)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_docx(lines):
    document = docx.Document()
    table = document.add_table(len(lines), max(map(len, lines)))
    for row, column, last_row, last_column in merged_areas(lines):
        table.cell(row - 1, column - 1).merge(table.cell(last_row - 1, last_column - 1))
    for row, cells in enumerate(texts_of(lines)):
        for column, text in enumerate(cells):
            if text:
                table.cell(row, column).text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def as_csv(lines):
    out = StringIO(newline="")
    csv.writer(out).writerows(texts_of(lines))
    return out.getvalue().encode("utf-8-sig")


FORMATS = {"xlsx": as_xlsx, "docx": as_docx, "csv": as_csv}


def understood(case, form):
    return understand(read(FORMATS[form](case.lines), f"plan.{form}"), known(), {}, PERIOD)


def who_of(row):
    return ", ".join(p.post or p.body or p.partner or f"?{p.text}" for p in row.who)


def value_of(row, name):
    if name == "who":
        return who_of(row)
    if name == "due":
        return f"{row.due.date} {row.due.precision}".strip()
    if name.startswith("extra."):
        return row.extra.get(name[6:])
    return getattr(row, name)


def kinds_of(doubts):
    return {doubt.kind + "!" * doubt.must for doubt in doubts}


def texts_in(value):
    """Every text of the JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@BY_NAME
def test_each_row_is_read_as_it_should(case):
    found = understood(case, "xlsx")
    assert [row.kind for row in found.rows] == [kind for kind, _ in case.rows]
    for row, (_, fields) in zip(found.rows, case.rows, strict=True):
        read_fields = {name: value_of(row, name) for name in fields}
        assert read_fields == fields
    assert kinds_of(found.doubts) == case.doubts


@BY_NAME
@pytest.mark.parametrize("form", FORMATS)
def test_no_printed_cell_is_lost(case, form):
    lines = texts_of(case.lines)
    json_texts = list(texts_in(understood(case, form).as_json()["rows"]))
    for text in filter(None, (text for cells in lines for text in cells)):
        assert any(text in each for each in json_texts), text


@BY_NAME
@pytest.mark.parametrize("form", ["docx", "csv"])
def test_in_other_formats_an_action_is_read_so_or_doubted(case, form):
    """Without merged cells a CSV may mean something else: then a doubt says so."""
    found = understood(case, form)
    first = understood(case, "xlsx")
    same = [(row.kind, row.action, who_of(row), row.due) for row in found.rows]
    assert same == [(row.kind, row.action, who_of(row), row.due) for row in first.rows] or found.doubts
