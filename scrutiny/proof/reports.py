"""Exception reports whose state, or the group that they are with, is not what their steps lead to.

Pages and permissions read the state of a row. Whoever can write an entry can set it without a step, and so
without a meeting. Or with a step that no form makes: each has to fit the states before and after it, and a
decision has its meeting.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from actions.models import ExceptionReport, ExceptionStep, chain
from actions.models.chain import MOVES_BY_NAME, NOT_SO_LEADS_TO, UNDECIDED, State
from actions.models.places import place_after
from scrutiny.proof.findings import Finding

# By each step that nobody chooses: the states it is taken from, and those it leads to, if it changes them.
FOLLOWING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    chain.RAISE: (("",), (State.WAITING,)),
    chain.PASS_ON: (UNDECIDED, ()),
    chain.LAPSE: (UNDECIDED, (State.LAPSED,)),
    chain.PUT_BACK: ((State.LAPSED,), UNDECIDED),
    chain.CHANGE: (UNDECIDED, ()),
}


def findings() -> Iterator[Finding]:
    steps = ExceptionStep.objects.select_related("report", "points_to").order_by("report_id", "change_id")
    places = {}
    for pk, of_one in groupby(steps.iterator(), attrgetter("report_id")):
        of_report = list(of_one)
        places[pk] = place_after(of_report)
        yield from step_findings(of_report)
    reports = ExceptionReport.objects.order_by("pk").values_list("pk", "change_id", "state", "with_group_id")
    for pk, number, *place in reports.iterator():
        if tuple(place) != places.get(pk):
            what = "its steps lead to another state, or to another group."
            yield Finding(number, f"actions.exceptionreport {pk}: {what}")


def step_findings(steps: list[ExceptionStep]) -> Iterator[Finding]:
    """What is wrong with the steps of one report, given in their order."""
    state = ""
    for step in steps:
        move = MOVES_BY_NAME.get(step.move)
        # What another post agrees to keeps the meeting that decided it.
        if (step.meeting_id is not None) != (move is not None and move.permission in ("decide", "agree")):
            what = "it has a meeting, and is no decision" if step.meeting_id else "no meeting decided it"
            yield Finding(step.change_id, f"actions.exceptionstep {step.pk}: {what}.")
        if not fits(step, state):
            what = f"“{step.get_move_display()}” does not lead from “{state}” to “{step.to_state}”."
            yield Finding(step.change_id, f"actions.exceptionstep {step.pk}: {what}")
        if not step.provisional:
            state = step.to_state


def fits(step: ExceptionStep, state: str) -> bool:
    """Whether its move may be made of its report in this state, and leads where it says."""
    earlier = step.points_to
    if move := MOVES_BY_NAME.get(step.move):
        to_state = move.to_state or (earlier.to_state if earlier else "")
        is_of_kind = step.report.kind in move.kinds
        return is_of_kind and state in move.from_states and step.to_state == to_state
    if step.move == chain.NOT_SO:
        to_state, from_states = NOT_SO_LEADS_TO.get(earlier.move if earlier else "", ("", ()))
        return state in from_states and step.to_state == to_state
    taken_from, leads_to = FOLLOWING.get(step.move, ((), ()))
    return state in taken_from and step.to_state in (leads_to or (state,))
