"""The second stage of an import: what the tables of a file say. It touches no database."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from actions.tables.cells import Table
from actions.tables.understood import Known, Understood


def understand(
    tables: list[Table],
    known: Iterable[Known] = (),
    answers: dict[str, Any] | None = None,
    period: tuple[date, date] | None = None,
) -> Understood:
    """What the tables say, and what of that is not certain.

    Args:
        known: the posts, groups and partners on record, with all their spellings.
        answers: what a person answered to doubts of an earlier look at the same file, each part optional:
            "tables": {"Sheet2": "read" or "leave"}
            "columns": {"Owner" or "Plan!C": a field of FIELDS or FIELDS_UNDER_EXTRA}, by heading or by letters
            "rows": {"12" or "Plan!12": a kind}
            "names": {"J Smith": {"post": …, "body": …, "partner": …}}; {} keeps the words and asks no more
            "dates": {"Spring": {"date": "2022-03-31" or None, "precision": "month"}}
            "priorities", "ratings", "statuses": {"P1": "High"}; "" keeps the words alone
            "refs": "keep", or "by group": a number that is used again has the group's number before it
            "confirmed": [kinds of doubts that need no answer but a yes]
        period: first and last day of the plan, for a timescale such as “September” or “Q2”.
    """
    return Understood()
