"""A closed plan is frozen; until then what is open in it stays in sight, and goes on in the next."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from actions.models import (
    ActionLead,
    BusinessPlan,
    ExceptionReport,
    ExceptionStep,
    FurtherAction,
    Milestone,
    PlanDecision,
    Theme,
)
from gscp.record import Change
from subgroups.models import Post
from tests.answers import html_of, words_of
from tests.conftest import AGENDA
from tests.factories import close_plan
from tests.test_every_page import check_words
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_sentences import last
from tests.test_year_end import END, PLAN, carried, confirm, draft, end, live, none_high  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: forms and pages of plans; numbers and entries have their tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def close(on_record) -> BusinessPlan:
    plan = BusinessPlan.objects.get(label="2021-22")
    with on_record():
        close_plan(plan)
    return plan


def test_what_is_undecided_or_waits_is_settled_before_closing(asked, on_record, manager, action, decide):
    report = asked()
    with on_record():
        for subject in action("005").plan.actions.open():
            subject.status = "complete"
            subject.save()
    page = words_of(manager.get(f"{PLAN}close/", follow=True))
    assert report.state == "waiting" and "A request about these actions is undecided: 005." in page


@pytest.fixture
def unconfirmed(none_high, on_record, manager, sign_in, send, decide, action, june):
    """The withdrawal of 005, granted by the Management Group, as the Business Manager entered it.

    It is of no High priority: that would be for the Executive. All other actions are complete.
    """
    typed = {"cause": "Another does it", "effect": "None"}
    assert send(sign_in("cem.chair"), f"{PLAN}actions/005/withdrawal/", **typed).status_code == 302
    assert decide("grant", ExceptionReport.objects.get(), by="business.manager").status_code == 302
    with on_record():
        for subject in action("005").plan.actions.open():
            subject.status = "complete"
            subject.save()
    return ExceptionStep.objects.get(move="grant")


def test_no_plan_is_closed_over_a_decision_that_its_chair_may_deny(
    unconfirmed, manager, sign_in, send, action, june, decide
):
    def left() -> str:
        return words_of(manager.get(f"{PLAN}close/", follow=True))

    assert action("005").status == "withdrawn" and unconfirmed.on_behalf
    assert "The chair has not confirmed a decision about these actions: 005." in left()
    closing = PlanDecision(plan=action("005").plan, kind="closing", meeting=june, reason="All is done")
    with pytest.raises(ValidationError, match="has not confirmed a decision about these actions: 005"):
        closing.check_plan()
    chair = sign_in("management.chair")
    told = words_of(chair.get(send(chair, f"/decisions/{unconfirmed.pk}/not-so/", why="It was refused").url))
    assert "It stays in force until the Management Group corrects it." in told
    assert "The chair said that a decision about these actions is not so: 005. Correct it first." in left()
    assert decide("correct", unconfirmed.report).status_code == 302
    assert decide("grant", unconfirmed.report).status_code == 302
    assert "about these actions" not in left()


def test_on_a_closed_plan_nobody_is_asked_to_correct_a_decision(
    unconfirmed, on_record, sign_in, send, action
):
    """It was closed before decisions without their chair's word held that up."""
    with on_record():
        plan = action("005").plan
        plan.status = "closed"
        plan.save()
    chair = sign_in("management.chair")
    told = words_of(chair.get(send(chair, f"/decisions/{unconfirmed.pk}/not-so/", why="It was refused").url))
    assert "Its plan is closed, so the action stays as it was." in told
    assert "is asked to correct it" not in told and "correct it" not in words_of(chair.get("/decisions/"))
    assert "correct it" not in words_of(chair.get(unconfirmed.report.get_absolute_url()))


