"""The lists as files: each as it is filtered on its page, and as at a moment where somebody looks back."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from actions import findings, reporting
from actions.filters import ActionFilter, OffPlanFilter, ReportFilter
from actions.models import Action, BusinessPlan, ExceptionReport
from actions.tables import lists, recommendations, scorecards
from actions.tables.listed import action_rows
from actions.tables.saving import OF_LISTS, format_named, notes_of, saved
from actions.tables.writing import Table
from actions.views.homes import plan_shown
from actions.views.plans import proposed_in, register_keys
from actions.views.scorecards import card_of, month_asked
from actions.views.shared import plan_to_read
from gscp.filters import ListFilter
from gscp.heavy import heavy
from gscp.permissions import may
from gscp.words import lower_first
from subgroups.published import all_published, published_card
from subgroups.scorecard import Scorecard

OF_PLAN = (*OF_LISTS, "docx")


def plan_to_save(label: str, form: str) -> tuple[BusinessPlan, str]:
    format_named(form, OF_PLAN)
    return plan_to_read(label), form


def list_to_save(form: str) -> str:
    format_named(form)
    return form


def refused(request: HttpRequest, template: str, chosen: ListFilter, **context: Any) -> HttpResponseBase:
    """The page of the list, which says what of the filter cannot be read."""
    return render(request, template, {"filter": chosen} | context, status=400)


def name_of(name: str, chosen: ListFilter) -> str:
    return f"{name}-filtered" if chosen.in_words else name


@may("read", plan_to_save)
@heavy
def plan_export(request, plan, form) -> HttpResponseBase:
    """The register. In Word it has the seven columns in which plans are published."""
    chosen = ActionFilter(request.GET, Action.objects.none())
    if not chosen.is_valid():
        return refused(request, "actions/plan_detail.html", chosen, plan=plan)
    columns = lists.SEVEN if form == "docx" else [*lists.REGISTER, *lists.kept_as_printed(plan)]
    keys = register_keys(plan, chosen.query)
    rows = action_rows(keys)
    name = name_of(f"{plan.label}-{'plan' if plan.was_published else 'draft'}", chosen)
    notes = notes_of(chosen.in_words)
    if plan.is_draft:
        notes.insert(0, "A draft: no meeting has adopted it yet.")
    if plan.is_discarded:
        notes.insert(0, "A draft that was discarded: no meeting adopted it.")
    if plan.is_live and (proposed := proposed_in(plan)):
        refs = ", ".join(addition.ref for addition in proposed)
        notes.append(f"Proposed, not in the plan until a chair confirms: {refs}.")
    if form == "docx":
        notes += notes_on_printed(plan, keys)
    return saved(Table(name, plan.title, columns, rows, notes), form)


def notes_on_printed(plan: BusinessPlan, keys: Collection[int]) -> list[str]:
    """What the seven columns leave out, where somebody could take them for the state of the plan."""
    if not plan.was_published:
        return []
    ended = Action.objects.filter(pk__in=keys).exclude(status__in=Action.OPEN).order_by("position", "pk")
    states = [f"{action.ref} {lower_first(action.get_status_display())}" for action in ended]
    closed = [f"Not open any more: {', '.join(states)}."] if states else []
    return ["These are the plan’s words. Ratings and dates are in the Excel file.", *closed]


@may("read", list_to_save)
@heavy
def off_plan_export(request, form) -> HttpResponseBase:
    chosen = OffPlanFilter(request.GET, Action.objects.none())
    if not chosen.is_valid():
        return refused(request, "actions/off_plan.html", chosen)
    rows = lists.off_plan_rows([row.action for row in chosen.chosen(findings.of_live_plans().off_plan())])
    name = name_of("off-plan", chosen)
    return saved(Table(name, "Off plan, and why", lists.OFF_PLAN, rows, notes_of(chosen.in_words)), form)


@may("read", list_to_save)
@heavy
def reports_export(request, form) -> HttpResponseBase:
    chosen = ReportFilter(request.GET, ExceptionReport.objects.all())
    if not chosen.is_valid():
        return refused(request, "actions/exception_reports.html", chosen)
    rows = lists.report_rows(list(chosen.qs.values_list("pk", flat=True)))
    name = name_of("asked-and-decided", chosen)
    return saved(Table(name, "Asked and decided", lists.REPORTS, rows, notes_of(chosen.in_words)), form)


@may("read", list_to_save)
@heavy
def due_export(request, form) -> HttpResponseBase:
    """What is due from the reader, what came after papers closed, and what is reported already."""
    chaired, posts, plan = request.user.chaired_groups, request.user.posts, plan_shown(request)
    parts = {
        "To report": reporting.not_reported(),
        "New since papers closed": reporting.not_expected(),
        "Reported": reporting.reported(),
    }
    rows = lists.due_rows(
        {
            row.action: part
            for part, found in parts.items()
            for row in reporting.of_reporter(findings.of_plan(found, plan), chaired, posts)
        }
    )
    name, filtered_by = ("due-filtered", f"Plan: {plan}") if plan else ("due", "")
    return saved(Table(name, "Due from you", lists.DUE_FROM, rows, notes_of(filtered_by)), form)


def card_to_save(slug: str, form: str) -> tuple[Scorecard, str]:
    format_named(form)
    return published_card(card_of(slug)), form


@may("read", card_to_save)
@heavy
def scorecard_export(request, card, form) -> HttpResponseBase:
    month, group = month_asked(request), card.group
    name = f"scorecard-{group.slug}-{month:%Y-%m}"
    return saved(scorecards.table(name, f"Scorecard of the {group}", card.series, month, notes_of()), form)


@may("read", list_to_save)
@heavy
def scorecards_export(request, form) -> HttpResponseBase:
    month = month_asked(request)
    series = [one for of_group in all_published().values() for one in of_group]
    return saved(scorecards.table(f"scorecards-{month:%Y-%m}", "Scorecards", series, month, notes_of()), form)


@may("read", list_to_save)
@heavy
def reviews_export(request, form) -> HttpResponseBase:
    return saved(recommendations.table(notes_of()), form)
