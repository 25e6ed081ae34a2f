"""A partnership begins with nothing on record: from its name to the plan of its second year, in a browser."""

import re
from datetime import date, time
from io import BytesIO, StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from openpyxl import Workbook
from playwright.sync_api import expect

from actions import uploaded
from actions.models import Action, BusinessPlan
from gscp.record import Change
from scrutiny.checking import check
from tests.browser import NARROW, WIDE, Mouse, field, violations, wider_than_the_window
from tests.partnership import OWN_PASSWORD

PARTNERS = ("Wessex County Council", "Wessex Constabulary")
TOP, SUBGROUP = "Executive Board", "Front Door Subgroup"
BEGINS, REPORTED, ENDS = date(2025, 4, 7), date(2025, 9, 15), date(2026, 4, 20)
OLD, NEW = "/plans/2025-26/", "/plans/2026-27/"
TABLE = [
    ["Wessex business plan 2025/26"],
    ["Ref", "What we will do", "Who is responsible", "By when", "Level", "RAG"],
    ["Priority 1: The front door"],
    [1, "Bring staff to one site", f"{SUBGROUP} Chair, Wessex Constabulary", "Q2 2025/26", "High", "Amber"],
    [2, "Review thresholds with schools", "Jo Bloggs", "Ongoing", "Low", ""],
    ["Priority 2: Skills"],
    [3, "Train staff in the strategy", f"{SUBGROUP} Chair\nWCC / {TOP} Chair", "31/12/2025", "Medium", ""],
    [4, "Audit the quality of referrals", SUBGROUP, "March 2026", "Medium", "Green"],
    ["RAG: Red = off track; Amber = at risk; Green = on track"],
]  # fmt: skip


class Person(Mouse):
    """A hand with a browser, and what a newcomer has to do again and again."""

    def begin_with(self, link: str, email: str) -> None:
        self.page.goto(link[link.index("/account/") :])
        self.write("Your password", OWN_PASSWORD)
        self.write("Your password again", OWN_PASSWORD)
        self.press("Set my password")
        self.write("Email", email)
        self.write("Password", OWN_PASSWORD)
        self.press("Sign in")

    def go_on(self, button: str, about: str = "") -> None:
        """A button of the first page, which says beside it what it is about."""
        self.page.goto("/")
        self.page.get_by_role("button", name=re.compile(f"^{button}.*{about}")).first.click()

    def day(self, label: str, on: date) -> None:
        boxes = self.page.get_by_role("group", name=label)
        for part in ("day", "month", "year"):
            boxes.get_by_label(part.capitalize()).fill(str(getattr(on, part)))

    def pick(self, label: str, option: str) -> None:
        field(self.page, label).select_option(label=option)

    def is_told(self, words: str) -> None:
        expect(self.page.get_by_role("alert")).to_contain_text(words)

    def reads(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text)


@pytest.fixture
def comes(nothing_on_record, visitor, settings, monkeypatch):
    settings.DEMO, settings.DEMO_TIME = False, time(10)
    monkeypatch.setattr(uploaded, "start_process", uploaded.read_upload)  # before the page is answered
    return lambda **options: Person(visitor(viewport=WIDE, **options))


def appointed(email: str, post: str) -> str:
    """What the server's administrator is told."""
    said = StringIO()
    call_command("appoint", email, post, stdout=said)
    return said.getvalue()


def test_from_nothing_to_the_plan_of_the_second_year(comes, it_is, started):
    it_is(BEGINS.year, BEGINS.month, BEGINS.day)
    manager, chair, scrutineer = (comes() for _ in range(3))
    subgroup = comes(java_script_enabled=False)  # a script would save a draft, perhaps while the form is sent
    sets_up(manager)
    links = {
        post: gives(manager, post) for post in (f"{TOP} Chair", f"{SUBGROUP} Chair", "Independent Scrutineer")
    }
    come_in(links, chair, subgroup, scrutineer)
    imports(manager)
    meets(manager, BEGINS)
    publishes(manager, chair, "2025-26")
    it_is(REPORTED.year, REPORTED.month, REPORTED.day)
    reports(subgroup)
    it_is(ENDS.year, ENDS.month, ENDS.day)
    ends(manager, chair)
    sees_each_step(scrutineer, started)


