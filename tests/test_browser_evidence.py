"""A chair adds a file to a report, is asked about what stands in it, and a group above looks at it."""

import pytest
from playwright.sync_api import expect

from actions.models import Evidence, EvidenceSeen
from gscp import store
from tests.browser import NARROW, WIDE, Keyboard, Mouse, check
from tests.evidence import word

pytestmark = pytest.mark.django_db(transaction=True)
ACTION = "/plans/2021-22/actions/005/"


def choose(page, data, name):
    kind = "application/octet-stream"
    page.get_by_label("Or a file").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_evidence_is_added_by_keyboard_opened_and_looked_at(visitor, report):
    report("005", rating="amber")
    the_chair_adds(Keyboard(visitor("cem.chair", viewport=NARROW)))
    one_above_looks(Mouse(visitor("management.chair", viewport=WIDE)))
    assert EvidenceSeen.objects.get().found == "It names two of three agencies"


def the_chair_adds(chair):
    page = chair.page
    page.goto(ACTION)
    chair.reach(page.get_by_role("link", name="Add evidence for the report of"))
    page.keyboard.press("Enter")
    check(page, "Add evidence")
    chair.choose("What difference it made for children")
    chair.write("What it shows", "A survey of children")
    choose(page, b"MZ\x90\x00" + bytes(100), "survey.docx")
    chair.press("Add evidence")
    expect(page.get_by_role("alert")).to_contain_text("This file is not of a kind that is kept.")
    choose(page, word("Her number is 943 476 5919."), "survey.docx")
    chair.press("Add evidence")
    expect(page.get_by_role("alert")).to_contain_text("an NHS number")
    check(page, "Add evidence")
    assert not Evidence.objects.exists() and not list(store.names())
    choose(page, word("Two of three agencies."), "survey.docx")
    chair.press("Add evidence")
    expect(page.get_by_role("alert")).to_contain_text("Evidence added.")
    check(page)


def one_above_looks(chair):
    page = chair.page
    page.goto(ACTION)
    page.locator("#evidence").scroll_into_view_if_needed()
    page.get_by_role("link", name="survey.docx").last.click()
    check(page, "survey.docx")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    assert download.value.suggested_filename == "survey.docx"
    assert download.value.path().read_bytes() == store.read(Evidence.objects.get().sha256)
    chair.press("I have looked at it")
    chair.write("What you found", "It names two of three agencies")
    check(page, "You looked at this evidence")
    chair.press("Record that I looked")
    expect(page.get_by_role("main")).to_contain_text("It names two of three agencies")
    check(page, "survey.docx")
