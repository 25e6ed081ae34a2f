"""The pages that posts land on, each one screen of what matters to it, and the lists a click away."""

from collections import Counter

from django.core.paginator import Paginator
from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.shortcuts import render

from actions import rules
from actions.filters import ExceptionFilter, ReportFilter
from actions.models import (
    Action,
    BusinessPlan,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    Rating,
    State,
    not_reported_since,
)
from actions.rules import Reporting
from actions.views.shared import PER_PAGE, attach_last_decisions, by_urgency, current_actions, explained, some
from gscp import clock
from gscp.components import Bar
from gscp.permissions import checks_impact, may
from subgroups.models import Meeting, Post, PostHolding, Subgroup

OLD, CLOSED = "old", "closed"  # beside the ratings
FIRST = 10  # of a list on a dashboard; the rest is a click away
GAPS = ("no_date", "no_owner", "vacant", "no_evidence")  # rules that find what the register itself lacks


@may("read")
def exceptions(request):
    """The Management Group's page: what needs triage, what rules find, how much of everything there is."""
    reporting = Reporting.now()
    plan = BusinessPlan.objects.visible_to(request.user).current()
    actions = Action.objects.visible_to(request.user).filter(plan=plan)
    asked = ExceptionReport.objects.visible_to(request.user).before(State.MANAGEMENT_GROUP)
    return render(
        request,
        "actions/exceptions.html",
        {
            "reporting": reporting,
            "asked": list(asked.for_pages()[: FIRST + 1]),
            "unconfirmed": unconfirmed_decisions(request.user),
            "to_check": impact_to_check(request.user),
            "counts": found(actions, reporting),
            "tallies": tallies(plan, actions, reporting) if plan else [],
        },
    )


@may("read")
def exception_found(request):
    """What rules find off plan, and why."""
    reporting = Reporting.now()
    actions = current_actions(request.user)
    shown = ExceptionFilter(request.GET, rules.exceptions(actions.for_pages(), reporting))
    page = explained(request, shown.qs.order_by(*by_urgency()), reporting)
    context = {"filter": shown, "page": page, "reporting": reporting}
    return render(request, "actions/exception_found.html", context)


@may("read")
def exception_reports(request):
    """All that was ever asked for, the latest first."""
    shown = ReportFilter(request.GET, ExceptionReport.objects.visible_to(request.user).for_pages())
    page = Paginator(shown.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "actions/exception_reports.html", {"filter": shown, "page": page})


@may("read")
def decisions(request):
    """The Executive's page: the decisions asked of it, with their arguments."""
    reporting = Reporting.now()
    reports = ExceptionReport.objects.visible_to(request.user).before(State.EXECUTIVE)
    asked = list(reports.for_pages()[: FIRST + 1])
    actions = rules.exceptions(current_actions(request.user).for_pages(), reporting)
    off_plan = list(actions.for_executive().order_by(*by_urgency())[: FIRST + 1])
    for action in off_plan:
        action.reasons = rules.reasons(action, reporting)
    attach_last_decisions([*(report.action for report in asked), *off_plan])
    return render(
        request,
        "actions/decisions.html",
        {
            "asked": asked,
            "unconfirmed": unconfirmed_decisions(request.user),
            "to_check": impact_to_check(request.user),
            "off_plan": off_plan,
            "meeting": Meeting.objects.of_tier(Subgroup.Tier.EXECUTIVE).today_or_next(),
        },
    )


@may("read")
def due(request):
    """A chair's page: what came back, what is due before papers close, what was promised."""
    reporting = Reporting.now()
    bodies = Subgroup.objects.select_related("reports_to__reports_to")
    mine = [body for body in bodies if body.acting_body() in request.user.chaired]
    actions = current_actions(request.user).for_pages().filter(subgroup__in=mine)
    reports = ExceptionReport.objects.visible_to(request.user).filter(action__subgroup__in=mine)
    return render(
        request,
        "actions/due.html",
        {
            "returned": some(reports.filter(state=State.RETURNED).for_pages()),
            "due": some(actions.open().filter(not_reported_since(reporting.since))),
            "reported": some(actions.open().exclude(not_reported_since(reporting.since))),
            "promised": some(reports.with_promise().for_pages()),
            "asked": some(reports.undecided().exclude(state=State.RETURNED).for_pages()),
            "unconfirmed": some(ProgressUpdate.objects.unconfirmed().filter(action__in=actions.values("pk"))),
            "done": some(ExceptionStep.objects.unconfirmed().filter(meeting=None, report__in=reports)),
            "waiting": [body for body in request.user.chaired if not body.in_place()],
            "acting_for": [body for body in mine if body not in request.user.chaired],
            "meeting": reporting.coming,
        },
    )


