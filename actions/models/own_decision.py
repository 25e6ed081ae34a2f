"""What the top group decides about its own action: who can enter it, and who can agree to it.

No group is above it. Whoever asked for it or leads the action does neither. A `report` is an ExceptionReport.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gscp import clock
from gscp.facts import fact_of
from gscp.permissions import CHAIRS
from subgroups.models import Meeting, Post, PostHolding, User

Held = tuple[int, Post]  # the key of a user, and a post from which they act today


@fact_of("subgroups.postholding", "subgroups.post", "subgroups.user", "subgroups.group")
def held_today() -> tuple[Held, ...]:
    holdings = PostHolding.objects.in_force_on(clock.today()).filter(post__group__isnull=False)
    return tuple((held.user_id, held.post) for held in holdings.select_related("post").order_by("post", "pk"))


def told_of(report: Any) -> str:
    """What to know where the top group decides about its own action; "" elsewhere."""
    if not report.is_own_of_top_group:
        return ""
    return (
        f"The {report.with_group} answers for this action itself, and no group is above it. "
        "What it decides is not in force until the holder of another of its posts agrees."
    )


def free_for(report: Any, but: Collection[int | None] = ()) -> list[Held]:
    """The holdings of its group from which somebody could agree, without these users."""
    held, barred = held_today(), {*but, *report.asker_ids}
    barred |= {user for user, post in held if post in report.lead_posts}
    return [one for one in held if one[1].group_id == report.with_group_id and one[0] not in barred]


def in_words(held: Collection[Held]) -> str:
    return " or ".join(dict.fromkeys(f"the {post}" for _, post in held))


def why_not_entered(report: Any, meeting: Meeting, by: User) -> str:
    """Why this user enters no decision on it at this meeting; "" if they can, or it is not its own."""
    if not report.is_own_of_top_group:
        return ""
    if not meeting.is_quorate:
        return "This meeting is not quorate: the group decides about its own action at one that is."
    if free_for(report, {by.pk}):
        return ""
    if not free_for(report):
        return (
            f"Only another holder of a post of the {report.with_group} could agree to it. "
            "Who asked for it or leads the action cannot."
        )
    return (
        f"Nobody else of the {report.with_group} could agree to it: who asked or leads does not. "
        "Let the Business Manager enter it, and agree to it from your own post."
    )


def who_decides(report: Any) -> str:
    """In sentences, who can enter a decision on it and who can agree to it."""
    free = free_for(report)
    if not free:
        return (
            "It cannot be decided yet: who asked for it or leads the action cannot agree to it. "
            f"First another post of the {report.with_group} needs a holder."
        )
    entering = [one for one in free if one[1].role in CHAIRS and free_for(report, {one[0]})]
    enters = f"{in_words(entering)}, or the Business Manager," if entering else "the Business Manager"
    another = "another of them agrees: " if entering else ""
    return (
        f"{enters[:1].upper()}{enters[1:]} enters the decision there. "
        f"It is not in force until {another}{in_words(free)}{'' if another else ' agrees'}. "
        "Who asked for it or leads the action does neither."
    )


def who_can_agree(report: Any, by: User | None = None) -> str:
    """The posts that could agree to what was entered, or to what this user enters; "" if there is none."""
    decision = report.provisional_decision
    entered_by = decision.entered_by_id if decision else None
    return in_words(free_for(report, {by.pk if by else entered_by}))


def has_to_agree(report: Any) -> str:
    """In a sentence, who puts in force what was decided about it, and is not in force; "" else."""
    decision = report.provisional_decision
    said = decision.who_has_to_agree if decision else ""
    named = who_can_agree(report) if decision and decision.needs_agreement else ""
    return f"{said.removesuffix('.')}: {named}." if named else said
