"""The pages that posts land on, each one screen of what matters to it, and the lists a click away."""

from collections import Counter
from typing import Any

from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.http import HttpResponse
from django.shortcuts import render

from actions import reporting, rules
from actions.filters import OffPlanFilter, ReportFilter
from actions.models import (
    Action,
    ActionQuerySet,
    BusinessPlan,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    Rating,
    State,
)
from actions.reporting import Deadlines, current_actions
from actions.views.shared import attach_last_decisions, attach_reasons, by_priority
from gscp.components import Bar
from gscp.pages import FirstRows, page_of
from gscp.permissions import may
from subgroups.checks import what_top_group_lacks
from subgroups.models import Group, Meeting, Post, PostHolding

OLD, CLOSED = "old", "closed"  # values of a rating's column beside the ratings
ON_DASHBOARD = 10  # rows of a list


@may("read")
def exceptions(request) -> HttpResponse:
    """The page of a deciding group below the top one."""
    deadlines, group = Deadlines.now(), group_shown(request)
    plans, actions = BusinessPlan.objects.not_closed(), current_actions()
    # Of several plans, no one register has all actions that a bar counts.
    register = plans[0].get_absolute_url() if len(plans) == 1 else ""
    asked = ExceptionReport.objects.waiting_for(group)
    return render(
        request,
        "actions/exceptions.html",
        {
            "group": group,
            "deadlines": deadlines,
            "asked_query": asked_query(group),
            "asked": FirstRows(asked.for_pages(), ON_DASHBOARD),
            "unconfirmed": FirstRows(reporting.decisions_to_confirm(request.user)),
            "to_check": FirstRows(reporting.impact_to_check(request.user)),
            "counts": nonzero_counts(actions, deadlines),
            "tallies": tallies(actions, deadlines, register) if plans else [],
        },
    )


def asked_query(group: Group | None) -> str:
    # Of the list of exception reports: those that wait for this group.
    return f"?state={State.WAITING}&with_group={group.slug}" if group else ""


def group_shown(request) -> Group | None:
    """The deciding group that the address names, or the reader's own, or the first one below the top."""
    deciding = [group for group in Group.objects.with_lines() if group.decides()]
    named = [group for group in deciding if group.slug == request.GET.get("group")]
    own = [group for group in deciding if group in request.user.chaired_groups]
    below = [group for group in deciding if not group.is_top]
    return next(iter([*named, *own, *below, *deciding]), None)


@may("read")
def off_plan(request) -> HttpResponse:
    deadlines = Deadlines.now()
    action_filter = OffPlanFilter(request.GET, rules.off_plan(current_actions().for_pages(), deadlines))
    actions = action_filter.qs.order_by(*by_priority())
    page = page_of(request, actions)
    attach_reasons(page, deadlines)
    context = {"filter": action_filter, "page": page, "deadlines": deadlines}
    return render(request, "actions/off_plan.html", context)


@may("read")
def exception_reports(request) -> HttpResponse:
    report_filter = ReportFilter(request.GET, ExceptionReport.objects.for_pages())
    page = page_of(request, report_filter.qs)
    return render(request, "actions/exception_reports.html", {"filter": report_filter, "page": page})


@may("read")
def decisions(request) -> HttpResponse:
    """The top group's page."""
    deadlines, top = Deadlines.now(), Group.objects.top()
    asked = FirstRows(ExceptionReport.objects.waiting_for(top).for_pages(), ON_DASHBOARD)
    actions = rules.off_plan(current_actions().for_pages(), deadlines).for_top_group(top)
    first_actions = FirstRows(actions.order_by(*by_priority()), ON_DASHBOARD)
    attach_reasons(first_actions, deadlines)
    attach_last_decisions([*(report.about for report in asked), *first_actions])
    return render(
        request,
        "actions/decisions.html",
        {
            "top": top,
            "asked_query": asked_query(top),
            "asked": asked,
            "unconfirmed": FirstRows(reporting.decisions_to_confirm(request.user)),
            "to_check": FirstRows(reporting.impact_to_check(request.user)),
            "off_plan": first_actions,
            "meeting": Meeting.objects.of(top).today_or_next() if top else None,
        },
    )


