"""Recommendations compared with what was decided about them: a decision or a check closes or opens each."""

from collections.abc import Iterator
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from actions.models import Recommendation, RecommendationOutcome
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
    for saved in saved_again(Recommendation, ["state"]):
        if (saved.row.id, saved.act, saved.row.state) not in came:
            what = f"it became {saved.row.state}, and no decision in force says so"
            yield Finding(saved.number, f"actions.recommendation {saved.row.id}: {what}.")


def states_that_came() -> set[tuple[int, UUID, str]]:
    """By recommendation and act the state that a confirmed decision or a failed check gave it."""
    in_force, found = decisions_in_force(), set()
    for one in RecommendationOutcome.objects.select_related("change"):
        decided = in_force.get(one.decision_id) if one.decision_id else one.change
        if decided:
            found.add((one.recommendation_id, decided.act, str(one.leads_to)))
    return found
