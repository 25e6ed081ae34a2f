"""Meetings: what a group has to decide, what changed since it last met, and what it decided."""

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import make_aware

from actions import findings, reporting
from actions.forms.meetings import AttendanceForm, MeetingForm
from actions.models import Action, BusinessPlan, ExceptionReport, ExceptionStep, PlanDecision
from actions.models.began_later import tell_what_began_later
from actions.models.own_decision import why_not_entered
from actions.models.plan_decision import group_that_adopts
from actions.views.shared import (
    actions_of,
    actions_shown,
    attach_last_decisions,
    attach_priorities_when_asked,
    for_top_group,
    measures_under,
)
from gscp import clock
from gscp.facts import fact
from gscp.pages import FirstRows, form_page, form_sent
from gscp.permissions import may
from gscp.record import Change, history_of
from gscp.widgets import DateParts
from subgroups.models import Group, Meeting

ON_AGENDA = 10  # actions off plan


def meeting_of(slug: str, address: str) -> Meeting:
    return Meeting.objects.with_attendance().find(slug, address)


@fact
def meeting_to_read(slug: str, address: str) -> Meeting:
    # Kept, so never given to a form, which may change it.
    return meeting_of(slug, address)


@may("read")
def meeting_list(request) -> HttpResponse:
    meetings = Meeting.objects.with_attendance()
    return render(
        request,
        "actions/meeting_list.html",
        {
            "coming": meetings.upcoming(),
            "begun": meetings.begun(),
            "called_off": meetings.filter(called_off=True),
            "may_keep": request.user.has_perm("keep_meetings"),
        },
    )


@may("keep_meetings", has_form=True)
def meeting_new(request) -> HttpResponse:
    # Among those read: no database takes every character that an address may have.
    group = next((one for one in Group.objects.all() if one.slug == request.GET.get("group")), None)
    return meeting_form(request, MeetingForm, Meeting(group=group))


@may("keep_meetings", meeting_of, has_form=True)
def meeting_edit(request, meeting) -> HttpResponse:
    return meeting_form(request, MeetingForm, meeting)


@may("keep_meetings", meeting_of, has_form=True)
def meeting_attendance(request, meeting) -> HttpResponse:
    return meeting_form(request, AttendanceForm, meeting)


def meeting_form(request, form_class: type[MeetingForm | AttendanceForm], meeting: Meeting) -> HttpResponse:
    recorded = meeting if meeting.pk else None  # a new one has no page to go back to
    form = form_sent(form_class, request, subject=meeting)
    options = {"to": meeting, "cancel": recorded or "meetings", "meeting": recorded}
    return form_page(request, form, "actions/meeting_form.html", **options)


@may("read", meeting_to_read)
def meeting_detail(request, meeting) -> HttpResponse:
    user, facts = request.user, meeting_facts(meeting)
    asked = facts["asked"]
    may_decide = [
        report.can_be_decided_at(meeting)
        and user.has_perm("decide", report)
        and not why_not_entered(report, meeting, user)
        for report in asked
    ]
    agreeing = {one.pk for one in reporting.decisions_to_agree(user)}
    may_agree = [one.pk in agreeing for one in asked]
    to_agree = sum(one.waits_for_agreement for one in asked)
    may_keep = user.has_perm("keep_meetings")
    context = {
        "meeting": meeting,
        "asked": list(zip(asked, may_decide, may_agree, strict=True)),
        "not_in_force": sum(report.waits_for_quorum for report in asked),
        "to_agree": to_agree,
        "to_decide": len(asked) - to_agree,
        "may_decide": any(may_decide),
        "may_keep": may_keep,
        "to_attend": may_keep and facts["begun"] and not meeting.called_off,
        "drafts": drafts_to_adopt(meeting) if may_keep else [],
    }
    return render(request, "actions/meeting_detail.html", facts | context)


def drafts_to_adopt(meeting: Meeting) -> list[BusinessPlan]:
    """The drafts with actions that this meeting may have adopted, if it is of the group that adopts plans."""
    if not (meeting.is_of_deciding_group and meeting.decisions_take_effect):
        return []
    if meeting.group != group_that_adopts():
        return []
    adopted = PlanDecision.objects.waiting().adoptions().values("plan")
    drafts = BusinessPlan.objects.drafts().exclude(pk__in=adopted).exclude(actions=None)
    return list(drafts.distinct())


