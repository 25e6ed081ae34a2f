"""Who has the last word on an action keeps it where the action ends, or goes on as another."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action, ActionEnding, BusinessPlan, PlanDecision, StrategicDriver, last_word
from actions.models.going_on import going_on_otherwise
from gscp.record import Change
from scrutiny.proof import decisions
from subgroups.models import Group, Post
from tests.answers import words_of
from tests.conftest import form_of
from tests.factories import ActionFactory, let_lead
from tests.test_adoption_with_ends import copy, is_sound  # noqa: F401  a fixture
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT, at_executive, confirm, draft, end, of_next  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
HAS_IT = "The Executive has the last word on Action 005. Only a meeting of it, or of a group above it,"
ADOPTED = "Adopted as drafted"
DIFFERENT = "What will be different in the new plan"
BESIDE = "005 of 2021-22 goes on as 005 of 2022-23 : Priority 2021-22 High 2022-23 Low"


@pytest.fixture
def edit(on_record):
    def edited(one, **columns):
        with on_record():
            one = Action.objects.get(pk=one.pk)
            for name, value in columns.items():
                setattr(one, name, value)
            one.save()

    return edited


@pytest.fixture
def adopt(manager, send, june):
    """adopt() enters that the Management Group adopted the draft, or another meeting."""

    def adopted(meeting=june):
        return send(manager, f"{NEXT}publish/", meeting=meeting.pk, reason=ADOPTED)

    return adopted


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_what_a_draft_lowers_only_who_has_the_last_word_adopts(
    is_confirmed, copy, draft, edit, end, adopt, confirm, at_executive, sign_in, send
):
    edit(copy, priority="low")
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    ends = PlanDecision.objects.get()
    if is_confirmed:
        assert confirm().status_code == 302
    before = Change.objects.count()
    assert f"{HAS_IT} can agree this change." in words_of(adopt())
    assert Change.objects.count() == before
    assert adopt(at_executive).status_code == 302
    page = f"{PlanDecision.objects.adoptions().get().get_absolute_url()}confirm/"
    shown = words_of(sign_in("executive").get(page))
    assert DIFFERENT in shown and BESIDE in shown
    assert send(sign_in("executive"), page).status_code == 302
    if not is_confirmed:
        assert BESIDE in words_of(sign_in("management.chair").get(f"{ends.get_absolute_url()}confirm/"))
        assert confirm(ends).status_code == 302, "the Executive agreed it as it adopted the plan"
    assert of_next("005").priority == "low" and is_sound()


def test_so_it_is_with_what_is_split(copy, draft, edit, end, adopt):
    edit(copy, priority="low")
    assert end(["005"], "split", plan=draft.pk, parts="One\nTwo").status_code == 302
    assert f"{HAS_IT} can agree this change." in words_of(adopt())
    [told] = going_on_otherwise(PlanDecision(plan=draft, kind="publication"))
    assert told.rows[0] == ("priority", "High", "Low")


def test_it_is_asked_again_as_the_adoption_is_confirmed(
    copy, draft, edit, end, adopt, confirm, action, sign_in
):
    edit(action("005"), priority="medium")
    edit(copy, priority="low")
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert adopt().status_code == 302
    edit(action("005"), priority="high")
    answer = words_of(confirm(PlanDecision.objects.adoptions().get()))
    assert f"{HAS_IT} can agree this change." in answer and BESIDE in answer
    assert BusinessPlan.objects.get(pk=draft.pk).is_draft


def test_what_comes_along_is_no_difference(copy, draft, edit, end, adopt, confirm, action, sign_in):
    edit(action("005"), priority="medium")
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert adopt().status_code == 302
    adoption = PlanDecision.objects.adoptions().get()
    chair = sign_in("management.chair")
    assert DIFFERENT not in words_of(chair.get(f"{adoption.get_absolute_url()}confirm/"))
    assert confirm(adoption).status_code == 302
    assert of_next("005").priority == "medium"


@pytest.mark.parametrize(
    ("columns", "lead", "is_told"),
    [
        ({"group": "qiip"}, "", False),
        ({"group": "management-group"}, "", True),
        ({}, "Management Group Chair", True),
        ({"title": "Another"}, "", False),
    ],
)
def test_of_groups_and_leads_it_is_told_where_another_group_would_have_it(
    columns, lead, is_told, copy, draft, edit, end, adopt, action, on_record
):
    edit(action("005"), priority="medium")
    if slug := columns.get("group"):
        columns = {"group": Group.objects.get(slug=slug)}
    edit(copy, priority="medium", **columns)
    if lead:
        with on_record():
            let_lead(copy, Post.objects.get(name=lead))
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert adopt().status_code == 302, "the Management Group has the last word, and may give it up"
    told = [name for one in going_on_otherwise(PlanDecision.objects.adoptions().get()) for name in one.new]
    assert told == [*columns, "leads"] * is_told


@pytest.mark.parametrize("by_executive", [False, True])
def test_into_a_live_plan_it_is_asked_of_the_adoption_or_of_the_end(
    by_executive, copy, draft, edit, end, adopt, confirm, june, at_executive, sign_in, send
):
    edit(copy, priority="low")
    assert adopt(at_executive if by_executive else june).status_code == 302
    page = f"{PlanDecision.objects.get().get_absolute_url()}confirm/"
    assert send(sign_in("executive" if by_executive else "management.chair"), page).status_code == 302
    answer = end(["005"], "carried_forward", plan=draft.pk)
    if not by_executive:
        assert f"{HAS_IT} can agree this change." in words_of(answer)
        assert end(["005"], "carried_forward", plan=draft.pk, meeting=at_executive.pk).status_code == 302
        page = f"{PlanDecision.objects.latest('pk').get_absolute_url()}confirm/"
        assert BESIDE in words_of(sign_in("executive").get(page))
        assert send(sign_in("executive"), page).status_code == 302
    else:
        assert answer.status_code == 302 and confirm().status_code == 302
    assert of_next("005").priority == "low" and is_sound()


@pytest.mark.parametrize("fate", ["withdrawn", "merged"])
def test_only_who_has_the_last_word_or_a_group_above_ends_it(
    fate, june, at_executive, end, edit, action, sign_in, send, user, on_record, confirm
):
    where = {"into": action("006").pk} if fate == "merged" else {}
    before = Change.objects.count()
    assert f"{HAS_IT} can end it." in words_of(end(["005"], fate, **where))
    assert Change.objects.count() == before
    with pytest.raises(ValidationError, match="can end it"), on_record():
        decision = PlanDecision(plan=action("005").plan, kind="ending", meeting=june, reason="So")
        decision.enter(user("business.manager"))
        into = {"into": action("006")} if where else {}
        ActionEnding(action=action("005"), decision=decision, fate=fate).enter(**into)
    edit(action("005"), priority="medium")
    assert end(["005"], fate, **where).status_code == 302
    edit(action("005"), priority="high")
    assert f"{HAS_IT} can end it." in words_of(confirm())
    assert action("005").is_open
    assert send(sign_in("business.manager"), f"{PlanDecision.objects.get().get_absolute_url()}take-back/",
                reason="Not for them").status_code == 302  # fmt: skip
    assert end(["005"], fate, **where, meeting=at_executive.pk).status_code == 302
    page = f"{PlanDecision.objects.latest('pk').get_absolute_url()}confirm/"
    assert send(sign_in("executive"), page).status_code == 302
    assert action("005").status == fate


def test_it_asks_as_much_for_many_as_for_few(copy, draft, edit, end, action, on_record, adopt):
    with on_record():
        driver = StrategicDriver.objects.get(plan=draft)
        for ref in ("002", "004", "006"):
            like = action(ref)
            words = {"ref": ref, "text": like.text, "title": like.title, "who": like.who, "priority": ""}
            ActionFactory(plan=draft, driver=driver, group=like.group, **words)
    adoption = PlanDecision(plan=draft, kind="publication")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            found.append(len(going_on_otherwise(adoption)))
        return len(captured)

    found: list[int] = []
    edit(copy, priority="low")
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    of_one = asked()
    assert end(["002", "004", "006"], "carried_forward", plan=draft.pk).status_code == 302
    of_four = asked()
    assert of_four == of_one and found == [1, 4]


@pytest.mark.parametrize("what", ["an end", "a change"])
def test_verification_tells_what_another_group_agreed(what, june, end, confirm, manager, monkeypatch, action):
    url = "/plans/2021-22/bulk/?on=005&change=priority&priority=low"
    with monkeypatch.context() as patched:
        patched.setattr(last_word, "refuse_another", lambda *_: None)
        if what == "an end":
            assert end(["005"], "withdrawn").status_code == 302
        else:
            sent = form_of(manager.get(url)) | {"reason": "Less money", "meeting": june.pk}
            assert manager.post(url, sent).status_code == 302
        assert confirm().status_code == 302
    assert (action("005").status, action("005").priority) != ("not_started", "high")
    [finding] = decisions.findings()
    assert str(finding).endswith("by the record of then, another group had the last word on it.")
