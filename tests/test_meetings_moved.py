"""A meeting that is moved, called off or held twice a day, and papers whose closing was a slip."""

import json
import re
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from gscp.record import Change
from subgroups.models import Attendance, Group, Meeting, Partner, QuorumPart
from tests.answers import words_of
from tests.conftest import AGENDA
from tests.test_exceptions import why
from tests.test_meetings import days

pytestmark = pytest.mark.django_db
SILENT = "/exceptions/found/?rule=silent"
PACK, DATA = f"{AGENDA}pack/", f"{AGENDA}pack/data/"
CLOSED_ON = "Papers closed on 8 June 2021, 5pm"
CLOSED = days(papers_close=(8, 6, 2021)) | {"closing_time": "17:00"}


@pytest.fixture
def edit(manager, send):
    def edited(address=AGENDA, **typed):
        return send(manager, f"{address}edit/", **{"reason": "As agreed"} | typed)

    return edited


@pytest.fixture
def add(manager, send):
    """add((20, 6, 2021), (8, 6, 2021)) records another meeting of the Management Group."""

    def added(day, closes, slug="management-group", time="17:00", **typed):
        when = days(date=day, papers_close=closes) | {"closing_time": time, "reason": "Urgent"}
        return send(manager, "/meetings/new/", group=Group.objects.get(slug=slug).pk, **when | typed)

    return added


def content(client, address) -> bytes:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.getvalue()


def seal_of(client) -> str:
    return re.findall(r"[0-9a-f]{64}(?=</code>)", content(client, PACK).decode())[-1]


def test_what_was_issued_of_a_meeting_that_is_moved_stays(edit, add, it_is, sign_in):
    reader = sign_in("scrutineer")
    it_is(2021, 6, 9)
    issued, seal = (
        content(reader, DATA),
        re.search(r"[0-9a-f]{64}</code>", text := str(content(reader, PACK))),
    )
    assert seal and "15 June 2021" in text
    assert edit(**days(date=(22, 6, 2021)) | CLOSED).url == AGENDA
    it_is(2021, 6, 10)
    assert content(reader, DATA) == issued
    page = reader.get(PACK)
    assert seal[0] in page.content.decode() and "Papers, Management Group, 15 June 2021" in words_of(page)
    assert "The meeting was moved to 22 June 2021 after these papers had closed." in words_of(page)
    moved = words_of(reader.get(AGENDA))
    assert "Management Group, 22 June 2021" in moved and "It was to be on 15 June 2021." in moved
    for moment, day in (("2021-06-08", "15 June 2021"), ("2021-06-09", "22 June 2021")):
        then = words_of(reader.get(f"/scrutiny/as-at/{moment}{AGENDA}"))
        assert f"Management Group, {day}" in then, moment
    assert "It was to be on 15 June 2021." in words_of(reader.get("/meetings/management-group/2021-06-22/"))
    # Another one on the day that is free now has another address, and the group meets at both.
    assert add((15, 6, 2021), (14, 6, 2021), as_it_stands="on").url == f"{AGENDA[:-1]}-2/"


def test_what_was_issued_of_a_meeting_that_is_called_off_stays(edit, it_is, sign_in):
    reader = sign_in("cem.chair")
    it_is(2021, 6, 9)
    issued = content(reader, DATA)
    assert edit(called_off="on", **days(date=(15, 6, 2021)) | CLOSED).url == AGENDA
    assert content(reader, DATA) == issued
    assert "The meeting was called off after these papers had closed." in words_of(reader.get(PACK))
    assert f'href="{PACK}"' in reader.get(AGENDA).content.decode()
    assert "as-at/2021-06-08T17:00:00/" in reader.get("/scrutiny/as-at/").content.decode()
    assert "to papers for Management Group, 15 June 2021" in words_of(
        reader.get("/scrutiny/compare/?since=2021-06-01&until=2021-06-08T17:00:00")
    )


def test_a_meeting_called_off_before_its_papers_closed_has_none(edit, it_is, sign_in):
    edit(called_off="on", **days(date=(15, 6, 2021)) | CLOSED)
    it_is(2021, 6, 9)
    assert sign_in("cem.chair").get(PACK).status_code == 404
    assert PACK not in sign_in("cem.chair").get(AGENDA).content.decode()
    assert "as-at/2021-06-08T" not in sign_in("cem.chair").get("/scrutiny/as-at/").content.decode()


