"""Lists as files: every word of the plan in each format, as filtered, as at a moment, and no formula."""

import csv
from datetime import date
from io import BytesIO, StringIO

import docx
import openpyxl
import pytest
from django.core.management import call_command
from django.utils.timezone import localtime
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from actions.models import Action, BusinessPlan, ExceptionReport
from actions.tables import as_csv, as_docx, as_xlsx, lists, published
from actions.tables.writing import Column, Table
from gscp.record import Change
from scrutiny import timeline
from tests import test_plan_decisions
from tests.factories import ActionFactory, another_plan
from tests.published import PLAN
from tests.test_published_plan import as_published
from tests.test_register import REGISTER

# Once: files are written in Python from what pages show.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
draft = test_plan_decisions.draft
SEVEN = list(published.COLUMNS)


def content(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response)


def rows_of_xlsx(file: bytes) -> list[list]:
    sheet = openpyxl.load_workbook(BytesIO(file)).active
    return [["" if cell.value is None else cell.value for cell in row] for row in sheet]


def rows_of_csv(file: bytes) -> list[list]:
    text = file.decode("utf-8")
    assert text[0] == as_csv.MARK
    return [list(map(as_csv.as_typed, row)) for row in csv.reader(StringIO(text[1:], newline=""))]


def rows_of_docx(file: bytes) -> list[list]:
    (table,) = docx.Document(BytesIO(file)).tables
    return [[cell.text for cell in row.cells] for row in table.rows]


READ = {"xlsx": rows_of_xlsx, "csv": rows_of_csv, "docx": rows_of_docx}


@pytest.fixture
def read(sign_in):
    """read("/plans/2021-22/", "csv", "?text=x"): the heading of that list's file, and its rows."""

    def rows(page, form, query="", by="scrutineer"):
        head, *others = READ[form](content(sign_in(by).get(f"{page}export.{form}{query}")))
        return head, others

    return rows


@pytest.mark.parametrize("form", READ)
@pytest.mark.run_in("sqlite", "postgresql")  # what columns hold
def test_the_published_plan_comes_back_word_for_word(read, form):
    head, rows = read(REGISTER, form)
    assert head[:7] == SEVEN
    assert [row[:7] for row in rows] == as_published()
    assert rows[2][2] == "" and rows[2][5] == "MASH Subgroup Chair : Gloucestershire County Council"


@pytest.mark.parametrize("form", READ)
@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_as_at_a_meeting_the_words_and_dates_of_then_come_out(read, form, on_record, action, it_is):
    it_is(2021, 6, 1)
    with on_record():
        changed = action("005")
        changed.title, changed.original_date = "Another title", date(2021, 12, 31)
        changed.save()
    it_is(2021, 6, 9)
    then = f"/scrutiny/as-at/2021-05-01{REGISTER}"
    assert [row[:7] for row in read(then, form)[1]] == as_published()
    head, rows = read(REGISTER, form)
    assert rows[4][2] == "Another title"
    if form != "docx":
        place = head.index("Original Date")
        assert str(rows[4][place])[:10] == "2021-12-31" and read(then, form)[1][4][place] == ""


def test_the_printed_columns_say_what_they_leave_out(sign_in, on_record, action):
    def notes(query=""):
        file = content(sign_in("scrutineer").get(f"{REGISTER}export.docx{query}"))
        return [one.text for one in docx.Document(BytesIO(file)).paragraphs]

    assert "These are the plan’s words. Ratings and dates are in the Excel file." in notes()
    assert not [text for text in notes() if "Not open any more" in text]
    with on_record():
        for ref, status in (("002", "withdrawn"), ("001", "complete")):
            subject = action(ref)
            subject.status = status
            subject.save()
    assert "Not open any more: 001 complete, 002 withdrawn." in notes()
    assert "Not open any more: 002 withdrawn." in notes("?priority=high")


@pytest.mark.parametrize("form", READ)
def test_a_file_has_what_the_page_shows_in_its_order(read, form):
    _, rows = read(REGISTER, form, "?priority=high&sort=-ref&page=7")
    assert [row[0] for row in rows] == ["005", "004", "002"]
    _, rows = read(REGISTER, form, "?text=zebra")
    assert rows == []


def test_the_pages_link_to_their_files_with_the_filter(sign_in, played):
    reader = sign_in("scrutineer")
    for page, query, forms in (
        (REGISTER, "priority=high", ("xlsx", "csv", "docx")),
        ("/exceptions/found/", "asked=no", ("xlsx", "csv")),
        ("/exceptions/reports/", "kind=new_date", ("xlsx", "csv")),
        ("/scrutiny/changes/", "kind=update", ("xlsx", "csv")),
        (f"/scrutiny/as-at/2022-01-01{REGISTER}", "priority=high", ("xlsx", "csv", "docx")),
    ):
        html = reader.get(f"{page}?{query}&page=1" if "changes" not in page else f"{page}?{query}")
        for form in forms:
            address = f"{page}export.{form}?{query}"
            assert f'href="{address}"' in html.content.decode(), address
            assert content(reader.get(address))
    assert 'href="/due/export.xlsx' in sign_in("management.chair").get("/due/").content.decode()


