"""What comes as a file and is harmful, broken or odd: refused with a reason, or read as it is meant."""

import csv
import re
import struct
import subprocess
import sys
import time
from datetime import date
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import pytest

from actions.tables import apart, formats
from actions.tables.apart import understood_apart
from actions.tables.cells import Refused
from actions.tables.package import DAMAGED, LOCKED, MACROS, TOO_LARGE
from actions.tables.read import read
from actions.tables.understand import understand
from actions.tables.understood import Known
from actions.tables.xlsx import number_formats
from tests.tables_corpus import ROOT
from tests.tables_files import (
    BOMB,
    PLAN_TEXT,
    SAMPLES,
    docx_file,
    number_cell,
    ods,
    ods_row,
    plan_docx,
    plan_ods,
    plan_xlsx,
    rows_xml,
    text_cell,
    xlsx,
)

PERIOD = (date(2021, 4, 1), date(2022, 3, 31))


def texts(data, name):
    return [[cell.text for cell in row.cells.values()] for row in read(data, name)[0].rows]


def with_sizes(data, size):
    """The same zip, whose list names this as the unpacked size of each part."""
    data = bytearray(data)
    for match in re.finditer(b"PK\x01\x02", bytes(data)):
        data[match.start() + 24 : match.start() + 28] = struct.pack("<I", size)
    return bytes(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_small_plan_is_read_from_each_format(name):
    found = understand(read(SAMPLES[name](), name), [], {}, PERIOD)
    assert [row.kind for row in found.rows][:2] == ["heading", "action"]
    assert found.actions[0].ref == "1"
    assert found.actions[0].action.startswith("Expand the")


def refusal(data, name):
    with pytest.raises(Refused) as refused:
        read(data, name)
    return str(refused.value)


ZEROS = b" " * 250_000_000


def test_a_bomb_of_a_zip_is_refused_before_it_is_unpacked():
    bomb = xlsx("", more={"xl/media/image1.png": ZEROS})
    assert len(bomb) < 1_000_000
    assert refusal(bomb, "plan.xlsx") == TOO_LARGE


@pytest.mark.parametrize("size", [1, 10_000_000])
def test_a_zip_that_lies_about_its_sizes_is_refused(size):
    assert refusal(with_sizes(plan_xlsx(), size), "plan.xlsx") == DAMAGED


def test_a_zip_of_many_parts_is_refused():
    assert refusal(xlsx("", more={f"part{n}": "" for n in range(6_000)}), "plan.xlsx") == TOO_LARGE


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (xlsx("", before=BOMB), "plan.xlsx"),
        (ods("", before=BOMB), "plan.ods"),
        (docx_file("", before=BOMB), "plan.docx"),
    ],
)
def test_xml_that_declares_entities_is_refused(data, name):
    assert "declares its own XML entities" in refusal(data, name)


def test_xml_that_nests_without_end_is_refused():
    nested = "<w:p>" * 100_000 + "</w:p>" * 100_000
    assert refusal(docx_file(nested), "plan.docx") == DAMAGED


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (plan_xlsx(), "plan.xlsm"),
        (xlsx("", more={"xl/vbaProject.bin": b"x"}), "plan.xlsx"),
        (xlsx("", kind="ms-excel.sheet.macroEnabled"), "plan.xlsx"),
        (docx_file("", kind="ms-word.document.macroEnabled"), "plan.docx"),
        (ods("", more={"Basic/Standard/Module1.xml": ""}), "plan.ods"),
    ],
)
def test_a_file_with_macros_is_refused(data, name):
    assert refusal(data, name) == MACROS


@pytest.mark.parametrize("name", ["plan.xlsx", "plan.docx", "plan.ods"])
def test_a_file_with_a_password_is_refused(name):
    assert "locked with a password" in refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), name)


def test_an_ods_with_a_password_is_refused():
    assert refusal(ods("", manifest="<encryption-data/>"), "plan.ods") == LOCKED


def test_a_zip_whose_parts_are_locked_is_refused():
    data = bytearray(plan_xlsx())
    for match in re.finditer(b"PK\x01\x02", bytes(data)):
        data[match.start() + 8] |= 1
    assert refusal(bytes(data), "plan.xlsx") == LOCKED


def test_ten_thousand_columns_are_refused_with_the_cell():
    wide = ",".join(["x"] * 10_000)
    assert refusal(wide.encode(), "plan.csv") == "Cell IW1 of the file: a table has at most 256 columns."
    sheet = rows_xml([(1, [text_cell("A1", "x"), text_cell("NTP1", "y")])])
    assert "Cell NTP1 of the sheet “Plan”" in refusal(xlsx(sheet), "plan.xlsx")
    row = '<table:table-row><table:table-cell table:number-columns-repeated="10000"><text:p>x</text:p>'
    assert "Cell IW1 of the sheet “Plan”" in refusal(
        ods(f"{row}</table:table-cell></table:table-row>"), "plan.ods"
    )


