"""Which requests lapse when actions end, said before that happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from actions.models.ending import ActionEnding, Successor
from actions.models.exception import ExceptionReport
from actions.models.plan import BusinessPlan
from actions.models.plan_decision import PlanDecision


@dataclass(frozen=True)
class ToLapse:
    report: ExceptionReport
    ending: ActionEnding
    draft: BusinessPlan | None  # whose adoption ends the action, if the end coming into force does not

    @property
    def in_words(self) -> str:
        when = f"the {self.draft} is adopted" if self.draft else "this comes into force"
        goes_on = self.ending.fate != ActionEnding.Fate.WITHDRAWN
        again = ", or ask again where the action goes on" if goes_on else ""
        return f"It lapses when {when}: decide it first{again}."


def to_lapse(ends: Iterable[tuple[ActionEnding, BusinessPlan | None]]) -> list[ToLapse]:
    """What is undecided on these actions and cannot be asked of them once they end like that."""
    by_action = {ending.action_id: (ending, draft) for ending, draft in ends}
    undecided = ExceptionReport.objects.undecided().filter(action__in=by_action).for_pages().order_by("pk")
    return [
        ToLapse(report, *by_action[report.action_id])
        for report in undecided
        if not report.terms.can_stand(by_action[report.action_id][0].fate)
    ]


def lapse_with_publication(plan: BusinessPlan) -> list[ToLapse]:
    """What lapses once this draft is adopted: its actions end then, if no other draft goes on with them."""
    drafts = set(BusinessPlan.objects.drafts().values_list("pk", flat=True)) - {plan.pk}
    return to_lapse((ending, None) for ending, plans in ends_in_force([plan.pk]) if not plans & drafts)


def lapse_with_drafts() -> list[ToLapse]:
    """What lapses with the adoption of any draft, each of an action that goes on in this draft alone."""
    drafts = {plan.pk: plan for plan in BusinessPlan.objects.drafts()}
    within = [(ending, list(plans & drafts.keys())) for ending, plans in ends_in_force(drafts)]
    return to_lapse((ending, drafts[plans[0]]) for ending, plans in within if len(plans) == 1)


def ends_in_force(plans: Collection[int]) -> list[tuple[ActionEnding, set[int]]]:
    """The ends by which actions of live plans go on in one of these, each with the keys of all its plans."""
    in_force = ActionEnding.objects.filter(
        decision__state=PlanDecision.State.IN_FORCE, action__plan__status=BusinessPlan.Status.LIVE
    )
    endings = in_force.filter(successors__to_plan__in=plans).distinct().for_pages()
    return [(ending, {one.to_plan_id for one in ending.successors.all()}) for ending in endings]


def lapse_with(decision: PlanDecision) -> list[ToLapse]:
    """What lapses with a decision that waits for its chair, or later with the plan in which actions go on."""
    if not decision.is_waiting:
        return []
    if decision.kind == PlanDecision.Kind.PUBLICATION:
        return lapse_with_publication(decision.plan)
    return lapse_with_ends(decision.endings.for_pages())


def lapse_with_ends(ends: Iterable[ActionEnding]) -> list[ToLapse]:
    """What lapses with these, now or later with the plan in which their actions go on."""
    return to_lapse((ending, draft_among(ending.successors.all())) for ending in ends)


def draft_among(successors: Iterable[Successor]) -> BusinessPlan | None:
    return next((one.to_plan for one in successors if one.to_plan.is_draft), None)
