"""Several columns that can give the date of an action: which counts, what is asked; no cell is lost."""

from datetime import date

import pytest

from actions.models import Action
from actions.tables.read import read
from actions.tables.timescales import read_timescale
from actions.tables.understand import understand
from tests import test_importing
from tests.tables_files import number_cell, rows_xml, text_cell, xlsx
from tests.test_importing import choose, name_of, record, text

# Once: a table is read, and asked about, in Python.
pytestmark = [pytest.mark.run_in("sqlite")]
draft, read_at_once = test_importing.draft, test_importing.read_at_once
PERIOD = (date(2022, 4, 1), date(2023, 3, 31))
FOREIGN = """No,Action,Target date,Revised date
1,Open a front door,30/06/2022,
2,Train all staff,30/06/2022,30/09/2022
3,Visit every school,,31/10/2022
4,Hold a safety week,31/07/2022,31/12/2022
"""
OWN = """#,Action,Timescale,Due Now,Original Date,Original Date Read As,Review Date
1,Open a front door,,2022-12-31,2022-06-30,In that month,
2,Train all staff,By Easter,2022-08-31,2022-08-31,,2022-07-01
3,Visit every school,,2022-11-30,,,
4,Hold a safety week,,,,Ongoing,2022-09-01
5,Ask the children,June 2022,2022-06-30,2022-06-30,In that month,
"""


def understood(table, answers=None):
    return understand(read(table.encode(), "plan.csv"), [], answers or {}, PERIOD)


def days(found):
    return [(row.due.text, row.due.date, row.due.precision) for row in found.actions]


def test_of_the_registers_own_dates_the_first_counts_and_nothing_is_asked():
    found = understood(OWN)
    assert [doubt.kind for doubt in found.doubts] == []
    assert days(found) == [
        ("", "2022-06-30", "month"),
        ("By Easter", "2022-08-31", "day"),
        ("", "2022-11-30", "day"),
        ("", None, "ongoing"),
        ("June 2022", "2022-06-30", "month"),
    ]
    assert [row.review for row in found.actions] == ["", "2022-07-01", "", "2022-09-01", ""]
    assert found.actions[0].extra["Due Now"] == "2022-12-31", "which is another day than the one that counts"


def test_a_timescale_that_gives_another_day_than_the_original_date_is_asked_about():
    found = understood(OWN.replace("June 2022,2022-06-30,2022-06-30", "June 2022,2022-07-31,2022-07-31"))
    assert [(doubt.kind, doubt.cells, doubt.choices) for doubt in found.doubts] == [
        ("two days", ["C6", "E6"], ["Timescale", "Original Date"])
    ]
    assert days(found)[4] == ("June 2022", "2022-06-30", "month")
    found = understood(OWN, {"days": "Original Date"})
    assert days(found)[0][1:] == ("2022-06-30", "month") and not found.must_be_answered


def test_two_columns_of_dates_are_asked_about_once_and_each_can_count():
    [asked] = understood(FOREIGN).must_be_answered
    assert asked.cells == ["C3", "D3", "C5", "D5"] and asked.choices == ["Target date", "Revised date"]
    assert "“30 June 2022, not 30 September 2022” (C3 and D3)" in asked.message
    for counts, expected in (
        ("Target date", ["2022-06-30", "2022-06-30", "2022-10-31", "2022-07-31"]),
        ("Revised date", ["2022-06-30", "2022-09-30", "2022-10-31", "2022-12-31"]),
    ):
        found = understood(FOREIGN, {"days": counts})
        assert [due for _, due, _ in days(found)] == expected
        assert [doubt.kind for doubt in found.doubts] == ["two dates"]
        for row, line in zip(found.actions, FOREIGN.splitlines()[1:], strict=True):
            assert set(filter(None, line.split(",")[2:])) <= {row.due.text, *row.extra.values()}


