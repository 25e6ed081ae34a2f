"""What a partnership lacks to decide all that may come before it."""

from typing import Any

from django.core import checks
from django.db import DatabaseError

from subgroups.models import Group, Post


def what_top_group_lacks() -> list[str]:
    """Sentences; none where there is no partnership on record yet."""
    top = Group.objects.top()
    if top is None:
        return []
    lacks = []
    if others := Group.objects.filter(reports_to=None).exclude(pk=top.pk):
        lacks.append(f"Several groups report to none: {top}, {', '.join(map(str, others))}. Only one may.")
    posts = Post.objects.filter(group=top).count()
    if posts < 2:
        lacks.append(
            f"The {top} has {'one post' if posts else 'no post'}. It needs two: what it decides about its "
            "own actions counts once the holder of a second one agrees."
        )
    if not any(group.accepts_high and group.decides() for group in Group.objects.all()):
        lacks.append(
            "No group that decides accepts completion of High priority: any group that decides completes it."
        )
    return lacks


def check_top_group(databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    if not databases:
        return []
    try:
        return [checks.Warning(sentence, id="gscp.W001") for sentence in what_top_group_lacks()]
    except DatabaseError:  # no tables yet
        return []
