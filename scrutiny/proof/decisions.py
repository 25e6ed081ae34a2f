"""Decisions compared with the record before them: who entered them, and whether there was a quorum.

With the database's password somebody can change for a moment who chairs a group, who was present or which
quorum it needs. A person decides on what is shown, and the row is put back.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Min, OuterRef, QuerySet, Subquery

from actions.models import Confirmation, ExceptionReport, ExceptionStep, PlanDecision
from actions.models.chain import MOVES_BY_NAME
from actions.models.last_word import check_agreed_by, check_ended_by
from gscp.permissions import WRITERS
from gscp.record import Change
from gscp.record.looking_back import Past, looking_back
from scrutiny.proof.findings import Finding
from scrutiny.proof.rows import ROW_ERRORS
from subgroups.models import Group, Meeting, User


def findings() -> Iterator[Finding]:
    yield from of_reports()
    yield from of_plan_decisions()


def first_of_act() -> Subquery:
    of_act = Change.objects.filter(act=OuterRef("change__act")).order_by().values("act")
    return Subquery(of_act.annotate(first=Min("number")).values("first"))


def compared_with_then(rows: QuerySet[Any], wrong_with: Callable[[Any], Iterator[str]]) -> Iterator[Finding]:
    """What is wrong with each row by the record before the act that wrote it."""
    rows = rows.annotate(first_of_act=first_of_act()).select_related("change").order_by("change_id")
    for row in rows.iterator():
        with looking_back(Past(row.change.clock, row.first_of_act - 1)):
            try:
                wrong = list(wrong_with(row))
            except (ObjectDoesNotExist, *ROW_ERRORS):
                wrong = ["it cannot be compared with the record of then"]
        for what in wrong:
            yield Finding(row.change_id, f"{row._meta.label_lower} {row.pk}: {what}.")


def of_plan_decisions() -> Iterator[Finding]:
    confirmations = Confirmation.objects.exclude(plan_decision=None)
    yield from compared_with_then(confirmations, what_is_wrong_with_confirmation)
    not_so = PlanDecision.objects.filter(confirmation__is_so=False)
    for decision in not_so.exclude(state=PlanDecision.State.TAKEN_BACK).order_by("pk").iterator():
        what = (
            f"actions.plandecision {decision.pk}: its chair said that it is not so, and it is not taken back."
        )
        yield Finding(decision.change_id, what)
    unconfirmed = PlanDecision.objects.filter(state=PlanDecision.State.IN_FORCE, confirmation=None)
    for decision in unconfirmed.order_by("pk").iterator():
        what = f"actions.plandecision {decision.pk}: it is in force, and no chair has confirmed it."
        yield Finding(decision.change_id, what)


def what_is_wrong_with_confirmation(confirmation: Any) -> Iterator[str]:
    # Looking back to before it.
    decision = PlanDecision.objects.get(pk=confirmation.plan_decision_id)
    meeting = Meeting.objects.with_attendance().get(pk=decision.meeting_id)
    user = User.objects.get(pk=confirmation.confirmed_by_id)
    if user.pk != confirmation.change.actor_id or not WRITERS["confirm"].test(user, decision):
        yield "by the record of then, who confirmed it might not"
    if confirmation.is_so and not meeting.decisions_take_effect:
        yield "by the record of then, its meeting had no quorum"
    if confirmation.is_so and not has_last_word(decision, meeting.group):
        yield "by the record of then, another group had the last word on it"


def has_last_word(decision: PlanDecision, group: Group) -> bool:
    """Whether this group could agree what the decision changes of actions, and how it ends them."""
    amendments = decision.amendments.select_related("action")
    try:
        check_agreed_by(group, [(one.action, one.new_by_a_meeting) for one in amendments])
        check_ended_by(group, decision.endings.select_related("action"))
    except ValidationError:
        return False
    return True


def of_reports() -> Iterator[Finding]:
    yield from compared_with_then(ExceptionStep.objects.exclude(meeting=None), what_is_wrong)


def what_is_wrong(decision: Any) -> Iterator[str]:
    # Looking back to before it.
    report = ExceptionReport.objects.get(pk=decision.report_id)
    meeting = Meeting.objects.with_attendance().get(pk=decision.meeting_id)
    user = User.objects.get(pk=decision.entered_by_id)
    permission = MOVES_BY_NAME[decision.move].permission
    if user.pk != decision.change.actor_id or not WRITERS[permission].test(user, report):
        yield "by the record of then, who entered it might not"
    if permission == "decide" and meeting.group != report.with_group:
        yield "by the record of then, it was not for this meeting to decide"
    # What the top group decides about its own action needs a quorum, whatever its chair says.
    is_own = decision.needs_agreement or decision.move == "agree"
    takes_effect = meeting.is_quorate if is_own else meeting.decisions_take_effect
    if takes_effect != (decision.needs_agreement or not decision.provisional):
        had = "had a quorum" if takes_effect else "had no quorum"
        yield f"by the record of then, its meeting {had}"
