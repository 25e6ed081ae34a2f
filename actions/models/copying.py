"""A draft that begins with the open actions of an earlier plan."""

from __future__ import annotations

from typing import Any

from actions.models.action import Action
from actions.models.amendment import WORDS
from actions.models.plan import BusinessPlan, StrategicDriver, Theme
from actions.models.who import assign, owners_of


def copy_open_actions(source: BusinessPlan, draft: BusinessPlan) -> None:
    """Copy the open actions into the draft, with who does them, and their drivers and themes.

    The words of today are copied. Dates and reports are not: what is carried forward keeps its own.
    """
    copies: dict[Any, Any] = {None: None}
    for action in source.actions.open().select_related("theme", "driver", "group"):
        for row in (action.driver, action.theme):
            if row is not None and row not in copies:
                copies[row] = copied(row, draft)
        words = {name: getattr(action, name) for name in WORDS}
        words |= {"driver": copies[action.driver], "theme": copies[action.theme]}
        new = Action(plan=draft, ref=action.ref, position=action.position, **words)
        new.save()
        assign(new, action.lead_posts, owners_of(action))


def copied(row: StrategicDriver | Theme, draft: BusinessPlan) -> StrategicDriver | Theme:
    new: StrategicDriver | Theme
    if isinstance(row, Theme):
        new = Theme(plan=draft, text=row.text, position=row.position, lead_post=row.lead_post)
    else:
        new = StrategicDriver(plan=draft, kind=row.kind, text=row.text)
    new.save()
    return new
