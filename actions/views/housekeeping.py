"""What the Business Manager keeps up beside an action's words."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from actions.forms.housekeeping import FirstDateForm, FurtherActionForm, MilestoneForm, ReviewForm
from actions.models import Action, FurtherAction, Milestone
from actions.views.keeping import keep_sitting, sitting, why_not_kept
from actions.views.shared import action_of
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import may


def new_milestone_of(label: str, slug: str) -> Milestone:
    return Milestone(action=action_of(label, slug))


def milestone_of(label: str, slug: str, pk: int) -> Milestone:
    action = action_of(label, slug)
    milestone = get_object_or_404(action.milestones, pk=pk)
    milestone.action = action
    return milestone


def new_further_action_of(label: str, slug: str) -> FurtherAction:
    return FurtherAction(action=action_of(label, slug))


def further_action_of(label: str, slug: str, pk: int) -> FurtherAction:
    action = action_of(label, slug)
    further = get_object_or_404(action.further_actions, pk=pk)
    further.action = action
    return further


def beside_page(request: HttpRequest, form_class: Any, row: Milestone | FurtherAction) -> HttpResponse:
    action = row.action
    if action.plan.is_frozen or (action.plan.is_draft and why_not_kept(action.plan)):
        return already_done(request, action, why_not_kept(action.plan))
    if isinstance(row, Milestone) and action.why_milestones_stay:
        return already_done(request, action, action.why_milestones_stay)
    form: Any = form_sent(form_class, request, instance=row, initial=sitting(request, action.plan))
    page = form_page(request, form, "actions/action_form.html", to=action, action=action)
    keep_sitting(request, action.plan, form, page)
    return page


@may("keep_plan", new_milestone_of, has_form=True)
def milestone_new(request, milestone) -> HttpResponse:
    return beside_page(request, MilestoneForm, milestone)


@may("keep_plan", milestone_of, has_form=True)
def milestone_edit(request, milestone) -> HttpResponse:
    return beside_page(request, MilestoneForm, milestone)


@may("keep_plan", new_further_action_of, has_form=True)
def further_action_new(request, further) -> HttpResponse:
    if further.action.plan.is_draft:
        return beside_page(request, FurtherActionForm, further)
    message = "Further actions are those that the plan was published with."
    return already_done(request, further.action, message)


@may("keep_plan", further_action_of, has_form=True)
def further_action_edit(request, further) -> HttpResponse:
    return beside_page(request, FurtherActionForm, further)


@may("keep_plan", action_of, has_form=True)
def action_review(request, action) -> HttpResponse:
    if not action.takes_reports:
        return already_done(request, action, action.why_no_reports)
    return action_page(request, ReviewForm, action)


@may("keep_plan", action_of, has_form=True)
def action_first_date(request, action) -> HttpResponse:
    if why := action.why_first_date_stays:
        return already_done(request, action, why)
    return action_page(request, FirstDateForm, action)


def action_page(request: HttpRequest, form_class: Any, action: Action) -> HttpResponse:
    form: Any = form_sent(form_class, request, subject=action)
    return form_page(request, form, "actions/action_form.html", to=action, action=action)
