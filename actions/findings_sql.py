"""The statement that works out which rules find an action: one for all actions.

Each value that rules look at is a column, worked out once. Over the columns each rule is a condition, and in
the number `flags` a bit. actions/findings.py reads its rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from actions.deadlines import MEETINGS, deadlines_by_group
from actions.models import Action, BusinessPlan, Kind, State
from actions.models.chain import GRANTED_OR_DONE, MOVE_CHECK
from actions.models.line import earlier_actions
from actions.rules import RULES
from gscp import clock
from gscp.facts import fact_of
from gscp.permissions import CHAIRS
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


OPEN = f"status {one_of(Action.OPEN)}"
LAST_ENTRY = '(SELECT MAX("number") FROM "gscp_change")'  # of the moment that is looked at
UNREPORTED = "(reported IS NULL OR reported <= next_counts_from)"
# By name: each rule, and what else pages ask of an action.
CONDITIONS = {rule.name: f"status {one_of(rule.statuses)} AND ({rule.condition})" for rule in RULES} | {
    "open": OPEN,
    "due": f"{OPEN} AND {UNREPORTED} AND expected_next",
    # Papers closed before a report on it could be expected.
    "not_expected": f"{OPEN} AND {UNREPORTED} AND NOT expected_next",
    # A closed action is not asked for reports, so none is missing.
    "old": f"{OPEN} AND reported <= last_counts_from",
}
FLAGS = {name: 1 << place for place, name in enumerate(CONDITIONS)}
ALL_FLAGS = " + ".join(f"CASE WHEN {CONDITIONS[name]} THEN {bit} ELSE 0 END" for name, bit in FLAGS.items())


def last_granted(kind: str) -> str:
    """The number of the last decision in force that granted the action this, or NULL."""
    return f"""(
        SELECT MAX(step."change_id") FROM "actions_exceptionreport" AS report
        JOIN "actions_exceptionstep" AS step ON step."report_id" = report."id"
        WHERE report."action_id" = action."id" AND report."kind" = '{kind}'
            AND report."state" {one_of(GRANTED_OR_DONE)} AND step."to_state" = '{State.GRANTED}'
            AND step."move" <> '{MOVE_CHECK}' AND step."carried_to_id" IS NULL
    )"""


# The day of the first impact check that is promised and not done, or NULL.
IMPACT_DUE = f"""CASE WHEN action."status" = '{Action.Status.COMPLETE}' THEN (
    SELECT MIN(report."impact_check_on") FROM "actions_exceptionreport" AS report
    WHERE report."action_id" = action."id" AND report."kind" = '{Kind.COMPLETION}'
        AND report."state" = '{State.GRANTED}' AND report."impact" = ''
) END"""


def in_force(update: str) -> str:
    """Whether no chair has said of this update that it is not so."""
    return f"""NOT EXISTS (
        SELECT 1 FROM "actions_confirmation" AS said
        WHERE said."update_id" = {update}."id" AND NOT said."is_so"
    )"""


ELEMENTS = (
    "json_each({}) AS link"
    if connection.vendor == "sqlite"
    else "json_array_elements({}) WITH ORDINALITY AS link(value, key)"
)


def earlier_of(row: str) -> str:
    """The actions that the one of this row goes on with, by `link.key` the nearest first."""
    return f"""{ELEMENTS.format(f"{row}.earlier")}
        JOIN "actions_action" AS earlier ON earlier."id" = CAST(link.value ->> 0 AS bigint)"""


def before_it_went_on(entry: str) -> str:
    """Whether this entry was made before the earlier action went on in the later one."""
    return f"COALESCE({entry} < CAST(link.value ->> 1 AS bigint), TRUE)"


def was_open(action: str, entry: str) -> str:
    """Whether at this entry this action was open, in a live plan."""
    return f"""(
        EXISTS (
            SELECT 1 FROM "actions_historicalbusinessplan" AS its_plan
            WHERE its_plan."id" = {action}."plan_id" AND its_plan."change_id" <= {entry}
                AND its_plan."status" = '{BusinessPlan.Status.LIVE}'
        ) AND EXISTS (
            SELECT 1 FROM "actions_historicalaction" AS past
            WHERE past."id" = {action}."id" AND past."status" {one_of(Action.OPEN)} AND past."change_id" = (
                SELECT MAX(before."change_id") FROM "actions_historicalaction" AS before
                WHERE before."id" = {action}."id" AND before."change_id" <= {entry}
            )
        )
    )"""


def expected_at(entry: str) -> str:
    """Whether a report on `of_action` was expected then: it was open, or one that it goes on with."""
    return f"""({was_open("of_action", entry)} OR EXISTS (
        SELECT 1 FROM {earlier_of("of_action")}
        WHERE {before_it_went_on(entry)} AND {was_open("earlier", entry)}
    ))"""


# Of a report its last correction in force, or NULL.
MENDED = f"""(
    SELECT mended."id" FROM "actions_progressupdate" AS mended
    WHERE mended."first_id" = report."id" AND {in_force("mended")}
    ORDER BY mended."change_id" DESC LIMIT 1
)"""


def last_report(column: str, condition: str) -> str:
    """This column of the last first report for which that holds: corrections come beside it.

    On the action, or on one that it goes on with. What was reported on that one once it was reopened is not
    of this one.
    """
    # The plus keeps SQLite from beginning with all reports that correct none.
    counts = f'+report."first_id" IS NULL AND ({condition} OR {MENDED} IS NOT NULL)'
    own = f"""SELECT {column} AS said, report."change_id" AS made FROM "actions_progressupdate" AS report
        WHERE report."action_id" = action."id" AND {counts}"""
    of_earlier = f"""SELECT {column}, report."change_id" FROM {earlier_of("goes_on")}
        JOIN "actions_progressupdate" AS report ON report."action_id" = earlier."id"
        WHERE {before_it_went_on('report."change_id"')} AND {counts}"""
    both, last = " UNION ".join((own, of_earlier)), "ORDER BY made DESC LIMIT 1"
    # Both in one statement take twice the time, and few actions go on with another.
    return f"""CASE WHEN goes_on.earlier IS NULL THEN (SELECT said FROM ({own} {last}) AS report)
        ELSE (SELECT said FROM ({both}) AS reports {last}) END"""


# Of an action that goes on with one of a closed plan, the decision that reopened that; or NULL.
CAME_REOPENED = f"""CASE WHEN goes_on.earlier IS NOT NULL THEN (
    SELECT MAX(step."change_id") FROM {earlier_of("goes_on")}
    JOIN "actions_exceptionreport" AS report ON report."action_id" = earlier."id"
    JOIN "actions_exceptionstep" AS step ON step."report_id" = report."id"
    WHERE step."carried_to_id" = action."id"
) END"""
REPORTED_IN = last_report('report."change_id"', in_force("report"))
RATED_ID = last_report(
    f'COALESCE({MENDED}, report."id")', f'NOT report."nil_return" AND {in_force("report")}'
)
# Values are looked up for each action: a join to grouped rows SQLite may do by reading all of them each time.
# SQLite makes an index for the join to `goes_on` only where both sides have no affinity: hence the plus.
VALUES_OF_ACTIONS = f"""
SELECT action."id", action."plan_id", action."group_id", action."position", of_group.*, goes_on.earlier,
    action."status", action."rating", action."priority", action."review_date",
    COALESCE(action."agreed_date", action."original_date") AS due,
    CASE WHEN action."change_id" <= of_group.last_held_closing_entry THEN action."rating"
    ELSE COALESCE(NULLIF((
        SELECT past."rating" FROM "actions_historicalaction" AS past
        WHERE past."id" = action."id" AND past."change_id" <= of_group.last_held_closing_entry
        ORDER BY past."change_id" DESC LIMIT 1
    ), ''), (
        SELECT past."rating" FROM {earlier_of("goes_on")}
        JOIN "actions_historicalaction" AS past ON past."id" = earlier."id"
        WHERE past."rating" <> '' AND past."change_id" <= of_group.last_held_closing_entry
            AND {before_it_went_on('past."change_id"')}
        ORDER BY link.key, past."change_id" DESC LIMIT 1
    )) END AS rating_then,
    (
        SELECT MIN(CASE WHEN lead."post_id" {{held_posts}} THEN 1 ELSE 0 END)
        FROM "actions_actionlead" AS lead
        WHERE lead."action_id" = action."id" AND lead."ended_on" IS NULL
    ) AS leads_are_held,
    action."earlier_new_dates" + (
        SELECT COUNT(*) FROM "actions_exceptionreport" AS report
        WHERE report."action_id" = action."id" AND report."kind" = '{Kind.NEW_DATE}'
            AND report."state" {one_of(GRANTED_OR_DONE)}
    ) AS new_dates,
    COALESCE({last_granted(Kind.COMPLETION)}, 0) AS completed_in,
    COALESCE({last_granted(Kind.REOPENING)}, {CAME_REOPENED}, 0) AS reopened_in,
    {IMPACT_DUE} AS impact_due,
    {REPORTED_IN} AS reported_in,
    {RATED_ID} AS rated_id
