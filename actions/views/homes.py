"""The pages that posts land on, each one screen of what matters to it, and the lists a click away."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import Max, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from actions import findings, reporting
from actions.deadlines import deadlines_of
from actions.filters import OffPlanFilter, ReportFilter
from actions.findings import RATINGS, STATUSES, ActionRow
from actions.forms.readings import lines_to_enter, missing_elsewhere
from actions.measure_rules import awaited_from_registers, measures_found
from actions.models import (
    Action,
    ActionEnding,
    Amendment,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    Rating,
    State,
)
from actions.models.action import STATUSES as STATUSES_OF_ACTIONS
from actions.models.chain import ENDED, LAPSE
from actions.models.plan import live_plans
from actions.views.off_plan import off_plan_rows, tiles
from actions.views.shared import (
    actions_of,
    actions_shown,
    attach_asked,
    attach_last_decisions,
    for_top_group,
    measures_under,
)
from gscp import clock
from gscp.components import Bar
from gscp.drafts import Draft
from gscp.facts import fact
from gscp.pages import FirstRows, page_of
from gscp.permissions import may
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Group, Meeting, Post, TrainingEvent, User
from subgroups.models.groups import groups_by_key
from subgroups.periods import Frequency, Period
from subgroups.scorecard import all_series

OLD = "old"  # beside the ratings
STEP_OF = "report__action__plan"
ON_DASHBOARD = 10  # rows of a list
DECIDED_DAYS = 30  # for which the page of who asked tells what became of it
Groups = tuple[Group, ...]


@may("read")
def exceptions(request) -> HttpResponse:
    """The page of a deciding group below the top one."""
    group, plan = group_shown(request), plan_shown(request)
    facts = exceptions_facts(group, tuple(request.user.chaired_groups), plan)
    chosen = OffPlanFilter(request.GET, Action.objects.none())
    context = {
        "one_plan": plan,
        "charts": charts(facts["tallies"], plan) if facts["tallies"] else [],
        "filter": chosen,
        "query": request.GET.urlencode(),
        "may_decide": may_enter_decisions(request.user, group),
        "to_report": to_report(request.user, group, plan),
    }
    if chosen.is_valid():
        chosen_by = group, *(request.GET.get(name, "") for name in ("rule", "asked", "plan"))
        context |= {"tiles": tiles(*chosen_by), "off_plan": off_plan_rows(*chosen_by)}
    context["drafts"] = Draft.objects.begun_by(request.user)
    return render(request, "actions/exceptions.html", facts | context)


@fact
def exceptions_facts(group: Group | None, chaired: Groups, plan: str) -> dict[str, Any]:
    asked = rows_of_plan(ExceptionReport.objects.waiting_for(group), plan)
    return {
        "group": group,
        "deadlines": deadlines_of(group),
        "asked_query": asked_query(group),
        "asked": FirstRows(asked.for_pages() if reporting.asked_about() else (), ON_DASHBOARD),
        "meeting": Meeting.objects.of(group).today_or_next() if group else None,
        "today": clock.today(),
        "measures": measures_under(group),
        "tallies": tallies(group, plan) if findings.of_live_plans() else None,
    } | for_chair(chaired, plan)


def for_chair(chaired: Groups, plan: str) -> dict[str, Any]:
    """What waits for a chair's own word."""
    decisions = reporting.plan_decisions_to_confirm(chaired)
    return {
        "unconfirmed": FirstRows(rows_of_plan(reporting.steps_to_confirm(chaired), plan, STEP_OF)),
        "plan_decisions": FirstRows(rows_of_plan(decisions, plan, "plan")),
        "not_so": FirstRows(rows_of_plan(reporting.decisions_to_correct(chaired), plan, STEP_OF)),
        "to_check": FirstRows(rows_of_plan(reporting.impact_to_check(chaired), plan)),
        "sent_back": list(rows_of_plan(reporting.checks_sent_back(chaired), plan)),
    }


def plan_shown(request: HttpRequest) -> str:
    """The label of the live plan that the address names, or "": all of them."""
    label = request.GET.get("plan", "")
    return label if label in [plan.label for plan in live_plans()] else ""


def rows_of_plan(rows: Any, label: str, path: str = "action__plan") -> Any:
    """Rows of a query, of this plan alone if there is a label."""
    return rows.filter(**{f"{path}__label": label}) if label else rows


