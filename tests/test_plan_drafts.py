"""The Business Manager writes a plan as a draft: everybody reads it, and it is on no dashboard."""

from datetime import date
from html import unescape

import pytest

from actions import findings
from actions.models import Action, BusinessPlan, ProgressUpdate, StrategicDriver, Theme
from actions.models.who import owners_of
from gscp.record import TOMBSTONE, Change
from subgroups.models import Group, Partner, Post
from tests.answers import words_of
from tests.factories import ActionFactory, draft_plan
from tests.rows_of_record import without_triggers
from tests.test_sentences import last

# Once: forms and pages of plans; numbers and entries have their tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
DRAFT = "/plans/2022-23/"
NEW = {
    "label": "2022-23",
    "title": "Business Plan 2022 / 2023",
    "first_day": "2022-04-01",
    "last_day": "2023-03-31",
    "green_means": "On course",
    "amber_means": "At risk",
    "red_means": "Off course",
    "reason": "The Executive asked for it",
}


def dated(values: dict) -> dict:
    """As a browser sends dates: by their parts."""
    sent = dict(values)
    for name in [name for name in values if name.endswith(("_day", "_date"))]:
        year, month, day = sent.pop(name).split("-")
        sent |= {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}
    return sent


@pytest.fixture
def draft(on_record):
    with on_record("A draft"):
        plan = draft_plan("2022-23")
        StrategicDriver(plan=plan, kind="audit", text="The audit of front doors").save()
    return plan


@pytest.fixture
def typed(draft):
    """What the form of an action of the draft is sent with."""
    return {
        "ref": "001",
        "text": "Agree one front door",
        "driver": draft.drivers.get().pk,
        "group": Group.objects.get(slug="qiip").pk,
        "reason": "From the away day",
    }


def errors_of(response) -> str:
    """The summary of errors above the form."""
    return unescape(response.content.decode().split("govuk-error-summary__body")[1].split("</ul>")[0])


def text(client, url) -> str:
    return client.get(url, follow=True).content.decode()


def test_a_plan_is_made_in_a_browser_from_nothing(manager, send, sign_in):
    assert 'href="/plans/new/"' in text(manager, "/plans/")
    assert 'href="/plans/new/"' not in text(sign_in("qiip.chair"), "/plans/")
    page = text(manager, "/plans/new/")
    assert "Why you make the draft" in page and "Why you change" not in page
    assert send(manager, "/plans/new/", **dated(NEW)).url == DRAFT
    assert "Why you change the draft" in text(manager, f"{DRAFT}edit/")
    plan = BusinessPlan.objects.get(label="2022-23")
    assert plan.is_draft and plan.first_day == date(2022, 4, 1)
    assert last().startswith(
        "The Business Manager began a draft: the Business Plan 2022-23, because “The Exec"
    )
    page = text(sign_in("qiip.chair"), DRAFT)
    assert "This plan is not published." in page and "This plan has no action yet." in page
    assert f'href="{DRAFT}edit/"' not in page
    listed = text(sign_in("scrutineer"), "/plans/")
    assert "1 April 2022 to 31 March 2023" in listed and "Draft" in listed and "Live" in listed


