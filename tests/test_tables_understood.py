"""The published plan as it is understood; answers to doubts; single cells: timescales, owners, levels."""

import csv
from datetime import date
from io import BytesIO, StringIO

import docx
import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from actions.tables.doubts import Doubts
from actions.tables.numbers import BY_GROUP, IN_ORDER
from actions.tables.people import Names
from actions.tables.read import read
from actions.tables.scales import priority_of, rating_of, status_of
from actions.tables.timescales import read_timescale
from actions.tables.understand import understand
from tests.tables_corpus import ROOT
from tests.tables_files import relations, rows_xml, xlsx
from tests.test_tables_corpus import as_docx, as_xlsx, kinds_of, known, who_of

PERIOD = (date(2021, 4, 1), date(2022, 3, 31))
PUBLISHED = ROOT / "fixtures" / "business-plan-2021-22.tsv"
FIELD_OF = {
    "#": "ref", "Strategic Driver": "driver", "Title": "title", "Action": "action", "Priority": "priority",
    "Who": "printed_who", "Further Actions Identified": "further_actions",
}  # fmt: skip


def published_lines():
    with PUBLISHED.open(newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


def published_as(form):
    lines = published_lines()
    return {
        "tsv": PUBLISHED.read_bytes,
        "xlsx": lambda: as_xlsx(lines),
        "docx": lambda: as_docx([line for line in lines if any(line)]),
    }[form]()


@pytest.mark.parametrize("form", ["tsv", "xlsx", "docx"])
def test_the_published_plan_is_read_word_for_word_without_a_doubt(form):
    found = understand(read(published_as(form), f"plan.{form}"), known(), {}, PERIOD)
    assert found.doubts == []
    headings, *lines = [line for line in published_lines() if any(line)]
    assert [(c.header, c.certain) for c in found.columns] == [(heading, True) for heading in headings]
    for row, line in zip(found.actions, lines, strict=True):
        printed = dict(zip(headings, map(str.strip, line), strict=True))
        assert {name: getattr(row, field) for name, field in FIELD_OF.items()} == printed
    assert [row.title for row in found.actions][2] == ""
    assert [len(row.who) for row in found.actions] == [3, 1, 1, 1, 1, 1]
    assert who_of(found.actions[2]) == "MASH Subgroup Chair"
    assert [(p.post, p.partner) for p in found.actions[1].who] == [
        ("Management Group Chair", "Gloucestershire County Council")
    ]


def test_the_json_has_the_shape_that_is_promised():
    found = understand(read(published_as("tsv"), "plan.tsv"), known(), {}, PERIOD).as_json()
    assert found.keys() == {"columns", "rows", "doubts"}
    assert found["columns"][0] == {"header": "#", "field": "ref", "certain": True}
    assert list(found["rows"][1]) == [
        "row", "kind", "ref", "title", "driver", "theme", "action", "outcome", "priority", "who", "due",
        "status", "rating", "progress", "further_actions", "extra",
    ]  # fmt: skip
    assert list(found["rows"][1]["who"][0]) == ["text", "post", "body", "partner", "certain"]
    assert list(found["rows"][1]["due"]) == ["text", "date", "precision"]
    twice = understand(read(b"No,Action\n1,a\n1,b", "plan.csv")).as_json()
    assert list(twice["doubts"][0]) == ["cells", "kind", "message", "must"]


def looked_at(lines, answers):
    out = StringIO(newline="")
    csv.writer(out).writerows(lines)
    return understand(read(out.getvalue().encode(), "plan.csv"), known(), answers, PERIOD)


HEAD = ["No", "Action", "Lead", "By when", "Priority", "RAG"]
FULL = [
    HEAD,
    ["1", "Expand the hub", "Pat Example", "When we can", "Whenever", "A/G"],
    ["1", "Share the data", "The data people", "31/06/2021", "High", "Green"],
    ["", "A line that may be anything", "", "", "", ""],
    ["Agreed on 3 May", "", "", "", "", ""],
]


def test_each_doubt_goes_with_its_answer_and_nothing_else_does():
    first = looked_at(FULL, {})
    assert kinds_of(first.doubts) == {
        "double number!", "people!", "names!", "words for a date", "no such date!", "priorities!", "ratings!",
        "row!", "continuation", "level or theme!",
    }  # fmt: skip
    answers = {
        "refs": IN_ORDER,
        "columns": {"Priority": "priority"},
        "names": {"Pat Example": {"post": "Executive Chair"}, "The data people": {}},
        "dates": {"When we can": {}, "31/06/2021": {"date": "2021-06-30"}},
        "priorities": {"Whenever": "Low"},
        "ratings": {"A/G": ""},
        "rows": {"5": "legend", "4": "continuation"},
    }
    for part in answers:
        others = looked_at(FULL, {name: answer for name, answer in answers.items() if name != part})
        assert len(others.doubts) >= 1, part
    found = looked_at(FULL, answers)
    assert found.doubts == []
    assert [(row.ref, who_of(row), row.due.date, row.priority) for row in found.actions] == [
        ("1", "Executive Chair", None, "Low"),
        ("2", "?The data people", "2021-06-30", "High"),
    ]
    assert found.actions[1].extra["No"] == "1"


def test_what_may_be_confirmed_goes_with_a_yes_and_what_must_be_answered_does_not():
    confirmed = {"confirmed": [doubt.kind for doubt in looked_at(FULL, {}).doubts]}
    assert {doubt.must for doubt in looked_at(FULL, confirmed).doubts} == {True}


def test_numbers_that_begin_again_are_told_apart_by_their_group():
    lines = [
        ["No", "Action", "Lead"],
        ["Priority 4: Neglect", "", ""],
        ["1", "Expand the hub", "Executive"],
        ["2", "Share the data", "Executive"],
        ["Priority 7: Exploitation", "", ""],
        ["1", "Land the strategy", "Executive"],
    ]
    assert [row.ref for row in looked_at(lines, {"refs": BY_GROUP}).actions] == ["4.1", "4.2", "7.1"]
    lettered = [["No", "Action"], ["1", "Hub"], ["a)", "Open"], ["2", "Data"], ["a)", "Share"]]
    assert [row.ref for row in looked_at(lettered, {"refs": BY_GROUP}).actions] == ["1", "1a", "2", "2a"]


@pytest.mark.parametrize(
    ("printed", "given"),
    [
        (["1", "2", "3a", "3b", "3b", "4"], ["1", "2", "3a", "3b", "5", "4"]),
        (["001", "002", "002", "003"], ["001", "002", "004", "003"]),
        (["1.1", "1.2", "1.2", "2.1"], ["1.1", "1.2", "1.3", "2.1"]),
        (["1.1", "1.2", "1.2", "1.3", "1.2."], ["1.1", "1.2", "1.4", "1.3", "1.5"]),
        (["A1", "A1", "a1."], ["A1", "A2", "a3"]),
        (["MA-01", "MA-02", "MA-02"], ["MA-01", "MA-02", "MA-03"]),
        (["2.1.9", "2.1.9"], ["2.1.9", "2.1.10"]),
        (["1", "2", "1", "2"], ["1", "2", "3", "4"]),
        (["1", "2", "3"], ["1", "2", "3"]),
    ],
)
def test_of_numbers_that_stand_twice_the_first_keeps_it_and_only_the_others_get_new_ones(printed, given):
    lines = [["No", "Action", "Lead"], *([ref, f"Do thing {n}", ""] for n, ref in enumerate(printed))]
    found = looked_at(lines, {"refs": IN_ORDER})
    assert [row.ref for row in found.actions] == given
    assert [row.extra.get("No", row.ref) for row in found.actions] == printed, "as printed, it is kept"


def test_a_column_is_what_a_person_says_it_is():
    lines = [["No", "Action", "Boss"], ["1", "Expand the hub", "Executive"]]
    assert looked_at(lines, {}).actions[0].who
    for key in ("Boss", "C"):
        found = looked_at(lines, {"columns": {key: "extra"}})
        assert found.actions[0].extra == {"Boss": "Executive"}
        assert found.actions[0].who == []


@pytest.mark.parametrize(
    ("text", "day", "precision", "certainty"),
    [
        ("01/02/2026", "2026-02-01", "day", "sure"),
        ("30.9.21", "2021-09-30", "day", "sure"),
        ("2021-09-30", "2021-09-30", "day", "sure"),
        ("by Friday 3rd June 2022", "2022-06-03", "day", "sure"),
        ("September 30, 2021", "2021-09-30", "day", "sure"),
        ("30 September", "2021-09-30", "day", "likely"),
        ("44469", "2021-09-30", "day", "likely"),
        ("end of Sept. 2021", "2021-09-30", "month", "sure"),
        ("Sep-21", "2021-09-30", "month", "sure"),
        ("March 22", "2022-03-31", "month", "sure"),
        ("March 29", "2029-03-31", "month", "likely"),
        ("09/2021", "2021-09-30", "month", "sure"),
        ("2021-09", "2021-09-30", "month", "sure"),
        ("Feb", "2022-02-28", "month", "likely"),
        ("Q3 2021/22", "2021-12-31", "quarter", "sure"),
        ("Quarter 4 (21-22)", "2022-03-31", "quarter", "sure"),
        ("Q1", "2021-06-30", "quarter", "likely"),
        ("Q3 2021", "2021-12-31", "quarter", "likely"),
        ("2021-Q3", "2021-09-30", "quarter", "sure"),
        ("Oct – Dec 2021", "2021-12-31", "quarter", "sure"),
        ("2021/22", "2022-03-31", "year", "sure"),
        ("2021-22", "2022-03-31", "year", "sure"),
        ("2021", "2021-12-31", "year", "sure"),
        ("End of the financial year", "2022-03-31", "year", "likely"),
        ("April 2021 – March 2022", "2022-03-31", "month", "sure"),
        ("Ongoing", None, "ongoing", "sure"),
        ("On-going, reviewed each March", None, "ongoing", "likely"),
        ("By the end of September 2021, if funded", "2021-09-30", "month", "likely"),
        ("Draft June 2021, final September 2021", None, "", "unread"),
        ("Completed March 2021", None, "", "unread"),
        ("Spring term 2022", None, "", "unread"),
        ("31/06/2021", None, "", "impossible"),
        ("02/13/2026", None, "", "impossible"),
        ("2021/25", None, "", "impossible"),
    ],
)
def test_timescales(text, day, precision, certainty):
    found = read_timescale(text, "", PERIOD)
    assert (found.due.date, found.due.precision, found.certainty) == (day, precision, certainty)
    assert found.due.text == text


def test_the_files_own_date_counts_and_its_format_tells_how_precisely():
    assert read_timescale("2/1/2026", "2026-02-01").due.date == "2026-02-01"
    month = read_timescale("Feb-26", "2026-02-01").due
    assert (month.date, month.precision) == ("2026-02-28", "month")


def test_without_the_plans_days_a_month_alone_has_no_year():
    assert read_timescale("September").due.date is None


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("MASH Subgroup Chair : Gloucestershire County Council", ["MASH Subgroup Chair"]),
        ("MASH SUBGROUP CHAIR", ["MASH Subgroup Chair"]),
        ("MASH sub-group", ["MASH Subgroup"]),
        ("Executive/QiiP Subgroup", ["Executive", "QiiP Subgroup"]),
        ("Executive & QiiP Subgroup", ["Executive", "QiiP Subgroup"]),
        ("Executive\nQiiP Subgroup", ["Executive", "QiiP Subgroup"]),
        ("Executive ChairExecutive Vice-Chair", ["Executive Chair", "Executive Vice-Chair"]),
        ("Child Exploitation & Missing Subgroup", ["Child Exploitation and Missing Subgroup"]),
        ("QiiP Subgroup Chair (Gloucestershire CCG)", ["QiiP Subgroup Chair"]),
        ("Head of Service – Gloucestershire Constabulary", ["Gloucestershire Constabulary"]),
        ("Head of Safeguarding, Quality and Learning", [None]),
        ("Head of Safeguarding, Head of Learning", [None, None]),
        ("Police, Health and Education", [None, None, None]),
        ("Management of risk", [None]),
        ("CEM Subgroup Chair / QiiP Subgroup Chair", [None, "QiiP Subgroup Chair"]),
        ("CEM Subgroup Chair, QiiP Subgroup Chair", [None, "QiiP Subgroup Chair"]),
        ("CEM Subgroup Chair\nQiiP Subgroup Chair", [None, "QiiP Subgroup Chair"]),
        ("CEM Subgroup Chair / QiiP Subgroup", [None, "QiiP Subgroup"]),
        ("CEM Chair / QiiP Subgroup", [None, "QiiP Subgroup"]),
        ("CEM Subgroup Chair, MASH Subgroup", [None, "MASH Subgroup"]),
        ("Chair, QiiP Subgroup", ["QiiP Subgroup Chair"]),
        ("Chair of the QiiP Subgroup / MASH Subgroup Chair", ["QiiP Subgroup Chair", "MASH Subgroup Chair"]),
        ("Chair QiiP Subgroup\nChair MASH Subgroup", ["QiiP Subgroup Chair", "MASH Subgroup Chair"]),
    ],
)
def test_owners(text, who):
    found = Names(known(), {}).read(text)
    assert [person.post or person.body or person.partner for person in found.people] == who
    assert (
        "".join(person.text for person in found.people).replace(" ", "") in text.replace(" ", "")
        or len(who) > 1
    )