def test_papers_of_a_meeting_recorded_after_they_closed_keep_their_data_when_it_is_moved(
    add, edit, it_is, sign_in
):
    it_is(2021, 6, 9)
    address = add((20, 6, 2021), (8, 6, 2021), as_it_stands="on").url
    issued = content(sign_in("scrutineer"), f"{address}pack/data/")
    assert json.loads(issued)["meeting"]["date"] == "2021-06-20"
    assert edit(address, **days(date=(21, 6, 2021)) | CLOSED).status_code == 302
    assert content(sign_in("scrutineer"), f"{address}pack/data/") == issued


def test_a_group_meets_twice_a_day(add, asked, attend, decide, it_is, sign_in):
    report = asked()
    assert "That group meets on that day already." in words_of(add((15, 6, 2021), (8, 6, 2021)))
    second = add((15, 6, 2021), (14, 6, 2021), as_it_stands="on").url
    assert second == "/meetings/management-group/2021-06-15-2/"
    listed = words_of(sign_in("cem.chair").get("/meetings/"))
    assert str(Meeting.objects.get(own_address="2021-06-15-2")) == "Management Group, 15 June 2021, meeting 2"
    assert listed.count("15 June 2021 , Management Group") == 2
    it_is(2021, 6, 15)
    assert attend(second, "council", "police", "health").status_code == 302
    page = sign_in("management.chair").get(second).content.decode()
    assert f"{second}decide/{report.pk}/" in page
    assert decide("grant", report, agenda=second).url == second
    step = report.steps.latest("change")
    assert step.meeting.address == "2021-06-15-2" and step.meeting.group_id == report.with_group_id
    assert sign_in("scrutineer").get(f"{second}pack/").status_code == 200


def test_an_extra_meeting_of_the_same_closing_makes_nothing_old_on_any_page(
    add, report, it_is, sign_in, action
):
    def pages() -> list[bool]:
        due = sign_in("cem.chair").get("/due/").content.decode()
        waiting = due.partition("To report</h2>")[2].partition("</table>")[0]
        return [
            "silent" in why("005"),
            "/actions/005/" in sign_in("management.chair").get(SILENT).content.decode(),
            "/actions/005/" in waiting,
            "No report since" in words_of(sign_in("cem.chair").get(action("005").get_absolute_url())),
        ]

    it_is(2021, 5, 28)
    report("005", rating="green")
    for today in (9, 16, 18):  # before both meetings, between them, and on the day of the second
        it_is(2021, 6, today)
        if today == 9:
            assert pages() == [False] * 4
            add((18, 6, 2021), (8, 6, 2021), as_it_stands="on")
        assert pages() == [False] * 4, today
    it_is(2021, 6, 19)
    assert pages()[2] is True, "for September nothing was reported yet"


def test_a_closing_in_the_past_is_asked_about(add, it_is):
    it_is(2021, 6, 9)
    head = Change.objects.last_number()
    refused = words_of(add((20, 6, 2021), (9, 6, 2021), time="00:01"))
    assert "Papers would close in the past: 9 June 2021" in refused and "Tick to confirm" in refused
    assert "Yes, record it as it stands" in refused and Change.objects.last_number() == head
    assert add((20, 6, 2021), (9, 6, 2021), time="00:01", as_it_stands="on").status_code == 302


def test_a_slip_in_a_closing_is_corrected_until_the_papers_were_used(edit, attend, it_is, sign_in):
    it_is(2021, 6, 9)
    day = days(date=(15, 6, 2021))
    later = days(papers_close=(10, 6, 2021)) | {"closing_time": "17:00"}
    asked = words_of(edit(**day | later))
    assert f"{CLOSED_ON}. Change that only if it was a slip." in asked
    assert "Whether a report is late then goes by the new time, and so do the papers." in asked
    assert edit(as_it_stands="on", **day | later).status_code == 302
    it_is(2021, 6, 11)
    page = words_of(sign_in("scrutineer").get(PACK))
    assert "Until it was corrected, the record had 8 June 2021" in page
    earlier = days(papers_close=(9, 6, 2021)) | {"closing_time": "12:00"}
    assert "Papers would close in the past" in words_of(edit(**day | earlier))
    assert edit(as_it_stands="on", **day | earlier).status_code == 302
    assert sorted(c.day for c in Meeting.objects.get(date="2021-06-15").earlier_closings) == [8, 10]
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    assert "that stays." in words_of(edit(as_it_stands="on", **day | later))


