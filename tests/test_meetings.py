"""Meetings: recorded, moved and called off by the Business Manager, and the agenda of each."""

import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from gscp.record import Change
from scrutiny.proof.walk import verify
from subgroups.models import Attendance, Group, Meeting, Partner
from tests.answers import said, words_of
from tests.conftest import AGENDA, form_of

# Once: what the forms of a meeting refuse, and its page.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
WHEN = {"date": (21, 7, 2021), "papers_close": (14, 7, 2021)}


def days(**fields) -> dict[str, int]:
    """What three boxes a date send: days(date=(21, 7, 2021))."""
    return {
        f"{name}-{part}": value
        for name, values in fields.items()
        for part, value in zip(("day", "month", "year"), values, strict=True)
    }


def test_a_meeting_is_recorded_and_stands_among_those_to_come(sign_in, send):
    response = send(
        sign_in("business.manager"),
        "/meetings/new/",
        group=Meeting.objects.first().group_id,
        closing_time="12:00",
        reason="Extraordinary",
        **days(**WHEN),
    )
    assert response.status_code == 302, response.content.decode()
    meeting = Meeting.objects.get(date="2021-07-21")
    assert response.url == meeting.get_absolute_url()
    assert "14 July 2021, 12pm" in sign_in("cem.chair").get("/meetings/").content.decode()


@pytest.mark.parametrize(
    ("group", "typed", "closes"),
    [
        ("management-group", {"papers_close": ("", "", "")}, "on 14 July at 5pm"),
        # The one before closes a week earlier, at noon; the one after this day is not what it goes by.
        ("executive", {"papers_close": ("", "", "")}, "on 7 July at 12pm"),
        ("executive", {"papers_close": ("", "", ""), "closing_time": "9am"}, "on 7 July at 9am"),
        ("executive", {}, "on 14 July at 12pm"),
        ("qiip", {}, "on 14 July at 5pm"),  # its first
    ],
)
def test_papers_close_as_before_the_last_meeting_where_nothing_is_typed(
    group, typed, closes, on_record, sign_in, send
):
    with on_record():
        last = Meeting.objects.get(group__slug="executive", date="2021-06-29")
        last.papers_close = "2021-06-15T11:00:00Z"
        last.save()
    manager = sign_in("business.manager")
    assert "as many days before as last time" in manager.get("/meetings/new/").content.decode()
    times = {"closing_time": typed.get("closing_time", "")}
    boxes = days(**WHEN | {name: value for name, value in typed.items() if name != "closing_time"})
    response = send(manager, "/meetings/new/", group=Group.objects.get(slug=group).pk, **times, **boxes)
    assert response.status_code == 302, response.content.decode()
    assert f"Meeting recorded. Papers close {closes}." in manager.get(response.url).content.decode()


def test_papers_of_a_meeting_at_short_notice_close_now(it_is, sign_in, send):
    """A week before it, they would have closed in the past; of one held before, that is how it was."""
    manager, group = sign_in("business.manager"), Group.objects.get(slug="management-group").pk
    it_is(2021, 7, 20)
    empty = {"group": group, "closing_time": "", "papers_close-day": "", "papers_close-month": ""}
    assert "as last time, or now if that has passed." in said(manager.get("/meetings/new/"))
    for day in (20, 21):
        response = send(manager, "/meetings/new/", **empty, **days(date=(day, 7, 2021)))
        assert response.status_code == 302, said(response)
        assert "Meeting recorded. Papers closed today at " in said(manager.get(response.url))
    regular = send(manager, "/meetings/new/", **empty, **days(date=(10, 8, 2021)))
    assert "Papers close on 3 August at 5pm." in said(manager.get(regular.url)), "they set no example"
    at_nine = empty | {"closing_time": "9am"}
    page = said(send(manager, "/meetings/new/", **at_nine, **days(date=(22, 7, 2021))))
    assert "15 July 2021 has passed: say the day as well." in page
    yesterday = days(date=(22, 7, 2021), papers_close=(19, 7, 2021))
    page = said(send(manager, "/meetings/new/", group=group, closing_time="5pm", **yesterday))
    assert "19 July 2021, 5pm. What was entered since is not in them. Tick to confirm." in page
    page = send(manager, "/meetings/new/", **empty, **days(date=(19, 7, 2021))).content.decode()
    assert "Papers would close in the past: 12 July 2021, 5pm." in page


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"papers_close": (22, 7, 2021)}, "Papers close before the meeting, not after it."),
        ({"date": (31, 3, 2021), "papers_close": (30, 3, 2021)}, "That is before the first plan"),
        ({"date": (1, 1, 9999)}, "That is no day of a plan."),
        ({"date": (31, 2, 2021)}, "must be a real date"),
        (
            {"papers_close": ("", "", ""), "date": (2, 4, 2021)},
            "No earlier meeting of this group is on record",
        ),
    ],
)
def test_a_meeting_that_cannot_be_is_refused(typed, message, sign_in, send):
    before = Change.objects.last_number()
    response = send(
        sign_in("business.manager"),
        "/meetings/new/",
        group=Meeting.objects.first().group_id,
        closing_time="17:00",
        reason="Extraordinary",
        **days(**WHEN | typed),
    )
    assert message in response.content.decode()
    assert Change.objects.last_number() == before


