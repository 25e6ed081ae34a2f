"""Plans beside one another, who leads an action, its milestones, and what becomes of further actions."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action, ActionLead, BusinessPlan, FurtherAction, Milestone, ProgressUpdate, Theme
from gscp.record import Change
from subgroups.models import Group, Post, PostHolding
from tests.answers import words_of
from tests.conftest import AGENDA, ASK
from tests.factories import ActionFactory, another_plan, let_lead
from tests.published import PLAN
from tests.test_dashboards import counts

# Once: forms, pages and what models refuse.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT_005 = "/plans/2021-22/actions/005/"


def text(client, url) -> str:
    return client.get(url).content.decode()


@pytest.fixture
def second(on_record, action):
    """A plan of three months for neglect, live beside the year's; with the one action 1.1."""
    with on_record("A second plan"):
        driver = another_plan("neglect", "Neglect plan", date(2021, 4, 1), date(2021, 6, 30))
        ActionFactory(plan=driver.plan, driver=driver, group=action("006").group, ref="1.1")
    return driver.plan


# Several plans


def test_of_several_plans_there_is_a_list(sign_in, second):
    reader = sign_in("scrutineer")
    page = text(reader, "/plans/")
    assert "Business Plan 2021 / 2022" in page and "Neglect plan" in page
    assert "1 April 2021 to 30 June 2021" in page and "Live" in page
    assert "Plan Runs Status Actions Business Plan 2021 / 2022" in words_of(reader.get("/plans/"))
    assert "1, 1 open" in page and "6, 6 open" in page
    assert "1.1" in text(reader, "/plans/neglect/") and "005" not in text(reader, "/plans/neglect/")
    with CaptureQueriesContext(connection) as queries:
        reader.get("/plans/")
    assert len(queries) <= 8


def test_a_list_of_the_only_plan_does_not_name_it(sign_in):
    assert "Business Plan 2021-22" not in text(sign_in("qiip.chair"), "/exceptions/found/")


def test_the_link_to_the_plan_leads_to_the_only_one(sign_in):
    assert sign_in("scrutineer").get("/plans/current/").url == "/plans/2021-22/"


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_the_page_of_one_plan_counts_and_asks_about_that_one_alone(sign_in, second, send, asked, it_is, held):
    """Its charts, then and now, and what is to be confirmed."""
    for address in (f"{AT_005}nil-return/", "/plans/neglect/actions/1-1/nil-return/"):
        assert send(sign_in("business.manager"), address).status_code == 302
    asked(by="business.manager")
    it_is(2021, 9, 9)
    held()
    chair = sign_in("management.chair")
    for query, figures in (("", [7, 7]), ("?plan=neglect", [1, 1]), ("?plan=2021-22", [6, 6])):
        page = text(chair, f"/exceptions/{query}")
        assert counts(page, "Actions by status")["Not started"] == figures, query
    assert 'href="/plans/neglect/?status=' in text(chair, "/exceptions/?plan=neglect")
    assert counts(text(chair, "/exceptions/?plan=neglect"), "Actions by group") == {"QiiP Subgroup": [1, 1]}
    for query, has_them in (("", True), ("?plan=neglect", False), ("?plan=2021-22", True)):
        page = text(sign_in("cem.chair"), f"/due/{query}")
        for heading in ("to confirm", "/exceptions/"):
            assert (heading in page.partition("<main")[2]) == has_them, query
    assert "to confirm" in text(sign_in("qiip.chair"), "/due/?plan=neglect")
    assert "to confirm" not in text(sign_in("qiip.chair"), "/due/?plan=2021-22")


def test_nothing_of_one_plan_waits(sign_in, second, asked):
    asked("005")
    asked("002", "management.chair")
    for role, page, group in (
        ("management.chair", "/exceptions/", "this group"),
        ("executive", "/decisions/", "the Executive"),
    ):
        read = {plan: text(sign_in(role), f"{page}?plan={plan}") for plan in ("", "2021-22", "neglect")}
        for plan, html in read.items():
            assert f"Nothing waits for {group}." not in html
            assert (f"Nothing in this plan waits for {group}." in html) == (plan == "neglect"), plan


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_the_open_actions_of_every_plan_are_due_and_off_plan(sign_in, second, it_is):
    it_is(2022, 1, 10)  # long after its last day: what is open stays in sight
    chair = sign_in("qiip.chair")
    for page in ("/due/", "/exceptions/found/"):
        shown = text(chair, page)
        assert "/plans/neglect/actions/1-1/" in shown
        assert "Business Plan neglect" in shown and "Business Plan 2021-22" in shown, "references repeat"


