"""What the rules find: of all actions in one pass, and beside those that a page shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import starmap
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from actions.deadlines import deadlines_by_group
from actions.findings_sql import FLAGS, one_of, place_in, select, statement
from actions.lateness import day_changed_for, days_late_for
from actions.lineage import show_what_comes
from actions.models import (
    Action,
    ActionLead,
    ExceptionReport,
    ExceptionStep,
    Kind,
    ProgressUpdate,
    Rating,
)
from actions.models.line import before_it_went_on, earlier_actions
from actions.models.plan import live_plans, plans_by_key
from actions.rules import RULES, Rule
from gscp.facts import fact, rows_of_actions
from gscp.record import REASON, Change, ChangeText
from subgroups.models.groups import groups_by_key

PRIORITIES, STATUSES, RATINGS = Action.Priority.values, Action.Status.values, ["", *Rating.values]
OFF_PLAN = sum(FLAGS[rule.name] for rule in RULES)


class Beside(NamedTuple):
    """What the pass has of an action beside its row, by the names of its columns."""

    id: int
    reported_in: Any  # the number of an entry, or None
    rated_id: int | None
    rating_then: str
    new_dates: int
    reopened_in: Any  # the number of an entry, or None
    flags: int


BESIDE = '"id", reported_in, rated_id, rating_then, new_dates, reopened_in'  # "flags" stands beside them


class ActionRow(NamedTuple):
    """An action in the pass. Of priority, status and rating it has the place in PRIORITIES and so on.

    They sort as on the plans.
    """

    plan: int  # its place among the live ones
    position: int
    action: int
    group: int
    priority: int
    status: int
    rating: int
    flags: int

    def has(self, condition: str) -> bool:
        return bool(self.flags & FLAGS[condition])


class Findings(tuple[ActionRow, ...]):
    """Actions in the order of the plans, each with what is true of it."""

    def under(self, group: int | None) -> Findings:
        """Those of this group and of all that report to it, or to one that does; all, if it is None."""
        if group is None:
            return self
        keys = group_keys_under(group)
        return Findings(row for row in self if row.group in keys)

    def off_plan(self) -> list[ActionRow]:
        """Those that a rule finds, High priority first."""
        return sorted((row for row in self if row.flags & OFF_PLAN), key=attrgetter("priority"))

    def counts(self) -> dict[str, int]:
        """How many each rule finds, by its name."""
        by_flags = Counter(row.flags for row in self)
        return {
            rule.name: sum(count for flags, count in by_flags.items() if flags & FLAGS[rule.name])
            for rule in RULES
        }


@fact
def of_live_plans() -> Findings:
    """Of all live plans: a draft is on no dashboard."""
    plans = [plan.pk for plan in live_plans()]
    if not plans or not groups_by_key():
        return Findings()
    columns = (
        f'{place_in("plan_id", plans)}, position, "id", group_id, {place_in("priority", PRIORITIES)}, '
        f"{place_in('status', STATUSES)}, {place_in('rating', RATINGS)}"
    )
    # What was taken out of a draft stays on record with its plan.
    chosen = f"""action."plan_id" {one_of(plans)} AND action."status" <> '{Action.Status.DISCARDED}' """

    def read(actions: Collection[int] | None) -> Iterable[ActionRow]:
        some = f' AND action."id" {one_of(sorted(actions))}' if actions else ""
        return starmap(ActionRow, select(columns, chosen + some))

    # All that the rows depend on beside their actions stands in it: groups, meetings, posts held, plans,
    # and which action goes on with which.
    return Findings(rows_of_actions(statement(columns, chosen), read, earlier_actions()))


def of_plan(rows: Iterable[ActionRow], label: str) -> Findings:
    """Those of the live plan with this label; all, if there is none."""
    places = {plan.label: place for place, plan in enumerate(live_plans())}
    return Findings(row for row in rows if label not in places or row.plan == places[label])


def group_keys_under(group: int) -> set[int]:
    """Of this group and of all that report to it, or to one that does."""
    return {key for key, below in groups_by_key().items() if group in (above.pk for above in below.line)}


def shown(keys: Sequence[int]) -> list[Action]:
    """The actions with these keys, in this order, each with what complete() sets."""
    by_key = Action.objects.in_bulk(keys)
    actions = [by_key[key] for key in keys]
    share_rows(actions)
    complete(actions)
    return actions


def share_rows(actions: Iterable[Action]) -> None:
    # In place of a join for each: there are few groups and plans.
    groups, plans = groups_by_key(), plans_by_key()
    for action in actions:
        action.group, action.plan = groups[action.group_id], plans[action.plan_id]


def complete(actions: Collection[Action]) -> None:
    """Set on each what pages and sentences show beside it; a few queries for any number of actions."""
    show_what_comes(actions)
    of = {action.pk: action.stands_as.pk if action.stands_as else action.pk for action in actions}
    keys = list(of.values())
    rows = starmap(Beside, select(BESIDE, f'action."id" {one_of(keys)}') if keys else [])
    beside = {row.id: row for row in rows}
    rows_rated = ProgressUpdate.objects.filter(
        pk__in=[row.rated_id for row in beside.values() if row.rated_id]
    )
    columns = Coalesce("first__change_id", "change_id"), "change_id", "forecast", "blocker"
    rated = {key: values for key, *values in rows_rated.order_by().values_list("pk", *columns)}
    numbers = {number for row in beside.values() for number in (row.reported_in, row.reopened_in)}
    numbers |= {number for entries in rated.values() for number in entries[:2]}
    entries = Change.objects.filter(number__in=numbers).values_list("number", "clock", "group", "action")
    moments, groups, about = {}, {}, {}
    for number, moment, group, entered_on in entries:
        moments[number], groups[number], about[number] = moment, group, entered_on
    # The action on which it was reported, an earlier one perhaps, and the group that was responsible then.
    of_report = [(one, beside[of[one.pk]].reported_in) for one in actions]
    reports = [
        (about.get(entry) or of[one.pk], groups.get(entry) or one.group_id, moments.get(entry), entry)
        for one, entry in of_report
    ]
    for action, late_for in zip(actions, days_late_for(reports), strict=True):
        row = beside[of[action.pk]]
        action.rating_then, action.new_dates, action.reopened_in = (
            row.rating_then,
            row.new_dates,
            row.reopened_in,
        )
        # Nobody is held to a draft.
        found = [rule for rule in RULES if row.flags & FLAGS[rule.name]]
        action.rules = found if action.plan.was_published else []
        action.rating_is_old = bool(row.flags & FLAGS["old"])
        action.reported_at, action.late_for = moments.get(row.reported_in), late_for
        number, last, action.forecast, action.blocker = rated.get(row.rated_id, (0, 0, None, ""))
        action.rated_at = moments.get(number)
        is_changed = number == row.reported_in and last != number
        group = groups.get(number) or action.group_id
        action.changed_for = day_changed_for(group, number, moments.get(last)) if is_changed else None
        action.reopened_at = moments.get(row.reopened_in)


def give_reasons(actions: Sequence[Action]) -> None:
    """Set `reasons` on actions that are complete(): each rule that finds it, and the rule's sentence."""

    def found_by(*names: str) -> list[Action]:
        return [action for action in actions if any(rule.name in names for rule in action.rules)]

    rating_reasons = last_reasons([action.pk for action in found_by("red", "worse")])
    reopened_in = [action.reopened_in for action in found_by("reopened")]
    reopened_for = dict(ExceptionStep.objects.filter(change__in=reopened_in).values_list("change", "reason"))
    vacant, leads = found_by("vacant"), defaultdict(list)
    for lead in ActionLead.objects.current().filter(action__in=vacant):
        leads[lead.action_id].append(lead)
    for action in vacant:
        action.current_leads = leads[action.pk]
    unchecked = with_check_overdue(found_by("impact_unchecked"))
    for action in actions:
        action.unchecked = unchecked.get(action.pk)
        action.rating_reason = rating_reasons.get(action.pk)
        action.reopened_for = reopened_for.get(action.reopened_in)
        deadlines = deadlines_by_group()[action.group_id]
        action.reasons = [(rule, rule.sentence(action, deadlines)) for rule in action.rules]


