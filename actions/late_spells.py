"""When actions were late, as their record said on each day: past the date that held then, and still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db.models import Min
from django.utils import timezone

from actions.models import Action, BusinessPlan
from actions.models.line import lines_of
from gscp import clock
from gscp.record import history_of

Spell = tuple[date, date | None]  # the first day late, and the day on which that ended; None if it has not


def late_spells(keys: Collection[int]) -> dict[int, list[Spell]]:
    """Of each action, in order. Those in which it goes on with an earlier plan's action count as well."""
    lines = lines_of(keys)
    spells = spells_of_each({one for line in lines.values() for one in line})
    return {key: joined(spell for one in line for spell in spells[one]) for key, line in lines.items()}


def spells_of_each(keys: Collection[int]) -> dict[int, list[Spell]]:
    # By the clock of their entries: so each row counts from the day on which it was on record.
    rows = history_of(Action)._base_manager.filter(id__in=keys).order_by("id", "change_id")
    columns = ("id", "plan", "status", "original_date", "agreed_date", "change__clock")
    lives: dict[int, list[tuple[int, date | None, date]]] = defaultdict(list)
    for key, plan, status, original, agreed, moment in rows.values_list(*columns):
        due = (agreed or original) if status in Action.OPEN else None
        lives[key].append((plan, due, timezone.localdate(moment)))
    live_since = days_published({plan for life in lives.values() for plan, _, _ in life})
    spells: dict[int, list[Spell]] = defaultdict(list)
    for key, life in lives.items():
        until = [day for _, _, day in life[1:]]
        for (plan, due, since), ended in zip(life, [*until, None], strict=True):
            if due and plan in live_since:
                first = max(due + timedelta(days=1), since, live_since[plan])
                if first < (ended or clock.today() + timedelta(days=1)):
                    spells[key].append((first, ended))
    return spells


def days_published(plans: Collection[int]) -> dict[int, date]:
    rows = history_of(BusinessPlan)._base_manager.filter(id__in=plans, status=BusinessPlan.Status.LIVE)
    first = rows.order_by().values_list("id").annotate(Min("change__clock"))
    return {plan: timezone.localdate(moment) for plan, moment in first}


def joined(spells: Iterable[Spell]) -> list[Spell]:
    """Those that follow each other without a day between, as one."""
    found: list[Spell] = []
    for first, until in sorted(spells, key=lambda spell: spell[0]):
        if found and found[-1][1] is not None and found[-1][1] >= first:
            found[-1] = (found[-1][0], until)
        else:
            found.append((first, until))
    return found
