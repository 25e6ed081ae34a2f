"""Which group has the last word on an action, and so which group can agree to change what decides that."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, prefetch_related_objects

from actions.models.action import Action, first_to_decide
from actions.models.leads import ActionLead
from gscp.permissions import CHAIRS
from subgroups.models import Group, Post
from subgroups.models.groups import groups_by_key

# What decides it, by names of amendments. No slip changes these in a published plan: a meeting agrees it.
BY_A_MEETING = ("priority", "group", "leads")
# The ends of actions that only who has the last word decides: these go on in no action of their own.
ENDED_BY_LAST_WORD = (Action.Status.WITHDRAWN, Action.Status.MERGED)


def group_with_last_word(priority: str, group: Group, leads: Iterable[Post]) -> Group:
    """The group that decides when an action of this priority is complete, with that group and those leads."""
    answering = group.answering_keys | {post.group_id for post in leads if post.role in CHAIRS}
    first = first_to_decide(group.decided_by(), lambda one: one.pk in answering)
    if priority != Action.Priority.HIGH or first.accepts_high:
        return first
    above = first.deciding_above()
    accepting = [place for place, one in enumerate(above) if one.accepts_high]
    return first_to_decide(above[accepting[0] :], lambda one: one.pk in answering) if accepting else first


def what_decides_it(action: Action) -> dict[str, Any]:
    return {"priority": action.priority, "group": action.group, "leads": action.lead_posts}


def who_agrees(action: Action, new: dict[str, Any]) -> Group | None:
    """The group that has the last word on it, if only that or one above agrees these values, by name.

    So it is with a priority, and with what gives the last word to another group.
    """
    today = what_decides_it(action)
    has_it = group_with_last_word(**today)
    then = {name: new.get(name, value) for name, value in today.items()}
    return has_it if "priority" in new or group_with_last_word(**then) != has_it else None


def check_agreed_by(group: Group, changes: Sequence[tuple[Action, dict[str, Any]]]) -> None:
    """Raises ValidationError where no meeting of this group can agree these values, by name, of an action."""
    read_at_once([action for action, _ in changes])
    needed = [(action, who_agrees(action, new)) for action, new in changes]
    refuse_another(group, needed, "can agree this change")


def check_ended_by(group: Group, endings: Iterable[Any]) -> None:
    """Raises ValidationError where no meeting of this group can end one of these like that."""
    actions = [one.action for one in endings if one.fate in ENDED_BY_LAST_WORD]
    read_at_once(actions)
    needed = [(action, group_with_last_word(**what_decides_it(action))) for action in actions]
    refuse_another(group, needed, "can end it")


def read_at_once(actions: Sequence[Action]) -> None:
    """What decides it of all of these, and not one by one."""
    leads = Prefetch("leads", ActionLead.objects.current(), to_attr="current_leads")
    prefetch_related_objects(actions, leads)
    groups = groups_by_key()
    for action in actions:
        action.group = groups[action.group_id]


def refuse_another(group: Group, needed: Iterable[tuple[Action, Group | None]], what: str) -> None:
    barred: dict[Group, list[str]] = {}
    for action, has_it in needed:
        if has_it and group not in has_it.line:
            barred.setdefault(has_it, []).append(str(action))
    if barred:
        raise ValidationError({"meeting": [
            f"The {has_it} has the last word on {', '.join(actions)}. "
            f"Only a meeting of it, or of a group above it, {what}."
            for has_it, actions in barred.items()
        ]})  # fmt: skip