@may("read")
def due(request) -> HttpResponse:
    """A subgroup chair's page."""
    deadlines = Deadlines.now()
    mine = reporting.groups_of(request.user)
    actions = current_actions().for_pages().filter(group__in=mine)
    reports = ExceptionReport.objects.filter(action__group__in=mine)
    unconfirmed = ProgressUpdate.objects.unconfirmed().filter(action__in=actions.values("pk"))
    return render(
        request,
        "actions/due.html",
        {
            "returned": FirstRows(reports.filter(state=State.RETURNED).for_pages()),
            "not_reported": FirstRows(reporting.not_reported(actions, deadlines)),
            "reported": FirstRows(reporting.reported(actions, deadlines)),
            "granted_not_done": FirstRows(reports.with_outstanding().for_pages()),
            "asked": FirstRows(reports.undecided().exclude(state=State.RETURNED).for_pages()),
            "unconfirmed": FirstRows(unconfirmed),
            "done_unconfirmed": FirstRows(
                ExceptionStep.objects.unconfirmed().filter(meeting=None, report__in=reports)
            ),
            "not_in_place": [group for group in request.user.chaired_groups if not group.is_in_place()],
            "acting_for": [group for group in mine if group not in request.user.chaired_groups],
            "meeting": deadlines.next_meeting,
        },
    )


@may("read")
def missing(request) -> HttpResponse:
    """The Business Manager's page."""
    deadlines = Deadlines.now()
    actions = current_actions()
    in_place = Group.objects.in_place_on(deadlines.today)
    counts = nonzero_counts(actions, deadlines)
    return render(
        request,
        "actions/missing.html",
        {
            "top_group_lacks": what_top_group_lacks(),
            "to_report": reporting.groups_to_report(actions, deadlines),
            "vacant": Post.objects.exclude(holdings__in=PostHolding.objects.current_on(deadlines.today)),
            "to_record": FirstRows(Meeting.objects.without_attendance().select_related("group")),
            "not_called": in_place.exclude(meetings__in=Meeting.objects.upcoming()),
            "unconfirmed": FirstRows(ProgressUpdate.objects.unconfirmed()),
            "steps": FirstRows(ExceptionStep.objects.unconfirmed()),
            "gaps": [(rule, count) for rule, count in counts if rule.of_register],
            "meeting": deadlines.next_meeting,
        },
    )


def nonzero_counts(actions: ActionQuerySet, deadlines: Deadlines) -> list[tuple[rules.Rule, int]]:
    counts = rules.counts(rules.off_plan(actions, deadlines))
    return [(rule, count) for rule, count in counts if count]


def tallies(actions: ActionQuerySet, deadlines: Deadlines, register: str) -> list[tuple[str, list[Bar]]]:
    """Charts of actions by subgroup and by status, and of open ones by rating: caption and bars.

    Each count stands beside that of the last meeting, as its papers had it. Two queries.
    """
    now_rows, then_rows = count_rows(actions, deadlines.last_closed_after_entry), []
    if deadlines.last_held:
        then_rows = count_rows(actions, deadlines.last_held_after_entry, deadlines.last_held_closing_entry)
    groups = {slug: name for slug, name, *_ in [*then_rows, *now_rows]}
    charts = [
        ("Actions by group", "group", 0, sorted(groups.items(), key=lambda item: item[1])),
        ("Open actions by rating", "", 2, [*Rating.choices, ("", "Not rated"), (OLD, "Not reported since")]),
        ("Actions by status", "status", 3, Action.Status.choices),
    ]
    return [
        (
            caption,
            [
                Bar(
                    label,
                    totals(now_rows, column)[value],
                    totals(then_rows, column)[value] if deadlines.last_held else None,
                    f"{register}?{filter_name}={value}" if filter_name and register else "",
                )
                for value, label in choices
            ],
        )
        for caption, filter_name, column, choices in charts
    ]


def count_rows(actions: ActionQuerySet, after_entry: int, at_entry: int | None = None) -> list[tuple]:
    """Rows of group's slug, group's name, rating, status and how many; now, or as at an entry.

    An action that was reported, but not after the entry `after_entry`, counts as OLD.
    """
    rows: Any = actions if at_entry is None else actions.at_entry(at_entry)  # of the same columns
    latest = ProgressUpdate.objects.latest_of(OuterRef("id"))
    if at_entry is not None:
        latest = latest.filter(change__lte=at_entry)
    rows = rows.annotate(reported_in=Subquery(latest.values("change")[:1])).annotate(
        rated=Case(
            When(~Q(status__in=Action.OPEN), then=Value(CLOSED)),
            When(reported_in__lte=after_entry, then=Value(OLD)),
            default="rating",
        )
    )
    columns = ("group__slug", "group__name", "rated", "status")
    return list(rows.order_by().values_list(*columns).annotate(Count("id")))


def totals(rows: list[tuple], column: int) -> Counter:
    total: Counter = Counter()
    for row in rows:
        total[row[column]] += row[-1]
    return total
