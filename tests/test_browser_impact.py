"""A check of impact in a browser: promised, overdue, moved late, failed, and what follows from it."""

from datetime import date

import pytest
from playwright.sync_api import expect

from actions.models import Action, BusinessPlan, ExceptionReport
from subgroups.models import Group, Meeting
from tests.browser import WIDE, Mouse, violations
from tests.factories import another_plan, close_plan, settle_further_actions
from tests.test_browser_chain import asks, decides, meets, write_day

JUNE, SEPTEMBER = "/meetings/management-group/2021-06-15/", "/meetings/executive/2021-09-28/"
MAY = "/meetings/executive/2022-05-10/"
AT = "/plans/2021-22/actions/006/"


@pytest.fixture
def person(visitor):
    return lambda post: Mouse(visitor(post, viewport=WIDE))


@pytest.fixture
def completed(person, it_is):
    """006 is complete since June 2021, and its impact is to be checked on 20 July."""
    it_is(2021, 6, 7)
    doer, manager, checker = person("qiip.chair"), person("business.manager"), person("management.chair")
    asks(doer, "006", "Propose completion")
    doer.write("What was achieved", "One calendar of courses for all partners")
    doer.write("Where the evidence is", "The register, with the Business Unit")
    write_day(doer.page, "The date on which impact will be checked", 20, 7, 2021)
    doer.write("Who will check it", "Management Group Chair")
    doer.choose("A survey")
    assert violations(doer.page) == []
    doer.press("Send it")
    it_is(2021, 6, 15)
    meets(manager, JUNE)
    decides(checker, JUNE, "Proposal of completion on Action 006", "Grant it", "The evidence is there")
    return checker


def fails(checker):
    checker.page.goto(ExceptionReport.objects.get(kind="completion").get_absolute_url())
    checker.press("Record the impact found")
    assert violations(checker.page) == []
    checker.choose("Not embedded")
    checker.write("What difference it made for children", "Two of six agencies changed nothing")
    checker.press("Record the impact found")
    expect(checker.page.get_by_role("alert")).to_contain_text("sent to the Executive.")


def test_a_check_is_overdue_moved_late_and_failed_and_the_action_is_reopened(completed, person, it_is):
    checker = completed
    it_is(2021, 7, 26)
    checker.page.goto("/exceptions/found/?rule=impact_unchecked")
    expect(checker.page.get_by_text("6 days late and not checked.")).to_be_visible()
    checker.page.goto("/exceptions/")
    checker.follow("Proposal of completion on Action 006")
    checker.press("Move the impact check")
    write_day(checker.page, "New day of the check", 2, 8, 2021)
    checker.write("Why it is moved", "Answers are still to come")
    assert violations(checker.page) == []
    checker.press("Move the impact check")
    expect(checker.page.get_by_role("alert")).to_contain_text("Its old day had passed: that is counted.")
    expect(checker.page.get_by_text("moved once, after its day had passed")).to_be_visible()
    it_is(2021, 8, 2)
    fails(checker)
    executive = person("executive")
    executive.page.goto(SEPTEMBER)
    expect(executive.page.get_by_text("After an impact check")).to_be_visible()
    it_is(2021, 9, 28)
    meets(person("business.manager"), SEPTEMBER)
    decides(executive, SEPTEMBER, "Request to reopen on Action 006", "Grant it", "Begin again")
    executive.page.goto(AT)
    expect(executive.page.get_by_text("Asked after an impact check")).to_be_visible()
    assert violations(executive.page) == []
    assert Action.objects.get(ref="006").status == "in_progress"


def test_in_a_closed_plan_it_goes_on_as_an_action_of_the_live_one(completed, person, it_is, on_record):
    it_is(2022, 4, 4)
    with on_record("The next year"):
        plan = BusinessPlan.objects.get(label="2021-22")
        settle_further_actions(plan)
        close_plan(plan)
        another_plan("2022-23", "Its own", date(2022, 4, 1), date(2023, 3, 31))
        Meeting(group=Group.objects.top(), date=date(2022, 5, 10), papers_close="2022-05-03T09:00Z").save()
    it_is(2022, 5, 2)
    fails(completed)
    it_is(2022, 5, 10)
    meets(person("business.manager"), MAY)
    executive = person("executive")
    executive.page.goto(MAY)
    expect(executive.page.get_by_text("if this is granted, it goes on as a new action")).to_be_visible()
    decides(executive, MAY, "Request to reopen on Action 006", "Grant it", "Begin again")
    executive.page.goto(AT)
    executive.follow("006 of 2022-23")
    expect(executive.page.get_by_text("which stays complete there")).to_be_visible()
    assert violations(executive.page) == []
    executive.follow("How it went across the years")
    assert violations(executive.page) == []
