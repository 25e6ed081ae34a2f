from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from actions import rules
from actions.filters import ActionFilter
from actions.forms import ActionDatesForm, ConfirmationForm, ProgressUpdateForm
from actions.models import Action, BusinessPlan, ProgressUpdate, Rating
from gscp import clock
from gscp.models import Change
from gscp.permissions import may
from subgroups.models import Meeting, Post, PostHolding, Subgroup

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


def undated_action_of(user, year, ref):
    action = open_action_of(user, year, ref)
    if action.original_date and action.review_date:
        raise Http404
    return action


def unconfirmed(user, pk):
    updates = ProgressUpdate.objects.filter(on_behalf=True, action__in=Action.objects.visible_to(user))
    return get_object_or_404(updates.select_related("action__plan", "action__subgroup__reports_to"), pk=pk)


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
    return render(
        request,
        "actions/action_detail.html",
        {
            "action": action,
            "updates": action.updates.select_related("change", "confirmation__change"),
            "further_actions": action.further_actions.all(),
            "history": history[:10].with_texts(),
            "history_count": history.count(),
            "may_report": action.is_open and request.user.has_perm("report", action),
            "may_confirm": request.user.has_perm("confirm", action),
            "may_date": action.is_open
            and not (action.original_date and action.review_date)
            and request.user.has_perm("keep_plan"),
        },
    )


@may("report", open_action_of, post=True)
def action_update(request, action):
    form = ProgressUpdateForm(request.POST if request.method == "POST" else None, subject=action, user=request.user)
    if form.is_valid() and form.record():
        messages.success(request, f"Update on {action} recorded.")
        return redirect(action)
    return render(request, "actions/action_update.html", {"action": action, "form": form})


@may("keep_plan", undated_action_of, post=True)
def action_dates(request, action):
    form = ActionDatesForm(request.POST if request.method == "POST" else None, subject=action, user=request.user)
    if form.is_valid() and form.record():
        messages.success(request, f"Dates of {action} recorded.")
        return redirect(action)
    return render(request, "actions/action_dates.html", {"action": action, "form": form})