def test_until_papers_close_anew_those_that_closed_stay_at_their_address(edit, it_is, sign_in):
    reader = sign_in("scrutineer")
    it_is(2021, 6, 9)
    issued, seal = content(reader, DATA), seal_of(reader)
    day = days(date=(15, 6, 2021), papers_close=(11, 6, 2021)) | {"closing_time": "17:00"}
    assert edit(as_it_stands="on", called_off="on", **day).status_code == 302
    assert content(reader, DATA) == issued and seal_of(reader) == seal
    page = words_of(reader.get(PACK))
    assert "They stay here until papers close anew: 11 June 2021, 5pm." in page
    assert "Papers closed on 8 June 2021, 5pm" in page and "Until it was corrected" not in page
    assert f'href="{PACK}"' in reader.get(AGENDA).content.decode()
    assert edit(as_it_stands="on", **day | {"called_off": ""}).status_code == 302
    assert content(reader, DATA) == issued
    it_is(2021, 6, 12)
    assert content(reader, DATA) != issued and "had 8 June 2021, 5pm" in words_of(reader.get(PACK))


def test_a_meeting_that_is_moved_keeps_its_closing_its_papers_and_its_late_reports(
    edit, report, it_is, sign_in, action
):
    reader = sign_in("scrutineer")
    it_is(2021, 6, 9)
    report("005", rating="green")
    issued, late = content(reader, DATA), "after papers closed: late for"
    assert f"{late} 15 June" in words_of(reader.get(action("005").get_absolute_url()))
    moved = days(date=(22, 6, 2021))
    anew = days(papers_close=(15, 6, 2021)) | {"closing_time": "17:00"}
    head = Change.objects.last_number()
    for typed in (anew, anew | {"as_it_stands": "on"}):
        refused = words_of(edit(**moved | typed))
        assert f"{CLOSED_ON}: that stays when the meeting is moved. For papers that close anew," in refused
    assert Change.objects.last_number() == head
    assert edit(**moved | CLOSED).status_code == 302
    assert content(reader, DATA) == issued
    assert f"{late} 22 June" in words_of(reader.get(action("005").get_absolute_url()))


def test_before_papers_closed_a_meeting_is_moved_with_its_closing_and_nothing_is_asked(edit, it_is):
    moved = days(date=(22, 6, 2021), papers_close=(15, 6, 2021)) | {"closing_time": "17:00"}
    assert edit(**moved).status_code == 302


def test_before_papers_closed_another_closing_is_no_correction(edit, it_is, sign_in):
    edit(**days(date=(15, 6, 2021), papers_close=(7, 6, 2021)), closing_time="17:00")
    it_is(2021, 6, 8)
    assert "Until it was corrected" not in words_of(sign_in("scrutineer").get(PACK))


def test_a_succession_recorded_later_leaves_one_row_a_partner(attend, it_is, on_record, manager, send):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")  # health is absent
    health = Partner.objects.get(kind="health")
    board = Partner(name="NHS Gloucestershire Integrated Care Board")
    it_is(2021, 6, 30)
    with on_record():
        health.be_succeeded_by(board, on=Meeting.objects.get(date="2021-06-15").date)
    council, police = Partner.objects.get(kind="council"), Partner.objects.get(kind="police")
    sent = {f"partner_{one.pk}": "present" for one in (council, police, board)}
    response = send(manager, f"{AGENDA}attendance/", reason="It was there", **sent)
    assert response.status_code == 302, words_of(response)
    meeting = Meeting.objects.with_attendance().get(date="2021-06-15")
    assert {row.partner for row in meeting.present} == {council, police, board}
    assert meeting.absent == meeting.apologies == []
    assert meeting.attendances.count() == 3
    page = words_of(manager.get(AGENDA))
    assert page.count(board.name) == 1 and "Clinical Commissioning Group" not in page