def test_a_plan_begins_with_the_open_actions_of_the_one_before(manager, send, on_record, action):
    with on_record():
        subject = action("006")
        subject.status = "complete"
        subject.save()
    before = action("005")
    send(manager, "/plans/new/", **dated(NEW), copy_from=before.plan_id)
    plan = BusinessPlan.objects.get(label="2022-23")
    assert [one.ref for one in plan.actions.all()] == ["001", "002", "003", "004", "005"]
    copy = plan.actions.get(ref="005")
    assert (copy.text, copy.who, copy.lead_posts) == (before.text, before.who, before.lead_posts)
    assert owners_of(copy) == owners_of(before)
    assert copy.driver.plan == plan and copy.driver.text == before.driver.text
    assert copy.original_date is None and copy.status == "not_started"
    assert "began a draft: the Business Plan 2022-23" in last()
    assert f"{DRAFT}actions/005/" in text(manager, DRAFT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"copy_from": "99"}, "from its list"),
        ({"label": "new"}, "Another page has that address"),
        ({"label": "2022/23"}, "A short name has letters, digits and hyphens only"),
        ({"label": "2021-22"}, "Business plan with this Short name already exists."),
        ({"last_day": "2021-03-31"}, "would end before it starts"),
        ({"first_day": "1066-04-01"}, "Check the year"),
        ({"title": ""}, "Fill in “Title”."),
        ({"reason": "."}, "Say it in words"),
    ],
)
def test_bad_input_makes_no_plan(change, message, manager, send):
    response = send(manager, "/plans/new/", **dated(NEW | change))
    assert response.status_code == 200 and message in errors_of(response)
    assert BusinessPlan.objects.count() == 1


def test_an_action_is_added_worded_and_assigned(manager, send, typed, draft):
    lead = Post.objects.get(name="QiiP Subgroup Chair")
    owner = Partner.objects.get(kind="police")
    who = {"leads": [lead.pk], "owners": [owner.pk], "priority": "high"}
    sent = dated(typed | {"original_date": "2022-09-30", "review_date": "2022-07-01"})
    assert 'value="001"' in text(manager, f"{DRAFT}actions/new/"), "the next number is offered"
    assert send(manager, f"{DRAFT}actions/new/", **who, **sent).status_code == 302
    action = draft.actions.get()
    assert (action.slug, action.original_date, action.lead_posts) == ("001", date(2022, 9, 30), [lead])
    assert action.who == f"{lead.title}\n{owner}", "who is not typed is made of the choices"
    assert last() == "The Business Manager added 001 of 2022-23 to the plan, because “From the away day”."
    url = action.get_absolute_url()
    assert f'href="{url}edit/"' in text(manager, url)
    page = text(manager, f"{url}edit/")
    assert "From the away day" in page, "the reason of the sitting is there again"
    other = Post.objects.get(name="Resolution Group Chair")
    changed = {"text": "Agree on one front door", "leads": [other.pk], "who": action.who}
    assert send(manager, f"{url}edit/", **typed | changed).status_code == 302
    action = draft.actions.get()
    assert (action.text, action.lead_posts, owners_of(action)) == ("Agree on one front door", [other], [])
    assert action.leads.count() == 2, "who no longer leads it is ended, not deleted"


def test_what_is_left_out_of_the_draft_stays_in_view(manager, send, typed, draft):
    send(manager, f"{DRAFT}actions/new/", **typed)
    url = draft.actions.get().get_absolute_url()
    send(manager, f"{url}edit/", **typed, left_out="on")
    assert draft.actions.get().status == "withdrawn" and "Withdrawn" in text(manager, DRAFT)
    send(manager, f"{url}edit/", **typed)
    assert draft.actions.get().status == "not_started"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": ""}, "Fill in “Action”."),
        ({"driver": "1"}, "Choose “Strategic driver” from its list"),
        ({"leads": ["x"]}, "Choose “Posts that lead it” from its list"),
        ({"leads": ["99999"]}, "Choose “Posts that lead it” from its list"),
        ({"ref": "T1"}, "already exists"),
        ({"original_date": "2022-02-30"}, "date"),
        ({"original_date": "2012-02-20"}, "That is before the plan starts"),
        ({"precision": "month"}, "Give the day that its timescale is read as"),
        ({"text": "\x00"}, "a character that nobody can type"),
    ],
)
def test_bad_input_makes_no_action(change, message, manager, send, typed, draft, on_record):
    with on_record():
        there = ActionFactory(plan=draft, driver=draft.drivers.get(), group_id=typed["group"], ref="T1")
    response = send(manager, f"{DRAFT}actions/new/", **dated(typed | change))
    assert response.status_code == 200 and message in errors_of(response)
    assert list(draft.actions.all()) == [there]


