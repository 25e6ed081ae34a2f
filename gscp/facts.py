"""What is worked out of the record, kept in the process for as long as it holds.

    @fact                                      the first call works it out, later ones look it up
    def open_actions(group: int) -> tuple: ...

    @fact_of("subgroups.group")                holds until an entry is about a group
    def groups_by_key() -> dict: ...

A fact depends on nothing but the record, the time and its arguments. Its key has these parts:
- The database, and number and hash of its last entry. After a rollback the same number comes again.
- The day, and the last moment of the record that has passed, such as the closing of a meeting's papers.
- While somebody looks back, the last entry then and that of a redaction. Nothing else changes what was.
- Ten minutes of the clock. So a row that was altered behind the record and put back is not shown for long.
So nothing has to be removed when something changes, and it holds for any number of servers. Inside
recording() nothing is looked up or kept. What is kept is never changed.
"""

from bisect import bisect
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache, partial, wraps
from itertools import starmap
from time import time
from typing import Any, NamedTuple, ParamSpec, TypeVar

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
Time = tuple[date, datetime | None]


kept = Kept(32 * 2**20)
# In a request that writes nothing: version and time at its first question, by block of looking_back().
keys: ContextVar[dict[Any, tuple[Version, Time]] | None] = ContextVar("keys", default=None)
# While one is made: its version, and those made for it, which are kept with it.
being_made: ContextVar[tuple[Version, dict[Hashable, Any]] | None] = ContextVar("being_made", default=None)


def fact(work: Callable[P, R]) -> Callable[P, R]:
    return fact_of()(work)