def sets_up(manager: Person) -> None:
    link = appointed("business.unit@council.example", "Business Manager")
    manager.begin_with(re.search(r"/account/\S+", link)[0], "business.unit@council.example")
    manager.reads("Set up the partnership", "The first one is the top group.")
    assert violations(manager.page) == []
    manager.go_on("Name it")
    manager.write("Name", "Wessex Safeguarding Children Partnership")
    manager.write("Short name", "Wessex")
    manager.write("Whom to ask for access", "The Business Unit")
    manager.write("Whom to ask about data", "The Business Unit")
    recorded(manager, "Recorded.")
    for name, spelling, kind in zip(PARTNERS, ("WCC", "Police"), ("Council", "Police"), strict=True):
        manager.go_on("Add a partner")
        manager.write("Name", name)
        manager.write("Other spellings", spelling)
        manager.pick("Kind", kind)
        manager.day("From", date(2025, 4, 1))
        recorded(manager, f"{name} recorded.")
    for name in (TOP, SUBGROUP):
        manager.go_on("Add a group")
        manager.write("Name", name)
        if name == TOP:
            manager.reads("This is the top group.")
            manager.choose("Accepts completion of High priority")
        else:
            manager.pick("Reports to", TOP)
        manager.day("In place since", date(2025, 4, 1))
        recorded(manager, f"{name} recorded.")
    manager.go_on("Record the quorum")
    for name in PARTNERS:
        manager.choose(name)
    manager.write("Part 1: at least this many", "2")
    recorded(manager, f"Quorum of the {TOP} recorded.", "Record quorum")
    for name in (f"{TOP} Chair", f"{SUBGROUP} Chair", "Independent Scrutineer"):
        manager.go_on("Add the post")
        recorded(manager, f"{name} recorded.")
    manager.page.goto("/")
    manager.page.set_viewport_size(NARROW)
    assert not wider_than_the_window(manager.page)
    manager.page.set_viewport_size(WIDE)


def recorded(manager: Person, told: str, button: str = "Save") -> None:
    manager.write("Reason", "First entered")
    manager.press(button)
    manager.is_told(told)


def address(post: str) -> str:
    return f"{post.lower().replace(' ', '.')}@council.example"


def gives(manager: Person, post: str) -> str:
    """The post to a new person; returns the link that this person is mailed."""
    manager.go_on("Record who holds it", post)
    manager.write("E-mail of the holder", address(post))
    manager.write("Name of the holder", f"Holder of {post}")
    recorded(manager, f"{post}: {address(post)} holds it from 7 April 2025.", "Record holder")
    [message] = [one for one in mail.outbox if one.to == [address(post)]]
    return re.search(r"/account/first-password/\S+", message.body)[0]


def come_in(links: dict[str, str], *people: Person) -> None:
    for (post, link), person in zip(links.items(), people, strict=True):
        person.begin_with(link, address(post))
    chair, subgroup, scrutineer = people
    told = "You decide as Executive Board Chair once you are accepted by whoever runs the server"
    expect(chair.page.get_by_role("banner")).to_contain_text(told)
    assert "holds Executive Board Chair from today" in appointed(address(f"{TOP} Chair"), f"{TOP} Chair")
    chair.page.goto("/")
    chair.reads(f"Decisions asked of the {TOP}")
    subgroup.reads("You have no open action to report on.")
    scrutineer.reads("Scrutiny portal")


def makes_draft(manager: Person, label: str, title: str) -> None:
    year = int(label[:4])
    manager.write("Short name", label)
    manager.write("Title", title)
    manager.day("First day", date(year, 4, 1))
    manager.day("Last day", date(year + 1, 3, 31))
    manager.write("Why you make the draft", "The plan of the year")
    manager.press("Make the draft")
    manager.is_told(f"Draft of {label} made")


