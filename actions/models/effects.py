"""What a decision changes on the action, and what correcting it puts back.

A `report` is an ExceptionReport, whose module imports this one.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from actions.models import chain, checks
from actions.models.action import Action
from actions.models.chain import GRANTED_OR_DONE, Kind, State
from actions.models.step import ExceptionStep
from gscp.record import history_of


def take(report: Any) -> None:
    """Set the action's status and date by the report's new state.

    Raises:
        ValidationError: it was granted, and the action's status no longer allows it.
    """
    terms, action = report.terms, report.about
    if report.state == State.GRANTED:
        if terms.column and action.status not in (*terms.statuses, terms.status_asked):
            raise ValidationError(f"{action} is {action.get_status_display().lower()}.")
        action.status = terms.status_granted or action.status
        if report.kind == Kind.NEW_DATE:
            action.agreed_date = report.forecast
    # Whichever kind this is: an action is proposed complete exactly while a completion is undecided.
    completion = chain.TERMS[Kind.COMPLETION]
    undecided = type(report).objects.undecided().filter(action=action, kind=Kind.COMPLETION).exists()
    if undecided and action.status in completion.statuses:
        action.status = completion.status_asked
    elif not undecided and action.status == completion.status_asked:
        action.status = completion.status_refused
    action.save()


def undo(report: Any, decision: ExceptionStep) -> None:
    """Put back what a decision on the report changed on the action.

    Raises:
        ValidationError: a later decision changed the same column, or another report is undecided.
    """
    checks.check_no_other_undecided(report)
    action, column = report.about, report.terms.column
    if report.state not in GRANTED_OR_DONE or not column:
        return
    same_column = [kind for kind, terms in chain.TERMS.items() if terms.column == column]
    steps = ExceptionStep.objects.filter(report__action=action, report__kind__in=same_column)
    effective = steps.filter(report__state__in=GRANTED_OR_DONE, provisional=False)
    later = effective.exclude(report=report).filter(change__gt=decision.change_id)
    granted_value = report.terms.status_granted or report.forecast
    if later.exclude(meeting=None).exists() or getattr(action, column) != granted_value:
        raise ValidationError(f"{action} has been changed since: that decision cannot be undone alone.")
    rows = history_of(Action)._default_manager.filter(id=action.pk, change__lt=decision.change_id)
    setattr(action, column, getattr(rows.latest("change"), column))
