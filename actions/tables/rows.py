"""Which row of a table is what: an action, a group heading, a legend, a total, a heading again, or a rest."""

import re
from dataclasses import dataclass, field
from typing import get_args

from actions.tables.cells import Cell, Row
from actions.tables.columns import Read
from actions.tables.grid import Grid, Headings, is_short, row_score
from actions.tables.headings import SURE, field_of_heading
from actions.tables.marks import (
    COLOUR_MEANS,
    COUNT,
    FOOTNOTE,
    GROUP_WORD,
    LEGEND,
    NUMBER_OF_ACTIONS,
    PROGRESS,
    TOTAL,
    TOTAL_ALONE,
    TOTAL_WORDS,
)
from actions.tables.scales import UNKNOWN, priority_of, rating_of
from actions.tables.understood import Kind
from actions.tables.wording import BULLET, is_reference, plain

# A kind, and the kind of doubt about it or "".
Told = tuple[Kind, str]
GOES_ON: Told = ("continuation", "continuation")
# Fields that a row without an action of its own may add to the one above.
CONTINUED = {
    "who", "due", "priority", "progress", "further_actions", "outcome", "status", "rating", "known_by",
    "milestones", "extra", "driver", "theme",
}  # fmt: skip
# Where a text that stands alone in its row is no heading of a group.
NO_HEADING = CONTINUED - {"extra", "driver", "theme", "milestones"}
OF_ITS_OWN = {"title", "priority", "status", "rating", "driver"}


@dataclass
class Kinds:
    """The kind of each row by its number, and why some are not certain."""

    kinds: dict[int, Kind] = field(default_factory=dict)
    doubts: dict[str, list[int]] = field(default_factory=dict)  # by kind of doubt: the numbers of the rows
    progress_rows: set[int] = field(
        default_factory=set
    )  # continuations that are progress, wherever they stand

    def set(self, number: int, kind: Kind, doubt: str = "") -> None:
        self.kinds[number] = kind
        if doubt:
            self.doubts.setdefault(doubt, []).append(number)


