"""Three journeys through the chain, in a browser; PICTURES=docs/pictures keeps what they show."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import WIDE, Mouse, violations
from tests.conftest import ASK

ACTIONS = "/plans/2021-22/actions/"
SEPTEMBER = "/meetings/executive/2021-09-28/"
DECEMBER, MARCH = "/meetings/management-group/2021-12-14/", "/meetings/management-group/2022-03-15/"


@pytest.fixture
def person(visitor):
    """person("executive") is that post's hand and browser."""
    return lambda post: Mouse(visitor(post, viewport=WIDE))


@pytest.fixture
def picture():
    """picture(page, name) keeps what the page shows, when asked to; axe looks at it in any case."""

    def taken(page, name):
        assert violations(page) == []
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png")

    return taken


def write_day(page, label, day, month, year):
    boxes = page.get_by_role("group", name=label)
    for part, value in (("Day", day), ("Month", month), ("Year", year)):
        boxes.get_by_label(part).fill(str(value))


def asks(chair, ref, what):
    chair.page.goto(f"{ACTIONS}{ref}/")
    chair.page.get_by_text("Ask for a decision").click()
    chair.follow(what)


def meets(manager, agenda):
    manager.page.goto(agenda)
    manager.press("Record who is here")
    manager.choose_in_each("Present")
    manager.press("Record who is here")
    expect(manager.page.get_by_text("Quorate.")).to_be_visible()


def decides(chair, agenda, report, decision, reason):
    chair.page.goto(agenda)
    chair.follow(f"Enter the decision on {report}")
    chair.choose(decision)
    chair.write("Reason", reason)
    chair.press("Record decision")
    expect(chair.page.get_by_role("alert")).to_contain_text(f"Decision on {report} recorded: ")


def test_an_exception_travels_to_the_executive_and_an_owner_comes_into_place(person, it_is, picture):
    it_is(2021, 9, 1)
    chair, manager, executive = person("management.chair"), person("business.manager"), person("executive")
    asks(chair, "002", "Raise an exception")
    for name, label in (
        ("what", "What is off plan"),
        ("cause", "Cause"),
        ("effect", "Effect on children"),
        ("recovery", "Recovery action"),
    ):
        chair.write(label, ASK[name])
    chair.write(
        "The decision asked for", "Change the Published Arrangements so that a MASH Subgroup is in place."
    )
    chair.press("Send it")

    it_is(2021, 9, 28)
    meets(manager, SEPTEMBER)
    executive.page.goto("/")
    executive.follow("Exception report on Action 002")
    expect(executive.page.get_by_text("With the Executive").first).to_be_visible()
    decides(executive, SEPTEMBER, "Exception report on Action 002", "Grant it", "All three partners agree.")
    executive.follow("Exception report on Action 002")
    expect(executive.page.locator(".govuk-tag").first).to_have_text("Granted")
    picture(executive.page, "1-granted-by-the-executive")

    chair.page.goto(f"{ACTIONS}003/")
    not_in_place = "The MASH Subgroup is not in place yet: the chair of the Management Group acts for it."
    expect(chair.page.get_by_text(not_in_place)).to_be_visible()
    picture(chair.page, "2-owner-not-in-place")
    manager.page.goto("/groups/mash/edit/")
    write_day(manager.page, "In place since", 1, 10, 2021)
    manager.write("Reason", "Decided by the Executive")
    manager.page.locator("main form button").click()
    it_is(2021, 10, 1)
    chair.page.goto(f"{ACTIONS}003/")
    expect(chair.page.get_by_text(not_in_place)).to_have_count(0)
    mash = person("mash.chair")
    mash.page.goto("/")
    expect(mash.page.get_by_role("link", name="003").first).to_be_visible()
    picture(mash.page, "3-owner-in-place")


def test_what_was_refused_comes_back_when_its_date_passes(person, it_is, picture, action, on_record):
    with on_record():
        subject = action("005")
        subject.original_date = "2021-12-31"
        subject.save()
    it_is(2021, 11, 22)
    chair, manager, group = person("cem.chair"), person("business.manager"), person("management.chair")
    asks(chair, "005", "Ask for a new date")
    write_day(chair.page, "New date", 31, 3, 2022)
    chair.write("Why the date cannot be kept", ASK["cause"])
    chair.write("Effect of the delay on children", ASK["effect"])
    chair.write("What will be done so that the new date is kept", ASK["recovery"])
    chair.press("Send it")

    it_is(2021, 12, 14)
    meets(manager, DECEMBER)
    report = "Request for a new date on Action 005"
    decides(group, DECEMBER, report, "Refuse it", "It can be done by the date that was agreed.")
    group.page.goto(MARCH)
    expect(group.page.get_by_text("Due 31 December 2021")).to_have_count(0)

    it_is(2022, 1, 5)
    group.page.goto(MARCH)
    expect(group.page.get_by_text("Due 31 December 2021: 5 days late and not complete.")).to_be_visible()
    last = group.page.get_by_text("Last decided:").first
    expect(last).to_contain_text("refused by the Management Group on 14 December 2021: It can be done")
    last.scroll_into_view_if_needed()
    picture(group.page, "4-refused-and-back")
