"""The page of a meeting: what happens next, each request with its full argument, who is here."""

import re
from datetime import date

import pytest

from actions.models import Action, ExceptionReport
from subgroups.models import Group
from tests.answers import said, words_of
from tests.conftest import AGENDA, ASK

# Once: what a page says of rows that others test on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
FIRST = "records who is here first. Then decisions can be entered."
OPEN = r"<details[^>]* open[ >]"
NOT_IN_FORCE = "A decision is not in force until a meeting with enough partners agrees it."
GO_ON = "By this group’s terms its chair may go on all the same, with a reason."


@pytest.fixture
def says(sign_in):
    return lambda role="management.chair", page=AGENDA: words_of(sign_in(role).get(page))


def test_it_says_what_happens_next_from_the_first_day_to_the_next_meeting(asked, attend, decide, it_is, says):
    report = asked()
    assert "Papers close on 8 June at 5pm." in says() and "entered from 15 June 2021 on" in says()
    it_is(2021, 6, 9)
    assert "What is asked now, and a report that was due, is marked late." in says()
    assert "Papers closed yesterday at 5pm." in says()
    it_is(2021, 6, 15)
    assert f"The Business Manager {FIRST}" in says() and "sign in as business.manager" in says()
    manager = says("business.manager")
    assert "Record who is here first. Then decisions can be entered." in manager
    assert FIRST not in manager and "sign in as business.manager" not in manager
    attend(AGENDA, "council", "police", "health")
    assert "Enter a decision on each request below." in says() and FIRST not in says()
    assert "A chair of the Management Group enters the decisions" in says("cem.chair")
    assert decide("grant", report).status_code == 302
    assert "No request waits for this meeting." in says()
    it_is(2021, 9, 14)
    assert "The Management Group has met since, on 14 September 2021 . Decisions are entered there." in says()


def test_a_group_that_does_not_decide_is_done_once_attendance_is_on_record(attend, it_is, says):
    page, done = "/meetings/cem/2021-05-18/", "Who was there is on record. There is nothing more to do here."
    it_is(2021, 5, 18)
    assert done not in says("cem.chair", page) and "who is here first." in says("cem.chair", page)
    attend(page, "council", "police", "health")
    assert done in says("cem.chair", page)
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    assert done not in says(), "a group that decides"


@pytest.mark.parametrize("may_go_on", [False, True])
def test_without_a_quorum_it_says_so_where_it_matters(may_go_on, asked, attend, it_is, says, on_record):
    report, group = asked(), Group.objects.get(slug="management-group")
    with on_record():
        group.chair_may_proceed = may_go_on
        group.save()
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    for page in (AGENDA, f"{AGENDA}decide/{report.pk}/"):
        assert (GO_ON in says(page=page)) is may_go_on
    assert NOT_IN_FORCE in says()
    attend(AGENDA, "council", "police", "health", reason="Came late")
    assert GO_ON not in says() and NOT_IN_FORCE not in says()


def test_the_agenda_has_each_request_s_full_argument(asked, says):
    report = asked()
    page = says()
    for value in ASK.values():
        assert value in page
    for label, _ in ExceptionReport.objects.get(pk=report.pk).labelled_values:
        assert label in page


