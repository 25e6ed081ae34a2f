"""The pages that posts land on: what each of them must look at first."""

from django.db.models import Count
from django.shortcuts import render

from actions import rules
from actions.filters import ExceptionFilter
from actions.models import ProgressUpdate, Rating, not_reported_since
from actions.rules import Reporting
from actions.views.shared import by_urgency, current_actions, explained, some
from gscp import clock
from gscp.permissions import may
from subgroups.models import Meeting, Post, PostHolding, Subgroup


@may("read")
def exception_list(request):
    """The Management Group's page: what is off plan, why, and how much of it there is."""
    reporting = Reporting.now()
    actions = current_actions(request.user)
    shown = ExceptionFilter(request.GET, rules.exceptions(actions.for_pages(), reporting))
    off_plan = actions.filter(pk__in=rules.exceptions(actions, reporting).values("pk"))
    return render(
        request,
        "actions/exception_list.html",
        {
            "filter": shown,
            "page": explained(request, shown.qs.order_by(*by_urgency()), reporting),
            "counts": rules.counts(rules.exceptions(actions, reporting)),
            "by_subgroup": by_subgroup_and_rating(off_plan),
            "ratings": [*Rating.labels, "Not rated"],
            "reporting": reporting,
        },
    )


@may("read")
def decisions(request):
    """The Executive's page: what is off plan among what only the Executive decides."""
    reporting = Reporting.now()
    off_plan = rules.exceptions(current_actions(request.user).for_pages(), reporting)
    page = explained(request, off_plan.for_executive().order_by(*by_urgency()), reporting)
    meeting = Meeting.objects.filter(subgroup__tier=Subgroup.Tier.EXECUTIVE).next_to_close(clock.now())
    return render(request, "actions/decisions.html", {"page": page, "meeting": meeting})


@may("read")
def due(request):
    """A chair's page: what is due from my subgroups before papers close."""
    reporting = Reporting.now()
    bodies = Subgroup.objects.select_related("reports_to__reports_to")
    mine = [body for body in bodies if body.acting_body() in request.user.chaired]
    actions = current_actions(request.user).open().for_pages().filter(subgroup__in=mine)
    return render(
        request,
        "actions/due.html",
        {
            "due": some(actions.filter(not_reported_since(reporting.closed_at))),
            "reported": some(actions.exclude(not_reported_since(reporting.closed_at))),
            "unconfirmed": some(ProgressUpdate.objects.unconfirmed().filter(action__in=actions.values("pk"))),
            "waiting": [body for body in request.user.chaired if not body.in_place()],
            "acting_for": [body for body in mine if body not in request.user.chaired],
            "meeting": Meeting.objects.reported_to().next_to_close(clock.now()),
        },
    )


@may("read")
def missing(request):
    """The Business Manager's page: what the register lacks."""
    reporting = Reporting.now()
    examined = rules.examined(current_actions(request.user).for_pages(), reporting)
    gaps = [
        (rules.BY_NAME[name], some(examined.filter(**{f"is_{name}": True})))
        for name in ("silent", "no_date", "no_owner")
    ]
    held = PostHolding.objects.on(clock.today())
    return render(
        request,
        "actions/missing.html",
        {
            "gaps": gaps,
            "unconfirmed": some(ProgressUpdate.objects.unconfirmed()),
            "vacant": Post.objects.exclude(holdings__in=held),
            "reporting": reporting,
            "meeting": Meeting.objects.reported_to().next_to_close(clock.now()),
        },
    )


def by_subgroup_and_rating(actions) -> list[tuple[str, list[int], int]]:
    """For each subgroup its name, how many actions have each rating (the last: none), and how many in all."""
    ratings = [*Rating.values, ""]
    rows: dict[str, list[int]] = {}
    for name, rating, number in (
        actions.values_list("subgroup__name", "rating").annotate(Count("pk")).order_by("subgroup__name")
    ):
        rows.setdefault(name, [0] * len(ratings))[ratings.index(rating)] = number
    return [(name, numbers, sum(numbers)) for name, numbers in rows.items()]