def test_what_is_due_is_filtered_by_plan_as_its_page_is(sign_in, on_record, action):
    with on_record():
        driver = another_plan("2022-23", "Next", date(2022, 4, 1), date(2023, 3, 31))
        ActionFactory(plan=driver.plan, driver=driver, group=action("005").group, ref="900")
    answer = sign_in("cem.chair").get("/due/export.csv?plan=2022-23")
    file = content(answer).decode()
    assert "900" in file and "2021-22" not in file
    assert 'filename="due-filtered-' in answer["Content-Disposition"]
    assert "2021-22" in content(sign_in("cem.chair").get("/due/export.csv")).decode()


def test_the_file_of_a_draft_says_that_it_is_one(sign_in, draft):
    answer = sign_in("scrutineer").get("/plans/2022-23/export.docx")
    assert 'filename="2022-23-draft-' in answer["Content-Disposition"]
    said = [one.text for one in docx.Document(BytesIO(content(answer))).paragraphs]
    assert said[1] == "A draft: no meeting has adopted it yet."


def test_a_file_says_by_what_it_was_filtered_and_of_which_day_it_is(sign_in, it_is):
    it_is(2021, 6, 9)
    reader = sign_in("scrutineer")
    answer = reader.get(f"{REGISTER}export.docx?priority=high&text=MASH")
    assert answer["Content-Disposition"] == 'attachment; filename="2021-22-plan-filtered-2021-06-09.docx"'
    said = [one.text for one in docx.Document(BytesIO(content(answer))).paragraphs]
    assert said[1:3] == ["9 June 2021.", "Filtered by Words: MASH; Priority: High."]
    answer = reader.get(f"/scrutiny/as-at/2021-05-01{REGISTER}export.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="2021-22-plan-2021-05-01.xlsx"'
    book = openpyxl.load_workbook(BytesIO(content(answer)))
    assert book.properties.description.startswith("As the record stood on 1 May 2021")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_what_is_off_plan_asked_and_due_comes_out_as_the_pages_have_it(read, form, played, action):
    head, rows = read("/exceptions/found/", form)
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert {"003", "005"} & {row["#"] for row in found} and all(row["Why It Is Here"] for row in found)
    head, rows = read("/exceptions/reports/", form)
    reports = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(reports) == ExceptionReport.objects.count()
    assert any("Management Group" in row["Decisions"] for row in reports)
    assert {row["Plan"] for row in reports} == {"Business Plan 2021-22", ""}, "a measure is of no plan"
    head, rows = read("/due/", form, by="management.chair")
    due = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["Where It Stands"] for row in due} <= {"To report", "Reported"} and due
    assert read("/due/", form, by="scrutineer")[1] == []


def test_days_are_days_and_every_text_is_a_text(sign_in, on_record, action):
    with on_record():
        changed = action("005")
        changed.title, changed.original_date, changed.text = "=1+1", date(2021, 12, 31), "#N/A"
        changed.save()
    sheet = openpyxl.load_workbook(
        BytesIO(content(sign_in("scrutineer").get(f"{REGISTER}export.xlsx")))
    ).active
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[6], strict=True)}
    assert (cells["Title"].value, cells["Title"].data_type) == ("=1+1", "s")
    assert (cells["Action"].value, cells["Action"].data_type) == ("#N/A", "s")
    assert (cells["#"].value, cells["#"].data_type) == ("005", "s")
    assert (
        cells["Original Date"].value.isoformat() == "2021-12-31T00:00:00" and cells["Original Date"].is_date
    )
    assert sheet.freeze_panes == "A2" and sheet.column_dimensions["D"].width == lists.LONG
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "d", "n"}


AWKWARD = [
    "=1+1", "'=1+1", "''=1", "'quoted'", "'", "@x", " =1", "\t=1", "-5", "＝1", "007", "1,5", 'a "b", c',
    "a\nb", " around ", "É ñ ’ “”", "_x000D_", "a\x0bb", "a\r\nb", "a\rb", "\x01", "x\ufffey", "#REF!",
    "<b>&amp;", "😀", "\u200b=1", "\u2028", "[taken out of the record]",
]  # fmt: skip


