"""A table as understanding walks it: by rows, or by columns where its headings stand in the first column."""

import re
from dataclasses import dataclass, field, replace

from actions.tables.cells import Cell, Row, Table, area_of, letters_of
from actions.tables.headings import SURE, field_of_heading


@dataclass
class Grid:
    table: Table
    rows: list[Row]
    is_turned: bool = False
    covered: dict[tuple[int, int], Cell] = field(
        default_factory=dict
    )  # by the cells that a merged one covers
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)  # by a merged cell: its rows and columns

    @property
    def width(self) -> int:
        return max((max(row.cells, default=0) for row in self.rows), default=0)

    def name_of(self, column: int) -> str:
        """What a person calls the column: D, or 4 where it is a row of the sheet."""
        return str(column) if self.is_turned else letters_of(column)

    def place(self, row: Row, column: int) -> Cell | None:
        """The cell there, or the merged one that covers the place."""
        return row.cells.get(column) or self.covered.get((row.number, column))

    def height(self, cell: Cell) -> int:
        return self.spans.get(cell.name, (1, 1))[0]

    def breadth(self, cell: Cell) -> int:
        return self.spans.get(cell.name, (1, 1))[1]


def grid_of(table: Table) -> Grid:
    grid = Grid(table, table.rows)
    numbers = {row.number for row in table.rows}
    for row in table.rows:
        for cell in row.cells.values():
            if cell.area:
                add_area(grid, cell, numbers)
    return grid


def add_area(grid: Grid, cell: Cell, numbers: set[int]) -> None:
    area = area_of(cell.area)
    if area is None:
        return
    row, column, last_row, last_column = area
    last_column = min(last_column, grid.table.width)
    inside = [number for number in range(row, min(last_row, max(numbers)) + 1) if number in numbers]
    grid.spans[cell.name] = (max(len(inside), 1), last_column - column + 1)
    for number in inside:
        for other in range(column, last_column + 1):
            if (number, other) != (row, column):
                grid.covered[number, other] = cell


def turned(grid: Grid) -> Grid:
    """Its columns as rows."""
    rows: dict[int, Row] = {}
    for row in grid.rows:
        for column, cell in row.cells.items():
            is_hidden = column in grid.table.hidden_columns
            rows.setdefault(column, Row(column, {}, is_hidden)).cells[row.number] = cell
    covered = {(column, number): cell for (number, column), cell in grid.covered.items()}
    spans = {name: (columns, height) for name, (height, columns) in grid.spans.items()}
    ordered = [rows[number] for number in sorted(rows)]
    return Grid(grid.table, ordered, is_turned=True, covered=covered, spans=spans)


@dataclass
class Headings:
    rows: list[int]  # the numbers of the rows that are headings: one or two
    texts: dict[int, str]  # by column; of two rows joined: “Lead – Post”
    lower: dict[int, str] = field(default_factory=dict)  # of the lower row alone
    upper: dict[int, str] = field(default_factory=dict)


MOST_ROWS_ABOVE = 40


def score_of(texts: list[str]) -> float:
    """How much a row looks like headings: how many fields it names, the sure ones counting full."""
    best: dict[str, float] = {}
    for text in texts:
        name, strength = field_of_heading(text)
        if name:
            worth = (1.0 if strength == SURE else 0.6) * (0.6 if name == "extra" else 1.0)
            best[name] = max(best.get(name, 0.0), worth)
    return sum(best.values())


def row_score(row: Row) -> float:
    return score_of([cell.text for cell in row.cells.values() if len(cell.text) <= 400])


def find_headings(grid: Grid) -> Headings | None:
    """The row in the upper part of a table that names most fields, with a second one above or beneath it."""
    best, most = None, 1.5
    for row in grid.rows[:MOST_ROWS_ABOVE]:
        score = row_score(row)
        if score > most and is_short(row):
            best, most = row, score
    return headings_at(grid, best) if best else None


def is_short(row: Row) -> bool:
    """Headings are short; a row of a plan has its action."""
    return sum(len(cell.text) > 100 for cell in row.cells.values()) <= len(row.cells) / 4


def headings_at(grid: Grid, row: Row) -> Headings:
    place = next(number for number, each in enumerate(grid.rows) if each.number == row.number)
    below = grid.rows[place + 1] if place + 1 < len(grid.rows) else None
    above = grid.rows[place - 1] if place else None
    if below and is_second_row(grid, row, below):
        return joined(grid, row, below)
    if above and is_second_row(grid, above, row):
        return joined(grid, above, row)
    texts = {column: cell.text for column, cell in row.cells.items()}
    return Headings([row.number], texts, dict(texts))


