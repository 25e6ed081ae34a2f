"""Many rows at once, as the database has them, in the order of their entries in the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Max

from gscp.record import Change

ENTRY_NUMBERS = (1, 2**63 - 1)  # the lowest and the highest that an entry can have
ROWS_AT_ONCE = 200  # few enough to stay in the processor's cache
# Errors that values in a damaged row raise when they are read. Faults in our code raise the same.
ROW_ERRORS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
# SQLite stores bytes in a text column, too.
IS_TEXT, MALFORMED = "typeof(%(expressions)s) = 'text'", "not as the record writes it"


def last_number() -> int:
    return Change.objects.filter(number__range=ENTRY_NUMBERS).aggregate(last=Max("number"))["last"] or 0


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read in this block is from one moment, and no writer has to wait for it.

    Django's own transaction would keep writers waiting on SQLite; on PostgreSQL each of its queries would see
    a later moment. Inside another transaction the block reads what that transaction reads.
    """
    in_transaction = connection.in_atomic_block
    if connection.vendor == "sqlite" and not in_transaction:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            if not in_transaction:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield


# The three below select a column as text, in the form that lines have.
class MomentInLine(models.Func):
    output_field = models.TextField()
    # PostgreSQL writes years before year 1 as positive numbers. A moment that no line can have becomes NULL.
    template = (
        "CASE WHEN %(expressions)s BETWEEN '0001-01-01 00:00Z' AND '9999-12-31 00:00Z' THEN "
        """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END"""
    )

    def as_sqlite(self, compiler, connection, **extra_context) -> tuple[str, Any]:
        # Queries compare the stored text, so only the form that Django writes is right: with microseconds
        # unless they are zero.
        moment = "replace(%(expressions)s, ' ', 'T') || iif(length(%(expressions)s) = 19, '.000000Z', 'Z')"
        return self.as_sql(
            compiler,
            connection,
            template=f"iif({IS_TEXT} AND substr(%(expressions)s, 11, 1) = ' ' "
            f"AND substr(%(expressions)s, 20) <> '.000000', {moment}, '{MALFORMED}')",
        )


class DayInLine(models.Func):
    output_field = models.TextField()
    template = "%(expressions)s::text"

    def as_sqlite(self, compiler, connection, **extra_context) -> tuple[str, Any]:
        template = f"iif({IS_TEXT} OR %(expressions)s IS NULL, %(expressions)s, '{MALFORMED}')"
        return self.as_sql(compiler, connection, template=template)


class UuidInLine(models.Func):
    output_field = models.TextField()
    template = "%(expressions)s::text"

    def as_sqlite(self, compiler, connection, **extra_context) -> tuple[str, Any]:
        parts = " || '-' || ".join(
            f"substr(%(expressions)s, {start}, {length})"
            for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        )
        # SQLite's length() of a text ends at its first NUL; that of its bytes does not.
        is_complete = "length(CAST(%(expressions)s AS BLOB)) = 32"
        template = f"iif({IS_TEXT} AND {is_complete}, {parts}, '{MALFORMED}')"
        return self.as_sql(compiler, connection, template=template)


class IntegerOrNull(models.Func):
    """A nullable integer. Of anything else in it (JSON would write an infinite number as null), MALFORMED."""

    output_field = models.BigIntegerField()
    template = "%(expressions)s"

    def as_sqlite(self, compiler, connection, **extra_context) -> tuple[str, Any]:
        is_integer = "typeof(%(expressions)s) IN ('integer', 'null')"
        return self.as_sql(
            compiler, connection, template=f"iif({is_integer}, %(expressions)s, '{MALFORMED}')"
        )


class StoredBoolean(models.Func):
    """A boolean column as it is stored: Django's SQLite converter turns every value but 1 into False."""

    output_field = models.IntegerField()
    template = "%(expressions)s"

    def as_sqlite(self, compiler, connection, **extra_context) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="+%(expressions)s")


def in_line_form(field: models.Field) -> models.Func | str:
    """How to select a column: as lines have it, where Django's conversion is slow or would hide damage."""
    if field.model is Change and isinstance(field, models.BooleanField):  # which is in no line
        return StoredBoolean(field.attname)
    kinds = (
        (models.DateTimeField, MomentInLine),
        (models.DateField, DayInLine),
        (models.UUIDField, UuidInLine),
    )
    for kind, form in kinds:
        if isinstance(field, kind):
            return form(field.attname)
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    is_integer = isinstance(target, models.IntegerField)
    return IntegerOrNull(field.attname) if is_integer and field.null else field.attname


def rows_by_number(
    model: type[models.Model], columns: Sequence[str], after: int, until: int
) -> Iterator[tuple]:
    """These columns of a model's rows, ordered by the first of them: above `after`, up to `until`.

    JSON is read as text. PostgreSQL sends a long answer in pieces only inside snapshot().
    """
    return fetch(query_by_number(connection.vendor, model, tuple(columns)), (after, until))


@cache  # making it takes longer than reading a short table
def query_by_number(vendor: str, model: type[models.Model], columns: tuple[str, ...]) -> str:
    """In SQL, with the two numbers to be filled in."""
    number, *_ = columns
    forms = {field.attname: in_line_form(field) for field in model._meta.concrete_fields}
    rows = model._base_manager.filter(**{f"{number}__gt": 0, f"{number}__lte": 0}).order_by(number)
    query, _ = rows.values_list(*(forms[column] for column in columns)).query.sql_with_params()
    return query


class RowsByNumber:
    """The rows of rows_by_number(), taken number by number; each row can be taken once."""

    def __init__(self, model: type[models.Model], columns: Sequence[str], after: int, until: int):
        self.groups = groupby(rows_by_number(model, columns, after, until), itemgetter(0))
        self.next_number: int
        self.next_rows: Iterable[tuple]
        self.step()

    def step(self) -> None:
        self.next_number, self.next_rows = next(self.groups, END)

    def take(self, number: int) -> list[tuple]:
        if self.next_number != number:
            return []
        rows = list(self.next_rows)
        self.step()
        return rows

    def skip_to(self, number: int) -> Iterator[int]:
        """The lower numbers whose rows were not taken; passes over those rows."""
        while self.next_number < number:
            yield self.next_number
            self.step()


END: tuple[int, Iterable[tuple]] = (2**63, ())  # a number that no row can have


def fetch(query: str, values: tuple[Any, ...]) -> Iterator[tuple]:
    # Rows as the database driver returns them: Django's own iterator takes twice as long.
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows
