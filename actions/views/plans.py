"""The plan, its actions, and how they are reported."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from actions import findings
from actions.filters import ActionFilter
from actions.forms.updates import ActionDatesForm, ProgressUpdateForm
from actions.models import Action, BusinessPlan, ExceptionReport, ProgressUpdate
from actions.models.chain import TERMS, Terms
from actions.sentences import latest_acts
from actions.views.shared import (
    action_of,
    action_to_read,
    attach_writers,
    confirmation_page,
    plan_to_read,
)
from gscp.facts import fact
from gscp.pages import already_done, form_page, form_sent, page_of
from gscp.permissions import may
from gscp.record import Change
from subgroups.models import Group

ON_PAGE = UPDATES_ON_PAGE = 10  # an action's changes, and its updates


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


@may("read", plan_to_read)
def plan_detail(request, plan) -> HttpResponse:
    action_filter = ActionFilter(request.GET, Action.objects.none())
    page = page_of(request, register_keys(plan, action_filter.query))
    page.object_list = register_facts(tuple(page))
    context = {"plan": plan, "filter": action_filter, "page": page}
    return render(request, "actions/plan_detail.html", context)


@fact
def register_keys(plan: BusinessPlan, query: str) -> tuple[int, ...]:
    actions = ActionFilter(QueryDict(query), plan.actions.all()).qs
    return tuple(actions.values_list("pk", flat=True))


@fact
def register_facts(keys: tuple[int, ...]) -> list[Action]:
    return findings.shown(keys)


@may("read", action_to_read)
def action_detail(request, action) -> HttpResponse:
    user, facts = request.user, action_facts(action)
    updates = page_of(request, facts["updates"], UPDATES_ON_PAGE)
    updates.object_list = updates_facts(tuple(updates))
    return render(
        request,
        "actions/action_detail.html",
        facts
        | {
            "action": action,
            "reasons": action.reasons,
            "page": updates,
            "may_report": action.is_open and user.has_perm("report", action),
            "asks": asks_of(action, facts["askable"]) if user.has_perm("ask", action) else [],
            "may_confirm": [update.pk for update in updates if user.has_perm("confirm", update)],
            "may_date": action.is_open and not action.has_both_dates and user.has_perm("keep_plan"),
        },
    )


@fact
def action_facts(action: Action) -> dict[str, Any]:
    history = Change.objects.filter(action=action.pk)
    reports = list(action.exception_reports.for_pages())
    undecided = {report.kind for report in reports if report.is_undecided}
    return {
        "updates": tuple(action.updates.values_list("pk", flat=True)),
        "theme_lead": action.theme and action.theme.lead_in_words,
        "further_actions": list(action.further_actions.select_related("taken_up_as__plan")),
        "milestones": list(action.milestones.all()),
        "not_in_place": "" if action.group.is_in_place() else who_acts_for(action.group),
        "history": latest_acts(history, ON_PAGE),
        "history_count": history.count(),
        "reports": reports,
        "askable": [
            kind
            for kind in TERMS
            if kind not in undecided and not ExceptionReport(action=action, kind=kind).why_not_askable
        ],
    }


@fact
def updates_facts(keys: tuple[int, ...]) -> list[ProgressUpdate]:
    rows = ProgressUpdate.objects.filter(pk__in=keys).prefetch_related("change__texts")
    updates = list(rows.select_related("change", "confirmation__change", "action__group__reports_to"))
    attach_writers(updates)
    return updates


def asks_of(action: Action, kinds: list[str]) -> list[tuple[Terms, str]]:
    """What may be asked for on the action, and the addresses of the forms."""
    return [(TERMS[kind], reverse(f"ask_{kind}", args=[action.plan.label, action.slug])) for kind in kinds]


def who_acts_for(group: Group) -> str:
    return f"It {group.why_another_acts}: the chair of the {group.acting_group()} acts for it"


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