def with_check_overdue(actions: list[Action]) -> dict[int, ExceptionReport]:
    """By the keys of these the completion whose impact should have been checked first."""
    if not actions:
        return {}
    completions = ExceptionReport.objects.with_outstanding().filter(action__in=actions, kind=Kind.COMPLETION)
    in_order = completions.select_related("impact_check_measure").prefetch_related("steps__change")
    return {one.action_id: one for one in in_order.order_by("-impact_check_on", "-pk") if one.action_id}


def last_reasons(actions: list[int]) -> dict[int, str | None]:
    """By the keys of these the reason given last with a report on each, or on one that it goes on with."""
    given = ChangeText.objects.filter(field=REASON, change=OuterRef("change_id")).values("value")[:1]
    updates = ProgressUpdate.objects.in_order().reverse().annotate(given=Subquery(given))
    own = updates.exclude(given=None).filter(action=OuterRef("pk")).values("given")[:1]
    reasons = dict(Action.objects.filter(pk__in=actions).values_list("pk", Subquery(own)))
    earlier = earlier_actions() if actions else {}
    lines = {action: {action: None, **earlier[action]} for action in actions if action in earlier}
    if not lines:
        return reasons
    said = defaultdict(list)
    rows = updates.filter(action__in={one for line in lines.values() for one in line}).exclude(given=None)
    for action, number, reason in rows.values_list("action", "reported_in", "given"):
        said[action].append((number, reason))
    for action, line in lines.items():
        of_line = ((number, reason, line[one]) for one in line for number, reason in said[one])
        counting = [(number, reason) for number, reason, on in of_line if before_it_went_on(number, on)]
        reasons[action] = max(counting, default=(0, None))[1]
    return reasons


def why_off_plan(action: Action) -> list[tuple[Rule, str]]:
    complete([action])
    give_reasons([action])
    return action.reasons
