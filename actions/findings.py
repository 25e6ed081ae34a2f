"""What the rules find: of all actions in one pass, and beside those that a page shows.

The pass is one statement. Each value that rules look at is a column, worked out once; over the columns each
rule is a condition, and a bit of `marks`. Counts, lists and agendas are read from the pass.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from itertools import starmap
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from actions.deadlines import deadlines_by_group, late_for
from actions.models import Action, ActionLead, ExceptionStep, Kind, ProgressUpdate, Rating, State
from actions.models.chain import GRANTED_OR_DONE
from actions.models.plan import live_plans, plans_by_key
from actions.rules import RULES, Rule
from gscp import clock
from gscp.facts import fact, rows_of_actions
from gscp.permissions import CHAIRS
from gscp.record import REASON, Change, ChangeText
from subgroups.models import Meeting, PostHolding
from subgroups.models.groups import groups_by_key


def literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


def one_of(values: Iterable[Any]) -> str:
    return f"IN ({', '.join(map(literal, values))})"


def place_in(column: str, values: Sequence[Any]) -> str:
    # A number is read several times as fast as a text.
    places = " ".join(f"WHEN {literal(value)} THEN {place}" for place, value in enumerate(values))
    return f"CASE {column} {places} ELSE {len(values)} END"


PRIORITIES, STATUSES, RATINGS = Action.Priority.values, Action.Status.values, ["", *Rating.values]
# The bits of `marks`: of each rule, and of three conditions more.
CONDITIONS = {rule.name: f"status {one_of(rule.statuses)} AND ({rule.condition})" for rule in RULES} | {
    "due": f"status {one_of(Action.OPEN)} AND (reported IS NULL OR reported <= next_after)",
    "open": f"status {one_of(Action.OPEN)}",
    # A closed action is not asked for reports, so none is missing.
    "old": f"status {one_of(Action.OPEN)} AND reported <= closed_after",
}
BITS = {name: 1 << place for place, name in enumerate(CONDITIONS)}
OFF_PLAN = sum(BITS[rule.name] for rule in RULES)
MARKS = " + ".join(f"CASE WHEN {CONDITIONS[name]} THEN {bit} ELSE 0 END" for name, bit in BITS.items())


def last_granted(kind: str) -> str:
    """The number of the last decision in force that granted the action this, or 0."""
    return f"""COALESCE((
        SELECT MAX(step."change_id") FROM "actions_exceptionreport" AS report
        JOIN "actions_exceptionstep" AS step ON step."report_id" = report."id"
        WHERE report."action_id" = action."id" AND report."kind" = '{kind}'
            AND report."state" {one_of(GRANTED_OR_DONE)} AND step."to_state" = '{State.GRANTED}'
    ), 0)"""


# Values are looked up for each action: a join to grouped rows SQLite may do by reading all of them each time.
OF_ACTIONS = f"""
SELECT action."id", action."plan_id", action."group_id", action."position", of_group.*,
    action."status", action."rating", action."priority", action."review_date",
    COALESCE(action."agreed_date", action."original_date") AS due,
    CASE WHEN action."change_id" <= of_group.held_closing THEN action."rating" ELSE (
        SELECT past."rating" FROM "actions_historicalaction" AS past
        WHERE past."id" = action."id" AND past."change_id" <= of_group.held_closing
        ORDER BY past."change_id" DESC LIMIT 1
    ) END AS rating_then,
    (
        SELECT MIN(CASE WHEN lead."post_id" {{held_posts}} THEN 1 ELSE 0 END)
        FROM "actions_actionlead" AS lead
        WHERE lead."action_id" = action."id" AND lead."ended_on" IS NULL
    ) AS leads_are_held,
    (
        SELECT COUNT(*) FROM "actions_exceptionreport" AS report
        WHERE report."action_id" = action."id" AND report."kind" = '{Kind.NEW_DATE}'
            AND report."state" {one_of(GRANTED_OR_DONE)}
    ) AS new_dates,
    {last_granted(Kind.COMPLETION)} AS completed_in,
    {last_granted(Kind.REOPENING)} AS reopened_in,
    (
        SELECT report."change_id" FROM "actions_progressupdate" AS report
        WHERE report."action_id" = action."id" ORDER BY report."change_id" DESC LIMIT 1
    ) AS reported_in,
    (
        SELECT report."id" FROM "actions_progressupdate" AS report
        WHERE report."action_id" = action."id" AND NOT report."nil_return"
        ORDER BY report."change_id" DESC LIMIT 1
    ) AS rated_id