class RowReader:
    """Tells the kinds of the rows beneath one heading."""

    def __init__(
        self,
        grid: Grid,
        headings: Headings,
        reads: list[Read],
        *,
        is_followed: bool = False,
        goes_on: bool = False,
    ) -> None:
        self.grid, self.is_followed = grid, is_followed
        self.headings = [
            {column: plain(text) for column, text in texts.items() if text}
            for texts in (headings.texts, headings.lower, headings.upper)
        ]
        self.fields = {read.column: read.field for read in reads}
        self.columns: dict[str, int] = {}
        for read in reads:
            if not read.tick:
                self.columns.setdefault(read.field, read.column)
        self.found = Kinds()
        self.in_legend = False
        self.has_action = goes_on  # one stands above already

    def read(self, rows: list[Row], answers: dict[str, str]) -> Kinds:
        self.numbered = self.share_numbered(rows)
        widths = sorted(len(row.cells) for row in rows)
        self.usual = widths[len(widths) // 2] if widths else 0
        for place, row in enumerate(rows):
            following = rows[place + 1] if place + 1 < len(rows) else None
            answer = self.answered(row, answers)
            self.found.set(row.number, *((answer, "") if answer else self.tell(row, following)))
            if self.found.kinds[row.number] == "action":
                self.has_action = True
        if not self.is_followed:
            self.close_groups(rows, answers)
        return self.found

    def answered(self, row: Row, answers: dict[str, str]) -> Kind | None:
        answer = answers.get(f"{self.grid.table.name}!{row.number}") or answers.get(str(row.number))
        return answer if answer in get_args(Kind) else None  # type: ignore[return-value]

    def share_numbered(self, rows: list[Row]) -> float:
        """Which part of the rows that hold an action has a reference."""
        ref, action = self.columns.get("ref"), self.columns.get("action")
        if not ref or not action:
            return 0.0
        actions = [row for row in rows if action in row.cells and len(row.cells) > 2]
        return sum(bool(self.grid.place(row, ref)) for row in actions) / len(actions) if actions else 0.0

    def cell(self, row: Row | None, name: str) -> Cell | None:
        return row.cells.get(self.columns.get(name, 0)) if row else None

    def tell(self, row: Row, following: Row | None) -> Told:
        cells = [row.cells[column] for column in sorted(row.cells)]
        if self.is_heading(row):
            self.in_legend = False
            return "heading", ""
        if self.is_total(cells):
            return "total", ""
        if self.may_be_total(row, cells):
            return "total", "total or action"
        if self.is_legend(row, [cell.text for cell in cells]):
            self.in_legend = True
            return "legend", ""
        if self.is_progress(row, cells):
            self.found.progress_rows.add(row.number)
            return "continuation", "progress row"
        if self.is_label(cells):
            return "unknown", ""
        if len({cell.text for cell in cells}) == 1:
            return self.tell_single(row, cells[0], following)
        if action := self.cell(row, "action"):
            return self.tell_with_action(row, action, following)
        return self.tell_without_action(row, cells, following)

    def is_heading(self, row: Row) -> bool:
        """The headings again, as at the top of each printed page."""
        if len(row.cells) < 2:
            return False
        short = {column: cell.text for column, cell in row.cells.items() if len(cell.text) < 200}
        same = {
            column
            for column, text in short.items()
            if any(texts.get(column) == plain(text) for texts in self.headings)
        }
        if len(same) < 2:
            return False
        # “Deadline” where “Date” stood is the same in other words.
        alike = {
            column
            for column, text in short.items()
            if field_of_heading(text) == (self.fields.get(column), SURE)
        }
        return len(same | alike) >= 0.7 * len(row.cells)

    def is_total(self, cells: list[Cell]) -> bool:
        words = plain(cells[0].text)
        if len(cells) == 1:  # beside it a formula may stand, of which the file holds no value
            return bool(NUMBER_OF_ACTIONS.fullmatch(words) or TOTAL_ALONE.fullmatch(words))
        forms = (TOTAL, TOTAL_WORDS, NUMBER_OF_ACTIONS)
        is_named = len(cells[0].text) < 60 and any(form.fullmatch(words) for form in forms)
        return is_named and all(COUNT.fullmatch(cell.text) for cell in cells[1:])

    def may_be_total(self, row: Row, cells: list[Cell]) -> bool:
        """It says “Total” with words beside it; one with an owner or a day, and words to be done, is none."""
        action = self.cell(row, "action")
        if len({cell.text for cell in cells}) == 1:
            return False
        if action and TOTAL_WORDS.fullmatch(plain(action.text)):
            return True
        is_told = bool(self.cell(row, "who") or self.cell(row, "due"))
        is_counted = action is None or bool(COUNT.fullmatch(action.text))
        return bool(TOTAL_WORDS.fullmatch(plain(cells[0].text))) and (is_counted or not is_told)

    def is_legend(self, row: Row, texts: list[str]) -> bool:
        if self.is_complete(row):
            self.in_legend = False
            return False
        name = self.fields.get(min(row.cells))
        colours = [rating_of(text).value for text in texts if rating_of(text).certainty != UNKNOWN]
        is_colour = rating_of(texts[0]).certainty != UNKNOWN and name not in ("rating", "status", "priority")
        if is_colour and len(texts) == 2 and not is_reference(texts[0]):
            return True
        if is_colour and len(texts) > 2 and len(set(colours) - {""}) > 1:
            return True
        if len(texts) <= 3 and (LEGEND.fullmatch(plain(texts[0])) or FOOTNOTE.fullmatch(texts[0])):
            # A note within the action's or progress's own column goes on with that.
            is_within = len(texts) == 1 and name in ("action", "progress", "further_actions")
            return not is_within or min(row.cells) == 1
        if all(map(COLOUR_MEANS.fullmatch, texts)):
            return True
        # After “Key”, what follows belongs to it as long as it looks like no action.
        return self.in_legend and len(texts) <= 2 and not self.cell(row, "ref")

    def is_complete(self, row: Row) -> bool:
        """A row with a reference and an action, or nearly as full as most."""
        ref, action = self.cell(row, "ref"), self.cell(row, "action")
        is_full = len(row.cells) > max(2, self.usual * 0.6)
        return bool(action) and (bool(ref and is_reference(ref.text)) or is_full)

    def is_progress(self, row: Row, cells: list[Cell]) -> bool:
        """“Progress: …”, in one cell or with the word in the first."""
        ref = self.cell(row, "ref")
        if not self.has_action or len(cells) > 3 or (ref and is_reference(ref.text)):
            return False
        texts = list(dict.fromkeys(cell.text for cell in cells))
        return bool(PROGRESS.fullmatch(": ".join(texts))) and (len(texts) == 1 or len(texts[0]) < 40)

    def is_label(self, cells: list[Cell]) -> bool:
        """“Signed off by: | Executive”, which may stand anywhere around a plan."""
        first = cells[0].text
        is_number = is_reference(first) or GROUP_WORD.match(plain(first))
        return len(cells) == 2 and self.usual > 3 and first.endswith(":") and not is_number

    def is_under_action(self, row: Row) -> bool:
        """Beside an action that is merged over several rows."""
        over = self.grid.covered.get((row.number, self.columns.get("action", 0)))
        return self.has_action and over is not None and over not in row.cells.values()

    def tell_single(self, row: Row, cell: Cell, following: Row | None) -> Told:
        """One text in the whole row."""
        column = min(row.cells)
        name = self.fields.get(column, "")
        breadth = max(self.grid.breadth(cell), len(row.cells))
        if self.is_under_action(row):
            return "continuation", ""
        if breadth >= max(2, len(self.fields) // 2):
            return "group", ""
        if GROUP_WORD.match(plain(cell.text)) and name not in NO_HEADING:
            return "group", ""
        if name == "priority" and priority_of(cell.text).certainty == UNKNOWN:
            return "group", "group"  # no level: the priorities themselves stand over their actions
        if name in NO_HEADING:
            return GOES_ON if self.has_action else ("unknown", "")
        if name == "action":
            return self.tell_single_action(row, cell, following)
        is_title_within = name == "title" and self.has_action and column != min(self.fields)
        if (name == "ref" and is_reference(cell.text)) or (is_title_within and "ref" in self.columns):
            return "unknown", ""
        return "group", "" if len(cell.text) < 150 else "group"

    def tell_single_action(self, row: Row, cell: Cell, following: Row | None) -> Told:
        if begins_small(cell.text) and self.has_action:
            return GOES_ON
        if len(self.columns) == 1:
            return "action", ""
        is_first = min(self.fields) == min(row.cells)
        if is_first and len(cell.text) < 120 and following and len(following.cells) > 1:
            return "group", "group"
        if self.has_action and (self.numbered > 0.5 or self.usual > 2):
            return GOES_ON
        return "action", "bare action"

    def tell_with_action(self, row: Row, action: Cell, following: Row | None) -> Told:
        column = self.columns.get("ref", 0)
        ref = row.cells.get(column)
        if ref and len(row.cells) == 2 and self.is_group_number(ref, following):
            return "group", "group"
        if ref and self.is_group_with_more(row, ref, following):
            return "group", "group"
        if not ref and self.has_action:
            if (row.number, column) in self.grid.covered:
                # One number, merged over several rows: they are one action.
                return "continuation", "one number"
            if self.says_little(row) and (self.numbered > 0.5 or begins_small(action.text)):
                return GOES_ON
        if len(row.cells) == 2 and self.usual > 3:
            return "action", "bare action"
        return "action", "no number" if not ref and self.numbered > 0 else ""

    def is_group_number(self, ref: Cell, following: Row | None) -> bool:
        """“1” above “1.1”, or “Priority 1” in the column of numbers."""
        if not is_reference(ref.text):
            return bool(GROUP_WORD.match(plain(ref.text)))
        below = self.cell(following, "ref")
        begins = re.escape(ref.text.strip(" .):")) + r"[.\-/ (]\s?\S"
        return below is not None and bool(re.match(begins, below.text))

    def is_group_with_more(self, row: Row, ref: Cell, following: Row | None) -> bool:
        """“Priority 1 | Neglect” with a rating of its own, above rows that are numbered otherwise."""
        below = self.cell(following, "ref")
        is_named = bool(GROUP_WORD.match(plain(ref.text)))
        is_led = self.cell(row, "who") or self.cell(row, "due")
        return is_named and not is_led and below is not None and not GROUP_WORD.match(plain(below.text))

    def says_little(self, row: Row) -> bool:
        """Beside the action it has at most what a list within cells has: who or when, and no more."""
        own = {self.fields.get(column) for column in row.cells} - {"action", "extra"}
        return not own & OF_ITS_OWN and len(own) <= 1

    def tell_without_action(self, row: Row, cells: list[Cell], following: Row | None) -> Told:
        names = {self.fields.get(column) for column in row.cells}
        ref, title = self.cell(row, "ref"), self.cell(row, "title")
        is_above_action = self.cell(following, "action") is not None
        if self.is_under_action(row):
            return "continuation", "one action" if ref else ""
        if ref and is_reference(ref.text) and (title or len(cells) > 2):
            # “1 | Neglect”, with more in other rows, is a heading; with an owner or a date it is an action.
            is_group = len(cells) == 2 and self.usual > 3 and is_above_action
            return ("group", "group") if is_group else ("action", "no action")
        if GROUP_WORD.match(plain(cells[0].text)) and len(cells) <= 2:
            return "group", "group"
        if not ref and not title and self.has_action and names <= CONTINUED:
            return GOES_ON
        if title and len(cells) > 2:
            return "action", "no action"
        if len(cells) == 2 and is_above_action and not names & {"who", "due", "status", "rating", "progress"}:
            return "group", "group"
        return "unknown", ""

    def close_groups(self, rows: list[Row], answers: dict[str, str]) -> None:
        """A heading with no action beneath it, to the end, is none."""
        for row in reversed(rows):
            kind = self.found.kinds[row.number]
            if kind == "action":
                return
            if kind == "group" and not self.answered(row, answers):
                self.found.kinds[row.number] = "unknown"


def begins_small(text: str) -> bool:
    return text[:1].islower() or bool(BULLET.match(text)) or text[:1] in "(…"


def split_by_headings(grid: Grid, first: Headings) -> list[tuple[Headings, list[Row]]]:
    """The rows beneath each heading; another row of headings that differ from the first begins a new part."""
    parts: list[tuple[Headings, list[Row]]] = [(first, [])]
    known = {plain(text) for text in (*first.texts.values(), *first.lower.values()) if text}
    heads = first
    for row in grid.rows:
        if row.number <= max(first.rows):
            continue
        if is_new_heading(row, known) or has_other_heading(row, heads):
            texts = {column: cell.text for column, cell in row.cells.items()}
            known = {plain(text) for text in texts.values()}
            heads = Headings([row.number], texts, dict(texts))
            parts.append((heads, []))
        else:
            parts[-1][1].append(row)
    return parts


def has_other_heading(row: Row, heads: Headings) -> bool:
    """The headings again, but one names another field: “Date closed” where “Status” stood."""
    if len(heads.rows) != 1 or not is_short(row):
        return False
    pairs = [(heads.texts.get(column, ""), cell.text) for column, cell in row.cells.items()]
    others = [(there, here) for there, here in pairs if plain(there) != plain(here)]
    if len(pairs) - len(others) < max(2, 0.6 * len(pairs)):
        return False
    fields = [(field_of_heading(there)[0], field_of_heading(here)[0]) for there, here in others]
    return any(here and here != there for there, here in fields)


def is_new_heading(row: Row, known: set[str]) -> bool:
    cells = row.cells.values()
    if len(cells) < 3 or not is_short(row) or row.cells[min(row.cells)].text[:1].isdigit():
        return False
    if any(cell.is_number or cell.day for cell in cells) or row_score(row) < 2.6:
        return False
    texts = {plain(cell.text) for cell in cells}
    return len(texts - known) > len(texts) / 2
