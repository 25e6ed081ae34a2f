"""The form of an update: what was said last, what stays in the way, a rating that contradicts the dates."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import ProgressUpdate
from gscp.record import Change
from tests.answers import said
from tests.conftest import form_of
from tests.partnership import day_of
from tests.test_exceptions import why
from tests.test_update import GOOD, NIL_RETURN, URL

# Once: what the form asks is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
ACTION = "/plans/2021-22/actions/005/"
AGAIN = {"done": "Met them again", "difference": "Not known yet", "rating": "amber"}
STILL = "Is this still in the way?"


@pytest.fixture
def chair(sign_in):
    return sign_in("cem.chair")


@pytest.fixture
def due_on(on_record, action):
    def due(day):
        with on_record():
            subject = action("005")
            subject.original_date = day
            subject.save()

    return due


def test_what_was_said_last_stands_beside_the_form(chair, send):
    assert "No update has been reported yet." in said(chair.get(URL))
    first = said(chair.get(NIL_RETURN))
    assert "there is no progress to report yet" in first and "nothing has changed" not in first
    send(chair, URL, **GOOD | {"unblocker": "The Executive"} | day_of("forecast", 30, 9, 2021))
    send(chair, NIL_RETURN)
    assert "nothing has changed since the update of" in said(chair.get(NIL_RETURN))
    for form in (URL, NIL_RETURN):
        beside = said(chair.get(form)).split("What was said last")[1]
        for text in (
            *(GOOD[name] for name in GOOD if name != "rating"),
            "The Executive",
            "30 September 2021",
        ):
            assert text in beside
        assert "Amber" in beside and beside.index("Nil return") < beside.index(GOOD["done"])


def test_the_form_and_what_is_said_once_it_is_sent_take_few_queries(chair, send):
    send(chair, URL, **GOOD)
    chair.get(URL)
    with CaptureQueriesContext(connection) as asked:
        page = chair.get(URL)
    with CaptureQueriesContext(connection) as sent:
        assert chair.post(URL, form_of(page) | AGAIN).status_code == 302
    assert (len(asked) <= 12, len(sent) <= 38) == (True, True), (len(asked), len(sent))


@pytest.mark.parametrize(
    ("typed", "blocker", "unblocker"),
    [
        ({}, GOOD["blocker"], "The Executive"),  # not mentioned: it stays
        ({"still_blocked": ""}, GOOD["blocker"], "The Executive"),
        ({"still_blocked": "yes"}, GOOD["blocker"], "The Executive"),
        ({"still_blocked": "yes", "unblocker": "Health"}, GOOD["blocker"], "Health"),
        ({"still_blocked": "yes", "blocker": "No room"}, f"{GOOD['blocker']}\nNo room", "The Executive"),
        ({"still_blocked": "no"}, "", ""),
        ({"still_blocked": "no", "blocker": "No room"}, "No room", ""),
    ],
)
def test_what_was_in_the_way_stays_until_it_is_said_to_be_gone(
    typed, blocker, unblocker, chair, send, action
):
    send(chair, URL, **GOOD | {"unblocker": "The Executive"})
    page = said(chair.get(URL))
    assert STILL in page and f"“{GOOD['blocker']}”" in page
    assert send(chair, URL, **AGAIN | typed).status_code == 302
    last, first = action("005").updates.all()
    assert (last.blocker, last.unblocker) == (blocker, unblocker)
    assert first.blocker == GOOD["blocker"], "an update is never edited"


def test_nothing_is_asked_where_nothing_was_in_the_way(chair, send, action):
    assert STILL not in said(chair.get(URL))
    send(chair, URL, **GOOD | {"blocker": ""})
    assert STILL not in said(chair.get(URL))
    send(chair, URL, **AGAIN)
    assert action("005").updates.first().blocker == ""


@pytest.mark.parametrize("typed", [{"blocker": "No room"}, {"still_blocked": "no"}])
@pytest.mark.run_in("sqlite", "postgresql")  # an act is found by SQL
def test_the_form_sent_twice_is_one_act_whatever_was_in_the_way(typed, chair, send):
    send(chair, URL, **GOOD)
    form = form_of(chair.get(URL)) | AGAIN | typed
    assert chair.post(URL, form).status_code == 302
    assert "sent and recorded before" in said(chair.post(URL, form, follow=True))
    assert ProgressUpdate.objects.count() == 2


def test_with_what_stays_in_the_way_a_text_may_be_too_long(chair, send):
    send(chair, URL, **GOOD | {"blocker": "x " * 999})
    page = said(send(chair, URL, **AGAIN | {"blocker": "Not enough room"}))
    assert "With what is still in the way, this must be 2,000 characters or fewer." in page


@pytest.mark.parametrize(
    ("due", "typed", "told"),
    [
        (date(2021, 3, 31), {"rating": "green"}, "You rate it green, but it was due on 31 March 2021"),
        (date(2021, 3, 31), {"rating": "amber"}, "You rate it amber, but it was due on 31 March 2021"),
        # Over a year late, as what is carried forward may be: the day is nobody's birthday.
        (date(2020, 1, 31), {"rating": "amber"}, "You rate it amber, but it was due on 31 January 2020"),
        (
            date(2021, 9, 30),
            {"rating": "green"} | day_of("forecast", 1, 10, 2021),
            "You rate it green, but you expect it on 1 October 2021 and it is due on 30 September 2021.",
        ),
    ],
)
def test_a_rating_that_contradicts_the_dates_is_asked_about_once(due, typed, told, chair, due_on, action):
    due_on(due)
    typed, before = GOOD | typed, Change.objects.last_number()
    asked = chair.post(URL, form_of(chair.get(URL)) | typed)
    assert told in said(asked) and "this rating is right" in said(asked)
    assert Change.objects.last_number() == before
    unanswered = chair.post(URL, form_of(asked) | typed)
    assert told in said(unanswered) and Change.objects.last_number() == before
    answered = form_of(unanswered) | typed | {"rating_is_right": "on"}
    other = answered | {"rating": "green"} | day_of("forecast", 2, 10, 2021)
    assert "You rate it green" in said(chair.post(URL, other)), "the answer was about other dates"
    assert chair.post(URL, answered).status_code == 302
    assert action("005").rating == typed["rating"]
    assert "contradicts" in why("005"), "the rule asks the same"


@pytest.mark.parametrize(
    ("due", "typed"),
    [
        (date(2021, 3, 31), {"rating": "red"}),
        (date(2021, 4, 1), {"rating": "green"}),  # due today
        (date(2021, 9, 30), {"rating": "green"} | day_of("forecast", 30, 9, 2021)),
        (date(2021, 9, 30), {"rating": "amber"} | day_of("forecast", 1, 10, 2021)),
        (None, {"rating": "green"} | day_of("forecast", 1, 10, 2021)),
    ],
)
def test_a_rating_that_agrees_with_the_dates_is_not_asked_about(due, typed, chair, send, due_on):
    if due:
        due_on(due)
    assert send(chair, URL, **GOOD | typed).status_code == 302
    assert "contradicts" not in why("005"), "the rule asks the same"


def test_a_nil_return_is_two_clicks_from_the_chair_s_page(chair, action):
    page = said(chair.get("/due/")).partition("<main")[2]  # above it stands the box of the search
    assert page.count('class="govuk-button') == 1 and "Update" in page
    assert f'href="{NIL_RETURN}"' in page  # the first click
    told = chair.post(NIL_RETURN, form_of(chair.get(NIL_RETURN)), follow=True)  # the second
    assert "Nil return on Action 005 recorded for the meeting of the Management Group" in said(told)
    assert action("005").updates.get().nil_return is True


def test_an_update_has_four_fields_to_fill_when_nothing_is_blocked(chair):
    page = chair.get(URL)
    shown = [field for field in page.context["form"].visible_fields() if "(optional)" not in field.label]
    needed = [field.name for field in shown if field.name in page.context["form"].not_marked_optional]
    assert needed == ["done", "difference", "rating", "reason"]
    rest = {"next_step", "blocker", "unblocker", "forecast", "confirmed", "why_it_stands"}
    assert {field.name for field in shown} - set(needed) == rest, "optional, or not shown"


def test_after_it_the_chair_reads_what_else_is_due(sign_in, send):
    management = sign_in("management.chair")
    told = said(
        send(management, "/plans/2021-22/actions/002/nil-return/", follow=True) and management.get("/")
    )
    management.get("/plans/2021-22/actions/002/")
    send(management, "/plans/2021-22/actions/003/nil-return/")
    told = said(management.get("/plans/2021-22/actions/003/"))
    assert "1 more action to report: see “Due from you”." in told
    send(management, "/plans/2021-22/actions/004/nil-return/")
    assert "You have no other action to report." in said(management.get("/plans/2021-22/actions/004/"))
    manager = sign_in("business.manager")
    send(manager, URL, **GOOD)
    assert "Next, the chair of the Child Exploitation and Missing Subgroup is asked to confirm it." in said(
        manager.get(ACTION)
    )
