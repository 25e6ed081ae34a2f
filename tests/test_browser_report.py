"""From the chair's page, in a browser: an update in three clicks, a nil return in two."""

import pytest
from playwright.sync_api import expect

from actions.models import ProgressUpdate

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "Reason for this rating"


def test_an_update_takes_three_clicks_and_four_fields(visitor, report):
    report("005", rating="green", reason="As planned")
    page = visitor("cem.chair")
    page.goto("/due/")
    page.get_by_role("link", name="Update Action 005").click()
    expect(page.get_by_role("complementary", name="What was said last")).to_contain_text("As planned")
    expect(page.get_by_label(REASON)).to_be_hidden()
    page.get_by_label("What was done").fill("Briefed every locality")
    page.get_by_label("What difference it made for children").fill("Known by September")
    page.get_by_label("Green", exact=True).check()
    expect(page.get_by_label(REASON)).to_be_hidden()
    page.get_by_label("Red", exact=True).check()
    expect(page.get_by_label(REASON)).to_be_visible()
    page.get_by_label(REASON).fill("Two agencies have no lead")
    page.get_by_label("Green", exact=True).check()
    expect(page.get_by_label(REASON)).to_be_visible()  # what was typed stays in sight
    page.get_by_label("Red", exact=True).check()
    page.get_by_role("button", name="Record update").click()
    expect(page.get_by_role("alert")).to_contain_text("recorded for the meeting of the Management Group")
    assert ProgressUpdate.objects.first().rating == "red"


def test_a_nil_return_takes_two_clicks(visitor):
    page = visitor("cem.chair")
    page.goto("/due/")
    page.get_by_role("link", name="Nothing to report on Action 005").click()
    page.get_by_role("button", name="Record nil return").click()
    expect(page.get_by_role("alert")).to_contain_text("Nil return on Action 005 recorded")


def test_without_script_the_reason_is_there_with_its_hint(visitor):
    page = visitor("cem.chair", java_script_enabled=False)
    page.goto("/plans/2021-22/actions/005/update/")
    expect(page.get_by_label(REASON)).to_be_visible()
    expect(page.get_by_text("Needed for a first rating and when the rating changes.")).to_be_visible()