def test_an_action_called_new_has_an_address_of_its_own(manager, send, typed, draft):
    send(manager, f"{DRAFT}actions/new/", **typed | {"ref": "New"})
    assert draft.actions.get().slug == "New-2"
    assert "Add an action" in text(manager, f"{DRAFT}actions/new/")


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_a_draft_is_nobody_s_to_report_on_and_on_no_dashboard(
    draft, typed, on_record, sign_in, it_is, manager
):
    before = findings.of_live_plans().counts()
    with on_record():
        subject = ActionFactory(plan=draft, driver=draft.drivers.get(), group_id=typed["group"], ref="D1")
    it_is(2023, 1, 10)
    url = subject.get_absolute_url()
    assert before.keys() == findings.of_live_plans().counts().keys()
    assert subject.pk not in [row.action for row in findings.of_live_plans()]
    chair = sign_in("qiip.chair")
    for page in ("/due/", "/exceptions/", "/exceptions/found/", "/missing/", "/decisions/"):
        assert url not in text(chair, page)
    shown = text(chair, url)
    assert "in a draft: not published" in shown and "Off plan</dt>" not in shown
    assert f'href="{url}update/"' not in shown and "Ask for a decision" not in shown
    assert "is a draft: it is reported on once it is published" in text(chair, f"{url}update/")
    assert "is a draft: it is asked about once it is published" in text(chair, f"{url}exception/")


def test_a_report_on_a_draft_is_refused_where_it_is_recorded(draft, typed, on_record, user):
    with on_record():
        subject = ActionFactory(plan=draft, driver=draft.drivers.get(), group_id=typed["group"])
    with pytest.raises(Exception, match="it is reported on once it is published"), on_record():
        subject.record_update(ProgressUpdate(nil_return=True, entered_by=user("qiip.chair")))


@pytest.fixture
def three(draft, typed, on_record):
    with on_record():
        for number in (1, 2, 3):
            group = typed["group"]
            ActionFactory(plan=draft, driver=draft.drivers.get(), group_id=group, ref=f"D{number}")


def refs(plan) -> list[str]:
    return [action.ref for action in plan.actions.all()]


def test_actions_are_put_in_another_order(draft, three, manager, send):
    page = words_of(manager.get(f"{DRAFT}reorder/"))
    assert page.index("D1") < page.index("D2") < page.index("D3"), "the order now stands beside"
    for moved, after, order in (
        ("D1", "D2", ["D2", "D1", "D3"]),
        ("D3\n D2\n\n", "", ["D3", "D2", "D1"]),
        ("D1\nD2\nD3", "", ["D1", "D2", "D3"]),
    ):
        sent = {"moved": moved, "after": after, "reason": "By priority"}
        assert send(manager, f"{DRAFT}reorder/", **sent).status_code == 302
        assert refs(draft) == order
    assert last_entries_of(draft) == 2, "only those of which the place changed"


def last_entries_of(plan) -> int:
    last = Change.objects.filter(plan=plan.pk).latest("number")
    return Change.objects.filter(act=last.act).count()


@pytest.mark.parametrize(
    ("moved", "after", "message"),
    [
        ("D1\nD9", "", "The plan has no action “D9”"),
        ("D1\nD1", "", "D1 stands there twice"),
        ("D1", "D1", "D1 is one of those that move"),
        ("D1", "D7", "The plan has no action “D7”"),
        ("D1", "", "This changes nothing"),
    ],
)
def test_an_order_that_cannot_be_stays_typed(draft, three, manager, send, moved, after, message):
    answer = send(manager, f"{DRAFT}reorder/", moved=moved, after=after, reason="By priority")
    assert message in words_of(answer) and moved in answer.content.decode().replace("\r\n", "\n")
    assert refs(draft) == ["D1", "D2", "D3"]


