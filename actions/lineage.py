"""An action across years: those that it goes on with, and those in which it goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from typing import Any

from actions.models import (
    Action,
    ActionEnding,
    ExceptionStep,
    FurtherAction,
    Successor,
)
from actions.models.carrying import date_as, stand_as
from actions.models.chain import DECIDED, State
from actions.models.going_on import open_before
from actions.models.plan import live_plans, plans_by_key
from gscp.facts import fact
from gscp.words import lower_first

MOST_YEARS = 50  # steps back or on


@dataclass(frozen=True)
class Stage:
    """An action of one plan on the way: what was decided about it there, and what became of it."""

    action: Action
    began_as: list[FurtherAction]  # that it took up
    decisions: list[ExceptionStep]
    endings: list[ActionEnding]

    @property
    def decisions_told(self) -> list[tuple[ExceptionStep, str]]:
        """Each decision; the last one on a request with what came of it, or that it is the one that holds."""
        by_report: dict[int, list[ExceptionStep]] = defaultdict(list)
        for step in self.decisions:
            by_report[step.report_id].append(step)
        return [(step, came_of(step, by_report[step.report_id])) for step in self.decisions]


def came_of(step: ExceptionStep, steps: list[ExceptionStep]) -> str:
    report = step.report
    if step is not steps[-1]:
        return ""
    if report.state in (State.TAKEN_BACK, State.LAPSED):
        return f"Now: {lower_first(report.place_in_words)}."
    holds = len(steps) > 1 and not step.provisional and report.state in DECIDED
    return "This is what holds." if holds else ""


def open_earlier(of_drafts: Collection[int]) -> dict[int, Action]:
    """Of actions of drafts, by their keys, the open one that each goes on with; one query at most."""
    if not of_drafts:
        return {}
    went = Successor.objects.in_force().filter(to_action__in=of_drafts)
    went = went.filter(ending__action__status__in=Action.OPEN).select_related("ending__action")
    return {one.to_action_id: one.ending.action for one in went.order_by("pk") if one.to_action_id}


def show_what_comes(actions: Collection[Action]) -> None:
    """Give those of a draft what will come to them of the open ones that they go on with, as it is today.

    They are for pages, and never saved. Sets `stands_as` on each: that open one, or None.
    """
    comes = open_earlier({action.pk for action in actions if action.plan.is_draft})
    for action in actions:
        action.stands_as = old = comes.get(action.pk)
        if old:
            old.plan = plans_by_key()[old.plan_id]
            date_as(old, action, redated={})  # of a draft nothing is granted
            stand_as(old, action)
            action.rating = old.rating


@fact
def in_two_plans() -> list[tuple[Action, Action]]:
    """Actions that stand in two live plans: of each that of the earlier one, which is open, and of the later.

    A plan that was adopted before its actions were carried forward into it has copies of them.
    """
    plans = live_plans()
    pairs = [pair for plan in plans for pair in open_before(plan)] if len(plans) > 1 else []
    for action in chain(*pairs):
        action.plan = plans_by_key()[action.plan_id]
    return pairs


@fact
def in_other_plan() -> dict[int, Action]:
    """By the key of each action of in_two_plans(), the other one."""
    return {one.pk: other for pair in in_two_plans() for one, other in (pair, pair[::-1])}


def said_of_other(action: Action, other: Action) -> str:
    """How the other of in_two_plans() stands: “Also open as 004 of 2021-22”."""
    named = f"as {other.ref} of {other.plan.label}"
    if not other.is_open:
        return f"{other.get_status_display()} {named}"
    return f"{'Also' if action.is_open else 'Still'} open {named}"


def linked(keys: Collection[int], back: bool) -> set[int]:
    """The keys of the actions that these go on with or, not back, of those in which they go on."""
    links = Successor.objects.standing().exclude(to_action=None).order_by().select_related(None)
    reopened = ExceptionStep.objects.exclude(carried_to=None).order_by()
    found: set[int] = set()
    for rows, old, new in (
        (links, "ending__action", "to_action"),
        (reopened, "report__action", "carried_to"),
    ):
        of, to = (new, old) if back else (old, new)
        found |= set(rows.filter(**{f"{of}__in": keys}).values_list(to, flat=True))
    return found


def reached(start: int, back: bool) -> set[int]:
    """The keys of the actions that the links lead to from this one, step by step."""
    found: set[int] = set()
    step = {start}
    for _ in range(MOST_YEARS):
        step = linked(step, back) - found - {start}
        found |= step
        if not step:
            break
    return found


def lineage_of(action: Action) -> list[Stage]:
    """The stages of an action, the earliest plan first."""
    before, after = reached(action.pk, back=True), reached(action.pk, back=False)
    keys = {action.pk, *before, *after}
    in_order = ("plan__first_day", "plan__label", "position", "pk")
    actions = list(Action.objects.filter(pk__in=keys).select_related("plan", "group").order_by(*in_order))
    show_what_comes(actions)
    for one in actions:
        if one.stands_as:
            one.earlier_new_dates = one.stands_as.times_redated
    endings, decisions, begun = defaultdict(list), defaultdict(list), defaultdict(list)
    for ending in ActionEnding.objects.not_taken_back().filter(action__in=keys).for_pages():
        endings[ending.action_id].append(ending)
    steps = ExceptionStep.objects.filter(report__action__in=keys, meeting__isnull=False)
    steps = steps.select_related("report", "meeting__group", "to_group", "points_to", "confirmation")
    for step in steps.order_by("change_id"):
        decisions[step.report.action_id].append(step)
    for further in FurtherAction.objects.filter(taken_up_as__in=keys).select_related("action__plan"):
        begun[further.taken_up_as_id].append(further)
    return [Stage(one, begun[one.pk], decisions[one.pk], endings[one.pk]) for one in actions]


def reopened_elsewhere(action: Action) -> dict[str, Any]:
    """The decisions by which it goes on with one of a closed plan, or goes on from one."""
    steps = ExceptionStep.objects.exclude(carried_to=None)
    steps = steps.select_related("report__action__plan", "carried_to__plan", "meeting__group")
    return {
        "reopened_from": list(steps.filter(carried_to=action)),
        "reopened_as": list(steps.in_force().filter(report__action=action)),
    }
