"""For which meeting a report counts; who has been silent since papers closed, and what has become worse."""

import re
from datetime import date, datetime

import pytest
from django.utils.timezone import make_aware

from actions.deadlines import Deadlines, deadlines_of
from actions.lateness import late_for
from actions.reporting import not_reported
from subgroups.models import Group, Meeting, Post
from tests.answers import said, words_of
from tests.test_exceptions import NIL, why

pytestmark = pytest.mark.django_db


def deadlines() -> Deadlines:
    return deadlines_of(Group.objects.get(slug="management-group"))


@pytest.mark.parametrize(
    ("today", "meeting", "met", "coming"),
    [
        ((2021, 4, 1), None, None, (2021, 6, 15)),
        ((2021, 6, 9), (2021, 6, 15), None, (2021, 6, 15)),
        ((2021, 6, 15), (2021, 6, 15), None, (2021, 6, 15)),
        ((2021, 6, 16), (2021, 6, 15), (2021, 6, 15), (2021, 9, 14)),
        ((2021, 9, 8), (2021, 9, 14), (2021, 6, 15), (2021, 9, 14)),
        ((2022, 3, 16), (2022, 3, 15), (2022, 3, 15), None),
    ],
)
def test_the_meetings_that_rules_look_at(today, meeting, met, coming, it_is, held):
    it_is(*today)
    held()
    meetings = (deadlines().last_closed, deadlines().last_held, deadlines().next_meeting)
    found = [m and m.date for m in meetings]
    assert found == [day and date(*day) for day in (meeting, met, coming)]


def test_what_is_reported_for_a_meeting_lies_between_two_closings_of_papers(report, it_is, held):
    made = {}
    for month, day in ((6, 7), (6, 9), (9, 6), (9, 8)):  # papers close on 8 June and 7 September
        it_is(2021, month, day)
        made[month, day] = report("005", rating="green", done=f"Met on {day}.{month}.").change
    held()
    june = deadlines().closed_before
    assert made[6, 7].clock < june.papers_close < made[6, 9].clock
    assert deadlines().closed_before_next == june, "the coming meeting is that of September"
    assert made[6, 7].number <= deadlines().last_held_closing_entry < made[6, 9].number, (
        "the last meeting held is that of June"
    )
    it_is(2021, 9, 15)
    assert made[9, 6].clock < deadlines().closed_before_next.papers_close < made[9, 8].clock, (
        "what is entered late counts for December too"
    )


def test_a_meeting_nobody_attended_is_not_the_last_one(it_is, held):
    it_is(2021, 6, 16)
    held()
    it_is(2021, 9, 14)
    september = Meeting.objects.get(date="2021-09-14", group__slug="management-group")
    june = Meeting.objects.get(date="2021-06-15")
    assert june.next_held() == september, "it may be held today"
    it_is(2021, 9, 15)
    assert june.next_held() is None and deadlines().last_held == june
    held()
    assert june.next_held() == september and deadlines().last_held == september


def test_silence_counts_over_the_window_of_the_meeting_whose_papers_closed(report, it_is):
    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 6, 9)  # papers closed yesterday at five
    assert "silent" not in why("005")
    assert why("006")["silent"] == "No update for the meeting of 15 June 2021 yet."
    it_is(2021, 9, 6)
    assert "silent" not in why("005"), "papers for September have not closed"
    it_is(2021, 9, 8)
    assert why("005")["silent"] == (
        "No update for the meeting of 14 September 2021 since papers closed on 8 June 2021. "
        "The last one is of 7 June 2021."
    )
    report("005", rating="green", done="Met again")
    assert "silent" not in why("005"), "late for the meeting, but no silence any more"


def test_the_day_after_papers_close_belongs_to_the_next_meeting(report, it_is):
    it_is(2021, 6, 9)
    report("005", rating="green")
    it_is(2021, 9, 8)
    assert "silent" not in why("005")


