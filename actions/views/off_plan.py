"""What is off plan: the list with its reasons, and the rows of a group's page."""

from dataclasses import dataclass
from operator import attrgetter

from django.http import HttpResponse
from django.shortcuts import render

from actions import findings, reporting
from actions.deadlines import deadlines_of
from actions.filters import OffPlanFilter, chosen_rows
from actions.models import Action
from actions.rules import RULES
from actions.views.shared import attach_asked, attach_last_decisions
from gscp.facts import fact
from gscp.pages import FirstRows, page_of
from gscp.permissions import may
from subgroups.models import Group, Meeting

ROWS = 25  # of a group's page


@may("read")
def off_plan(request) -> HttpResponse:
    action_filter = OffPlanFilter(request.GET, Action.objects.none())
    page = page_of(request, [row.action for row in action_filter.chosen(findings.of_live_plans().off_plan())])
    page.object_list = off_plan_facts(tuple(page))
    context = {"filter": action_filter, "page": page, "last_closed": last_closed()}
    return render(request, "actions/off_plan.html", context)


@fact
def last_closed() -> list[Meeting]:
    """Those whose papers closed last, of each group to which actions are reported."""
    meetings = {deadlines_of(group).last_closed for group in reporting.groups_with_actions()}
    return sorted(filter(None, meetings), key=attrgetter("papers_close"), reverse=True)


@fact
def off_plan_facts(actions: tuple[int, ...]) -> list[Action]:
    shown = findings.shown(actions)
    findings.give_reasons(shown)
    return shown


@dataclass(frozen=True)
class Tile:
    """A count of actions, which filters the rows below it."""

    label: str
    query: str
    count: int
    is_chosen: bool


@fact
def tiles(group: Group | None, rule: str, asked: str, plan: str = "") -> list[Tile]:
    """Those off plan under a group, those on which nothing is asked, and those that each rule finds."""
    of_group = findings.of_plan(findings.of_live_plans().under(group.pk if group else None), plan)
    rows, counts = of_group.off_plan(), of_group.counts()
    asked_about = reporting.asked_about()
    unasked = sum(row.action not in asked_about for row in rows)
    base = f"?group={group.slug}" if group else "?"
    base += f"&plan={plan}" if plan else ""
    shown = [
        Tile("Off plan", base, len(rows), not (rule or asked)),
        Tile("Nothing asked", f"{base}&asked=no", unasked, asked == "no" and not rule),
    ]
    shown += [
        Tile(one.in_short, f"{base}&rule={one.name}", counts[one.name], rule == one.name)
        for one in RULES
        if counts[one.name]
    ]
    return shown if rows else []


@fact
def off_plan_rows(group: Group | None, rule: str, asked: str, plan: str = "") -> FirstRows:
    """The first actions of a group's page: those first of which nothing is asked, then by priority.

    Each has `why`, a few words for each rule that finds it, and `asked`, what waits for a decision on it.
    """
    rows = findings.of_live_plans().under(group.pk if group else None).off_plan()
    rows = chosen_rows(rows, rule, asked, plan)
    asked_about = reporting.asked_about()
    rows.sort(key=lambda row: row.action in asked_about)
    first = FirstRows([row.action for row in rows], ROWS)
    actions = findings.shown(first)
    attach_asked(actions)
    attach_last_decisions(actions)
    for action in actions:
        action.why = [rule.in_short for rule in action.rules]
    return first.shown_as(actions)
