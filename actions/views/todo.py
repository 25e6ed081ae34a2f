"""The Business Manager's page: what to do next, in order, each with its button."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator, capfirst

from actions import findings, reporting
from actions.forms.endings import in_number
from actions.lineage import in_other_plan, in_two_plans
from actions.models import (
    Action,
    BusinessPlan,
    ExceptionReport,
    ExceptionStep,
    PlanDecision,
    ProgressUpdate,
    State,
)
from actions.models.plan import is_the_one_plan, live_plans
from actions.models.plan_decision import adoption_that_waits, group_that_adopts, listed
from actions.rules import RULES
from actions.views.homes import next_after_today, next_meetings
from gscp import clock
from gscp.dates import day_in_words
from gscp.drafts import Draft
from gscp.facts import fact
from gscp.pages import FirstRows
from gscp.permissions import may
from subgroups.checks import what_top_group_lacks
from subgroups.models import Group, Meeting, Partner, Partnership, Post, PostHolding, User
from subgroups.models.groups import groups_by_key

MOST = 10  # of a kind
# What is true of the register where a rule of it finds no action.
KEPT = {
    "no_date": "Each open action has a date or a review date.",
    "review_passed": "No review date of an open action has passed.",
    "no_owner": "Each open action is with a group that is in place.",
    "vacant": "Each open action has a post that leads it or chairs its group, and somebody holds it.",
    "no_evidence": "Each complete action has evidence that a meeting accepted.",
}


@dataclass(frozen=True)
class Task:
    what: str
    why: str
    button: str
    href: str
    page: str = ""  # of what it is about


@may("read")
def missing(request) -> HttpResponse:
    # Others read here what the Business Manager has to do.
    may_act = request.user.has_perm("keep_plan")
    facts, figures = missing_facts(), list(figures_to_confirm(request.user))
    waiting = [("Figures to be confirmed", figures)] if figures else []
    sections = [*facts["sections"], *waiting]
    context = facts | {"sections": sections, "may_act": may_act}
    context["drafts"] = Draft.objects.begun_by(request.user)
    return render(request, "actions/missing.html", context)


@fact
def missing_facts() -> dict[str, Any]:
    headed: list[tuple[str, Iterator[Task]]] = [
        ("Set up the partnership", first_steps()),
        ("Record who was there", attendance_to_record()),
        ("Not reported yet", reports_to_ask_for()),
        ("Posts nobody holds", posts_to_fill()),
        ("Groups without a coming meeting", meetings_to_call()),
        ("The register lacks", chain(open_in_two_plans(), register_to_mend())),
        ("The chair says this is not so: correct it", chain(decisions_to_correct(), reports_to_enter_anew())),
        ("Entered for a chair who has not confirmed it", confirmations_to_ask_for()),
        ("Sent back with a question, and not answered", answers_to_ask_for()),
        ("Impact to be checked", impact_to_ask_for()),
        ("Plans being drafted", drafts_to_finish()),
        ("Plans whose year is over", plans_to_close()),
    ]
    counts = findings.of_live_plans().counts()
    return {
        "sections": [(heading, tasks) for heading, found in headed if (tasks := list(found))],
        "top_group_lacks": what_top_group_lacks(),
        "kept": [sentence for name, sentence in KEPT.items() if not counts[name]] if live_plans() else [],
        "all_reported": not reporting.not_reported() and bool(reporting.reported()),
        "not_expected": len(reporting.not_expected()),
        "reported_late": reporting.reported_late(),
        "next_meetings": coming_meetings(),
    }


def coming_meetings() -> list[Meeting | None]:
    """Those for which actions are reported; after one of today the next of its group."""
    coming: list[Meeting | None] = []
    for meeting in next_meetings(reporting.groups_with_actions()):
        coming.append(meeting)
        if after := next_after_today(meeting):
            coming.append(after)
    return coming


def first_steps() -> Iterator[Task]:
    """What there has to be before a plan can be published; none of it once one is."""
    if BusinessPlan.objects.published().exists():
        return
    if not Partnership.objects.exists():
        why = "Its name stands at the top of every page."
        yield Task("The name of the partnership", why, "Name it", reverse("partnership"))
    why = "They are organisations, such as the council and the police."
    partners = Task("The partners", why, "Add a partner", reverse("partner_new"), reverse("partners"))
    groups = Group.objects.with_lines()
    why = "The first one is the top group. The others report to it." if not groups else ""
    adding = Task("The groups", why, "Add a group", reverse("group_new"), reverse("groups"))
    is_there = {partners: Partner.objects.exists(), adding: bool(groups)}
    yield from (task for task in is_there if not is_there[task])
    for group in groups:
        yield from first_steps_of(group)
    if groups and not Post.objects.filter(role=Post.Role.SCRUTINEER).exists():
        why = "There is no such post yet. Its holder reads the record, and cannot change it."
        href = f"{reverse('post_new')}?role={Post.Role.SCRUTINEER}"
        yield Task("The Independent Scrutineer", why, "Add the post", href, reverse("posts"))
    for task in is_there:
        if is_there[task]:
            yield replace(task, why="Some are on record. Add the others, if there are more.")
    yield first_plan()


def first_steps_of(group: Group) -> Iterator[Task]:
    page = reverse("group_detail", args=[group.slug])
    if group.decides() and not group.quorum_rule_in_words:
        why = "It is not on record which partners a meeting needs, so any meeting may decide."
        href = reverse("group_quorum", args=[group.slug])
        yield Task(f"Quorum of the {group}", why, "Record the quorum", href, page)
    if not group.ended_on and not group.posts.filter(role=Post.Role.CHAIR).exists():
        href = f"{reverse('post_new')}?group={group.slug}"
        yield Task(f"Chair of the {group}", "There is no such post yet.", "Add the post", href, page)


def first_plan() -> Task:
    draft = BusinessPlan.objects.drafts().first()
    if draft is None:
        why = "It begins as a draft. You write it here, or import its table."
        return Task("The first plan", why, "Make the draft", reverse("plan_new"), reverse("plans"))
    page, group = draft.get_absolute_url(), group_that_adopts()
    adopts = f"The {group} adopts it at a meeting" if group else "A meeting adopts it"
    return Task(str(draft), f"It is a draft. {adopts}, and its chair confirms that.", "Open it", page, page)


def named(action: Any) -> str:
    if action.plan is None:  # a measure
        return str(action)
    words = f"{action.ref} {action.title or Truncator(action.text).words(12)}"
    return words if is_the_one_plan(action.plan) else f"{words} ({action.plan})"


def attendance_to_record() -> Iterator[Task]:
    meetings = FirstRows(Meeting.objects.without_attendance().select_related("group"), MOST)
    for meeting in meetings:
        href = reverse("meeting_attendance", args=[meeting.group.slug, meeting.address])
        why = "Its decisions can be entered after that." if meeting.group.decides() else ""
        yield Task(str(meeting), why, "Record who was there", href, meeting.get_absolute_url())
    if meetings.has_more:
        yield Task("Other meetings lack it too", "", "All meetings", reverse("meetings"))


def reports_to_ask_for() -> Iterator[Task]:
    for row in reporting.groups_to_report():
        asked_of = f"Ask the {row.chair}." if row.chair else f"The {row.group} has no post of a chair."
        for action in row.first_actions:
            href = reverse("action_update", args=[action.plan.label, action.slug])
            yield Task(
                named(action),
                f"{asked_of} {row.group}.",
                "Enter it for the chair",
                href,
                action.get_absolute_url(),
            )
        if row.first_actions.has_more:
            more = row.count - len(row.first_actions)
            href = f"{row.first_actions[0].plan.get_absolute_url()}?group={row.group.slug}"
            yield Task(f"{more:,} more of the {row.group}", asked_of, "See them", href)


def posts_to_fill() -> Iterator[Task]:
    vacant = Post.objects.exclude(holdings__in=PostHolding.objects.held_on(clock.today()))
    for post in vacant:
        href = reverse("post_handover", args=[post.pk])
        yield Task(str(post), "Nobody holds this post.", "Record who holds it", href, post.get_absolute_url())


def meetings_to_call() -> Iterator[Task]:
    for group in Group.objects.in_place_on(clock.today()).exclude(meetings__in=Meeting.objects.upcoming()):
        href = f"{reverse('meeting_new')}?group={group.slug}"
        yield Task(str(group), "No coming meeting of it is recorded.", "Record a meeting", href)


def register_to_mend() -> Iterator[Task]:
    rules = [rule for rule in RULES if rule.of_register]
    rows = FirstRows(
        [row.action for row in findings.of_live_plans() if any(row.has(rule.name) for rule in rules)], MOST
    )
    for action in findings.shown(rows):
        lacks = [rule for rule in action.rules if rule.of_register]
        why, page = f"{'. '.join(rule.title for rule in lacks)}.", action.get_absolute_url()
        earlier, lacks_date = in_other_plan().get(action.pk), any(rule.name == "no_date" for rule in lacks)
        if lacks_date and earlier and earlier.due and earlier.plan.first_day < action.plan.first_day:
            why += " Its date comes when it is carried forward."
            yield Task(named(action), why, "Open the action", page, page)
        elif lacks_date:
            href = reverse("action_dates", args=[action.plan.label, action.slug])
            yield Task(named(action), why, "Set dates", href, page)
        elif any(rule.name == "review_passed" for rule in lacks):
            href = reverse("action_review", args=[action.plan.label, action.slug])
            yield Task(named(action), why, "Record a review", href, page)
        else:
            yield Task(named(action), why, "Open the action", page, page)
    if rows.has_more:
        yield Task("Other actions lack something too", "", "All that is off plan", reverse("off_plan"))


def open_in_two_plans() -> Iterator[Task]:
    for plan in live_plans():
        of_plan = [(old, copy) for old, copy in in_two_plans() if old.plan_id == plan.pk]
        for heading, is_open, why in (
            ("Open in two plans", True, "They count twice. Carry them forward, and they are one again."),
            ("Ended in the later plan, and still open", False, "A meeting has to decide how they end here."),
        ):
            # Once each: two later plans may have a copy.
            if refs := list(dict.fromkeys(old.ref for old, copy in of_plan if copy.is_open == is_open)):
                what = f"{heading}: {listed(refs)} of {plan.label}"
                href = reverse("plan_end", args=[plan.label])
                yield Task(what, why, "End the year", href, plan.get_absolute_url())


def decisions_to_correct() -> Iterator[Task]:
    steps = FirstRows(ExceptionStep.objects.to_correct(), MOST)
    for step in steps:
        page, day = step.report.get_absolute_url(), day_in_words(step.confirmation.change.clock)
        why = f"Said {day}: “{step.confirmation.why}” It is for the {step.group} to correct."
        yield Task(f"{step}: {named(step.action)}", why, "Open it", page, page)
    if steps.has_more:
        yield Task("Others wait too", "", "Asked and decided", reverse("exception_reports"))
    decisions = FirstRows(PlanDecision.objects.to_enter_anew().for_lists(), MOST)
    for decision in decisions:
        day = day_in_words(decision.confirmation.change.clock)
        why = (
            f"Said {day}: “{decision.why_not_so}” It is taken back. Enter what the {decision.group} decided."
        )
        yield Task(decision.named, why, "Enter it anew", where_entered(decision), decision.get_absolute_url())
    if decisions.has_more:
        yield Task("Other decisions about plans are not so", "", "Plans", reverse("plans"))


def where_entered(decision: PlanDecision) -> str:
    if amendment := decision.amendments.first():
        return reverse("action_edit", args=[decision.plan.label, amendment.action.slug])
    if outcome := decision.outcomes.first():
        return reverse("recommendation_outcome", args=[outcome.recommendation_id])
    if answers := decision.review_answers.first():
        return reverse("review_agree", args=[answers.driver_id])
    return reverse(FORMS[decision.kind], args=[decision.plan.label])


FORMS: dict[str, str] = {
    PlanDecision.Kind.PUBLICATION: "plan_publish",
    PlanDecision.Kind.AMENDMENT: "plan_bulk",
    PlanDecision.Kind.ADDITION: "action_new",
    PlanDecision.Kind.ENDING: "plan_end",
    PlanDecision.Kind.CLOSING: "plan_close",
}


def reports_to_enter_anew() -> Iterator[Task]:
    reported_on = Action.objects.open().filter(plan__status=BusinessPlan.Status.LIVE)
    updates = FirstRows(ProgressUpdate.objects.to_report_anew().filter(action__in=reported_on), MOST)
    for update in updates:
        action, day = update.action, day_in_words(update.confirmation.change.clock)
        why = f"Said {day}: “{update.confirmation.why}” It does not count any more."
        href = reverse("action_update", args=[action.plan.label, action.slug])
        yield Task(f"{update}: {named(action)}", why, "Enter what is so", href, action.get_absolute_url())
    if updates.has_more:
        yield Task("Other reports too", "", "Plans", reverse("plans"))


def answers_to_ask_for() -> Iterator[Task]:
    if not reporting.asked_about():
        return
    sent_back = ExceptionReport.objects.filter(state=State.RETURNED).select_related("action__plan")
    sent_back = sent_back.prefetch_related("steps__confirmation")
    reports = FirstRows(sent_back.order_by("pk"), MOST)
    for report in reports:
        page, doer = report.get_absolute_url(), groups_by_key()[report.about.group_id].acting_group()
        above = " or ".join(f"the {group}" for group in doer.decided_by())
        who = f"a chair of {above}" if report.after_check_id else f"the chair of the {doer}"
        why = f"Ask {who} to answer it, or to take it back."
        if denied := report.answer_not_so:
            why = f"The chair said of the answer entered for them: “{denied.confirmation.why}” {why}"
        yield Task(f"{report}: {named(report.about)}", why, "Open it", page, page)
    if reports.has_more:
        yield Task("Other questions too", "", "Asked and decided", reverse("exception_reports"))


def impact_to_ask_for() -> Iterator[Task]:
    reports = FirstRows(reporting.impact_overdue(), MOST)
    for report in reports:
        page, doer = report.get_absolute_url(), groups_by_key()[report.about.group_id].acting_group()
        above = " or ".join(f"the {group}" for group in doer.decided_by())
        why = f"{capfirst(report.outstanding)}. Ask a chair of {above} to check it."
        yield Task(f"{report}: {named(report.about)}", why, "Open it", page, page)
    if reports.has_more:
        yield Task("Others wait too", "", "Asked and decided", reverse("exception_reports"))


def drafts_to_finish() -> Iterator[Task]:
    group = group_that_adopts()
    for plan in BusinessPlan.objects.drafts():
        count = plan.actions.exclude(status=Action.Status.WITHDRAWN).count()
        adopted = adoption_that_waits(plan)
        what = f"Draft of {plan.label}: {in_number(count)}, {'adopted' if adopted else 'not yet adopted'}"
        counts_once = f"It counts once {f'the {group}' if group else 'a meeting'} adopts it."
        why = f"{adopted.state_in_words}." if adopted else counts_once
        yield Task(what, why, "Open the draft", plan.get_absolute_url(), plan.get_absolute_url())


def plans_to_close() -> Iterator[Task]:
    for plan in live_plans():
        if plan.year_is_over:
            open_ones = in_number(plan.actions.open().count())
            why = f"It ended on {day_in_words(plan.last_day)}. Still open: {open_ones}."
            href = reverse("plan_end", args=[plan.label])
            yield Task(str(plan), why, "End the year", href, plan.get_absolute_url())


def confirmations_to_ask_for() -> Iterator[Task]:
    updates = FirstRows(ProgressUpdate.objects.unconfirmed(), MOST)
    steps = FirstRows(ExceptionStep.objects.unconfirmed(), MOST)
    for entered in [*updates, *steps]:
        page = (entered.action if isinstance(entered, ProgressUpdate) else entered.report).get_absolute_url()
        day, chair = day_in_words(entered.change.clock), f"the chair of the {entered.group.acting_group()}"
        why = f"Entered {day}. Ask {chair} to confirm it."
        yield Task(f"{entered}: {named(entered.action)}", why, "Open it", page, page)
    decisions = FirstRows(PlanDecision.objects.waiting().for_lists(), MOST)
    for decision in decisions:
        page, why = decision.get_absolute_url(), f"Ask the chair of the {decision.group} to confirm it."
        yield Task(decision.named, why, "Open it", page, page)
    if decisions.has_more:
        yield Task("Other decisions about plans wait too", "", "Plans", reverse("plans"))
    if updates.has_more or steps.has_more:
        yield Task("Others wait too", "", "Asked and decided", reverse("exception_reports"))


def figures_to_confirm(user: User) -> Iterator[Task]:
    """Those that this user may confirm, and those that somebody else has to."""
    own = {group.pk: count for group, count in reporting.figures_to_confirm(user)}
    waiting: Counter[int] = Counter()
    for (key, _), count in reporting.unconfirmed_figures().items():
        waiting[key] += count
    for key, group in groups_by_key().items():
        page, count = reverse("scorecard", args=[group.slug]), own.get(key, 0)
        if count:
            href = reverse("readings_confirm", args=[group.slug])
            what = f"{figures_in_number(count)} of the {group}"
            yield Task(
                what, "Somebody else entered what you confirm.", "Confirm figures and changes", href, page
            )
        if waiting[key] > count:
            what = f"{figures_in_number(waiting[key] - count)} of the {group}"
            why = f"Ask somebody else with a post of the {group.acting_group()} to confirm."
            yield Task(what, why, "Open the scorecard", page, page)


def figures_in_number(count: int) -> str:
    return f"{count:,} figure{'' if count == 1 else 's'} or change{'' if count == 1 else 's'}"
