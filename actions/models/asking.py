"""Who asks, and what becomes of the words of it: changed by who asked, or said by the chair not to be so.

A `report` is an ExceptionReport, whose module imports this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from actions.models import effects, impact
from actions.models.action import Action
from actions.models.chain import ASKING_MOVES, CHANGE, ENDS_THE_ACTION, NOT_SO, NOT_SO_LEADS_TO, Kind
from actions.models.step import PUT_IN_FORCE, ExceptionStep
from gscp import clock
from gscp.dates import day_in_words
from gscp.permissions import CHAIRS, chairs_or_leads
from gscp.words import lower_first
from subgroups.models import Group, Meeting, PostHolding, User


def speaks_for_itself(report: Any, by: User) -> bool:
    """Whether this user asks for themselves, and for no chair: so does who checked the impact."""
    return bool(report.after_check_id) or chairs_or_leads.test(by, report)


def groups_of_asker(report: Any, by: User) -> set[int]:
    """Keys of the groups whose chair asks; for a chair, of those of each chair that it may be entered for."""
    if speaks_for_itself(report, by):
        return {group.pk for group in by.chaired_groups}
    chairing = PostHolding.objects.in_force_on(clock.today()).filter(post__role__in=CHAIRS)
    asking = chairing.filter(post__group=report.group.acting_group()).values("user")
    return set(chairing.filter(user__in=asking).values_list("post__group", flat=True))


def asker_ids(steps: Sequence[ExceptionStep]) -> set[int]:
    """Who asked or answered: of what was entered for a chair, the chair who said that it is so."""
    asked = [step for step in steps if step.move in ASKING_MOVES]
    own = {step.entered_by_id for step in asked if not step.on_behalf}
    so = [step for step in asked if step.on_behalf and step.is_confirmed and not step.is_not_so]
    changed = {step.entered_by_id for step in steps if step.move == CHANGE}
    if steps and steps[0].on_behalf:
        changed.discard(steps[0].entered_by_id)  # whoever may change what they entered for a chair
    return own | changed | {step.confirmation.confirmed_by_id for step in so}


def why_not_askable(report: Any) -> str:
    """Why this cannot be asked now; "" if it can."""
    if report.measure_id:
        return "" if report.measure.is_read else f"{report.measure} is not read any more."
    action = report.action
    # Of an action of a closed plan what an impact check asks: it may go on in a live one.
    if not action.plan.is_live and not (action.plan.is_closed and report.after_check_id):
        return action.plan.why_nothing_is_asked
    if action.status not in report.terms.statuses:
        return f"{action} is {action.get_status_display().lower()}."
    if report.terms.column == "status" and action.standing_ending:
        return f"A meeting has decided how {action} ends. That comes first."
    if report.kind == Kind.NEW_DATE and not (action.agreed_date or action.original_date):
        return f"{action} has no date yet: the Business Manager sets the first one."
    return ""


def group_that_accepts(report: Any) -> Group | None:
    """The group above the one it goes to that alone accepts it: of High priority, where there is one."""
    if report.kind not in ENDS_THE_ACTION or report.about.priority != Action.Priority.HIGH:
        return None
    if report.with_group.accepts_high:
        return None
    return next((group for group in report.with_group.deciding_above() if group.accepts_high), None)


def check_new_date(report: Any) -> None:
    """Raises ValidationError where a new date is asked for that the action has already."""
    if report.kind == Kind.NEW_DATE and report.forecast == report.about.due:
        raise ValidationError(f"That is the date of {report.about} already.")


def asked_and_answered(report: Any) -> list[Any]:
    """The steps by which a question came back and was answered, without those that a meeting corrected."""
    steps = {step.pk: step for step in report.steps.all()}
    corrections = [one for one in steps.values() if one.move == "correct"]
    in_force = {one.points_to_id for one in steps.values() if one.move in PUT_IN_FORCE}
    taken_back = {one.points_to_id for one in corrections if not one.provisional or one.pk in in_force}
    said = [step for step in steps.values() if step.asks_a_question or step.move == "answer"]
    return [step for step in said if step.pk not in taken_back]


def why_not_changeable(report: Any) -> str:
    """Why the words of it cannot be changed any more; "" if they can.

    Once papers have closed for a meeting that can decide it, they are what that meeting reads.
    """
    if not report.is_undecided:
        return f"It cannot be changed any more: it is {lower_first(report.place_in_words)}."
    if report.provisional_decision:
        return "It cannot be changed any more: a decision on it waits to come into force."
    # Without changes: they do not open it again.
    moves = [step for step in report.steps.all() if not step.provisional and step.move != CHANGE]
    since = timezone.localdate(moves[-1].change.clock)
    closed = Meeting.objects.of(report.with_group).with_papers_closed().filter(date__gte=since)
    if meeting := closed.exclude(pk=moves[-1].meeting_id).order_by("date").first():
        closing = day_in_words(meeting.papers_close)
        return f"It cannot be changed any more: its papers closed on {closing}. It can be taken back."
    return ""


def change_words(report: Any, by: User, reason: str) -> None:
    """Save the words of it that who asked has changed; the old ones stay on record.

    Raises:
        ValidationError: its papers have closed, or it is decided.
    """
    if report.why_not_changeable:
        raise ValidationError(report.why_not_changeable)
    if all(report.as_read[name] == getattr(report, name) for name in report.terms.fields):
        raise ValidationError("This says the same as before.")
    check_new_date(report)
    if report.as_read["impact_check_on"] != report.impact_check_on:
        impact.check_planned(report)
    place = {"to_state": report.state, "to_group": report.with_group}
    report.save()
    report.add_step(CHANGE, by, report.group.acting_group(), reason=reason, **place)


def take_out(report: Any, step: ExceptionStep, by: User) -> None:
    """Take out of force what was entered for this chair and was not so."""
    to_state, from_states = NOT_SO_LEADS_TO[step.move]
    if report.state not in from_states:
        return  # something else has come in its place
    place = {"to_state": to_state, "to_group": report.with_group}
    report.add_step(NOT_SO, by, step.group.acting_group(), points_to=step, **place)
    report.state = to_state
    report.save()
    effects.take(report)
