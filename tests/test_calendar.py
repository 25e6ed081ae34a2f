"""A calendar by a secret address, and each meeting as a file."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from icalendar import Calendar

from actions.models import CalendarAddress
from subgroups.models import PostHolding
from tests.answers import words_of

pytestmark = pytest.mark.django_db
JUNE = "/meetings/management-group/2021-06-15/calendar.ics"


@pytest.fixture
def path(sign_in):
    page = sign_in("cem.chair").post("/account/calendar/new/").content.decode()
    return "/calendar/" + page.partition("/calendar/")[2].partition(".ics")[0] + ".ics"


def events(answer):
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(one["summary"]): one for one in found}


def test_a_chair_s_calendar_has_meetings_closings_and_due_days(path, it_is, action):
    answer = Client().get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    found = events(answer)
    assert {"Management Group", "Papers close for the Management Group"} <= found.keys()
    assert str(found["Management Group"]["url"]).startswith("http://127.0.0.1:8000/meetings/")
    identities = [str(one["uid"]) for one in found.values()]
    assert len(set(identities)) == len(identities)


def test_an_action_s_due_day_is_in_it(path, on_record, action):
    with on_record("Agreed"):
        one = action("005")
        one.original_date = "2021-09-30"
        one.save()
    due = events(Client().get(path))["Action 005 of 2021-22 is due"]
    assert str(due["dtstart"].dt) == "2021-09-30"


def test_the_address_is_kept_as_a_hash_and_ends_with_a_new_one(path, sign_in, user):
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    assert CalendarAddress.objects.get().digest != secret and len(secret) >= 43
    assert secret not in words_of(sign_in("cem.chair").get("/account/mails/"))
    sign_in("cem.chair").post("/account/calendar/new/")
    assert Client().get(path).status_code == 404


def test_it_ends_when_its_owner_says_so_or_has_no_post(path, sign_in, user, it_is, on_record):
    assert Client().get(path).status_code == 200
    it_is(2021, 9, 14)
    with on_record("Moved on"):
        holding = PostHolding.objects.get(user=user("cem.chair"))
        holding.ended_on = "2021-09-14"
        holding.save()
    assert Client().get(path).status_code == 404
    it_is(2021, 9, 13)
    assert Client().get(path).status_code == 200
    sign_in("cem.chair").post("/account/calendar/end/")
    assert Client().get(path).status_code == 404


def test_the_same_calendar_is_not_sent_again(path):
    first = Client().get(path)
    again = Client().get(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_meeting_is_a_file(sign_in):
    answer = sign_in("scrutineer").get(JUNE)
    assert set(events(answer)) == {"Management Group", "Papers close for the Management Group"}
    assert answer["Content-Disposition"] == 'attachment; filename="meeting.ics"'


@pytest.mark.parametrize("secret", ["x", "%00", "a" * 2000, "..%2F"])
def test_an_address_of_nobody_is_not_found(secret):
    call_command("check", stdout=StringIO())
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404
