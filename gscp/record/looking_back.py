"""Reading the record as it was at an earlier moment, with the models, rules and pages of today.

Inside `with looking_back(past)` a common table expression is put before each SELECT for every table of the
record that it names. It has the table's own name, and the latest history row of each object up to that
moment. Nothing can be written inside the block. PostgreSQL can group by a table's key, but not by an
expression's: count in a subquery what belongs to a row.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from gscp import clock, dates
from gscp.record.change import Change, ChangeText
from gscp.record.sql import SCHEMA
from gscp.record.tracked import history_of, tracked_models


@dataclass(frozen=True)
class Past:
    at: datetime
    number: int  # of the last entry then
    address: str = ""  # the moment as addresses write it

    @classmethod
    def read(cls, address: str) -> "Past":
        """The end of a day (2021-09-14), of a minute (2021-09-14T17:00) or an entry of the ledger (81).

        With seconds (2021-09-14T17:00:00) it is that very moment, as papers close.

        Raises:
            ValidationError: it is not one of these, it is still to come, or nothing was on record yet.
        """
        if address.isascii() and address.isdigit() and len(address) <= 15:
            entry = Change.objects.filter(number=int(address)).first()
            if entry is None:
                raise ValidationError("There is no entry with that number.")
            return cls(entry.at, entry.number, address)
        try:
            moment = datetime.fromisoformat(address) if ADDRESS.fullmatch(address) else None
        except ValueError:
            moment = None
        if moment is None:
            raise ValidationError(
                f"“{address:.40}” is not a moment. "
                "Write a day as 2021-09-14, or a moment as 2021-09-14T17:00."
            )
        if len(address) == len("2021-09-14T17:00"):
            moment = dates.moment_of(moment.date(), moment.time())
            if moment <= clock.now():
                # Pages show minutes: what is shown as 5pm is part of it.
                moment = min(moment + MINUTE, clock.now())
            return cls.on(moment, address)
        if "T" in address:
            return cls.on(timezone.make_aware(moment).astimezone(UTC), address)
        end = timezone.make_aware(datetime.combine(moment, time.max))
        if end.date() != clock.today():
            return cls.on(end, address)
        # Today is looked at as far as it has come: all that is recorded, even where a clock was once ahead.
        return cls(clock.now(), Change.objects.last_number() or cls.on(clock.now()).number, address)

    @classmethod
    def on(cls, moment: datetime, address: str = "") -> "Past":
        """Raises ValidationError where it is still to come, or nothing was on record yet."""
        if moment > clock.now():
            raise ValidationError("That is still to come: choose an earlier one.")
        number = Change.objects.last_number(moment)
        if not number:
            first = Change.objects.first()
            begins = f": the record begins on {dates.moment_in_words(first.at)}" if first else ""
            raise ValidationError(f"Nothing was on record yet{begins}.")
        return cls(moment, number, address or f"{timezone.localtime(moment):%Y-%m-%dT%H:%M:%S}")


# The innermost block that looks back: of several, it alone rewrites.
innermost: ContextVar[Any] = ContextVar("innermost", default=None)

ADDRESS = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?")
MINUTE = timedelta(seconds=59, microseconds=999_999)


@contextmanager
def looking_back(past: Past) -> Iterator[None]:
    """Every query in the block reads the record as it was; the clock is at that moment.

    Raises:
        RuntimeError: something other than a query was sent.
    """

    def read_past(execute, sql, params, many, context) -> Any:
        if innermost.get() is not read_past:
            return execute(sql, params, many, context)
        if not sql.startswith("SELECT"):
            raise RuntimeError("The past is only read.")
        expressions = [
            f'"{table}" AS NOT MATERIALIZED ({body})' for table, body in past_selects() if f'"{table}"' in sql
        ]
        with_clause = ", ".join(expressions).replace(NUMBER_OF_MOMENT, str(past.number))
        return execute(f"WITH {with_clause} {sql}" if expressions else sql, params, many, context)

    moment, block = clock.looked_back_to.set(past.at), innermost.set(read_past)
    try:
        with connection.execute_wrapper(read_past):
            yield
    finally:
        clock.looked_back_to.reset(moment)
        innermost.reset(block)


NUMBER_OF_MOMENT = "<number>"  # in past_selects(); looking_back() puts the moment's number in its place


@cache
def past_selects() -> list[tuple[str, str]]:
    """For each table of the record: its name, and the SELECT that takes its place.

    It goes through today's rows, since nothing tracked is ever deleted, and looks up one history row for each
    by (id, change). Columns that history leaves out (a password) have today's value. So have `part_of` and
    `fixed`, which never change and whose indexes are needed. Tables are named with their schema: without it
    SQLite would take the name for the expression itself.
    """
    schema = "main" if connection.vendor == "sqlite" else SCHEMA
    ledger = f'SELECT * FROM {schema}."{Change._meta.db_table}" WHERE "number" <= {NUMBER_OF_MOMENT}'
    texts = f'SELECT * FROM {schema}."{ChangeText._meta.db_table}" WHERE "change_id" <= {NUMBER_OF_MOMENT}'
    selects = [(Change._meta.db_table, ledger), (ChangeText._meta.db_table, texts)]
    for model in tracked_models():
        table, rows = model._meta.db_table, history_of(model)
        history = f'{schema}."{rows._meta.db_table}"'
        fixed = {model._meta.pk.column, *model.fixed_columns()}
        changing = {f.column for f in rows.tracked_fields} - fixed
        columns = ", ".join(
            f'{"history" if field.column in changing else "present"}."{field.column}"'
            for field in model._meta.concrete_fields
        )
        key = model._meta.pk.column
        latest = (
            f'FROM {history} AS latest WHERE latest."{key}" = present."{key}" '
            f'AND latest."change_id" <= {NUMBER_OF_MOMENT} ORDER BY latest."change_id" DESC LIMIT 1'
        )
        if connection.vendor == "sqlite":
            join = (
                f'JOIN {history} AS history ON history."history_id" = (SELECT latest."history_id" {latest})'
            )
        else:  # with SQLite's join, PostgreSQL reads the whole history to find these rows
            join = f"CROSS JOIN LATERAL (SELECT * {latest}) AS history"
        body = f'SELECT {columns} FROM {schema}."{table}" AS present {join}'
        selects.append((table, body))
    return selects
