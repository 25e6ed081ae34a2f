"""What is worked out of the record, kept in the process for as long as it holds.

    @fact                                      the first call works it out, later ones look it up
    def open_actions(group: int) -> tuple: ...

A fact depends on nothing but the record, the time and its arguments. Its key has these parts:
- The database, and number and hash of its last entry. After a rollback the same number comes again.
- The day, and how many moments of the record have passed, such as the closing of a meeting's papers.
- While somebody looks back, the last entry then and that of a redaction. Nothing else changes what was.
- Ten minutes of the clock. So a row that was altered behind the record and put back is not shown for long.
So nothing has to be removed when something changes, and it holds for any number of servers. Inside
recording() nothing is looked up or kept. What is kept is never changed.
"""

from bisect import bisect
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial, wraps
from time import time
from typing import Any, ParamSpec, TypeVar

from django.db import connection, models

from gscp import clock
from gscp.kept import Kept
from gscp.record import Redaction, history_of, tracked_models
from gscp.record.looking_back import innermost
from gscp.record.sql import SCHEMA, select_rows
from gscp.record.tracked import current_recording

P = ParamSpec("P")
R = TypeVar("R")
Version = tuple[Hashable, ...]


kept = Kept(32 * 2**20)
# In a request that writes nothing: the version at its first question, by block of looking_back().
versions: ContextVar[dict[Any, Version] | None] = ContextVar("versions", default=None)


def fact(work: Callable[P, R]) -> Callable[P, R]:
    @wraps(work)
    def looked_up(*args: P.args, **kwargs: P.kwargs) -> R:
        if current_recording.get():
            return work(*args, **kwargs)
        version = version_of_request()
        moments = looked_up_or_made(version, (moments_on_record, version), moments_on_record)
        time = (clock.today(), bisect(moments, clock.now()))
        key = (f"{work.__module__}.{work.__qualname__}", args, *kwargs.items(), version, time)
        return looked_up_or_made(version, key, partial(work, *args, **kwargs))

    return looked_up


def looked_up_or_made(version: Version, key: Hashable, work: Callable[[], R]) -> R:
    if found := kept.get(key):
        return found[0]
    value = work()
    if version_now() == version:  # else it may be of both versions
        kept.add(key, value)
    return value


def rows_of_actions(beside: str, read: Callable[[Collection[int] | None], Iterable[Any]]) -> tuple[Any, ...]:
    """A row of each action, sorted. Those kept of an earlier version stand, but where an entry since concerns
    the action: these alone are read anew.

    `read` reads the rows of some actions, or of all. A row depends on what is filed under its action, on the
    day, and else on nothing but `beside`.
    """
    if current_recording.get() or innermost.get():
        return tuple(sorted(read(None)))
    *database, last = version = version_of_request()
    key = (rows_of_actions, *database, clock.today(), beside)
    earlier = kept.get(key)
    rows = kept.get((key, earlier[0])) if earlier else None
    changed = concerned_since(*earlier[0]) if earlier and rows else None
    if rows is None or changed is None:
        now = tuple(sorted(read(None)))
    else:
        others = (row for row in rows[0] if row.action not in changed)
        now = tuple(sorted([*others, *(read(changed) if changed else ())]))
    if version_now() == version:
        kept.add((key, last), now)
        kept.add(key, last)
    return now


def concerned_since(last: tuple[int, str] = (0, "")) -> set[int] | None:
    """The actions that entries after this one concern; None if it is not on record, or there are too many."""
    entries = 'SELECT "number", "hash", "action", "model" FROM "gscp_change"'
    rows = select_rows(f'{entries} WHERE "number" >= {last[0]} ORDER BY "number" LIMIT {MOST_ENTRIES}')
    # A redaction changes rows that its entry does not concern.
    if not rows or rows[0][:2] != last or len(rows) == MOST_ENTRIES or REDACTION in [row[3] for row in rows]:
        return None
    return {action for _, _, action, _ in rows[1:] if action}


MOST_ENTRIES = 500
REDACTION = Redaction._meta.label_lower


def moments_on_record() -> tuple[datetime, ...]:
    """The moments in columns of tracked rows, in order: when one of them comes, a fact may change."""
    columns = [
        (model, field.name)
        for model in tracked_models()
        for field in history_of(model).tracked_fields
        if isinstance(field, models.DateTimeField)
    ]
    rows = (model._base_manager.values_list(name, flat=True).order_by() for model, name in columns)
    return tuple(sorted({moment for moments in rows for moment in moments if moment}))


def version_of_request() -> Version:
    known, block = versions.get(), innermost.get()
    if known is None:
        return version_now()
    if block not in known:
        known[block] = version_now()
    return known[block]


def version_now() -> Version:
    """The database and its last entry; inside looking_back() the last entry then, and that of a redaction."""
    schema = "main" if connection.vendor == "sqlite" else SCHEMA  # looking_back() leaves these tables alone
    queries = ['SELECT "number", "hash" FROM "gscp_change" ORDER BY "number" DESC LIMIT 1']
    if innermost.get():
        last = f'SELECT MAX("change_id") FROM {schema}."{Redaction._meta.db_table}"'
        queries.append(f'SELECT "number", "hash" FROM {schema}."gscp_change" WHERE "number" = ({last})')
    settings = connection.settings_dict
    # What was read while a row was altered behind the record, and put back, is forgotten as well.
    age = int(time() // SECONDS_KEPT)
    database = (age, settings["NAME"], settings["HOST"], settings["PORT"])
    return (*database, *(tuple(select_rows(query)) for query in queries))


SECONDS_KEPT = 600  # seconds for which anything is kept


@contextmanager
def of_one_version() -> Iterator[None]:
    # For a request that writes nothing: it shows the record as at its first question.
    token = versions.set({})
    try:
        yield
    finally:
        versions.reset(token)
