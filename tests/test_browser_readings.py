"""A quarter of a group is typed by keyboard, pasted and recorded by its chair, and confirmed by another."""

from datetime import date

import pytest
from playwright.sync_api import expect

from subgroups.models import MeasureAgency, Partner, Reading
from tests.browser import NARROW, WIDE, Keyboard, Mouse, check, field
from tests.factories import measure_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agencies(committed, on_record, it_is):
    it_is(2021, 7, 1)
    first, second = Partner.objects.current_on(date(2021, 6, 30))[:2]
    with on_record():
        share = measure_of("qiip", by_agency=True, frequency="quarter", first_day=date(2021, 4, 1))
        for partner in (first, second):
            MeasureAgency(measure=share, partner=partner).save()
        measure_of(
            "qiip", name="Sessions held", numerator="sessions", denominator="", unit="sessions",
            frequency="quarter", first_day=date(2021, 4, 1),
        )  # fmt: skip
    return first, second


def test_a_quarter_is_filled_in_by_keyboard_and_table_and_confirmed(agencies, visitor):
    first, second = agencies
    the_chair_enters(Keyboard(visitor("qiip.chair", viewport=NARROW)), first, second)
    assert sorted(one.counts for one in Reading.objects.all()) == [(12, None), (30, 40), (45, 60)]
    another_confirms(Mouse(visitor("business.manager", viewport=WIDE)))
    assert not Reading.objects.filter(confirmed_by=None).exists()


def the_chair_enters(chair, first, second):
    page = chair.page
    page.goto("/groups/qiip/scorecard/")
    chair.press("Enter figures")
    chair.write(f"Places taken up, {first}: places attended", "30")
    chair.write(f"Places taken up, {first}: places offered", "40")
    pasted = field(page, "Cells from a spreadsheet")
    chair.reach(pasted)
    page.keyboard.insert_text(
        "Measure\tAgency\tCounted\tOut of\tCommentary\n"
        f"Places taken up\t{second}\t45\t60\tTwo sessions more\nSessions held\t\t12\nOthers\t\t9\n"
    )
    chair.press("Read the table")
    expect(page.get_by_role("status").first).to_contain_text("4 boxes filled from the table.")
    expect(page.get_by_role("status").first).to_contain_text("Row 4, column A: “Others” is no measure")
    expect(field(page, f"Places taken up, {first}: places attended")).to_have_value("30")
    expect(field(page, f"Places taken up, {second}: places offered")).to_have_value("60")
    assert not Reading.objects.exists()
    check(page, "Enter figures")
    chair.press("Record readings")
    expect(page.get_by_role("alert")).to_contain_text(
        "The Business Manager, or somebody else with a post of the QiiP Subgroup, confirms what you entered"
    )


def another_confirms(manager):
    page = manager.page
    page.goto("/groups/qiip/scorecard/")
    manager.follow("Confirm 3 figures or changes that somebody else entered")
    manager.press("Confirm what is ticked")
    expect(page.get_by_role("alert")).to_contain_text("Confirmed")
    expect(page.get_by_role("main")).to_contain_text("75 of 100")
    manager.follow("Places taken up")
    expect(page.get_by_role("main")).to_contain_text("75.0% (30 of 40)")
    expect(page.get_by_role("main")).not_to_contain_text("Not confirmed yet")


PASTE = """(box, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_cells_that_are_pasted_into_a_box_go_one_into_each(agencies, visitor):
    """A browser would make one number of them: 30, 45 in a column became 3045, or 30 45."""
    first, second = agencies
    page = visitor("qiip.chair", viewport=WIDE)
    page.goto("/groups/qiip/scorecard/enter/2021-06/")
    boxes = [
        field(page, f"Places taken up, {agency}: places {what}")
        for agency in (first, second)
        for what in ("attended", "offered")
    ]
    boxes[0].evaluate(PASTE, "30\t40\r\n45\t60\r\n")
    for box, value in zip(boxes, ("30", "40", "45", "60"), strict=True):
        expect(box).to_have_value(value)
    boxes[3].evaluate(PASTE, "1\n2\n3")
    expect(boxes[3]).to_have_value("60")
    expect(page.get_by_text("These cells do not fit here.")).to_be_visible()
