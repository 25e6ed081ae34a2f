"""What was entered of decisions and requests stays as it was entered: what was saved of it again, or added.

A decision about a plan, and all that belongs to it, is entered in one act. Later it comes into force or is
taken back, once, and the actions that are made then are filled in. A decision on a request, what a chair says
of something, and a report never change: a correction is another one. Who asked may change the words of a
request: a step says so.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection

from actions.models import (
    ActionEnding,
    AddedWho,
    Addition,
    AmendedWho,
    Amendment,
    Confirmation,
    ExceptionReport,
    ExceptionStep,
    PlanDecision,
    ProgressUpdate,
    RecommendationOutcome,
    ReviewAnswers,
    Successor,
)
from actions.models.chain import CHANGE, MOVE_CHECK
from gscp.record import Tracked, history_of
from scrutiny.proof.decided import Decided
from scrutiny.proof.findings import Finding
from scrutiny.proof.published import Saved, statement, with_rows

# By kind the key and the kind of what it is entered with: that stands before it.
ENTERED: dict[type[Tracked], tuple[str, type[Tracked]] | None] = {
    PlanDecision: None,
    Amendment: ("decision_id", PlanDecision),
    AmendedWho: ("amendment_id", Amendment),
    Addition: ("decision_id", PlanDecision),
    AddedWho: ("addition_id", Addition),
    ActionEnding: ("decision_id", PlanDecision),
    Successor: ("ending_id", ActionEnding),
    ReviewAnswers: ("decision_id", PlanDecision),
    RecommendationOutcome: ("decision_id", PlanDecision),
    ExceptionReport: None,
    ExceptionStep: None,
    Confirmation: None,
    ProgressUpdate: None,
}
FREE: dict[type[Tracked], tuple[str, ...]] = {
    ExceptionReport: ("state", "with_group"),  # what its steps lead to: reports.py
}
FIXED = ("action", "kind", "found_by", "after_check")  # of a request: no form changes these
State = PlanDecision.State


def findings(decided: Decided) -> Iterator[Finding]:
    changes = reworded_or_moved()
    for model in ENTERED:
        for saved in saved_again(model, columns_of(model)):
            for name in columns_of(model):
                if saved.changed(name) and not may_change(model, saved, name, decided, changes):
                    what = f"its “{name}” changed, and that stays as it was entered."
                    yield Finding(saved.number, f"{model._meta.label_lower} {saved.row.id}: {what}")
    yield from added_later()


def reworded_or_moved() -> set[tuple[Any, UUID, str]]:
    """Of a request, by the act of a step that says so, its words or the day of its impact check."""
    steps = ExceptionStep.objects.filter(move__in=(CHANGE, MOVE_CHECK))
    return {*steps.values_list("report", "change__act", "move")}


def added_later() -> Iterator[Finding]:
    """What was not entered in the act of what it belongs to."""
    acts: dict[type[Tracked], dict[int, UUID]] = {PlanDecision: dict(first_rows(PlanDecision))}
    for model, owner in ENTERED.items():
        if owner:
            key, of_what = owner
            acts[model] = {}
            for pk, act, number, owned_by in first_rows(model, "change_id", key):
                acts[model][pk] = act
                if acts[of_what].get(owned_by, act) != act:
                    what = "it was added to what had been entered before."
                    yield Finding(number, f"{model._meta.label_lower} {pk}: {what}")


def first_rows(model: type[Tracked], *columns: str) -> Any:
    rows = history_of(model)._base_manager.filter(history_type="+")
    return rows.order_by("change_id").values_list("id", "change__act", *columns)


def columns_of(model: type[Tracked]) -> list[str]:
    free = ("id", "change", *FREE.get(model, ()))
    return [field.name for field in model._meta.concrete_fields if field.name not in free]


def saved_again(model: type[Tracked], names: list[str]) -> Iterator[Saved]:
    """The rows in which one of these columns is another than before."""
    with connection.cursor() as cursor:
        cursor.execute(statement(model, names))
        saved = [(key, before, number, UUID(str(act))) for key, before, number, act, *_ in cursor.fetchall()]
    for row, before, number, act in with_rows(model, [one for one in saved if one[1] is not None]):
        yield Saved(row, before, number, act, "")


def may_change(
    model: type[Tracked], saved: Saved, name: str, decided: Decided, changes: set[tuple[Any, UUID, str]]
) -> bool:
    """Whether the act by which this comes into force, is taken back or is asked anew changes this column."""
    row, before = saved.row, saved.before
    if model is ExceptionReport:
        is_moved = name == "impact_check_on" and (row.id, saved.act, MOVE_CHECK) in changes
        return is_moved or (name not in FIXED and (row.id, saved.act, CHANGE) in changes)
    if model is PlanDecision and name in ("state", "why_taken_back"):
        is_in_force = name == "state" and decided.came_into_force(row.id, saved.act)
        return before.state == State.WAITING and (row.state == State.TAKEN_BACK or is_in_force)
    if name == "to_action" and before.to_action_id is None:
        decision = row.decision_id if model is Addition else decided.decision_of.get(row.ending_id, 0)
        return decided.came_into_force(decision, saved.act)
    return False
