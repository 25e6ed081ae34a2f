"""Actions that came into a published plan by a decision, compared with what they came from.

A new action is as the meeting agreed it. One in which an earlier action goes on has the dates of that, and
was re-dated as often. Its words and who does it are those of the earlier one, or its own of before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from actions.models import (
    Action,
    ActionEnding,
    AddedWho,
    Addition,
    ExceptionReport,
    PlanDecision,
    ProgressUpdate,
    StrategicDriver,
    Successor,
    Theme,
)
from actions.models.addition import SAME
from actions.models.amendment import LEADS, OWNERS, WORDS
from actions.models.chain import GRANTED_OR_DONE, Kind
from gscp.record import history_of, is_like_tombstone
from scrutiny.proof.decided import Decided, row_before
from scrutiny.proof.findings import Finding
from scrutiny.proof.published import DRAFT, Plans

Values = dict[str, Any]
DATES = ("precision", "original_date", "agreed_date")
OWN_OR_EARLIER = (*WORDS, LEADS, OWNERS, "rating", "review_date", "audit")
GOES_ON = "the action that goes on in it had another"
NOT_STARTED, IN_PROGRESS = Action.Status.NOT_STARTED, Action.Status.IN_PROGRESS


def findings(decided: Decided, plans: Plans) -> Iterator[Finding]:
    for one, act in added(decided):
        in_act = InAct(decided, act)
        yield from in_act.differing(one.to_action_id, in_act.as_added(one), "it was added with another")
    for ending, one, act in gone_on(decided, plans):
        in_act = InAct(decided, act)
        allowed = in_act.as_it_was(ending.action_id, one)
        yield from in_act.differing(one.to_action_id, allowed, GOES_ON)
    for step in decided.reopened:
        in_act = InAct(decided, step.in_act)
        yield from in_act.differing(step.carried_to_id, in_act.as_reopened(step.report.action_id), GOES_ON)


def added(decided: Decided) -> Iterator[tuple[Any, UUID]]:
    """The additions in force, each with the act in which it came into force."""
    for one in decided.rows(Addition, lambda row: row.decision_id):
        if one.to_action_id and (decision := decided.in_force.get(one.decision_id)):
            yield one, decision.act


def gone_on(decided: Decided, plans: Plans) -> Iterator[tuple[Any, Any, UUID]]:
    """The endings in force, each with where it goes on, and the act in which that is in a published plan.

    An action into which another is merged stays as it is.
    """
    endings = {one.id: one for one in decided.rows(ActionEnding, lambda row: row.decision_id)}
    kind = PlanDecision.Kind.PUBLICATION
    published = {one.plan: one.act for one in decided.in_force.values() if one.kind == kind}
    for one in decided.rows(Successor, lambda row: decided.decision_of.get(row.ending_id)):
        decision = decided.in_force.get(decided.decision_of.get(one.ending_id, 0))
        if decision is None or one.to_action_id is None:
            continue
        ending = endings[one.ending_id]
        if ending.fate == ActionEnding.Fate.MERGED:
            continue
        if plans.status_before(one.to_plan_id, decision.number, decision.act) != DRAFT:
            yield ending, one, decision.act
        elif one.to_plan_id in published:
            yield ending, one, published[one.to_plan_id]


@dataclass
class InAct:
    """What an act made of an action, and of each thing of it the values that it may have had from before."""

    decided: Decided
    act: UUID

    def __post_init__(self) -> None:
        first, self.after = self.decided.first_and_last_of(self.act)
        self.before = first - 1

    def differing(self, action: int, allowed: dict[str, list[Values]], what: str) -> Iterator[Finding]:
        if not allowed or (new := self.values(action, self.after)) is None:
            return
        for name, values in allowed.items():
            if not any(is_same(new[name], value) for value in values):
                came = f"it came with this “{name}”, and {what}."
                yield Finding(new["number"], f"actions.action {action}: {came}")

    def values(self, action: int, number: int) -> Values | None:
        """What it had at this entry; None of one that was not there."""
        row = row_before(Action, action, number + 1)
        if row is None:
            return None
        names = (*WORDS, *DATES, "rating", "review_date", "audit", "ref", "status", "earlier_new_dates")
        values = {name: getattr(row, row._meta.get_field(name).attname) for name in names}
        driver, theme = StrategicDriver._base_manager.get(pk=row.driver_id), text_of_theme(row)
        of_plan = {"driver": driver.text, "kind": driver.kind, "theme": theme, "number": row.change_id}
        return values | of_plan | self.decided.who.at(action, number)

    def as_added(self, one: Any) -> dict[str, list[Values]]:
        values = {name: getattr(one, one._meta.get_field(name).attname) for name in SAME}
        driver = one.driver_id and StrategicDriver._base_manager.get(pk=one.driver_id)
        of_plan = {"group": one.to_group_id, "theme": text_of_theme(one)}
        of_plan["driver"] = driver.text if driver else one.driver_text
        if not driver:
            of_plan["kind"] = one.driver_kind
        rows = list(history_of(AddedWho)._base_manager.filter(addition_id=one.id, change_id__lte=self.after))
        who = {name: self.decided.who.named(name, rows) for name in (LEADS, OWNERS)}
        fresh = {"agreed_date": None, "earlier_new_dates": 0, "status": NOT_STARTED, "rating": ""}
        return {name: [value] for name, value in (values | of_plan | who | fresh).items()}

    def as_it_was(self, earlier: int, successor: Any) -> dict[str, list[Values]]:
        """Empty where it had ended before: what goes on with it stayed as the draft had it."""
        old, own = self.values(earlier, self.before), self.values(successor.to_action_id, self.before)
        if old is None or old["status"] not in Action.OPEN:
            return {}
        from_old = old | ({"text": successor.text} if successor.text else {})
        allowed = {name: [one[name] for one in (from_old, own) if one] for name in OWN_OR_EARLIER}
        if successor.text and not self.had_gone_on(successor):
            allowed["text"] = [successor.text]  # a part that goes on in a copy says what was decided
        allowed |= {name: [old[name]] for name in DATES}
        if own and not old["original_date"]:
            allowed |= {name: [old[name], own[name]] for name in ("precision", "original_date")}
        if own and self.new_dates_granted(successor.to_action_id):
            allowed["agreed_date"].append(own["agreed_date"])
        times = old["earlier_new_dates"] + self.new_dates_granted(earlier)
        status = NOT_STARTED if old["status"] == NOT_STARTED else IN_PROGRESS
        if own and own["status"] != NOT_STARTED and self.was_used(successor.to_action_id):
            status = own["status"]
        return allowed | {"earlier_new_dates": [times], "status": [status]}

    def as_reopened(self, earlier: int) -> dict[str, list[Values]]:
        """As the action of a closed plan was that goes on in it."""
        old = self.values(earlier, self.before)
        if old is None:
            return {}
        times = old["earlier_new_dates"] + self.new_dates_granted(earlier)
        allowed = {name: [old[name]] for name in (*OWN_OR_EARLIER, *DATES)}
        return allowed | {"earlier_new_dates": [times], "status": [IN_PROGRESS]}

    def was_used(self, action: int) -> bool:
        """Whether something had been reported or asked of it."""
        return any(
            history_of(model)._base_manager.filter(action_id=action, change_id__lte=self.before).exists()
            for model in (ProgressUpdate, ExceptionReport)
        )

    def had_gone_on(self, successor: Any) -> bool:
        row = row_before(Successor, successor.id, self.before + 1)
        return row is not None and row.to_action_id is not None

    def new_dates_granted(self, action: int) -> int:
        asked = ExceptionReport._base_manager.filter(action=action, kind=Kind.NEW_DATE)
        keys = asked.values_list("pk", flat=True)
        rows = [row_before(ExceptionReport, pk, self.before + 1) for pk in keys]
        return sum(row is not None and row.state in GRANTED_OR_DONE for row in rows)


def text_of_theme(row: Any) -> str:
    """Of an action or an addition; a plan has its own themes, the same by their words."""
    return Theme._base_manager.get(pk=row.theme_id).text if row.theme_id else ""


def is_same(value: Any, other: Any) -> bool:
    # A text may have been taken out of one of the two alone.
    return value == other or any(isinstance(one, str) and is_like_tombstone(one) for one in (value, other))
