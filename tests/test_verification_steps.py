"""Verification finds the steps of a request that no form makes, though its state is where they lead."""

import pytest

from actions.models import ExceptionReport, ExceptionStep
from actions.models.chain import MOVES, MOVES_BY_NAME, Kind
from gscp.record import recording
from scrutiny.proof import reports
from scrutiny.proof.walk import verify
from tests.test_plan_decisions import june  # noqa: F401  fixture
from tests.test_verification_decided import ask, decide  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db
DECISIONS = [(move.name, move.to_state) for move in MOVES if move.is_decision and move.to_state]


@pytest.fixture
def step(user):
    """step(report, "grant", "granted") is saved as no form does; the report goes where it leads."""

    def saved(report, move, to_state, **columns):
        by = user("management.chair")
        report = ExceptionReport.objects.get(pk=report.pk)
        place = {"to_state": to_state, "to_group": report.with_group, "entered_by": by, "post": by.posts[0]}
        with recording(by, "Behind the forms"):
            one = ExceptionStep(report=report, move=move, **place | columns)
            one.save()
            report.state = to_state
            report.save()
        return one

    return saved


def told(step) -> list[str]:
    wrong = [str(finding) for finding in verify().findings]
    assert wrong == [f"Entry {one.number}: {one.what}" for one in reports.findings()], "nothing else is wrong"
    assert {line.partition(" actions")[0] for line in wrong} == {f"Entry {step.change_id}:"}
    return [line.partition(f"exceptionstep {step.pk}: ")[2] for line in wrong]


@pytest.mark.parametrize(("move", "to_state"), DECISIONS)
def test_nothing_is_decided_without_a_meeting(move, to_state, ask, decide, step):
    report = ask(Kind.EXCEPTION, what="Late", recovery="More people")
    if move == "correct":
        decide("grant", report)
    assert told(step(report, move, to_state)) == ["no meeting decided it."]


@pytest.mark.parametrize("move", ["raise", "agree", "change", "pass-on", "put-back", "not-so", "answer"])
def test_no_other_step_grants_anything(move, ask, step):
    wrong = told(step(ask(Kind.EXCEPTION, what="Late", recovery="More people"), move, "granted"))
    assert wrong[-1].endswith("does not lead from “waiting” to “granted”.")


def test_a_step_that_is_no_decision_has_no_meeting(ask, step, june):
    report = ask(Kind.EXCEPTION, what="Late", recovery="More people")
    taken_back = step(report, "take-back", "taken_back", meeting=june)
    what = f"exceptionstep {taken_back.pk}: it has a meeting, and is no decision."
    assert [one for one in verify().findings if str(one).endswith(what)]


def test_nothing_is_done_before_it_is_granted_nor_what_is_no_exception(ask, decide, step):
    assert told(step(ask(Kind.EXCEPTION, what="Late", recovery="More people"), "done", "done"))
    withdrawal = ask(Kind.WITHDRAWAL)
    decide("grant", withdrawal)
    last = step(withdrawal, "done", "done")
    assert any(f"exceptionstep {last.pk}: " in str(one) for one in verify().findings)


def test_the_steps_that_forms_make_fit(ask, decide, user):
    report = ask(Kind.EXCEPTION, what="Late", recovery="More people")
    moves = [
        ("return", "management.chair"),
        ("answer", "qiip.chair"),
        ("grant", "management.chair"),
        ("correct", "management.chair"),
        ("refuse", "management.chair"),
    ]
    for move, by in moves:
        if by == "management.chair":
            decide(move, report)
            continue
        again = ExceptionReport.objects.get(pk=report.pk)
        with recording(user(by), ""):
            again.make_move(MOVES_BY_NAME[move], user(by), "So it is")
    assert [str(finding) for finding in verify().findings] == []
