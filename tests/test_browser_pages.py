"""Every page: nothing axe objects to, nothing wider than 320 pixels, nothing said on the console."""

import re
from datetime import date

import pytest
from django.views.defaults import server_error
from playwright.sync_api import expect

from actions.models import ExceptionReport, ProgressUpdate
from gscp.record import ChangeText, Redaction
from subgroups.models import PostHolding
from tests.browser import NARROW, WIDE, check, field
from tests.test_update import GOOD

PLAN = "/plans/2021-22/"
UPDATE = f"{PLAN}actions/005/update/"
READ = [
    "/due/",
    "/missing/",
    "/exceptions/",
    "/exceptions/found/",
    "/exceptions/reports/",
    "/decisions/",
    "/scrutiny/",
    "/scrutiny/changes/",
    "/posts/",
    "/groups/",
    "/partners/",
    PLAN,
    f"{PLAN}glance/",
    f"{PLAN}actions/005/",
]
PLAN_PAGES = [PLAN, f"{PLAN}glance/", f"{PLAN}?text=lead+agency&sort=-due", f"{PLAN}actions/005/"]
# What posts see of these pages differs by kind of post; the others have their own checked.
EVERYTHING = ["business.manager", "cem.chair", "scrutineer"]
OWN = {
    "executive": ["/decisions/", f"{PLAN}actions/002/"],
    "management.chair": ["/exceptions/", f"{PLAN}actions/003/"],
    "mash.chair": ["/due/"],
    "qiip.chair": ["/due/", f"{PLAN}actions/006/"],
    "resolution.chair": ["/due/"],
}
READ_BY = dict.fromkeys(EVERYTHING, READ) | OWN
# Registers and forms of the Business Manager in states that are rare.
ODD = [
    f"{PLAN}?text=nothing+like+it",
    f"{PLAN}?rating=purple",
    "/exceptions/found/?rule=red",
    "/exceptions/reports/?kind=withdrawal",
    "/plans/",
    "/plans/new/",
    f"{PLAN}bulk/?on=005&change=priority&priority=low",
    f"{PLAN}actions/005/edit/",
    f"{PLAN}actions/005/milestones/new/",
    f"{PLAN}actions/005/review/",
    "/scrutiny/changes/?text=nothing+like+it",
    "/scrutiny/changes/?before=20",
    "/scrutiny/changes/1/",
    "/scrutiny/changes/1/take-out/history_change_reason/",
    "/scrutiny/as-at/?on=2099-01-01",
    "/scrutiny/compare/?since=2021-04-01",
    "/scrutiny/verify/?head=nonsense",
    "/account/password/",
    "/sign-out/",
]


@pytest.fixture
def reported(sign_in, send):
    """A record with something in it: action 005 reported on by its chair and, twice, for them."""
    send(sign_in("cem.chair"), UPDATE, **GOOD)
    send(sign_in("business.manager"), UPDATE, **GOOD | {"reason": "Said at the meeting"})
    send(sign_in("business.manager"), UPDATE.replace("update", "nil-return"))


def test_the_pages_of_a_redaction(visitor, reported, sign_in, send):
    text = ChangeText.objects.filter(field="done").first()
    asking, pages = f"/scrutiny/changes/{text.change_id}/take-out/done/", "/scrutiny/redactions/"
    manager, chair = visitor("business.manager"), visitor("executive")
    manager.goto(asking)
    check(manager, "Take a text out of the record")
    send(sign_in("business.manager"), asking, reason="It names a child")
    page = f"{pages}{Redaction.objects.get().pk}/"
    for address in (pages, page, f"{page}decide/"):
        assert chair.goto(address).status == 200
        check(chair)
    send(sign_in("executive"), f"{page}decide/", decision="consent", reason="So it does")
    manager.goto(page)
    check(manager, f"Redaction of “{text.label}” in change {text.change_id}: taken out")


# The main part of a page, but for what a form sends unseen.
MAIN = """document.querySelector("main").outerHTML.replace(/<input type="hidden"[^>]*>/g, "")"""


def test_what_every_post_reads(visitor, reported):
    seen = set()
    for post, addresses in READ_BY.items():
        page = visitor(post)
        for address in addresses:
            assert page.goto(address).status == 200
            # A narrow page differs between posts in nothing that a wide one does not.
            at = (WIDE, NARROW) if post == "business.manager" else (WIDE,)
            # What another post was shown, under a head that this one was shown, axe has looked at.
            main = page.evaluate(MAIN)
            check(page, axe_at=() if {main, post} <= seen else at)
            seen |= {main, post}


