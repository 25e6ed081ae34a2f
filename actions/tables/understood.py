"""What an import has understood of a file: columns, rows, doubts; and the JSON of it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson

Kind = Literal["action", "group", "legend", "total", "heading", "continuation", "unknown"]
Precision = Literal["", "day", "month", "quarter", "year", "ongoing"]

# The fields of a row that a column may be read as. The second part has no field in the JSON: what such a
# column holds stands under "extra", with the column's heading.
FIELDS = (
    "ref", "title", "driver", "theme", "action", "outcome", "priority", "who", "due", "status", "rating",
    "progress", "further_actions",
)  # fmt: skip
FIELDS_UNDER_EXTRA = ("known_by", "milestones", "group", "kind", "review", "precision", "extra")


@dataclass(frozen=True, slots=True)
class Known:
    """A post, group or partner on record, as plain data."""

    kind: Literal["post", "body", "partner"]
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class Column:
    header: str  # as printed; "" where the table has none for it
    field: str  # one of FIELDS or FIELDS_UNDER_EXTRA
    certain: bool
    letters: str = ""  # A, B, …; of a table whose headings stand in its first column the rows: 1, 2, …
    table: str = ""  # whose column it is, where the file has several


@dataclass(slots=True)
class Person:
    """Of a “who”: one owner. At most one of each kind of name, as they stand on record."""

    text: str  # as printed
    post: str | None = None
    body: str | None = None
    partner: str | None = None
    certain: bool = True


@dataclass(slots=True)
class Due:
    text: str = ""  # as printed
    date: str | None = None  # 2021-09-30: the last day of what is named
    precision: Precision = ""

    @property
    def words(self) -> str:
        return self.text or self.date or ""


@dataclass(slots=True)
class PlanRow:
    row: int
    kind: Kind
    ref: str = ""
    title: str = ""
    driver: str = ""
    theme: str = ""
    action: str = ""
    outcome: str = ""
    priority: str = ""  # High, Medium or Low; what is printed instead stands under extra
    who: list[Person] = field(default_factory=list)
    due: Due = field(default_factory=Due)
    status: str = ""  # Not started, In progress, Complete, Withdrawn, Carried forward
    rating: str = ""  # Green, Amber or Red
    progress: str = ""
    further_actions: str = ""
    extra: dict[str, str] = field(default_factory=dict)  # by the column's heading, as printed
    table: str = ""  # whose row it is, where the file has several
    # Not in the JSON.
    printed_who: str = ""
    fields: dict[str, str] = field(default_factory=dict)  # of FIELDS_UNDER_EXTRA: known_by, milestones, …
    review: str = ""  # 2021-09-30
    cells: dict[str, str] = field(default_factory=dict)  # by field: the cell it was read from, for messages

    # Of its first cell in the file. An answer for one row names this, since a number may be given anew.
    place: str = ""
    is_fixed: bool = False  # it holds headings, or stands above them: no answer makes an action of it

    @property
    def key(self) -> str:
        """How a person and an answer name it."""
        return f"{self.table}!{self.row}" if self.table else str(self.row)


@dataclass(slots=True)
class Doubt:
    """One kind of thing that is not certain, with all cells it concerns."""

    cells: list[str]
    kind: str
    message: str
    must: bool  # it must be answered; others may be confirmed together
    # What a page can offer, not in the JSON: which part of the answers it belongs to, the printed words to be
    # answered, and the values among which to choose ([] where they are free, as a day or a name).
    asks: str = ""
    about: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    each: dict[str, list[str]] = field(default_factory=dict)  # by row, where each has its own choices


@dataclass(slots=True)
class Understood:
    columns: list[Column] = field(default_factory=list)
    rows: list[PlanRow] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def actions(self) -> list[PlanRow]:
        return [row for row in self.rows if row.kind == "action"]

    @property
    def must_be_answered(self) -> list[Doubt]:
        return [doubt for doubt in self.doubts if doubt.must]

    def as_json(self) -> dict[str, Any]:
        """What `manage.py import_plan --json` prints; “table” only where the file has several."""
        return {
            "columns": [
                without_empty_table({"header": c.header, "field": c.field, "certain": c.certain}, c.table)
                for c in self.columns
            ],
            "rows": [row_as_json(row) for row in self.rows],
            "doubts": [
                {"cells": d.cells, "kind": d.kind, "message": d.message, "must": d.must} for d in self.doubts
            ],
        }


def without_empty_table(values: dict[str, Any], table: str) -> dict[str, Any]:
    return values | ({"table": table} if table else {})


NOT_IN_JSON = ("table", "printed_who", "fields", "cells", "review", "place", "is_fixed")


def row_as_json(row: PlanRow) -> dict[str, Any]:
    values = asdict(row)
    return without_empty_table({k: v for k, v in values.items() if k not in NOT_IN_JSON}, row.table)


def as_data(understood: Understood) -> dict[str, Any]:
    """All of it as JSON can hold it: what from_data() makes whole again."""
    data: dict[str, Any] = orjson.loads(orjson.dumps(understood))
    return data


def from_data(data: dict[str, Any]) -> Understood:
    rows = [
        PlanRow(**row | {"who": [Person(**person) for person in row["who"]], "due": Due(**row["due"])})
        for row in data["rows"]
    ]
    columns = [Column(**column) for column in data["columns"]]
    return Understood(columns, rows, [Doubt(**doubt) for doubt in data["doubts"]])