def fact_of(*models: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A fact that reads rows of these models alone: it holds until an entry is about one of them.

    It may read when entries were made, too, if it is about moments that have passed.
    """

    def of_models(work: Callable[P, R]) -> Callable[P, R]:
        name = f"{work.__module__}.{work.__qualname__}"

        @wraps(work)
        def looked_up(*args: P.args, **kwargs: P.kwargs) -> R:
            if current_recording.get():
                return work(*args, **kwargs)
            version, now = key_of_request()
            call, made = (name, args, *kwargs.items(), now), partial(work, *args, **kwargs)
            if models and not innermost.get():
                made = partial(of_earlier_or_made, models, version, call, now[1], made)
            return looked_up_or_made(version, (*call, version), made)

        looked_up.models = models  # type: ignore[attr-defined]  # a test looks for it
        return looked_up

    return of_models


def looked_up_or_made(version: Version, key: Hashable, work: Callable[[], R]) -> R:
    if found := kept.get(key):
        return found[0]
    outer = being_made.get()
    if outer and outer[0] == version:
        if key not in outer[1]:
            outer[1][key] = work()
        return outer[1][key]
    made: dict[Hashable, Any] = {}
    token = being_made.set((version, made))
    try:
        value = made[key] = work()
    finally:
        being_made.reset(token)
    if version_now() == version:  # else they may be of both versions
        for name, one in made.items():
            if not kept.get(name):  # as one is that holds since an earlier version
                kept.add(name, one)
    return value


def of_earlier_or_made(
    models: Collection[str], version: Version, call: tuple, passed: datetime | None, work: Callable[[], R]
) -> R:
    """What was kept of an earlier version, if no entry since is about these models; else what `work` returns.

    By a slower clock an entry may be of a moment that had passed here.
    """
    *database, last = version
    latest = (*call, *database)
    earlier = kept.get(latest)
    kept.add(latest, last)
    found = kept.get((*call, (*database, earlier[0]))) if earlier else None
    since = entries_since(earlier[0], version) if earlier and found else None
    if found is None or since is None:
        return work()
    # SQLite's moments come without their zone.
    if any(entry.model in models or (passed and entry.at.replace(tzinfo=UTC) <= passed) for entry in since):
        return work()
    kept.add((*call, version), *found)
    return found[0]


def rows_of_actions(
    beside: str,
    read: Callable[[Collection[int] | None], Iterable[Any]],
    goes_on_with: Mapping[int, Collection[int]],
) -> tuple[Any, ...]:
    """A row of each action, sorted.

    Rows kept of an earlier version stand. Of actions that an entry since concerns they are read anew, and of
    those that go on with them.

    `read` reads the rows of some actions, or of all. A row depends on what is filed under its action, or
    under one that it goes on with, on the day, and else on nothing but `beside`.
    """
    if current_recording.get() or innermost.get():
        return tuple(sorted(read(None)))
    *database, last = version = key_of_request()[0]
    key = (rows_of_actions, *database, clock.today(), beside)
    earlier = kept.get(key)
    rows = kept.get((key, earlier[0])) if earlier else None
    since = entries_since(earlier[0], version) if earlier and rows else None
    if rows is None or since is None:
        now = tuple(sorted(read(None)))
    else:
        changed = {entry.action for entry in since if entry.action}
        changed |= {one for one, others in goes_on_with.items() if not changed.isdisjoint(others)}
        others = (row for row in rows[0] if row.action not in changed)
        now = tuple(sorted([*others, *(read(changed) if changed else ())]))
    if version_now() == version:
        kept.add((key, last), now)
        kept.add(key, last)
    return now


class Entry(NamedTuple):
    number: int
    hash: str
    action: int | None
    model: str
    at: Any


def entries_since(last: Any, version: Version) -> tuple[Entry, ...] | None:
    """The entries after this one up to that of the version; None if all may be another since.

    So it is if that one is not on record, if there are too many, or if one is a redaction, which changes rows
    that its entry does not concern.
    """
    newest: Any = version[-1]
    if not last or not newest:  # nothing was on record
        return None
    read = partial(read_entries, last[0], newest[0])
    return looked_up_or_made(version, (entries_since, last, version), read)


def read_entries(last: tuple[int, str], until: tuple[int, str]) -> tuple[Entry, ...] | None:
    columns = 'SELECT "number", "hash", "action", "model", "at" FROM "gscp_change"'
    chosen = f'"number" BETWEEN {last[0]} AND {until[0]}'
    rows = select_rows(f'{columns} WHERE {chosen} ORDER BY "number" LIMIT {MOST_ENTRIES}')
    entries = tuple(starmap(Entry, rows))
    is_known = entries and entries[0][:2] == last and len(entries) < MOST_ENTRIES
    return entries[1:] if is_known and REDACTION not in [entry.model for entry in entries] else None


MOST_ENTRIES = 500
REDACTION = Redaction._meta.label_lower


@cache
def columns_of_moments() -> list[tuple[type[models.Model], str]]:
    return [
        (model, field.name)
        for model in tracked_models()
        for field in history_of(model).tracked_fields
        if isinstance(field, models.DateTimeField)
    ]


def moments_on_record() -> tuple[datetime, ...]:
    """The moments in columns of tracked rows, in order: when one of them comes, a fact may change."""
    rows = (
        model._base_manager.values_list(name, flat=True).order_by() for model, name in columns_of_moments()
    )
    return tuple(sorted({moment for moments in rows for moment in moments if moment}))


def key_of_request() -> tuple[Version, Time]:
    known, block = keys.get(), innermost.get()
    if known is None:
        return key_now()
    if block not in known:
        known[block] = key_now()
    return known[block]


def key_now() -> tuple[Version, Time]:
    """The version; the day, and the last moment of the record that has passed."""
    version = version_now()
    call, made = (moments_on_record,), moments_on_record
    if not innermost.get():
        of = {model._meta.label_lower for model, _ in columns_of_moments()}
        made = partial(of_earlier_or_made, of, version, call, None, made)
    on_record = looked_up_or_made(version, (*call, version), made)
    now = clock.now()
    passed = bisect(on_record, now)
    return version, (now.date(), on_record[passed - 1] if passed else None)


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
    token = keys.set({})
    try:
        yield
    finally:
        keys.reset(token)
