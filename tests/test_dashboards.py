"""What each post must look at first: asked, found, counted, come back, promised, missing."""

import re
from datetime import date

import pytest
from django.conf import settings

from actions.models import Action, ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from subgroups.models import Attendance, Group, Meeting, Partner, PostHolding
from tests.conftest import AGENDA, ASK
from tests.factories import ActionFactory
from tests.test_meetings import days

pytestmark = pytest.mark.django_db


def home(client) -> str:
    return client.get("/", follow=True).content.decode()


def counts(page: str, caption: str) -> dict[str, list[int]]:
    """The figures of a chart's table, by the words of each line."""
    table = re.search(rf"<caption[^>]*>{caption}</caption>(.*?)</table>", page, re.S)[1]
    rows = re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?([^<]+).*?</th>(.*?)</tr>', table, re.S)
    return {label: [int(n) for n in re.findall(r"numeric\">([\d,]+)<", cells)] for label, cells in rows}


def test_the_management_group_finds_first_what_waits_for_a_decision(asked, sign_in):
    report = asked()
    page = home(sign_in("management.chair"))
    assert page.index(report.get_absolute_url()) < page.index(">Off plan</h2>")
    assert "Who was present is on record of no earlier meeting" in page


@pytest.mark.run_in("sqlite")  # a template cuts the list
def test_ten_reports_stand_there_and_the_rest_is_a_click_away(sign_in, user, on_record):
    with on_record():
        for action in Action.objects.filter(ref__in=["001", "005", "006"]):
            for kind in ("exception", "withdrawal", "new_date", "completion"):
                action.original_date = date(2021, 9, 30)
                action.save()
                ExceptionReport(
                    action=action,
                    kind=kind,
                    forecast=date(2021, 12, 31),
                    evidence="A register",
                    impact="Known",
                ).ask(user("business.manager"))
    page = home(sign_in("management.chair"))
    waiting = page[page.index("Waiting for this group") : page.index(">Off plan</h2>")]
    assert len(set(re.findall(r"/exceptions/\d+/", waiting))) == 10
    rest = sign_in("management.chair").get("/exceptions/reports/?state=waiting&with_group=management-group")
    assert "/exceptions/reports/?state=waiting&amp;with_group=management-group" in waiting
    assert "12 reports" in rest.content.decode()


def test_counts_stand_beside_those_of_the_last_meeting(sign_in, send, it_is, held):
    said = {"done": "Met", "difference": "None yet", "reason": "As planned"}
    update = "/plans/2021-22/actions/005/update/"
    send(sign_in("cem.chair"), update, rating="green", **said)
    it_is(2021, 6, 10)  # papers for the 15th are closed
    send(sign_in("cem.chair"), update, rating="red", **said | {"done": "Met again"})
    it_is(2021, 6, 16)
    held()
    page = home(sign_in("management.chair"))
    assert counts(page, "Open actions by rating") == {
        "Green": [0, 1],
        "Amber": [0, 0],
        "Red": [1, 0],
        "Not rated": [5, 5],
        "No report since": [0, 0],
    }
    assert counts(page, "Actions by status")["In progress"] == [1, 1]
    assert counts(page, "Actions by group")["Management Group"] == [2, 2]


@pytest.mark.run_in("sqlite")  # words about a meeting
def test_the_meeting_to_be_held_stays_in_sight_after_its_papers_have_closed(sign_in, it_is):
    for today, month, said in (
        ((2021, 6, 7), "2021-06-15", "apers close <strong>tomorrow at 5pm"),
        ((2021, 6, 15), "2021-06-15", "Papers closed on 8 June at 5pm."),
        ((2021, 6, 16), "2021-09-14", "Papers close <strong>on 7 September at 5pm"),
    ):
        it_is(*today)
        page = home(sign_in("management.chair"))
        assert f"/meetings/management-group/{month}/" in page and said in page