def test_a_form_that_was_refused_still_names_the_meeting_on_record(sign_in, send):
    manager, url = sign_in("business.manager"), f"{AGENDA}edit/"
    typed = days(date=(20, 6, 2021), papers_close=(8, 6, 2021)) | {"closing_time": "half past four"}
    page = words_of(send(manager, url, **typed))
    assert "Management Group, 15 June 2021" in page and "Management Group, 20 June 2021" not in page


def test_the_day_of_a_meeting_with_decisions_and_papers_that_closed_stay(
    sign_in, send, it_is, attend, asked, decide
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    typed = days(date=(16, 6, 2021), papers_close=(9, 6, 2021)) | {
        "closing_time": "17:00",
        "reason": "A slip",
    }
    page = send(sign_in("business.manager"), f"{AGENDA}edit/", **typed).content.decode()
    assert "Papers closed on 8 June 2021, 5pm: that stays." in page
    assert "Its day has come and stays." in page
    assert Meeting.objects.filter(date="2021-06-15").exists()


def test_a_meeting_changed_in_nothing_but_its_note(sign_in, send):
    """What the form shows of the closing of papers is what it takes back."""
    manager = sign_in("business.manager")
    page = manager.get(f"{AGENDA}edit/").content.decode()
    assert 'value="5pm"' in page
    typed = days(date=(15, 6, 2021), papers_close=(8, 6, 2021)) | {"closing_time": "17:00"}
    response = send(manager, f"{AGENDA}edit/", note="In the council chamber", reason="Room", **typed)
    assert response.url == AGENDA
    assert "In the council chamber" in manager.get(AGENDA).content.decode()


@pytest.mark.parametrize("url", ["/meetings/new/", "/meetings/management-group/2021-09-14/edit/"])
def test_a_body_meets_once_a_day(url, sign_in, send):
    typed = days(date=(15, 6, 2021), papers_close=(8, 6, 2021)) | {"closing_time": "17:00", "reason": "Again"}
    group = Meeting.objects.get(date="2021-06-15").group_id
    page = send(sign_in("business.manager"), url, group=group, **typed).content.decode()
    assert "That group meets on that day already." in page


def test_a_meeting_called_off_is_no_meeting(asked, attend, decide, it_is, sign_in, send):
    manager, report = sign_in("business.manager"), asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    extra = days(date=(20, 6, 2021), papers_close=(18, 6, 2021)) | {"closing_time": "17:00"}
    group = Meeting.objects.get(date="2021-06-15").group_id
    send(manager, "/meetings/new/", group=group, reason="Urgent", **extra)
    it_is(2021, 6, 20)
    assert "has met since, on 20 June 2021" in decide("grant", report).content.decode()
    it_is(2021, 6, 21)
    off = "/meetings/management-group/2021-06-20/"
    assert send(manager, f"{off}edit/", called_off="on", reason="Nobody came", **extra).url == off
    assert "was called off" in manager.get(off).content.decode()
    assert "It was called off" in attend(off, "council").content.decode()
    assert decide("grant", report).status_code == 302
    assert "entered late" in manager.get(report.get_absolute_url()).content.decode()


def test_the_agenda_counts_the_entries_after_papers_closed(asked, it_is, sign_in):
    asked("006", "qiip.chair")
    it_is(2021, 6, 9)  # papers closed yesterday at five
    asked()
    page = " ".join(sign_in("management.chair").get(AGENDA).content.decode().split())
    assert page.count("2 after papers closed") == 1, "the report and its first step"


def test_a_meeting_of_a_wrong_day_is_called_off_though_it_was_attended(
    asked, attend, decide, it_is, sign_in, send
):
    """It is asked about first. A decision that was waiting can then be entered at the meeting before it."""
    report, manager = asked(), sign_in("business.manager")
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    wrong = days(date=(16, 6, 2021), papers_close=(8, 6, 2021)) | {"closing_time": "17:00"}
    group = Meeting.objects.get(date="2021-06-15").group_id
    it_is(2021, 6, 16)
    send(manager, "/meetings/new/", group=group, as_it_stands="on", **wrong)
    off = "/meetings/management-group/2021-06-16/"
    attend(off, "council", "police", "health")
    it_is(2021, 6, 17)
    moved = days(date=(17, 6, 2021), papers_close=(8, 6, 2021)) | {"closing_time": "17:00"}
    page = send(manager, f"{off}edit/", reason="A slip", **moved)
    assert "Its day has come and stays. Call it off, and record another." in page.content.decode()
    assert "has met since" in decide("grant", report).content.decode()
    page = send(manager, f"{off}edit/", called_off="on", reason="A slip", **wrong).content.decode()
    assert "Call it off only if that was a slip, for example of the day. Tick to confirm." in page
    called_off = {"called_off": "on", "as_it_stands": "on", "reason": "A slip"}
    assert send(manager, f"{off}edit/", **called_off, **wrong).url == off
    page = words_of(manager.get(off))
    assert "This meeting was called off. That it was recorded who was there was a slip." in page
    assert "Quorate" not in page
    assert verify().findings == []
    assert decide("grant", report).status_code == 302


def test_who_was_there_is_corrected_once_its_decisions_are(
    asked, attend, decide, it_is, sign_in, send, meeting
):
    report, refused = asked(), "Decisions of this meeting took effect because it was quorate."
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    assert refused in words_of(attend(AGENDA, "council", reason="They were not there"))
    it_is(2021, 6, 17)
    later = meeting("management-group", date(2021, 6, 17)).get_absolute_url()
    assert decide("correct", report, agenda=later, reason="Not quorate").status_code == 302
    assert attend(AGENDA, "council", reason="They were not there").status_code == 302
    assert "Not quorate" in words_of(sign_in("management.chair").get(AGENDA))
    assert verify().findings == []
    assert decide("grant", report, agenda=later).status_code == 302
    assert refused in words_of(attend(later, "council", reason="They were not there"))


def test_a_meeting_that_decided_is_not_called_off(asked, attend, decide, it_is, sign_in, send):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    manager, typed = sign_in("business.manager"), {"closing_time": "17:00", "as_it_stands": "on"}
    held = typed | days(date=(15, 6, 2021), papers_close=(8, 6, 2021))
    page = send(manager, f"{AGENDA}edit/", called_off="on", reason="Agreed", **held)
    assert "It was held: what it decided is on record." in page.content.decode()
    moved = typed | days(date=(18, 6, 2021), papers_close=(8, 6, 2021))
    page = send(manager, f"{AGENDA}edit/", reason="A slip", **moved).content.decode()
    assert "Decisions were entered at it. Say in its note which day is right." in page


def test_papers_that_are_open_do_not_close_in_the_past(it_is, sign_in, send):
    it_is(2021, 6, 1)
    typed = days(date=(15, 6, 2021)) | {"closing_time": "17:00", "reason": "A slip"}
    for day, is_taken in ((31, False), (7, True)):
        closing = days(papers_close=(day, 5 if day == 31 else 6, 2021))
        response = send(sign_in("business.manager"), f"{AGENDA}edit/", **typed, **closing)
        assert (response.status_code == 302) is is_taken
        assert is_taken or "That has passed, and papers are still open" in response.content.decode()


@pytest.mark.parametrize("first", ["decided", "called off"])
def test_a_meeting_does_not_decide_and_is_called_off_at_once(first, asked, attend, decide, it_is, on_record):
    """Whoever read it before the other wrote is refused, whatever the form had shown."""
    report = asked()
    it_is(2021, 6, 15)
    meeting, council = Meeting.objects.get(date="2021-06-15"), Partner.objects.get(kind="council")
    read_before = Meeting.objects.get(pk=meeting.pk)
    if first == "decided":
        attend(AGENDA, "council", "police", "health")
        decide("grant", report)
        read_before.called_off = True
        with pytest.raises(ValidationError, match="what it decided is on record"), on_record():
            read_before.save()
    else:
        with on_record():
            meeting.called_off = True
            meeting.save()
        with pytest.raises(ValidationError, match="nobody was present"), on_record():
            Attendance(meeting=read_before, partner=council, presence="present").save()


@pytest.mark.parametrize("what", ["decision", "attendance", "meeting"])
def test_what_is_sent_twice_is_recorded_once(what, asked, attend, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    if what == "decision":
        attend(AGENDA, "council", "police", "health")
    who, url, typed = {
        "decision": (
            "management.chair",
            f"{AGENDA}decide/{report.pk}/",
            {"move": "grant", "reason": "As discussed"},
        ),
        "attendance": (
            "business.manager",
            f"{AGENDA}attendance/",
            {f"partner_{partner.pk}": "present" for partner in Partner.objects.all()},
        ),
        "meeting": (
            "business.manager",
            "/meetings/new/",
            days(**WHEN) | {"closing_time": "12:00", "reason": "Agreed", "group": report.action.group_id},
        ),
    }[what]
    client = sign_in(who)
    form = form_of(client.get(url)) | typed
    assert client.post(url, form).status_code == 302
    head = Change.objects.last_number()
    again = client.post(url, form, follow=True)
    assert "This was sent and recorded before" in again.content.decode()
    assert Change.objects.last_number() == head


def test_a_meeting_is_recorded_of_a_body_in_place_and_attended_by_somebody(sign_in, send, attend, it_is):
    mash = Group.objects.get(slug="mash")
    manager = sign_in("business.manager")
    assert f'value="{mash.pk}" selected' in manager.get("/meetings/new/?group=mash").content.decode()
    typed = days(**WHEN) | {"closing_time": "12:00", "reason": "First meeting", "group": mash.pk}
    page = send(manager, "/meetings/new/", **typed).content.decode()
    assert "MASH Subgroup is not in place on that day." in page
    assert "Record who is here" not in manager.get(AGENDA).content.decode()
    it_is(2021, 6, 15)
    assert "Record who is here" in manager.get(AGENDA).content.decode()
    assert "Say who was present. If nobody was, call the meeting off." in attend(AGENDA).content.decode()


def test_the_agenda_marks_what_came_late_and_decides_nothing_that_came_after(asked, attend, it_is, sign_in):
    it_is(2021, 6, 14)
    asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    page = sign_in("management.chair").get(AGENDA).content.decode()
    assert "Asked on 14 June 2021, after papers closed." in page and "Enter the decision" in page
    it_is(2021, 6, 16)
    asked("006", "qiip.chair")
    page = sign_in("management.chair").get(AGENDA).content.decode()
    assert "Exception report on Action 006" not in page and page.count("Enter the decision") == 1
    assert "1 came after this meeting, for the next one" in page and "Off plan, and nothing asked" not in page
    it_is(2021, 6, 20)
    later = "/meetings/management-group/2021-09-14/"
    assert "Exception report on Action 006" in sign_in("management.chair").get(later).content.decode()


def off_plan_on(page) -> list[str]:
    listed = page.content.decode().split("Off plan, and nothing asked")[1].split("Decided last time")[0]
    return re.findall(r"/plans/2021-22/actions/(\w+)/", listed)


def test_the_agenda_begins_with_what_was_decided_on_before(asked, attend, decide, it_is, sign_in, send):
    chair, september = sign_in("management.chair"), "/meetings/management-group/2021-09-14/"
    order = off_plan_on(chair.get(AGENDA))
    assert {"005", "006"} <= set(order[1:])
    taken_back = asked("005")
    send(sign_in("cem.chair"), f"{taken_back.get_absolute_url()}take-back/", reason="Settled")
    assert off_plan_on(chair.get(AGENDA)) == order, "what was asked and taken back was never decided"
    refused = asked("006", "qiip.chair")
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("refuse", refused)
    it_is(2021, 6, 16)
    assert off_plan_on(chair.get(september))[0] == "006"
    said = chair.get(september).content.decode()
    assert "What was decided on before comes first, then High priority." in said


@pytest.mark.parametrize(("group", "chosen"), [("executive", True), ("zzz%00", False), ("", False)])
def test_a_new_meeting_begins_with_the_group_that_the_address_names(group, chosen, manager):
    page = manager.get(f"/meetings/new/?group={group}")
    assert page.status_code == 200
    assert bool(page.context["form"].initial.get("group")) == chosen