@pytest.mark.run_in("sqlite", "postgresql")  # several rows in one act
def test_actions_that_share_a_place_are_told_apart_once_they_are_moved(
    draft, three, manager, send, on_record
):
    """An import puts new actions where the one printed before them stands."""
    with on_record():
        for action in draft.actions.all():
            action.position = 1
            action.save()
    sent = {"moved": "D3", "after": "D1", "reason": "By priority"}
    assert send(manager, f"{DRAFT}reorder/", **sent).status_code == 302
    assert refs(draft) == ["D1", "D3", "D2"]


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_what_was_taken_out_of_an_action_does_not_keep_it_from_being_copied(manager, send, action):
    before = action("006")
    with without_triggers():
        for model in (Action, StrategicDriver):
            model._base_manager.filter(plan=before.plan_id).update(text=TOMBSTONE)
        Action._base_manager.filter(pk=before.pk).update(title=TOMBSTONE, who=TOMBSTONE)
    assert send(manager, "/plans/new/", **dated(NEW), copy_from=before.plan_id).status_code == 302
    copy = BusinessPlan.objects.get(label="2022-23").actions.get(ref="006")
    assert copy.text == "The words of Action 006 of Business Plan 2021-22 were taken out of the record."
    assert (copy.title, copy.who) == ("", str(before.group))
    assert copy.driver.text == "Its words in Business Plan 2021-22 were taken out of the record."


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_what_was_taken_out_of_a_draft_stays_so_while_all_else_is_edited(manager, send, typed, draft):
    send(manager, f"{DRAFT}actions/new/", **typed)
    with without_triggers():
        Action._base_manager.filter(plan=draft).update(text=TOMBSTONE, who=TOMBSTONE)
        BusinessPlan._base_manager.filter(pk=draft.pk).update(introduction=TOMBSTONE, green_means=TOMBSTONE)
        StrategicDriver._base_manager.filter(plan=draft).update(text=TOMBSTONE)
    url, empty = draft.actions.get().get_absolute_url(), {"text": "", "who": "", "title": "Another"}
    page = text(manager, f"{url}edit/")
    assert f"{TOMBSTONE}</textarea>" not in page and "Leave this empty, or write another" in page
    assert send(manager, f"{url}edit/", **typed | empty).status_code == 302
    action = draft.actions.get()
    assert (action.title, action.text, action.who) == ("Another", TOMBSTONE, TOMBSTONE)
    assert send(manager, f"{url}edit/", **typed | {"text": "Other words"}).status_code == 302
    assert draft.actions.get().text == "Other words"
    of_plan = dated({name: value for name, value in NEW.items() if name != "label"})
    sent = of_plan | {"introduction": "", "green_means": "", "title": "Another plan"}
    assert send(manager, f"{DRAFT}edit/", **sent).status_code == 302
    plan = BusinessPlan.objects.get(pk=draft.pk)
    assert (plan.title, plan.introduction, plan.green_means) == ("Another plan", TOMBSTONE, TOMBSTONE)
    driver = draft.drivers.get()
    kind = next(kind for kind in StrategicDriver.Kind if kind != driver.kind)
    sent = {"kind": kind, "text": "", "reason": "Another kind"}
    assert send(manager, f"{DRAFT}drivers/{driver.pk}/", **sent).status_code == 302
    assert (draft.drivers.get().kind, draft.drivers.get().text) == (kind, TOMBSTONE)


def test_an_action_is_added_once_it_can_say_why_it_is_in_the_plan(manager, on_record):
    with on_record():
        draft_plan("2022-23")
    response = manager.get(f"{DRAFT}actions/new/", follow=True)
    assert response.redirect_chain[-1][0] == f"{DRAFT}drivers/new/"
    assert "each action says why it is in the plan" in response.content.decode()


