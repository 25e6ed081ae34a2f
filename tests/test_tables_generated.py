"""Generated tables and damaged files: read with every cell kept, or refused; never anything else."""

import csv
import os
import re
from datetime import date
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.tables.cells import Refused
from actions.tables.read import read
from actions.tables.understand import understand
from actions.tables.understood import FIELDS, FIELDS_UNDER_EXTRA, as_data, from_data
from tests.tables_files import SAMPLES
from tests.test_tables_corpus import as_docx, as_xlsx, known, texts_in

TIMES = int(os.environ.get("TABLES_SOAK", "1"))  # tests.soak does more of all of it
PERIOD = (date(2021, 4, 1), date(2022, 3, 31))
KNOWN = known()
KINDS = {"action", "group", "legend", "total", "heading", "continuation", "unknown"}

HEADINGS = """
No|Ref|Action|Lead|Who|By when|Priority|RAG|Status|Progress|Theme|Title|Objective|Q1|High|QiiP Subgroup
Outcome|Next steps|Why|Cost||How will we know?
"""
TEXTS = """
||1|1.1|2|a)|Expand the structure of the hub to all agencies|Total|Key|Green|R|High|x|✓|MASH Subgroup
Pat Example|TBC|June 2021|31/06/2021|Ongoing|Done|Priority 1: Neglect
Progress: it goes well|and more|ditto|n/a|01/02/2026
Q3|50%|12|Complete – all of it is done|QiiP Subgroup Chair, Gloucestershire CCG / Pat Example|<|^|No|Action
"""


def listed(words):
    return words.strip().replace("\n", "|").split("|")


WORDS = st.one_of(
    st.sampled_from([*listed(TEXTS), "• one\n• two"]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip),
)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 7))
    head = draw(st.lists(st.sampled_from(listed(HEADINGS)), min_size=width, max_size=width))
    rows = draw(st.lists(st.lists(WORDS, min_size=width, max_size=width), max_size=8))
    above = [rows[0]] if rows else []
    return draw(st.sampled_from([[head, *rows], rows or [head], [*rows, head], [*above, head, *rows]]))


def printed(found_tables):
    return [cell.text for table in found_tables for row in table.rows for cell in row.cells.values()]


def check(data, name, answers):
    """Every cell that was read stands somewhere in what was understood of it."""
    try:
        found_tables = read(data, name)
    except Refused as refused:
        assert str(refused).endswith((".", ").", "?"))
        return
    found = understand(found_tables, KNOWN, answers, PERIOD)
    # Each row once; of tables side by side each has its own.
    assert {row.row for row in found.rows} >= {
        row.number for table in found_tables for row in table.rows
    } or any(doubt.kind == "turned" for doubt in found.doubts)
    rows = list(texts_in(found.as_json()["rows"]))
    for text in printed(found_tables):
        assert any(text in each for each in rows), text
    assert {row.kind for row in found.rows} <= KINDS
    assert {column.field for column in found.columns} <= {*FIELDS, *FIELDS_UNDER_EXTRA}
    assert from_data(as_data(found)) == found
    for doubt in found.doubts:
        assert doubt.message.endswith(".")
        assert not re.search(r"\{(words|cells|heading)\}", doubt.message)


ANSWERS = st.sampled_from([
    {},
    {"refs": "by group"},
    {"refs": "in order", "rows": {"2": "action", "3": "group"}},
    {"columns": {"A": "action", "B": "who"}, "names": {"Pat Example": {}}},
])  # fmt: skip


@given(tables(), ANSWERS)
@settings(max_examples=150 * TIMES)
def test_any_table_of_text_is_read_whole(lines, answers):
    out = StringIO(newline="")
    csv.writer(out).writerows(lines)
    check(out.getvalue().encode(), "plan.csv", answers)


@given(tables(), ANSWERS)
@settings(max_examples=40 * TIMES)
def test_any_workbook_is_read_whole(lines, answers):
    check(as_xlsx(lines), "plan.xlsx", answers)


@given(tables(), ANSWERS)
@settings(max_examples=25 * TIMES)
def test_any_document_is_read_whole(lines, answers):
    check(as_docx(lines), "plan.docx", answers)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_off_anywhere_is_read_or_refused(name):
    data = SAMPLES[name]()
    for length in range(len(data)):
        check(data[:length], name, {})


@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
@settings(max_examples=200 * TIMES)
def test_a_file_with_bytes_changed_is_read_or_refused(name, place, patch):
    data = SAMPLES[name]()
    place %= len(data)
    check(data[:place] + patch + data[place + len(patch) :], name, {})


@given(st.binary(max_size=300), st.sampled_from(sorted(SAMPLES)))
@settings(max_examples=200 * TIMES)
def test_anything_at_all_is_read_or_refused(data, name):
    check(data, name, {})
