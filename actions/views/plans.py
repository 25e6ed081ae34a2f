"""The plan, its actions, and how they are reported."""

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from actions import rules
from actions.filters import ActionFilter
from actions.forms.updates import ActionDatesForm, ProgressUpdateForm
from actions.models import Action, BusinessPlan, ExceptionReport, ProgressUpdate
from actions.models.chain import TERMS, Terms
from actions.views.shared import action_of, attach_writers, confirmation_page, plan_of
from gscp.pages import FirstRows, already_done, form_page, form_sent, page_of
from gscp.permissions import may
from gscp.record import Change
from subgroups.models import Group, User

ON_PAGE = 10  # of an action's changes


def on_behalf_update_of(pk: int) -> ProgressUpdate:
    return get_object_or_404(ProgressUpdate.objects.entered_on_behalf(), pk=pk)


@may("read")
def plan_current(request) -> HttpResponse:
    plans = BusinessPlan.objects.all()
    if len(plans) == 1:
        return redirect(plans[0])
    open_actions = dict(Action.objects.open().order_by().values_list("plan").annotate(Count("pk")))
    rows = [(plan, open_actions.get(plan.pk, 0)) for plan in plans]
    return render(request, "actions/plan_list.html", {"rows": rows})


@may("read", plan_of)
def plan_detail(request, plan) -> HttpResponse:
    actions = plan.actions.with_due().with_last_update().select_related("driver", "group")
    action_filter = ActionFilter(request.GET, actions)
    page = page_of(request, action_filter.qs)
    context = {"plan": plan, "filter": action_filter, "page": page}
    return render(request, "actions/plan_detail.html", context)


@may("read", action_of)
def action_detail(request, action) -> HttpResponse:
    history = Change.objects.filter(action=action.pk).order_by("-number")
    updates = action.updates.select_related("change", "confirmation__change", "action__group__reports_to")
    updates = updates.prefetch_related("change__texts")
    attach_writers(updates)
    return render(
        request,
        "actions/action_detail.html",
        {
            "action": action,
            "reasons": rules.why_off_plan(action),
            "updates": updates,
            "theme_lead": action.theme and action.theme.lead_in_words,
            "further_actions": action.further_actions.select_related("taken_up_as__plan"),
            "milestones": action.milestones.all(),
            "not_in_place": "" if action.group.is_in_place() else who_acts_for(action.group),
            "history": FirstRows(history[: ON_PAGE + 1].with_texts(), ON_PAGE),
            "history_count": history.count(),
            "may_report": action.is_open and request.user.has_perm("report", action),
            "reports": action.exception_reports.for_pages(),
            "asks": asks_of(request.user, action),
            "may_confirm": [update.pk for update in updates if request.user.has_perm("confirm", update)],
            "may_date": action.is_open and not action.has_both_dates and request.user.has_perm("keep_plan"),
        },
    )


def asks_of(user: User, action: Action) -> list[tuple[Terms, str]]:
    """What this user may ask for on the action in its present status, and the addresses of the forms."""
    if not user.has_perm("ask", action):
        return []
    undecided = set(action.exception_reports.undecided().values_list("kind", flat=True))
    return [
        (terms, reverse(f"ask_{kind}", args=[action.plan.label, action.slug]))
        for kind, terms in TERMS.items()
        if kind not in undecided and not ExceptionReport(action=action, kind=kind).why_not_askable
    ]


def who_acts_for(group: Group) -> str:
    return f"Not in place yet: the chair of the {group.acting_group()} acts for it"


def refuse_closed(request: HttpRequest, action: Action) -> None:
    if not action.is_open and request.method != "POST":
        raise Http404  # what was typed before it was closed is not lost: the form comes back with it


@may("report", action_of, has_form=True)
def action_update(request, action) -> HttpResponse:
    refuse_closed(request, action)
    form = form_sent(ProgressUpdateForm, request, subject=action)
    return form_page(request, form, "actions/action_update.html", to=action, action=action)


@may("keep_plan", action_of, has_form=True)
def action_dates(request, action) -> HttpResponse:
    refuse_closed(request, action)
    if action.has_both_dates:
        return already_done(request, action, f"{action} has its dates.")
    form = form_sent(ActionDatesForm, request, subject=action)
    return form_page(request, form, "actions/action_form.html", to=action, action=action)


@may("confirm", on_behalf_update_of, has_form=True)
def update_confirm(request, update) -> HttpResponse:
    return confirmation_page(request, update, update.action, "actions/update_confirm.html")
