"""What views about actions have in common: look-ups, the page of a form, lists with their reasons."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from actions import rules
from actions.forms.updates import ConfirmationForm
from actions.models import Action, BusinessPlan, ExceptionStep
from actions.models.chain import UNDECIDED
from subgroups.models import Subgroup

PER_PAGE = 50


def plan_of(user, year):
    return get_object_or_404(BusinessPlan.objects.visible_to(user), year=year)


def action_of(user, year, ref):
    return get_object_or_404(Action.objects.visible_to(user).for_pages(), plan__year=year, ref=ref)


def open_action_of(user, year, ref):
    action = action_of(user, year, ref)
    if not action.is_open:
        raise Http404
    return action


def recorded(request, subject, form, told, template, **context):
    """The page of a form: recorded, on to its subject; until then, the form."""
    cancel = subject.get_absolute_url() if subject.pk else ""  # before the form changes its address
    if form.is_valid() and form.record():
        form.tell(request, told)
        return redirect(subject)
    return render(request, template, {"form": form, "action": form.subject, "cancel": cancel} | context)


def already(request, subject, told):
    """What was to be done is done: a form sent again, or an old address."""
    messages.info(request, told)
    return redirect(subject)


def confirmed(request, entered, back, template):
    """The page on which a chair confirms what was entered on their behalf; then back to what it is about."""
    if entered.is_confirmed:
        return already(request, back, f"{entered} is confirmed.")
    form = ConfirmationForm(request.POST or None, entered=entered, user=request.user)
    return recorded(request, back, form, f"{entered} confirmed.", template)


def some(rows):
    """As many as a page of several lists has room for, and one more to say that there are more."""
    return list(rows[: PER_PAGE + 1])


def not_in_place(body: Subgroup) -> str:
    return f"Not in place yet: the chair of the {body.acting_body()} acts for it"


def current_actions(user):
    plan = BusinessPlan.objects.visible_to(user).current()
    return Action.objects.visible_to(user).filter(plan=plan)


def by_urgency():
    """High priority first, then by reference."""
    order = {value: place for place, value in enumerate(Action.Priority.values)}
    return [Case(*(When(priority=value, then=place) for value, place in order.items())), "ref"]


def explained(request, actions, reporting):
    """One page of the actions, each with its `reasons`."""
    page = Paginator(actions, PER_PAGE).get_page(request.GET.get("page"))
    for action in page:
        action.reasons = rules.reasons(action, reporting)
    return page


def attach_last_decisions(actions):
    """Gives each of the actions what was decided on it last time, in a report that is decided."""
    steps = ExceptionStep.objects.filter(report__action__in=actions, meeting__isnull=False)
    steps = steps.exclude(report__state__in=UNDECIDED).order_by("change_id")
    last = {step.report.action_id: step for step in steps.select_related("report", "meeting__subgroup")}
    for action in actions:
        action.last_decision = last.get(action.pk)
