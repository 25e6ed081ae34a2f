"""What slips said of published actions, and meetings decided, each by the act in which it came into force.

Each is read as it was then. That a record of a decision changed later is told by itself: entered.py.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Max, Min

from actions.models import (
    Action,
    ActionEnding,
    Addition,
    AmendedWho,
    Amendment,
    Confirmation,
    ExceptionReport,
    ExceptionStep,
    PlanDecision,
    Successor,
)
from actions.models.chain import TERMS, State
from actions.models.last_word import BY_A_MEETING
from gscp.record import Change, Tracked, history_of
from scrutiny.proof.published import Saved
from scrutiny.proof.who import Who


@dataclass(frozen=True)
class InForce:
    """That a decision about a plan came into force, by which entry and in which act."""

    plan: int
    kind: str
    number: int
    act: UUID


class Decided:
    def __init__(self) -> None:
        self.in_force, self.who = decisions_in_force(), Who()
        self.kinds = {(one.plan, one.kind, one.act) for one in self.in_force.values()}
        self.requests = requests_decided()
        self.acts: dict[UUID, tuple[int, int]] = {}  # by first_and_last_of()
        self.amendments: dict[tuple[int, UUID], list[Any]] = defaultdict(list)
        # By the amendment and the act in which it was entered.
        self.named: dict[tuple[int, UUID], list[Any]] = defaultdict(list)
        self.came: set[tuple[int, UUID]] = set()  # actions that were added, or in which earlier ones go on
        self.gone_on: dict[int, int] = {}  # by action, when first an earlier one went on in it
        self.ended: set[tuple[int, UUID, str]] = set()  # action, act, and what becomes of it
        self.read_amendments()
        self.read_actions()
        self.reopened = reopened_elsewhere()
        for step in self.reopened:
            self.came.add((step.carried_to_id, step.in_act))
            self.gone_on[step.carried_to_id] = step.change_id

    def read_amendments(self) -> None:
        for one in self.rows(Amendment, lambda row: row.decision_id):
            if one.decision_id is None:
                self.amendments[one.action_id, one.in_act].append(one)
            elif decision := self.in_force.get(one.decision_id):
                self.amendments[one.action_id, decision.act].append(one)
        for who in self.rows(AmendedWho, lambda row: None):
            self.named[who.amendment_id, who.in_act].append(who)

    def read_actions(self) -> None:
        """An action ends with its decision or, if it goes on in a draft, with the one that publishes that."""
        publication = PlanDecision.Kind.PUBLICATION
        published = {one.plan: one.act for one in self.in_force.values() if one.kind == publication}
        endings = {one.id: one for one in self.rows(ActionEnding, lambda row: row.decision_id)}
        self.decision_of = {ending.id: ending.decision_id for ending in endings.values()}
        for ending in endings.values():
            if decision := self.in_force.get(ending.decision_id):
                self.ended.add((ending.action_id, decision.act, ending.fate))
        for one in self.rows(Addition, lambda row: row.decision_id):
            if decision := self.in_force.get(one.decision_id):
                self.came.add((one.to_action_id, decision.act))
        for one in self.rows(Successor, lambda row: self.decision_of.get(row.ending_id)):
            if decision := self.in_force.get(self.decision_of.get(one.ending_id, 0)):
                ending = endings[one.ending_id]
                if ending.fate != ActionEnding.Fate.MERGED:  # which leaves the other as it is
                    self.came.add((one.to_action_id, decision.act))
                first = self.gone_on.get(one.to_action_id, decision.number)
                self.gone_on[one.to_action_id] = min(first, decision.number)
                if one.to_plan_id in published:
                    self.ended.add((ending.action_id, published[one.to_plan_id], ending.fate))

    def rows(self, model: type[Tracked], decision_of: Callable[[Any], int | None]) -> Iterator[Any]:
        """Of each record its row as it stood once its decision was in force; of one of none its first."""
        found: dict[int, Any] = {}
        rows = history_of(model)._base_manager.annotate(in_act=F("change__act"))
        for row in rows.order_by("change_id"):
            decision = self.in_force.get(decision_of(found.get(row.id, row)) or 0)
            if decision is None:
                found.setdefault(row.id, row)
            elif row.change_id < decision.number or row.in_act == decision.act:
                found[row.id] = row
        yield from found.values()

    def came_into_force(self, decision: int, act: UUID) -> bool:
        """Whether this one did so in this act."""
        return decision in self.in_force and self.in_force[decision].act == act

    def first_and_last_of(self, act: UUID) -> tuple[int, int]:
        """The first entry of this act, and the last."""
        if act not in self.acts:
            entries = Change.objects.filter(act=act).aggregate(first=Min("number"), last=Max("number"))
            self.acts[act] = entries["first"], entries["last"]
        return self.acts[act]

    def amendments_of(self, saved: Saved, name: str) -> list[Any]:
        """Those of the row's act that bear on its action, and on this of it, as far as they may."""
        found = [one for one in self.amendments[saved.action, saved.act] if name in one.changed.split()]
        return [one for one in found if one.decision_id or name not in BY_A_MEETING]

    def arrived(self, saved: Saved) -> bool:
        """Whether by a decision of its act its action was added, or an earlier one goes on in it."""
        return (saved.action, saved.act) in self.came

    def granted(self, saved: Saved, name: str) -> list[Any]:
        """What a decision of its act on a request gives its action in this column."""
        return self.requests.get((saved.action, saved.act, name), [])

    def had_gone_on(self, saved: Saved) -> bool:
        """Whether an earlier action went on in its action before."""
        return self.gone_on.get(saved.action, saved.number) < saved.number