def test_what_was_reported_before_the_last_papers_closed_is_not_missing(sign_in, send, it_is):
    it_is(2022, 3, 7)
    typed = {"done": "Met", "difference": "None yet", "rating": "green", "reason": "As planned"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **typed)
    it_is(2022, 3, 9)  # no later meeting is recorded
    assert "Your open action has a report." in home(sign_in("cem.chair"))
    assert "1 action to report" in home(sign_in("qiip.chair"))
    missing = home(sign_in("business.manager"))
    assert "/actions/006/update/" in missing and "/actions/005/update/" not in missing


@pytest.mark.parametrize(
    ("today", "meeting", "said", "missing"),
    [
        ((2021, 6, 7), "2021-06-15", "tomorrow at 5pm", False),
        ((2021, 6, 9), "2021-06-15", "Papers closed yesterday at 5pm", False),
        ((2021, 6, 15), "2021-06-15", "Papers closed on 8 June at 5pm", False),
        ((2021, 6, 16), "2021-09-14", "on 7 September at 5pm", True),
        ((2021, 9, 8), "2021-09-14", "Papers closed yesterday at 5pm", True),
        ((2022, 3, 15), "2022-03-15", "Papers closed on 8 March at 5pm", True),
        ((2022, 3, 16), "", "No coming meeting is recorded.", True),
    ],
)
def test_what_is_due_is_due_for_the_meeting_to_come(today, meeting, said, missing, sign_in, send, it_is):
    """What was reported on 7 June, on every kind of day of the year."""
    it_is(2021, 6, 7)
    typed = {"done": "Met", "difference": "None yet", "rating": "green", "reason": "As planned"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **typed)
    it_is(*today)
    due, gaps = home(sign_in("cem.chair")), home(sign_in("business.manager"))
    assert said in gaps and meeting in due and meeting in gaps
    assert (said in due) is (missing or not meeting), "to who has reported, the deadline says nothing"
    assert ("Your open action has a report." in due) is not missing
    assert ("/actions/005/update/" in gaps) is missing


def test_what_was_reported_for_june_is_due_again_for_a_meeting_called_for_today(sign_in, send, it_is):
    it_is(2021, 6, 7)
    typed = {"done": "Met", "difference": "None yet", "rating": "green", "reason": "As planned"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **typed)
    it_is(2021, 6, 16)
    called = days(date=(16, 6, 2021), papers_close=(16, 6, 2021)) | {"closing_time": "00:00"}
    group = Group.objects.get(slug="management-group").pk
    send(
        sign_in("business.manager"),
        "/meetings/new/",
        group=group,
        reason="Urgent",
        as_it_stands="on",
        **called,
    )
    page = home(sign_in("cem.chair"))
    assert "/meetings/management-group/2021-06-16/" in page and "1 action to report" in page
    assert "it will be marked late" not in page, "it came on record after its papers closed"


@pytest.mark.run_in("sqlite")  # words of a page
def test_the_executive_reads_the_argument_and_decides(asked, sign_in):
    report = asked("002", "management.chair")
    page = home(sign_in("executive"))
    for words in ASK.values():
        assert words in page
    assert report.get_absolute_url() in page


@pytest.mark.run_in("sqlite")  # words of a page
def test_the_executive_is_told_what_a_decision_waits_for(asked, sign_in, it_is, attend):
    waits = "No decision of the coming meeting can be entered yet."
    waits += " The Business Manager records who is here first"
    assert waits not in home(sign_in("executive")), "nothing is asked"
    asked("002", "management.chair")
    assert waits in home(sign_in("executive"))
    it_is(2021, 6, 29)
    assert waits in home(sign_in("executive"))
    attend("/meetings/executive/2021-06-29/", "council", "police", "health")
    assert waits not in home(sign_in("executive"))


