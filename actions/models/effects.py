"""What a decision changes on the action, and what correcting it puts back.

A `report` is an ExceptionReport, whose module imports this one.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from actions.models import chain, checks
from actions.models.action import Action
from actions.models.carried import is_carried, take_back
from actions.models.chain import GRANTED_OR_DONE, LAPSE, PUT_BACK, Kind, State
from actions.models.step import ExceptionStep
from gscp.record import history_of


def take(report: Any) -> None:
    """Set the action's status and date by the report's new state.

    Raises:
        ValidationError: it was granted, and the action's status no longer allows it.
    """
    if report.measure_id:
        return  # nothing of a measure changes by a decision
    terms, action = report.terms, report.about
    if report.state == State.GRANTED and not is_carried(report):
        if terms.column and not terms.can_stand(action.status):
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


def stands(report: Any) -> bool:
    """Whether the action still has what was granted."""
    column, granted_value = report.terms.column, report.terms.status_granted or report.forecast
    return report.state in GRANTED_OR_DONE and bool(column) and getattr(report.about, column) == granted_value


def check_date_went_nowhere(action: Action) -> None:
    """Raises ValidationError where the action has ended and its date went on into another plan."""
    if action.status not in (Action.Status.CARRIED_FORWARD, Action.Status.SPLIT):
        return  # while it goes on in a draft only, its date of then is taken over when that is published
    went_on = Action.objects.filter(
        predecessors__ending__action=action,
        predecessors__ending__fate=action.status,
    )
    if new := went_on.select_related("plan").first():
        raise ValidationError(
            f"{action} goes on as {new.ref} of {new.plan.label}, with this date. Ask for a new date there."
        )


def check_no_date_came(action: Action, since: ExceptionStep) -> None:
    """Raises ValidationError where an earlier action, whose date was agreed, has gone on in it since."""
    came = action.predecessors.in_force().filter(change_id__gt=since.change_id)
    if came.exclude(ending__action__agreed_date=None).exists():
        raise ValidationError(
            f"{action} goes on with an earlier action since, whose date was agreed. Ask for a new date."
        )


def undo(report: Any, decision: ExceptionStep) -> None:
    """Put back what a decision on the report changed on the action.

    Raises:
        ValidationError: a later decision changed the same column, or another report is undecided. A date
            that it granted went on into another plan, or an earlier action brought another one.
    """
    checks.check_no_other_undecided(report)
    action, column = report.about, report.terms.column
    if report.state not in GRANTED_OR_DONE or not column:
        return
    if decision.carried_to_id:
        take_back(decision)
        return
    if report.kind == Kind.NEW_DATE:
        check_date_went_nowhere(action)
        check_no_date_came(action, since=decision)
    same_column = [kind for kind, terms in chain.TERMS.items() if terms.column == column]
    steps = ExceptionStep.objects.filter(report__action=action, report__kind__in=same_column)
    effective = steps.filter(report__state__in=GRANTED_OR_DONE, provisional=False)
    later = effective.exclude(report=report).filter(change__gt=decision.change_id)
    if later.exclude(meeting=None).exists() or not stands(report):
        raise ValidationError(f"{action} has been changed since: that decision cannot be undone alone.")
    rows = history_of(Action)._default_manager.filter(id=action.pk, change__lt=decision.change_id)
    setattr(action, column, getattr(rows.latest("change"), column))


def lapse(report: Any, step: ExceptionStep) -> None:
    """Let what is undecided on the action lapse, if it could not be asked in its status after this step.

    It lapses with the decision that led to the status, which may be an earlier one than this step's. There
    is none where the status came from before requests lapsed.
    """
    if report.measure_id:
        return
    undecided = type(report).objects.undecided().filter(action=report.about).select_related("with_group")
    for other in undecided.order_by("pk"):
        if not other.terms.can_stand(report.about.status):
            lapsing = report if other == report else other  # the caller's copy has to change too
            because = decision_on_status(report.about)
            add_step(lapsing, LAPSE, State.LAPSED, follows=step, because=because)


def decision_on_status(action: Action) -> ExceptionStep | None:
    """The decision in force that led the action to its status; None where no decision did."""
    kinds = [kind for kind, terms in chain.TERMS.items() if terms.column == "status"]
    in_force = ExceptionStep.objects.filter(provisional=False).exclude(meeting=None)
    granted = in_force.filter(report__action=action, report__kind__in=kinds)
    # Not by "change": that leaves out steps of this act, whose entries come at its end.
    return granted.filter(report__state__in=GRANTED_OR_DONE).order_by("change_id").last()


def put_back(decision: ExceptionStep, correction: ExceptionStep) -> None:
    """Put back what lapsed with a decision that is corrected now; of two of a kind the one asked last."""
    lapsed_with_it = ExceptionStep.objects.filter(move=LAPSE, points_to=decision, report__state=State.LAPSED)
    for step in lapsed_with_it.select_related("report__with_group").order_by("-report_id"):
        report = step.report
        undecided = type(report).objects.undecided().filter(action=report.action_id)
        if not undecided.filter(kind=report.kind).exists():
            before = report.steps.filter(change__lt=step.change_id, provisional=False)
            to_state = before.latest("change").to_state
            add_step(report, PUT_BACK, to_state, follows=correction, because=correction)


def add_step(
    report: Any, move: str, to_state: str, *, follows: ExceptionStep, because: ExceptionStep | None
) -> None:
    """Add a step that nobody chooses: it follows from another one. Its page names the decision behind it."""
    group = report.with_group
    # While this had lapsed, its group may have ended, or have come to answer for the action.
    if to_state != State.LAPSED and (not group.decides() or report.is_with_answering_group):
        group = report.next_group or group
    ExceptionStep(
        report=report,
        move=move,
        entered_by=follows.entered_by,
        post=follows.post,
        to_state=to_state,
        to_group=group,
        points_to=because,
    ).save()
    report.state, report.with_group = to_state, group
    report.save()
