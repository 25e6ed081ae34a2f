"""The plan, its actions, and how they are reported."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from actions import rules
from actions.filters import ActionFilter
from actions.forms.updates import ActionDatesForm, ProgressUpdateForm
from actions.models import Action, BusinessPlan, ExceptionReport, ProgressUpdate
from actions.models.chain import TERMS, Terms
from actions.views.shared import (
    PER_PAGE,
    action_of,
    already,
    confirmed,
    not_in_place,
    open_action_of,
    plan_of,
    recorded,
)
from gscp.permissions import may
from gscp.record import Change


def on_behalf_update_of(user, pk):
    updates = ProgressUpdate.objects.on_behalf().filter(action__in=Action.objects.visible_to(user))
    return get_object_or_404(updates, pk=pk)


@may("read")
def plan_current(request):
    plan = BusinessPlan.objects.visible_to(request.user).current()
    return redirect(plan) if plan else render(request, "actions/no_plan.html")


@may("read", plan_of)
def plan_detail(request, plan):
    actions = plan.actions.with_due().with_last_update().select_related("driver", "subgroup")
    register = ActionFilter(request.GET, actions)
    page = Paginator(register.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "actions/plan_detail.html", {"plan": plan, "register": register, "page": page})


@may("read", action_of)
def action_detail(request, action):
    history = Change.objects.filter(action=action.pk).order_by("-number")
    updates = action.updates.select_related("change", "confirmation__change", "action__subgroup__reports_to")
    updates = updates.prefetch_related("change__texts")
    return render(
        request,
        "actions/action_detail.html",
        {
            "action": action,
            "reasons": rules.why_off_plan(action),
            "updates": updates,
            "further_actions": action.further_actions.all(),
            "not_in_place": "" if action.subgroup.in_place() else not_in_place(action.subgroup),
            "history": history[:10].with_texts(),
            "history_count": history.count(),
            "may_report": action.is_open and request.user.has_perm("report", action),
            "reports": action.exception_reports.for_pages(),
            "asks": asks_of(request.user, action),
            "may_confirm": [update.pk for update in updates if request.user.has_perm("confirm", update)],
            "may_date": action.is_open and not action.has_its_dates and request.user.has_perm("keep_plan"),
        },
    )


def asks_of(user, action) -> list[tuple[Terms, str]]:
    """What this user may ask for on the action as it stands, and where."""
    if not user.has_perm("ask", action):
        return []
    undecided = set(action.exception_reports.undecided().values_list("kind", flat=True))
    return [
        (terms, reverse(f"ask_{kind}", args=[action.plan.year, action.ref]))
        for kind, terms in TERMS.items()
        if kind not in undecided and not ExceptionReport(action=action, kind=kind).why_not_open
    ]


@may("report", open_action_of, post=True)
def action_update(request, action):
    form = ProgressUpdateForm(request.POST or None, subject=action, user=request.user)
    behalf = " The chair is asked to confirm it." if form.on_behalf else ""
    return recorded(
        request, action, form, f"Update on {action} recorded.{behalf}", "actions/action_update.html"
    )


@may("keep_plan", open_action_of, post=True)
def action_dates(request, action):
    if action.has_its_dates:
        return already(request, action, f"{action} has its dates.")
    form = ActionDatesForm(request.POST or None, subject=action, user=request.user)
    return recorded(request, action, form, f"Dates of {action} recorded.", "actions/action_form.html")


@may("confirm", on_behalf_update_of, post=True)
def update_confirm(request, update):
    return confirmed(request, update, update.action, "actions/update_confirm.html")