def test_what_a_request_was_asked_and_answered_stands_with_it(
    asked, attend, decide, it_is, says, send, sign_in
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("return", report, reason="Which agencies?")
    it_is(2021, 6, 16)
    send(sign_in("cem.chair"), f"{report.get_absolute_url()}answer/", reason="The fifth and the sixth")
    page = says(page="/meetings/management-group/2021-09-14/")
    agenda = page.split("Off plan, and nothing asked")[0]
    assert "Which agencies?" in agenda and "The fifth and the sixth" in agenda


def test_who_was_there_by_whom_is_folded_until_it_is_said(attend, it_is, manager, post):
    it_is(2021, 6, 15)
    form = manager.get(f"{AGENDA}attendance/").content.decode()
    assert form.count("<details") == 3 and not re.search(OPEN, form)
    chair = post("Management Group Chair")
    attend(AGENDA, "council", **{f"post_{chair.partner_id}": chair.pk})
    form = manager.get(f"{AGENDA}attendance/").content.decode()
    assert len(re.findall(OPEN, form)) == 1


def test_the_demonstration_says_how_to_come_to_a_decision(says, settings):
    told = "In this demonstration you need not wait. Sign in as business.manager."
    assert told in says() and "Record a meeting of this group for today" in says("business.manager")
    settings.DEMO, settings.DEMO_TODAY = False, None
    assert "In this demonstration" not in says()


def test_what_changed_names_a_day_of_review_where_there_is_no_other(it_is, on_record, says):
    it_is(2021, 6, 15)
    for columns, words in (
        ({"review_date": date(2021, 10, 1)}, "Review 1 October 2021"),
        ({"original_date": date(2021, 9, 30)}, "30 September 2021"),
    ):
        with on_record():
            action = Action.objects.get(ref="005")
            for name, day in columns.items():
                setattr(action, name, day)
            action.save()
        assert words in says().split("Changed since")[1]
    assert "Review" not in says().split("Changed since")[1]
    # The same of a day that is over: its rows are of the history.
    it_is(2021, 6, 16)
    assert "30 September 2021" in says().split("Changed since")[1]


def test_one_change_is_no_more_than_one(attend, it_is, on_record, says):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    it_is(2021, 6, 16)
    for priority, words in (("low", "1 change of Action 005"), ("medium", "2 changes of Action 005")):
        with on_record():
            action = Action.objects.get(ref="005")
            action.priority = priority
            action.save()
        page = says(page="/meetings/management-group/2021-09-14/")
        assert words in page.split("Changed since the meeting of 15 June")[1]


def test_the_form_of_a_decision_says_what_was_decided_last(asked, attend, decide, it_is, says, sign_in, send):
    september = "/meetings/management-group/2021-09-14/"
    first = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    assert "Last decided" not in says(page=f"{AGENDA}decide/{first.pk}/")
    decide("refuse", first, reason="Come back with its findings")
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/exception/", **ASK)
    second = ExceptionReport.objects.latest("pk")
    it_is(2021, 9, 14)
    attend(september, "council", "police", "health")
    page = says(page=f"{september}decide/{second.pk}/")
    assert "refused by the Management Group on 15 June 2021: Come back with its findings" in page


def test_who_came_is_offered_as_a_post_of_the_group_or_of_one_next_below(it_is, manager):
    it_is(2021, 6, 29)
    offered = re.findall(
        r"<option[^>]*>([^<]+)<", said(manager.get("/meetings/executive/2021-06-29/attendance/"))
    )
    own = ["Executive Chair", "Executive Vice-Chair"]
    assert {*offered} == {"Not said", *own, "Management Group Chair"}
    assert offered.count("Executive Chair") == 3, "it is of no partner, so anyone of them may hold it"
    it_is(2021, 6, 15)
    offered = re.findall(r"<option[^>]*>([^<]+)<", said(manager.get(f"{AGENDA}attendance/")))
    assert "Management Group Chair" in offered and "QiiP Subgroup Chair" in offered
    assert not {*own} & {*offered}


def test_the_page_of_what_is_decided_does_not_say_what_was_decided_after_it(
    asked, attend, decide, it_is, says, sign_in, send
):
    first = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", first)
    why = {"cause": "It is done elsewhere", "effect": "None"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/withdrawal/", **why)
    second = ExceptionReport.objects.latest("pk")
    asked_page = says(page=second.get_absolute_url())
    assert "Last decided: exception report , granted by the Management Group on 15 June 2021" in asked_page
    decide("refuse", second)
    second.refresh_from_db()
    assert second.state == "refused"
    assert "Last decided" not in says(page=first.get_absolute_url())


def test_a_priority_of_today_does_not_hide_what_it_was_when_it_was_asked(asked, on_record, says, action):
    report = asked()
    pages = ("/meetings/management-group/2021-06-15/", report.get_absolute_url())
    told = ("High priority (when it was asked", "Priority when it was asked")
    assert not any(word in says(page=page) for page in pages for word in told)
    for priority in ("low", "medium"):
        with on_record():
            subject = action("005")
            subject.priority = priority
            subject.save()
    assert "Medium priority (when it was asked: high priority)" in says(page=pages[0])
    assert "Priority when it was asked High priority" in says(page=pages[1])