def written(write, *texts, columns=1) -> bytes:
    file = BytesIO()
    heads = [Column(str(number), lambda row, number=number: row[number]) for number in range(columns)]
    write(Table("t", "T", heads, [[text] * columns for text in texts]), file)
    return file.getvalue()


def test_each_awkward_text_comes_back_from_csv_and_excel():
    assert [row[0] for row in rows_of_csv(written(as_csv.write, *AWKWARD))[1:]] == AWKWARD
    file = written(as_xlsx.write, *AWKWARD)
    assert [unescape(str(row[0])) for row in rows_of_xlsx(file)[1:]] == AWKWARD
    sheet = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_index(0)
    by_another = [row[0] for row in sheet.to_python()[1:]]
    assert [text for text, read in zip(AWKWARD, by_another, strict=True) if text != read] in (
        [],
        ["x\ufffey"],
    )


def test_word_keeps_all_but_kinds_of_line_ends_and_signs_it_has_no_place_for():
    there = [row[0] for row in rows_of_docx(written(as_docx.write, *AWKWARD))[1:]]
    differ = {text: read for text, read in zip(AWKWARD, there, strict=True) if text != read}
    assert differ == {
        "a\x0bb": "a\nb", "a\r\nb": "a\nb", "a\rb": "a\nb", "\x01": "\ufffd", "x\ufffey": "x\ufffdy",
    }  # fmt: skip


def test_a_cell_too_long_for_excel_says_that_it_was_cut():
    (_, (cell,)) = rows_of_xlsx(written(as_xlsx.write, "x" * 40_000))
    assert len(cell) == as_xlsx.MOST_IN_CELL and cell.endswith(as_xlsx.CUT)
    (_, (cell,)) = rows_of_xlsx(written(as_xlsx.write, "x" * as_xlsx.MOST_IN_CELL))
    assert cell == "x" * as_xlsx.MOST_IN_CELL


def test_a_day_before_excel_s_calendar_stays_as_it_is_written():
    (_, (cell,)) = rows_of_xlsx(written(as_xlsx.write, date(1899, 12, 31)))
    assert cell == "1899-12-31"


def test_the_register_s_csv_can_be_loaded_as_a_plan(sign_in, on_record, action, tmp_path):
    with on_record():
        changed = action("005")
        changed.title = "=HYPERLINK(1)"
        changed.save()
    path = tmp_path / "saved.csv"
    path.write_bytes(content(sign_in("scrutineer").get(f"{REGISTER}export.csv")))
    call_command("load_plan", path, **PLAN | {"label": "2022-23"}, verbosity=0)
    loaded = BusinessPlan.objects.get(label="2022-23").actions.all()
    columns = ("ref", "driver__text", "title", "text", "priority", "who", "group", "further_actions__text")
    before = Action.objects.filter(plan__label="2021-22")
    assert list(loaded.values_list(*columns)) == list(before.values_list(*columns))


def test_what_the_register_adds_is_known_to_who_reads_it():
    known = published.COLUMNS | published.OPTIONAL_COLUMNS
    labels = [column.label for column in lists.REGISTER]
    assert labels[:7] == SEVEN and {label for label in labels if label not in known} == published.WORKED_OUT


def test_the_changes_come_out_with_their_moments(read, played, sign_in, monkeypatch):
    head, (*rows, last) = read("/scrutiny/changes/", "xlsx", "?kind=update")
    assert head == list(timeline.COLUMNS) and rows
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["Kind"] for row in found} == {"Update"} and last[:2] == ["End", "18 changes"]
    change = Change.objects.get(number=found[0]["Number"])
    assert found[0]["When"] == localtime(change.at).replace(microsecond=0, tzinfo=None)
    file = sign_in("scrutineer").get("/scrutiny/changes/export.xlsx?kind=update")
    assert 'filename="changes-filtered-' in file["Content-Disposition"]
    monkeypatch.setattr(timeline, "MOST_IN_EXCEL", 17)
    answer = sign_in("scrutineer").get("/scrutiny/changes/export.xlsx?kind=update")
    assert answer.status_code == 400
    assert "An Excel file holds at most 17 changes here." in answer.content.decode()


@pytest.mark.parametrize("page", [REGISTER, "/exceptions/found/", "/exceptions/reports/"])
def test_a_filter_that_cannot_be_read_is_no_file(page, sign_in):
    answer = sign_in("scrutineer").get(f"{page}export.csv?colour=red")
    assert answer.status_code == 400 and "cannot be filtered by “colour”" in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [f"{REGISTER}export.pdf", "/plans/none/export.csv", "/exceptions/found/export.docx", "/due/export.docx"],
)
def test_a_format_or_a_plan_that_is_not_there_is_not_found(address, sign_in):
    assert sign_in("scrutineer").get(address).status_code == 404