def imports(manager: Person) -> None:
    manager.go_on("Make the draft")
    makes_draft(manager, "2025-26", "Business Plan 2025 / 2026")
    book = Workbook()
    for row in TABLE:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    manager.press("Import a table")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    chosen = {"name": "plan.xlsx", "mimeType": kind, "buffer": file.getvalue()}
    manager.page.get_by_label("File").set_input_files(chosen)
    manager.press("Read the file")
    manager.reads("4 actions", "2 headings of a group", "“Jo Bloggs”", "What these rows are is not clear")
    manager.pick(f"Row 9: {TABLE[-1][0]}", "A note that is no part of the plan")
    manager.pick("Jo Bloggs", f"Post: {SUBGROUP} Chair")
    manager.press("Read it with these answers")
    manager.reads("4 actions would be added", "“Level” as the priority")
    manager.press("Look at what will be recorded")
    manager.choose("These are read as they should be")
    manager.press("Record 4 actions")
    manager.is_told("Recorded in the draft: 4 actions added, 0 actions changed.")
    first, second, third, _ = Action.objects.order_by("position")
    assert [post.name for post in third.lead_posts] == [f"{SUBGROUP} Chair", f"{TOP} Chair"]
    assert (first.theme.text, str(first.original_date)) == ("Priority 1: The front door", "2025-09-30")
    assert (second.who, second.original_date) == ("Jo Bloggs", None), "the printed words stay"


def meets(manager: Person, on: date) -> None:
    """The top group."""
    manager.go_on("Record a meeting", TOP)
    manager.day("Day of the meeting", on)
    manager.day("Day on which papers close", on)
    manager.press("Record meeting")
    manager.is_told("Meeting recorded. Papers close today at 5pm.")
    manager.press("Record who is here")
    manager.choose_in_each("Present")
    manager.press("Record who is here")
    manager.reads("Quorate.")


def publishes(manager: Person, chair: Person, label: str) -> None:
    """The top group adopted the draft at its meeting of today, and its chair confirms that."""
    manager.page.goto("/meetings/")
    manager.page.get_by_role("link", name=TOP).first.click()
    manager.page.get_by_role("link", name=re.compile(f"^enter that it is adopted.*{label}")).click()
    manager.page.get_by_label("Meeting that decided it").select_option(index=1)
    manager.write("What the meeting said", "Adopted as it was drafted")
    manager.press("Enter the decision")
    manager.is_told(f"Not in force until the chair of the {TOP} confirms it.")
    confirms(chair, f"Adoption of the plan: Business Plan {label}")


def confirms(chair: Person, decision: str) -> None:
    chair.page.goto("/")
    chair.follow(decision)
    chair.press("Confirm it")
    chair.press("Confirm decision")
    chair.is_told("confirmed. It is in force.")


def reports(subgroup: Person) -> None:
    subgroup.page.goto("/")
    subgroup.page.get_by_role("button", name="Update Action 1").click()
    subgroup.write("What was done", "Staff of two agencies sit on one site")
    subgroup.write("What difference it made for children", "Decisions are made on the day")
    subgroup.choose("Amber")
    subgroup.write("Reason for this rating", "One agency has not moved yet")
    subgroup.press("Record update")
    subgroup.is_told("Update on Action 1 recorded.")


def ends(manager: Person, chair: Person) -> None:
    """A year later: the next plan is drafted, two actions are carried into it, and the old one is closed."""
    manager.page.goto("/")
    manager.reads("Plans whose year is over", "Still open: 4 actions.")
    manager.page.goto("/plans/new/")
    makes_draft(manager, "2026-27", "Business Plan 2026 / 2027")
    meets(manager, ENDS)
    manager.go_on("End the year")
    becomes(manager, (1, 3), "Carried forward", "Business Plan 2026-27")
    becomes(manager, (2, 4), "Withdrawn", "")
    for refs in ("1, 3", "2, 4"):
        confirms(chair, f"End of an action: {refs} of 2025-26")
    manager.page.goto(f"{OLD}end/")
    manager.reads("It stays open here until the Business Plan 2026-27 is published")
    publishes(manager, chair, "2026-27")
    manager.go_on("End the year")
    manager.press("Close the plan")
    manager.page.get_by_label("Meeting that decided to close it").select_option(index=1)
    manager.write("What the meeting said", "The year is over")
    manager.press("Enter the decision")
    confirms(chair, "Closing of the plan: Business Plan 2025-26")
    plans = dict(BusinessPlan.objects.values_list("label", "status"))
    assert plans == {"2025-26": "closed", "2026-27": "live"}