def test_a_nil_return_is_not_silence(report, it_is):
    report("005", rating="green")
    it_is(2021, 9, 6)
    report("005", **NIL)
    it_is(2021, 9, 8)
    assert "silent" not in why("005")


def test_an_old_rating_is_never_shown_as_fresh(sign_in, report, it_is):
    def shown():
        reader = sign_in("cem.chair")
        for page in ("/plans/2021-22/?group=cem", "/plans/2021-22/actions/005/", "/due/"):
            html = reader.get(page).content.decode()
            yield " ".join(
                re.search(r'gscp-rating.*?<span class="gscp-note">(.*?)</span>', html, re.S)[1].split()
            )
            yield "gscp-rating--old" in html

    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 9, 6)
    assert set(shown()) == {"Reported 7 Jun 2021.", False}
    it_is(2021, 9, 8)  # papers closed yesterday at five, and those before on 8 June
    assert set(shown()) == {"on 7 Jun 2021. No report since.", True}
    report("005", **NIL)
    nil_return = "on 7 Jun 2021. Nil return on 8 Sep 2021, after papers closed: late for 14 September."
    assert set(shown()) == {nil_return, False}
    it_is(2021, 12, 8)
    assert set(shown()) == {nil_return, False}
    it_is(2022, 3, 9)
    assert set(shown()) == {f"{nil_return} No report since.", True}


def test_before_papers_ever_closed_nobody_is_silent(it_is):
    it_is(2021, 6, 7)
    assert "silent" not in why("005") and deadlines().last_closed is None


def test_worse_than_at_the_last_meeting(report, it_is, held):
    report("005", rating="green")
    it_is(2021, 6, 9)
    report("005", rating="amber")
    it_is(2021, 6, 15)
    assert "worse" not in why("005"), "no meeting has been held before today"
    it_is(2021, 6, 16)
    assert "worse" not in why("005"), "nobody's attendance is on record"
    held()
    assert why("005")["worse"] == "Was green when papers closed for the meeting of 15 June 2021, now amber."
    report("005", rating="red", reason="No lead in two agencies")
    assert why("005")["worse"] == (
        "Was green when papers closed for the meeting of 15 June 2021, now red. "
        "Reason given: “No lead in two agencies”"
    )
    report("005", rating="green")
    assert "worse" not in why("005")
    report("005", rating="amber")
    it_is(2021, 9, 14)
    assert "worse" in why("005"), "the meeting of today is not the last one before it is over"
    it_is(2021, 9, 15)
    held()
    assert "worse" not in why("005"), "it was amber in the papers of the last meeting"


def test_better_is_no_exception(report, it_is):
    report("005", rating="red")
    it_is(2021, 6, 16)
    report("005", rating="amber")
    assert "worse" not in why("005")


@pytest.fixture
def board(on_record):
    """A group that decides, between the Management Group and the subgroup for exploitation."""
    with on_record():
        above, cem = (Group.objects.get(slug=slug) for slug in ("management-group", "cem"))
        board = Group(name="Children's Board", slug="board", reports_to=above, takes_decisions=True)
        board.established_on = date(2021, 4, 1)
        board.save()
        cem.reports_to = board
        cem.save()
    return board


@pytest.fixture
def meets(on_record):
    """meets(group, "2021-05-20", "2021-05-13T17:00"): a meeting, and the moment at which its papers close."""

    def recorded(group, day, papers_close):
        with on_record():
            closing = make_aware(datetime.fromisoformat(papers_close))
            Meeting(group=group, date=date.fromisoformat(day), papers_close=closing).save()

    return recorded


def test_an_action_is_reported_for_the_group_that_decides_nearest_above(board, meets, report, it_is):
    meets(board, "2021-05-20", "2021-05-13T00:00")
    it_is(2021, 5, 14)
    assert deadlines_of(Group.objects.get(slug="cem")).last_closed.group == board
    assert why("005")["silent"] == "No update for the meeting of 20 May 2021 yet."
    assert "silent" not in why("006"), "that of another subgroup is reported to the Management Group"
    it_is(2021, 6, 9)
    assert "silent" in why("006") and "20 May 2021" in why("005")["silent"]


