"""Verification finds what was changed of a plan by a decision that says something else."""

from datetime import date

import pytest

from actions.models import (
    Action,
    ActionEnding,
    Addition,
    AmendedWho,
    Amendment,
    ExceptionReport,
    PlanDecision,
    Successor,
)
from actions.models.chain import CHANGE, MOVES_BY_NAME, Kind
from gscp.record import recording
from scrutiny import plan_checker
from scrutiny.proof import export
from scrutiny.proof.entered import ENTERED
from subgroups.models import Meeting, Post
from tests.test_additions import confirmed, decision, enter, typed  # noqa: F401  fixtures
from tests.test_amendments import agreed, words  # noqa: F401  fixtures
from tests.test_plan_decisions import draft, june  # noqa: F401  fixtures
from tests.test_verification_plans import behind, found, of_plans_alone  # noqa: F401  fixtures
from tests.test_year_end import NEXT, confirm, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db
DUE, ASKED, OTHER = date(2021, 9, 30), date(2022, 1, 31), date(2031, 1, 1)
DATE_LACK = "its “agreed_date” changed, and no decision in force says so."


@pytest.fixture
def ask(june, user, action):
    """ask(Kind.WITHDRAWAL) on 006, by its chair."""

    def asked(kind, **words):
        by = user("qiip.chair")
        report = ExceptionReport(action=action("006"), kind=kind, **words)
        with recording(by, "Asked"):
            report.ask(by)
        return report

    return asked


@pytest.fixture
def new_date(ask, behind, action):
    behind(action("006"), original_date=DUE)
    return ask(Kind.NEW_DATE, forecast=ASKED)


@pytest.fixture
def decide(june, user):
    """decide("grant", report, status="merged"): with the decision, its action is saved like this."""

    def decided(move, report, **values):
        by = user("management.chair")
        report = ExceptionReport.objects.get(pk=report.pk)
        with recording(by, "Decided"):
            report.make_move(MOVES_BY_NAME[move], by, "As discussed", june)
            subject = Action.objects.get(pk=report.action_id)
            for name, value in values.items():
                setattr(subject, name, value)
            subject.save()
        return subject

    return decided


@pytest.mark.parametrize("move", ["grant", "refuse", "return", "escalate"])
def test_a_date_changes_to_the_one_that_was_granted_alone(move, new_date, decide):
    subject = decide(move, new_date, agreed_date=OTHER)
    assert found() == [f"actions.action {subject.pk}: {DATE_LACK}"]


def test_a_correction_gives_back_the_date_of_before_alone(new_date, decide):
    assert decide("grant", new_date).agreed_date == ASKED
    assert decide("correct", new_date).agreed_date is None
    assert decide("grant", new_date).agreed_date == ASKED
    assert found() == [], "so it was decided"
    subject = decide("correct", new_date, agreed_date=OTHER)
    assert found() == [f"actions.action {subject.pk}: {DATE_LACK}"]


@pytest.mark.parametrize(
    ("move", "status"), [("grant", "merged"), ("refuse", "withdrawn"), ("escalate", "withdrawn")]
)
def test_an_action_ends_as_it_was_asked_and_granted_alone(move, status, ask, decide):
    subject = decide(move, ask(Kind.WITHDRAWAL), status=status)
    what = f"it became “{status}”, and no decision in force says so."
    assert found() == [f"actions.action {subject.pk}: {what}"]


def test_a_correction_opens_what_was_ended_by_it_and_ends_what_it_opened(ask, decide):
    withdrawal = ask(Kind.WITHDRAWAL)
    assert decide("grant", withdrawal).status == "withdrawn"
    reopening = ask(Kind.REOPENING, cause="Too early", recovery="It is done after all")
    assert decide("grant", reopening).status == "in_progress"
    assert decide("correct", reopening).status == "withdrawn"
    assert found() == []


def test_a_correction_ends_no_action_in_another_way_than_before(ask, decide):
    decide("grant", ask(Kind.WITHDRAWAL))
    reopening = ask(Kind.REOPENING, cause="Too early", recovery="It is done after all")
    decide("grant", reopening)
    subject = decide("correct", reopening, status="complete")
    what = "it became “complete”, and no decision in force says so."
    assert found() == [f"actions.action {subject.pk}: {what}"]


def edited(row, name):
    return f"{row._meta.label_lower} {row.pk}: its “{name}” changed, and that stays as it was entered."


@pytest.fixture
def carried(draft, end, confirm):
    """005 goes on in the draft of 2022-23, once that is published."""
    end(["005"], "carried_forward", plan=draft.pk)
    confirm()
    return ActionEnding.objects.get()


