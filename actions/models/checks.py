"""What has to hold before an exception is asked, or a decision on it is entered.

A `report` is an ExceptionReport, whose module imports this one.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from actions.models.own_decision import why_not_entered
from gscp.dates import day_in_words
from gscp.words import lower_first
from subgroups.models import Meeting, User


def check_no_other_undecided(report: Any) -> None:
    """Raises ValidationError where another of its kind on the same action is undecided."""
    of_this_kind = type(report).objects.undecided().filter(kind=report.kind)
    of_this_kind = of_this_kind.filter(action=report.action_id, measure=report.measure_id)
    if of_this_kind.exclude(pk=report.pk).exists():
        raise ValidationError(
            f"Another {lower_first(report.get_kind_display())} on {report.about} is undecided: "
            "it comes first."
        )


def check_meeting(report: Any, meeting: Meeting | None) -> None:
    """Check that a decision of this meeting on it can be entered today.

    Raises:
        ValidationError: it is not with the meeting's group, came after it, or the meeting cannot decide.
    """
    if meeting is None:
        raise ValidationError("A decision names the meeting that took it.")
    if meeting.group != report.with_group:
        raise ValidationError(
            f"This is not for the {meeting.group} to decide: it is {lower_first(report.place_in_words)}."
        )
    meeting.check_can_decide()
    since = report.waiting_since(meeting)
    if since > meeting.date:
        raise ValidationError(
            f"It has stood like this since {day_in_words(since)} only, "
            f"after the meeting of {day_in_words(meeting.date)}."
        )


def check_own_decision(report: Any, meeting: Meeting, by: User) -> None:
    """Check that the top group can decide about its own action here, and that somebody can agree.

    Raises:
        ValidationError: the meeting is not quorate, or nobody else of the group is free to agree to it.
    """
    if why_not := why_not_entered(report, meeting, by):
        raise ValidationError(why_not)