def test_drivers_and_themes_of_a_draft(manager, send, draft):
    send(manager, f"{DRAFT}drivers/new/", kind="duty", text="Section 11", reason="New duty")
    assert draft.drivers.count() == 2 and "added a strategic driver" in last()
    driver = draft.drivers.get(kind="duty")
    send(manager, f"{DRAFT}drivers/{driver.pk}/", kind="duty", text="Section 11 duty", reason="A slip")
    assert draft.drivers.get(kind="duty").text == "Section 11 duty"
    send(manager, f"{DRAFT}themes/new/", text="Neglect", position="1", reason="New theme")
    theme = Theme.objects.get(plan=draft)
    send(manager, f"{DRAFT}themes/{theme.pk}/", text="Neglect at home", position="1", reason="Clearer")
    assert Theme.objects.get(plan=draft).text == "Neglect at home" and "changed a theme" in last()
    assert "Neglect at home" in text(manager, DRAFT)
    assert manager.get(f"/plans/2021-22/drivers/{driver.pk}/").status_code == 404


def test_what_is_published_is_not_changed_as_a_draft(manager, send, action):
    before = Change.objects.count()
    for page in ("edit/", "reorder/", "drivers/new/"):
        response = manager.post(f"/plans/2021-22/{page}", NEW | {"text": "Other"}, follow=True)
        assert "is published. It is not changed as a draft any more" in response.content.decode()
    response = manager.post("/plans/2021-22/actions/new/", NEW | {"text": "Other"})
    assert "Meeting that agreed it" in response.content.decode(), "there a meeting has to be named"
    assert Change.objects.count() == before


def test_a_published_plan_is_no_draft_again(on_record):
    plan = BusinessPlan.objects.get(label="2021-22")
    plan.status = "draft"
    with pytest.raises(Exception, match="it is no draft any more"), on_record():
        plan.save()


def test_registers_lead_to_those_of_other_plans(draft, sign_in):
    page = text(sign_in("scrutineer"), "/plans/2021-22/")
    assert f'<a class="govuk-link" href="{DRAFT}">2022-23 (draft)</a>' in page
    assert 'href="/plans/2021-22/" aria-current="page"' in page
    assert f'href="{DRAFT}glance/"' in text(sign_in("scrutineer"), "/plans/2021-22/glance/")
    assert Action.objects.filter(plan=draft).count() == 0


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_dashboards_show_one_live_plan_alone(draft, typed, on_record, sign_in):
    chair = sign_in("qiip.chair")
    for page in ("/due/", "/exceptions/", "/decisions/"):
        assert "All plans" not in text(chair, page), "there is one live plan"
    with on_record():
        subject = ActionFactory(plan=draft, driver=draft.drivers.get(), group_id=typed["group"], ref="D1")
        draft.status = "live"
        draft.save()
    there = subject.get_absolute_url()
    for page in ("/due/", "/exceptions/found/"):
        assert there in text(chair, page) and "/plans/2021-22/actions/006/" in text(chair, page)
        assert there in text(chair, f"{page}?plan=2022-23")
        assert "/plans/2021-22/actions/006/" not in text(chair, f"{page}?plan=2022-23")
        assert there not in text(chair, f"{page}?plan=2021-22")
    shown = text(chair, "/exceptions/?plan=2022-23")
    assert "All plans" in shown and 'href="?plan=2022-23" aria-current="true"' in shown
    assert there in shown and "/plans/2021-22/actions/006/" not in shown
    assert "All plans" in text(chair, "/decisions/?plan=2022-23")
    assert chair.get("/due/?plan=none").status_code == chair.get("/exceptions/?plan=none").status_code == 200


def test_the_way_to_the_plan_is_to_the_live_one(draft, sign_in, on_record):
    assert sign_in("scrutineer").get("/plans/current/").url == "/plans/2021-22/"
    with on_record():
        second = BusinessPlan.objects.get(label="2022-23")
        second.status = "live"
        second.save()
    assert sign_in("scrutineer").get("/plans/current/").url == "/plans/"
