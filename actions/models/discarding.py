"""What leaves the lists and stays on record: a draft that is discarded, an action taken out of a draft."""

from django.core.exceptions import ValidationError

from actions.models.action import Action
from actions.models.coming import ends_to_come
from actions.models.ending import Successor
from actions.models.further_action import FurtherAction
from actions.models.plan import BusinessPlan
from actions.models.plan_decision import adoption_that_waits, refs_of
from gscp.words import numbered

LABEL_LENGTH = 26  # leaves room for what is put after it
REF_LENGTH = 5  # likewise


def why_not_discarded(plan: BusinessPlan) -> str:
    """Why it cannot be discarded; "" if it can."""
    if plan.is_frozen:
        return plan.why_frozen
    if not plan.is_draft:
        return f"{plan} is published: only a draft is discarded."
    if why := why_locked(plan):
        return why
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


def why_locked(draft: BusinessPlan) -> str:
    if waiting := adoption_that_waits(draft):
        return f"The {waiting.group} adopted it. {waiting.state_in_words}. Take that back first."
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


def why_it_stays(action: Action) -> str:
    """Why an action cannot be taken out of its plan; "" if it can."""
    plan = action.plan
    if action.is_discarded:
        return f"{action}: it is in the draft no more."
    if plan.is_frozen:
        return plan.why_frozen
    if not plan.is_draft:
        return f"{plan} is published: actions are taken out of a draft only."
    if why := why_locked(plan):
        return why
    ending = ends_to_come(plan).get(action.pk)
    going_on = [one.ending for one in Successor.objects.standing().filter(to_action=action)]
    for one in [*going_on, *([ending] if ending else [])]:
        earlier = f"{one.action.ref} of {one.action.plan.label}"
        return f"A meeting decided that {earlier} goes on in it. So it stays."
    taken_up = action.taken_up_from.exclude(action__status=Action.Status.DISCARDED).select_related(
        "action__plan"
    )
    if further := taken_up.first():
        of = f"{further.action.ref} of {further.action.plan.label}"
        return f"It takes up a further action of {of}. Say first what else becomes of that."
    return ""


def take_out(action: Action) -> None:
    """Take the action out of its draft. It gets another number, so that the next one can have this one.

    Raises:
        ValidationError: it cannot be taken out.
    """
    if why := why_it_stays(action):
        raise ValidationError(why)
    refs = numbered(f"{action.ref[:REF_LENGTH]} (taken out)")
    of_plan = Action.on_record.filter(plan=action.plan_id)
    action.ref = next(ref for ref in refs if not of_plan.filter(ref=ref).exists())
    action.status = Action.Status.DISCARDED
    action.save()
