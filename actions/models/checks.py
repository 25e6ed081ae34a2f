"""What has to hold before an exception is asked, or a decision on it is entered.

A `report` is an ExceptionReport, whose module imports this one.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from gscp import clock
from gscp.dates import day_in_words
from gscp.words import lower_first
from subgroups.models import Meeting, PostHolding, User


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
    if not meeting.is_quorate:
        raise ValidationError(
            "This meeting is not quorate: the group decides about its own action at one that is."
        )
    holders = PostHolding.objects.in_force_on(clock.today()).filter(post__group=report.with_group)
    leaders = holders.filter(post__in=report.about.lead_posts).values("user")
    others = holders.exclude(user__in={by.pk, *report.asker_ids}).exclude(user__in=leaders)
    if not others.exists():
        raise ValidationError(
            f"Nobody else of the {report.with_group} could agree to it: who asked or leads does not. "
            "Let the Business Manager enter it, and agree to it from your own post."
        )