@pytest.mark.run_in("sqlite")  # words of a page
def test_the_executive_reads_the_answer_to_its_question(asked, sign_in, on_record, user, it_is):
    report = asked("002", "management.chair")
    it_is(2021, 6, 29)
    with on_record():
        meeting = Meeting.objects.get(group__slug="executive", date="2021-06-29")
        for partner in Partner.objects.filter(succeeded_by=None):
            Attendance(meeting=meeting, partner=partner, presence="present").save()
        report.make_move(MOVES_BY_NAME["return"], user("executive"), "Which two agencies?", meeting)
    with on_record():
        report = ExceptionReport.objects.get()
        report.make_move(MOVES_BY_NAME["answer"], user("management.chair"), "Health and police")
    page = home(sign_in("executive"))
    assert page.index("Which two agencies?") < page.index("Health and police")
    assert meeting.get_absolute_url() in page, "where it is decided"


def test_a_chair_finds_what_came_back_and_what_was_promised(sign_in, played):
    page = home(sign_in("qiip.chair.next"))
    assert page.index("Returned to you with a question") < page.index("Promised, and not done yet")
    assert "Granted, impact to be checked on 31 March 2022" in page


@pytest.mark.run_in("sqlite")  # who holds a post, and what they may
def test_the_next_chair_finds_it_all_on_one_page(asked, sign_in, user, on_record, it_is):
    report = asked()
    with on_record():
        report.state = "returned"
        report.save()
        held = PostHolding.objects.get(user=user("cem.chair"))
        held.ended_on = "2021-04-02"
        held.save()
        PostHolding(post=held.post, user=user("mash.chair"), started_on="2021-04-02").save()
    it_is(2021, 4, 2)
    assert report.get_absolute_url() in home(sign_in("mash.chair"))
    assert sign_in("cem.chair").get("/due/").status_code == 403


def test_the_business_manager_finds_who_has_not_reported_and_what_is_to_be_recorded(played, sign_in):
    page = home(sign_in("business.manager"))
    silent = page[page.index("Not reported yet") : page.index("Posts nobody holds")]
    assert set(re.findall(r"/actions/(\d+)/", silent)) == {"005"}, "the others have, before papers closed"
    assert "005 Implementation of Key Partnership Strategies" in silent
    assert "Ask the Child Exploitation and Missing Subgroup Chair" in silent
    assert "MASH Subgroup Vice-Chair" in page, "a post without a holder"
    assert "/meetings/resolution/2022-02-17/attendance/" in page, "attendance is not recorded"
    assert "/meetings/new/?group=qiip" in page, "no coming meeting"
    assert "Granted: Proposal of completion on Action 002" in page, "typed for the chair, not confirmed"


def test_all_that_was_asked_is_a_click_away_and_can_be_filtered(played, sign_in):
    reader = sign_in("scrutineer")
    every = reader.get("/exceptions/reports/").content.decode()
    assert f"{ExceptionReport.objects.count()} reports" in every
    only = reader.get("/exceptions/reports/?kind=completion&state=refused").content.decode()
    assert "1 report<" in only.replace("\n", "") and "Action 006" in only


def test_no_list_is_cut_without_a_word():
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        html = template.read_text()
        cut = re.findall(r'slice:":(\d+)"', html)
        assert cut == re.findall(r'actions/first.html" with .*?first=(\d+)', html), template


def test_a_new_date_waiting_waits_on_the_dashboard(sign_in, send, on_record, action):
    with on_record():
        subject = action("005")
        subject.original_date = "2021-09-30"
        subject.save()
    typed = {"cause": "No leads", "effect": "They wait", "recovery": "Ask"} | days(forecast=(31, 12, 2021))
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/new-date/", **typed)
    assert "31 December 2021" in home(sign_in("management.chair"))
    assert "31 December 2021" in sign_in("management.chair").get(AGENDA).content.decode()