def decisions_in_force() -> dict[int, InForce]:
    """The decisions about plans that came into force in the act in which a chair confirmed them."""
    confirmations = history_of(Confirmation)._base_manager.filter(is_so=True).exclude(plan_decision=None)
    confirmed = {*confirmations.values_list("plan_decision", "change__act")}
    rows = history_of(PlanDecision)._base_manager.filter(state=PlanDecision.State.IN_FORCE)
    found: dict[int, InForce] = {}
    columns = ("id", "plan", "kind", "change_id", "change__act")
    for pk, plan, kind, number, act in rows.order_by("change_id").values_list(*columns):
        if (pk, act) in confirmed:
            found.setdefault(pk, InForce(plan, kind, number, act))
    return found


def reopened_elsewhere() -> list[Any]:
    """The decisions that reopen an action of a closed plan, each of which makes a new one."""
    steps: Any = ExceptionStep.objects.exclude(carried_to=None).select_related("report")
    return list(steps.annotate(in_act=F("change__act")).order_by("change_id"))


def requests_decided() -> dict[tuple[int, UUID, str], list[Any]]:
    """By action, act and column the values that decisions in force on requests give: none where they refuse.

    What was asked for is read as it stood before the decision, and what a correction gives back, too.
    """
    values: dict[tuple[int, UUID, str], list[Any]] = defaultdict(list)
    in_force = ExceptionStep.objects.exclude(meeting=None).filter(provisional=False)
    steps: Any = in_force.select_related("report").annotate(in_act=F("change__act"))
    for step in steps.order_by("change_id").iterator():
        terms, action = TERMS[step.report.kind], step.report.action_id
        if not terms.column:
            continue
        corrected = step.corrected_decision
        if corrected and corrected.carried_to_id:  # what was made then is withdrawn
            values[corrected.carried_to_id, step.in_act, "status"].append(Action.Status.WITHDRAWN)
            continue
        if step.to_state == State.GRANTED and not step.carried_to_id:
            value: Any = terms.status_granted
            value = value or row_before(ExceptionReport, step.report_id, step.change_id).forecast
            values[action, step.in_act, terms.column].append(value)
        if corrected and corrected.to_state == State.GRANTED:
            before = row_before(Action, action, corrected.change_id)
            values[action, step.in_act, terms.column].append(getattr(before, terms.column))
    return values


def row_before(model: type[Tracked], pk: int, number: int) -> Any:
    rows = history_of(model)._base_manager.filter(id=pk, change_id__lt=number)
    return rows.order_by("-change_id").first()