def is_second_row(grid: Grid, upper: Row, lower: Row) -> bool:
    """Whether the lower row divides columns that the upper one names together."""
    if lower.number != upper.number + 1 or len(upper.cells) < 2:
        return False
    if not is_short(upper) or any(
        len(cell.text) > 40 or cell.is_number or cell.day for cell in lower.cells.values()
    ):
        return False
    spanned = [cell for cell in upper.cells.values() if grid.breadth(cell) > 1 and grid.height(cell) == 1]
    if spanned:
        first_columns = {column for column, cell in upper.cells.items() if cell in spanned}
        beneath = {
            c for column in first_columns for c in range(column, column + grid.breadth(upper.cells[column]))
        }
        # Each name beneath stands under a spanned one, or itself names a field.
        return bool(lower.cells) and all(
            column in beneath or is_heading(cell.text) for column, cell in lower.cells.items()
        )
    gaps = [column for column in lower.cells if column not in upper.cells and column > min(upper.cells)]
    return bool(gaps) and divides(upper, lower, gaps)


def divides(upper: Row, lower: Row, gaps: list[int]) -> bool:
    """Without merged cells, as in CSV: a gap beneath a heading, whose first part stands beneath itself."""
    lefts = {max((column for column in upper.cells if column < gap), default=0) for gap in gaps}
    if not lefts <= lower.cells.keys():
        return False
    named = sum(is_heading(cell.text) for cell in lower.cells.values())
    parts = lefts | set(gaps)
    others = all(column in parts or is_heading(cell.text) for column, cell in lower.cells.items())
    return others and (named > 0 or len(gaps) > 1) and len(lower.cells) < len(upper.cells) + len(gaps)


def is_heading(text: str) -> bool:
    return field_of_heading(text)[1] == SURE


def joined(grid: Grid, upper: Row, lower: Row) -> Headings:
    found = Headings([upper.number, lower.number], {})
    left = ""
    is_merged = any(grid.breadth(cell) > 1 for cell in upper.cells.values())
    for column in range(1, max(max(upper.cells), max(lower.cells)) + 1):
        over = upper.cells.get(column) or grid.covered.get((upper.number, column))
        under = lower.cells.get(column)
        if over:
            left = over.text
        elif is_merged or not under:
            left = ""
        texts = [left] if left else []
        if under and under.text != left:
            texts.append(under.text)
        if texts:
            found.texts[column] = " – ".join(texts)
            found.upper[column], found.lower[column] = left, under.text if under else left
    return found


def side_by_side(table: Table) -> list[Table]:
    """The tables that stand side by side in one: its headings begin again further to the right."""
    headings = find_headings(grid_of(table))
    if headings is None or table.rows[0].hidden:
        return [table]
    texts = headings.lower or headings.texts
    columns = sorted(texts)
    for place, column in enumerate(columns[2:], start=2):
        here, there = [[texts[c] for c in part] for part in (columns[:place], columns[place:])]
        fields = {field_of_heading(text)[0] for text in here}
        if (
            there[: len(here)] == here[: len(there)]
            and len(there) >= 2
            and "action" in fields
            and place == len(there)
        ):
            return [part_of(table, 1, column - 1), part_of(table, column, table.width)]
    return [table]


def one_above_another(table: Table) -> list[Table]:
    """The forms of a table whose headings stand in its first column and begin again further down."""
    grid = grid_of(table)
    if find_turned(grid) is None:
        return [table]
    column = min(min(row.cells) for row in table.rows)
    texts = [row.cells[column].text if column in row.cells else "" for row in table.rows]
    first = without_number(texts[0])
    begins = [place for place, text in enumerate(texts) if first and without_number(text) == first]
    ends = [*begins[1:], len(texts)]
    if len(begins) < 2 or any(end - begin < 2 for begin, end in zip(begins, ends, strict=True)):
        return [table]
    return [
        replace(table, rows=table.rows[begin:end], notes=[] if begin else table.notes)
        for begin, end in zip(begins, ends, strict=True)
    ]


def without_number(text: str) -> str:
    return re.sub(r"[\s#]*[0-9]+\W*$", "", text).casefold().strip(" :")


def part_of(table: Table, first: int, last: int) -> Table:
    rows = [
        Row(row.number, {c: cell for c, cell in row.cells.items() if first <= c <= last}, row.hidden)
        for row in table.rows
    ]
    return replace(table, rows=[row for row in rows if row.cells], notes=table.notes if first == 1 else [])


def find_turned(grid: Grid) -> Grid | None:
    """The table by its columns, if its first column names more fields than any row does."""
    column = min((min(row.cells) for row in grid.rows if row.cells), default=0)
    texts = [row.cells[column].text for row in grid.rows if column in row.cells]
    by_row = max((row_score(row) for row in grid.rows[:MOST_ROWS_ABOVE]), default=0.0)
    by_column = score_of([text for text in texts if len(text) <= 100])
    if by_column >= 2.6 and by_column > by_row + 0.5 and by_column >= len(set(texts)) * 0.4:
        return turned(grid)
    return None
