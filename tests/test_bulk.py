"""The same change to several actions, with a preview: at once in a draft, by a meeting in a live plan."""

import pytest

from actions.models import ActionEnding, Amendment, PlanDecision
from actions.models.who import owners_of
from gscp.record import Change
from subgroups.models import DEMO_DOMAIN, Partner, Post
from tests.answers import words_of
from tests.conftest import PASSWORD, form_of
from tests.factories import ActionFactory
from tests.test_plan_decisions import draft, june  # noqa: F401  fixtures
from tests.test_sentences import last
from tests.test_year_end import at_executive  # noqa: F401  a fixture

# Once: a form and its preview.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
LIVE, DRAFT = "/plans/2021-22/", "/plans/2022-23/"


@pytest.mark.run_in("sqlite", "postgresql")  # many rows in one act
def test_ticked_actions_are_changed_together_once_a_chair_confirms(
    at_executive,  # noqa: F811  a fixture
    manager,
    sign_in,
    action,
):
    page = manager.get(LIVE).content.decode()
    assert 'name="on" value="005"' in page
    assert 'name="on"' not in sign_in("qiip.chair").get(LIVE).content.decode()
    choose = f"{LIVE}bulk/?on=005&on=006&on=001"
    assert "You ticked 3: 001, 005, 006." in words_of(manager.get(choose))
    before = {ref: action(ref).priority for ref in ("001", "005", "006")}
    changing = sum(priority != "low" for priority in before.values())
    url = f"{choose}&change=priority&priority=low"
    preview = manager.get(url)
    assert f"What would change: {changing} action" in words_of(preview)
    assert "High Low" in words_of(preview), "now, and new"
    sent = form_of(preview) | {"meeting": at_executive.pk, "reason": "Less money"}
    assert manager.post(url, sent).status_code == 302
    assert {ref: action(ref).priority for ref in before} == before, "it waits for the chair"
    decision = PlanDecision.objects.get()
    assert decision.amendments.count() == changing
    assert "agreed to change priority of" in last()
    assert manager.post(url, sent).status_code == 302
    assert PlanDecision.objects.count() == 1, "sent twice it is one act"
    chair, confirm = sign_in("executive"), f"{decision.get_absolute_url()}confirm/"
    assert chair.post(confirm, form_of(chair.get(confirm))).status_code == 302
    assert {action(ref).priority for ref in before} == {"low"}


def test_in_a_draft_they_are_changed_at_once(draft, manager, on_record):  # noqa: F811
    with on_record():
        ActionFactory(plan=draft, driver=draft.drivers.get(), group=draft.actions.get().group, ref="2")
    post, owner = Post.objects.get(name="QiiP Subgroup Chair"), Partner.objects.get(kind="police")
    for change in (f"leads&leads={post.pk}", f"owners&owners={owner.pk}"):
        url = f"{DRAFT}bulk/?on=1&on=2&change={change}"
        sent = form_of(manager.get(url)) | {"reason": "As the away day said"}
        assert manager.post(url, sent).status_code == 302
    assert "recorded who owns several actions of 2022-23" in last()
    for subject in draft.actions.all():
        assert (subject.lead_posts, owners_of(subject)) == ([post], [owner])
    assert not Amendment.objects.exists()
    assert "2 have this value already" in words_of(manager.get(url))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "Tick the actions in the list first."),
        ("?on=none", "Tick the actions in the list first."),
        ("?on=005&change=rating", "Choose “What to change” from its list."),
        ("?on=005&change=priority&priority=urgent", "Choose “New priority” from its list."),
        ("?on=005&change=group", "Choose the new responsible group."),
        ("?on=005&change=leads&leads=x", "is not a valid value"),
        ("?on=005&change=theme&theme=99", "Choose “New theme” from its list."),
    ],
)
def test_bad_input_changes_nothing(query, message, manager):
    before = Change.objects.count()
    assert message in words_of(manager.get(f"{LIVE}bulk/{query}", follow=True))
    assert manager.post(f"{LIVE}bulk/{query}", {"reason": "Because"}).status_code in (200, 302)
    assert Change.objects.count() == before


def test_a_meeting_is_named_where_the_plan_is_live(june, manager):  # noqa: F811
    url = f"{LIVE}bulk/?on=005&change=priority&priority=low"
    response = manager.post(url, form_of(manager.get(url)) | {"reason": "Less money"})
    assert "Choose “Meeting that decided it”." in words_of(response)
    assert not PlanDecision.objects.exists()


def test_what_a_meeting_decided_to_end_is_not_changed_any_more(june, manager, on_record, action, user):  # noqa: F811
    with on_record():
        decision = PlanDecision(plan=action("005").plan, meeting=june, kind="ending", reason="So")
        decision.enter(user("business.manager"))
        ActionEnding(action=action("006"), decision=decision, fate="withdrawn").enter()
    page = words_of(manager.get(f"{LIVE}bulk/?on=006&change=priority&priority=low"))
    assert "A meeting has decided how Action 006 ends." in page
    assert "What would change: 0 actions" in page


def test_what_changed_since_the_preview_comes_back_first(june, manager, on_record, action):  # noqa: F811
    url = f"{LIVE}bulk/?on=005&change=priority&priority=low"
    sent = form_of(manager.get(url)) | {"meeting": june.pk, "reason": "Less money"}
    with on_record("Meanwhile"):
        subject = action("005")
        subject.priority = "medium"
        subject.save()
    assert "Somebody changed this while you were writing" in words_of(manager.post(url, sent))
    assert not PlanDecision.objects.exists()


def test_what_was_typed_comes_back_with_the_actions_that_were_ticked(june, manager):  # noqa: F811
    url = f"{LIVE}bulk/?on=005&change=priority&priority=low"
    sent = form_of(manager.get(url)) | {"meeting": june.pk, "reason": "Less money for it"}
    manager.post("/sign-out/")
    signing_in = form_of(manager.post(url, sent))
    who = {"login": f"business.manager{DEMO_DOMAIN}", "password": PASSWORD}
    back = manager.post("/sign-in/", signing_in | who, follow=True)
    assert "You ticked 1: 005." in words_of(back) and "Less money for it" in words_of(back)
