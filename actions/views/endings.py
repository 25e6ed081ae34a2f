"""The end of a plan's year: what becomes of each open action, the closing, and an action across years."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from actions import findings
from actions.forms.endings import CloseForm, EndForm, FurtherActionsForm, further_actions_left
from actions.lineage import lineage_of
from actions.models import Action, ActionEnding, BusinessPlan, PlanDecision
from actions.models.chain import UNDECIDED
from actions.models.exception import ExceptionReport
from actions.models.plan_decision import drafts_not_adopted, left_before_closing
from actions.views.keeping import plan_of
from actions.views.shared import action_to_read
from gscp.facts import fact
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may


def not_live(plan: BusinessPlan) -> str:
    return "" if plan.is_live else f"{plan} is {plan.get_status_display().lower()}."


@may("keep_plan", plan_of, has_form=True)
def plan_end(request, plan) -> HttpResponse:
    if why := not_live(plan):
        return already_done(request, plan, why)
    form = form_sent(EndForm, request, subject=plan)
    here = reverse("plan_end", args=[plan.label])
    return form_page(request, form, "actions/plan_end.html", to=here, cancel=plan, plan=plan, **of_end(form))


def of_end(form: EndForm) -> dict[str, Any]:
    plan = form.subject
    open_actions = findings.shown([action.pk for action in form.open])
    asked = ExceptionReport.objects.filter(action__plan=plan, state__in=UNDECIDED).order_by("pk")
    decided = ActionEnding.objects.not_taken_back().filter(action__plan=plan).for_pages()
    standing = {ending.action_id: ending for ending in decided if ending.is_standing}
    ticked = form.data.getlist("actions") if form.is_bound else []
    rows = [
        {
            "action": action,
            "ending": standing.get(action.pk),
            "asked": [report for report in asked if report.action_id == action.pk],
            "is_ticked": str(action.pk) in ticked,
        }
        for action in open_actions
    ]
    return {
        "rows": rows,
        "decided": [ending for ending in decided if ending.is_done],
        "further": further_actions_left(plan),
        "takes_up": drafts_not_adopted().exists(),
        "left": left_before_closing(plan),
        "closing": closing_that_waits(plan),
    }


def closing_that_waits(plan: BusinessPlan) -> PlanDecision | None:
    waiting = plan.plan_decisions.waiting().filter(kind=PlanDecision.Kind.CLOSING)
    return waiting.for_pages().first()


@may("keep_plan", plan_of, has_form=True)
def plan_take_up(request, plan) -> HttpResponse:
    here = reverse("plan_end", args=[plan.label])
    if why := not_live(plan):
        return already_done(request, plan, why)
    if not further_actions_left(plan) and request.method != "POST":
        return already_done(request, here, "It is said of each further action what became of it.")
    form = form_sent(FurtherActionsForm, request, subject=plan)
    return form_page(request, form, "actions/plan_form.html", to=here, plan=plan)


@may("keep_plan", plan_of, has_form=True)
def plan_close(request, plan) -> HttpResponse:
    if why := not_live(plan):
        return already_done(request, plan, why)
    if waiting := closing_that_waits(plan):
        return already_done(request, waiting, f"{waiting.state_in_words}.")
    if left := left_before_closing(plan):
        return already_done(request, reverse("plan_end", args=[plan.label]), " ".join(left))
    form = form_sent(CloseForm, request, subject=plan)
    return form_page(request, form, "actions/plan_form.html", to=plan, plan=plan)


@may("read", action_to_read)
def action_lineage(request, action) -> HttpResponse:
    return render(request, "actions/lineage.html", {"action": action, "stages": stages_of(action)})


@fact
def stages_of(action: Action) -> list[Any]:
    return lineage_of(action)
