"""What a table says of measures: rows of figures, with the place of each. It touches no database.

Two layouts are read: a row for each measure and agency, and a row for each measure with agencies as columns.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from actions.tables.cells import Row, Table, letters_of
from actions.tables.grid import Grid, grid_of
from actions.tables.wording import is_ditto, list_of, plain, shortened

MEASURE, AGENCY, COUNTED, WHOLE, SAID, PERCENT, PERIOD = (
    "measure", "agency", "counted", "out of", "commentary", "percentage", "period"
)  # fmt: skip
HEADINGS = {
    MEASURE: "measure|indicator|kpi|metric|measure name|name of measure|performance measure|what is measured",
    AGENCY: "agency|agencies|partner|partner agency|organisation|organization|service|who",
    COUNTED: "counted|count|what is counted|numerator|number|value|figure|actual|how many|n",
    WHOLE: "out of|of|out of what|denominator|base|whole|total number",
    SAID: "commentary|comment|comments|what it says|narrative|note|notes|remark|remarks|explanation|context",
    PERCENT: "percentage|percent|per cent|share|rate|proportion",
    PERIOD: "period|month|quarter|year|date|reporting period|period ending",
}
FIELDS = {word: name for name, words in HEADINGS.items() for word in words.split("|")}
NUMBERS = (COUNTED, WHOLE, PERCENT)
MOST_ROWS_ABOVE = 40  # in which the headings are looked for
ALIKE = 0.85
OF = r"[0-9][0-9, ]*?"
SHARE = re.compile(rf"(?:(?P<percent>[0-9.]+ ?%) ?\()?(?P<count>{OF}) ?(?:out of|of|/) ?(?P<whole>{OF})\)?")


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    where: str  # Row 4, column C
    day: str = ""  # where the file itself says that the cell is a date


@dataclass
class Said:
    """What a row says of a measure, of all or of an agency."""

    where: str  # Row 4
    measure: Text | None
    agency: Text | None
    texts: dict[str, Text]  # by field


@dataclass
class Figures:
    rows: list[Said] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was not read, and why
    columns: set[str] = field(default_factory=set)  # the fields that have one


@dataclass(frozen=True)
class Words:
    """What is looked for: names in plain() words."""

    agencies: frozenset[str]
    counted: frozenset[str]  # what the measures count, as headings may call it
    wholes: frozenset[str]
    one_measure: bool  # so that no column need name it

    def heading(self, text: str) -> tuple[str, str]:
        """The field that a heading names, and the agency; "" for what it does not name."""
        word = plain(text)
        if text.strip() == "%":
            return PERCENT, ""
        if name := self.field(word):
            return name, ""
        if self.agency(text):
            return "", text
        for spelling in sorted(self.agencies, key=len, reverse=True):
            if word.startswith(f"{spelling} ") and (name := self.field(word[len(spelling) + 1 :])):
                return name, spelling
            if word.endswith(f" {spelling}") and (name := self.field(word[: -len(spelling) - 1])):
                return name, spelling
        return "", ""

    def field(self, word: str) -> str:
        if word in self.counted or word in self.wholes:
            return COUNTED if word in self.counted else WHOLE
        return FIELDS.get(word) or FIELDS.get(close(word, FIELDS), "")

    def agency(self, text: str) -> bool:
        return plain(text) in self.agencies or bool(close(plain(text), self.agencies))


def close(word: str, names: dict[str, str] | frozenset[str]) -> str:
    """The one of these names that is spelt nearly so."""
    found = get_close_matches(word, names, 1, ALIKE) if len(word) > 4 else []
    return found[0] if found else ""


@dataclass(frozen=True)
class Column:
    number: int
    field: str
    agency: str
    heading: str


def figures_in(tables: list[Table], words: Words) -> Figures:
    """What the tables of a file, or a pasted one, say."""
    found = Figures()
    shown = [table for table in tables if not table.hidden]
    found.notes += [
        f"The sheet “{table.name}” is hidden: it was not read." for table in tables if table.hidden
    ]
    for table in shown:
        FigureReader(table, words, found, table.name if len(shown) > 1 else "").read()
    return found


class FigureReader:
    def __init__(self, table: Table, words: Words, found: Figures, sheet: str) -> None:
        self.grid: Grid = grid_of(table)
        self.words, self.found = words, found
        self.rows = [row for row in table.rows if not row.hidden]
        self.unknown: dict[int, str] = {}  # columns whose heading says nothing
        self.sheet = f"Sheet “{sheet}”, row" if sheet else "Row"
        hidden = [str(row.number) for row in table.rows if row.hidden]
        if hidden:
            self.note(f"Hidden rows were not read: {list_of(hidden)}.")

    def note(self, words: str) -> None:
        self.found.notes.append(words)

    def read(self) -> None:
        scores = [len(self.named(row)) for row in self.rows[:MOST_ROWS_ABOVE]]
        if not scores or max(scores) < 2:
            self.note(
                "The table has no headings that are known. "
                "Write Measure, Agency, Counted and Out of above its columns."
            )
            return
        parts = self.parts(scores.index(max(scores)))
        for place, (first, last, body) in enumerate(parts):
            self.unknown = {}
            columns = self.without_twice(self.columns(self.rows[first], self.rows[last]))
            from_here = f"{self.sheet} {self.rows[first].number}: the table from here on" if place else ""
            if columns and not self.lacks(columns, from_here or "The table"):
                self.found.columns |= {column.field for column in columns}
                self.read_rows(columns, body)

    def parts(self, best: int) -> list[tuple[int, int, list[Row]]]:
        """The first and last row of each heading, with the rows that it is of.

        The same heading again, as on each page of a document, begins no new part.
        """
        headings = self.all_headings(best)
        ends = [*(first for first, _ in headings[1:]), len(self.rows)]
        parts: list[tuple[int, int, list[Row]]] = []
        for (first, last), end in zip(headings, ends, strict=True):
            body = self.rows[last + 1 : end]
            if parts and self.same_texts(parts[-1][0], first) and self.same_texts(parts[-1][1], last):
                parts[-1][2].extend(body)
            elif body or len(headings) == 1:
                parts.append((first, last, body))
        return parts

    def all_headings(self, best: int) -> list[tuple[int, int]]:
        """The first and last row of each."""
        first, last = self.headings(best)
        columns = self.columns(self.rows[first], self.rows[last])
        at_agency = next((column.number for column in columns if column.field == AGENCY), 0)
        found: list[tuple[int, int]] = []
        for index, row in enumerate(self.rows):
            if index == first:
                found.append((first, last))
            elif found and index <= found[-1][1]:
                continue
            elif self.is_heading(row) and not self.names_agency(row, at_agency):
                after = self.rows[index + 1 : index + 2]
                found.append((index, index + 1 if after and self.divides(row, after[0]) else index))
        return found

    def names_agency(self, row: Row, at_agency: int) -> bool:
        """Whether it is of an agency, though its words are those of headings: “Sessions | North Police”."""
        cell = row.cells.get(at_agency)
        return bool(cell and self.words.heading(cell.text)[1]) and (MEASURE, "") not in self.named(row)

    def same_texts(self, one: int, other: int) -> bool:
        first, second = (
            {number: plain(cell.text) for number, cell in self.rows[index].cells.items()}
            for index in (one, other)
        )
        return first == second

    def named(self, row: Row) -> set[tuple[str, str]]:
        """The fields and agencies that its cells name as headings do."""
        return {self.words.heading(cell.text) for cell in row.cells.values()} - {("", "")}

    def is_heading(self, row: Row) -> bool:
        return len(row.cells) > 1 and all(any(self.words.heading(c.text)) for c in row.cells.values())

    def headings(self, best: int) -> tuple[int, int]:
        """The first and last row of the headings: agencies may stand above counted and out of."""
        if best + 1 < len(self.rows) and self.divides(self.rows[best], self.rows[best + 1]):
            return best, best + 1
        if best and self.divides(self.rows[best - 1], self.rows[best]):
            return best - 1, best
        return best, best

    def divides(self, upper: Row, lower: Row) -> bool:
        above, below = self.named(upper), [self.words.heading(cell.text) for cell in lower.cells.values()]
        numbers = [name for name, agency in below if name in NUMBERS and not agency]
        return any(agency for _, agency in above) and bool(numbers) and all(name for name, _ in below)

    def columns(self, upper: Row, lower: Row) -> list[Column]:
        columns, left = [], ""
        for number in range(1, self.grid.width + 1):
            over, under = self.grid.place(upper, number), self.grid.place(lower, number)
            above, below = over.text if over else "", under.text if under and upper is not lower else ""
            left = above or (left if below else "")
            (field_above, agency), (field_below, agency_below) = map(self.words.heading, (left, below))
            if not above and field_above != "":
                field_above = ""
            name, agency = field_below or field_above, agency or agency_below
            if field_below and field_below not in NUMBERS:
                agency = ""
            heading = " – ".join(dict.fromkeys(filter(None, [left, below])))
            if name or agency:
                columns.append(Column(number, name, agency, heading))
            elif heading:
                self.unknown[number] = f"Column {letters_of(number)} ({shortened(heading, 40)})"
        return columns

    def without_twice(self, columns: list[Column]) -> list[Column]:
        """Without those that say they are the same: which of them is meant is not to be guessed."""
        same: dict[tuple[str, str], list[Column]] = {}
        for column in columns:
            same.setdefault((column.field, plain(column.agency)), []).append(column)
        for twice in same.values():
            if len(twice) > 1:
                names = list_of([letters_of(column.number) for column in twice])
                self.note(f"Columns {names} have the same heading, “{twice[0].heading}”: keep one of them.")
        return [columns[0] for columns in same.values() if len(columns) == 1]

    def lacks(self, columns: list[Column], table: str) -> bool:
        fields = {column.field for column in columns}
        if MEASURE not in fields and not self.words.one_measure:
            self.note(f"{table} has no column for the measure. Write “Measure” above it.")
        elif COUNTED not in fields and not any(column.agency for column in columns):
            self.note(f"{table} has no column for what is counted. Write “Counted” above it.")
        else:
            return False
        return True

    def read_rows(self, columns: list[Column], body: list[Row]) -> None:
        of_agencies = [column for column in columns if column.agency]
        alone = {column.field: column for column in columns if not column.agency}
        part = self.part(columns, body) if of_agencies and not any(c.field for c in of_agencies) else 0
        self.found.columns |= {COUNTED, WHOLE} if part else set()
        for name in (name for number, name in self.unknown.items() if number != part):
            self.note(f"{name} is not known: it was not read.")
        measure: Text | None = None
        for row in body:
            texts = {name: self.text(row, column) for name, column in alone.items()}
            named = texts.pop(MEASURE, None)
            measure = named if named and not is_ditto(named.text) else measure
            agency = texts.pop(AGENCY, None)
            others = {name: text for name, text in texts.items() if text}
            if not of_agencies:
                self.add(row, measure, agency, others)
                continue
            self.add(row, measure, None, {k: v for k, v in others.items() if not part or k not in NUMBERS})
            name = self.words.heading(row.cells[part].text)[0] if part in row.cells else COUNTED
            about = {k: v for k, v in others.items() if k == PERIOD}
            for spelling, of_agency in by_agency(of_agencies):
                given = {column.field or name: self.text(row, column) for column in of_agency}
                where = f"{self.sheet} {row.number}, column {letters_of(of_agency[0].number)}"
                self.add(row, measure, Text(spelling, where), about | {k: v for k, v in given.items() if v})

    def part(self, columns: list[Column], body: list[Row]) -> int:
        """The column that says of each row whether it is what is counted, or out of what; 0 for none."""
        taken = {column.number for column in columns if column.agency or column.field == MEASURE}
        for number in range(1, self.grid.width + 1):
            texts = [row.cells[number].text for row in body if number in row.cells]
            if number not in taken and texts and all(self.words.heading(t)[0] in NUMBERS for t in texts):
                return number
        return 0

    def text(self, row: Row, column: Column) -> Text | None:
        cell = self.grid.place(row, column.number)
        where = f"{self.sheet} {row.number}, column {letters_of(column.number)}"
        return Text(cell.text, where, cell.day) if cell else None

    def add(
        self, row: Row, measure: Text | None, agency: Text | None, texts: Mapping[str, Text | None]
    ) -> None:
        given = {name: text for name, text in texts.items() if text}
        if any(name in given for name in (COUNTED, WHOLE, SAID)):
            self.found.rows.append(Said(f"{self.sheet} {row.number}", measure, agency, divided(given)))


def by_agency(columns: list[Column]) -> Iterator[tuple[str, list[Column]]]:
    for spelling in dict.fromkeys(column.agency for column in columns):
        yield spelling, [column for column in columns if column.agency == spelling]


def divided(texts: dict[str, Text]) -> dict[str, Text]:
    """“10 of 16” in one cell, and “62.5% (10 of 16)”, as the numbers that they are."""
    count = texts.get(COUNTED)
    if count is None or WHOLE in texts or not (match := SHARE.fullmatch(count.text)):
        return texts
    parts = {COUNTED: match["count"], WHOLE: match["whole"], PERCENT: match["percent"]}
    return texts | {name: Text(text.strip(), count.where) for name, text in parts.items() if text}
