"""Which reports came late: after papers closed for a meeting for which they were expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from actions.deadlines import announced, meetings_after_closing, meetings_reported_for
from actions.findings_sql import was_open
from actions.models import ProgressUpdate
from actions.models.line import before_it_went_on, lines_of

# The keys of its action and of the group that was responsible then, when it was made, if it was, and by which
# entry; None of one that is being made.
Report = tuple[int, int, datetime | None, int | None]
Asked = tuple[int, int, int | None]  # an action, an entry, and that of a report
Closing = tuple[int, int, int]  # an action, the group that reports it, and a meeting whose papers closed
OPEN_THEN = f"""SELECT asked.column1, asked.column2 FROM (VALUES {{pairs}}) AS asked
JOIN "actions_action" AS of_action ON of_action."id" = asked.column1
WHERE {was_open("of_action", "asked.column2")}
"""


def expected(reports: Collection[Asked]) -> set[Asked]:
    """Those where a report on the action was expected at that entry, as it was known when it was made.

    An earlier action's counts for one that was made once that had gone on.
    """
    if not reports:
        return set()
    lines = lines_of({action for action, *_ in reports})
    asked = {
        (action, entry, reported): [
            (one, entry)
            for one, went_on in lines[action].items()
            if before_it_went_on(entry, went_on)
            and (went_on is None or reported is None or reported >= went_on)
        ]
        for action, entry, reported in reports
    }
    in_order = sorted({one for ones in asked.values() for one in ones})
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN_THEN.format(pairs=", ".join(f"({action}, {entry})" for action, entry in in_order))
        )
        were_open = set(cursor.fetchall())
    return {report for report, ones in asked.items() if not were_open.isdisjoint(ones)}


def days_late_for(reports: Sequence[Report]) -> list[date | None]:
    """Of each report the day of the meeting for which it came late, if it did."""
    meetings = [meetings_after_closing(group, moment) for _, group, moment, _ in reports]
    found = expected(
        {
            (action, meeting.closing_entry, entry)
            for (action, _, _, entry), after in zip(reports, meetings, strict=True)
            for meeting in after
        }
    )
    missed = [
        [meeting for meeting in after if (action, meeting.closing_entry, entry) in found]
        for (action, _, _, entry), after in zip(reports, meetings, strict=True)
    ]
    of_reports = list(zip(reports, missed, strict=True))
    in_time = reported_in_time(
        {(action, group, one.pk): one for (action, group, *_), some in of_reports for one in some}
    )
    return [
        next((one.date for one in some if (action, group, one.pk) not in in_time), None)
        for (action, group, *_), some in of_reports
    ]


def reported_in_time(closings: Mapping[Closing, Any]) -> set[Closing]:
    """The closings before which the action had been reported for that meeting: a further report is not late.

    Args:
        closings: each with its meeting.
    """
    if not closings:
        return set()
    lines = lines_of({action for action, *_ in closings})
    reported: dict[int, list[int]] = defaultdict(list)
    updates: Any = ProgressUpdate.objects.standing()  # mypy knows no annotation
    of_lines = updates.filter(action__in={key for line in lines.values() for key in line}).order_by()
    for action, entry in of_lines.values_list("action", "reported_in"):
        reported[action].append(entry)
    found = set()
    for (action, group, key), meeting in closings.items():
        before = (
            m for m in announced(meetings_reported_for()[group]) if m.papers_close < meeting.papers_close
        )
        since = max((one.closing_entry for one in before), default=0)
        entries = (
            entry
            for one, went_on in lines[action].items()
            for entry in reported[one]
            if before_it_went_on(entry, went_on)
        )
        if any(since < entry <= meeting.closing_entry for entry in entries):
            found.add((action, group, key))
    return found


def late_for(action: int, group: int, moment: datetime) -> date | None:
    """Of a report that is made now."""
    return days_late_for([(action, group, moment, None)])[0]


def day_changed_for(group: int, reported_in: int, changed: datetime | None) -> date | None:
    """The day of the first meeting whose papers closed after it was reported, and before it was corrected."""
    if changed is None:
        return None
    meetings = meetings_reported_for().get(group, [])
    closed = (m for m in meetings if reported_in <= m.closing_entry and m.papers_close < changed)
    return next((meeting.date for meeting in closed), None)


def attach_late_for(updates: Sequence[ProgressUpdate]) -> None:
    """Set `late_for` and `changed_for` on each."""
    groups = [update.reported.group or update.action.group_id for update in updates]
    reports = [
        (one.action_id, group, one.reported.clock, one.reported_number)
        for one, group in zip(updates, groups, strict=True)
    ]
    for update, group, day in zip(updates, groups, days_late_for(reports), strict=True):
        update.late_for = day
        changed = update.change.clock if update.first_id else None
        update.changed_for = day_changed_for(group, update.reported_number or 0, changed)
