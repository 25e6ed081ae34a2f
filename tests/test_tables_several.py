"""Files with several tables: sheets, hidden ones, tables of a document that go on or stand under headings."""

from io import BytesIO

import docx
import openpyxl

from actions.tables.read import read
from actions.tables.understand import understand
from tests.tables_files import content_types, relations, zipped
from tests.test_tables_corpus import kinds_of, known, who_of

HEAD = ["No", "Action", "Lead", "By when"]
FIRST = ["1", "Publish the toolkit", "QiiP Subgroup", "June 2021"]
SECOND = ["2", "Land the strategy", "MASH Subgroup", "July 2021"]


def saved(file):
    out = BytesIO()
    file.save(out)
    return out.getvalue()


def understood(data, name, answers=None):
    return understand(read(data, name), known(), answers or {})


def sheet(book, title, *lines):
    made = book.create_sheet(title)
    for line in lines:
        made.append(line)
    return made


def workbook():
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheet(book, "Read me", ["How to use this workbook"])
    sheet(book, "Neglect", HEAD, FIRST).row_dimensions[2].hidden = True
    sheet(book, "Exploitation", HEAD, SECOND).column_dimensions["C"].hidden = True
    sheet(book, "Last year", HEAD, ["9", "Old", "Executive", ""]).sheet_state = "hidden"
    return saved(book)


def test_each_sheet_of_a_plan_is_read_and_the_others_are_asked_about():
    found = understood(workbook(), "plan.xlsx")
    assert [(row.table, row.kind, row.ref) for row in found.rows] == [
        ("Read me", "unknown", ""),
        ("Neglect", "heading", ""),
        ("Neglect", "action", "1"),
        ("Exploitation", "heading", ""),
        ("Exploitation", "action", "2"),
    ]
    assert {doubt.kind: doubt.cells for doubt in found.doubts} == {
        "hidden table": ["Last year!A1"],
        "hidden": ["Neglect!A2", "Exploitation!C1"],
        "not read": ["Read me!A1"],
    }
    assert found.as_json()["rows"][2]["table"] == "Neglect"


def test_which_sheets_are_read_can_be_answered():
    answers = {"tables": {"Last year": "read", "Exploitation": "leave", "Read me": "leave"}}
    found = understood(workbook(), "plan.xlsx", answers)
    assert [row.ref for row in found.actions] == ["1", "9"]
    assert kinds_of(found.doubts) == {"hidden"}


def table(document, *lines):
    made = document.add_table(len(lines), len(lines[0]))
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            made.cell(row, column).text = text
    return made


def test_the_heading_above_a_table_is_its_theme():
    document = docx.Document()
    for heading, line in (("Priority 1: Neglect", FIRST), ("Priority 2: Exploitation", SECOND)):
        document.add_heading(heading, 1)
        document.add_paragraph("What we do about it")
        table(document, HEAD, line)
    found = understood(saved(document), "plan.docx")
    assert [row.theme for row in found.actions] == ["Priority 1: Neglect", "Priority 2: Exploitation"]
    assert kinds_of(found.doubts) == {"above"}


def test_a_table_goes_on_on_the_next_page():
    document = docx.Document()
    table(document, HEAD, FIRST)
    table(document, ["", "and tell the schools", "", ""], SECOND)
    found = understood(saved(document), "plan.docx")
    assert [(row.ref, row.action) for row in found.actions] == [
        ("1", "Publish the toolkit\nand tell the schools"),
        ("2", "Land the strategy"),
    ]
    assert kinds_of(found.doubts) == {"goes on", "continuation"}


def test_numbers_that_word_counts_are_read():
    document = docx.Document()
    made = table(document, HEAD, ["", *FIRST[1:]], ["", *SECOND[1:]])
    for row in (1, 2):
        made.cell(row, 0).paragraphs[0].style = "List Number"
    found = understood(saved(document), "plan.docx")
    assert [row.ref for row in found.actions] == ["1.", "2."]


def test_a_workbook_of_another_program_is_read_as_well():
    """Prefixes before every name, no names of cells, absolute targets, text in runs, how it is spoken."""
    main = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    texts = ["No", "Action", "Lead", "1", "MASH Subgroup"]
    runs = "".join(f"<x:r><x:t>{text}</x:t></x:r>" for text in ("Expand ", "the hub"))
    runs = f"<x:si>{runs}<x:rPh><x:t>spoken</x:t></x:rPh></x:si>"
    shared = "".join(f"<x:si><x:t>{text}</x:t></x:si>" for text in texts) + runs
    cells = [[0, 1, 2], [3, 5, 4]]
    rows = "".join(
        "<x:row>" + "".join(f'<x:c t="s"><x:v>{n}</x:v></x:c>' for n in line) + "</x:row>" for line in cells
    )
    data = zipped(
        {
            "[Content_Types].xml": content_types("xl/workbook.xml", "openxmlformats-officedocument.sheet"),
            "_rels/.rels": relations(officeDocument="/xl/workbook.xml"),
            "xl/workbook.xml": f'<x:workbook xmlns:x="{main}" xmlns:r="urn:r"><x:sheets>'
            '<x:sheet name="Plan" r:id="worksheet1"/></x:sheets></x:workbook>',
            "xl/_rels/workbook.xml.rels": relations(worksheet1="/xl/one.xml", sharedStrings="/xl/texts.xml"),
            "xl/texts.xml": f'<x:sst xmlns:x="{main}">{shared}</x:sst>',
            "xl/one.xml": f'<x:worksheet xmlns:x="{main}"><x:sheetData>{rows}</x:sheetData></x:worksheet>',
        }
    )
    [action] = understood(data, "plan.xlsx").actions
    assert (action.ref, action.action, who_of(action)) == ("1", "Expand the hub", "MASH Subgroup")


def test_a_formula_of_a_total_or_of_a_sheet_that_is_no_plan_need_not_be_mended():
    """openpyxl writes formulas without what they come to."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    total = ["", "TOTAL", "", "", "=SUM(E2:E3)"]
    summed = ["", "All money", "of the plan", "", "=SUM(E2:E3)"]
    sheet(book, "Plan", [*HEAD, "Budget"], [*FIRST, 5], [*SECOND, 6], total, summed)
    sheet(book, "Sums", ["How much"], ["=SUM(Plan!E2:E3)"])
    asked = understood(saved(book), "plan.xlsx")
    assert [row.kind for row in asked.rows if row.table == "Plan"][3] == "total"
    assert {doubt.kind: doubt.cells for doubt in asked.must_be_answered}["formula"] == ["Plan!E5"]
    found = understood(saved(book), "plan.xlsx", {"rows": {"Plan!5": "total"}})
    assert found.must_be_answered == []
    assert found.actions[-1].action == "Land the strategy", "the total is no part of the action above"
    as_action = understood(saved(book), "plan.xlsx", {"rows": {"Plan!4": "action", "Plan!5": "total"}})
    assert {doubt.kind: doubt.cells for doubt in as_action.must_be_answered}["formula"] == ["Plan!E4"]
