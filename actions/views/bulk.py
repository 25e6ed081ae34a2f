"""The same change to the actions that were ticked in the register."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from actions.forms.bulk import BulkChoice, BulkForm
from actions.models import Action, BusinessPlan
from actions.views.keeping import keep_sitting, plan_of, sitting, why_not_kept
from gscp.pages import PER_PAGE, already_done, form_page, form_sent
from gscp.permissions import may


def ticked(request: HttpRequest, plan: BusinessPlan) -> list[Action]:
    """Those whose addresses stand in this one, as many as a page of the register has at most."""
    slugs = set(request.GET.getlist("on")[:PER_PAGE])
    rows = plan.actions.select_related("plan", "theme", "driver", "group")
    return [action for action in rows if action.slug in slugs]


@may("keep_plan", plan_of, has_form=True)
def plan_bulk(request, plan) -> HttpResponse:
    if not plan.is_live and (why := why_not_kept(plan)):
        return already_done(request, plan, why)
    actions = ticked(request, plan)
    if not actions:
        return already_done(request, plan, "Tick the actions in the list first.")
    choice = BulkChoice(request.GET if "change" in request.GET else None, plan=plan)
    context = {"plan": plan, "actions": actions, "choice": choice}
    if not choice.is_bound or not choice.is_valid():
        return render(request, "actions/plan_bulk.html", context)
    rows, locked = choice.rows(actions)
    same = len(actions) - len(rows) - len(locked)
    context |= {"rows": rows, "locked": locked, "same": same, "is_shown": True}
    if not rows and request.method != "POST":  # one that was sent before is answered by the form
        return render(request, "actions/plan_bulk.html", context)
    initial = sitting(request, plan)
    keys = [action.pk for action in actions]
    form = form_sent(BulkForm, request, subject=plan, choice=choice, rows=rows, ticked=keys, initial=initial)
    page = form_page(request, form, "actions/plan_bulk.html", to=plan, **context)
    keep_sitting(request, plan, form, page)
    return page
