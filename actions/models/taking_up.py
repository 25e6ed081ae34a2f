"""A draft takes up a further action of an earlier plan, as a new action."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from actions.models.action import Action
from actions.models.carrying import free_ref, same_in
from actions.models.further_action import FurtherAction
from actions.models.plan import BusinessPlan
from actions.models.taken_out import not_taken_out, text_or_taken_out
from actions.models.who import assign, owners_of


def take_up(further: FurtherAction, plan: BusinessPlan, reason: str) -> Action:
    """A new action of this draft that takes up a further action.

    Raises:
        ValidationError: it is settled already, or the plan is no draft.
    """
    if not plan.is_draft:
        raise ValidationError(f"{plan} is no draft.")
    old = further.action
    new = Action(
        plan=plan,
        ref=free_ref(plan, plan.next_ref),
        driver=same_in(plan, old.driver),
        text=text_or_taken_out(further.text, f"a further action of {old} of {old.plan}"),
        priority=old.priority,
        who=not_taken_out(old.who) or str(old.group),
        group=old.group,
    )
    new.save()
    assign(new, old.lead_posts, owners_of(old))
    further.settle(FurtherAction.Fate.TAKEN_UP, reason, new)
    return new