def test_registers_in_their_odd_states(visitor, reported):
    page = visitor("business.manager")
    for address in ODD:
        assert page.goto(address).status == 200
        check(page)


def test_the_address_of_a_filter_says_what_was_chosen(visitor):
    page = visitor("scrutineer")
    page.goto("/scrutiny/changes/?before=40&plan=2021-22")
    field(page, "Kind of change").select_option("Action")
    page.get_by_role("button", name="Apply filter").click()
    expect(page).to_have_url(re.compile(r"/scrutiny/changes/\?plan=2021-22&kind=action$"))


def test_the_way_in(visitor, user, on_record):
    page = visitor()
    page.goto("/sign-in/")
    check(page, "Sign in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    check(page, "Sign in")
    page.goto("/account/inactive/")
    check(page, "This account is not active")

    with on_record():
        held = PostHolding.objects.get(user=user("qiip.chair"))
        held.started_on = date(2021, 4, 2)
        held.save()
    page = visitor("qiip.chair")
    page.goto("/")
    check(page, "You hold no post today")


def test_the_forms_of_an_update(visitor, sign_in, send):
    page = visitor("cem.chair")
    page.goto(UPDATE.replace("update", "nil-return"))
    check(page, "Nothing to report")
    page.get_by_role("link", name="update progress").click()
    check(page, "Update progress")
    for label in ("What was done", "What difference it made for children", "Next step", "Who can remove it"):
        field(page, label).fill("Something")
    for part, value in (("Day", "31"), ("Month", "2"), ("Year", "2022")):
        page.get_by_label(part).fill(value)
    page.get_by_role("button", name="Record update").click()
    expect(page.get_by_role("alert")).to_contain_text("must be a real date")
    check(page)

    for part in ("Day", "Month", "Year"):
        page.get_by_label(part).fill("")
    page.get_by_label("Amber").check()
    field(page, "What is in the way").fill("The house at GL1 2TG")
    field(page, "Reason for this rating").fill("Seen on 3 May 2012")
    page.get_by_role("button", name="Record update").click()
    expect(page.get_by_role("alert")).to_contain_text("This looks like a postcode: “GL1 2TG”")
    check(page)

    send(sign_in("business.manager"), UPDATE, **GOOD)
    page.get_by_label("none of this identifies a child").check()
    page.get_by_role("button", name="Record update").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why it may stand")
    check(page)

    field(page, "Why it may stand").fill("It is the office of a charity")
    page.get_by_role("button", name="Record update").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this while you were writing")
    expect(page.get_by_text("What was recorded meanwhile")).to_be_visible()
    check(page)

    page.goto(f"/updates/{ProgressUpdate.objects.get().pk}/confirm/")
    check(page, "Confirm this entry")
    page.get_by_role("button", name="Confirm entry").click()
    expect(page.get_by_role("alert")).to_contain_text("confirmed")
    check(page)


def test_the_form_of_dates(visitor):
    page = visitor("business.manager")
    page.goto(f"{PLAN}actions/005/dates/")
    check(page, "Set dates")
    page.get_by_role("button", name="Record dates").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    check(page)


def test_the_forms_of_the_partnership(visitor):
    page = visitor("business.manager")
    for address, *links in (
        ("/posts/", "Add a post"),
        ("/groups/", "MASH Subgroup", "Edit"),
        ("/partners/", "Gloucestershire Constabulary", "Edit"),
        ("/partners/", "Record who succeeds it: Gloucestershire Constabulary"),
    ):
        page.goto(address)
        for link in links:
            page.locator("main a", has_text=re.compile(rf"^\s*{link}\s*$")).click()
        page.get_by_role("button", name=re.compile("^(Save|Record succession)$")).click()
        expect(page.get_by_role("alert")).to_contain_text("There is a problem")
        check(page)

    page.goto("/posts/")
    page.get_by_role("link", name="MASH Subgroup Chair").click()
    check(page, "MASH Subgroup Chair")
    page.get_by_role("button", name="Hand over").click()
    check(page, "Hand over MASH Subgroup Chair")
    for part, value in (("Day", "1"), ("Month", "4"), ("Year", "2021")):
        page.get_by_role("group", name="Date").get_by_label(part).fill(value)
    field(page, "E-mail of the next holder").fill("next.chair@council.example")
    field(page, "Name of the next holder").fill("Next chair")
    field(page, "Reason").fill("Moved on")
    page.get_by_role("button", name="Record handover").click()
    check(page, "Link for the new account")


def pages_of_the_played_year() -> dict[str, list[str]]:
    """Full pages, by who opens them; what tests look at here is nearly empty."""
    reports = ExceptionReport.objects.order_by("pk")
    refused = reports.get(action__ref="003", kind="new_date")
    asked = reports.get(action__ref="005", state="waiting")
    returned = reports.get(action__ref="006", state="returned")
    group = "/meetings/management-group/"
    march, december = f"{group}2022-03-15/", f"{group}2021-12-14/"
    return {
        "management.chair": [
            "/exceptions/",
            "/exceptions/found/",
            "/exceptions/reports/",
            refused.get_absolute_url(),
            march,
            december,
            f"{march}decide/{asked.pk}/",
            f"{PLAN}actions/004/new-date/",
            f"{PLAN}actions/004/withdrawal/",
        ],
        "executive": ["/decisions/", "/meetings/executive/2021-06-29/"],
        "business.manager": [
            "/missing/",
            "/meetings/",
            "/meetings/new/",
            f"{march}edit/",
            f"{december}attendance/",
        ],
        "qiip.chair.next": [
            "/due/",
            f"{PLAN}actions/006/",
            f"{PLAN}actions/006/reopening/",
            f"{returned.get_absolute_url()}answer/",
        ],
        "mash.chair": [f"{PLAN}actions/003/completion/", f"{PLAN}actions/003/exception/"],
        "scrutineer": [
            *PLAN_PAGES,
            "/scrutiny/",
            "/scrutiny/changes/",
            "/scrutiny/as-at/",
            "/scrutiny/as-at/2021-09-14/exceptions/",
            f"/scrutiny/as-at/2021-12-07T17:00{PLAN}actions/005/",
            "/scrutiny/compare/?since=2021-09-07T17:00&until=2021-12-07T17:00",
            "/scrutiny/verify/?head=192-VAS4-ABDV-EFAR-Y3E7",
            "/scrutiny/redactions/",
            f"{december}pack/",
        ],
    }


def answers(sign_in, pages) -> dict[str, int]:
    found = {}
    for post, addresses in pages.items():
        client = sign_in(post)
        found |= {f"{post} {address}": client.get(address).status_code for address in addresses}
    return found


@pytest.mark.django_db
def test_what_the_browser_opens_answers_on_every_database(sign_in, reported):
    """Looked at on one database, as `python -m tests` runs these, the pages are read from both."""
    found = answers(sign_in, READ_BY) | answers(sign_in, {"business.manager": ODD})
    assert set(found.values()) == {200}, found


@pytest.mark.django_db
def test_what_the_browser_opens_of_the_played_year_answers_on_every_database(sign_in, played):
    found = answers(sign_in, pages_of_the_played_year())
    assert set(found.values()) == {200}, found


def test_the_forms_of_the_chain_refuse_in_words(visitor):
    page = visitor("cem.chair")
    page.goto(f"{PLAN}actions/005/exception/")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    check(page)
    page = visitor("business.manager")
    page.goto("/meetings/new/")
    page.get_by_role("button", name="Record meeting").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    check(page)


def test_pages_that_refuse(visitor, rf):
    page = visitor("cem.chair")
    assert page.goto("/nowhere/").status == 404
    check(page, "Page not found")
    assert page.goto(f"{PLAN}actions/005/dates/").status == 403
    check(page, "Your post does not allow this")

    def in_another_encoding(route):
        route.continue_(headers=route.request.headers | {"content-type": "text/plain; charset=utf-7"})

    page.route("**/decisions/", in_another_encoding)
    assert page.goto("/decisions/").status == 400
    check(page, "This could not be read")

    page.goto("/account/password/")
    page.context.clear_cookies()
    with page.expect_navigation() as sent:
        page.get_by_role("button", name="Change password").click()
    assert sent.value.status == 403
    check(page, "Send it again")

    broken = server_error(rf.get("/exceptions/"))
    page.route("**/exceptions/", lambda route: route.fulfill(status=500, body=broken.content.decode()))
    assert page.goto("/exceptions/").status == 500
    check(page, "Something went wrong")
