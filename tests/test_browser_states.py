"""Forms with their errors, and the pages of help: nothing axe objects to, nothing wider than 320 pixels.

Every form here is sent as it comes, so that what it asks for is missing.
"""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from actions import uploaded
from actions.models import ExceptionReport
from actions.uploaded import read_upload
from gscp.record import ChangeText, Redaction
from tests.browser import NARROW, WIDE, violations, wider_than_the_window
from tests.conftest import form_of
from tests.factories import draft_plan
from tests.test_browser_pages import PLAN

HELP = ["rules", "words", "never", "roles/chair", "roles/deciding-group", "roles/business-manager"]


def faults(page) -> list[str]:
    """What is wrong with the page as it stands."""
    page.set_viewport_size(WIDE)
    found = violations(page)
    page.set_viewport_size(NARROW)
    return [*found, f"{page.url} scrolls sideways"] if wider_than_the_window(page) else found


@pytest.fixture
def to_take_out(played, sign_in, send):
    """A text that the Business Manager wants taken out of the record, and another that they may ask about."""
    first, second = ChangeText.objects.filter(field="done", change__model="actions.progressupdate")[:2]
    asking = f"/scrutiny/changes/{first.change_id}/take-out/{first.field}/"
    send(sign_in("business.manager"), asking, reason="It names a child")
    return Redaction.objects.get(), second


SEND = "main form[method=post] [type=submit]:not(.govuk-button--secondary)"  # not that of a draft


def forms_of_the_played_year(redaction: Redaction, text: ChangeText) -> dict[str, list[str]]:
    reports = ExceptionReport.objects
    asked = reports.get(action__ref="005", state="waiting")
    returned = reports.get(action__ref="006", state="returned")
    return {
        "cem.chair": [
            *(f"{PLAN}actions/005/{kind}/" for kind in ("completion", "withdrawal", "exception")),
        ],
        "management.chair": [
            f"{PLAN}actions/004/new-date/",
            f"/meetings/management-group/2021-12-14/decide/{asked.pk}/",
        ],
        "qiip.chair.next": [f"{PLAN}actions/006/reopening/", f"{returned.get_absolute_url()}answer/"],
        "business.manager": [
            f"{PLAN}actions/003/update/",
            "/groups/new/",
            "/groups/mash/quorum/",
            "/partners/new/",
            "/posts/new/",
            "/posts/1/handover/",
            f"/scrutiny/changes/{text.change_id}/take-out/{text.field}/",
        ],
        "executive": [f"/scrutiny/redactions/{redaction.pk}/decide/", "/account/password/"],
    }


def test_forms_with_their_errors(visitor, to_take_out):
    wrong = []
    for name, addresses in forms_of_the_played_year(*to_take_out).items():
        page = visitor(name)
        for address in addresses:
            page.goto(address)
            with page.expect_navigation():
                page.locator(SEND).last.click()
            if page.get_by_role("alert").filter(has_text="There is a problem").count() == 0:
                wrong.append(f"{address} does not say what it lacks")
            wrong += faults(page)
    assert wrong == []


def test_the_pages_of_help(visitor, played):
    page, wrong = visitor("cem.chair"), []
    for address in ("/help/", *(f"/help/{part}/" for part in HELP), "/accessibility/", "/privacy/"):
        assert page.goto(address).status == 200, address
        wrong += faults(page)
    assert wrong == []


def test_the_card_of_the_first_ten_minutes_opens_by_keyboard(visitor):
    page = visitor("cem.chair", viewport=WIDE)
    page.goto("/")
    steps = page.get_by_text("Look at the actions that are due from you")
    expect(steps).to_be_hidden()
    page.locator("summary").filter(has_text="Your first ten minutes").focus()
    page.keyboard.press("Enter")
    expect(steps).to_be_visible()
    assert faults(page) == []


def test_an_update_takes_three_clicks_from_the_chair_s_page(visitor, played):
    """And at most four fields, where nothing is blocked and no date moves."""
    page = visitor("cem.chair", viewport=WIDE)
    page.goto("/due/")
    page.locator("main a").filter(has_text="Action 005").filter(has_text="Update").click()
    send = page.get_by_role("button", name="Record update")
    with page.expect_navigation():
        send.click()
    asked_for = page.locator(".govuk-error-summary__list a").count()
    assert 0 < asked_for <= 4, "an empty form says what it lacks"
    for text in page.locator("main form textarea").all()[:2]:
        text.fill("The sixth agency has named its lead")
    page.get_by_label("Red", exact=True).check()
    page.get_by_label("Reason for this rating").fill("It is past its date")
    send.click()  # that, the link and the button are three
    expect(page.locator(".govuk-notification-banner--success")).to_be_visible()


OUTSIDE = """() => [...document.querySelectorAll("main .gscp-year[role=img]")].flatMap(picture => {
  const place = picture.parentElement.getBoundingClientRect()
  const marks = [...picture.querySelectorAll("use[href^='#mark-']")].map(mark => mark.getBoundingClientRect())
  return marks.filter(mark => mark.left < place.left || mark.right > place.right).map(mark => mark.right)
})"""


def test_no_shape_of_a_picture_of_a_year_stands_outside_it(visitor, played, action, on_record):
    """001 has its review after the picture ends: its flag stands at the end."""
    with on_record("The next review"):
        subject = action("001")
        subject.review_date = date(2023, 1, 1)
        subject.save()
    page = visitor("scrutineer", viewport=NARROW)
    page.goto(f"{PLAN}glance/")
    assert "Review date: 1 Jan 2023, after the end of the picture" in page.locator("main").inner_html()
    assert page.evaluate(OUTSIDE) == []
    page.set_viewport_size(WIDE)
    assert page.evaluate(OUTSIDE) == []


def test_what_was_imported_is_read_on_a_small_telephone(visitor, manager, on_record, monkeypatch):
    """Its reason holds the 64 characters of a SHA-256."""
    monkeypatch.setattr(uploaded, "start_process", read_upload)
    with on_record("A draft"):
        draft_plan("2022-23")
    sent = SimpleUploadedFile("plan.csv", b"No,Action,Group\n1,Agree one front door,MASH Subgroup\n")
    manager.post("/plans/2022-23/import/", {"choose": "1", "file": sent})
    record = "/plans/2022-23/import/record/"
    assert manager.post(record, form_of(manager.get(record)) | {"looked_at": "on"}).status_code == 302
    page = visitor("scrutineer")
    for address in ("/scrutiny/", "/scrutiny/changes/"):
        page.goto(address)
        expect(page.locator("main")).to_contain_text("SHA-256")
        assert faults(page) == []
