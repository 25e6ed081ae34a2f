"""What a chair may ask for, the states of a report on its way up, and who may move it when.

Pages, help texts, URLs and tests read three tables: State, TERMS and MOVES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from actions.models.action import Action


class State(models.TextChoices):
    # Which group decides is no state: the report says which one it is with (`with_group`).
    WAITING = "waiting", "Waiting for a decision"
    RETURNED = "returned", "Returned with a question"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    DONE = "done", "Granted and done"
    TAKEN_BACK = "taken_back", "Taken back"
    LAPSED = "lapsed", "Lapsed"


UNDECIDED = (State.WAITING, State.RETURNED)
GRANTED_OR_DONE = (State.GRANTED, State.DONE)
# A decision is in force, and the group that took it can correct it.
DECIDED = (State.RETURNED, State.GRANTED, State.REFUSED, State.DONE)
GRANTED_OR_REFUSED = (*GRANTED_OR_DONE, State.REFUSED)
# It came to its end, and not by the hand of who asked.
ENDED = (*GRANTED_OR_REFUSED, State.LAPSED)


class Kind(models.TextChoices):
    EXCEPTION = "exception", "Exception report"
    NEW_DATE = "new_date", "Request for a new date"
    COMPLETION = "completion", "Proposal of completion"
    REOPENING = "reopening", "Request to reopen"
    WITHDRAWAL = "withdrawal", "Proposal of withdrawal"


# These are for who has the last word on the action, as its end with the year is (last_word.py).
ENDS_THE_ACTION = (Kind.COMPLETION, Kind.WITHDRAWAL)


@dataclass(frozen=True)
class Terms:
    """Of one kind of report: which actions it may be asked of, its form, and its effect on the action.

    `slug` is its part of the address, `label` the text of its link, `fields` the form's fields with
    their labels. It may be asked of an action in one of `statuses`. Granting it changes `column` of
    the action. The action's status becomes `status_asked` while it is undecided, `status_granted`
    when it is granted, `status_refused` when it is refused or taken back; "" leaves it unchanged.
    """

    slug: str
    label: str
    statuses: tuple[str, ...]
    help: str
    fields: dict[str, str]
    column: str = ""
    status_asked: str = ""
    status_granted: str = ""
    status_refused: str = ""
    stays_at: tuple[str, ...] = ()  # statuses in which it cannot be asked, and does not lapse either

    def can_stand(self, status: str) -> bool:
        """Whether it can be undecided on an action in this status."""
        return status in (*self.statuses, self.status_asked, *self.stays_at)


Status = Action.Status
TERMS: dict[str, Terms] = {
    Kind.EXCEPTION: Terms(
        "exception",
        "Raise an exception",
        Action.OPEN,
        "It is off plan and needs a decision.",
        fields={
            "what": "What is off plan",
            "cause": "Cause",
            "effect": "Effect on children",
            "recovery": "Recovery action",
            "forecast": "New forecast",
            "asked_for": "The decision asked for",
        },
        # What was asked of a group may matter after the action is done.
        stays_at=(Status.COMPLETE,),
    ),
    Kind.NEW_DATE: Terms(
        "new-date",
        "Ask for a new date",
        Action.OPEN,
        "The original date stays. The new date counts once a meeting grants it. Until then the old one "
        "counts.",
        fields={
            "forecast": "New date",
            "cause": "Why the date cannot be kept",
            "effect": "Effect of the delay on children",
            "recovery": "What will be done so that the new date is kept",
        },
        column="agreed_date",
    ),
    Kind.COMPLETION: Terms(
        "completion",
        "Propose completion",
        (Status.NOT_STARTED, Status.IN_PROGRESS),
        "Somebody else accepts it or does not.",
        column="status",
        status_asked=Status.PROPOSED_COMPLETE,
        status_granted=Status.COMPLETE,
        status_refused=Status.IN_PROGRESS,
        fields={
            "what": "What was achieved",
            "evidence": "Where the evidence is",
            "impact": "What difference it made for children",
            "impact_check_on": "The date on which impact will be checked",
            "impact_check_by": "Who will check it",
            "impact_check_how": "How it will be checked",
            "impact_check_measure": "Which measure",
        },
    ),
    Kind.REOPENING: Terms(
        "reopening",
        "Ask to reopen",
        (Status.COMPLETE, Status.WITHDRAWN),
        "The closure stays in view.",
        column="status",
        status_granted=Status.IN_PROGRESS,
        fields={
            "cause": "Why it should be reopened",
            "recovery": "What will be done",
        },
    ),
    Kind.WITHDRAWAL: Terms(
        "withdrawal",
        "Propose withdrawal",
        Action.OPEN,
        "The action stays on the plan, marked as withdrawn. What else is asked of it lapses.",
        column="status",
        status_granted=Status.WITHDRAWN,
        fields={
            "cause": "Why it should be withdrawn",
            "effect": "What this means for children",
        },
    ),
}
STATUS_REFUSED = Status(TERMS[Kind.COMPLETION].status_refused).label
NOT_COMPLETED = f"If it asked for completion, the action becomes “{STATUS_REFUSED}”."

# Who may make a move, in words, by the permission it takes; gscp/permissions.py holds the rules.
WHO_MAY = {
    "ask": "the chair of the responsible group, who leads the action, or the Business Manager; "
    "after an impact check, who may check it",
    "take_back": "the chair of the responsible group, or who leads the action; after an impact check, "
    "who may check it",
    "decide": "the group it is with, at a meeting; never who answers for the action",
    "report": "the chair of the responsible group, who leads the action, or the Business Manager",
    "check_impact": "a chair of a deciding group above the responsible one; never who answers for it",
    "agree": "who holds another post of the group; never who asked or leads the action",
}


@dataclass(frozen=True)
class Condition:
    sentence: str = ""
    # Given an ExceptionReport; its module imports this one.
    is_met: Callable[[Any], bool] = lambda report: True


CHECK_IMPACT, MOVE_CHECK = "check-impact", "move-impact-check"
# A provisional decision is put in force or replaced before anything else happens.
NOTHING_TO_RATIFY = Condition(
    "Not while a decision waits to be put in force.", lambda report: not report.provisional_decision
)
NOT_THE_ANSWERING_GROUP = Condition(
    "Not by a group that answers for the action itself, if there is one above it.",
    lambda report: not report.is_with_answering_group,
)
IMPACT_TO_CHECK = Condition(
    "Where a date was given for it, and no decision waits to be put in force.",
    lambda report: report.lacks_impact and not report.provisional_decision,
)
IMPACT_TO_FIND = Condition(
    "Where a date was given for it, or again while the action is complete; not while a decision waits.",
    lambda report: report.impact_can_be_found and not report.provisional_decision,
)
# What nobody has confirmed may be nobody's wish.
CONFIRMED = "Not before the chair who asks has confirmed what was entered for them."


@dataclass(frozen=True)
class Move:
    """One move of a report: from which states to which, and the permission it takes.

    `label` is the text of its button, `result` what history calls it once it is made; in `label`, {next}
    stands for the group that comes next. `to_state` is empty where an earlier step determines it: `ratify`
    and `agree` lead to the state that the provisional decision names. A decision (`is_decision`) is taken at
    a meeting of the group the report is with.
    """

    name: str
    label: str
    result: str
    help: str
    from_states: tuple[str, ...]
    to_state: str
    permission: str
    kinds: tuple[str, ...] = tuple(Kind)
    reason_label: str = "Reason"
    condition: Condition = Condition()

    @property
    def is_decision(self) -> bool:
        return self.permission == "decide"

    @property
    def who(self) -> str:
        return WHO_MAY[self.permission]

    @property
    def label_in_general(self) -> str:
        return self.label.replace("{next}", "the next group")

    def label_for(self, report: Any) -> str:
        return self.label.replace("{next}", f"the {report.next_group}")


MOVES = [
    Move(
        "return",
        "Return it with a question",
        "Returned with a question",
        "It goes back to the chair who asked, and comes to the same group again with the answer.",
        (State.WAITING,),
        State.RETURNED,
        "decide",
        condition=NOT_THE_ANSWERING_GROUP,
    ),
    Move(
        "escalate",
        "Escalate it to {next}",
        "Escalated",
        "It is decided there, at its own meeting.",
        (State.WAITING,),
        State.WAITING,
        "decide",
        condition=Condition(
            "Where there is a deciding group above.", lambda report: report.next_group is not None
        ),
    ),
    Move(
        "grant",
        "Grant it",
        "Granted",
        "A new date, a completion, a reopening or a withdrawal counts as soon as the decision is in force.",
        (State.WAITING,),
        State.GRANTED,
        "decide",
        condition=Condition(
            "A group escalates what it answers for itself, and cannot grant it. So it is with "
            f"completion and withdrawal of High priority, if a group above decides those. {CONFIRMED}",
            lambda report: not report.must_be_escalated and not report.to_confirm,
        ),
    ),
    Move(
        "refuse",
        "Refuse it",
        "Refused",
        f"What was asked for does not happen. {NOT_COMPLETED}",
        (State.WAITING,),
        State.REFUSED,
        "decide",
        condition=Condition(
            f"{NOT_THE_ANSWERING_GROUP.sentence} {CONFIRMED}",
            lambda report: NOT_THE_ANSWERING_GROUP.is_met(report) and not report.to_confirm,
        ),
    ),
    Move(
        "ratify",
        "Put the decision in force",
        "Put in force",
        "A meeting with too few partners decided it. It counts from now on.",
        (State.WAITING, *DECIDED),
        "",
        "decide",
        condition=Condition(
            "Where there is one; never by a group that answers for the action itself.",
            lambda report: report.waits_for_quorum and not report.is_with_answering_group,
        ),
    ),
    Move(
        "agree",
        "Agree to the decision",
        "Agreed to by another post",
        "What the top group decides about its own action counts once another of its posts agrees.",
        (State.WAITING, *DECIDED),
        "",
        "agree",
        condition=Condition(
            "Where the top group decided about an action of its own.",
            # Not once its meeting turns out to have had no quorum, or another group is above it.
            lambda report: (
                report.waits_for_agreement
                and report.is_own_of_top_group
                and report.provisional_decision.meeting.is_quorate
            ),
        ),
    ),
    Move(
        "correct",
        "Correct the decision",
        "Corrected",
        "The earlier entry stays in view, what it changed is undone, and the group decides anew. "
        "What it escalated is with the group above, and stays there.",
        DECIDED,
        State.WAITING,
        "decide",
        condition=NOT_THE_ANSWERING_GROUP,
    ),
    Move(
        "answer",
        "Answer the question",
        "Answered",
        "It goes back to the group that asked.",
        (State.RETURNED,),
        State.WAITING,
        "ask",
        reason_label="Answer",
        condition=NOTHING_TO_RATIFY,
    ),
    Move(
        "take-back",
        "Take it back",
        "Taken back",
        f"Nobody has to decide it any more. It stays on record. {NOT_COMPLETED}",
        UNDECIDED,
        State.TAKEN_BACK,
        "take_back",
    ),
    Move(
        "done",
        "Report it done",
        "Reported done",
        "What was decided has been carried out.",
        (State.GRANTED,),
        State.DONE,
        "report",
        kinds=(Kind.EXCEPTION,),
        reason_label="What was done",
        condition=NOTHING_TO_RATIFY,
    ),
    Move(
        CHECK_IMPACT,
        "Record the impact found",
        "Impact checked",
        "What difference the completed action made for children, checked by somebody else than who did it. "
        "If it is not embedded, reopening the action is asked at once.",
        (State.GRANTED, State.DONE),
        State.DONE,
        "check_impact",
        kinds=(Kind.COMPLETION,),
        reason_label="What difference it made for children",
        condition=IMPACT_TO_FIND,
    ),
    Move(
        MOVE_CHECK,
        "Move the impact check",
        "Impact check moved",
        "The impact is checked on another day. The old day stays on record.",
        (State.GRANTED,),
        State.GRANTED,
        "check_impact",
        kinds=(Kind.COMPLETION,),
        reason_label="Why it is moved",
        condition=IMPACT_TO_CHECK,
    ),
]
MOVES_BY_NAME = {move.name: move for move in MOVES}
# Steps that nobody chooses. The first one of every report starts from no state; a report is passed on to the
# next group when the one it is with no longer decides, or comes to answer for the action. It lapses when a
# decision leads the action to a status in which it could not be asked, or when it is asked again, by a
# correction, in such a status. It is put back when the decision that led to that status is corrected.
# Who asked may change its words. A chair may say that what was entered for them is not so.
RAISE, PASS_ON, LAPSE, PUT_BACK, CHANGE, NOT_SO = "raise", "pass-on", "lapse", "put-back", "change", "not-so"
ASKING_MOVES = {RAISE, *(move.name for move in MOVES if move.permission in ("ask", "take_back"))}
# The Business Manager may enter these on behalf of a chair, who then confirms them.
ENTERED_FOR_CHAIR = {RAISE, *(move.name for move in MOVES if move.permission in ("decide", "report", "ask"))}
# Where it stands when the chair says that a step of these is not so, and the states in which that matters.
NOT_SO_LEADS_TO = {
    RAISE: (State.TAKEN_BACK, (*UNDECIDED, State.LAPSED)),
    "answer": (State.RETURNED, (State.WAITING,)),
    "done": (State.GRANTED, (State.DONE,)),
}
# Of what was granted, what came of it is told after its plan is closed, too. Nothing else moves then.
AFTER_CLOSING = {MOVE_CHECK, *(move.name for move in MOVES if move.to_state == State.DONE)}