def may_enter_decisions(user: User, group: Group | None) -> bool:
    """Whether this user enters what the group decides; nobody does who looks back."""
    is_chair = group in user.chaired_groups and clock.looked_back_to.get() is None
    return is_chair or user.has_perm("keep_meetings")


def to_report(user: User, group: Group | None, plan: str) -> int:
    """On how many actions this user has still to report, where the page is that of a group they chair."""
    if group not in user.chaired_groups:
        return 0
    return reporting.count_to_report(tuple(user.chaired_groups), tuple(user.posts), plan)


def asked_query(group: Group | None) -> str:
    # Of the list of exception reports: those that wait for this group.
    return f"?state={State.WAITING}&with_group={group.slug}" if group else ""


def group_shown(request) -> Group | None:
    """The deciding group that the address names, or the reader's own, or the first one below the top."""
    deciding = [group for group in groups_by_key().values() if group.decides()]
    named = [group for group in deciding if group.slug == request.GET.get("group")]
    own = [group for group in deciding if group in request.user.chaired_groups]
    below = [group for group in deciding if not group.is_top]
    return next(iter([*named, *own, *below, *deciding]), None)


@may("read")
def exception_reports(request) -> HttpResponse:
    report_filter = ReportFilter(request.GET, ExceptionReport.objects.for_pages())
    page = page_of(request, report_filter.qs)
    return render(request, "actions/exception_reports.html", {"filter": report_filter, "page": page})


@may("read")
def decisions(request) -> HttpResponse:
    """The top group's page."""
    top, plan = Group.objects.top(), plan_shown(request)
    facts = decisions_facts(top, tuple(request.user.chaired_groups), plan)
    context = {"may_decide": may_enter_decisions(request.user, top), "one_plan": plan}
    context["to_report"] = to_report(request.user, top, plan)
    context["drafts"] = Draft.objects.begun_by(request.user)
    return render(request, "actions/decisions.html", facts | context)


@fact
def decisions_facts(top: Group | None, chaired: Groups, plan: str) -> dict[str, Any]:
    waiting = rows_of_plan(ExceptionReport.objects.waiting_for(top).for_pages(), plan)
    asked = FirstRows(waiting, ON_DASHBOARD)
    rows = findings.of_plan(findings.of_live_plans().off_plan(), plan)
    first_actions = actions_shown(for_top_group(rows, top) if top else [], ON_DASHBOARD)
    findings.give_reasons(first_actions)
    findings.complete(actions_of(asked))
    attach_asked(first_actions)
    attach_last_decisions([*actions_of(asked), *first_actions])
    meeting = Meeting.objects.of(top).today_or_next() if top else None
    return {
        "top": top,
        "asked_query": asked_query(top),
        "asked": asked,
        "off_plan": first_actions,
        "meeting": meeting,
        "measures": measures_under(top),
        "today": clock.today(),
    } | for_chair(chaired, plan)


@may("read")
def due(request) -> HttpResponse:
    """The page of who reports: a chair, or who holds a post that leads an action."""
    who = tuple(request.user.chaired_groups), tuple(request.user.posts)
    drafts = Draft.objects.begun_by(request.user)
    context = due_facts(*who, plan_shown(request)) | {
        "drafts": drafts,
        "begun": {draft.path for draft in drafts},
        "figures_to_confirm": reporting.figures_to_confirm(request.user),
    }
    return render(request, "actions/due.html", context)


