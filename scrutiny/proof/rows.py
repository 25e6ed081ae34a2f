"""Rows by the million, as the database has them, in the order of the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

from django.db import connection, models, transaction
from django.db.models import Max

from gscp.record import Change

NUMBERS = (1, 2**63 - 1)  # that an entry can have
ROWS = 200  # at once: few enough to stay in the processor's cache
# SQLite keeps bytes, too, where a text should be.
TEXT, STRANGE = "typeof(%(expressions)s) = 'text'", "not as the record writes it"


def last_number() -> int:
    return Change.objects.filter(number__range=NUMBERS).aggregate(last=Max("number"))["last"] or 0


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read in this block is of one moment, and no writer waits for it.

    In Django's own transaction SQLite's writers would, and PostgreSQL would answer each query at a later one.
    """
    within = connection.in_atomic_block  # then it is as that has it
    if connection.vendor == "sqlite" and not within:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            if not within:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield


class Moment(models.Func):
    """A moment as lines have it."""

    output_field = models.TextField()
    # Before year 1 its years count backwards, and look like ours. What no line can have is nothing.
    template = (
        "CASE WHEN %(expressions)s BETWEEN '0001-01-01 00:00Z' AND '9999-12-31 00:00Z' THEN "
        """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END"""
    )

    def as_sqlite(self, compiler, connection):
        # Only as Django writes it, microseconds where there are any: queries compare it as it stands.
        whole = "replace(%(expressions)s, ' ', 'T') || iif(length(%(expressions)s) = 19, '.000000Z', 'Z')"
        return self.as_sql(
            compiler,
            connection,
            template=f"iif({TEXT} AND substr(%(expressions)s, 11, 1) = ' ' "
            f"AND substr(%(expressions)s, 20) <> '.000000', {whole}, '{STRANGE}')",
        )


class Day(models.Func):
    """A day as lines have it."""

    output_field = models.TextField()
    template = "%(expressions)s::text"

    def as_sqlite(self, compiler, connection):
        template = f"iif({TEXT} OR %(expressions)s IS NULL, %(expressions)s, '{STRANGE}')"
        return self.as_sql(compiler, connection, template=template)


class Act(models.Func):
    """A UUID as lines have it."""

    output_field = models.TextField()
    template = "%(expressions)s::text"

    def as_sqlite(self, compiler, connection):
        parts = " || '-' || ".join(
            f"substr(%(expressions)s, {at}, {length})"
            for at, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        )
        # What comes after a NUL is no part of its length, but for that of its bytes.
        whole = "length(CAST(%(expressions)s AS BLOB)) = 32"
        return self.as_sql(compiler, connection, template=f"iif({TEXT} AND {whole}, {parts}, '{STRANGE}')")


class WholeOrNone(models.Func):
    """A number as lines have it, or nothing: which is what they have for the infinite, too."""

    output_field = models.BigIntegerField()
    template = "%(expressions)s"

    def as_sqlite(self, compiler, connection):
        whole = "typeof(%(expressions)s) IN ('integer', 'null')"
        return self.as_sql(compiler, connection, template=f"iif({whole}, %(expressions)s, '{STRANGE}')")


class Bare(models.Func):
    """What stands in the column: of a truth Django's driver for SQLite makes false of all but 1."""

    output_field = models.IntegerField()
    template = "%(expressions)s"

    def as_sqlite(self, compiler, connection):
        return self.as_sql(compiler, connection, template="+%(expressions)s")


def written(field: models.Field):
    """The column, in the form that lines have where its own takes long to read, or is more than one thing."""
    if field.model is Change and isinstance(field, models.BooleanField):  # which no line has
        return Bare(field.attname)
    for kind, form in ((models.DateTimeField, Moment), (models.DateField, Day), (models.UUIDField, Act)):
        if isinstance(field, kind):
            return form(field.attname)
    number = isinstance(field.target_field if field.is_relation else field, models.IntegerField)
    return WholeOrNone(field.attname) if number and field.null else field.attname


def rising(model: type[models.Model], columns: Sequence[str], after: int, until: int) -> Iterator[tuple]:
    """The rows of a model by their rising numbers, after one up to another.

    The column with their number is the first of `columns`, which is what is read; JSON is read as text.
    PostgreSQL reads a long answer piece by piece in a snapshot only.
    """
    number, *_ = columns
    form = {field.attname: written(field) for field in model._meta.concrete_fields}
    rows = model._base_manager.filter(**{f"{number}__gt": after, f"{number}__lte": until})
    query = rows.order_by(number).values_list(*(form[column] for column in columns)).query
    return read(*query.sql_with_params())


class Rising:
    """The rows of a model as rising() has them, by their numbers, each taken once."""

    def __init__(self, model: type[models.Model], columns: Sequence[str], after: int, until: int):
        self.groups = groupby(rising(model, columns, after, until), itemgetter(0))
        self.next: int
        self.group: Iterable[tuple]
        self.step()

    def step(self) -> None:
        self.next, self.group = next(self.groups, NO_MORE)

    def at(self, number: int) -> list[tuple]:
        """Those of this number."""
        if self.next != number:
            return []
        found = list(self.group)
        self.step()
        return found

    def before(self, number: int) -> Iterator[int]:
        """The numbers below this one that nobody took."""
        while self.next < number:
            yield self.next
            self.step()


NO_MORE: tuple[int, Iterable[tuple]] = (2**63, ())  # a number no row can have


def read(query: str, values: tuple) -> Iterator[tuple]:
    """What the driver makes of the rows: Django's own way is twice as long."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(ROWS):
            yield from rows
