"""An action of a closed plan that a meeting reopens goes on as a new one of a live plan.

A closed plan has no open action, so the old one stays complete. The decision that grants the reopening names
the new one (`ExceptionStep.carried_to`).
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from actions.models.action import Action
from actions.models.carrying import go_on_in
from actions.models.chain import Kind, State
from actions.models.plan import BusinessPlan
from actions.models.step import ExceptionStep


def is_carried(report: Any) -> bool:
    """Whether what is asked, once granted, makes an action in another plan."""
    return report.kind == Kind.REOPENING and bool(report.about.is_frozen)


def carry_on(report: Any, to_state: str) -> Action | None:
    """The action that goes on with this one, where a decision that is in force reopens it in a closed plan.

    Raises:
        ValidationError: no plan is live.
    """
    if to_state != State.GRANTED or not is_carried(report):
        return None
    action = report.action
    plan = live_plan()
    if plan is None:
        raise ValidationError(
            f"{action.plan} is closed, and no plan is live in which {action} could go on. "
            "This can be granted once a plan is live."
        )
    return go_on_in(plan, action, action.ref, "", first=True)


def live_plan() -> BusinessPlan | None:
    """The plan in which it goes on: of several the newest."""
    return BusinessPlan.objects.live().order_by("first_day", "pk").last()


def take_back(decision: ExceptionStep) -> None:
    """Withdraw the action that this decision made.

    Raises:
        ValidationError: something was reported, asked or decided on it since.
    """
    assert decision.carried_to
    new = Action.objects.select_related("plan").get(pk=decision.carried_to.pk)
    is_used = new.updates.exists() or new.exception_reports.exists() or new.endings.exists()
    if is_used or not new.is_open:
        raise ValidationError(
            f"{new} of {new.plan.label} goes on with it, and has been reported on since: "
            "that decision cannot be undone alone."
        )
    new.status = Action.Status.WITHDRAWN
    new.save()