@may("read")
def missing(request):
    """The Business Manager's page: who has not reported, and what the register lacks."""
    reporting = Reporting.now()
    actions = current_actions(request.user)
    in_place = Subgroup.objects.filter(established_on__lte=reporting.on)
    return render(
        request,
        "actions/missing.html",
        {
            "silent": not_reported(actions, reporting),
            "vacant": Post.objects.exclude(holdings__in=PostHolding.objects.on(reporting.on)),
            "to_record": some(Meeting.objects.without_attendance().select_related("subgroup")),
            "not_called": in_place.exclude(meetings__in=Meeting.objects.upcoming()),
            "unconfirmed": some(ProgressUpdate.objects.unconfirmed()),
            "decisions": some(ExceptionStep.objects.unconfirmed()),
            "gaps": [(rule, number) for rule, number in found(actions, reporting) if rule.name in GAPS],
            "meeting": reporting.coming,
        },
    )


def found(actions, reporting: Reporting) -> list[tuple[rules.Rule, int]]:
    """The rules that find any of the actions, and how many; one query."""
    counts = rules.counts(rules.exceptions(actions, reporting))
    return [(rule, number) for rule, number in counts if number]


def not_reported(actions, reporting: Reporting) -> list[tuple[Subgroup, Post | None, int, list[Action]]]:
    """For each subgroup silent on actions: itself, the chair's post, how many they are and the first of them.

    As many queries as there are such subgroups, and two; however many actions.
    """
    silent = actions.open().with_last_update().filter(not_reported_since(reporting.since))
    counted = dict(silent.order_by().values_list("subgroup").annotate(Count("pk")))
    chairs = {post.subgroup_id: post for post in Post.objects.filter(role=Post.Role.CHAIR)}
    return [
        (
            body,
            chairs.get(body.acting_body().pk),
            counted[body.pk],
            list(silent.filter(subgroup=body).select_related("plan")[:FIRST]),
        )
        for body in Subgroup.objects.filter(pk__in=counted).select_related("reports_to__reports_to")
    ]


def unconfirmed_decisions(user) -> list[ExceptionStep]:
    """Of the bodies this user chairs: decisions somebody entered for them."""
    return some(ExceptionStep.objects.unconfirmed().filter(meeting__subgroup__in=user.chaired))


def impact_to_check(user) -> list[ExceptionReport]:
    """For a chair who checks it: completions whose impact was to be looked at by now."""
    due = ExceptionReport.objects.with_promise().filter(impact_check_on__lte=clock.today())
    due = due.select_related("action__plan") if checks_impact(user) else due.none()
    return some(due.order_by("impact_check_on"))


def tallies(plan: BusinessPlan, actions, reporting: Reporting) -> list[tuple[str, list[Bar]]]:
    """How many actions there are by subgroup and status, and the open ones by rating.

    Beside them those of the last meeting, as its papers had them. Two queries.
    """
    now_counted, then_counted = counted(actions, reporting.opened_at), []
    if reporting.met:
        then_counted = counted(actions, reporting.met_opened_at, reporting.met_at)
    named = {slug: name for slug, name, *_ in [*then_counted, *now_counted]}
    register = plan.get_absolute_url()
    kinds = [
        ("Actions by subgroup", "subgroup", 0, sorted(named.items(), key=lambda item: item[1])),
        ("Open actions by rating", "", 2, [*Rating.choices, ("", "Not rated"), (OLD, "Not reported since")]),
        ("Actions by status", "status", 3, Action.Status.choices),
    ]
    return [
        (
            caption,
            [
                Bar(
                    label,
                    tally(now_counted, column)[value],
                    tally(then_counted, column)[value] if reporting.met else None,
                    f"{register}?{name}={value}" if name else "",
                )
                for value, label in choices
            ],
        )
        for caption, name, column, choices in kinds
    ]


def counted(actions, opened_at: int, at: int | None = None) -> list[tuple]:
    """(slug and name of the subgroup, rating, status, how many), now or as the ledger stood at a number.

    What was last reported before papers opened is an old rating, and no colour any more.
    """
    reported = ProgressUpdate.objects.filter(action=OuterRef("id")).order_by("-change_id")
    if at is not None:
        actions, reported = actions.as_at(at), reported.filter(change__lte=at)
    rows = actions.annotate(reported_in=Subquery(reported.values("change")[:1])).annotate(
        rated=Case(
            When(~Q(status__in=Action.OPEN), then=Value(CLOSED)),
            When(reported_in__lte=opened_at, then=Value(OLD)),
            default="rating",
        )
    )
    columns = ("subgroup__slug", "subgroup__name", "rated", "status")
    return list(rows.order_by().values_list(*columns).annotate(Count("id")))


def tally(counted: list[tuple], column: int) -> Counter:
    """The counts (the last of each row) added up by the values of one column."""
    total: Counter = Counter()
    for row in counted:
        total[row[column]] += row[-1]
    return total
