"""Verification finds what was changed behind the forms about a plan, though line, hash and row all fit."""

import sqlite3
from datetime import date

import pytest
from django.db import connection

from actions.models import Action, Amendment, BusinessPlan, Confirmation, PlanDecision
from actions.models.last_word import BY_A_MEETING
from gscp.record import recording
from gscp.record.recording import Recording
from scrutiny import plan_checker
from scrutiny.proof import export, plans, published
from scrutiny.proof.plan_rules import RULES
from scrutiny.proof.published import Plans, saved_rows
from scrutiny.proof.walk import first_finding, verify
from subgroups.models import Group, Meeting
from tests.factories import ActionFactory, settle_further_actions
from tests.test_amendments import AT_006, agreed, words  # noqa: F401  fixtures
from tests.test_plan_decisions import adopted, draft, june  # noqa: F401  fixtures
from tests.test_year_end import NEXT, PLAN, REFS, at_executive, confirm, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db


def found() -> list[str]:
    """What verification finds, and the checker outside, too."""
    whole = [str(finding) for finding in verify().findings]
    assert whole == list(map(str, sorted(plans.findings()))), "nothing else is wrong"
    assert bool(whole) == bool(first_finding())
    assert sorted(plan_checker.check(export.lines())) == sorted(whole)
    return [line.partition(": ")[2] for line in whole]


@pytest.fixture
def behind(on_record):
    """behind(row, text="Other") saves it as no form does; everything that the record keeps fits."""

    def saved(row, **values):
        with on_record("Behind the forms"):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        return row

    return saved


def test_what_meetings_decided_is_sound(
    words, agreed, end, confirm, draft, manager, send, action, on_record, at_executive
):
    send(manager, f"{AT_006}edit/", **words | {"kind": "slip", "text": f"{action('006').text} at once"})
    agreed(text="Other words", group=Group.objects.get(slug="cem").pk, leads=[])
    confirm()
    with on_record():
        subject = draft.actions.get()
        subject.text = "A draft is edited freely"
        subject.save()
        withdrawn = ActionFactory(plan=draft, driver=subject.driver, group=subject.group, ref="2")
        withdrawn.status = "withdrawn"
        withdrawn.save()
    end(["005", "006"], "carried_forward", plan=draft.pk)
    confirm()
    end(REFS[:4], "withdrawn", meeting=at_executive.pk)
    confirm(by="executive")
    with on_record():
        settle_further_actions(BusinessPlan.objects.get(label="2021-22"))
    meeting = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    for address in (f"{NEXT}publish/", f"{PLAN}close/"):
        assert send(manager, address, meeting=meeting.pk, reason="So it was agreed").status_code == 302
        confirm()
    assert [*BusinessPlan.objects.order_by("label").values_list("status", flat=True)] == ["closed", "live"]
    rows = saved_rows(Action, [name for name in RULES[Action] if name], Plans())
    assert len([row for row in rows if row.before]) > len(REFS), "so there was something to compare"
    assert found() == []


def test_a_draft_becomes_live_by_a_decision_alone(draft, behind):
    behind(draft, status="live")
    [wrong] = found()
    assert wrong.startswith("actions.businessplan ")
    assert wrong.endswith("it became live, and no decision says so that its chair confirmed.")


def test_a_decision_that_came_into_force_at_another_time_publishes_nothing(adopted, behind, user):
    behind(adopted, state="in_force")
    behind(BusinessPlan.objects.get(pk=adopted.plan_id), status="live")
    wrong = of_plans_alone()
    assert "it became live" in wrong[0]
    with recording(user("management.chair"), ""):
        Confirmation.of(adopted, user("management.chair")).save()
    assert of_plans_alone() == wrong, "the chair confirmed it later, and the plan was live before"


def of_plans_alone() -> list[str]:
    return [finding.what for finding in plans.findings()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "Something easier"),
        ("title", ""),
        ("priority", ""),
        ("who", "Nobody"),
        ("timescale", "By 2023"),
    ],
)
def test_words_of_a_live_plan_change_by_a_slip_or_a_decision_alone(name, value, behind, action):
    subject = action("006")
    behind(subject, **{name: value})
    [wrong] = found()
    lack = "no decision in force" if name in BY_A_MEETING else "neither a slip nor a decision in force"
    said = f"its “{name}” changed, and {lack} says so."
    assert wrong == f"actions.action {subject.pk}: {said}"


