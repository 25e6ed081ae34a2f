"""A length is counted as the browser counts it, on every form."""

import re
from html import unescape

import pytest
from django import forms

from actions.models import ProgressUpdate
from gscp.forms import in_unix_lines
from tests.conftest import AGENDA, form_of

# Once: lengths are counted in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
UPDATE = "/plans/2021-22/actions/005/update/"
GOOD = {"done": "Met", "difference": "None yet", "rating": "amber", "reason": "Two have no lead"}
LINES = "\r\n".join(["x" * 199] * 9 + ["x" * 200])  # 1,991 characters, 9 line breaks


def errors_of(response) -> list[str]:
    page = unescape(response.content.decode())
    summary = (
        page.split("govuk-error-summary__list")[1].split("</ul>")[0] if "There is a problem" in page else ""
    )
    return [text.strip() for text in re.findall(r"<a[^>]*>([^<]+)</a>", summary)]


def test_a_line_break_is_one_character(sign_in, send):
    assert len(LINES) == 1991 + 2 * 9 and LINES.count("\r\n") == 9
    assert send(sign_in("cem.chair"), UPDATE, **GOOD | {"reason": LINES}).status_code == 302
    assert ProgressUpdate.objects.get().reason == LINES.replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["x", "é", "\N{PILE OF POO}", "\r\n"])
def test_2000_characters_are_taken_and_2001_are_not(text, sign_in, send):
    ends = "yes", "no"
    chair, most = sign_in("cem.chair"), 2000 - len("".join(ends))
    over = send(chair, UPDATE, **GOOD | {"blocker": ends[0] + text * (most + 1) + ends[1]})
    assert errors_of(over) == ["“What is in the way” must be 2,000 characters or fewer. It has 2,001."]
    assert send(chair, UPDATE, **GOOD | {"blocker": ends[0] + text * most + ends[1]}).status_code == 302


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ({"reason": "x" * 2001}, "Reason for this rating"),
        ({"blocker": "x" * 2001, "unblocker": "The Executive"}, "What is in the way"),
        ({"done": "x" * 10_001}, "What was done"),
        ({"difference": "x" * 10_001}, "What difference it made for children"),
    ],
)
def test_a_text_that_is_too_long_is_not_missing(typed, label, sign_in, send):
    errors = errors_of(send(sign_in("cem.chair"), UPDATE, **GOOD | typed))
    assert len(errors) == 1 and errors[0].startswith(f"“{label}” must be ")


def test_a_line_that_was_cut_is_not_counted(sign_in, send):
    errors = errors_of(send(sign_in("business.manager"), "/posts/1/handover/", name="x" * 5000))
    assert "“Name of the next holder” must be 120 characters or fewer. It has more than 300." in errors
    errors = errors_of(send(sign_in("business.manager"), "/posts/1/handover/", name="x" * 300))
    assert "“Name of the next holder” must be 120 characters or fewer. It has 300." in errors


def test_all_that_a_form_sends_has_the_same_line_breaks(rf):
    sent = rf.post("/", {"one": "a\r\nb\rc\nd", "many": ["\r\n", "\r"]}).POST
    assert in_unix_lines(sent) == {"one": ["a\nb\nc\nd"], "many": ["\n", "\n"]}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cem.chair", "/plans/2021-22/actions/005/exception/"),
        ("cem.chair", "/plans/2021-22/actions/005/completion/"),
        ("business.manager", "/plans/2021-22/actions/005/dates/"),
        ("business.manager", f"{AGENDA}edit/"),
        ("business.manager", "/posts/1/handover/"),
        ("business.manager", "/partners/1/edit/"),
        ("business.manager", "/groups/mash/edit/"),
        ("business.manager", "/scrutiny/changes/1/take-out/history_change_reason/"),
    ],
)
@pytest.mark.run_in("sqlite", "postgresql")  # columns have a length of their own
def test_a_text_at_its_limit_with_line_breaks_is_taken_by_every_form(name, path, sign_in):
    """Each textarea is sent as long as it may be, half of it line breaks."""
    client = sign_in(name)
    shown = client.get(path)
    form = shown.context["form"]
    boxes = {
        bound.html_name: bound.field.max_length
        for bound in form
        if isinstance(bound.field.widget, forms.Textarea)
    }
    assert boxes
    typed = {box: "x" + "\r\nx" * ((most - 1) // 2) for box, most in boxes.items()}
    page = unescape(client.post(path, form_of(shown) | typed).content.decode())
    assert "characters or fewer" not in page