@fact
def due_facts(chaired: Groups, posts: tuple[Post, ...], plan: str) -> dict[str, Any]:
    mine = reporting.groups_acted_for(chaired)
    led = reporting.led_actions(posts)
    own = Q(action__group__in=mine) | Q(action__in=led)
    own |= Q(measure__group__in=mine) | Q(measure__supplied_by__in=posts)
    reports = rows_of_plan(ExceptionReport.objects.filter(own), plan)
    unconfirmed = ProgressUpdate.objects.unconfirmed().filter(change__group__in=[one.pk for one in mine])
    steps = reporting.steps_to_confirm(chaired)
    not_reported, not_expected, reported = (
        reporting.of_reporter(findings.of_plan(rows, plan), chaired, posts)
        for rows in (reporting.not_reported(), reporting.not_expected(), reporting.reported())
    )
    return {
        "in_short": in_short(not_reported, not_expected, reported)
        or [InShort(one) for one in next_meetings(mine or chaired or reporting.groups_with_actions())],
        "returned": FirstRows(reports.filter(state=State.RETURNED, after_check=None).for_pages()),
        "not_reported": actions_shown(not_reported),
        "not_expected": actions_shown(not_expected),
        "reported": actions_shown(reported),
        "granted_not_done": FirstRows(reports.with_outstanding().for_pages()),
        "decided": decided_lately(reports),
        "changed": changed_lately(mine, led, plan),
        "asked": FirstRows(reports.undecided().exclude(state=State.RETURNED).for_pages()),
        "unconfirmed": FirstRows(rows_of_plan(unconfirmed, plan)),
        "to_enter": figures_to_enter(mine, posts),
        "measures": [one for one in measures_found() if one.measure.group in mine],
        "impact_to_ask": impact_to_ask(mine),
        "from_registers": awaited_from_registers(mine),
        "requests_unconfirmed": FirstRows(rows_of_plan(steps.filter(meeting=None), plan, STEP_OF)),
        "not_in_place": [group for group in chaired if not group.is_in_place()],
        "acting_for": [group for group in mine if group not in chaired],
    }


def impact_to_ask(mine: Iterable[Group]) -> list[TrainingEvent]:
    """The training of these groups whose impact is to be asked about now, the earliest first."""
    held = TrainingEvent.objects.filter(group__in=[one.pk for one in mine]).order_by("held_on", "pk")
    return [event for event in held.prefetch_related("places") if event.impact_is_due]


@dataclass(frozen=True)
class ToEnter:
    """How many figures of a scorecard are to be entered, by when, and how many of earlier periods."""

    group: Group
    count: int
    due: date
    earlier: int
    months: list[tuple[Period, str]]  # each with the address of its form


def figures_to_enter(mine: Iterable[Group], posts: tuple[Post, ...]) -> list[ToEnter]:
    """Of each group of these all figures, and of others those of measures that these posts supply."""
    found, last = [], Period.holding(clock.today(), Frequency.MONTH).before()
    measures = [series.measure for of_group in all_series().values() for series in of_group]
    supplied = [one.group for one in measures if one.supplied_by in posts]
    for group in dict.fromkeys([*mine, *supplied]):
        lines, missing = lines_to_enter(group), missing_elsewhere(group, clock.today())
        if group not in mine:
            lines, missing = [line for line in lines if line.measure.supplied_by in posts], []
        if lines or missing:
            due = min((line.measure.due_on(line.period) for line in lines), default=clock.today())
            months = [*([last] if lines else []), *(month for month, _ in missing)]
            addresses = [
                (month, reverse("readings_of_month", args=[group.slug, f"{month.first_day:%Y-%m}"]))
                for month in months
            ]
            earlier = sum(count for _, count in missing)
            found.append(ToEnter(group, len(lines), due, earlier, addresses))
    return found


def decided_lately(reports: QuerySet[ExceptionReport]) -> FirstRows:
    """The step by which each was decided or lapsed in the last weeks: who asked is told what became of it."""
    if "decided" not in reporting.lists_with_rows():
        return FirstRows([])
    since = clock.today() - timedelta(days=DECIDED_DAYS)
    ends = Q(steps__move=LAPSE) | Q(steps__meeting__isnull=False, steps__provisional=False)
    ended = reports.filter(state__in=ENDED).order_by().annotate(last=Max("steps", filter=ends))
    steps = ExceptionStep.objects.filter(pk__in=ended.values("last"), change__clock__date__gte=since)
    steps = steps.select_related(
        "change", "confirmation", "meeting__group", "to_group", "points_to", "report__action__plan"
    )
    endings = Prefetch("report__action__endings", ActionEnding.objects.not_taken_back().for_pages())
    return FirstRows(steps.prefetch_related(endings).order_by("-pk"))


def changed_lately(mine: Iterable[Group], led: Iterable[int], plan: str) -> FirstRows:
    """What was changed in the words of their actions in the last weeks: slips, and as meetings agreed."""
    if "changed" not in reporting.lists_with_rows():
        return FirstRows([])
    groups = [one.pk for one in mine]
    theirs = Q(action__group__in=groups) | Q(change__group__in=groups) | Q(action__in=led)
    changed = Amendment.objects.since(clock.today() - timedelta(days=DECIDED_DAYS)).filter(theirs)
    changed = changed.select_related("decision__confirmation__change")
    return FirstRows(rows_of_plan(changed.for_pages(), plan).order_by("-pk"))


