"""Reads measures from a JSON file and checks its shape: docs/measures-file.md has the format."""

from collections import Counter
from pathlib import Path
from typing import Any

from gscp.files import Unreadable
from subgroups.models import Better, Origin
from subgroups.partnership_file import DAY, TEXT, TEXTS, Kind, check_shape, read_json
from subgroups.periods import Frequency

ROWS = Kind("a list of objects, each in braces", lambda value: isinstance(value, list))
# The database's whole numbers have 32 bits.
NOT_BELOW_0 = Kind("a whole number from 0 on", lambda value: type(value) is int and 0 <= value < 2**31)


def one_of(choices: list[str]) -> Kind:
    return Kind(f"one of {', '.join(choices)}", lambda value: value in choices)


FILE = {"measures": ROWS}
MEASURE = {
    "group": TEXT,
    "name": TEXT,
    "definition": TEXT,
    "numerator": TEXT,
    "better": one_of(Better.values),
    "frequency": one_of(Frequency.values),
    "source": TEXT,
    "first_day": DAY,
}
MEASURE_TOO = {
    "denominator": TEXT,
    "unit": TEXT,
    "agencies": TEXTS,
    "tolerance": NOT_BELOW_0,
    "baseline": NOT_BELOW_0,
    "targets": ROWS,
    "origin": one_of(Origin.values),
    "supplied_by": TEXT,
    "days_to_supply": NOT_BELOW_0,
}
TARGET = {"from": DAY, "value": NOT_BELOW_0}


def read(path: Path) -> list[dict[str, Any]]:
    """The measures of the file, each with every key that it needs and none that is unknown.

    Raises:
        Unreadable: it holds something else.
    """
    data = read_json(path)
    check_shape(path.name, data, FILE, {"about": TEXT})
    for number, row in enumerate(data["measures"], start=1):
        where = f"{path.name}, measures, number {number}"
        check_shape(where, row, MEASURE, MEASURE_TOO)
        for target in row.get("targets", []):
            check_shape(f"{where}, targets", target, TARGET)
    named = Counter((row["group"], row["name"]) for row in data["measures"])
    for (group, name), times in named.items():
        if times > 1:
            raise Unreadable(f"{path.name}: “{name}” of {group} is there {times} times.")
    measures: list[dict[str, Any]] = data["measures"]
    return measures