def test_the_rating_chart_counts_what_is_open_and_fresh(it_is, action, on_record, send, sign_in, held):
    """An old rating counts as not reported, that of a closed action not at all; then as it was then."""

    def charted():
        shown = counts(home(sign_in("management.chair")), "Open actions by rating")
        return {label: figures for label, figures in shown.items() if any(figures)}

    said = {"done": "Met them", "difference": "Seen sooner", "rating": "green", "reason": "On its way"}
    for role, ref in (("cem.chair", "005"), ("qiip.chair", "006")):
        send(sign_in(role), f"/plans/2021-22/actions/{ref}/update/", **said)
    assert charted() == {"Green": [2], "Not rated": [4]}
    with on_record():
        subject = action("006")
        subject.status = "complete"
        subject.save()
    assert charted() == {"Green": [1], "Not rated": [4]}
    it_is(2021, 9, 9)  # papers have closed for two meetings, and nothing was reported since the first
    held()
    assert charted() == {"Green": [0, 1], "Not rated": [4, 4], "No report since": [1, 0]}


def test_who_checks_impact_finds_from_its_day_on_what_is_to_be_checked(played, sign_in, it_is):
    promised = ExceptionReport.objects.with_outstanding().get(impact_check_on="2022-03-31")
    for role in ("management.chair", "executive"):
        it_is(2022, 3, 30)
        assert "Impact to be checked" not in home(sign_in(role))
        it_is(2022, 3, 31)
        page = home(sign_in(role))
        assert promised.get_absolute_url() in page[page.index("Impact to be checked") :]
    assert "Impact to be checked" not in sign_in("cem.chair").get("/exceptions/").content.decode()


def test_the_management_group_sees_why(sign_in, report):
    report("005", rating="amber", blocker="No lead nominated")
    chair = sign_in("management.chair")
    page = chair.get("/", follow=True).content.decode()
    assert "?group=management-group&amp;rule=blocked" in page and "rule=red" not in page
    only = chair.get("/exceptions/found/?rule=blocked").content.decode()
    assert "What is in the way: No lead nominated" in only
    assert "1 action off plan" in only
    assert "/actions/005/" in only and "/actions/006/" not in only
    assert "1 action off plan" in chair.get("/exceptions/found/?group=cem").content.decode()


def test_the_executive_sees_what_only_it_decides(sign_in):
    page = sign_in("executive").get("/", follow=True).content.decode()
    shown = {ref for ref in ("001", "002", "003", "004", "005", "006") if f"/actions/{ref}/" in page}
    assert shown == {"002", "003", "004", "005"}, "High, and what the Management Group's chair answers for"


def test_the_business_manager_sees_what_is_missing(sign_in, on_record, user):
    page = sign_in("business.manager").get("/", follow=True).content.decode()
    assert "No date and no review date" in page and "Owner not in place" in page
    assert "/plans/2021-22/actions/001/dates/" in page, "the button sets it"


def test_a_chair_sees_what_is_due(sign_in, report):
    chair = sign_in("cem.chair")
    page = chair.get("/", follow=True).content.decode()
    assert "1 action to report before papers close on 8 June at 5pm" in page
    assert "/actions/005/update/" in page and "/actions/006/" not in page
    report("005", rating="green")
    assert "Your open action has a report." in chair.get("/due/").content.decode()


@pytest.mark.run_in("sqlite")  # words of a page
def test_the_mash_chair_sees_a_page_that_says_who_acts(sign_in):
    page = sign_in("mash.chair").get("/", follow=True).content.decode()
    assert "The MASH Subgroup is not in place yet" in page
    assert "/update/" not in page
    assert "you act for it" in sign_in("management.chair").get("/due/").content.decode()


@pytest.mark.run_in("sqlite")  # a template cuts the list
def test_a_subgroup_with_many_actions_to_report_has_the_first_ten_named(sign_in, action, on_record):
    like = action("006")

    def page_with(number):
        with on_record():
            while Action.objects.filter(group=like.group).count() < number:
                ref = f"9{Action.objects.count():02}"
                ActionFactory.build(plan=like.plan, driver=like.driver, group=like.group, ref=ref).save()
        page = home(sign_in("business.manager"))
        silent = page[page.index("Not reported yet") : page.index("The register lacks")]
        return silent.count(f". {like.group}."), f"1 more of the {like.group}" in silent

    assert page_with(10) == (10, False)
    assert page_with(11) == (10, True)
