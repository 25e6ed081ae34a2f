"""The chain of exceptions: asking, moving, deciding at a meeting."""

from django.shortcuts import get_object_or_404, render

from actions import rules
from actions.forms.chain import AskForm, DecisionForm, MoveForm
from actions.models import ExceptionReport, ExceptionStep
from actions.models.chain import WITH_A_BODY, Move
from actions.views.shared import action_of, already, attach_last_decisions, confirmed, recorded
from gscp.permissions import may
from gscp.words import lower_first
from subgroups.models import Meeting


def to_ask(user, year, ref, kind):
    return ExceptionReport(action=action_of(user, year, ref), kind=kind)


def report_of(user, pk):
    return get_object_or_404(ExceptionReport.objects.visible_to(user).for_pages(), pk=pk)


def decision_of(user, slug, day, pk):
    """What a meeting is to decide, as the step it will be."""
    meeting = get_object_or_404(Meeting.objects.select_related("subgroup"), subgroup__slug=slug, date=day)
    return ExceptionStep(report=report_of(user, pk), meeting=meeting)


def on_behalf_step_of(user, pk):
    steps = ExceptionStep.objects.filter(report__in=ExceptionReport.objects.visible_to(user), on_behalf=True)
    steps = steps.select_related("change", "meeting__subgroup", "report__action__plan")
    return get_object_or_404(steps, pk=pk)


@may("ask", to_ask, post=True)
def exception_ask(request, report):
    action = report.action
    if report.why_not_open:
        return already(request, action, report.why_not_open)
    found = rules.why_off_plan(action)
    form = AskForm(request.POST or None, report=report, found=found, user=request.user)
    return recorded(request, action, form, f"{report} sent.", "actions/exception_ask.html", report=report)


@may("read", report_of)
def exception_detail(request, report):
    user, meetings = request.user, Meeting.objects.of_tier(report.body_tier)
    attach_last_decisions([report.action])
    mine, held = report.moves_for(user), meetings.held().first()
    may_decide = held and report.can_be_decided_at(held) and any(move.decides for move in mine)
    return render(
        request,
        "actions/exception_detail.html",
        {
            "report": report,
            "action": report.action,
            "action_when_asked": report.action_when_asked(),
            "steps": report.steps.select_related(
                "change",
                "meeting__subgroup",
                "post__partner__succeeded_by",
                "points_to__meeting",
                "confirmation__change",
            ),
            "moves": [move for move in mine if not move.decides],
            "decide_at": held if may_decide else None,
            "agenda": meetings.today_or_next() if report.state in WITH_A_BODY else None,
            "may_confirm": [step.pk for step in report.steps.all() if user.has_perm("confirm", step)],
            "next_moves": report.next_moves(),
        },
    )


def exception_move(move: Move):
    """The page of a move that needs no meeting."""

    @may(move.permission, report_of, post=True)
    def view(request, report):
        if not report.allows(move):
            return already(request, report, f"{report}: {lower_first(report.get_state_display())}.")
        form = MoveForm(request.POST or None, report=report, move=move, user=request.user)
        told = f"{report}: {move.result.lower()}."
        return recorded(request, report, form, told, "actions/exception_move.html", report=report)

    return view


@may("enter_decision", decision_of, post=True)
def meeting_decide(request, decision):
    report, meeting = decision.report, decision.meeting
    if request.method != "POST" and not any(move.decides for move in report.next_moves()):
        return already(request, report, f"{report}: {lower_first(report.get_state_display())}.")
    form = DecisionForm(request.POST or None, report=report, meeting=meeting, user=request.user)
    told, template = f"Decision on {report} recorded.", "actions/meeting_decide.html"
    return recorded(request, meeting, form, told, template, report=report, meeting=meeting)


@may("confirm", on_behalf_step_of, post=True)
def step_confirm(request, step):
    return confirmed(request, step, step.report, "actions/step_confirm.html")