def becomes(manager: Person, refs: tuple[int, int], fate: str, to: str) -> None:
    for ref in refs:
        manager.page.get_by_label(re.compile(rf"^\s*{ref}\s")).first.check()
    manager.choose(fate)
    if to:
        manager.pick("Plan that they go on in", to)
    manager.page.get_by_label("Meeting that decided it").select_option(index=1)
    manager.write("Reason", "As the Executive Board decided")
    manager.press("Check it first")
    manager.reads("Check it: 2 actions", "This is not recorded yet.")
    manager.page.get_by_role("button", name="Enter it for 2 actions").first.click()  # beside the preview
    manager.is_told("Recorded for 2 actions.")


STEPS = [
    "The Executive Board Chair confirmed a decision, which is in force now: closing of the plan",
    "The Executive Board decided to close the plan 2025-26",
    "The Executive Board adopted the plan 2026-27",
    "The Executive Board decided that 2 of 2025-26 and 4 of 2025-26 are withdrawn",
    "The Executive Board decided that 1 of 2025-26 and 3 of 2025-26 are carried forward",
    "The Business Manager began a draft: the Business Plan 2026-27",
    "The Front Door Subgroup Chair reported on 1 of 2025-26: rated amber",
    "The Executive Board adopted the plan 2025-26",
    "The Business Manager added several actions of 2025-26 to the plan",
    "The Business Manager gave the post Front Door Subgroup Chair",
    "The Business Manager added a post: the Front Door Subgroup Chair",
    "The Business Manager recorded how many partners the Executive Board needs",
    "The Business Manager added a group: the Executive Board",
    "The Business Manager added a partner: Wessex County Council",
    "The Business Manager put the Wessex Safeguarding Children Partnership on record",
    "The server administrator gave the post Business Manager to Business Manager",
]


def sees_each_step(scrutineer: Person, started: list) -> None:
    page, steps = scrutineer.page, ""
    page.goto("/scrutiny/changes/")
    while True:
        steps += page.get_by_role("main").inner_text()
        older = page.get_by_role("link", name="Older changes")
        if not older.count():
            break
        with page.expect_navigation():
            older.click()
    places = [steps.index(step) for step in STEPS]
    assert places == sorted(places), "the latest first"
    stands(scrutineer, BEGINS, OLD, "4 actions.", "Not rated", "30 Sep 2025")
    stands(scrutineer, REPORTED, OLD, "Amber", "Reported 15 Sep 2025.")
    stands(scrutineer, ENDS, OLD, "This plan is closed.", "Carried forward", "Withdrawn")
    drafted = Change.objects.filter(model="actions.action").first()
    page.goto(f"/scrutiny/changes/{drafted.number}/")
    scrutineer.follow("The plans, as they stood after this")
    scrutineer.reads("Business Plan 2025 / 2026", "Draft")
    page.goto(f"/scrutiny/compare/?since={BEGINS}&until={ENDS}")
    scrutineer.reads("Carried forward", "1 of 2025-26, 3 of 2025-26", "2 of 2025-26, 4 of 2025-26")
    page.goto(f"{NEW}actions/1/lineage/")
    scrutineer.reads("Business Plan 2025-26, 1", "Rating at the end", "Amber", "(this one)")
    page.goto("/scrutiny/")
    scrutineer.press("Check the whole record now")
    check(started[-1])
    page.goto("/scrutiny/")
    scrutineer.reads(
        "Nothing is wrong.", f"all {Change.objects.last_number():,} changes are as they were written"
    )


def stands(scrutineer: Person, on: date, path: str, *texts: str) -> None:
    """How the plan stood at the end of that day."""
    scrutineer.page.goto(f"/scrutiny/as-at/{on}{path}")
    scrutineer.reads(*texts)
