"""A recommendation, from the day it is published until its action is complete a second time, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from actions.models import Action, ExceptionReport, Recommendation
from tests.browser import NARROW, WIDE, check
from tests.evidence import word
from tests.test_browser_chain import asks, decides, meets, write_day
from tests.test_browser_year import Person

pytestmark = pytest.mark.django_db(transaction=True)
JUNE, DECEMBER = "/meetings/management-group/2021-06-15/", "/meetings/management-group/2021-12-14/"
EXECUTIVE = [f"/meetings/executive/{day}/" for day in ("2021-06-29", "2021-09-28", "2022-01-11")]
REVIEW = re.compile("^Working Together 2018 Arrangements for embedding learning")
ESCALATE = ("Escalate it to the Executive", "It is High priority")
THEN = {"2021-06-20": "proposed complete", "2021-07-01": "complete", "2021-10-01": "in progress"}
WORDS = {"1": "Ask each child who was missing", "2": "Share one list with the next county"}
COMPLETION, REOPENING = "Proposal of completion on Action 005", "Request to reopen on Action 005"
AGENCIES = {
    "management.chair": "Gloucestershire County Council",
    "cem.chair": "Gloucestershire Constabulary",
    "qiip.chair": "NHS Gloucestershire Clinical Commissioning Group",
}


@pytest.fixture
def comes(visitor):
    known = {}
    return lambda name: known.setdefault(name, Person(visitor(name, viewport=WIDE)))


def test_from_published_to_completed_again_and_another_closed_with_its_risk(comes, it_is, report, visitor):
    it_is(2021, 6, 7)
    one, two = published(comes("business.manager"))
    answered(comes, one)
    report("005", rating="green")
    evidenced(comes("cem.chair"))
    completed(comes, it_is)
    not_implemented(comes, two)
    failed(comes, it_is)
    completed_again(comes, it_is)
    implemented(comes, one)
    in_view(comes("scrutineer"), one)
    narrow = visitor("scrutineer", viewport=NARROW)
    narrow.goto(one.get_absolute_url())
    check(narrow, "Recommendation 1")


def published(manager):
    manager.page.goto("/reviews/")
    manager.page.get_by_role("link", name=REVIEW).first.click()
    for number, words in WORDS.items():
        manager.press("Add a recommendation")
        manager.write("Number", number)
        manager.write("What it says", words)
        manager.choose("Local")
        manager.write("Where the review says it", f"paragraph {number}.1")
        for agency in AGENCIES.values():
            manager.choose(agency)
        check(manager.page, "Add a recommendation")
        manager.press("Add recommendation")
        manager.is_told(f"Recommendation {number}: recorded.")
    check(manager.page, REVIEW)
    one, two = Recommendation.objects.order_by("position")
    manager.page.goto(one.get_absolute_url())
    manager.press("Name an action")
    manager.page.get_by_label("Action", exact=True).select_option(str(Action.objects.get(ref="005").pk))
    for question in ("Does it say clearly what will be different?", "Does it say how we will know?"):
        manager.page.get_by_role("group", name=question).get_by_label("No").check()
    manager.write("What is missing in its words", "It says nothing of children who were asked.")
    check(manager.page, "An action for recommendation 1")
    manager.press("Record action")
    manager.reads("It does not say how we will know.", "It has no date.")
    return one, two


def answered(comes, one):
    for name, agency in AGENCIES.items():
        person = comes(name)
        person.page.goto(one.get_absolute_url())
        person.follow(f"Answer for {agency}")
        person.choose("Accepted")
        person.write("Why", "It is right, and we can do it.")
        check(person.page, f"What {agency} answers")
        person.press("Record answer")
        person.is_told(f"{agency} answered recommendation 1.")


def evidenced(chair):
    chair.page.goto("/plans/2021-22/actions/005/")
    chair.page.get_by_role("link", name="Add evidence for the report of").first.click()
    chair.choose("What difference it made for children")
    chair.write("What it shows", "What children said when they came back")
    data = word("Nine of ten were asked.")
    file = {"name": "asked.docx", "mimeType": "application/octet-stream", "buffer": data}
    chair.page.get_by_label("Or a file").set_input_files(file)
    chair.press("Add evidence")
    chair.is_told("Evidence added.")


def completed(comes, it_is):
    chair = comes("cem.chair")
    asks(chair, "005", "Propose completion")
    chair.write("What was achieved", "Each agency asks")
    chair.write("Where the evidence is", "With the report")
    write_day(chair.page, "The date on which impact will be checked", 20, 7, 2021)
    chair.write("Who will check it", "Management Group Chair")
    chair.choose("A survey")
    chair.press("Send it")
    it_is(2021, 6, 15)
    meets(comes("business.manager"), JUNE)
    decides(
        comes("management.chair"), JUNE, COMPLETION, "Escalate it to the Executive", "It is High priority"
    )
    it_is(2021, 6, 29)
    granted(comes, EXECUTIVE[0], COMPLETION)


def granted(comes, agenda, request):
    meets(comes("business.manager"), agenda)
    decides(comes("executive"), agenda, request, "Grant it", "As the papers say")


def decided(comes, chair, recommendation, outcome, meeting, risk=""):
    manager = comes("business.manager")
    manager.page.goto(recommendation.get_absolute_url())
    manager.press("Close it")
    manager.pick("Meeting that decided it", meeting)
    manager.choose(outcome)
    manager.write("Why, in the words of the meeting", "As it was discussed")
    if risk:
        manager.write("The risk that the group accepts", risk)
    check(manager.page, f"Close recommendation {recommendation.number}")
    manager.press("Enter the decision")
    manager.reads("Not in force until the chair")
    manager.page.get_by_role("link", name=re.compile("^Not in force until the chair")).click()
    manager.reads("Entered by")
    address = manager.page.url
    person = comes(chair)
    person.page.goto(f"{address}confirm/")
    check(person.page, "Confirm this decision")
    person.press("Confirm decision")
    person.is_told("It is in force.")


def not_implemented(comes, two):
    risk = "A place across the border is not known here."
    decided(comes, "management.chair", two, "Not implemented", "Management Group, 15 June 2021", risk)
    reader = comes("scrutineer")
    reader.page.goto(two.get_absolute_url())
    reader.reads("Closed: not implemented", f"The risk that the Management Group accepted: “{risk}”")
    check(reader.page, "Recommendation 2")


def failed(comes, it_is):
    it_is(2021, 7, 20)
    checker = comes("management.chair")
    checker.page.goto(ExceptionReport.objects.get(kind="completion").get_absolute_url())
    checker.press("Record the impact found")
    checker.choose("Not embedded")
    checker.write("What difference it made for children", "Half of them were not asked")
    checker.press("Record the impact found")
    checker.is_told("sent to the Executive.")
    it_is(2021, 9, 28)
    granted(comes, EXECUTIVE[1], REOPENING)


def completed_again(comes, it_is):
    it_is(2021, 11, 24)
    chair = comes("cem.chair")
    asks(chair, "005", "Propose completion")
    chair.write("What was achieved", "Each agency asks, at night too")
    chair.write("Where the evidence is", "With the report")
    chair.write("What difference it made for children", "Nine of ten children were asked")
    chair.press("Send it")
    chair.page.goto(ExceptionReport.objects.filter(kind="completion").latest("pk").get_absolute_url())
    chair.press("Add evidence")
    chair.choose("What difference it made for children")
    chair.write("What it shows", "What was counted in October")
    chair.write("A link to it", "https://www.example.org/counted")
    chair.press("Add evidence")
    chair.is_told("Evidence added.")
    it_is(2021, 12, 14)
    meets(comes("business.manager"), DECEMBER)
    decides(
        comes("management.chair"), DECEMBER, COMPLETION, "Escalate it to the Executive", "It is High priority"
    )
    it_is(2022, 1, 11)
    granted(comes, EXECUTIVE[2], COMPLETION)


def implemented(comes, one):
    decided(comes, "executive", one, "Implemented", "Executive, 11 January 2022")


def in_view(reader, one):
    page = reader.page
    page.goto("/plans/2021-22/actions/005/")
    page.get_by_role("link", name=re.compile("^recommendation 1 of")).click()
    reader.reads("Closed: implemented", "asked.docx", "Not embedded", "Request to reopen")
    acts = page.locator("#history ~ .gscp-act")
    expect(acts.first).to_contain_text("recommendation 1 is closed: implemented")
    for told in ("accepted that 005 is complete", "agreed to reopen 005", "what difference 005 made"):
        expect(acts.filter(has_text=told).first).to_be_visible()
    check(page, "Recommendation 1")
    page.get_by_role("link", name=REVIEW).first.click()
    reader.reads("Closed: implemented", "Closed: not implemented")
    for day, state in THEN.items():
        page.goto(f"/scrutiny/as-at/{day}{one.get_absolute_url()}")
        expect(page.locator("#thread ~ .gscp-thread")).to_contain_text(f"005 of 2021-22: {state}")
        check(page, "Recommendation 1")
    page.goto("/reviews/gaps/")
    check(page, "What is missing")
    page.goto("/plans/2021-22/statement/")
    check(page, "How this plan was kept")