def test_where_both_have_a_row_already_one_is_shown(attend, it_is, on_record, sign_in):
    """As forms let it be recorded before."""
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")
    health = Partner.objects.get(kind="health")
    board = Partner(name="NHS Gloucestershire Integrated Care Board")
    meeting = Meeting.objects.get(date="2021-06-15")
    with on_record():
        health.be_succeeded_by(board, on=meeting.date)
        Attendance(meeting=meeting, partner=board, presence="apologies").save()
    read = Meeting.objects.with_attendance().get(pk=meeting.pk)
    assert read.apologies == [board] and read.absent == []


def test_papers_and_page_of_a_meeting_recorded_after_papers_closed_say_so(add, edit, it_is, sign_in):
    it_is(2022, 3, 9)
    address = add((16, 12, 2021), (14, 12, 2021), as_it_stands="on").url
    it_is(2022, 3, 20)
    edit(address, **days(date=(16, 12, 2021), papers_close=(14, 12, 2021)), closing_time="17:00", note="Late")
    reader = sign_in("scrutineer")
    assert LATE_PAPERS in words_of(reader.get(f"{address}pack/"))
    assert f"14 December 2021, 5pm Late {LATE_PAGE}" in words_of(reader.get(address))
    today = f"/scrutiny/as-at/2022-03-20{address}"
    assert LATE_PAGE in words_of(reader.get(today))


LATE_PAPERS = (
    "When these papers closed was recorded later, on 9 March 2022. From that day on they could be opened."
)
LATE_PAGE = "Recorded on 9 March 2022, after papers closed."


def test_papers_of_a_meeting_recorded_in_time_say_nothing_of_it(edit, it_is, sign_in):
    it_is(2021, 6, 9)
    reader = sign_in("scrutineer")
    assert "recorded later" not in words_of(reader.get(PACK))
    edit(**days(date=(15, 6, 2021)), **CLOSED, note="In the hall")
    assert "recorded later" not in words_of(reader.get(PACK))
    assert "after papers closed" not in words_of(reader.get(AGENDA))
    edit(as_it_stands="on", **days(date=(15, 6, 2021), papers_close=(9, 6, 2021)), closing_time="00:01")
    told = "When these papers closed was recorded later, on 9 June 2021."
    assert told in words_of(reader.get(PACK)), "a closing that was corrected to one that had passed"


def test_who_was_at_a_meeting_that_was_called_off_holds_up_nothing(attend, it_is, on_record, meeting):
    """Neither the end of a partner or a group, nor another quorum."""
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    it_is(2021, 6, 20)
    slip = meeting("management-group", date(2021, 6, 20))
    police, group = Partner.objects.get(kind="police"), slip.group
    one_of_them = [(1, list(Partner.objects.filter(kind="council")))]

    def are_refused() -> list[bool]:
        refused = []
        for change in (
            lambda: setattr(police, "ended_on", date(2021, 6, 18)) or police.save(),
            lambda: setattr(group, "ended_on", date(2021, 6, 18)) or group.check_days_of_meetings(),
            lambda: QuorumPart.set_rule(group, one_of_them, date(2021, 6, 18)),
        ):
            try:
                with on_record():
                    change()
                refused.append(False)
            except ValidationError:
                refused.append(True)
        return refused

    assert are_refused() == [True, True, True]
    with on_record():
        slip.called_off = True
        slip.save()
    police.refresh_from_db()
    assert are_refused() == [False, False, False]


def test_a_meeting_that_was_attended_is_not_called_again(attend, it_is, on_record):
    """Its partners, its quorum or its group may have changed while it counted for nothing."""
    it_is(2021, 6, 15)
    slip = Meeting.objects.get(date="2021-06-15")
    for called_off in (True, False):
        slip.called_off = called_off
        with on_record():
            slip.save()
    attend(AGENDA, "council", "police", "health")
    slip.refresh_from_db()
    slip.called_off = True
    with on_record():
        slip.save()
    slip.called_off = False
    with on_record(), pytest.raises(ValidationError, match="record another meeting instead"):
        slip.save()
