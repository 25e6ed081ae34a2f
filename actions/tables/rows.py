"""Which row of a table is what: an action, a group heading, a legend, a total, a heading again, or a rest."""

import re
from dataclasses import dataclass, field

from actions.tables.cells import Cell, Row
from actions.tables.columns import Read
from actions.tables.grid import Grid, Headings, is_short, row_score
from actions.tables.scales import UNKNOWN, rating_of
from actions.tables.understood import Kind
from actions.tables.wording import BULLET, is_reference, plain

LEGEND = re.compile(
    r"(rag|brag|rating|ratings|status|colour|priority)?\s*(key|legend)\b.{0,40}|rag( ratings?| status)? ?(key|definitions?|means)?|"
    r"(key|note|notes|nb|source|footnote|definitions?|abbreviations?|glossary)\b.*|ratings? (key|explained|definitions?)|"
    r"(version|last updated|date (printed|updated)|printed on|updated on|page [0-9]+)\b.*"
)
COLOUR_MEANS = re.compile(
    r"\s*(green|amber|red|blue|grey|yellow|[rgab])\s*[:=–-]\s*\S.*", re.IGNORECASE | re.DOTALL
)
FOOTNOTE = re.compile(r"(\*+|†|‡|\[[0-9]\]|\([0-9]\))\s*\S.*", re.DOTALL)
TOTAL = re.compile(
    r"(grand |sub ?)?totals?\b.{0,40}|sum|average|mean|count|number of actions.*|overall( total)?"
)
PROGRESS = re.compile(
    r"\s*(progress|updates?|comments?|position|latest|current position|achievements?)\b[^:\n]{0,40}[:–-]\s*\S.*",
    re.IGNORECASE | re.DOTALL,
)
NUMBER = re.compile(r"[-+£]?[0-9][0-9,.]*%?")
GROUP_WORD = re.compile(
    r"(strategic |key |business |plan )?(priority|theme|objective|aim|goal|outcome|workstream|work stream|section|"
    r"part|area|strand|pillar|domain|standard|recommendation)\b"
)


@dataclass
class Kinds:
    """The kind of each row by its number, and why some are not certain."""

    kinds: dict[int, Kind] = field(default_factory=dict)
    # By kind of doubt: the numbers of the rows.
    doubts: dict[str, list[int]] = field(default_factory=dict)
    progress_rows: set[int] = field(
        default_factory=set
    )  # continuations that are progress, wherever they stand

    def set(self, number: int, kind: Kind, doubt: str = "") -> None:
        self.kinds[number] = kind
        if doubt:
            self.doubts.setdefault(doubt, []).append(number)


