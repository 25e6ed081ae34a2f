"""What an action would be where it goes on, and whether who has the last word on it agreed to that.

A draft is edited without a meeting: a copy may have another priority, group or leads than the action that
goes on in it.
"""

from collections.abc import Mapping, Sequence
from copy import copy as shallow_copy
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import get_text_list

from actions.models.action import Action
from actions.models.amendment import LABELS, in_words
from actions.models.carrying import date_as, redated_in
from actions.models.chain import Kind
from actions.models.coming import MOST_COMPARED
from actions.models.copying import all_begun_in
from actions.models.effects import stands
from actions.models.ending import ActionEnding, Successor
from actions.models.last_word import check_agreed_by, read_at_once, what_decides_it, who_agrees
from actions.models.plan import BusinessPlan
from actions.models.plan_decision import PlanDecision
from actions.models.since_copied import since_copied
from actions.models.step import ExceptionStep
from gscp.dates import day_in_words
from subgroups.models import Group

MERGED = ActionEnding.Fate.MERGED
Pairs = list[tuple[Action, Action]]  # each an action and what goes on with it


@dataclass(frozen=True)
class GoesOnAs:
    """An open action, and new values by name that it comes to have in the action that goes on with it."""

    old: Action
    copy: Action
    new: dict[str, Any]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Of each value: its label, what it is today, and the new one."""
        today = what_decides_it(self.old)
        return [
            (LABELS[name], in_words(name, today[name]), in_words(name, value))
            for name, value in self.new.items()
        ]


def going_on_otherwise(decision: PlanDecision) -> list[GoesOnAs]:
    """What comes to be otherwise with this decision, where that is for who has the last word to agree.

    A few queries, however many actions go on.
    """
    return otherwise([*begun_with(decision), *to_begin_with(decision)])


def begun_with(decision: PlanDecision) -> Pairs:
    """What goes on in the draft that this adopts, by ends in force."""
    if decision.kind != PlanDecision.Kind.PUBLICATION:
        return []
    came = Successor.objects.in_force().filter(to_action__plan=decision.plan_id)
    came = came.filter(ending__action__status__in=Action.OPEN)
    came = came.select_related("ending__action__plan", "ending__action__group", "to_action__group")
    return [(one.ending.action, one.to_action) for one in came if one.to_action]


def to_begin_with(decision: PlanDecision) -> Pairs:
    """What would go on in a copy by ends that wait: of this decision, or into the plan that it adopts."""
    waiting = Successor.objects.waiting().filter(to_action=None).exclude(ending__fate=MERGED)
    if decision.kind == PlanDecision.Kind.PUBLICATION:
        waiting = waiting.filter(to_plan=decision.plan_id)
    else:
        waiting = waiting.filter(ending__decision=decision)
    rows = list(waiting.select_related("to_plan", "ending__action__plan", "ending__action__group"))
    pairs: Pairs = []
    for plan in {one.to_plan for one in rows}:
        # Once each: of an action that is split there are several, and the first goes on in the copy.
        olds = {one.ending.action_id: one.ending.action for one in rows if one.to_plan == plan}
        pairs += copies_in(plan, [*olds.values()])
    return pairs


def copies_in(plan: BusinessPlan, olds: Sequence[Action], statuses: Sequence[str] = Action.OPEN) -> Pairs:
    begun = all_begun_in(plan, olds, statuses)
    return [(old, begun[old.pk]) for old in olds if old.pk in begun]


def told_to_go_on(pairs: Pairs, first_words: Mapping[int, str] | None = None) -> list[str]:
    """How each goes on in its copy; one query, however many they are.

    `first_words` has by their keys, of those that are split, the words of the first part.
    """
    redated, words = redated_in([one.pk for pair in pairs for one in pair]), first_words or {}
    return [goes_on_as(old, copy, redated, words.get(old.pk, "")) for old, copy in pairs]


def goes_on_as(old: Action, copy: Action, redated: Mapping[int, int], words: str = "") -> str:
    """Whether a date or words of the copy give way is told, too: “goes on as 005, due 3 May 2022”."""
    then = shallow_copy(copy)
    date_as(old, then, redated)
    review = copy.review_date or old.review_date
    told = f"goes on as {copy.ref}"
    if then.due:
        told += f", due {day_in_words(then.due)}"
    elif review:
        told += f", with a review on {day_in_words(review)}"
    if copy.due and copy.due != then.due:
        told += f". Its date there, {day_in_words(copy.due)}, gives way"
    if words and copy.text not in (words, old.text):
        told += f". Its words there, “{copy.text}”, give way to “{words}”"
    return told


def open_before(plan: BusinessPlan) -> Pairs:
    """What is open in an earlier live plan, with what this plan has as a copy of it, which may have ended."""
    live = Action.objects.open().filter(plan__in=BusinessPlan.objects.live())
    before = live.filter(plan__first_day__lt=plan.first_day, ref__in=plan.actions.values("ref"))
    statuses = (*Action.OPEN, Action.Status.COMPLETE, Action.Status.WITHDRAWN)
    return copies_in(plan, before.select_related("plan")[:MOST_COMPARED], statuses)


def otherwise(pairs: Pairs) -> list[GoesOnAs]:
    if not pairs:
        return []
    since = since_copied(pairs)
    read_at_once([action for pair in pairs for action in pair])
    found = []
    for old, copy in pairs:
        comes_along = {one.name for one in since.get(copy.pk, ()) if one.follows}
        today, own = what_decides_it(old), what_decides_it(copy)
        new = {name: own[name] for name in own if name not in comes_along and differ(own[name], today[name])}
        if who_agrees(old, new):
            found.append(GoesOnAs(old, copy, new))
    return found


def differ(own: Any, today: Any) -> bool:
    return set(own) != set(today) if isinstance(own, list) else own != today


def check_going_on(decision: PlanDecision) -> None:
    """Raises ValidationError where its group cannot agree what an action would be where it goes on.

    Into a draft an action goes on as the adoption of that says, which comes later.
    """
    is_adoption = decision.kind == PlanDecision.Kind.PUBLICATION
    now = [one for one in going_on_otherwise(decision) if is_adoption or not one.copy.plan.is_draft]
    check_otherwise(decision.group, now, is_adoption=is_adoption)


def check_dates_confirmed(decision: PlanDecision) -> None:
    """A date goes on with its action: after that nobody could put right what was decided on it.

    Raises:
        ValidationError: a new date was granted, or a decision on one corrected, and its chair has not
            confirmed that, or says that it is not so.
    """
    if decision.kind == PlanDecision.Kind.PUBLICATION:
        goes_on = Successor.objects.in_force().filter(to_action__plan=decision.plan_id)
        goes_on |= Successor.objects.waiting().filter(to_plan=decision.plan_id)
    else:
        goes_on = Successor.objects.filter(ending__decision=decision)
        goes_on = goes_on.exclude(to_plan__status=BusinessPlan.Status.DRAFT)
    olds = goes_on.order_by().values("ending__action")
    granted = ExceptionStep.objects.filter(report__kind=Kind.NEW_DATE, report__action__in=olds)
    decided = granted.exclude(meeting=None)
    unsure = [*decided.unconfirmed(), *decided.to_correct(), *decided.corrections_denied()]
    open_ones = [step for step in unsure if stands(step.report) or step.corrected_decision]
    if refs := sorted({step.action.ref for step in open_ones}):
        raise ValidationError(
            f"What was decided on a new date of {get_text_list(refs, 'and')} goes on with this. The chair "
            "has not confirmed it, or says that it is not so: that comes first."
        )


def check_otherwise(group: Group, found: Sequence[GoesOnAs], *, is_adoption: bool = False) -> None:
    """For an end, what the meeting agreed that adopted the plan is agreed already."""
    plans = set() if is_adoption else {one.copy.plan for one in found}
    adopted = {plan: plan.plan_decisions.adoptions().in_force().for_pages().first() for plan in plans}
    left = []
    for one in found:
        has_it, adoption = who_agrees(one.old, one.new), adopted.get(one.copy.plan)
        if not (has_it and adoption and adoption.group in has_it.line):
            left.append((one.old, one.new))
    check_agreed_by(group, left)