def test_a_plan_is_closed_once_nothing_in_it_is_open(second, on_record, it_is):
    [subject] = second.actions.all()
    second.status = "closed"
    with pytest.raises(ValidationError, match="still has 1 open action: a plan is closed once"), on_record():
        second.save()
    with on_record():
        subject.status = "carried_forward"
        subject.save()
        second = BusinessPlan.objects.get(label="neglect")
        second.status = "closed"
        second.save()
    subject.status = "in_progress"
    with pytest.raises(ValidationError, match="neglect is closed: it has no open action"), on_record():
        subject.save()
    with pytest.raises(ValidationError, match="is closed"), on_record():
        ActionFactory(plan=second, driver=subject.driver, group=subject.group)


def test_an_action_of_a_closed_plan_is_not_to_be_reopened(second, on_record, sign_in):
    with on_record():
        subject = second.actions.get()
        subject.status = "complete"
        subject.save()
    url = f"{subject.get_absolute_url()}reopening/"
    chair = sign_in("qiip.chair")
    assert chair.get(url).status_code == 200
    with on_record():
        second = BusinessPlan.objects.get(label="neglect")
        second.status = "closed"
        second.save()
    assert "Business Plan neglect is closed" in chair.get(url, follow=True).content.decode()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"last_day": date(2021, 3, 31)}, "Business Plan neglect would end before it starts"),
        ({"label": "2021/22"}, "letters, digits and hyphens only"),
        ({"label": "2021-22"}, "already exists"),
        ({"label": ""}, "cannot be blank"),
        ({"status": "lost"}, "not a valid choice"),
    ],
)
def test_what_a_plan_cannot_be(values, message, second, on_record):
    for name, value in values.items():
        setattr(second, name, value)
    with pytest.raises(ValidationError, match=message), on_record():
        second.save()


# Who leads


def test_who_holds_a_post_that_leads_reports_and_asks_in_their_own_name(
    sign_in, send, action, on_record, user
):
    leader, lead = sign_in("qiip.chair"), Post.objects.get(name="QiiP Subgroup Chair")
    assert leader.get(f"{AT_005}update/").status_code == leader.get(f"{AT_005}exception/").status_code == 403
    assert f'href="{AT_005}"' not in text(leader, "/due/")
    with on_record("Two lead it"):
        let_lead(action("005"), Post.objects.get(name="Child Exploitation and Missing Subgroup Chair"), lead)
    page = text(leader, AT_005)
    leads = page.split("Who</dt>")[1].split("</dd>")[0]
    assert leads.index("Missing Subgroup Chair, Glou") < leads.index("QiiP Subgroup Chair, NHS")
    assert f'href="{AT_005}update/"' in page and f'href="{AT_005}exception/"' in page
    assert f'href="{AT_005}"' in text(leader, "/due/")
    said = {"done": "Met", "difference": "None yet", "rating": "amber", "reason": "Late"}
    assert send(leader, f"{AT_005}update/", **said).status_code == 302
    assert not ProgressUpdate.objects.get().on_behalf
    assert send(leader, f"{AT_005}exception/", **ASK).status_code == 302
    assert action("005").exception_reports.get().steps.get().entered_by == user("qiip.chair")
    with on_record("It no longer leads"):
        let_lead(action("005"), Post.objects.get(name="Child Exploitation and Missing Subgroup Chair"))
    assert leader.get(f"{AT_005}update/").status_code == 403
    assert "QiiP Subgroup Chair, NHS" not in text(leader, AT_005).split("Who</dt>")[1].split("</dd>")[0]


def test_what_a_leader_reports_done_is_for_nobody_to_confirm(
    sign_in, send, action, on_record, asked, attend, decide, it_is
):
    with on_record("Two lead it"):
        let_lead(action("005"), *action("005").lead_posts, Post.objects.get(name="QiiP Subgroup Chair"))
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    assert decide("grant", report).status_code == 302
    done = f"{report.get_absolute_url()}done/"
    assert send(sign_in("qiip.chair"), done, reason="Each agency named a lead").status_code == 302
    assert not report.steps.get(move="done").on_behalf


