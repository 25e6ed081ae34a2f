"""Verification finds what was changed of a plan by a decision that says something else."""

from datetime import date

import pytest

from actions.models import Action, ExceptionReport
from actions.models.chain import MOVES_BY_NAME, Kind
from gscp.record import recording
from tests.test_plan_decisions import june  # noqa: F401  fixtures
from tests.test_verification_plans import behind, found  # noqa: F401  fixtures

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
    assert found() == [f"actions.action {subject.pk}: it became “complete”, and no decision in force says so."]