@pytest.mark.run_in("sqlite", "postgresql")  # what is refused when it is saved
def test_a_closed_plan_is_frozen_in_every_model(on_record, action, user):
    subject = action("005")
    with on_record():
        milestone, further = Milestone(action=subject, text="Begun"), subject.further_actions.get()
        milestone.save()
    plan = close(on_record)
    subject = action("005")

    def changed(row, **values):
        for name, value in values.items():
            setattr(row, name, value)
        return row

    fresh = [
        changed(action("005"), title="Other"),
        changed(Milestone.objects.get(), done_on=date(2021, 4, 1)),
        changed(FurtherAction.objects.get(pk=further.pk), text="Other"),
        ActionLead(action=subject, post=Post.objects.get(name="QiiP Subgroup Chair")),
        changed(subject.driver, text="Other"),
        changed(BusinessPlan.objects.get(pk=plan.pk), title="Other"),
        Theme(plan=plan, text="Neglect", position=1),
        Milestone(action=subject, text="Another"),
    ]
    for row in fresh:
        with pytest.raises(ValidationError, match="is closed: it is kept as it is"), on_record():
            row.save()


FORMS = [
    "edit/", "reorder/", "publish/", "end/", "end/further-actions/", "close/", "drivers/new/", "themes/new/",
    "actions/new/", "actions/005/edit/", "actions/005/milestones/new/", "actions/005/review/",
    "actions/005/further-actions/new/", "actions/005/first-date/",
]  # fmt: skip


def test_no_form_writes_on_a_closed_plan(on_record, manager, sign_in, june):
    close(on_record)
    before = Change.objects.count()
    for form in FORMS:
        assert manager.get(f"{PLAN}{form}").status_code == 302, form
        assert manager.post(f"{PLAN}{form}", {"reason": "x y", "title": "Other"}).status_code == 302, form
    asked_for = words_of(sign_in("cem.chair").get(f"{PLAN}actions/005/reopening/", follow=True))
    assert "Business Plan 2021-22 is closed: it is kept as it is." in asked_for
    assert Change.objects.count() == before


def test_of_what_was_granted_it_is_told_later_what_came_of_it(on_record, user, action, asked, decide, attend):
    report = asked()
    attend(AGENDA, "council", "police", "health")
    with on_record():
        report.state = "granted"
        report.save()
    close(on_record)
    report = ExceptionReport.objects.get()
    assert [move.name for move in report.next_moves()] == ["done"]


# Further actions


def test_further_actions_become_actions_of_the_draft(draft, manager, send, action):
    further = FurtherAction.objects.filter(action__ref="005").get()
    assert f'href="{END}further-actions/"' in html_of(manager.get(END))
    assert "take up any of them as new actions. Do that before a meeting adopts it." in words_of(
        manager.get(END)
    )
    typed = {"further": [further.pk], "fate": "taken_up", "plan": draft.pk, "reason": "The next step"}
    response = send(manager, f"{END}further-actions/", **typed)
    assert response.status_code == 302, words_of(response)
    further.refresh_from_db()
    new = draft.actions.get()
    assert (further.fate, further.taken_up_as, new.text) == ("taken_up", new, further.text)
    assert (new.group, new.driver.plan) == (action("005").group, draft)
    assert "recorded what became of a further action of 005 of 2021-22: taken up as an action" in last()
    page = words_of(manager.get(f"{new.get_absolute_url()}lineage/"))
    assert "Began as a further action of 005 of 2021-22" in page
    again = words_of(send(manager, f"{END}further-actions/", **typed))
    assert "from its list" in again and draft.actions.count() == 1


