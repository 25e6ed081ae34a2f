"""What is reported after papers closed says so, before it is sent and wherever it stands afterwards."""

import csv
import io
from datetime import date, datetime

import pytest
from django.utils.timezone import make_aware

from actions import reporting
from actions.findings import shown
from actions.lateness import attach_late_for, late_for
from actions.models import Action, ProgressUpdate
from gscp.dates import closing_in_words
from subgroups.models import Group, Meeting
from tests.answers import said, words_of
from tests.factories import let_answer
from tests.test_update import GOOD, NIL_RETURN, URL

# Once: late or in time is told in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
ACTION = "/plans/2021-22/actions/005/"
CHANGED = "hanged after papers closed for 15 June"
LATE = "after papers closed: late for 15 June"
STILL = "Papers closed yesterday at 5pm. You can still report: it will be marked late"


def moment(text: str) -> datetime:
    return make_aware(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("reported", "meeting"),
    [
        ("2021-06-08T16:59", None),
        ("2021-06-08T17:00", None),  # papers close at five
        ("2021-06-08T17:01", date(2021, 6, 15)),
        ("2021-06-15T23:59", date(2021, 6, 15)),
        ("2021-06-16T00:00", None),
        ("2021-09-08T09:00", date(2021, 9, 14)),
    ],
)
def test_late_is_from_the_closing_of_papers_to_the_end_of_the_meeting_s_day(reported, meeting):
    action = Action.objects.get(plan__label="2021-22", ref="005")  # of the CEM
    assert late_for(action.pk, action.group_id, moment(reported)) == meeting


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ((2021, 6, 1), "on 8 June at 5pm"),
        ((2021, 6, 7), "tomorrow at 5pm"),
        ((2021, 6, 8), "today at 5pm"),
        ((2021, 6, 9), "yesterday at 5pm"),
        ((2022, 1, 9), "on 8 June 2021 at 5pm"),
    ],
)
def test_when_papers_close_is_said_as_one_would(day, words, it_is):
    it_is(*day)
    assert closing_in_words(moment("2021-06-08T17:00")) == words
    assert closing_in_words(moment("2021-06-08T09:30")).endswith("at 9:30am")


def test_a_late_report_says_so_wherever_it_stands(sign_in, send, it_is):
    it_is(2021, 6, 9)
    chair, manager = sign_in("cem.chair"), sign_in("business.manager")
    for form in (URL, NIL_RETURN):
        page = said(chair.get(form))
        assert (
            "Papers closed yesterday at 5pm. You can still report: it will be marked late for 15 June."
            in page
        )
    assert f"1 action to report. {STILL}." in words_of(chair.get("/due/"))
    send(chair, URL, **GOOD)
    banner = said(chair.get(ACTION))
    assert "Update on Action 005 recorded, after papers closed: late for 15 June. The papers" in banner
    pages = [chair.get(ACTION), chair.get("/due/"), chair.get("/plans/2021-22/?group=cem")]
    for page in map(said, pages):
        assert LATE in page
    assert "Recorded, after papers closed: late for 15 June" in said(pages[0]), "beside the update itself"
    file = b"".join(chair.get("/due/export.csv")).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(file))
    assert (row["#"], row["Reported Late for the Meeting of"]) == ("005", "2021-06-15")
    for ref, role in (("001", "resolution"), ("006", "qiip")):
        send(sign_in(f"{role}.chair"), f"/plans/2021-22/actions/{ref}/nil-return/")
    for ref in ("002", "003", "004"):
        send(sign_in("management.chair"), f"/plans/2021-22/actions/{ref}/nil-return/")
    page = said(manager.get("/missing/"))
    assert "Every open action has been reported on. 6 reports came after papers closed" in page


def test_a_report_in_time_does_not(sign_in, send, it_is):
    it_is(2021, 6, 7)
    chair = sign_in("cem.chair")
    assert "Papers close tomorrow at 5pm." in said(chair.get(URL))
    send(chair, URL, **GOOD)
    banner = said(chair.get(ACTION))
    assert "recorded for the meeting of the Management Group on 15 June 2021." in banner
    assert (
        "It goes into its papers, which close tomorrow at 5pm. You have no other action to report." in banner
    )
    it_is(2021, 6, 9)
    for page in (ACTION, "/due/", "/plans/2021-22/"):
        assert "late for" not in said(chair.get(page))


