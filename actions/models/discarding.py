"""A draft that was begun by mistake is discarded: it leaves the lists, and stays on record."""

from django.core.exceptions import ValidationError

from actions.models.action import Action
from actions.models.ending import Successor
from actions.models.further_action import FurtherAction
from actions.models.plan import BusinessPlan
from actions.models.plan_decision import adoption_that_waits, refs_of
from gscp.words import numbered

LABEL_LENGTH = 26  # leaves room for what is put after it


def why_not_discarded(plan: BusinessPlan) -> str:
    """Why it cannot be discarded; "" if it can."""
    if plan.is_frozen:
        return plan.why_frozen
    if not plan.is_draft:
        return f"{plan} is published: only a draft is discarded."
    if waiting := adoption_that_waits(plan):
        return f"The {waiting.group} adopted it. {waiting.state_in_words}. Take that back first."
    coming = Successor.objects.standing().filter(to_plan=plan)
    if coming.exists():
        refs = refs_of(Action.objects.filter(pk__in=coming.order_by().values("ending__action")))
        return f"A meeting decided that actions of an earlier plan go on in it: {refs}. So it stays."
    of_others = FurtherAction.objects.filter(taken_up_as__plan=plan).exclude(action__plan=plan)
    if taken_up := refs_of(plan.actions.filter(taken_up_from__in=of_others).distinct()):
        return (
            f"It takes up further actions of another plan: {taken_up}. Say first what else becomes of those."
        )
    return ""


def discarded_label(label: str) -> str:
    return f"{label[:LABEL_LENGTH]}-discarded"


def discard(plan: BusinessPlan) -> None:
    """Discard the draft. It gets another label, so that the next draft can have this one.

    Raises:
        ValidationError: it cannot be discarded.
    """
    if why := why_not_discarded(plan):
        raise ValidationError(why)
    labels = numbered(discarded_label(plan.label))
    plan.label = next(label for label in labels if not BusinessPlan.objects.filter(label=label).exists())
    plan.status = BusinessPlan.Status.DISCARDED
    plan.save()