def test_a_member_s_post_leads_as_a_chair_s_does(sign_in, action, on_record, user, it_is):
    with on_record():
        nurse = Post(name="Deputy Chief Nurse", role="member", group=Group.objects.get(slug="cem"))
        nurse.save()
        ended = PostHolding.objects.get(user=user("resolution.chair"))
        ended.ended_on = "2021-04-02"
        ended.save()
        PostHolding(post=nurse, user=user("resolution.chair"), started_on="2021-04-01").save()
        let_lead(action("005"), nurse)
    member = sign_in("resolution.chair")
    assert member.get(f"{AT_005}update/").status_code == 200
    assert member.get("/plans/2021-22/actions/006/update/").status_code == 403
    it_is(2021, 4, 2)
    assert member.get("/").url == "/due/", "who chairs nothing and leads an action"
    with on_record():
        let_lead(action("005"))
    assert member.get("/").url == "/plans/current/"


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_one_of_two_lead_posts_vacant_is_off_plan_and_names_it(action, on_record, sign_in):
    with on_record():
        nurse = Post(name="Deputy Chief Nurse", role="member", group=Group.objects.get(slug="cem"))
        nurse.save()
        let_lead(action("005"), *action("005").lead_posts, nurse)
    page = text(sign_in("scrutineer"), AT_005)
    assert "Nobody holds the post that leads it: Deputy Chief Nurse." in page


@pytest.mark.parametrize("name", ["Business Manager", "Independent Scrutineer"])
def test_who_keeps_or_scrutinises_the_record_leads_nothing(name, action, on_record):
    with pytest.raises(ValidationError, match=f"The {name} leads no action"), on_record():
        let_lead(action("005"), Post.objects.get(name=name))


@pytest.mark.run_in("sqlite", "postgresql")  # a constraint
def test_a_post_leads_an_action_once(action, on_record):
    subject = action("005")
    with pytest.raises(ValidationError, match="a_post_leads_an_action_once"), on_record():
        ActionLead(action=subject, post=subject.lead_posts[0], position=2).save()


# References


def test_an_address_is_kept_when_the_reference_is_corrected(action, on_record):
    subject = action("005")
    with on_record():
        subject.ref = "5 (a)"
        subject.save()
    assert subject.get_absolute_url() == AT_005
    subject.slug = "5-a"
    with pytest.raises(ValidationError, match="keeps its address"), on_record():
        subject.save()


@pytest.mark.run_in("sqlite", "postgresql")  # a constraint
def test_one_reference_and_one_address_of_a_plan(action, on_record):
    subject = action("005")
    for values in ({"ref": "006"}, {"ref": "new", "slug": "006"}):
        with pytest.raises(ValidationError, match="one_action_a|already exists"), on_record():
            ActionFactory(plan=subject.plan, driver=subject.driver, group=subject.group, **values)


def test_the_timeline_of_an_action_is_found_by_its_printed_reference(second, sign_in):
    page = text(sign_in("scrutineer"), second.actions.get().get_absolute_url())
    number = Change.objects.get(model="actions.action", object_id=second.actions.get().pk).number
    found = text(sign_in("scrutineer"), "/scrutiny/changes/?plan=neglect&action=1.1")
    assert f'href="/scrutiny/changes/{number}/' in found and "Action 1.1" in page


# What else a plan says


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"precision": "month"}, "Give the day that its timescale is read as"),
        ({"precision": "week"}, "not a valid choice"),
        ({"priority": "urgent"}, "not a valid choice"),
        ({"ref": ""}, "cannot be blank"),
        ({"ref": "x" * 21}, "at most 20 characters"),
    ],
)
def test_what_an_action_cannot_be(values, message, action, on_record):
    subject = action("005")
    for name, value in values.items():
        setattr(subject, name, value)
    with pytest.raises(ValidationError, match=message), on_record():
        subject.save()


def test_a_theme_is_of_the_same_plan(second, action, on_record):
    with on_record():
        theme = Theme(plan=second, text="Neglect", position=1, lead_post=Post.objects.first())
        theme.save()
    subject = second.actions.get()
    with on_record():
        subject.theme = theme
        subject.save()
    other = action("005")
    other.theme = theme
    with pytest.raises(ValidationError, match="“Neglect” is a theme of another plan"), on_record():
        other.save()


@pytest.mark.run_in("sqlite", "postgresql")  # the order of the database
def test_without_a_priority_it_stands_after_the_others_and_says_so(sign_in, action, on_record):
    with on_record():
        subject = action("001")
        subject.priority = ""
        subject.save()
    page = text(sign_in("scrutineer"), "/exceptions/found/")
    assert page.index("/actions/006/") < page.index("/actions/001/")
    assert "No priority given, Resolution Group" in page
    listed = text(sign_in("scrutineer"), "/plans/2021-22/?priority=none")
    assert "/actions/001/" in listed and "/actions/002/" not in listed