def test_a_second_meeting_whose_papers_close_at_the_same_moment_makes_nothing_old(report, meets, it_is):
    group = Group.objects.get(slug="management-group")
    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 6, 9)
    assert "silent" not in why("005")
    meets(group, "2021-06-17", "2021-06-08T17:00")  # as those for the 15th
    assert "silent" not in why("005"), "both meetings are of one closing"


def test_a_meeting_recorded_after_its_papers_close_makes_nothing_old(report, meets, it_is, sign_in):
    group, chair = Group.objects.get(slug="management-group"), sign_in("cem.chair")
    it_is(2021, 6, 4)
    report("005", rating="green")
    it_is(2021, 6, 9)  # papers of 15 June closed yesterday at five
    report("004", rating="green")

    def said_of_005():
        has_reported = "Your open action has a report" in words_of(chair.get("/due/"))
        return has_reported, why("005"), [row.action for row in not_reported()]

    before = said_of_005()
    assert before[0] and "silent" not in why("005")
    for day, closing in (("2021-06-09", "2021-06-07T17:00"), ("2021-06-10", "2021-06-09T00:01")):
        meets(group, day, closing)
        assert said_of_005() == before
        assert why("006")["silent"] == "No update for the meeting of 15 June 2021 yet."
    assert "late for 15 June" in said(chair.get("/plans/2021-22/actions/004/"))
    it_is(2021, 6, 11)
    assert "silent" not in why("005"), "nor does it when it is over"
    assert deadlines().last_closed.date == deadlines().next_meeting.date == date(2021, 6, 15)


def test_it_is_the_next_meeting_where_no_other_is_to_come(report, meets, it_is, action):
    group = Group.objects.get(slug="management-group")
    it_is(2022, 3, 16)
    report("005", rating="green")
    meets(group, "2022-03-17", "2022-03-15T17:00")
    assert deadlines().next_meeting.date == date(2022, 3, 17)
    moment = make_aware(datetime.fromisoformat("2022-03-17T09:00"))
    assert late_for(action("005").pk, group.pk, moment) is None, "nobody could report for it in time"
    assert deadlines().last_closed.date == date(2022, 3, 15) and "silent" not in why("005")


def test_all_pages_speak_of_one_meeting_where_papers_of_two_have_closed(report, meets, it_is):
    group = Group.objects.get(slug="management-group")
    meets(group, "2021-06-17", "2021-06-09T17:00")  # that of the 15th closes on the 8th
    it_is(2021, 6, 4)
    report("005", rating="green")
    it_is(2021, 6, 10)
    assert deadlines().next_meeting == deadlines().last_closed
    assert "silent" not in why("005")
    assert why("006")["silent"] == "No update for the meeting of 15 June 2021 yet."


def test_each_deciding_group_sees_the_actions_of_its_own_line(board, sign_in, report, it_is, post):
    report("005", rating="red")
    report("006", rating="red")
    reader = sign_in("management.chair")

    def red(group):
        page = reader.get(f"/exceptions/?group={group}").content.decode()
        found = re.search(r"rule=red[^>]*><strong>(\d+)</strong>", page)
        return int(found[1]) if found else 0

    assert (red("board"), red("management-group"), red("executive")) == (1, 2, 2)


def test_where_a_group_has_no_chair_its_vice_chair_is_told_to_report(on_record, manager, post):
    told = "Resolution Group Chair"
    assert told in said(manager.get("/missing/"))
    with on_record():
        vice_chair = post(told)
        vice_chair.role = "vice_chair"
        vice_chair.save()
    page = said(manager.get("/missing/"))
    assert told in page and "has no post of a chair" not in page
    with on_record():
        Post(name="Resolution Chair of its own", role="chair", group=vice_chair.group).save()
    assert "Resolution Chair of its own" in said(manager.get("/missing/"))