def test_other_scales():
    assert [priority_of(word).value for word in ("H", "medium", "Urgent", "P3", "?")] == [
        "High", "Medium", "High", "Low", "",
    ]  # fmt: skip
    ratings = [
        (rating_of(word).value, rating_of(word).status)
        for word in ("G", "Yellow", "Blue", "Red – late", "A/R")
    ]
    assert ratings == [("Green", ""), ("Amber", ""), ("", "Complete"), ("Red", ""), ("", "")]
    assert [status_of(word).value for word in ("Closed", "Underway", "C/F", "Complete – signed", "x")] == [
        "Complete", "In progress", "Carried forward", "Complete", "",
    ]  # fmt: skip


def struck_docx(lines):
    document = docx.Document()
    table = document.add_table(len(lines), len(lines[0]))
    for row, cells in enumerate(lines):
        for column, (struck, text) in enumerate(cells):
            paragraph = table.cell(row, column).paragraphs[0]
            paragraph.add_run(struck).font.strike = True
            paragraph.add_run(text)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def struck_xlsx(lines):
    book = openpyxl.Workbook()
    line = InlineFont(strike=True)
    for row, cells in enumerate(lines, start=1):
        for column, (struck, text) in enumerate(cells, start=1):
            cell = book.active.cell(row, column)
            if text:
                cell.value = CellRichText(TextBlock(line, struck), text) if struck else text
            else:
                cell.value, cell.font = struck, Font(strike=True)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_words_that_are_struck_through_are_asked_about(form):
    lines = [
        [("", "Ref"), ("", "Action"), ("", "Lead")],
        [("", "1"), ("", "Expand the hub"), ("MASH Subgroup", " QiiP Subgroup")],
        [("2", ""), ("Hold a conference", ""), ("Executive", "")],
    ]
    data = {"docx": struck_docx, "xlsx": struck_xlsx}[form](lines)
    found = understand(read(data, f"plan.{form}"), known(), {}, PERIOD)
    assert [doubt.kind for doubt in found.must_be_answered] == ["struck"]
    doubt = found.must_be_answered[0]
    assert doubt.cells == ["C2", "A3", "B3", "C3"]
    assert doubt.about == ["MASH Subgroup", "2", "Hold a conference", "Executive"]
    assert who_of(found.actions[0]) == "MASH Subgroup, QiiP Subgroup"
    confirmed = understand(read(data, f"plan.{form}"), known(), {"confirmed": ["struck"]}, PERIOD)
    assert confirmed.must_be_answered == []