def test_how_an_action_ends_stays_as_it_was_confirmed(carried, draft, june, manager, send, confirm, behind):
    behind(carried, fate="withdrawn")
    assert found() == [edited(carried, "fate")]
    adopted = {"meeting": june.pk, "reason": "So it was agreed"}
    assert send(manager, f"{NEXT}publish/", **adopted).status_code == 302
    confirm()
    action = Action.objects.get(pk=carried.action_id)
    assert action.status == "withdrawn"
    told = f"actions.action {action.pk}: it became “withdrawn”, and no decision in force says so."
    assert told in found(), "and a meeting decided that it goes on"


def test_where_it_goes_on_stays_as_it_was_confirmed(carried, behind, draft, action):
    successor = carried.successors.get()
    behind(successor, to_action=action("006"))
    assert found() == [edited(successor, "to_action")]


def test_a_decision_in_force_stays_as_it_was_confirmed(carried, behind, june):
    decision = carried.decision
    other = Meeting.objects.filter(group=june.group).exclude(pk=june.pk).first()
    behind(PlanDecision.objects.get(pk=decision.pk), meeting=other)
    assert found()[0] == edited(decision, "meeting")
    behind(PlanDecision.objects.get(pk=decision.pk), state="taken_back")
    assert edited(decision, "state") in found()


def test_nothing_is_added_to_a_decision_later(carried, behind, action, on_record):
    with on_record("Behind the forms"):
        ending = ActionEnding(action=action("006"), decision=carried.decision, fate="carried_forward")
        ending.save()
        row = Successor(ending=ending, to_plan=carried.successors.get().to_plan)
        row.save()
    added = "it was added to what had been entered before."
    assert found() == [f"actions.actionending {ending.pk}: {added}"]
    with on_record("Behind the forms"):
        other = Successor(ending=ending, to_plan=row.to_plan)
        other.save()
    assert found()[1:] == [f"actions.successor {other.pk}: {added}"]


def test_what_was_agreed_or_added_stays_as_it_was_entered(agreed, confirm, behind, on_record):
    agreed(text="Other words", leads=[])
    amendment = Amendment.objects.get()
    behind(amendment, priority="low")
    assert found() == [edited(amendment, "priority")], "before its chair has confirmed it, too"
    assert confirm().status_code == 302
    who = AmendedWho(amendment=amendment, post=Post.objects.get(name="QiiP Subgroup Chair"), position=1)
    with on_record("Behind the forms"):
        who.save()
    assert f"actions.amendedwho {who.pk}: it was added to what had been entered before." in found()


def test_an_addition_stays_as_it_was_entered(confirmed, behind):
    addition = Addition.objects.get()
    assert found() == []
    behind(addition, to_action=None)
    assert found() == [edited(addition, "to_action")]
    behind(addition, to_action=Action.objects.latest("pk"), ref="99")
    assert found()[1:] == [edited(addition, "ref"), edited(addition, "to_action")]


def test_a_request_and_what_was_decided_on_it_stay_as_they_were(new_date, decide, behind, user):
    by = user("qiip.chair")
    report = ExceptionReport.objects.get()
    report.forecast = OTHER
    with recording(by, "A better day"):
        report.save()
        report.add_step(CHANGE, by, report.group, to_state=report.state, to_group=report.with_group)
    assert found() == [], "who asked may change it"
    behind(ExceptionReport.objects.get(), forecast=ASKED)
    assert found() == [edited(new_date, "forecast")]
    decide("grant", new_date)
    step = new_date.steps.latest("pk")
    behind(step, reason="For another reason")
    assert edited(step, "reason") in of_plans_alone()
    assert plan_checker.check(export.lines())[1].endswith(edited(step, "reason"))


def test_a_decision_that_is_taken_back_stays_so(agreed, behind, manager, send):
    agreed(text="Other words")
    decision = PlanDecision.objects.get()
    page = f"{decision.get_absolute_url()}take-back/"
    assert send(manager, page, reason="It was entered by mistake").status_code == 302
    assert PlanDecision.objects.get().state == "taken_back" and found() == []
    behind(PlanDecision.objects.get(), state="waiting")
    assert found() == [edited(decision, "state")]


def test_both_verifiers_look_at_the_same_kinds():
    assert list(plan_checker.ENTERED) == [model._meta.label_lower for model in ENTERED]
    for model, owner in ENTERED.items():
        with_what = (owner[1]._meta.label_lower, owner[0]) if owner else ("", "")
        assert plan_checker.ENTERED[model._meta.label_lower] == with_what
