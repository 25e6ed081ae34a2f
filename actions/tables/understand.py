"""The second stage of an import: what the tables of a file say. It touches no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from actions.tables.assemble import Assembler, Part
from actions.tables.cells import Cell, Row, Table, place_of
from actions.tables.columns import (
    Read,
    apply_answers,
    read_columns,
    tell_dates_apart,
    tell_who_apart,
    texts_by_column,
)
from actions.tables.doubts import KINDS, Doubts
from actions.tables.grid import (
    Grid,
    Headings,
    find_headings,
    find_turned,
    grid_of,
    one_above_another,
    side_by_side,
)
from actions.tables.marks import GROUP_WORD, LEGEND
from actions.tables.numbers import check_numbers
from actions.tables.people import Names
from actions.tables.rows import Kinds, RowReader, split_by_headings
from actions.tables.timescales import is_day_first, is_month_first, may_be_month_first
from actions.tables.understood import Column, Known, PlanRow, Understood
from actions.tables.values import Reader
from actions.tables.wording import plain

LEAVE, READ = "leave", "read"
# Beside an action found by guess, what a table must hold to be a plan.
OF_A_PLAN = {"ref", "who", "due", "priority", "status", "rating", "theme", "outcome", "progress"}


def understand(
    tables: list[Table],
    known: Iterable[Known] = (),
    answers: dict[str, Any] | None = None,
    period: tuple[date, date] | None = None,
) -> Understood:
    """What the tables say, and what of that is not certain.

    Args:
        known: the posts, groups and partners on record, with all their spellings.
        answers: what a person answered to doubts of an earlier look at the same file, each part optional:
            "tables": {"Sheet2": "read" or "leave"}
            "columns": {"Owner" or "C" or "Plan!C": a field of FIELDS or FIELDS_UNDER_EXTRA}
            "rows": {"12" or "Plan!12": a kind}
            "names": {"P Example": {"post": …, "body": …, "partner": …}}; {} keeps the words and asks no more;
                a list of these names several
            "dates": {"Spring": {"date": "2022-03-31" or None, "precision": "month"}}; {} keeps the words
            "priorities", "ratings", "statuses": {"P1": "High"}; "" keeps the words alone
            "days": of several columns with dates the heading of the one that counts where they differ
            "refs": "by group": a number that is used again has the group's number before it;
                "in order": the first of each keeps it, and the others the next free ones of its form
            "filled": {"C13" or "Plan!C13": "above" or "none"}: what a cell says that is read as the one above
            "confirmed": [kinds of doubts that need no answer but a yes]
        period: first and last day of the plan, for a timescale such as “September” or “Q2”.
    """
    return Understanding(tables, list(known), answers or {}, period).understood()


@dataclass
class Draft:
    """A table with its parts, before it is decided whether it belongs to the plan."""

    grid: Grid
    parts: list[tuple[Headings, list[Read], list[Row]]]
    is_plan: bool
    above: list[Row]  # the rows above the first headings
    heading_rows: list[Row]
    has_headings: bool = True
    goes_on: bool = False


class Understanding:
    def __init__(
        self,
        tables: list[Table],
        known: list[Known],
        answers: dict[str, Any],
        period: tuple[date, date] | None,
    ) -> None:
        self.answers = answers
        self.doubts = Doubts()
        self.names = Names(known, answers.get("names") or {})
        self.reader = Reader(self.names, self.doubts, answers, period)
        self.tables = self.shown(tables)
        self.assembler = Assembler(self.names, self.reader, self.doubts, len(self.tables) > 1)
        self.columns: list[Column] = []

    def part_of_answers(self, name: str) -> dict[str, str]:
        return self.answers.get(name) or {}

    def shown(self, tables: list[Table]) -> list[Table]:
        """Without the sheets that are hidden, unless all are, or it was answered that one is to be read."""
        wanted = self.part_of_answers("tables")
        kept = [table for table in tables if not table.hidden or wanted.get(table.name) == READ] or tables
        for table in tables:
            if table not in kept and wanted.get(table.name) != LEAVE:
                self.doubts.add(
                    "hidden table", f"{table.name}!{first_cell(table)}", table.name, choices=(READ, LEAVE)
                )
        return kept

    def parted(self, tables: list[Table]) -> list[Table]:
        """Each of two tables that stand side by side by itself, and each of the forms in one table."""
        parted = []
        for table in tables:
            parts = side_by_side(table)
            if len(parts) > 1:
                self.doubts.add("side by side", first_cell(parts[1]))
            for part in parts:
                parted += one_above_another(part)
        return parted

    def understood(self) -> Understood:
        drafts: list[Draft] = []
        for table in self.parted(self.tables):
            drafts.append(self.draft(table, [draft for draft in drafts if draft.is_plan]))
        has_plan = any(draft.is_plan for draft in drafts)
        self.is_only_plan = sum(draft.is_plan for draft in drafts) == 1
        for draft in drafts:
            if draft.is_plan:
                self.add_plan(draft)
            else:
                self.add_other(draft, has_plan)
        rows = self.assembler.rows
        for draft in drafts:
            self.tell_notes(draft, rows, may_be_read=draft.is_plan or not has_plan)
        actions = [row for row in rows if row.kind == "action"]
        self.tell_month_first(actions)
        headers = {column.table: column.header for column in self.columns if column.field == "ref"}
        check_numbers(actions, self.doubts, headers, str(self.answers.get("refs") or ""))
        return Understood(self.columns, rows, self.doubts.all(self.answers.get("confirmed") or []))

    def tell_month_first(self, actions: list[PlanRow]) -> None:
        """Where one day has its month first, and none its day, others that may be so are not certain."""
        answered = {plain(text) for text in self.part_of_answers("dates")}
        texts = [action.due.text for action in actions]
        if any(map(is_month_first, texts)) and not any(map(is_day_first, texts)):
            for action in actions:
                text = action.due.text
                if may_be_month_first(text) and plain(text) not in answered:
                    header = next((column.header for column in self.columns if column.field == "due"), "")
                    self.doubts.add("month first", action.cells.get("due", ""), text, heading=header)

    def draft(self, table: Table, plans: list[Draft]) -> Draft:
        """The table by its columns, if it is a plan so; otherwise by its rows."""
        grid = grid_of(table)
        by_columns = find_turned(grid)
        draft = self.draft_of(by_columns, plans) if by_columns else None
        return draft if draft and draft.is_plan else self.draft_of(grid, plans)

    def draft_of(self, grid: Grid, plans: list[Draft]) -> Draft:
        headings = find_headings(grid)
        if headings is None:
            return self.draft_without_headings(grid, plans)
        first = headings.rows[0]
        above = [row for row in grid.rows if row.number < first]
        heading_rows = [row for row in grid.rows if row.number in headings.rows]
        parts = []
        for heads, rows in split_by_headings(grid, headings):
            parts.append((heads, self.columns_of(grid, heads, rows), rows))
        is_plan = any(is_a_plan(reads) and rows for _, reads, rows in parts)
        return Draft(grid, parts, is_plan and not self.is_left(grid.table), above, heading_rows)

    def draft_without_headings(self, grid: Grid, plans: list[Draft]) -> Draft:
        """A table that goes on with the one before, or whose columns only their contents tell."""
        before = plans[-1] if plans else None
        if before and before.grid.width == grid.width and grid.width > 2:
            reads = before.parts[-1][1]
            return Draft(
                grid,
                [(Headings([], {}), reads, grid.rows)],
                not self.is_left(grid.table),
                [],
                [],
                goes_on=True,
            )
        reads = self.columns_of(grid, Headings([], {}), grid.rows)
        is_plan = is_a_plan(reads) and not self.is_left(grid.table)
        return Draft(grid, [(Headings([], {}), reads, grid.rows)], is_plan, [], [], has_headings=False)

    def is_left(self, table: Table) -> bool:
        return self.part_of_answers("tables").get(table.name) == LEAVE

    def columns_of(self, grid: Grid, headings: Headings, rows: list[Row]) -> list[Read]:
        body = texts_by_column(grid, rows, headings)
        reads = read_columns(grid, headings, body, self.names)
        apply_answers(reads, grid, self.part_of_answers("columns"))
        tell_who_apart(reads)
        tell_dates_apart(reads, str(self.answers.get("days") or ""))
        return reads

    def tell_notes(self, draft: Draft, rows: list[PlanRow], *, may_be_read: bool) -> None:
        """What must be mended is asked only of what is read: not of a total, a key or another table."""
        table = draft.grid.table
        name = table.name if self.assembler.several else ""
        kinds: dict[int, set[str]] = {}
        for row in rows:
            if row.table == name:
                kinds.setdefault(row.row, set()).add(row.kind)
        for note in table.notes:
            number = (place_of(note.cell) or (0, 0))[draft.grid.is_turned]
            is_read = may_be_read and not kinds.get(number, {"unknown"}) <= {"total", "legend"}
            if is_read or not KINDS[note.kind][0]:
                self.doubts.add(note.kind, f"{name}!{note.cell}" if name else note.cell, note.message)

    def add_other(self, draft: Draft, has_plan: bool) -> None:
        """A table that is no plan: all of its rows are kept, and it is asked about."""
        table = draft.grid.table
        rows = draft.grid.rows
        is_legend = all(LEGEND.fullmatch(plain(cell.text)) for row in rows for cell in row.cells.values())
        kinds = Kinds({row.number: "legend" if is_legend else "unknown" for row in rows})
        if not has_plan:
            headers = [read.header for _, reads, _ in draft.parts for read in reads if read.header]
            for words in headers or [table.name]:
                self.doubts.add("no plan", f"{table.name}!A1" if self.assembler.several else "A1", words)
            self.tell_columns(draft.grid, draft.parts[0][1], is_plan=False)
        elif not self.is_left(table):
            self.doubts.add(
                "not read", self.place(draft.grid, rows[0]), table.name or "the table", choices=(READ, LEAVE)
            )
        self.assembler.add_part(Part(draft.grid, [], rows, kinds))

    def add_plan(self, draft: Draft) -> None:
        grid, table = draft.grid, draft.grid.table
        if draft.goes_on:
            self.doubts.add("goes on", self.place(grid, grid.rows[0]), table.name)
        else:
            self.assembler.groups.texts = []
        if table.above and not any(read.field == "theme" for _, reads, _ in draft.parts for read in reads):
            is_title = self.is_only_plan and not GROUP_WORD.match(plain(table.above))
            if not is_title:
                self.assembler.groups.begin(table.above)
            self.doubts.add("title" if is_title else "above", self.place(grid, grid.rows[0]), table.above)
        self.assembler.groups.was_group = False
        self.add_above(draft)
        self.tell_shape(draft)
        told: list[tuple[str, str]] = []
        for place, (headings, reads, rows) in enumerate(draft.parts):
            if place:
                head = [row for row in grid.rows if row.number in headings.rows]
                self.assembler.add_part(Part(grid, [], head, Kinds({row.number: "heading" for row in head})))
            shape = [(read.header, read.field) for read in reads]
            if shape != told:
                self.tell_columns(grid, reads, is_plan=True, has_headings=draft.has_headings)
                told = shape
            self.add_rows(draft, headings, reads, rows, place + 1 < len(draft.parts))

    def add_above(self, draft: Draft) -> None:
        """What stands above the headings: a title, a key, or the heading of a group."""
        kinds = Kinds()
        is_next = True  # to the headings, or to the heading of a group
        for row in reversed(draft.above):
            # “Lead: | Police” may stand between.
            is_label = len(row.cells) == 2 and first_of(row).text.endswith(":")
            is_group = is_next and begins_group(row)
            is_next = is_group or (is_next and is_label)
            is_legend = bool(LEGEND.fullmatch(plain(first_of(row).text)))
            kinds.set(row.number, "legend" if is_legend else "group" if is_group else "heading")
        for row in draft.above:
            if kinds.kinds[row.number] == "group":
                self.tell_row("group", draft.grid, row, "")
        self.assembler.add_part(Part(draft.grid, [], draft.above, kinds))
        heads = Kinds({row.number: "heading" for row in draft.heading_rows})
        self.assembler.add_part(Part(draft.grid, [], draft.heading_rows, heads))

    def place(self, grid: Grid, row: Row) -> str:
        return self.assembler.cell_name(grid, row.cells[min(row.cells)])

    def tell_shape(self, draft: Draft) -> None:
        grid = draft.grid
        if len(draft.heading_rows) > 1:
            for row in draft.heading_rows:
                self.doubts.add("two headings", self.place(grid, row))
        if grid.is_turned and draft.heading_rows:
            self.doubts.add("turned", self.place(grid, draft.heading_rows[0]))
        for row in grid.rows:
            if row.hidden:
                self.doubts.add("hidden", self.place(grid, row))
        if not grid.is_turned:
            for column in sorted(grid.table.hidden_columns):
                first = next((row.cells[column] for row in grid.rows if column in row.cells), None)
                if first:
                    self.doubts.add("hidden", self.assembler.cell_name(grid, first))

    def tell_columns(
        self, grid: Grid, reads: list[Read], *, is_plan: bool, has_headings: bool = True
    ) -> None:
        kinds = {
            "unknown": "other columns",
            "name": "other columns",
            "twice": "two columns",
            "date": "two dates",
            "guess": "action column",
        }
        for read in reads:
            letters = grid.name_of(read.column)
            table = grid.table.name if self.assembler.several else ""
            self.columns.append(Column(read.header, read.field, read.certain, letters, table))
            if is_plan and read.field == "rating" and not read.values.count:
                self.doubts.add("colours", "", read.header, heading=read.header)
            if not is_plan:
                continue
            cell = next((row.cells[read.column] for row in grid.rows if read.column in row.cells), None)
            name = self.assembler.cell_name(grid, cell) if cell else ""
            if read.field == "who" and read.is_beside and read.values.count:
                kind = "two who: leads" if read.is_lead else "two who"
                self.doubts.add(kind, name, read.header or f"Column {letters}")
            if read.certain:
                continue
            kind = kinds.get(read.why, "column")
            is_level = read.values.share("priority") >= 0.8
            if read.field == "priority" and read.why == "values" and not is_level:
                kind = "level or theme"
            if not has_headings:
                kind = "no headings"
            meaning = (
                "" if read.field == "extra" or read.why == "date" else FIELD_WORDS.get(read.field, read.field)
            )
            self.doubts.add(kind, name, read.header or f"Column {letters}", meaning=meaning)

    def add_rows(
        self, draft: Draft, headings: Headings, reads: list[Read], rows: list[Row], is_followed: bool
    ) -> None:
        grid = draft.grid
        kinds = RowReader(grid, headings, reads, is_followed=is_followed, goes_on=draft.goes_on).read(
            rows, self.part_of_answers("rows")
        )
        by_number = {row.number: row for row in rows}
        heading = next((read.header for read in reads if read.field == "action"), "")
        for kind, numbers in kinds.doubts.items():
            for number in numbers:
                self.tell_row(kind, grid, by_number[number], heading)
        for number, kind_of_row in kinds.kinds.items():
            is_answered = str(number) in self.part_of_answers("rows")
            if kind_of_row == "unknown" and not is_answered:
                self.tell_row("row", grid, by_number[number], heading)
        self.assembler.add_part(Part(grid, reads, rows, kinds))

    def tell_row(self, kind: str, grid: Grid, row: Row, heading: str) -> None:
        words = " | ".join(row.cells[column].text for column in sorted(row.cells))
        choices: tuple[str, ...] = ("action", "group", "continuation", "legend", "total", "heading")
        if kind == "total or action":
            choices = ("total", "action", "group", "continuation")
        if kind != "no number":
            self.doubts.add(kind, self.place(grid, row), words, heading=heading, choices=choices)


FIELD_WORDS = {
    "ref": "the number", "title": "the title", "driver": "the strategic driver", "theme": "the theme",
    "action": "the action", "outcome": "the outcome", "priority": "the priority", "who": "who leads or owns",
    "due": "the timescale", "status": "the status", "rating": "the rating", "progress": "progress",
    "further_actions": "further actions", "known_by": "how it will be known", "milestones": "milestones",
    "group": "the responsible group", "kind": "the kind of driver", "review": "the review date",
    "precision": "how exact the date is",
}  # fmt: skip


def first_of(row: Row) -> Cell:
    return row.cells[min(row.cells)]


def first_cell(table: Table) -> str:
    return first_of(table.rows[0]).name


def begins_group(row: Row) -> bool:
    """“Priority 1: Neglect”, alone or with one thing more, as who answers for it."""
    return len(row.cells) <= 2 and bool(GROUP_WORD.match(plain(first_of(row).text)))


def is_a_plan(reads: list[Read]) -> bool:
    action = next((read for read in reads if read.field == "action"), None)
    if action is None:
        return False
    others = {read.field for read in reads if read is not action}
    return action.why != "guess" or len(others & OF_A_PLAN) >= 2
