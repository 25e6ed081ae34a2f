"""Awkward tables as plans come in, each with what must be read of it, or the doubt that must stand instead.

They are drawn in tests/awkward_tables/, one row a line, cells parted by “|”. “<” is merged with the cell on
its left, “^” with the one above it; “/” between spaces is a line break within a cell. Beneath a table stands
one line for each row: its kind, and after “;” the fields that count here. Last come the doubts; one with “!”
must be answered.
"""

from dataclasses import dataclass

from gscp.settings import BASE_DIR


@dataclass(frozen=True)
class Case:
    name: str
    lines: list[list[str]]
    rows: list[tuple[str, dict[str, str]]]
    doubts: set[str]


def in_cell(text):
    return text.strip().replace(" / ", "\n")


def case_of(drawn):
    name, *lines = drawn.strip("\n").split("\n")
    end = lines.index("--")
    last = max(place for place, line in enumerate(lines) if line.startswith("--"))
    rows = []
    for line in lines[end + 1 : last]:
        kind, *fields = line.split("; ")
        pairs = (field.split("=", 1) for field in fields)
        rows.append((kind, {field.strip(): in_cell(text) for field, text in pairs}))
    cells = [[in_cell(text) for text in line.split("|")] for line in lines[:end]]
    return Case(name, cells, rows, set(filter(None, lines[last][2:].strip().split(", "))))


CASES = [
    case_of(drawn)
    for path in sorted((BASE_DIR / "tests" / "awkward_tables").glob("*.txt"))
    for drawn in ("\n" + path.read_text()).split("\n== ")[1:]
]