def test_a_line_that_lacks_a_column_hides_nothing_before_it(behind, action, monkeypatch):
    behind(action("006"), text="Something easier")
    [wrong] = plan_checker.check(export.lines())
    of_plans = of_plans_alone()
    assert len(of_plans) == 1
    whole = Recording.line_columns

    def without_column(*given):
        columns = whole(*given)
        columns.pop(plans.YOUNGER_COLUMN, None)
        return columns

    monkeypatch.setattr(Recording, "line_columns", without_column)
    behind(action("005"), review_date=date(2022, 2, 1))
    assert of_plans_alone() == of_plans, "such a line is no older than the first that has the column"
    assert wrong in plan_checker.check(export.lines())


def test_so_does_the_responsible_group(behind, action):
    subject = behind(action("006"), group=Group.objects.get(slug="cem"))
    said = "its “group” changed, and no decision in force says so."
    assert found() == [f"actions.action {subject.pk}: {said}"]


def test_a_slip_covers_what_it_names_and_as_it_says_it(on_record, action):
    with on_record("A slip"):
        subject = action("006")
        Amendment(action=subject, changed="text", text="What the slip says").save()
        subject.text, subject.title = "Something else", "Another title"
        subject.save()
    assert [wrong.partition("its ")[2].partition(",")[0] for wrong in found()] == [
        "“text” changed",
        "“title” changed",
    ]


def test_what_waits_for_its_chair_changes_no_words(agreed, behind, action):
    agreed(priority="low")
    behind(action("006"), priority="low")
    assert PlanDecision.objects.get().is_waiting and len(found()) == 1


def test_in_a_draft_words_change_freely(draft, behind):
    behind(draft.actions.get(), text="Other", status="withdrawn")
    assert found() == []


@pytest.mark.parametrize("status", ["complete", "withdrawn", "carried_forward", "merged", "split"])
def test_an_action_ends_by_a_decision_alone(status, behind, action):
    subject = behind(action("006"), status=status)
    what = f"it became “{status}”, and no decision in force says so."
    assert found() == [f"actions.action {subject.pk}: {what}"]
    behind(action("006"), status="in_progress")
    assert len(found()) == 2, "nor is it opened again without one"


def test_what_has_ended_becomes_nothing_else_without_a_decision(behind, action):
    subject = behind(action("006"), status="withdrawn")
    behind(action("006"), status="complete")
    said = [f"actions.action {subject.pk}: it became “{new}”" for new in ("withdrawn", "complete")]
    assert [wrong.partition(",")[0] for wrong in found()] == said


def test_what_was_decided_once_ends_it_once(end, confirm, behind, action):
    end(["006"], "withdrawn")
    confirm()
    assert found() == []
    behind(action("006"), status="in_progress")
    behind(action("006"), status="withdrawn")
    assert len(found()) == 2, "a meeting opened it again, as it were, and none has ended it anew"


def test_an_action_ends_as_it_was_decided(end, confirm, behind, action):
    end(["006"], "withdrawn")
    behind(action("006"), status="withdrawn")
    assert len(found()) == 1, "its chair has not confirmed it"
    behind(action("005"), status="merged")
    assert len(found()) == 2


def test_a_plan_is_closed_by_a_decision_alone(behind, action):
    plan = action("006").plan
    for subject in Action.objects.filter(plan=plan):
        behind(subject, status="complete")
    behind(BusinessPlan.objects.get(pk=plan.pk), status="closed")
    wrong = found()
    assert len(wrong) == len(REFS) + 1
    assert f"actions.businessplan {plan.pk}: it became closed" in " ".join(wrong)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL takes any number of values")
def test_more_rows_are_compared_than_sqlite_takes_values_in_one_statement(monkeypatch, behind, action):
    for ref in REFS:
        behind(action(ref), title="Another")
    kind = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    monkeypatch.setattr(published, "ROWS_AT_ONCE", 4)
    usual = connection.connection.setlimit(kind, 10)
    try:
        assert len(of_plans_alone()) == len(REFS)
    finally:
        connection.connection.setlimit(kind, usual)