def test_a_million_rows_are_refused_with_the_cell():
    assert "as far as row 50,000" in refusal(ods(ods_row("x", times=1_000_000)), "plan.ods")
    assert "Cell A50001 of the file" in refusal(b"x\n" * 50_001, "plan.csv")
    assert "Cell A900000" in refusal(xlsx(rows_xml([(900_000, [text_cell("A900000", "x")])])), "plan.xlsx")


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "plan.csv", "empty"),
        (b"  \n", "plan.csv", "empty"),
        (b",,\n,,", "plan.csv", "no table with text"),
        (plan_xlsx(), "plan.csv", "is no such file"),
        (b"1,2", "plan.xlsx", "is no such file"),
        (b"%PDF", "plan.pdf", "must be of the kind"),
        (b"x" * 20_000_001, "plan.csv", "more than 20 MB"),
        (b'No,Action\n1,"open', "plan.csv", "Row 2 of the file: a quoted cell"),
        (b"No,Action\n1,a\x00b", "plan.csv", "Cell B2 of the file: it holds a character"),
        (b"No,Action\n1,\x81\xff", "plan.csv", "Line 2 of the file is no text"),
        (b"No,Action\n1," + b"x" * 40_000, "plan.csv", "Cell B2 of the file: it holds more than 32,767"),
        (xlsx(rows_xml([(1, [("A1", 't="s"', "<v>7</v>")])])), "plan.xlsx", DAMAGED),
        (xlsx("<row><c"), "plan.xlsx", DAMAGED),
        (docx_file("<w:p/>"), "plan.docx", "no table with text"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(data, name, reason):
    assert reason in refusal(data, name)


def test_dates_are_read_as_the_workbook_counts_them():
    cells = [number_cell("A1", 44255, 1), number_cell("B1", 44255, 3), number_cell("C1", 44255, 4)]
    of_1900 = read(xlsx(rows_xml([(1, cells)])), "plan.xlsx")[0].rows[0].cells
    assert [(cell.text, cell.day) for cell in of_1900.values()] == [
        ("28/02/2021", "2021-02-28"),
        ("28 February 2021", "2021-02-28"),
        ("Feb-21", "2021-02-28"),
    ]
    of_1904 = xlsx(rows_xml([(1, [number_cell("A1", 42793, 1)])]), settings='<workbookPr date1904="1"/>')
    assert texts(of_1904, "plan.xlsx") == [["28/02/2021"]]


def test_numbers_are_read_as_a_person_sees_them():
    cells = [
        number_cell("A1", "1.0", 2), number_cell("B1", "0.45", 5), number_cell("C1", "7.0"),
        number_cell("D1", "1.5"), number_cell("E1", "60", 1), ("F1", 't="b"', "<v>1</v>"),
    ]  # fmt: skip
    assert texts(xlsx(rows_xml([(1, cells)])), "plan.xlsx") == [["001", "45%", "7", "1.5", "60", "TRUE"]]


def test_a_formula_without_its_result_must_be_mended():
    rows = rows_xml([
        (1, [text_cell("A1", "No"), text_cell("B1", "Action"), text_cell("C1", "Lead")]),
        (2, [text_cell("A2", "1"), ("B2", "", "<f>A1&amp;C1</f>"), text_cell("C2", "Executive")]),
        (3, [text_cell("A3", "2"), ("B3", 't="e"', "<v>#REF!</v>"), text_cell("C3", "Executive")]),
    ])  # fmt: skip
    found = understand(read(xlsx(rows), "plan.xlsx"))
    musts = {doubt.kind: doubt.cells for doubt in found.must_be_answered}
    assert musts["formula"] == ["B2"]
    assert musts["error"] == ["B3"]


def test_the_first_of_february_is_no_second_of_january():
    found = understand(
        read(b"No,Action,When\n1,Do,01/02/2026\n2,Do,13/02/2026\n3,Do,02/13/2026\n", "plan.csv")
    )
    assert [row.due.date for row in found.actions] == ["2026-02-01", "2026-02-13", None]
    assert [(doubt.kind, doubt.cells) for doubt in found.must_be_answered] == [("no such date", ["C4"])]


def test_a_doubled_reference_is_asked_about_with_its_cells_and_heading():
    found = understand(read(b"Ref,Action\n7,Do\n8,Do\n7,Do\n", "plan.csv"))
    [doubt] = found.must_be_answered
    assert doubt.cells == ["A2", "A4"]
    assert doubt.message == "“Ref”: a number stands twice: “7” (A2 and A4)."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_text_of_any_encoding_and_separator(encoding, separator):
    out = StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(csv.reader(StringIO(PLAN_TEXT, newline="")))
    assert texts(out.getvalue().encode(encoding), "plan.csv") == [
        ["No", "Action", "Lead"],
        ["1", "Expand the\nhub, “all” of it", "MASH Subgroup"],
        ["2", "Étude", "Executive"],
    ]


def test_an_apostrophe_that_keeps_a_formula_from_being_born_is_no_text():
    assert texts(b"'=1+1,'- one,'tis,'90s\n", "plan.csv") == [["=1+1", "- one", "'tis", "'90s"]]


def test_word_is_read_as_its_tracked_changes_leave_it():
    body = (
        "<w:tbl><w:tr><w:tc><w:p><w:del><w:r><w:delText>Old</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>New</w:t></w:r></w:ins></w:p></w:tc>"
        "<w:sdt><w:sdtContent><w:tc><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:t>Chosen</w:t></w:r></w:p></w:tc></w:sdtContent></w:sdt></w:tr></w:tbl>"
    )
    assert texts(docx_file(body), "plan.docx") == [["New", "Chosen"]]


# Read apart.


def test_a_plan_is_read_apart_as_it_is_in_one_process():
    known = [Known("body", "MASH Subgroup"), Known("body", "QiiP Subgroup", ("Quality",))]
    for make, name in ((plan_xlsx, "plan.xlsx"), (plan_ods, "plan.ods"), (plan_docx, "plan.docx")):
        here = understand(read(make(), name), known, {"confirmed": ["numbers"]}, PERIOD)
        assert understood_apart(make(), name, known, {"confirmed": ["numbers"]}, PERIOD) == here


def test_a_refusal_comes_back_from_the_other_process():
    with pytest.raises(Refused, match="no such file"):
        understood_apart(b"1,2", "plan.xlsx")


def test_what_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    with pytest.raises(Refused, match="more time or memory"):
        understood_apart(plan_xlsx(), "plan.xlsx")


def test_a_fault_of_our_own_is_no_refusal():
    with pytest.raises(RuntimeError, match="AttributeError"):
        understood_apart(plan_xlsx(), "plan.xlsx", [Known("nonsense", "MASH Subgroup")])


HEAVY = b"No,Action,Lead\n" + b"".join(
    b"%d,Do the thing number %d,MASH Subgroup\n" % (n, n) for n in range(49_000)
)


@pytest.mark.parametrize(("limit", "least"), [("MEMORY", 80_000_000), ("CPU_SECONDS", 1)])
def test_what_takes_more_memory_or_time_than_it_may_is_refused(limit, least, monkeypatch):
    monkeypatch.setattr(apart, limit, least)
    with pytest.raises(Refused, match="more time or memory"):
        understood_apart(HEAVY, "plan.csv")


def test_the_other_process_writes_no_file(tmp_path):
    code = f"open({str(tmp_path / 'file')!r}, 'w').write('x')"
    subprocess.run(
        [sys.executable, "-c", f"from actions.tables import child; child.limit(10**9, 9); {code}"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert (tmp_path / "file").read_bytes() == b""


def test_the_other_process_knows_nothing_of_the_server(monkeypatch):
    """No key and no address of a database is in its environment."""
    given = {}

    def run(command, **options):
        given.update(options["env"])
        return subprocess.CompletedProcess(command, 0, b'{"refused": "Seen."}', b"")

    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere")
    monkeypatch.setattr(apart.subprocess, "run", run)
    with pytest.raises(Refused, match=r"Seen\."):
        understood_apart(plan_xlsx(), "plan.xlsx")
    assert given.keys() <= {"PATH", "LD_LIBRARY_PATH"}


def test_a_number_format_of_open_brackets_alone_is_looked_through_once():
    began = time.process_time()
    assert formats.shown(1.5, "[" * 50_000, is_1904=False)[1] == ""
    assert time.process_time() - began < 2, "it was the square of its length"


def test_the_number_of_a_format_may_have_any_length():
    styles = ElementTree.fromstring(f'<a><cellXfs><xf numFmtId="{"9" * 5000}"/></cellXfs></a>')
    package: Any = type(
        "Package", (), {"tree": lambda self, part: styles, "__contains__": lambda self, part: True}
    )()
    assert number_formats(package, "styles") == ["General"]