@dataclass(frozen=True)
class InShort:
    """Of one coming meeting, or None: how many actions are still to be reported for it, and how many are.

    Those not expected were not open in a plan when its papers closed, and nobody has reported on them.
    """

    meeting: Meeting | None
    to_report: int = 0
    not_expected: int = 0
    reported: int = 0

    @property
    def after(self) -> Meeting | None:
        return next_after_today(self.meeting)


def next_after_today(meeting: Meeting | None) -> Meeting | None:
    """After a meeting of today the next one of its group, if any."""
    if not (meeting and meeting.is_today):
        return None
    return Meeting.objects.upcoming().filter(group=meeting.group_id).select_related("group").first()


def in_short(*rows: list[ActionRow]) -> list[InShort]:
    """For each coming meeting how many of each of these rows there are, in the order of InShort."""
    counts = [Counter(deadlines_of(groups_by_key()[row.group]).next_meeting for row in some) for some in rows]
    meetings = sorted(set().union(*counts), key=lambda one: one.date if one else date.max)
    return [InShort(one, *(of_some[one] for of_some in counts)) for one in meetings]


def next_meetings(groups: Iterable[Group]) -> list[Meeting | None]:
    """Those for which the actions of these groups are reported, or None."""
    coming = {deadlines_of(group).next_meeting for group in groups}
    return sorted(filter(None, coming), key=attrgetter("date")) or [None]


Tally = tuple[Counter[int], Counter[str], Counter[str]]  # by group, rating and status


@fact
def tally(group: int | None, plan: str) -> Tally:
    """How many actions below a group: of each group; of each status; open ones of each rating.

    Of all plans together, one that was carried forward is counted where it goes on.
    """
    by_group, by_rating, by_status = tallies = Counter[int](), Counter[str](), Counter[str]()
    rows = findings.of_live_plans().under(group)
    if plan:  # which may not have been live at the last meeting
        is_live = plan in [one.label for one in live_plans()]
        rows = findings.of_plan(rows, plan) if is_live else findings.Findings()
    for row in rows:
        if not plan and STATUSES[row.status] == Action.Status.CARRIED_FORWARD:
            continue
        by_group[row.group] += 1
        by_status[STATUSES[row.status]] += 1
        if row.has("open"):
            by_rating[OLD if row.has("old") else RATINGS[row.rating]] += 1
    return tallies


def tallies(group: Group | None, plan: str) -> tuple[Tally, Tally | None]:
    """The tally of now and, where the group has met, that of the last meeting as its papers had it."""
    key, deadlines = group.pk if group else None, deadlines_of(group)
    if not deadlines.last_held:
        return tally(key, plan), None
    with looking_back(Past(deadlines.last_held.papers_close, deadlines.last_held_closing_entry)):
        then = tally(key, plan)
    return tally(key, plan), then


def charts(counted: tuple[Tally, Tally | None], plan: str) -> list[tuple[str, list[Bar]]]:
    """Actions by group and by status, and open ones by rating: caption and bars."""
    now, then = counted
    plans = [one for one in live_plans() if plan in ("", one.label)]
    of_groups = now[0] + then[0] if then else now[0]
    groups = [(key, group.slug, group.name) for key, group in groups_by_key().items() if key in of_groups]
    ratings = [*Rating.choices, ("", "Not rated"), (OLD, "No report since")]
    described: list[tuple[str, str, list[tuple[Any, str, str]]]] = [
        ("Actions by group", "group", sorted(groups, key=itemgetter(2))),
        ("Open actions by rating", "", [(value, value, label) for value, label in ratings]),
        ("Actions by status", "status", [(v, v, label) for v, label in STATUSES_OF_ACTIONS]),
    ]
    # Of several plans, no one register has all actions that a bar counts.
    register = plans[0].get_absolute_url() if len(plans) == 1 else ""
    return [
        (
            caption,
            [
                Bar(
                    label,
                    now[place][key],
                    then and then[place][key],
                    f"{register}?{name}={value}" if name and register else "",
                )
                for key, value, label in choices
            ],
        )
        for place, (caption, name, choices) in enumerate(described)
    ]
