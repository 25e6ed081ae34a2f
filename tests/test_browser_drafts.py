"""What a chair types is not lost: a draft, a session that ended, a count that agrees with the server."""

import re

import pytest
from playwright.sync_api import expect

from actions.models import ProgressUpdate
from tests.browser import NARROW, WIDE, Mouse, field, violations, wider_than_the_window
from tests.test_browser import sign_in

UPDATE = "/plans/2021-22/actions/005/update/"
DONE = "Briefed two localities\non the strategy"
NO_SCRIPTS = {"java_script_enabled": False}


@pytest.fixture(params=[{}, NO_SCRIPTS], ids=["scripts", "no scripts"])
def options(request):
    return request.param


def fill_in(chair):
    chair.write("What was done", DONE)
    chair.write("What difference it made for children", "Too early to say")
    chair.choose("Amber")
    chair.write("Reason for this rating", "Two of five have had theirs")


def sign_out_in(other):
    other.page.goto("/due/")
    other.page.wait_for_load_state("networkidle")
    other.press("Sign out")
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    other.page.wait_for_load_state("networkidle")


def fill_in_and_pause(chair, options):
    """With scripts, a draft is saved of all that was typed; on a slow machine there may be earlier ones."""
    if options:
        fill_in(chair)
        return
    with chair.page.expect_response(lambda answer: "Two+of+five" in (answer.request.post_data or "")):
        fill_in(chair)
    said = chair.page.get_by_role("status").filter(has_text="Saved as a draft on 1 April 2021")
    expect(said).to_be_visible()


def look(page, options):
    if not options:
        assert violations(page) == []


def test_a_draft_is_found_again(visitor, options):
    chair = Mouse(visitor("cem.chair", viewport=WIDE, **options))
    page = chair.page
    page.goto(UPDATE)
    fill_in_and_pause(chair, options)
    if options:
        chair.press("Save as draft")
        expect(page.locator("main")).to_contain_text("You started this on 1 April 2021, ")
    page.goto("/due/")
    page.goto(UPDATE)
    expect(page.locator("main")).to_contain_text("You started this on 1 April 2021, ")
    expect(field(page, "What was done")).to_have_value(DONE)
    expect(page.get_by_label("Amber", exact=True)).to_be_checked()
    look(page, options)
    page.set_viewport_size(NARROW)
    assert not wider_than_the_window(page)
    chair.press("Record update")
    expect(page.get_by_role("alert")).to_contain_text("Update on Action 005 recorded")
    page.goto(UPDATE)
    expect(page.locator("main")).not_to_contain_text("You started this")
    assert ProgressUpdate.objects.get().done == DONE


def test_a_draft_is_discarded(visitor, options):
    chair = Mouse(visitor("cem.chair", viewport=WIDE, **options))
    chair.page.goto(UPDATE)
    chair.write("What was done", DONE)
    chair.press("Save as draft")
    chair.press("Discard it")
    expect(field(chair.page, "What was done")).to_have_value("")
    expect(chair.page.locator("main")).not_to_contain_text("You started this")


def test_a_field_says_while_one_types_that_its_draft_is_not_kept(visitor):
    chair = Mouse(visitor("cem.chair", viewport=WIDE))
    page = chair.page
    page.goto(UPDATE)
    chair.write("What was done", "Met at GL1 2AB")
    said = page.locator(".govuk-form-group").filter(has=field(page, "What was done"))
    expect(said).to_contain_text("This looks like a postcode: “GL1 2AB”. A draft with it is not kept")
    look(page, {})
    chair.write("What was done", "Met in Gloucester")
    expect(page.get_by_role("status").filter(has_text="Saved as a draft")).to_be_visible()
    expect(said).not_to_contain_text("postcode")


def test_signed_out_in_another_tab_the_text_comes_back(visitor, options):
    page = visitor("cem.chair", viewport=WIDE, **options)
    chair, other = Mouse(page), Mouse(page.context.new_page())
    page.goto(UPDATE)
    fill_in_and_pause(chair, options)
    sign_out_in(other)

    chair.press("Record update")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.locator("main")).to_contain_text("What you typed is not lost")
    look(page, options)
    chair.write("Email", "cem.chair@gscp.example")
    chair.write("Password", "wrong")
    chair.press("Sign in")
    expect(page.locator("main")).to_contain_text("What you typed is not lost")
    chair.write("Password", "a demonstration of the plan")
    chair.press("Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Update progress")
    expect(field(page, "What was done")).to_have_value(DONE)
    look(page, options)
    assert ProgressUpdate.objects.count() == 0
    chair.press("Record update")
    expect(page.get_by_role("alert")).to_contain_text("Update on Action 005 recorded")


def test_signed_in_again_in_another_tab_the_text_comes_back(visitor, options):
    """The form's own proof is of the session before."""
    page = visitor(viewport=WIDE, **options)
    chair, other = Mouse(page), Mouse(page.context.new_page())
    sign_in(chair, "cem.chair")
    # Or the way to the next page would abort the request for this one.
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    page.goto(UPDATE)
    fill_in_and_pause(chair, options)
    sign_out_in(other)
    sign_in(other, "cem.chair")
    expect(other.page.get_by_role("heading", level=1)).not_to_have_text("Sign in")

    chair.press("Record update")
    expect(page.get_by_role("heading", level=1)).to_have_text("Send it again")
    look(page, options)
    chair.press("Open the form with what you typed")
    expect(field(page, "What was done")).to_have_value(DONE)
    chair.press("Record update")
    expect(page.get_by_role("alert")).to_contain_text("Update on Action 005 recorded")


@pytest.mark.parametrize("text", ["x" * 199 + "\n", "xy" + "\N{PILE OF POO}" * 198, "é" * 200])
def test_the_count_of_the_page_is_the_server_s(text, visitor):
    chair = Mouse(visitor("cem.chair", viewport=WIDE))
    page = chair.page
    page.goto(UPDATE)
    fill_in(chair)
    most = "a" + text * 10
    box = page.locator(".govuk-form-group").filter(has=field(page, "Reason for this rating"))
    chair.write("Reason for this rating", most[:1999] + "z")
    expect(box).to_contain_text(re.compile("You have 0 characters remaining"))
    chair.write("Reason for this rating", most[:1999] + "zz \n ")
    expect(box).to_contain_text(re.compile("You have 1 character too many"))
    chair.press("Record update")
    expect(page.get_by_role("alert")).to_contain_text("must be 2,000 characters or fewer. It has 2,001.")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(1)
    chair.write("Reason for this rating", most[:1999] + "z")
    chair.press("Record update")
    expect(page.get_by_role("alert")).to_contain_text("Update on Action 005 recorded")