FROM "actions_action" AS action CROSS JOIN of_group
LEFT JOIN goes_on ON goes_on.of_key = +action."id"
WHERE of_group.of_group_id = action."group_id" AND {{chosen}}
"""
# Not at once `WITH`: looking_back() puts its own expressions before a SELECT.
STATEMENT = f"""SELECT * FROM (
    WITH of_group (
        of_group_id, in_place, has_chair,
        papers_closed, last_counts_from, next_counts_from,
        last_closing_entry, next_closing_entry, last_held_closing_entry
    ) AS (VALUES {{groups}}),
    goes_on (of_key, earlier) AS (VALUES {{earlier}}),
    of_action AS MATERIALIZED ({VALUES_OF_ACTIONS})
    SELECT {{columns}}, {ALL_FLAGS} AS flags
    FROM (
        SELECT of_action.*, rated."forecast", rated."blocker", rated."unblocker", entry."clock" AS reported,
            {expected_at("last_closing_entry")} AS expected_last,
            {expected_at("next_closing_entry")} AS expected_next
        FROM of_action
        LEFT JOIN "actions_progressupdate" AS rated ON rated."id" = of_action.rated_id
        LEFT JOIN "gscp_change" AS entry ON entry."number" = of_action.reported_in
    ) AS worked_out
) AS with_flags
"""


@fact_of("subgroups.postholding", "subgroups.post", "subgroups.user")
def posts_held() -> tuple[tuple[int, str, int | None], ...]:
    held = PostHolding.objects.held_on(clock.today())
    return tuple(held.order_by("pk").values_list("post", "post__role", "post__group"))


@fact_of(*MEETINGS, "subgroups.postholding", "subgroups.post", "subgroups.user")
def rows_of_groups() -> str:
    """The rows of `of_group`.

    `last_counts_from` is the moment after which a report counts for the meeting whose papers closed last,
    `next_counts_from` that for the next meeting. `last_closing_entry` and `next_closing_entry` are the last
    entries before their papers closed.
    """
    has_chair = {group for _, role, group in posts_held() if role in CHAIRS}
    rows = [
        (key, int(group.is_in_place()), int(key in has_chair), int(bool(d.last_closed)))
        + (closing_of(d.closed_before), closing_of(d.closed_before_next))
        + (d.last_closing_entry, closing, d.last_held_closing_entry)
        for key, group in groups_by_key().items()
        for d in [deadlines_by_group()[key]]
        for closing in [LAST_ENTRY if d.next_closing_entry is None else d.next_closing_entry]
    ]
    return ", ".join(f"({', '.join(map(str, row))})" for row in rows)


def rows_of_earlier() -> str:
    """The rows of `goes_on`: an action, and as JSON the keys and entries of earlier_actions()."""
    literal_type = "json " if connection.vendor == "postgresql" else ""
    rows = [(0, "[]"), *((one, json.dumps([*line.items()])) for one, line in earlier_actions().items())]
    return ", ".join(f"({action}, {literal_type}'{line}')" for action, line in rows)


def closing_of(meeting: Meeting | None) -> str:
    """The moment when its papers closed, as the database compares moments; before all without a meeting."""
    moment = meeting.papers_close if meeting else datetime.min.replace(tzinfo=UTC)
    literal_type = "timestamptz " if connection.vendor == "postgresql" else ""
    return f"{literal_type}'{connection.ops.adapt_datetimefield_value(moment)}'"


def statement(columns: str, chosen: str) -> str:
    held_posts = one_of([0, *(post for post, _, _ in posts_held())])
    return STATEMENT.format(
        groups=rows_of_groups(),
        earlier=rows_of_earlier(),
        held_posts=held_posts,
        columns=columns,
        chosen=chosen,
    )


def select(columns: str, chosen: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement(columns, chosen), {"today": clock.today().isoformat()})
        return cursor.fetchall()
