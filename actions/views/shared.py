"""What views about actions have in common: look-ups, and what lists of actions show beside each."""

from collections.abc import Iterable, Sequence

from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from actions import rules
from actions.forms.updates import ConfirmationForm
from actions.models import Action, BusinessPlan, ExceptionStep, ProgressUpdate
from actions.models.chain import UNDECIDED
from actions.reporting import Deadlines
from gscp.pages import already_done, form_page, form_sent
from gscp.record import Tracked, attach_names


def plan_of(label: str) -> BusinessPlan:
    return get_object_or_404(BusinessPlan, label=label)


def action_of(label: str, slug: str) -> Action:
    return get_object_or_404(Action.objects.for_pages(), plan__label=label, slug=slug)


def confirmation_page(
    request, entered: ProgressUpdate | ExceptionStep, to: Tracked, template: str
) -> HttpResponse:
    if entered.is_confirmed:
        return already_done(request, to, f"{entered} is confirmed.")
    form = form_sent(ConfirmationForm, request, entered=entered)
    return form_page(request, form, template, to=to, action=entered.action)


def attach_writers(entered: Iterable[ProgressUpdate | ExceptionStep]) -> None:
    """Reads at once the names of all who entered and confirmed these."""
    changes = [one.change for one in entered]
    attach_names([*changes, *(one.confirmation.change for one in entered if one.is_confirmed)])


def by_priority() -> list:
    """Arguments of order_by(): High priority first, those without one last, then as printed."""
    places = {value: place for place, value in enumerate(Action.Priority.values)}
    cases = (When(priority=value, then=place) for value, place in places.items())
    return [Case(*cases, default=len(places)), "position", "pk"]


def attach_reasons(actions: Iterable[Action], deadlines: Deadlines) -> None:
    """Sets `reasons` on actions of rules.off_plan()."""
    for action in actions:
        action.reasons = rules.reasons(action, deadlines)


def attach_last_decisions(actions: Sequence[Action]) -> None:
    """Sets `last_decision` on each action: the latest one on a report that is decided, or None."""
    steps = ExceptionStep.objects.filter(report__action__in=actions, meeting__isnull=False)
    steps = steps.exclude(report__state__in=UNDECIDED).order_by("change_id")
    last = {step.report.action_id: step for step in steps.select_related("report", "meeting__group")}
    for action in actions:
        action.last_decision = last.get(action.pk)