class RowReader:
    """Tells the kinds of the rows beneath one heading."""

    def __init__(self, grid: Grid, headings: Headings, reads: list[Read], is_followed: bool = False) -> None:
        self.grid, self.headings, self.is_followed = grid, headings, is_followed
        self.fields = {read.column: read.field for read in reads}
        self.ticks = {read.column for read in reads if read.tick}
        self.columns: dict[str, int] = {}
        for read in reads:
            if not read.tick:
                self.columns.setdefault(read.field, read.column)
        self.found = Kinds()
        self.in_legend = False
        self.has_action = False  # one stands above already

    def read(self, rows: list[Row], answers: dict[str, str]) -> Kinds:
        self.numbered = self.share_numbered(rows)
        self.usual = self.usual_width(rows)
        for place, row in enumerate(rows):
            answer = self.answered(row, answers)
            if answer:
                self.found.set(row.number, answer)
            else:
                self.read_row(row, rows[place + 1] if place + 1 < len(rows) else None)
            if self.found.kinds[row.number] == "action":
                self.has_action = True
        if not self.is_followed:
            self.close_groups(rows, answers)
        return self.found

    def answered(self, row: Row, answers: dict[str, str]) -> Kind | None:
        answer = answers.get(f"{self.grid.table.name}!{row.number}") or answers.get(str(row.number))
        known = ("action", "group", "legend", "total", "heading", "continuation", "unknown")
        return answer if answer in known else None  # type: ignore[return-value]

    def share_numbered(self, rows: list[Row]) -> float:
        """Which part of the rows that hold an action has a reference."""
        ref, action = self.columns.get("ref"), self.columns.get("action")
        if not ref or not action:
            return 0.0
        actions = [row for row in rows if action in row.cells and len(row.cells) > 2]
        return sum(bool(self.grid.place(row, ref)) for row in actions) / len(actions) if actions else 0.0

    def usual_width(self, rows: list[Row]) -> int:
        widths = sorted(len(row.cells) for row in rows)
        return widths[len(widths) // 2] if widths else 0

    def cell(self, row: Row, name: str) -> Cell | None:
        return row.cells.get(self.columns.get(name, 0))

    def read_row(self, row: Row, following: Row | None) -> None:
        cells = [row.cells[column] for column in sorted(row.cells)]
        if self.is_heading(row):
            self.in_legend = False
            self.found.set(row.number, "heading")
        elif self.is_total(row, cells):
            self.found.set(row.number, "total")
        elif self.is_legend(row, cells):
            self.in_legend = True
            self.found.set(row.number, "legend")
        elif self.is_progress(row, cells):
            self.found.progress_rows.add(row.number)
            self.found.set(row.number, "continuation", "progress row")
        elif len({cell.text for cell in cells}) == 1:
            self.read_single(row, cells[0], following)
        elif self.cell(row, "action"):
            self.read_with_action(row, following)
        else:
            self.read_without_action(row, cells, following)

    def is_heading(self, row: Row) -> bool:
        """The headings again, as at the top of each printed page."""
        if len(row.cells) < 2:
            return False
        same = sum(
            plain(cell.text) in {plain(texts.get(column, "")) for texts in self.all_headings()} - {""}
            for column, cell in row.cells.items()
        )
        return same >= max(2, 0.7 * len(row.cells))

    def all_headings(self) -> tuple[dict[int, str], ...]:
        return self.headings.texts, self.headings.lower, self.headings.upper

    def is_total(self, row: Row, cells: list[Cell]) -> bool:
        first = cells[0].text
        others = [cell.text for cell in cells[1:]]
        return bool(TOTAL.fullmatch(plain(first))) and bool(others) and all(map(NUMBER.fullmatch, others))

    def is_legend(self, row: Row, cells: list[Cell]) -> bool:
        texts = [cell.text for cell in cells]
        if self.is_complete(row):
            self.in_legend = False
            return False
        first = min(row.cells)
        colours = ("rating", "status", "priority")
        is_colour = rating_of(texts[0]).certainty != UNKNOWN and self.fields.get(first) not in colours
        if is_colour and len(texts) == 2 and not is_reference(texts[0]):
            return True
        if len(texts) <= 3 and (LEGEND.fullmatch(plain(texts[0])) or FOOTNOTE.fullmatch(texts[0])):
            return not self.stands_in_text(first, texts)
        if all(map(COLOUR_MEANS.fullmatch, texts)):
            return True
        if is_colour and len(texts) > 2 and len({rating_of(text).value for text in texts} - {""}) > 1:
            return True
        # After “Key”, what follows belongs to it as long as it looks like no action.
        return self.in_legend and len(texts) <= 2 and not self.cell(row, "ref")

    def stands_in_text(self, column: int, texts: list[str]) -> bool:
        """A note within the action's or progress's own column goes on with that."""
        return (
            len(texts) == 1
            and self.fields.get(column) in ("action", "progress", "further_actions")
            and column > 1
        )

    def is_complete(self, row: Row) -> bool:
        """A row with a reference and an action, or nearly as full as most."""
        ref, action = self.cell(row, "ref"), self.cell(row, "action")
        return bool(action) and (
            bool(ref and is_reference(ref.text)) or len(row.cells) > max(2, self.usual * 0.6)
        )

    def read_single(self, row: Row, cell: Cell, following: Row | None) -> None:
        """One text in the whole row."""
        column = min(row.cells)
        name = self.fields.get(column, "")
        is_wide = self.grid.breadth(cell) > 1 or len(row.cells) > 1
        if self.is_under_action(row):
            self.found.set(row.number, "continuation")
        elif is_wide and self.grid.breadth(cell) >= max(2, len(self.fields) // 2):
            self.found.set(row.number, "group")
        elif GROUP_WORD.match(plain(cell.text)) and name in (
            "ref",
            "title",
            "theme",
            "action",
            "driver",
            "extra",
        ):
            self.found.set(row.number, "group")
        elif name in (
            "who",
            "due",
            "priority",
            "progress",
            "further_actions",
            "outcome",
            "status",
            "rating",
            "known_by",
        ):
            self.found.set(row.number, "continuation" if self.has_action else "unknown", self.goes_on())
        elif name == "ref" and is_reference(cell.text):
            self.found.set(row.number, "unknown")
        elif name == "action":
            self.read_single_action(row, cell, following)
        elif name == "title" and self.has_action and column != min(self.fields) and "ref" in self.columns:
            self.found.set(row.number, "unknown")
        else:
            self.found.set(row.number, "group", "" if len(cell.text) < 150 else "group")

    def is_progress(self, row: Row, cells: list[Cell]) -> bool:
        """“Progress: …”, in one cell or with the word in the first."""
        ref = self.cell(row, "ref")
        if not self.has_action or len(cells) > 3 or ref and is_reference(ref.text):
            return False
        texts = list(dict.fromkeys(cell.text for cell in cells))
        return bool(PROGRESS.fullmatch(": ".join(texts))) and (len(texts) == 1 or len(texts[0]) < 40)

    def is_under_action(self, row: Row) -> bool:
        """Beside an action that is merged over several rows."""
        action = self.columns.get("action", 0)
        over = self.grid.covered.get((row.number, action))
        return self.has_action and over is not None and over not in row.cells.values()

    def goes_on(self) -> str:
        return "continuation" if self.has_action else ""

    def read_single_action(self, row: Row, cell: Cell, following: Row | None) -> None:
        if self.begins_small(cell.text) and self.has_action:
            self.found.set(row.number, "continuation", "continuation")
        elif len(self.columns) == 1:
            self.found.set(row.number, "action")
        elif (
            min(self.fields) == min(row.cells)
            and len(cell.text) < 120
            and following
            and len(following.cells) > 1
        ):
            self.found.set(row.number, "group", "group")
        elif self.has_action and (self.numbered > 0.5 or self.usual > 2):
            self.found.set(row.number, "continuation", "continuation")
        else:
            self.found.set(row.number, "action", "bare action")

    def begins_small(self, text: str) -> bool:
        return text[:1].islower() or bool(BULLET.match(text)) or text[:1] in "(…" or text.startswith("and ")

    def read_with_action(self, row: Row, following: Row | None) -> None:
        action = self.cell(row, "action")
        ref_column = self.columns.get("ref", 0)
        ref = row.cells.get(ref_column)
        if ref and not is_reference(ref.text) and len(row.cells) == 2 and GROUP_WORD.match(plain(ref.text)):
            self.found.set(row.number, "group", "group")
        elif not ref and (row.number, ref_column) in self.grid.covered and self.has_action:
            # One number, merged over several rows: they are one action.
            self.found.set(row.number, "continuation", "one number")
        elif not ref and self.numbered > 0.5 and self.has_action and self.says_little(row):
            self.found.set(row.number, "continuation", "continuation")
        elif (
            not ref
            and self.has_action
            and action
            and self.begins_small(action.text)
            and self.says_little(row)
        ):
            self.found.set(row.number, "continuation", "continuation")
        elif ref and len(row.cells) == 2 and self.is_above(ref, following):
            self.found.set(row.number, "group", "group")
        elif len(row.cells) == 2 and self.usual > 3:
            self.found.set(row.number, "action", "bare action")
        else:
            self.found.set(row.number, "action", "no number" if not ref and self.numbered > 0 else "")

    def is_above(self, ref: Cell, following: Row | None) -> bool:
        """“1” above “1.1”."""
        below = self.cell(following, "ref") if following else None
        return bool(below) and bool(re.match(re.escape(ref.text.strip(" .):")) + r"[.\-/ (]\s?\S", below.text))

    def says_little(self, row: Row) -> bool:
        """Beside the action it has at most what a list within cells has: who or when, and no more."""
        own = {self.fields.get(column) for column in row.cells} - {"action", "extra"}
        return not own & {"title", "priority", "status", "rating", "driver"} and len(own) <= 1

    def read_without_action(self, row: Row, cells: list[Cell], following: Row | None) -> None:
        names = {self.fields.get(column) for column in row.cells}
        ref, title = self.cell(row, "ref"), self.cell(row, "title")
        first = cells[0].text
        if self.is_under_action(row):
            self.found.set(row.number, "continuation", "" if not ref else "one action")
        elif ref and is_reference(ref.text) and (title or len(cells) > 2):
            # “1 | Neglect”, with more in other rows, is a heading; with an owner or a date it is an action.
            is_group = len(cells) == 2 and self.usual > 3 and following and self.cell(following, "action")
            self.found.set(
                row.number, "group" if is_group else "action", "group" if is_group else "no action"
            )
        elif GROUP_WORD.match(plain(first)) and len(cells) <= 2:
            self.found.set(row.number, "group", "group")
        elif not ref and not title and self.has_action and names <= CONTINUED:
            self.found.set(row.number, "continuation", "continuation")
        elif title and len(cells) > 2:
            self.found.set(row.number, "action", "no action")
        elif (
            len(cells) == 2
            and following
            and self.cell(following, "action")
            and first == cells[0].text
            and not (names & {"who", "due", "status", "rating", "progress"})
        ):
            self.found.set(row.number, "group", "group")
        else:
            self.found.set(row.number, "unknown")

    def close_groups(self, rows: list[Row], answers: dict[str, str]) -> None:
        """A heading with no action beneath it, to the end, is none."""
        for row in reversed(rows):
            kind = self.found.kinds[row.number]
            if kind == "action":
                return
            if kind == "group" and not self.answered(row, answers):
                self.found.kinds[row.number] = "unknown"


CONTINUED = {
    "who", "due", "priority", "progress", "further_actions", "outcome", "status", "rating", "known_by",
    "milestones", "extra", "driver", "theme",
}  # fmt: skip


def split_by_headings(grid: Grid, first: Headings) -> list[tuple[Headings | None, list[Row]]]:
    """The rows beneath each heading; another row of headings that differ from the first begins a new part."""
    parts: list[tuple[Headings | None, list[Row]]] = [(first, [])]
    known = {plain(text) for text in (*first.texts.values(), *first.lower.values()) if text}
    last = max(first.rows)
    for row in grid.rows:
        if row.number <= last:
            continue
        texts = {plain(cell.text) for cell in row.cells.values()}
        if (
            len(row.cells) > 2
            and is_short(row)
            and not row.cells[min(row.cells)].text[:1].isdigit()
            and row_score(row) >= 2.6
            and len(texts - known) > len(texts) / 2
        ):
            if not any(cell.is_number or cell.day for cell in row.cells.values()):
                headings = Headings([row.number], {c: cell.text for c, cell in row.cells.items()})
                headings.cells = {column: cell.name for column, cell in row.cells.items()}
                headings.lower = dict(headings.texts)
                known = texts
                parts.append((headings, []))
                continue
        parts[-1][1].append(row)
    return parts
