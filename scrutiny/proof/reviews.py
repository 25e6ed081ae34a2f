"""Recommendations compared with what was decided about them: a decision or a check closes or opens each."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from actions.models import Recommendation, RecommendationOutcome, impact_choices
from gscp.record import history_of
from scrutiny.proof.decided import decisions_in_force
from scrutiny.proof.entered import saved_again
from scrutiny.proof.findings import Finding
from scrutiny.proof.rows import ROW_ERRORS, last_number

STATE_ENTERED = Recommendation.State.OPEN


def findings() -> Iterator[Finding]:
    try:
        yield from wrong_states()
    except (ObjectDoesNotExist, *ROW_ERRORS):
        yield Finding(last_number(), "recommendations cannot be compared with what was decided about them.")


def wrong_states() -> Iterator[Finding]:
    came = states_that_came()
    rows = history_of(Recommendation)._base_manager
    closed = rows.filter(history_type="+").exclude(state=STATE_ENTERED).order_by("change_id")
    for number, key, state in closed.values_list("change_id", "id", "state"):
        yield Finding(number, f"actions.recommendation {key}: it was entered as {state}.")
    became = set()
    for saved in saved_again(Recommendation, ["state"]):
        became.add((saved.row.id, saved.act, saved.row.state))
        if (saved.row.id, saved.act, saved.row.state) not in came:
            what = f"it became {saved.row.state}, and no decision in force says so"
            yield Finding(saved.number, f"actions.recommendation {saved.row.id}: {what}.")
    for said in came.keys() - became:
        key, _, state = said
        what = f"what was decided makes it {state}, and it did not become that"
        yield Finding(came[said], f"actions.recommendation {key}: {what}.")


def states_that_came() -> dict[tuple[int, UUID, str], int]:
    """Recommendation, act and the state that a confirmed decision or a failed check gave it there.

    Each with the number of the entry that says so.
    """
    in_force = decisions_in_force()
    found: dict[tuple[int, UUID, str], int] = {}
    for one in RecommendationOutcome.objects.select_related("change", "step"):
        decided: Any = in_force.get(one.decision_id or 0)
        if one.step and one.step.finding == impact_choices.Finding.NOT:
            decided = one.change
        if decided:
            found[one.recommendation_id, decided.act, str(one.leads_to)] = decided.number
    return found
