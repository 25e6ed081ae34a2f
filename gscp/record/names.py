"""Names in the ledger: a line holds a reference to a name, never the name itself.

Names of people, posts, partners, groups and measures are free texts, so they can be taken out of the record.
Lines and columns of the ledger never change. So `{subgroups.user:5}` stands there, and pages look up what
that record was called as at the entry.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Self

from django.apps import apps
from django.db import connection, models

REFERENCE = re.compile(r"\{([a-z]+\.[a-z]+):([0-9]{1,15})\}")
writes_references: ContextVar[bool] = ContextVar("writes_references", default=False)


class AsReferences:
    """In this block whoever has a name is called by its reference."""

    def __enter__(self) -> None:
        self.token = writes_references.set(True)

    def __exit__(self, *error: object) -> None:
        writes_references.reset(self.token)


def reference(instance: models.Model) -> str:
    return f"{{{instance._meta.label_lower}:{instance.pk}}}"


def name_of(named: Any) -> str:
    # What __str__() of a model with a column `name` returns.
    return reference(named) if writes_references.get() else named.name


def typed_or(typed: str, plain: str) -> str:
    """What __str__() returns of a record that is called by a text somebody typed: in a line it is `plain`."""
    return plain if writes_references.get() else typed


class Names:
    """What some records were called, from their first entry on. One query for any number of them."""

    def __init__(self, references: Iterable[tuple[str, str]]):
        self.names: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
        ids: dict[str, set[int]] = defaultdict(set)
        for label, pk in references:
            ids[label].add(int(pk))
        # Django takes longer to build such a query than the database to run it.
        selects = [
            f'SELECT \'{label}\', "id", "change_id", "name" FROM "{table}" '  # noqa: S608  labels of models
            f'WHERE "id" IN ({", ".join(map(str, sorted(ids[label])))})'
            for label in sorted(ids)
            if (table := history_table(label))
        ]
        if selects:
            with connection.cursor() as cursor:
                cursor.execute(f"{' UNION ALL '.join(selects)} ORDER BY 3")
                for label, pk, number, name in cursor.fetchall():
                    self.names[label, pk].append((number, name))

    @classmethod
    def in_texts(cls, texts: Iterable[str]) -> Self:
        return cls(found for text in texts for found in REFERENCE.findall(text))

    def in_words(self, text: str, number: int) -> str:
        """The text with names in place of its references, as they were at this entry."""

        if "{" not in text:
            return text

        def name(match: re.Match[str]) -> str:
            earlier = [name for at, name in self.names[match[1], int(match[2])] if at <= number]
            return earlier[-1] if earlier else match[0]

        return REFERENCE.sub(name, text)


@lru_cache  # `history` makes a new class at every access
def history_table(label: str) -> str:
    try:
        history: Any = apps.get_model(label).history
    except (LookupError, AttributeError):  # only damage names another model
        return ""
    meta = history.model._meta
    return meta.db_table if any(f.name == "name" for f in meta.concrete_fields) else ""
