"""What slips said of published actions, and meetings decided, each by the act in which it came into force."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import F, Min, Q, QuerySet

from actions.models import (
    Action,
    ActionEnding,
    Addition,
    Amendment,
    ExceptionReport,
    ExceptionStep,
    PlanDecision,
    Successor,
)
from actions.models.chain import TERMS, State
from gscp.record import Tracked, history_of
from scrutiny.proof.published import Saved

IN_FORCE = PlanDecision.State.IN_FORCE


def confirmed_decisions() -> QuerySet[PlanDecision]:
    """The decisions about plans that came into force in the act in which a chair confirmed them."""
    confirmed = PlanDecision.objects.filter(state=IN_FORCE, confirmation__is_so=True)
    return confirmed.filter(change__act=F("confirmation__change__act"))


class Decided:
    def __init__(self) -> None:
        decisions = confirmed_decisions()
        self.kinds = set(decisions.values_list("plan", "kind", "change__act"))
        self.acts = {act for _, _, act in self.kinds}
        self.amendments = amendments_by_act(decisions)
        self.requests = requests_decided()
        self.ended = ended_by_act(decisions)
        added = Addition.objects.filter(decision__in=decisions)
        went_on = Successor.objects.filter(ending__decision__in=decisions)
        self.came: set[Any] = {
            *added.values_list("to_action", "decision__change__act"),
            *went_on.values_list("to_action", "ending__decision__change__act"),
        }
        first = went_on.order_by().values_list("to_action").annotate(Min("ending__decision__change_id"))
        self.gone_on: dict[int, int] = dict(first)  # by action, when first an earlier one went on in it

    def amendments_of(self, saved: Saved, name: str) -> list[Amendment]:
        """Those of the row's act that bear on its action, and on this of it."""
        return [one for one in self.amendments[saved.action, saved.act] if name in one.names]

    def arrived(self, saved: Saved) -> bool:
        """Whether by a decision of its act its action was added, or an earlier one goes on in it."""
        return (saved.action, saved.act) in self.came

    def granted(self, saved: Saved, name: str) -> list[Any]:
        """What a decision of its act on a request gives its action in this column."""
        return self.requests.get((saved.action, saved.act, name), [])

    def had_gone_on(self, saved: Saved) -> bool:
        """Whether an earlier action went on in its action before."""
        return self.gone_on.get(saved.action, saved.number) < saved.number


def amendments_by_act(decisions: QuerySet[PlanDecision]) -> dict[tuple[int, UUID], list[Amendment]]:
    """The slips and the agreed changes, by the action and by the act in which they came into force."""
    by_act: dict[tuple[int, UUID], list[Amendment]] = defaultdict(list)
    in_force = Amendment.objects.filter(Q(decision=None) | Q(decision__in=decisions))
    for one in in_force.select_related("change", "decision__change"):
        by_act[one.action_id, (one.decision or one).change.act].append(one)
    return by_act


def ended_by_act(decisions: QuerySet[PlanDecision]) -> set[tuple[int, UUID, str]]:
    """Of the endings in force: the action, the act, and what becomes of it.

    It ends with the decision or, where it goes on in a draft, with the one that publishes that.
    """
    publications = decisions.filter(kind=PlanDecision.Kind.PUBLICATION)
    published = dict(publications.values_list("plan", "change__act"))
    endings = ActionEnding.objects.filter(decision__in=decisions)
    rows = endings.values_list("action", "fate", "decision__change__act", "successors__to_plan")
    at_once = {(action, act, fate) for action, fate, act, _ in rows}
    return at_once | {(action, published[plan], fate) for action, fate, _, plan in rows if plan in published}


def requests_decided() -> dict[tuple[int, UUID, str], list[Any]]:
    """By action, act and column the values that decisions in force on requests give: none where they refuse.

    What was asked for is read as it stood before the decision, and what a correction gives back, too.
    """
    values: dict[tuple[int, UUID, str], list[Any]] = defaultdict(list)
    steps = ExceptionStep.objects.exclude(meeting=None).filter(provisional=False)
    for step in steps.select_related("report", "change").iterator():
        terms, key = TERMS[step.report.kind], (step.report.action_id, step.change.act)
        if not terms.column:
            continue
        if step.to_state == State.GRANTED:
            value: Any = terms.status_granted
            value = value or row_before(ExceptionReport, step.report_id, step.change_id).forecast
            values[*key, terms.column].append(value)
        if (corrected := step.corrected_decision) and corrected.to_state == State.GRANTED:
            before = row_before(Action, step.report.action_id, corrected.change_id)
            values[*key, terms.column].append(getattr(before, terms.column))
    return values


def row_before(model: type[Tracked], pk: int, number: int) -> Any:
    rows = history_of(model)._base_manager.filter(id=pk, change_id__lt=number)
    return rows.order_by("-change_id").first()
