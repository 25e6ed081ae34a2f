"""Many new rows of one act, written together: a statement for hundreds of them, not two for each.

with recording(actor, reason):
    with many_rows():
        ...    # new rows are saved as anywhere else; the database has them when the block ends

In the block nobody may look for them in the database. What has to be unique, it alone refuses.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import connection, models

from gscp.record.sql import insert_many, run
from gscp.record.tracked import Tracked, current_recording, history_of


class Pending:
    """Rows that have their ids and are not written yet.

    Ids are counted on from the last one: nobody else can add a row until the act ends.
    """

    def __init__(self) -> None:
        self.rows: dict[type[models.Model], list[tuple]] = defaultdict(list)  # in the order they came
        self.last_ids: dict[type[models.Model], int] = {}

    def add(self, instance: Tracked, row: dict[str, Any]) -> tuple[int, int]:
        """Take a new row and the copy in its history; returns the id of the copy and of the row."""
        model: Any = type(instance)
        history: Any = history_of(model)
        instance.pk = self.next_id(model)
        copy = self.next_id(history)
        row["history_id"] = copy
        self.rows[model].append(values_of(model)(vars(instance)))
        self.rows[history].append(values_of(history)(vars(instance) | row))
        return copy, instance.pk

    def next_id(self, model: type[models.Model]) -> int:
        if model not in self.last_ids:
            self.last_ids[model] = last_id(model)
        self.last_ids[model] += 1
        return self.last_ids[model]

    def write(self) -> None:
        for model, rows in self.rows.items():
            insert_many(model._meta, model._meta.concrete_fields, list(zip(*rows, strict=True)))
        if connection.vendor == "postgresql":
            for model, last in self.last_ids.items():
                run((f"SELECT setval({SEQUENCE}, %s)", [*sequence_of(model), last]))
        self.rows.clear()
        self.last_ids.clear()


@cache
def values_of(model: type[models.Model]) -> Callable[[dict[str, Any]], tuple]:
    return itemgetter(*(f.attname for f in model._meta.concrete_fields))


SEQUENCE = "pg_get_serial_sequence(%s, %s)"


def sequence_of(model: type[models.Model]) -> list[str]:
    return [f'"{model._meta.db_table}"', str(model._meta.pk.column)]


def last_id(model: type[models.Model]) -> int:
    """The last id that this table gave away."""
    if connection.vendor == "postgresql":
        return int(run((f"SELECT nextval({SEQUENCE})", sequence_of(model)))[0][0]) - 1
    given = run(('SELECT "seq" FROM "sqlite_sequence" WHERE "name" = %s', [model._meta.db_table]))
    return int(given[0][0]) if given else 0


@contextmanager
def many_rows() -> Iterator[None]:
    """Write the new rows of this block together when it ends, inside recording().

    Raises:
        RuntimeError: outside recording().
    """
    act: Any = current_recording.get()
    if act is None:
        raise RuntimeError("many_rows() is for a block inside recording().")
    act.pending = Pending()
    act.stop_collector()
    yield
    act.pending.write()
    act.pending = None
