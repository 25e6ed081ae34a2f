"""The recommendations of reviews as a file: a row for each answer that an agency is asked for."""

from __future__ import annotations

from actions.models import AgencyAnswer
from actions.tables.lists import LONG, MIDDLE
from actions.tables.writing import Column, Table, lines


def actions_of(answer: AgencyAnswer) -> str:
    return lines(f"{one.ref} of {one.plan.label}" for one in answer.recommendation.actions)


COLUMNS = [
    Column("Plan", lambda one: one.recommendation.driver.plan.label),
    Column("Review", lambda one: one.recommendation.driver.text, MIDDLE),
    Column("#", lambda one: one.recommendation.number, 8),
    Column("Recommendation", lambda one: one.recommendation.text, LONG),
    Column("For Whom", lambda one: one.recommendation.get_scope_display()),
    Column("Where the Review Says It", lambda one: one.recommendation.source, MIDDLE),
    Column("Agency", lambda one: str(one.agency), MIDDLE),
    Column("Answer", lambda one: one.in_words, 18),
    Column("Why", lambda one: one.reason, LONG),
    Column("Actions", actions_of, MIDDLE),
    Column("State", lambda one: one.recommendation.get_state_display(), 18),
]


def table(notes: list[str]) -> Table:
    answers = AgencyAnswer.objects.of_listed_plans().with_recommendations()
    return Table("recommendations", "Recommendations of reviews", COLUMNS, answers, notes)