def test_a_text_that_excel_keeps_once_is_known_to_be_struck_through():
    # As Excel writes it; openpyxl keeps such a text in its cell.
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    texts = (
        "<si><t>No</t></si><si><t>Action</t></si>"
        "<si><r><rPr><strike/></rPr><t>Close </t></r><r><rPr><b/></rPr><t>Expand the hub</t></r></si>"
        '<si><r><rPr><strike val="0"/></rPr><t>Hold a conference</t></r></si>'
    )
    more = {
        "xl/_rels/workbook.xml.rels": relations(
            worksheet1="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml"
        ),
        "xl/sharedStrings.xml": f"<sst {main}>{texts}</sst>",
    }
    cells = [("A1", 0), ("B1", 1)], [("B2", 2)], [("B3", 3)]
    rows = [
        (number, [(name, 't="s"', f"<v>{text}</v>") for name, text in row])
        for number, row in enumerate(cells, start=1)
    ]
    tables = read(xlsx(rows_xml(rows), more=more), "plan.xlsx")
    assert [(note.cell, note.kind, note.message) for note in tables[0].notes] == [("B2", "struck", "Close")]
    assert tables[0].rows[1].cells[2].text == "Close Expand the hub"


@pytest.mark.parametrize("kind", ["likely dates", "likely priorities", "likely ratings", "likely statuses"])
def test_what_is_read_as_something_else_is_said_in_a_sentence(kind):
    doubts = Doubts()
    doubts.add(kind, "C4", "Printed", heading="Heading", meaning="Meant")
    assert doubts.all([])[0].message == "“Heading” is read as follows: “Printed” as Meant (C4)."
