"""Exception reports: asking, moving, deciding at a meeting, confirming."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from actions import findings
from actions.asked_late import ASKED, late_now
from actions.forms import impact
from actions.forms.chain import AskForm, DecisionForm, MoveForm
from actions.forms.mending import ChangeForm, NotSoForm
from actions.models import Evidence, ExceptionReport, ExceptionStep, Kind, own_decision
from actions.models.asking import group_that_accepts
from actions.models.chain import CHANGE, Move, State
from actions.sentences import steps_in_words
from actions.views.evidence import newest_of
from actions.views.shared import (
    action_of,
    actions_of,
    attach_last_decisions,
    attach_priorities_when_asked,
    attach_texts_and_lateness,
    confirmation_page,
)
from gscp.pages import already_done, form_page, form_sent
from gscp.permissions import View, may
from gscp.record import Change
from gscp.words import lower_first
from subgroups.models import Meeting, User


def to_ask(label: str, slug: str, kind: str) -> ExceptionReport:
    return ExceptionReport(action=action_of(label, slug), kind=kind)


def report_of(pk: int) -> ExceptionReport:
    return get_object_or_404(ExceptionReport.objects.for_pages(), pk=pk)


def decision_of(slug: str, address: str, pk: int) -> ExceptionStep:
    """What a meeting is to decide, as a step that is not saved: permissions read its report and meeting."""
    meeting = Meeting.objects.with_attendance().find(slug, address)
    return ExceptionStep(report=report_of(pk), meeting=meeting)


def on_behalf_step_of(pk: int) -> ExceptionStep:
    steps = ExceptionStep.objects.filter(on_behalf=True)
    steps = steps.select_related("change", "meeting__group", "report__action__plan")
    return get_object_or_404(steps, pk=pk)


@may("ask", to_ask, has_form=True)
def exception_ask(request, report) -> HttpResponse:
    action = report.about
    if report.why_not_askable:
        return already_done(request, action, report.why_not_askable)
    reasons = findings.why_off_plan(action)
    form = form_sent(AskForm, request, report=report, found_by=[rule for rule, _ in reasons])
    report.with_group = report.first_group(request.user)
    context = {"action": action, "report": report, "reasons": reasons}
    context |= {"accepted_by": group_that_accepts(report), "late_for": late_now(report.with_group)}
    return form_page(request, form, "actions/exception_ask.html", to=action, **context)


@may("read", report_of)
def exception_detail(request, report) -> HttpResponse:
    user, meetings = request.user, Meeting.objects.of(report.with_group)
    attach_last_decisions(actions_of([report]))
    attach_priorities_when_asked([report])
    mine, held = report.moves_for(user), meetings.held().first()
    steps = report.steps.select_related(
        "change",
        "meeting__group",
        "post__partner__succeeded_by",
        "points_to__meeting",
        "to_group",
        "confirmation__change",
    )
    attach_texts_and_lateness(steps)
    attach_changed_words(steps)
    may_confirm = [step.pk for step in report.steps.all() if user.has_perm("confirm", step)]
    can_be_entered = bool(held and report.can_be_decided_at(held))
    may_decide = can_be_entered and any(move.is_decision for move in mine)
    if held and may_decide and own_decision.why_not_entered(report, held, user):
        may_decide = False
    agenda = meetings.today_or_next() if report.state == State.WAITING else None
    return render(
        request,
        "actions/exception_detail.html",
        {
            "report": report,
            "evidence": newest_of(Q(report=report)) if report.kind == Kind.COMPLETION else [],
            "may_add_evidence": may_add_evidence(user, report),
            "action": report.about,
            "action_when_asked": report.action_when_asked(),
            "steps": steps_in_words(steps),
            "moves": [(move, move.label_for(report)) for move in mine if not move.is_decision],
            "decide_at": held if may_decide else None,
            "agenda": agenda,
            "also_at": held if can_be_entered and held != agenda else None,
            "may_change": not report.why_not_changeable and user.has_perm("change_request", report),
            "may_confirm": may_confirm,
            "to_confirm": next(
                (
                    step
                    for step in report.steps.all()
                    if step.pk in may_confirm and step.on_behalf and not step.is_confirmed
                ),
                None,
            ),
            "next_moves": [(move, move.label_for(report), move.help) for move in report.next_moves()],
        },
    )


def may_add_evidence(user: User, report: ExceptionReport) -> bool:
    if report.kind != Kind.COMPLETION:
        return False
    evidence = Evidence(report=report)
    return not evidence.why_not_addable and user.has_perm("add_evidence", evidence)


def attach_changed_words(steps: Iterable[ExceptionStep]) -> None:
    """Sets `words_changed` on each step that changed the words of a report: the entry that has both."""
    changes = {step.change_id - 1: step for step in steps if step.move == CHANGE}  # saved just before it
    for entry in Change.objects.filter(number__in=changes).with_texts() if changes else ():
        changes[entry.number].words_changed = entry


def exception_move(move: Move) -> View:
    @may(move.permission, report_of, has_form=True)
    def view(request, report) -> HttpResponse:
        if not report.allows(move):
            return already_done(request, report, f"{report}: {lower_first(report.place_in_words)}.")
        form = form_sent(impact.FORMS.get(move.name, MoveForm), request, report=report, move=move)
        context = {"action": report.about, "report": report}
        context["late_for"] = late_now(report.with_group, report) if move.name in ASKED else None
        return form_page(request, form, "actions/exception_move.html", to=report, **context)

    return view


@may("enter_decision", decision_of, has_form=True)
def meeting_decide(request, decision) -> HttpResponse:
    report, meeting = decision.report, decision.meeting
    form = form_sent(DecisionForm, request, report=report, meeting=meeting)
    if not form.is_bound and not form.moves:
        return already_done(request, report, f"{report}: {lower_first(report.place_in_words)}.")
    if not form.is_bound and (why_not := own_decision.why_not_entered(report, meeting, request.user)):
        return already_done(request, report, why_not)
    findings.complete(actions_of([report]))
    attach_last_decisions(actions_of([report]))
    context = {"action": report.about, "report": report, "meeting": meeting}
    return form_page(request, form, "actions/meeting_decide.html", to=meeting, **context)


@may("confirm", on_behalf_step_of, has_form=True)
def step_confirm(request, step) -> HttpResponse:
    return confirmation_page(request, step, step.report, "actions/step_confirm.html")


@may("confirm", on_behalf_step_of, has_form=True)
def step_not_so(request, step) -> HttpResponse:
    return confirmation_page(request, step, step.report, "actions/step_confirm.html", NotSoForm)


@may("change_request", report_of, has_form=True)
def exception_change(request, report) -> HttpResponse:
    if request.method != "POST" and report.why_not_changeable:
        return already_done(request, report, report.why_not_changeable)
    form = form_sent(ChangeForm, request, report=report)
    return form_page(
        request, form, "actions/exception_change.html", to=report, action=report.about, report=report
    )
