"""How the Business Manager keeps a plan: the draft with its drivers, themes and actions."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from actions.forms.adding import AddForm
from actions.forms.amending import AmendForm
from actions.forms.discarding import DiscardForm, TakeOutForm
from actions.forms.keeping import DriverForm, KeepingForm, PlanForm, ThemeForm
from actions.forms.reordering import ReorderForm
from actions.forms.words import DraftActionForm, WordsForm
from actions.models import Action, BusinessPlan, StrategicDriver, Theme
from actions.models.discarding import discarded_label, why_it_stays, why_not_discarded
from actions.models.plan import RATING_KEY
from actions.models.taken_out import not_taken_out
from actions.views.shared import action_of
from gscp.forms import RecordForm
from gscp.pages import already_done, form_page, form_sent, page_of
from gscp.permissions import may
from subgroups.models import Audit

SITTING = "reasons_of_drafts"  # in the session: by plan, why this person changes its draft today


def plan_of(label: str) -> BusinessPlan:
    return get_object_or_404(BusinessPlan, label=label)


def new_driver_of(label: str) -> StrategicDriver:
    return StrategicDriver(plan=plan_of(label))


def driver_of(label: str, pk: int) -> StrategicDriver:
    return get_object_or_404(StrategicDriver.objects.select_related("plan"), plan__label=label, pk=pk)


def new_theme_of(label: str) -> Theme:
    return Theme(plan=plan_of(label))


def theme_of(label: str, pk: int) -> Theme:
    return get_object_or_404(Theme.objects.select_related("plan"), plan__label=label, pk=pk)


def new_action_of(label: str) -> Action:
    return Action(plan=plan_of(label))


def action_from_audit(label: str, pk: int) -> Action:
    """A new action for what this audit found."""
    audit = get_object_or_404(Audit.objects.select_related("group").exclude(done_on=None), pk=pk)
    return Action(plan=plan_of(label), audit=audit, text=not_taken_out(audit.findings), group=audit.group)


def why_not_kept(plan: BusinessPlan) -> str:
    """Why a draft cannot be changed, or why this is none; "" if it can."""
    if plan.is_frozen:
        return plan.why_frozen
    if not plan.is_draft:
        return f"{plan} is published. It is not changed as a draft any more."
    waiting = plan.plan_decisions.waiting().select_related("meeting__group").first() if plan.pk else None
    return f"The {waiting.group} adopted these words. {waiting.state_in_words}." if waiting else ""


def sitting(request: HttpRequest, plan: BusinessPlan) -> dict[str, str]:
    """What the form of a draft begins with: the reason that its writer gave last, in this session."""
    return {"reason": request.session.get(SITTING, {}).get(str(plan.pk), "")} if plan.is_draft else {}


def keep_sitting(request: HttpRequest, plan: BusinessPlan, form: RecordForm, page: HttpResponse) -> None:
    if plan.is_draft and form.is_bound and page.status_code == 302 and form.is_valid():
        reasons = request.session.get(SITTING, {})
        request.session[SITTING] = reasons | {str(plan.pk): form.cleaned_data["reason"]}


def draft_page(
    request: HttpRequest,
    form_class: type[KeepingForm | WordsForm],
    subject: Any,
    plan: BusinessPlan,
    to: Any,
    template: str = "actions/plan_form.html",
    **context: Any,
) -> HttpResponse:
    """The page of a form that changes a draft; what is published is not changed here."""
    if why := why_not_kept(plan):
        return already_done(request, to, why)
    form = form_sent(form_class, request, subject=subject, initial=sitting(request, plan))
    page = form_page(request, form, template, to=to, plan=plan, **context)
    keep_sitting(request, plan, form, page)
    return page


@may("keep_plan", has_form=True)
def plan_new(request) -> HttpResponse:
    latest = BusinessPlan.objects.listed().first()
    keys = {f"{rating}_means": meaning for rating, meaning in latest.rating_key} if latest else RATING_KEY
    plan = BusinessPlan(**keys)
    form = form_sent(PlanForm, request, subject=plan)
    page = form_page(request, form, "actions/plan_form.html", to=plan, cancel="plans")
    keep_sitting(request, plan, form, page)
    return page


@may("keep_plan", plan_of, has_form=True)
def plan_edit(request, plan) -> HttpResponse:
    return draft_page(request, PlanForm, plan, plan, plan)


def plan_to_discard(label: str) -> BusinessPlan:
    """The plan of this label; if there is none, the one discarded last that had it, for a form sent again."""
    plan = BusinessPlan.objects.filter(label=label).first()
    if plan is None:
        had_it = BusinessPlan.objects.filter(status=BusinessPlan.Status.DISCARDED)
        plan = had_it.filter(label__startswith=discarded_label(label)).order_by("pk").last()
    if plan is None:
        raise Http404
    return plan


@may("keep_plan", plan_to_discard, has_form=True)
def plan_discard(request, plan) -> HttpResponse:
    if why := why_not_discarded(plan):
        return already_done(request, plan, why)
    form = form_sent(DiscardForm, request, subject=plan)
    return form_page(request, form, "actions/plan_form.html", to=plan, plan=plan)


@may("keep_plan", plan_of, has_form=True)
def plan_reorder(request, plan) -> HttpResponse:
    in_order = page_of(request, plan.actions.only("ref", "title", "text"))
    return draft_page(request, ReorderForm, plan, plan, plan, "actions/plan_reorder.html", in_order=in_order)


@may("keep_plan", new_driver_of, has_form=True)
def driver_new(request, driver) -> HttpResponse:
    return draft_page(request, DriverForm, driver, driver.plan, driver.plan)


@may("keep_plan", driver_of, has_form=True)
def driver_edit(request, driver) -> HttpResponse:
    return draft_page(request, DriverForm, driver, driver.plan, driver.plan)


@may("keep_plan", new_theme_of, has_form=True)
def theme_new(request, theme) -> HttpResponse:
    return draft_page(request, ThemeForm, theme, theme.plan, theme.plan)


@may("keep_plan", theme_of, has_form=True)
def theme_edit(request, theme) -> HttpResponse:
    return draft_page(request, ThemeForm, theme, theme.plan, theme.plan)


@may("keep_plan", new_action_of, has_form=True)
def action_new(request, action) -> HttpResponse:
    return new_action_page(request, action)


@may("keep_plan", action_from_audit, has_form=True)
def action_new_from_audit(request, action) -> HttpResponse:
    return new_action_page(request, action)


def new_action_page(request: HttpRequest, action: Action) -> HttpResponse:
    plan = action.plan
    if plan.is_live:
        form = form_sent(AddForm, request, subject=action)
        return form_page(request, form, "actions/plan_form.html", to=plan, plan=plan)
    if plan.is_draft and not plan.drivers.exists():
        message = "Add a strategic driver first: each action says why it is in the plan."
        return already_done(request, reverse("driver_new", args=[plan.label]), message)
    return draft_page(request, DraftActionForm, action, plan, plan)


@may("keep_plan", action_of, has_form=True)
def action_edit(request, action) -> HttpResponse:
    if not action.plan.is_live:
        return draft_page(request, DraftActionForm, action, action.plan, action)
    form = form_sent(AmendForm, request, subject=action)
    return form_page(request, form, "actions/action_amend.html", to=action, action=action)


def action_to_take_out(label: str, slug: str) -> Action:
    """With those that were taken out, for a form sent again."""
    return get_object_or_404(Action.on_record.select_related("plan", "group"), plan__label=label, slug=slug)


@may("keep_plan", action_to_take_out, has_form=True)
def action_take_out(request, action) -> HttpResponse:
    if why := why_it_stays(action):
        return already_done(request, action, why)
    template = "actions/action_form.html"
    return draft_page(request, TakeOutForm, action, action.plan, action.plan, template, action=action)