def test_a_further_report_is_not_late_where_one_came_in_time(sign_in, send, it_is):
    chair = sign_in("cem.chair")
    it_is(2021, 6, 7)
    assert send(chair, NIL_RETURN).status_code == 302
    it_is(2021, 6, 9)
    page, told = words_of(chair.get(URL)), "A report now is not late: one came in time"
    assert told in page and "will be marked late" not in page
    banner = words_of(chair.get(send(chair, URL, **GOOD).url))
    assert "recorded, after papers closed for 15 June. It is not late. Those papers do not have it." in banner
    pages = [words_of(chair.get(one)) for one in (ACTION, "/due/", "/plans/2021-22/")]
    assert not any("late for 15 June" in page for page in pages)
    assert "came after papers closed: late" not in words_of(sign_in("business.manager").get("/missing/"))
    assert "006" in words_of(sign_in("qiip.chair").get("/due/")), "for the others nothing changes"


def test_a_further_report_is_late_again_once_the_one_in_time_was_denied(sign_in, send, it_is, action):
    it_is(2021, 6, 7)
    manager, chair = sign_in("business.manager"), sign_in("cem.chair")
    assert send(manager, NIL_RETURN).status_code == 302
    denied = action("005").updates.get()
    it_is(2021, 6, 9)
    assert send(chair, URL, **GOOD).status_code == 302
    assert "late for 15 June" not in words_of(chair.get(ACTION))
    assert send(chair, f"/updates/{denied.pk}/not-so/", why="I had something to say").status_code == 302
    assert "late for 15 June" in words_of(chair.get(ACTION))


def test_what_came_late_for_one_meeting_is_in_time_for_the_next(sign_in, send, it_is):
    chair = sign_in("cem.chair")
    it_is(2021, 6, 9)
    assert send(chair, NIL_RETURN).status_code == 302
    it_is(2021, 9, 8)
    assert "A report now is not late: one came in time" in words_of(chair.get(URL))


def test_nothing_is_late_for_a_meeting_that_came_on_record_after_its_papers_closed(
    sign_in, send, it_is, on_record
):
    it_is(2021, 6, 2)
    with on_record():
        closing = moment("2021-06-01T17:00")
        of = {"group": Group.objects.get(slug="management-group"), "date": date(2021, 6, 3)}
        short = Meeting(**of, papers_close=closing)
        short.save()
    chair = sign_in("cem.chair")
    assert "will be marked late" not in words_of(chair.get(URL)) + words_of(chair.get("/due/"))
    banner = words_of(chair.get(send(chair, URL, **GOOD).url))
    assert "recorded, after papers closed for 3 June. It is not late." in banner
    told = "What is reported or asked now is not late for it, and is not in them."
    assert told in words_of(sign_in("business.manager").get("/missing/"))
    page = words_of(chair.get(short.get_absolute_url()))
    assert "it is not late for this meeting, and not in its papers" in page


def test_a_meeting_called_off_and_recorded_again_for_its_day_keeps_its_closing(
    sign_in, send, it_is, on_record
):
    it_is(2021, 6, 9)
    chair, manager = sign_in("cem.chair"), sign_in("business.manager")
    assert send(chair, URL, **GOOD).status_code == 302
    late = "late for 15 June"
    assert late in words_of(chair.get(ACTION))
    with on_record():
        old = Meeting.objects.get(group__slug="management-group", date=date(2021, 6, 15))
        old.called_off = True
        old.save()
    assert late not in words_of(chair.get(ACTION))
    day = {"date-day": "15", "date-month": "6", "date-year": "2021", "group": old.group_id}
    typed = {"papers_close-day": "9", "papers_close-month": "6", "papers_close-year": "2021"}
    typed |= {"closing_time": "00:01", "as_it_stands": "on"}
    refused = words_of(send(manager, "/meetings/new/", **day, **typed))
    assert "Papers for that day closed on 8 June 2021" in refused
    assert send(manager, "/meetings/new/", **day, as_it_stands="on").status_code == 302
    assert late in words_of(chair.get(ACTION))
    [meeting] = Meeting.objects.not_called_off().filter(group=old.group_id, date=old.date)
    assert meeting.papers_close == old.papers_close and not meeting.closed_when_recorded
    closing = {"papers_close-day": "1", "papers_close-month": "1", "papers_close-year": "2021"}
    edited = send(manager, f"{meeting.get_absolute_url()}edit/", **day, **closing, reason="A slip")
    assert edited.status_code == 200