@pytest.mark.parametrize("first_year", [1900, 1904])
def test_days_that_are_dates_in_excel_are_read_as_days(first_year):
    headings = ["#", "Action", "Timescale", "Original Date", "Review Date"]
    rows = [
        (1, [text_cell(f"{'ABCDE'[place]}1", words) for place, words in enumerate(headings)]),
        (2, [text_cell("A2", "1"), text_cell("B2", "Open a front door"), number_cell("D2", 44742, 3)]),
        (3, [text_cell("A3", "2"), text_cell("B3", "Train all staff"), number_cell("E3", 44743, 3)]),
    ]
    settings = '<workbookPr date1904="1"/>' if first_year == 1904 else ""
    found = understand(read(xlsx(rows_xml(rows), settings=settings), "plan.xlsx"), [], {}, PERIOD)
    day, review = ("2022-06-30", "2022-07-01") if first_year == 1900 else ("2026-07-01", "2026-07-02")
    assert [(row.due.date, row.review) for row in found.actions] == [(day, ""), (None, review)]


@pytest.mark.django_db
def test_the_page_asks_which_column_counts_and_keeps_the_other(manager, draft):
    rows = [["No", "Action", "Lead", "Target date", "Revised date", "Review date"]]
    for number, (target, revised, review) in enumerate(
        [("21 May 2022", "1 May 2022", "1 July 2022"), ("30 June 2022", "", "Each term")], start=1
    ):
        rows.append([str(number), f"Do thing {number}", "MASH Subgroup Chair", target, revised, review])
    page = choose(manager, rows)
    assert "Two columns give different days for one action. Say which column counts" in text(page)
    answer = {name_of(page, "Column that counts where days differ"): "Target date", "answers": "1"}
    page = manager.post("/plans/2022-23/import/", answer, follow=True)
    assert "Column that counts where days differ: Target date" in text(page)
    assert "2 actions added" in text(record(manager, confirmed="on"))
    first, second = draft.actions.order_by("position")
    assert (first.original_date, first.review_date) == (date(2022, 5, 21), date(2022, 7, 1))
    assert (second.original_date, second.review_date) == (date(2022, 6, 30), None)
    kept = [[(one.heading, one.text) for one in each.other_columns.all()] for each in (first, second)]
    assert kept == [[("Revised date", "1 May 2022")], [("Review date", "Each term")]]


@pytest.mark.django_db
def test_another_file_of_a_draft_changes_the_dates_that_its_columns_change(manager, draft):
    head = ["#", "Action", "Who", "Timescale", "Original Date", "Review Date"]
    row = ["1", "Open a front door", "MASH Subgroup Chair", "By Easter"]
    choose(manager, [head, [*row, "2022-06-30", "2022-07-01"]])
    record(manager, confirmed="on")
    page = choose(manager, [head, [*row, "2022-08-31", "2022-09-01"]])
    assert "What you must answer" not in text(page)
    record(manager, confirmed="on")
    action = Action.objects.get(plan=draft)
    assert (action.original_date, action.review_date) == (date(2022, 8, 31), date(2022, 9, 1))
    page = choose(manager, [head, [*row, "2022-08-31", "Each term"]])
    record(manager, confirmed="on")
    action.refresh_from_db()
    assert action.review_date == date(2022, 9, 1), "words take no day away"
    assert [(one.heading, one.text) for one in action.other_columns.all()] == [("Review Date", "Each term")]


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("31/12/22 and 31/3/23", None),
        ("31/12/22 & 31/3/23", None),
        ("between 31/12/22 and 31/3/23", "2023-03-31"),
        ("between 31/12/22 - 31/3/23", "2023-03-31"),
        ("between April 2022 to March 2023", "2023-03-31"),
        ("from 31/12/22 to 31/3/23", "2023-03-31"),
        ("31/12/22 - 31/3/23", "2023-03-31"),
    ],
)
def test_of_two_days_neither_counts_and_of_a_range_its_end(printed, day):
    read_as = read_timescale(printed, period=PERIOD)
    assert (read_as.due.text, read_as.due.date) == (printed, day)
