"""From one post's report to the next post's page: by mouse, without scripts, by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from subgroups.models import DEMO_DOMAIN
from tests.browser import WIDE, Keyboard, Mouse, field, violations
from tests.conftest import PASSWORD

CHAIR = "Child Exploitation and Missing Subgroup Chair"
BLOCKER = "Two agencies have not named a lead"
REASON = "Briefings are late: two of five localities have had theirs"


def sign_in(hand, name):
    hand.page.goto("/sign-in/")
    hand.write("Email", name + DEMO_DOMAIN)
    hand.write("Password", PASSWORD)
    hand.press("Sign in")


@pytest.mark.parametrize(
    ("hand", "options"),
    [
        pytest.param(Mouse, {}, id="mouse", marks=pytest.mark.run_in("browser", "postgresql")),
        pytest.param(Mouse, {"java_script_enabled": False}, id="no scripts"),
        pytest.param(Keyboard, {}, id="keyboard"),
    ],
)
def test_what_a_chair_reports_the_next_posts_find(hand, options, visitor):
    # The pages are the same each time, and axe, a script itself, says nothing where none runs.
    look = shows if options or hand is Keyboard else arrives

    def person():
        return hand(visitor(viewport=WIDE, **options))

    the_chair_reports(person(), look)
    the_management_group_sees_why(person(), look)
    the_scrutineer_sees_what_changed(person(), look)


def shows(page, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def arrives(page, heading):
    shows(page, heading)
    assert violations(page) == []


def the_chair_reports(chair, look):
    page = chair.page
    sign_in(chair, "cem.chair")
    look(page, "Due from you")
    chair.follow("005")
    look(page, "Implementation of Key Partnership Strategies")
    chair.press("Update")
    look(page, "Update progress")
    chair.write("What was done", "Briefed two localities on the strategy")
    chair.write("What difference it made for children", "Too early to say; known by September")
    chair.choose("Amber")
    chair.write("What is in the way", BLOCKER)
    chair.press("Record update")

    # The reason was forgotten: the page says so, leads there and has kept everything else.
    expect(page).to_have_title(re.compile("^Error: "))
    look(page, "Update progress")
    chair.follow("Give the reason for the rating.")
    expect(field(page, "What is in the way")).to_have_value(BLOCKER)
    chair.write("Reason for this rating", REASON)
    chair.press("Record update")

    look(page, "Implementation of Key Partnership Strategies")
    told = "Update on Action 005 recorded for the meeting of the Management Group"
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.get_by_role("article").first).to_contain_text(re.compile(r"Who can remove it\s+Nobody named"))


def the_management_group_sees_why(management, look):
    page = management.page
    sign_in(management, "management.chair")
    look(page, "Exceptions")
    management.follow("The reasons in full")
    look(page, "Off plan, and why")
    found = page.get_by_role("article").filter(has=page.get_by_role("link", name=re.compile("^005 ")))
    expect(found).to_contain_text(f"What is in the way: {BLOCKER}")
    expect(found).to_contain_text("Amber")


def the_scrutineer_sees_what_changed(scrutineer, look):
    page = scrutineer.page
    sign_in(scrutineer, "scrutineer")
    look(page, "Scrutiny portal")
    scrutineer.follow("History")
    look(page, "Change history")
    scrutineer.unfold("Details:")
    scrutineer.follow("Action 005")
    look(page, re.compile(r"^Change \d+$"))
    change = page.get_by_role("article")
    expect(change).to_contain_text(re.compile(r"Status\s+was\s+Not started\s+now\s+In progress"))
    expect(change).to_contain_text(re.compile(r"Rating\s+was\s+not\s+given\s+now\s+Amber"))
    expect(change).to_contain_text(CHAIR)
    expect(change).to_contain_text(REASON)


def test_the_skip_link_leads_past_the_head(visitor):
    page = visitor("cem.chair", viewport=WIDE)
    page.goto("/plans/2021-22/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('header') !== null")
