"""A new action of a plan that goes on with an earlier one: what it takes over, and how it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from django.db.models import Max

from actions.models.action import Action
from actions.models.chain import GRANTED_OR_DONE, Kind, State
from actions.models.further_action import Milestone
from actions.models.plan import BusinessPlan
from actions.models.step import ExceptionStep
from actions.models.taken_out import not_taken_out, text_or_taken_out
from actions.models.update import ProgressUpdate
from actions.models.who import assign, owners_of
from gscp.words import numbered

# What a new action takes over from the one that it goes on with, beside its dates, its leads and its owners.
COPIED = ("title", "text", "outcome", "known_by", "priority", "who", "group", "timescale")


def go_on_in(plan: BusinessPlan, old: Action, ref: str, text: str, *, first: bool) -> Action:
    """A new action of the plan that goes on with this one."""
    new = Action(
        plan=plan,
        ref=free_ref(plan, ref),
        driver=same_in(plan, old.driver),
        theme=same_in(plan, old.theme) if old.theme else None,
        review_date=old.review_date,
        audit=old.audit,
        **{name: not_taken_out(getattr(old, name)) for name in COPIED},
    )
    new.text = text_or_taken_out(text or old.text, f"{old} of {old.plan}")
    new.who = new.who or str(old.group)
    stand_like(old, new, first=first)
    assign(new, old.lead_posts, owners_of(old))
    return new


def stand_like(old: Action, new: Action, *, first: bool) -> None:
    """Save the new action with the dates of the old one, and how it stands.

    The first one has the milestones, too: those that are not done.
    """
    date_as(old, new, redated_in([old.pk, new.pk]))
    stand_as(old, new)
    new.earlier_new_dates = old.times_redated
    if not new.plan.is_draft and new.pk not in ProgressUpdate.objects.rated_last([old.pk, new.pk]):
        new.rating = old.rating
    new.save()
    there = {milestone.text: milestone for milestone in new.milestones.all()}
    for milestone in old.milestones.all() if first else ():
        text = text_or_taken_out(milestone.text, "this milestone")
        same = there.get(text)
        if same and milestone.done_on and not same.done_on:
            same.done_on = milestone.done_on
            same.save()
        elif not same and not milestone.done_on:
            Milestone(action=new, text=text, due=milestone.due).save()


def redated_in(actions: Collection[int]) -> dict[int, int]:
    """By their keys, the entry of the last decision in force that granted each a new date, if one did."""
    steps = ExceptionStep.objects.filter(report__action__in=actions, report__kind=Kind.NEW_DATE)
    granted = steps.filter(report__state__in=GRANTED_OR_DONE, to_state=State.GRANTED, provisional=False)
    return dict(granted.order_by().values_list("report__action").annotate(Max("change_id")))


def date_as(old: Action, new: Action, redated: Mapping[int, int]) -> None:
    """Give the new action the dates of the old one, but for its own first date, if the old one has none.

    A new date that was granted to it after the old one's stays, too.

    Args:
        redated: redated_in() of both.
    """
    if old.original_date or not new.original_date:
        new.original_date, new.precision = old.original_date, old.precision
    if redated.get(new.pk, 0) <= redated.get(old.pk, 0):
        new.agreed_date = old.agreed_date


def stand_as(old: Action, new: Action) -> None:
    """Give the new action the status of the old one. Of a published one it stays that it has begun."""
    is_used = new.pk and new.plan.was_published and (new.updates.exists() or new.exception_reports.exists())
    if not is_used:
        new.status = Action.Status.NOT_STARTED
    if new.status == Action.Status.NOT_STARTED and old.status != Action.Status.NOT_STARTED:
        new.status = Action.Status.IN_PROGRESS


def free_ref(plan: BusinessPlan, ref: str) -> str:
    taken = set(plan.refs_taken)
    # 20 characters at most, with the number that tells it from another.
    return next(one for one in (ref, *islice(numbered(ref[:16]), len(taken) + 1)) if one not in taken)


def same_in(plan: BusinessPlan, row: Any) -> Any:
    """The driver or theme of the plan with the words of this one; a new one, if there is none."""
    text = not_taken_out(row.text) or f"Its words in {row.plan} were taken out of the record."
    same = type(row).objects.filter(plan=plan, text=text).first()
    if same is None:
        names = [field.name for field in row._meta.concrete_fields]
        copied = {name: getattr(row, name) for name in names if name not in ("id", "change", "plan")}
        same = type(row)(plan=plan, **copied | {"text": text})
        same.save()
    return same
