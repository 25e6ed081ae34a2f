"""The first days after the year, as they are played: what somebody finds who opens the demonstration."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from actions import findings
from actions.lineage import lineage_of
from actions.management.commands import play_year
from actions.models import Action, BusinessPlan, PlanDecision, ProgressUpdate
from gscp.record import Change
from scrutiny import checker, plan_checker
from scrutiny.proof import export
from scrutiny.proof.walk import verify
from subgroups.models import Group, Meeting
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.rows_of_record import everything, put_back

pytestmark = pytest.mark.django_db
OLD, NEW = "/plans/2021-22/", "/plans/2022-23/"
SPRING: dict = {}


@pytest.fixture
def spring(played, it_is):
    """All of the story is on record, and it is the day on which the demonstration stands."""
    if SPRING:
        put_back(SPRING)
    else:
        acts = json.loads(play_year.STORY.read_text())["acts"]
        play_year.play([act for act in acts if act["on"] >= "2022-03-09"])
        SPRING.update(everything())
    it_is(2022, 4, 6)


@pytest.fixture
def page(spring, sign_in):
    """page("executive", "/decisions/"): what that post reads there."""
    return lambda name, path: words_of(sign_in(name).get(path))


def of_next(ref: str) -> Action:
    return Action.objects.get(plan__label="2022-23", ref=ref)


def test_the_whole_record_is_in_order(spring):
    assert verify().findings == []
    assert checker.check(export.lines())[0] == plan_checker.check(export.lines()) == []
    acts = json.loads(play_year.STORY.read_text())["acts"]
    entries = Change.objects.filter(actor_id__isnull=False).order_by("number")
    moments = dict.fromkeys(f"{timezone.localtime(entry.clock):%Y-%m-%d %H:%M}" for entry in entries)
    assert list(moments) == [f"{act['on']} {act['time']}" for act in acts]


def test_it_stands_on_its_last_day_and_is_not_played_again(spring):
    out = StringIO()
    call_command("play_year", "--day", stdout=out)
    call_command("play_year", stdout=out)
    assert out.getvalue().splitlines() == ["2022-04-06", "The record has begun: no year is played on it."]
    parser = play_year.Command().create_parser("manage.py", "play_year")
    assert parser.parse_args([]).until == "2022-04-06", "make run plays all of it"


def test_history_says_which_actions_a_confirmed_decision_is_about(page):
    changes = page("scrutineer", "/scrutiny/changes/?kind=confirmation")
    for what in ("end of an action: 003 of 2021-22.", "change of 005 of 2021-22 (action)."):
        assert f"confirmed a decision, which is in force now: {what}" in changes


@pytest.mark.run_in("sqlite")  # links of pages
def test_both_plans_are_in_every_switch(spring, sign_in):
    reader = sign_in("management.chair")
    assert f'<a class="govuk-link" href="{NEW}">2022-23 (draft)</a>' in html_of(reader.get(OLD))
    assert f'<a class="govuk-link" href="{OLD}">2021-22</a>' in html_of(reader.get(NEW))
    for dashboard in ("/exceptions/", "/decisions/", "/due/"):
        page = html_of(reader.get(dashboard))
        assert f'href="{NEW}">2022-23 (draft)</a>' in page, dashboard
        assert 'aria-current="true">2021-22</a>' in page and "All plans" not in page, dashboard


def test_the_business_manager_finds_the_draft_the_year_and_what_waits(page, sign_in):
    todo = page("business.manager", "/missing/")
    assert "Draft of 2022-23: 6 actions, not yet adopted It counts once the Executive adopts it." in todo
    assert f'href="{NEW}">Draft of 2022-23' in html_of(sign_in("business.manager").get("/missing/"))
    assert "It ended on 31 March 2022. Still open: 4 actions." in todo
    assert "End of an action: 004 of 2021-22 Ask the chair of the Executive to confirm it." in todo
    assert "Update on Action 001" in todo and "Ask the chair of the Resolution Group to confirm it." in todo


@pytest.mark.run_in("sqlite")  # words of pages
def test_the_end_of_the_year_is_half_walked_through(page):
    end = page("business.manager", f"{OLD}end/")
    assert "Open actions (4)" in end
    assert "Carried forward: 003 of 2022-23 (draft) Decided. It stays open here until the" in end
    assert "Carried forward to 2022-23 (draft) Not in force until the chair of the Executive" in end
    assert "End of an action: 004 of 2021-22: not in force until" in end
    register = page("scrutineer", OLD)
    assert "Carried forward: 003 of 2022-23 (draft) Decided. It stays open here" in register


def test_an_action_goes_on_across_two_years(page, spring):
    new = of_next("003")
    assert [stage.action.plan.label for stage in lineage_of(new)] == ["2021-22", "2022-23"]
    assert str(new.original_date) == "2021-12-31", "its first date went with it"
    assert new.title == "Contacts to the MASH", "in the words of the draft"
    lineage = page("scrutineer", f"{OLD}actions/003/lineage/")
    assert (
        "Carried forward: 003 of 2022-23 (draft)" in lineage and "Management Group, 15 March 2022" in lineage
    )
    assert "In a draft that is not published" in lineage
    card = page("scrutineer", f"{NEW}actions/003/")
    assert "Goes on with 003 of 2021-22" in card and "days late" not in card, "nobody is held to a draft"
    assert "Goes on with 003 of 2021-22" in page("scrutineer", NEW)


@pytest.mark.run_in("sqlite")  # words of pages
def test_what_was_only_copied_says_so_in_both_plans(page):
    old, new = page("cem.chair", f"{OLD}actions/005/"), page("cem.chair", f"{NEW}actions/005/")
    assert "The draft of 2022-23 has it as 005 No meeting has carried it forward yet" in old
    assert "Copied from 005 of 2021-22 No meeting has carried that forward yet" in new
    assert "No meeting has carried" not in page("cem.chair", f"{OLD}actions/003/")
    assert "No meeting has carried" not in page("cem.chair", f"{NEW}actions/006/")


def test_last_year_s_open_actions_are_on_the_dashboards_with_their_year(page):
    for name, path in (("management.chair", "/exceptions/"), ("cem.chair", "/due/"), ("executive", "/")):
        assert "Business Plan 2021-22" in page(name, path if path != "/" else "/decisions/"), name
    assert {row.action for row in findings.of_live_plans()} == set(
        Action.objects.filter(plan__label="2021-22").values_list("pk", flat=True)
    ), "and nobody is asked about the draft"


def test_what_was_changed_corrected_and_entered_for_a_chair_is_seen(page):
    changed = page("scrutineer", f"{OLD}actions/005/")
    assert "Agreed by the Management Group, 15 March 2022" in changed
    assert "Now: Land the recommendations from the CSE Thematic Review in all six agencies" in changed
    corrected = page("scrutineer", f"{OLD}actions/003/")
    assert "It said that all agencies were at the table. In February one was not." in corrected
    assert "One agency was at the table in March only." in corrected
    [waits] = ProgressUpdate.objects.unconfirmed()
    assert (waits.action.ref, str(waits.group)) == ("001", "Resolution Group")
    assert "Update on Action 001" in page("resolution.chair", "/due/")
    assert "Done, 5 October 2021. The Published Arrangements name" in page("scrutineer", f"{OLD}actions/002/")
    assert "Taken up as an action: Action 007" in page("scrutineer", f"{OLD}actions/006/")


@pytest.mark.run_in("sqlite")  # words of a page
def test_the_executive_finds_what_to_confirm_and_what_is_asked(page):
    home = page("executive", "/decisions/")
    assert "End of an action: 004 of 2021-22 , entered 30 March 2022" in home
    assert "Request for a new date on Action 004" in home
    assert "About this meeting: To adopt the plan of 2022/23" in home
    assert "Request for a new date on Action 003" in page("management.chair", "/exceptions/")


def test_an_impact_that_was_to_be_checked_before_today_is_overdue_wherever_it_stands(page, it_is, sign_in):
    overdue = "impact to be checked on 31 March 2022, 6 days overdue"
    for name, path in (
        ("executive", "/decisions/"),
        ("management.chair", "/exceptions/"),
        ("qiip.chair.next", "/due/"),
        ("business.manager", "/missing/"),
    ):
        assert overdue in page(name, path).replace("Impact", "impact"), path
    todo = page("business.manager", "/missing/")
    assert "Proposal of completion on Action 006: 006 Develop and Stabilise" in todo
    assert f"I{overdue[1:]}. Ask a chair of the Management Group or the Executive to check it." in todo
    it_is(2022, 3, 31)
    assert "Impact to be checked" not in page("business.manager", "/missing/"), "it is not overdue on its day"
    home = page("executive", "/decisions/")
    assert "impact to be checked on 31 March 2022" in home and "overdue" not in home


def test_the_executive_s_page_says_where_nothing_is_asked(page):
    home = page("executive", "/decisions/").split("Off plan, where the Executive has the last word")[1]
    of_004, of_005 = home.split("004 Data Exceptions")[1].split("005 Implementation of Key")
    assert "Asked: request for a new date" in of_004 and "Nothing asked." not in of_004
    assert "Nothing asked." in of_005


def test_a_question_about_what_is_complete_since_says_that_it_can_be_taken_back(page):
    due = page("qiip.chair.next", "/due/").split("Returned to you with a question")[1]
    assert "The action is complete by now. Answer the question, or take the request back." in due
    todo = page("business.manager", "/missing/").split("Sent back with a question, and not answered")[1]
    assert todo.startswith(" Exception report on Action 006: 006 Develop") and (
        "Ask the chair of the QiiP Subgroup to answer it, or to take it back." in todo
    )


def test_whose_end_is_decided_takes_no_agreed_change_and_says_where_it_goes_on(page, spring, sign_in):
    path = f"{OLD}actions/003/edit/"
    form = page("business.manager", path)
    assert "A meeting has decided how Action 003 ends: change it where it goes on. Here a slip" in form
    assert "Carried forward: 003 of 2022-23 (draft)" in form
    html = html_of(sign_in("business.manager").get(path))
    assert '<input type="hidden" name="kind" value="slip"' in html and 'name="meeting"' not in html
    assert f'href="{NEW}actions/003/"' in html
    other = html_of(sign_in("business.manager").get(f"{OLD}actions/005/edit/"))
    assert other.count('type="radio" name="kind"') + other.count('name="kind" type="radio"') == 2
    assert 'name="meeting"' in other and "A meeting has decided how" not in other


def test_who_proposes_completion_of_high_priority_reads_which_group_accepts_it(page):
    high = page("cem.chair", f"{OLD}actions/005/completion/")
    assert "It goes to the Management Group. This action is of High priority" in high
    assert "the Management Group sends it on, and the Executive grants it or does not." in high
    other_kind = page("cem.chair", f"{OLD}actions/005/new-date/")
    assert "It goes to the Management Group." in other_kind and "sends it on" not in other_kind


def test_a_holder_who_is_called_by_the_post_is_named_once(spring, user):
    [held] = user("executive").holdings.all()
    assert str(held) == "Holder of Executive Chair"
    held.user.name = "Somebody else"
    assert str(held) == "Somebody else as Executive Chair"


def test_a_button_says_which_date_can_be_set(page, sign_in):
    action = page("business.manager", f"{OLD}actions/005/")
    assert "Set a review date" in action and "Set dates" not in action
    form = page("business.manager", f"{OLD}actions/005/dates/")
    assert "Set a review date" in form and "Record the date" in form
    assert "Set the first date" in page("business.manager", f"{OLD}actions/001/")


def test_a_meeting_of_today_leaves_the_next_one_in_sight(on_record, page):
    before = page("business.manager", "/missing/")
    assert "The Management Group meets on 12 April 2022 ." in before
    with on_record("A meeting of today"):
        group = Group.objects.get(slug="management-group")
        closes = timezone.now().replace(year=2022, month=4, day=5, hour=16)
        Meeting(group=group, date=date(2022, 4, 6), papers_close=closes).save()
    todo = page("business.manager", "/missing/")
    assert "The Management Group meets today, 6 April 2022 ." in todo
    assert "The Management Group meets on 12 April 2022 ." in todo
    due = page("cem.chair", "/due/")
    assert "The Management Group meets today, 6 April 2022 . After that it meets on 12 April 2022 ." in due


def test_from_there_the_next_plan_is_adopted(spring, sign_in, send):
    """As somebody tries it who follows the README to its end."""
    manager, chair = sign_in("business.manager"), sign_in("executive")
    meeting = Meeting.objects.get(group__slug="executive", date="2022-03-29")

    def confirmed() -> str:
        waits = PlanDecision.objects.waiting().get()
        done = send(chair, f"{waits.get_absolute_url()}confirm/")
        return words_of(chair.get(done.url))

    twice = "Copied, and still open in an earlier plan: 001, 005. Carry them forward there first"
    assert twice in words_of(manager.get(f"{NEW}publish/"))
    assert "Entered late, 30 March 2022" in confirmed() and of_next("004").came_from
    keys = [Action.objects.get(plan__label="2021-22", ref=ref).pk for ref in ("001", "005")]
    what = {"actions": keys, "fate": "carried_forward", "plan": of_next("001").plan_id}
    what |= {"meeting": meeting.pk, "reason": "Both go on"}
    preview = manager.post(f"{OLD}end/", form_of(manager.get(f"{OLD}end/")) | what)
    assert "to the Business Plan 2022-23, where it goes on as 005" in words_of(preview)
    told = words_of(manager.post(f"{OLD}end/", form_of(preview) | what, follow=True))
    assert "It is decided how each open action ends." in told
    confirmed()
    assert BusinessPlan.objects.get(label="2022-23").actions.count() == 6, "none of them twice"
    assert "Copied, and still open" not in words_of(manager.get(f"{NEW}publish/"))
    send(manager, f"{NEW}publish/", meeting=meeting.pk, reason="Adopted as drafted")
    assert "adopted Not in force until the chair of the Executive" in words_of(manager.get("/missing/"))
    assert "The plan is live: its actions are reported on from now." in confirmed()
    assert not BusinessPlan.objects.get(label="2021-22").actions.open().exists()
    assert "All plans 2022-23 2021-22" in words_of(chair.get("/decisions/"))
    assert verify().findings == []


@pytest.mark.run_in("sqlite")  # Python
def test_the_plan_s_statement_and_the_gaps_cost_few_queries(spring, sign_in, django_assert_max_num_queries):
    reader = sign_in("scrutineer")
    for path, most in (("/plans/2021-22/statement/", 40), ("/reviews/gaps/", 40)):
        with django_assert_max_num_queries(most):
            assert reader.get(path).status_code == 200
    page = words_of(reader.get("/plans/2021-22/statement/"))
    assert "Reports due for meetings 26 In time: 21. Late, after papers closed: 0. Missing: 5." in page
    assert "New dates asked for 5 Before the date had passed: 2. After it: 3." in page
    assert "Actions complete 2 Impact tested and found: 1. Not so: 1." in page
    assert "With evidence added to it: 1. Without: 1." in page
