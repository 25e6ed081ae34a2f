"""Lists as they go out in files: the columns of each said once, for every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Value = str | int | date | datetime | None  # datetimes without a zone, as a reader's clock shows them


@dataclass(frozen=True)
class Column:
    label: str
    value: Callable[[Any], Value]  # of a row
    width: int = 14  # characters, where a format has widths


@dataclass(frozen=True)
class Table:
    """A list to be written: what it is called, its columns, and its rows in their order."""

    name: str  # of the file
    title: str
    columns: Sequence[Column]
    rows: Iterable[Any]
    notes: Sequence[str] = field(default=())  # sentences on what it holds: of which moment, by which filter

    @property
    def labels(self) -> list[str]:
        return [column.label for column in self.columns]

    def values(self) -> Iterator[list[Value]]:
        for row in self.rows:
            yield [column.value(row) for column in self.columns]


def lines(texts: Iterable[str]) -> str:
    """Several texts in one cell, each on its own line."""
    return "\n".join(filter(None, texts))