def test_a_plan_is_closed_once_it_is_said_what_became_of_each_further_action(
    june, manager, sign_in, send, on_record, action, confirm, user
):
    """Its last one is opened again while the closing waits: the chair reads that before confirming."""
    plan, close = action("005").plan, f"{PLAN}close/"
    with on_record():
        for subject in plan.actions.open():
            subject.status = "complete"
            subject.save()
    of_005 = FurtherAction.objects.get(action__ref="005")
    others = [one for one in FurtherAction.objects.left() if one != of_005]
    refs = ", ".join(sorted({one.action.ref for one in [*others, of_005]}))
    told = f"Say first what became of the further actions of these actions: {refs}."
    page = manager.get(close, follow=True)
    assert told in words_of(page) and of_005.text.split(".")[0][:60] in words_of(page)
    typed = {"fate": "dropped", "reason": "The next plan does not need it"}
    answer = send(manager, f"{END}further-actions/", further=[one.pk for one in others], **typed)
    assert answer.status_code == 302, words_of(answer)
    assert {one.fate for one in FurtherAction.objects.exclude(pk=of_005.pk)} == {"dropped"}
    told = "Say first what became of the further actions of these actions: 005."
    assert told in words_of(manager.get(close, follow=True))
    send(manager, f"{END}further-actions/", further=[of_005.pk], **typed | {"fate": "done"})
    assert send(manager, close, meeting=june.pk, reason="The year is over").status_code == 302
    with on_record():
        of_005.refresh_from_db()
        of_005.fate, of_005.fate_on, of_005.fate_reason = "identified", None, ""
        of_005.save()
    closing = PlanDecision.objects.get(kind="closing")
    assert told in words_of(sign_in("management.chair").get(f"{closing.get_absolute_url()}confirm/"))
    assert told in words_of(confirm()) and BusinessPlan.objects.get(pk=plan.pk).is_live
    send(manager, f"{END}further-actions/", further=[of_005.pk], **typed)
    assert confirm().status_code == 302 and BusinessPlan.objects.get(pk=plan.pk).is_closed


def test_only_what_is_taken_up_names_a_draft(draft, manager, send):
    further = FurtherAction.objects.get(action__ref="005")
    typed = {"further": [further.pk], "reason": "The next step"}
    pages = {page: manager.get(page).content.decode() for page in (END, f"{END}further-actions/")}
    check_words(pages)
    for fate, plan, said in (
        ("taken_up", "", "Choose the draft that takes them up."),
        ("done", draft.pk, "Choose a draft only if they are taken up."),
        ("identified", "", "There is a problem"),
    ):
        answer = send(manager, f"{END}further-actions/", fate=fate, plan=plan, **typed)
        assert said in words_of(answer), fate
    further.refresh_from_db()
    assert further.fate == "identified" and not draft.actions.exists()


def test_without_a_draft_it_is_said_what_can_be_done_with_further_actions(manager):
    page = words_of(manager.get(f"{END}further-actions/"))
    assert "No draft is there, or a meeting has adopted it. Make a draft first, or say on the pages" in page


# In sight


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_until_it_is_closed_a_past_year_stays_on_every_list_with_its_name(manager, sign_in, it_is, live):
    it_is(2022, 4, 20)
    for name, page in (("cem.chair", "/due/"), ("management.chair", "/exceptions/found/")):
        assert "Business Plan 2021-22" in words_of(sign_in(name).get(page)), page
    page = words_of(manager.get("/missing/"))
    assert "Plans whose year is over" in page and "It ended on 31 March 2022. Still open: 6 actions." in page


def test_a_past_year_is_named_though_no_other_is_live(sign_in, it_is):
    it_is(2022, 3, 31)
    assert "Business Plan 2021-22" not in words_of(sign_in("cem.chair").get("/due/"))
    it_is(2022, 4, 1)
    assert "Business Plan 2021-22" in words_of(sign_in("cem.chair").get("/due/"))


def test_a_lineage_is_linked_from_both_ends(carried, sign_in, action, report):
    reader = sign_in("scrutineer")
    for subject in (action("005"), carried):
        url = f"{subject.get_absolute_url()}lineage/"
        assert f'href="{url}"' in html_of(reader.get(subject.get_absolute_url()))
        page = words_of(reader.get(url))
        assert "Business Plan 2021-22, 005" in page and "Business Plan 2022-23, 005" in page
        assert "Carried forward: 005 of 2022-23" in page
        assert "Reason: As the meeting said" in page
    assert "Across the years" not in words_of(reader.get(f"{PLAN}actions/006/"))
