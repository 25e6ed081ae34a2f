"""Which group has the last word on an action, and so which group can agree to change what decides that."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from actions.models.action import Action, first_to_decide
from gscp.permissions import CHAIRS
from subgroups.models import Group, Post

# What decides it, by names of amendments. No slip changes these in a published plan: a meeting agrees it.
BY_A_MEETING = ("priority", "group", "leads")


def group_with_last_word(priority: str, group: Group, leads: Iterable[Post]) -> Group:
    """The group that decides when an action of this priority is complete, with that group and those leads."""
    answering = group.answering_keys | {post.group_id for post in leads if post.role in CHAIRS}
    first = first_to_decide(group.decided_by(), lambda one: one.pk in answering)
    if priority != Action.Priority.HIGH or first.accepts_high:
        return first
    above = first.deciding_above()
    accepting = [place for place, one in enumerate(above) if one.accepts_high]
    return first_to_decide(above[accepting[0] :], lambda one: one.pk in answering) if accepting else first


def check_agreed_by(group: Group, changes: Sequence[tuple[Action, dict[str, Any]]]) -> None:
    """Raises ValidationError where no meeting of this group can agree the new values, by name, of an action.

    A priority, and what gives the last word to another group, only the one that has it agrees, or one above.
    """
    barred: dict[Group, list[str]] = {}
    for action, new in changes:
        today: dict[str, Any] = {
            "priority": action.priority,
            "group": action.group,
            "leads": action.lead_posts,
        }
        has_it = group_with_last_word(**today)
        then = {name: new.get(name, value) for name, value in today.items()}
        is_moved = "priority" in new or group_with_last_word(**then) != has_it
        if is_moved and group not in has_it.line:
            barred.setdefault(has_it, []).append(str(action))
    if barred:
        raise ValidationError({"meeting": [
            f"The {has_it} has the last word on {', '.join(actions)}. "
            "Only a meeting of it, or of a group above it, can agree this change."
            for has_it, actions in barred.items()
        ]})  # fmt: skip
