"""What each row of an imported table was read as is seen, and a person says otherwise."""

import io

import pytest
from openpyxl import Workbook

from tests.test_importing import (
    GOOD,
    HEADINGS,
    IMPORT,
    RECORD,
    choose,
    draft,  # noqa: F401  a fixture
    name_of,
    read_at_once,  # noqa: F401  a fixture
    record,
    text,
)

# Once: a table is read, and asked about, in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]

OTHER = ["2", "Train the staff", *GOOD[2:]]
OUT, IN = "Rows that are no action", "Rows that are an action"


def correct(client, page, label, rows):
    return client.post(IMPORT, {name_of(page, label): rows, "answers": "1"}, follow=True)


def test_a_total_is_left_out_and_what_may_be_one_is_asked(manager, draft):  # noqa: F811  the fixture
    total = ["Total", "2 actions", "", "", "", "£1,000"]
    page = text(choose(manager, [HEADINGS, GOOD, OTHER, total]))
    assert "2 actions would be added" in page and "What you must answer" not in page
    assert "Row 4: Total | 2 actions | £1,000" in page.partition("Left out")[2]
    page = choose(manager, [HEADINGS, GOOD, OTHER, ["Total", "2 actions, one of them new", "", "", "", ""]])
    assert "These rows may be totals" in text(page) and "Group that answers" not in text(page)
    assert "This is no action: leave it out" in text(page) and "It is an action" in text(page)
    label = "Row 4: Total | 2 actions, one of them new"
    page = manager.post(IMPORT, {name_of(page, label): "total", "answers": "1"}, follow=True)
    assert "2 actions would be added" in text(page)


def test_any_row_can_be_said_to_be_no_action_and_the_other_way_round(manager, draft):  # noqa: F811  the fixture
    page = choose(manager, [HEADINGS, GOOD, OTHER, ["Key", "Green means on track", "", "", "", ""]])
    assert "Row 3: 2 | Train the staff" in text(page).partition("Read as actions")[2].partition("Left out")[0]
    page = correct(manager, page, OUT, "3")
    assert "1 action would be added" in text(page)
    left = text(page).partition("Left out")[2]
    assert "Row 3: 2 | Train the staff | QiiP Subgroup Chair" in left and "Row 4: Key" in left
    assert "Row “3”: A note that is no part of the plan" in text(page)
    page = correct(manager, page, IN, "3, 4")
    assert "group" in text(page) and "“Key”" in text(page).partition("What you must answer")[2]
    page = correct(manager, page, OUT, "4")
    assert "Row 3" in text(manager.get(RECORD)), "each action says its row"
    record(manager)
    assert [one.text for one in draft.actions.order_by("position")] == [GOOD[1], OTHER[1]]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("7", "There is no row 7 in the file."),
        ("the last", "There is no row the last in the file."),
        ("1", "Row 1 holds headings, or stands outside the plan's table."),
    ],
)
def test_a_row_that_is_not_there_or_holds_the_headings_is_refused(typed, message, manager, draft):  # noqa: F811  the fixture
    page = choose(manager, [HEADINGS, GOOD, OTHER])
    for label in (OUT, IN):
        assert message in text(correct(manager, page, label, typed))
    assert "2 actions would be added" in text(manager.get(IMPORT))


def two_sheets() -> bytes:
    book = Workbook()
    for name in ("First", "Second"):
        sheet = book.active if name == "First" else book.create_sheet()
        sheet.title = name
        for row in (HEADINGS, [name[0], f"Do the {name} thing", *GOOD[2:]]):
            sheet.append(row)
    sent = io.BytesIO()
    book.save(sent)
    return sent.getvalue()


def test_of_several_tables_a_row_is_named_with_its_own(manager, draft):  # noqa: F811  the fixture
    page = choose(manager, two_sheets())
    assert "Row Second!2: Do the Second thing" in text(page) or "Row Second!2: S | Do the" in text(page)
    assert "There are several rows 2: write First!2 or Second!2." in text(correct(manager, page, OUT, "2"))
    page = correct(manager, page, OUT, "Second!2")
    assert "1 action would be added" in text(page)
    record(manager)
    assert draft.actions.get().text == "Do the First thing"