def test_papers_of_the_next_meeting_mark_what_came_late_for_the_last(sign_in, send, it_is):
    it_is(2021, 6, 9)
    send(sign_in("cem.chair"), URL, **GOOD)
    it_is(2021, 9, 8)
    assert LATE in said(sign_in("scrutineer").get("/meetings/management-group/2021-09-14/pack/"))
    june = said(sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/"))
    assert LATE not in june, "papers are as they closed"


def test_a_late_report_stays_late_for_its_meeting_when_another_group_answers(sign_in, send, it_is, on_record):
    it_is(2021, 6, 9)
    chair, manager = sign_in("cem.chair"), sign_in("business.manager")
    send(chair, URL, **GOOD)
    with on_record():
        moved = Action.objects.get(plan__label="2021-22", ref="005")
        let_answer(moved, "executive", "group leads")  # it has other meetings
    update = ProgressUpdate.objects.get()
    attach_late_for([update])
    assert update.late_for == date(2021, 6, 15)
    assert shown([moved.pk])[0].late_for == date(2021, 6, 15)
    assert reporting.reported_late() == 1
    for page in (chair.get(ACTION), manager.get("/plans/2021-22/?group=executive")):
        assert LATE in said(page)
    assert "Recorded, after papers closed: late for 15 June" in said(chair.get(ACTION))


def test_who_looks_back_reads_the_day_and_is_asked_for_nothing(sign_in, it_is):
    it_is(2021, 6, 9)
    sign_in("business.manager").get("/")
    it_is(2021, 6, 20)
    page = words_of(sign_in("cem.chair").get("/scrutiny/as-at/2021-06-09/due/"))
    assert "1 action to report. Papers closed on 8 June at 5pm." in page
    assert "You can still report" not in page and "Update Action 005" not in page


def test_what_was_corrected_after_papers_closed_says_so(sign_in, send, it_is):
    """A nil return in time cannot be made into a report that looks as if the papers had it."""
    it_is(2021, 6, 7)
    chair = sign_in("cem.chair")
    send(chair, NIL_RETURN)
    it_is(2021, 6, 9)
    typed = GOOD | {"what_was_wrong": "It was no nil return"}

    def correct():
        send(chair, f"/updates/{ProgressUpdate.objects.latest('pk').pk}/correct/", **typed)
        return said(chair.get(ACTION))

    banner = correct()
    assert "It counts as reported on 7 June 2021. It is marked as changed after papers closed" in banner
    pages = [ACTION, "/due/", "/plans/2021-22/?group=cem"]
    for page in pages:
        words = said(chair.get(page))
        assert CHANGED in words and "late for" not in words, "there was no silence when papers closed"
    assert "Those papers have what it said before." in said(chair.get(ACTION))
    it_is(2021, 6, 16)
    correct()
    for page in pages:
        assert CHANGED in said(chair.get(page)), "another correction does not take it away"
    it_is(2021, 9, 8)
    assert CHANGED in said(sign_in("scrutineer").get("/meetings/management-group/2021-09-14/pack/"))
    june = said(sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/"))
    assert CHANGED not in june, "papers are as they closed"


def test_what_was_corrected_in_time_does_not(sign_in, send, it_is):
    it_is(2021, 6, 6)
    chair = sign_in("cem.chair")
    send(chair, NIL_RETURN)
    it_is(2021, 6, 7)
    update = ProgressUpdate.objects.get()
    send(chair, f"/updates/{update.pk}/correct/", **GOOD | {"what_was_wrong": "It was no nil return"})
    it_is(2021, 6, 9)
    for page in (ACTION, "/due/", "/plans/2021-22/?group=cem"):
        assert "hanged after" not in said(chair.get(page))


@pytest.mark.run_in("sqlite", "postgresql")
def test_what_came_late_and_was_corrected_after_later_papers_closed_says_both(sign_in, send, it_is):
    it_is(2021, 6, 9)
    chair = sign_in("cem.chair")
    send(chair, URL, **GOOD | {"done": "It was closed"})
    it_is(2021, 9, 6)
    first = ProgressUpdate.objects.get()

    def correct(corrected: ProgressUpdate, **typed) -> str:
        send(chair, f"/updates/{corrected.pk}/correct/", **GOOD | typed | {"what_was_wrong": "It was open"})
        return said(chair.get(ACTION))

    assert "hanged after papers" not in correct(first, done="It was ajar"), "no papers had it yet"
    it_is(2021, 9, 8)
    words = correct(ProgressUpdate.objects.latest("pk"), done="It was open")
    changed = "hanged after papers closed for 14 September"
    assert f"It is marked as c{changed}" in words
    assert f"{LATE}, c{changed}" in words, "beside the rating"
    assert "Recorded, after papers closed: late for 15 June" in words and f"C{changed}" in words
    for page in ("/due/", "/plans/2021-22/?group=cem"):
        assert f"{LATE}, c{changed}" in said(chair.get(page))
