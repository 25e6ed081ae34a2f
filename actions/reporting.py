"""What is due from whom, for the pages that say so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from actions import findings
from actions.deadlines import announced, meetings_reported_for
from actions.findings import ActionRow
from actions.lateness import days_late_for
from actions.models import (
    Action,
    ActionLead,
    Amendment,
    ExceptionReport,
    ExceptionStep,
    PlanDecision,
    ProgressUpdate,
    State,
)
from actions.models.chain import ENDED, MOVES_BY_NAME
from actions.models.lapsing import lapse_with_drafts
from actions.models.line import those_that_go_on
from gscp import clock
from gscp.facts import fact, fact_of
from gscp.pages import FirstRows
from gscp.permissions import CHAIRS
from subgroups.measure_changes import unconfirmed_acts
from subgroups.models import Group, Measure, Meeting, Post, PostHolding, Reading, User
from subgroups.models.groups import groups_by_key
from subgroups.register_numbers import may_confirm, unconfirmed_since
from subgroups.scorecard import RECORDS, scorecard_of

ACTIONS_NAMED = 10  # of each group that has not reported


@dataclass(frozen=True)
class GroupToReport:
    group: Group
    chair: Post | None  # the post that should report; None where the acting group has none
    count: int
    first_actions: FirstRows


def groups_with_actions() -> list[Group]:
    with_actions = {row.group for row in findings.of_live_plans()}
    return [group for key, group in groups_by_key().items() if key in with_actions]


def not_reported() -> list[ActionRow]:
    return [row for row in findings.of_live_plans() if row.has("due")]


def not_expected() -> list[ActionRow]:
    """Those without a report that were not open in a plan when papers closed for the coming meeting."""
    return [row for row in findings.of_live_plans() if row.has("not_expected")]


def reported() -> list[ActionRow]:
    rows = findings.of_live_plans()
    return [row for row in rows if row.has("open") and not row.has("due") and not row.has("not_expected")]


def reported_late() -> int:
    """How many reports for a coming meeting came after its papers had closed."""
    today, now = clock.today(), clock.now()
    closings = {
        key: [
            one.closing_entry for one in announced(of_group) if one.papers_close <= now and one.date >= today
        ]
        for key, of_group in meetings_reported_for().items()
    }
    closed = {key: min(entries) for key, entries in closings.items() if entries}
    if not closed:
        return 0
    since = min(closed.values())
    # Of each the group that was responsible when it was reported.
    group = Coalesce("first__change__group", "change__group")
    reports = ProgressUpdate.objects.since(since).annotate(of_group=group).filter(of_group__in=closed)
    made = Coalesce("first__change__clock", "change__clock"), Coalesce("first__change_id", "change_id")
    rows = reports.values_list("action", "of_group", *made)
    return sum(day is not None and day >= today for day in days_late_for(list(rows)))


def groups_to_report() -> list[GroupToReport]:
    keys: dict[int, list[int]] = defaultdict(list)
    for row in not_reported():
        keys[row.group].append(row.action)
    named = {key: FirstRows(of_group, ACTIONS_NAMED) for key, of_group in keys.items()}
    actions = Action.objects.in_bulk([action for first in named.values() for action in first])
    findings.share_rows(actions.values())
    # A vice-chair's where a group has no chair's: that one comes last, and stays.
    chairs = {post.group_id: post for post in Post.objects.filter(role__in=CHAIRS).order_by("-role", "-pk")}
    return [
        GroupToReport(
            group,
            chairs.get(group.acting_group().pk),
            len(keys[group.pk]),
            named[group.pk].shown_as(actions[action] for action in named[group.pk]),
        )
        for group in sorted(groups_by_key().values(), key=attrgetter("name"))
        if group.pk in keys
    ]


@fact_of("subgroups.postholding", "subgroups.post", "subgroups.user", "subgroups.group")
def chairs_today() -> dict[int, str]:
    """By the key of a group the post and the holder who speaks for it: its chair, or who acts for it."""
    held = PostHolding.objects.in_force_on(clock.today()).filter(post__role__in=CHAIRS)
    named: dict[int | None, str] = {}
    for one in held.select_related("post", "user").order_by("post__role", "pk"):  # a chair comes first
        words = f"{one.post}" if one.user.name == one.post.name else f"{one.post}, {one.user}"
        named.setdefault(one.post.group_id, words)
    acting = {key: group.acting_group().pk for key, group in groups_by_key().items()}
    return {key: named[by] for key, by in acting.items() if by in named}


def chair_of(group: Group) -> str:
    return chairs_today().get(group.pk, "")


def groups_acted_for(chaired: Sequence[Group]) -> list[Group]:
    """The groups whose chair somebody is or acts for today who chairs these."""
    return [group for group in groups_by_key().values() if group.acting_group() in chaired]


@fact_of("actions.exceptionreport")
def asked_about() -> frozenset[int]:
    """Keys of the actions on which a decision is asked for and not taken yet."""
    return frozenset(ExceptionReport.objects.undecided().values_list("action", flat=True))


@fact
def lapses_when() -> dict[int, str]:
    """Of requests, by their keys, that lapse when a draft is adopted: this in a sentence."""
    return {one.report.pk: one.in_words for one in lapse_with_drafts()} if asked_about() else {}


@fact_of("actions.exceptionreport", "actions.exceptionstep")
def decided_about() -> frozenset[int]:
    """Keys of the actions of which something was granted or refused, and stands as that."""
    steps = ExceptionStep.objects.granted_or_refused()
    return frozenset(steps.order_by().values_list("report__action", flat=True))


@fact_of(
    "actions.exceptionreport",
    "actions.exceptionstep",
    "actions.confirmation",
    "actions.plandecision",
    "actions.amendment",
)
def lists_with_rows() -> frozenset[str]:
    """Which of these lists may have rows, whoever looks: most are empty, and dear to put together for one."""
    lists: dict[str, QuerySet[Any]] = {
        "steps_to_confirm": ExceptionStep.objects.unconfirmed(),
        "decisions_to_correct": ExceptionStep.objects.filter(confirmation__is_so=False),
        "plan_decisions_to_confirm": PlanDecision.objects.waiting(),
        "impact_to_check": with_impact_due(),
        "decided": ExceptionReport.objects.filter(state__in=ENDED),
        "changed": Amendment.objects.slips_or_in_force(),
    }
    return frozenset(name for name, rows in lists.items() if rows.order_by().exists())


def led_actions(posts: Sequence[Post]) -> set[int]:
    """Keys of the actions that these posts lead. A post leads once its group is in place."""
    in_place = [post for post in posts if post.group and post.group.is_in_place()]
    return set(ActionLead.objects.filter(ended_on=None, post__in=in_place).values_list("action", flat=True))


def of_reporter(
    rows: Iterable[ActionRow], chaired: Sequence[Group], posts: Sequence[Post]
) -> list[ActionRow]:
    """Those on which somebody reports who chairs these groups or holds these posts."""
    keys = {group.pk for group in groups_acted_for(chaired)}
    led = led_actions(posts)
    return [row for row in rows if row.group in keys or row.action in led]


def count_from(rows: Iterable[ActionRow], user: User) -> int:
    return len(of_reporter(rows, user.chaired_groups, user.posts))


@fact
def count_to_report(chaired: tuple[Group, ...], posts: tuple[Post, ...], plan: str) -> int:
    """On how many actions somebody has still to report who chairs these groups and holds these posts."""
    rows = findings.of_plan([*not_reported(), *not_expected()], plan)
    return len(of_reporter(rows, chaired, posts)) if rows else 0


@fact
def reports_of_measures() -> dict[int, list[ExceptionReport]]:
    """By measure what waits for a decision about it, or else what was asked last."""
    reports: dict[int, list[ExceptionReport]] = defaultdict(list)
    for report in ExceptionReport.objects.exclude(measure=None).for_pages():
        reports[report.measure_id].append(report)
    return {
        measure: [one for one in asked if one.is_undecided] or [max(asked, key=attrgetter("pk"))]
        for measure, asked in reports.items()
    }


def steps_to_confirm(chaired: Sequence[Group]) -> QuerySet[ExceptionStep]:
    """What was entered for a chair of these: decisions of their meetings, and what they asked or answered."""
    if "steps_to_confirm" not in lists_with_rows():
        return ExceptionStep.objects.none()
    mine = groups_acted_for(chaired)
    asked = Q(meeting=None, change__group__in=[group.pk for group in mine])
    return ExceptionStep.objects.unconfirmed().filter(Q(meeting__group__in=mine) | asked)


@fact_of(
    "actions.action", "actions.actionending", "actions.businessplan", "actions.confirmation",
    "actions.exceptionreport", "actions.exceptionstep", "actions.plandecision", "actions.progressupdate",
    "actions.successor",
)  # fmt: skip
def reported_for_chairs() -> dict[int, str]:
    """By action that the report which says its rating waits for its chair."""
    is_later: dict[str, Any] = {"reported_in__gt": OuterRef("reported_in")}  # mypy knows no annotation
    later = ProgressUpdate.objects.standing().filter(action=OuterRef("action"), nil_return=False, **is_later)
    reported = ProgressUpdate.objects.unconfirmed().filter(~Exists(later), nil_return=False)
    rows = list(reported.order_by().values_list("action", Coalesce("first__change_id", "change_id")))
    # It is said of those that have gone on with the action, too, until there is a report on one of them.
    on = {action: those_that_go_on(action, entry) for action, entry in rows}
    keys = set().union(*on.values())
    reports = ProgressUpdate.objects.standing().filter(action__in=keys, nil_return=False).order_by()
    reported_since = set(reports.values_list("action", flat=True)) if keys else set()
    said = "It was entered for the chair, and is not confirmed yet."
    return dict.fromkeys([*on, *(keys - reported_since)], said)


@fact_of(
    "actions.action", "actions.businessplan", "actions.confirmation", "actions.exceptionreport",
    "actions.exceptionstep",
)  # fmt: skip
def decided_for_chairs() -> dict[int, str]:
    """By action that a decision on it waits for its chair, or that its chair says that it is not so."""
    decided = ExceptionStep.objects.unconfirmed().exclude(meeting=None).exclude(report__action=None)
    said = dict.fromkeys(
        decided.order_by().values_list("report__action", flat=True),
        "A decision was entered for the chair, and is not confirmed yet.",
    )
    denied = ExceptionStep.objects.to_correct().exclude(report__action=None)
    return said | dict.fromkeys(
        denied.order_by().values_list("report__action", flat=True),
        "The chair says that a decision is not so as it was entered.",
    )


def decisions_to_correct(chaired: Sequence[Group]) -> QuerySet[ExceptionStep]:
    if "decisions_to_correct" not in lists_with_rows():
        return ExceptionStep.objects.none()
    return ExceptionStep.objects.to_correct().filter(meeting__group__in=chaired)


def plan_decisions_to_confirm(chaired: Sequence[Group]) -> QuerySet[PlanDecision]:
    if "plan_decisions_to_confirm" not in lists_with_rows():
        return PlanDecision.objects.none()
    waiting = PlanDecision.objects.waiting().for_lists()
    return waiting.filter(meeting__group__in=groups_acted_for(chaired))


def decisions_to_agree(user: User) -> list[ExceptionReport]:
    """What the top group decided about its own, and is not in force until this user agrees to it."""
    if not any(post.group and post.group.is_top for post in user.posts):
        return []
    agree = MOVES_BY_NAME["agree"]
    return [one for one in to_agree() if one.allows(agree) and user.has_perm(agree.permission, one)]


@fact
def to_agree() -> list[ExceptionReport]:
    """Those on which the top group decided about its own action, and no other post has agreed yet."""
    decided = ExceptionStep.objects.filter(provisional=True, needs_agreement=True).order_by()
    waiting = ExceptionReport.objects.undecided_or_provisional().filter(pk__in=decided.values("report"))
    reports = [one for one in waiting.for_pages() if one.waits_for_agreement]
    keys = {one.provisional_decision.meeting_id for one in reports}
    meetings = Meeting.objects.with_attendance().in_bulk(keys) if keys else {}
    for one in reports:
        one.provisional_decision.meeting = meetings[one.provisional_decision.meeting_id]
    return reports


def with_impact_due() -> QuerySet[ExceptionReport]:
    return ExceptionReport.objects.with_outstanding().filter(impact_check_on__lte=clock.today())


def impact_overdue() -> QuerySet[ExceptionReport]:
    """Completions whose impact was to be checked before today."""
    if "impact_to_check" not in lists_with_rows():
        return ExceptionReport.objects.none()
    overdue = with_impact_due().filter(impact_check_on__lt=clock.today())
    return overdue.select_related("action__plan").order_by("impact_check_on", "pk")


def impact_to_check(chaired: Sequence[Group]) -> QuerySet[ExceptionReport]:
    """Completions whose impact was to be checked by today, for a chair of these who may check it."""
    if "impact_to_check" not in lists_with_rows():
        return ExceptionReport.objects.none()
    impact_due = with_impact_due().filter(action__group__in=doers_below(chaired))
    return for_checks(impact_due)


def doers_below(groups: Sequence[Group]) -> list[Group]:
    """The groups whose actions these check the impact of."""
    return [
        doer
        for doer in groups_by_key().values()
        if any(above in groups for above in doer.acting_group().decided_by())
    ]


def for_checks(completions: QuerySet[ExceptionReport]) -> QuerySet[ExceptionReport]:
    rows = completions.select_related("action__plan", "impact_check_measure")
    return rows.prefetch_related("steps__change").order_by("impact_check_on", "pk")


def impact_due_by(meeting: Meeting) -> QuerySet[ExceptionReport]:
    """Completions whose impact is to be checked by the day of this meeting, of whom its group checks."""
    completions = ExceptionReport.objects.with_outstanding().filter(impact_check_on__lte=meeting.date)
    return for_checks(completions.filter(action__group__in=doers_below([meeting.group])))


def checks_sent_back(chaired: Sequence[Group]) -> QuerySet[ExceptionReport]:
    """What a check of the impact asked and a group sent back with a question, for who checks."""
    sent_back = ExceptionReport.objects.filter(state=State.RETURNED).exclude(after_check=None)
    return sent_back.filter(action__group__in=doers_below(chaired)).select_related("action__plan")


@fact_of(*RECORDS)
def unconfirmed_figures() -> Counter[tuple[int, frozenset[int]]]:
    """How many figures nobody has confirmed yet, by the group and by who typed them.

    A line of a register is one, whatever numbers it has. So is what one person changed in a measure.
    """
    readings = Reading.objects.standing().filter(confirmed_by=None).order_by()
    by_group = readings.values_list("measure__group", "entered_by")
    found = Counter((group, frozenset([by])) for group, by in by_group)
    found.update((line.group_id, frozenset(since.writers)) for line, since in unconfirmed_since())
    changed = dict(Measure.objects.exclude(changed_on=None).order_by().values_list("pk", "group"))
    for measure, acts in unconfirmed_acts(changed).items():
        found.update((changed[measure], frozenset([by] if by else [])) for by in {act.by for act in acts})
    return found


def figures_to_confirm(user: User) -> list[tuple[Group, int]]:
    """Of each scorecard how many figures this user may confirm: those that somebody else entered."""
    found = []
    for key, group in groups_by_key().items():
        counts = [
            count for (of, by), count in unconfirmed_figures().items() if of == key and may_confirm(user, by)
        ]
        if counts and user.has_perm("confirm_readings", scorecard_of(group)):
            found.append((group, sum(counts)))
    return found
