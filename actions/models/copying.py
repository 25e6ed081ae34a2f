"""A draft that begins with the open actions of an earlier plan."""

from __future__ import annotations

from typing import Any

from actions.models.action import Action
from actions.models.amendment import WORDS
from actions.models.plan import BusinessPlan, StrategicDriver, Theme
from actions.models.taken_out import not_taken_out, text_or_taken_out
from actions.models.who import assign, owners_of
from gscp.record import history_of


def copy_open_actions(source: BusinessPlan, draft: BusinessPlan) -> None:
    """Copy the open actions into the draft, with who does them, and their drivers and themes.

    The words of today are copied, but none that was taken out of the record. Dates and
    reports are not: what is carried forward keeps its own.
    """
    copies: dict[Any, Any] = {None: None}
    for action in source.actions.open().select_related("theme", "driver", "group"):
        for row in (action.driver, action.theme):
            if row is not None and row not in copies:
                copies[row] = copied(row, draft)
        words = {name: not_taken_out(getattr(action, name)) for name in WORDS}
        words["text"] = text_or_taken_out(action.text, f"{action} of {source}")
        words["who"] = words["who"] or str(action.group)
        words |= {"driver": copies[action.driver], "theme": copies[action.theme]}
        new = Action(plan=draft, ref=action.ref, position=action.position, **words)
        new.save()
        assign(new, action.lead_posts, owners_of(action))


def begun_from(action: Action) -> Action | None:
    """The action of another plan that this one began as a copy of, as far as its number and words then tell.

    What was published comes before what was drafted: that is what goes on in it.
    """
    same = could_have_begun_from(action)
    return next((old for old in same if old.plan.was_published), same[0] if same else None)


def could_have_begun_from(action: Action) -> list[Action]:
    """The actions of other plans that had its number and its words when it began; none of a discarded one."""
    rows = history_of(Action)._base_manager
    first = rows.filter(id=action.pk).earliest("change_id")
    before = rows.exclude(plan=first.plan_id).filter(ref=first.ref, change__lt=first.change_id)
    kept = Action.objects.exclude(plan__status=BusinessPlan.Status.DISCARDED)
    there = kept.filter(pk__in=before.values("id")).select_related("plan").order_by("-plan__first_day", "pk")
    return [old for old in there if before.filter(id=old.pk).latest("change_id").text == first.text]


def begun_in(plan: BusinessPlan, old: Action) -> Action | None:
    """The action of the plan that began as a copy of this one, and goes on with none yet.

    A published one that has begun, or that has a date, a report, a request or a decided end of its own, is
    another action by now.
    """
    rows = history_of(Action)._base_manager.filter(plan=plan.pk, ref=old.ref)
    copies = plan.actions.filter(pk__in=rows.values("id"), status=Action.Status.NOT_STARTED)
    for action in copies:
        is_another = not plan.is_draft and has_own(action)
        if not is_another and not action.came_from and old in could_have_begun_from(action):
            return action
    return None


def has_own(action: Action) -> bool:
    reports, asked = action.updates.exists(), action.exception_reports.exists()
    return bool(action.original_date or reports or asked or action.standing_ending)


def copied(row: StrategicDriver | Theme, draft: BusinessPlan) -> StrategicDriver | Theme:
    new: StrategicDriver | Theme
    text = not_taken_out(row.text) or f"Its words in {row.plan} were taken out of the record."
    if isinstance(row, Theme):
        new = Theme(plan=draft, text=text, position=row.position, lead_post=row.lead_post)
    else:
        new = StrategicDriver(plan=draft, kind=row.kind, text=text)
    new.save()
    return new