FROM "actions_action" AS action CROSS JOIN of_group
WHERE of_group.of_group_id = action."group_id" AND {{chosen}}
"""
# Not at once `WITH`: looking_back() puts its own expressions before a SELECT.
STATEMENT = f"""SELECT * FROM (
    WITH of_group (of_group_id, in_place, has_chair, papers_closed, closed_after, next_after, held_closing)
        AS (VALUES {{groups}}),
    of_action AS MATERIALIZED ({OF_ACTIONS})
    SELECT {{columns}}, {MARKS} AS marks
    FROM (
        SELECT of_action.*, rated."forecast", rated."blocker", rated."unblocker", entry."clock" AS reported
        FROM of_action
        LEFT JOIN "actions_progressupdate" AS rated ON rated."id" = of_action.rated_id
        LEFT JOIN "gscp_change" AS entry ON entry."number" = of_action.reported_in
    ) AS worked_out
) AS found
"""
FOUND = ", ".join(
    [
        '"id", group_id',
        place_in("priority", PRIORITIES),
        place_in("status", STATUSES),
        place_in("rating", RATINGS),
    ]
)
BESIDE = '"id", reported_in, rated_id, rating_then, new_dates, reopened_in'


class Found(NamedTuple):
    """An action of the pass. Of priority, status and rating it has the place in PRIORITIES and so on.

    They sort as on the plans.
    """

    plan: int  # its place among the live ones
    position: int
    action: int
    group: int
    priority: int
    status: int
    rating: int
    marks: int

    def has(self, condition: str) -> bool:
        return bool(self.marks & BITS[condition])


@fact
def posts_held() -> tuple[tuple[int, str, int | None], ...]:
    held = PostHolding.objects.held_on(clock.today())
    return tuple(held.order_by("pk").values_list("post", "post__role", "post__group"))


def of_groups() -> str:
    has_chair = {group for _, role, group in posts_held() if role in CHAIRS}
    rows = [
        (key, int(group.is_in_place()), int(key in has_chair), int(bool(d.last_closed)))
        + (closing(d.closed_before), closing(d.closed_before_next), d.last_held_closing_entry)
        for key, group in groups_by_key().items()
        for d in [deadlines_by_group()[key]]
    ]
    return ", ".join(f"({', '.join(map(str, row))})" for row in rows)


def closing(meeting: Meeting | None) -> str:
    """The moment when its papers closed, as the database compares moments; before all without a meeting."""
    moment = meeting.papers_close if meeting else datetime.min.replace(tzinfo=UTC)
    literal_type = "timestamptz " if connection.vendor == "postgresql" else ""
    return f"{literal_type}'{connection.ops.adapt_datetimefield_value(moment)}'"


def statement(columns: str, chosen: str) -> str:
    held_posts = one_of([0, *(post for post, _, _ in posts_held())])
    return STATEMENT.format(groups=of_groups(), held_posts=held_posts, columns=columns, chosen=chosen)


def select(columns: str, chosen: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement(columns, chosen), {"today": clock.today().isoformat()})
        return cursor.fetchall()


@fact
def found() -> tuple[Found, ...]:
    """The actions of all live plans, in the order of the plans: a draft is on no dashboard."""
    plans = [plan.pk for plan in live_plans()]
    if not plans or not groups_by_key():
        return ()
    columns = f"{place_in('plan_id', plans)}, position, {FOUND}"
    of_plans = f'action."plan_id" {one_of(plans)}'

    def read(actions: Collection[int] | None) -> Iterable[Found]:
        some = f' AND action."id" {one_of(sorted(actions))}' if actions else ""
        return starmap(Found, select(columns, of_plans + some))

    # All that the rows depend on beside their actions stands in it: groups, meetings, posts held, plans.
    return rows_of_actions(statement(columns, of_plans), read)


def off_plan(group: int | None = None) -> list[Found]:
    """Those under a group that a rule finds, High priority first."""
    return sorted((row for row in under(group) if row.marks & OFF_PLAN), key=attrgetter("priority"))


def of_plan(rows: Iterable[Found], label: str) -> list[Found]:
    """Those of the live plan with this label; all, if there is none."""
    places = {plan.label: place for place, plan in enumerate(live_plans())}
    return [row for row in rows if label not in places or row.plan == places[label]]


def under(group: int | None) -> Sequence[Found]:
    """Those of this group and of all that report to it, or to one that does; all, if it is None."""
    if group is None:
        return found()
    keys = group_keys_under(group)
    return [row for row in found() if row.group in keys]


def group_keys_under(group: int) -> set[int]:
    """Of this group and of all that report to it, or to one that does."""
    return {key for key, below in groups_by_key().items() if group in (above.pk for above in below.line)}


@fact
def counts(group: int | None = None) -> dict[str, int]:
    """How many of those under a group each rule finds, by its name."""
    by_marks = Counter(row.marks for row in under(group))
    return {
        rule.name: sum(count for marks, count in by_marks.items() if marks & BITS[rule.name])
        for rule in RULES
    }


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


def complete(actions: Iterable[Action]) -> None:
    """Set on each what pages and sentences show beside it; a few queries for any number of actions."""
    keys = [action.pk for action in actions]
    beside = {row[0]: row[1:] for row in select(BESIDE, f'action."id" {one_of(keys)}')} if keys else {}
    updates = ProgressUpdate.objects.in_bulk([row[1] for row in beside.values() if row[1]])
    numbers = {number for row in beside.values() for number in (row[0], row[4])}
    numbers |= {update.change_id for update in updates.values()}
    moments = dict(Change.objects.filter(number__in=numbers).values_list("number", "clock"))
    for action in actions:
        reported_in, rated_id, rating_then, new_dates, reopened_in, marks = beside[action.pk]
        action.reported_at, action.rating_is_old = moments.get(reported_in), bool(marks & BITS["old"])
        action.late_for = late_for(action.group_id, action.reported_at)
        rated = updates.get(rated_id) or ProgressUpdate()
        action.rated_at, action.forecast, action.blocker = (
            moments.get(rated.change_id),
            rated.forecast,
            rated.blocker,
        )
        action.rating_then, action.new_dates = rating_then, new_dates
        action.marks = 0 if action.plan.is_draft else marks  # nobody is held to a draft
        action.reopened_in, action.reopened_at = reopened_in, moments.get(reopened_in)


def give_reasons(actions: Sequence[Action]) -> None:
    """Set `reasons` on actions that are complete(): each rule that finds it, and the rule's sentence."""
    rated = [action.pk for action in actions if action.marks & (BITS["red"] | BITS["worse"])]
    reopened = [action.reopened_in for action in actions if action.marks & BITS["reopened"]]
    rating_reasons = dict(last_reasons(rated)) if rated else {}
    steps = ExceptionStep.objects.filter(change__in=reopened).values_list("change", "reason")
    reopened_for = dict(steps) if reopened else {}
    vacant = {action.pk: action for action in actions if action.marks & BITS["vacant"]}
    leads = defaultdict(list)
    for lead in ActionLead.objects.current().filter(action__in=vacant) if vacant else ():
        leads[lead.action_id].append(lead)
    for key, action in vacant.items():
        action.current_leads = leads[key]
    for action in actions:
        action.rating_reason = rating_reasons.get(action.pk)
        action.reopened_for = reopened_for.get(action.reopened_in)
        deadlines = deadlines_by_group()[action.group_id]
        action.reasons = [
            (rule, rule.sentence(action, deadlines)) for rule in RULES if action.marks & BITS[rule.name]
        ]


def last_reasons(actions: list[int]) -> QuerySet[Any]:
    """Pairs of action and the reason that was given last with a report on it."""
    numbers = ProgressUpdate.objects.filter(action=OuterRef(OuterRef("pk"))).values("change")
    reasons = ChangeText.objects.filter(field=REASON, change__in=numbers).order_by("-change_id")
    return Action.objects.filter(pk__in=actions).values_list("pk", Subquery(reasons.values("value")[:1]))


def why_off_plan(action: Action) -> list[tuple[Rule, str]]:
    complete([action])
    give_reasons([action])
    return action.reasons
