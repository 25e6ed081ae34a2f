"""On the played year a quarter is filled in and confirmed; what is off target is asked about and decided."""

import re

import pytest
from playwright.sync_api import expect

from subgroups.models import Measure, Meeting, Reading
from tests.browser import WIDE, check
from tests.test_browser_year import Person
from tests.test_played_spring import spring  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db(transaction=True)
CONTACTS, INFORMATION = "Contacts answered within one working day", "Information given in time"
AGENCIES = {
    "Gloucestershire County Council": (31, 52),
    "Gloucestershire Constabulary": (40, 50),
    "NHS Gloucestershire Clinical Commissioning Group": (29, 48),
}
WHY = {
    "What is off plan": "Two of three requests are answered in time.",
    "Cause": "Nobody stands in when a worker is away.",
    "Effect on children": "Decisions wait for what an agency knows.",
    "Recovery action": "Each agency names who stands in.",
    "The decision asked for": "That each partner names who stands in.",
}


@pytest.fixture
def comes(spring, visitor):  # noqa: F811  the fixture
    return lambda name: Person(visitor(name, viewport=WIDE))


def test_a_quarter_off_target_is_decided_and_the_decision_stands_on_the_chart(comes, it_is, attend, sign_in):
    chair, manager, management = comes("mash.chair"), comes("business.manager"), comes("management.chair")
    fill_in(chair)
    another_confirms(manager)
    measure = Measure.objects.get(name=INFORMATION)
    chair.page.goto(measure.get_absolute_url())
    chair.reads("January to March 2022", "66.7%", "100 of 150", "Off target")
    raise_it(chair)
    it_is(2022, 4, 12)
    attend("/meetings/management-group/2022-04-12/", "council", "police", "health")
    decide(management)
    stands_on_the_chart(chair, measure)
    corrected(chair, measure)


def fill_in(chair):
    chair.page.goto("/due/")
    chair.follow("4 figures to enter for the scorecard of the MASH Subgroup")
    chair.write(f"{CONTACTS}: contacts answered within one working day", "312")
    chair.write(f"{CONTACTS}: contacts", "368")
    for agency, (count, whole) in AGENCIES.items():
        chair.write(f"{INFORMATION}, {agency}: requests answered in time", str(count))
        chair.write(f"{INFORMATION}, {agency}: requests", str(whole))
    check(chair.page, "Enter figures")
    chair.press("Record readings")
    chair.is_told("somebody else with a post of the MASH Subgroup, confirms what you entered.")


def another_confirms(manager):
    manager.page.goto("/groups/mash/scorecard/")
    manager.follow("Confirm 4 figures or changes that somebody else entered")
    manager.press("Confirm what is ticked")
    manager.is_told("Confirmed")
    assert not Reading.objects.filter(confirmed_by=None).exists()
    manager.page.goto("/scorecards/")
    manager.reads("6 of 8 measures need a word.", "Figures supplied on time")
    check(manager.page, "Scorecards")


def raise_it(chair):
    chair.page.get_by_role("button", name="Raise an exception").click()
    for label, text in WHY.items():
        chair.write(label, text)
    chair.press("Send it")
    chair.is_told("Management Group")


def decide(management):
    meeting = Meeting.objects.get(group__slug="management-group", date="2022-04-12")
    management.page.goto("/exceptions/")
    management.reads(INFORMATION)
    management.page.goto(meeting.get_absolute_url())
    management.page.get_by_role("link", name=re.compile(f"^Enter the decision.*{INFORMATION}")).click()
    management.choose("Grant it")
    management.write("Reason", "Each partner names somebody by May.")
    management.press("Record decision")
    management.is_told("recorded: granted.")


def stands_on_the_chart(chair, measure):
    chair.page.goto(measure.get_absolute_url())
    listed = chair.page.locator("#decided + ol li")
    expect(listed.last).to_contain_text("12 April 2022")
    expect(listed.last).to_contain_text("The Management Group agreed to what was asked on this measure.")
    check(chair.page, INFORMATION)


def corrected(chair, measure):
    """Both figures stay in view."""
    chair.page.get_by_role("link", name=re.compile("^Correct")).first.click()
    health = [*AGENCIES][-1]
    chair.write(f"{INFORMATION}, {health}: requests answered in time", "33")
    chair.write(f"{INFORMATION}, {health}: requests", "48")
    chair.write("What was wrong", "Four answers came by post.")
    chair.press("Record correction")
    chair.is_told("Both figures stay on record.")
    chair.reads("29 of 48", "33 of 48", "Four answers came by post.")


def test_on_paper_the_words_of_charts_are_as_big_as_those_of_the_table(comes):
    page = comes("mash.chair").page
    page.goto("/groups/mash/scorecard/")
    page.emulate_media(media="print")
    sizes = "one => getComputedStyle(one).fontSize"
    cell = page.locator(".gscp-scorecard .govuk-table__cell").first.evaluate(sizes)
    for words in (".gscp-measure__ends", ".gscp-year__key"):
        assert page.locator(words).first.evaluate(sizes) == cell, words