@fact
def meeting_facts(meeting: Meeting) -> dict[str, Any]:
    # An agenda to the end of its day; what is undecided, as long as decisions can be entered; the decisions.
    group = meeting.group
    before = group.meetings.before(meeting)
    is_open = not (meeting.called_off or meeting.next_held())
    ahead = is_open and meeting.date >= clock.today()
    waiting = list(ExceptionReport.objects.waiting_for(group).for_pages()) if is_open else []
    asked = [report for report in waiting if not report.came_too_late_for(meeting)]
    attach_last_decisions(actions_of(asked))
    attach_priorities_when_asked(asked)
    findings.complete(actions_of(asked))
    return {
        "before": before,
        "later": meeting.next_held(),
        "is_open": is_open,
        "first_day": meeting.first_day,
        "papers": meeting.papers_issued is not None,
        "closing_recorded_at": meeting.closing_recorded_at(meeting.papers_close),
        "begun": meeting.date <= clock.today(),
        "asked": asked,
        "too_late": len(waiting) - len(asked),
        "ahead": ahead,
        "measures": measures_under(group) if ahead else FirstRows([]),
        "off_plan": off_plan_unasked(group) if ahead else FirstRows([]),
        "changed": changes_between(group, before, meeting),
        "changed_days": days_between(before, meeting),
        "to_check": FirstRows(reporting.impact_due_by(meeting) if ahead else ()),
        "not_so": FirstRows(reporting.decisions_to_correct([group]) if is_open else ()),
        "decided": decided_at(meeting),
        "baselines": meeting.baselines.select_related("measure__group"),
        "plan_decisions": tell_what_began_later(meeting.plan_decisions.for_lists()),
        "decided_before": decided_at(before) if before else [],
        "plan_decisions_before": tell_what_began_later(before.plan_decisions.for_lists()) if before else [],
    }


def decided_at(meeting: Meeting) -> list[ExceptionStep]:
    decisions = meeting.decisions.select_related(
        "change",
        "confirmation",
        "meeting__group",
        "points_to__meeting",
        "report__action__plan",
        "report__with_group",
    )
    steps = list(decisions)
    corrected = {step.points_to_id for step in steps if step.move == "correct"}
    for step in steps:
        step.is_corrected = step.pk in corrected
    return steps


def off_plan_unasked(group: Group) -> FirstRows:
    """The group's actions that are off plan and on which no report is undecided.

    Those on which something was decided before come first, the same as attach_last_decisions() finds.
    """
    decided = reporting.decided_about()
    off_plan = findings.of_live_plans().under(group.pk).off_plan()
    asked_about = reporting.asked_about()
    rows = [row for row in off_plan if row.action not in asked_about]
    if group.is_top:
        rows = for_top_group(rows, group)
    first = actions_shown(sorted(rows, key=lambda row: row.action not in decided), ON_AGENDA)
    findings.give_reasons(first)
    attach_last_decisions(first)
    return first


def published_since(entry: int) -> QuerySet[Any]:
    """The plans that were published after this entry, each with the entry by which it was."""
    rows = history_of(BusinessPlan).objects.order_by()
    live = rows.filter(status=BusinessPlan.Status.LIVE).values_list("id").annotate(first=Min("change_id"))
    drafted = rows.filter(status=BusinessPlan.Status.DRAFT).values("id")
    return live.filter(id__in=drafted, first__gt=entry)


def changes_between(group: Group, before: Meeting | None, meeting: Meeting) -> FirstRows:
    """What changed on the group's actions since it last met, up to the end of this meeting's day.

    Each row has the action of today, of the last meeting (None if it was not there) and of the end. Then come
    the number of entries, and of those after papers closed.
    """
    after_entry = Change.objects.last_number(end_of(before.date)) if before else 0
    until_entry = Change.objects.last_number(end_of(meeting.date)) if meeting.date < clock.today() else None
    entries = Change.objects.filter(number__gt=after_entry, action__isnull=False)
    entries = entries.filter(plan__in=BusinessPlan.objects.published().values("pk"))
    drafted_until = dict(published_since(after_entry))
    for plan, published in drafted_until.items():
        entries = entries.exclude(plan=plan, number__lt=published)
    if until_entry is not None:
        entries = entries.filter(number__lte=until_entry)
    if not group.is_top:
        entries = entries.filter(group__in=findings.group_keys_under(group.pk))
    late = Count("number", filter=Q(clock__gt=meeting.papers_close))
    rows = FirstRows(entries.values_list("action").annotate(Count("number"), late=late).order_by("action"))
    counts = {action: both for action, *both in rows}
    actions = Action.objects.filter(pk__in=counts).select_related("plan")
    then = {row.id: row for row in actions.at_entry(after_entry)}
    now = {row.id: row for row in actions.at_entry(until_entry)} if until_entry is not None else {}
    return rows.shown_as(
        (action, then.get(action.pk), now.get(action.pk, action), *counts[action.pk]) for action in actions
    )


def days_between(before: Meeting | None, meeting: Meeting) -> str:
    """The days of changes_between(), for the address of the timeline."""
    days = {"since": before.date + timedelta(days=1)} if before else {}
    if meeting.date < clock.today():
        days["until"] = meeting.date
    parts = {f"{name}-{part}": getattr(day, part) for name, day in days.items() for part in DateParts.names}
    return f"&{urlencode(parts)}" if parts else ""


def end_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.max))
