"""In a browser: a chair is warned at the field, says why the words may stand, and the Scrutineer reads it."""

import pytest
from playwright.sync_api import expect

from actions.models import ProgressUpdate
from gscp.identity_check import IdentityCheck
from tests.browser import check, field

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "It is the number of an order of leaflets"


def test_a_warning_a_reason_and_the_page_that_shows_it(visitor):
    page = visitor("cem.chair")
    page.goto("/plans/2021-22/actions/005/update/")
    expect(field(page, "Why it may stand")).to_have_count(0)
    field(page, "What was done").fill("Ordered leaflets, 943 476 5919")
    field(page, "What difference it made for children").fill("Known by September")
    page.get_by_label("Amber", exact=True).check()
    field(page, "Reason for this rating").fill("Two agencies have no lead")
    page.get_by_role("button", name="Record update").click()
    warning = (
        "This looks like an NHS number: “943 476 5919”. Take it out, or tick below and say why it may stand."
    )
    expect(page.get_by_role("alert")).to_contain_text(warning)
    check(page, "Update progress")
    page.get_by_label("none of this identifies a child").check()
    field(page, "Why it may stand").fill(WHY)
    page.get_by_role("button", name="Record update").click()
    expect(page.get_by_role("alert")).to_contain_text("recorded for the meeting of the Management Group")
    assert IdentityCheck.objects.get().why == WHY

    reader = visitor("scrutineer")
    reader.goto(f"/scrutiny/changes/{ProgressUpdate.objects.get().change_id}/")
    expect(reader.get_by_role("heading", name="Could it identify a child?")).to_be_visible()
    told = f"Words here look like this: What was done: an NHS number. They may stand, because “{WHY}”."
    expect(reader.get_by_text(told)).to_be_visible()
    check(reader)
    reader.get_by_role("link", name="Where else words were let stand").click()
    expect(reader.get_by_text(told)).to_have_count(1)
    check(reader)
