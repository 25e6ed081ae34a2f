"""What difference a completed action made: when that is checked, by whom and how, and what follows from it.

A `report` is an ExceptionReport, whose module imports this one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from actions.models.action import Action
from actions.models.chain import CHECK_IMPACT, MOVE_CHECK, MOVES_BY_NAME, Kind
from actions.models.impact_choices import Finding, How
from actions.models.step import ExceptionStep
from gscp import clock
from gscp.dates import day_in_words
from gscp.words import folded
from subgroups.models import Meeting, User

BEFORE_COMPLETION = "Impact is checked once the action is complete: choose today or a later day."
WHY_REOPENED = "A check of its impact found that it is not embedded."


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def too_late_in_words(late: int, of_all: int) -> str:
    if not late:
        return ""
    if late == of_all:
        return f", {'each time ' if late > 1 else ''}after its day had passed"
    return f", {times(late)} after its day had passed"


def to_check(day: date) -> str:
    overdue = days_overdue(day)
    ago = f", {overdue:,} day{'' if overdue == 1 else 's'} overdue" if overdue else ""
    return f"impact to be checked on {day_in_words(day)}{ago}"


def days_overdue(day: date) -> int:
    return max((clock.today() - day).days, 0)


def check_planned(report: Any) -> None:
    """Check what a proposal of completion says of its impact check.

    Raises:
        ValidationError: it has a day without by whom and how, or a day before the action can be complete.
    """
    if report.kind != Kind.COMPLETION or report.impact_check_on is None:
        return
    check_day(report.impact_check_on)
    if not (report.impact_check_by and report.impact_check_how):
        raise ValidationError("Say by whom the impact will be checked, and how.")
    if is_doer(report.action, report.impact_check_by):
        raise ValidationError(
            {"impact_check_by": "Who did it does not check it: name another post or group."}
        )
    if (report.impact_check_how == How.MEASURE) != bool(report.impact_check_measure):
        raise ValidationError({"impact_check_measure": "Name the measure where one is used, and only there."})
    meeting = Meeting.objects.of(report.with_group).today_or_next() if report.with_group_id else None
    if meeting and report.impact_check_on < meeting.date:
        raise ValidationError({"impact_check_on": (
            f"The {report.with_group} decides on {day_in_words(meeting.date)} at the earliest, and impact is "
            "checked once the action is complete. Choose that day or a later one."
        )})  # fmt: skip


def is_doer(action: Action, checked_by: str) -> bool:
    """Whether these words name the action's group, or a post that leads it."""
    names = {str(action.group), *(name for post in action.lead_posts for name in (str(post), post.title))}
    return folded(checked_by) in {folded(name) for name in names}


def check_day(day: date) -> None:
    if day < clock.today():
        raise ValidationError({"impact_check_on": BEFORE_COMPLETION})


def record(report: Any, by: User, reason: str, finding: str) -> ExceptionStep:
    """Record what was found of its impact; where it is not embedded, ask to reopen in the same act.

    Raises: what make_move() does.
    """
    step: ExceptionStep = report.make_move(MOVES_BY_NAME[CHECK_IMPACT], by, reason, finding=finding)
    if finding == Finding.NOT:
        failed(report, step, by)
    return step


def failed(report: Any, step: ExceptionStep, by: User) -> None:
    """What follows in the same act from a check that found that it is not embedded.

    The reopening of the action is asked, unless it is open, or that is asked already.
    """
    if report.action.status != Action.Status.COMPLETE or goes_on_with(report.action):
        return
    if not type(report).objects.undecided().filter(action=report.action, kind=Kind.REOPENING).exists():
        type(report)(action=report.action, kind=Kind.REOPENING, after_check=step).ask(by)


def goes_on_with(action: Action) -> Action | None:
    """The open action of a live plan that goes on with this one of a closed plan, if one does."""
    carried = ExceptionStep.objects.in_force().filter(
        report__action=action, carried_to__status__in=Action.OPEN
    )
    step = carried.select_related("carried_to__plan").first()
    return step.carried_to if step else None


def move_check(report: Any, by: User, reason: str, day: date) -> ExceptionStep:
    """Give the check another day; the step keeps the old one.

    Raises:
        ValidationError: the day has passed, or is that of the check already; or what make_move() does.
    """
    old = report.impact_check_on
    if day < clock.today():
        raise ValidationError({"day": "The date must be today or later."})
    if day == old:
        raise ValidationError({"day": "That is the day of the check already."})
    report.impact_check_on = day
    step: ExceptionStep = report.make_move(MOVES_BY_NAME[MOVE_CHECK], by, reason, check_was_on=old)
    return step