FATES = [
    ({"fate": "done"}, "Give the day on which that was settled"),
    ({"fate": "done", "fate_on": date(2021, 6, 11), "fate_reason": "Held"}, "today or earlier"),
    ({"fate": "done", "fate_on": date(2021, 6, 10), "fate_reason": " "}, "Say why"),
    ({"fate": "dropped", "fate_on": date(2021, 6, 10)}, "Say why"),
    ({"fate": "identified", "fate_reason": "Why"}, "Say what became of it"),
    ({"fate": "identified", "fate_on": date(2021, 6, 10)}, "Say what became of it"),
    ({"fate": "taken_up", "fate_on": date(2021, 6, 10), "fate_reason": "Agreed"}, "Name the action"),
    ({"fate": "lost"}, "not a valid choice"),
]


@pytest.mark.parametrize(("values", "message"), FATES)
def test_a_further_action_is_settled_with_a_day_and_a_reason(values, message, action, on_record, it_is):
    it_is(2021, 6, 10)
    further = action("005").further_actions.get()
    for name, value in values.items():
        setattr(further, name, value)
    with pytest.raises(ValidationError, match=message), on_record():
        further.save()


@pytest.mark.parametrize(("ref", "message"), [("005", "itself cannot be"), ("006", "only then")])
def test_what_a_further_action_is_not_taken_up_as(ref, message, action, on_record, it_is):
    it_is(2021, 6, 10)
    further = action("005").further_actions.get()
    further.fate = "taken_up" if ref == "005" else "done"
    further.fate_on, further.fate_reason, further.taken_up_as = date(2021, 6, 10), "Agreed", action(ref)
    with pytest.raises(ValidationError, match=message), on_record():
        further.save()


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_its_fate_is_shown_tracked_compared_and_not_yet_there_before(action, on_record, sign_in, it_is):
    it_is(2021, 6, 10)
    further, reader = action("005").further_actions.get(), sign_in("scrutineer")
    with on_record("Agreed in June"):
        further.fate, further.fate_on, further.fate_reason = "taken_up", date(2021, 6, 9), "It is big enough"
        further.taken_up_as = action("006")
        further.save()
        Milestone(
            action=action("005"), text="Strategy printed", due="2021-05-31", done_on="2021-06-01"
        ).save()
    page = " ".join(text(reader, AT_005).split())
    link = '<a class="govuk-link" href="/plans/2021-22/actions/006/">Action 006</a>'
    assert f"Taken up as an action: {link}, 9 June 2021. It is big enough" in page
    assert "Strategy printed" in page and "Done 1 June 2021; due 31 May 2021" in page
    before = text(reader, f"/scrutiny/as-at/2021-06-09{AT_005}")
    assert "It is big enough" not in before and "Strategy printed" not in before
    compared = text(reader, "/scrutiny/compare/?since=2021-06-09&until=2021-06-10")
    assert "Taken up as an action" in compared and "It is big enough" in compared
    assert "Further action of Action 005" in compared and "Strategy printed" in compared
    assert Change.objects.filter(action=action("005").pk, model="actions.milestone").count() == 1
    with on_record(), pytest.raises(ValidationError, match="on a day to come"):
        Milestone(action=action("005"), text="Held", done_on="2021-06-11").save()


def test_the_page_of_an_action_costs_the_same_however_much_is_on_it(action, on_record, sign_in, it_is):
    it_is(2021, 6, 10)
    reader, subject = sign_in("scrutineer"), action("005")

    def first_look_after(rows: int) -> int:
        """The number of queries, once so many milestones and further actions were added."""
        with on_record():
            for number in range(rows):
                Milestone(action=subject, text=f"Step {number}").save()
                settled = {"fate": "taken_up", "fate_on": "2021-06-09", "fate_reason": "Agreed"}
                FurtherAction(action=subject, text="More", taken_up_as=action("006"), **settled).save()
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(AT_005).status_code == 200
        return len(queries)

    first_look_after(1)
    with on_record():
        let_lead(subject, Post.objects.get(name="QiiP Subgroup Chair"))
    few = first_look_after(1)
    with on_record():
        let_lead(subject, *Post.objects.filter(role="chair"))
    assert first_look_after(8) <= few


def test_the_published_plan_has_the_days_it_was_loaded_with():
    plan = BusinessPlan.objects.get(label="2021-22")
    assert (plan.first_day, plan.last_day, plan.title) == (PLAN["first_day"], PLAN["last_day"], PLAN["title"])
    assert [action.position for action in Action.objects.all()] == [1, 2, 3, 4, 5, 6]
