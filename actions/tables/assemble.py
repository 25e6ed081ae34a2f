"""The rows of one table as actions, with what is printed in every cell somewhere in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from actions.tables.cells import Cell, Row, cell_name
from actions.tables.columns import NOW, ORIGINAL, Read, rank_of_date
from actions.tables.doubts import Doubts
from actions.tables.grid import Grid
from actions.tables.groups import NUMBERED, Groups
from actions.tables.people import Names
from actions.tables.rows import Kinds
from actions.tables.understood import Due, Kind, Person, PlanRow
from actions.tables.values import EXACTNESS, Reader, day_in_words
from actions.tables.wording import KEPT_AS_PRINTED, NO_TICKS, is_ditto, is_reference, plain

PLAIN = {"ref", "title", "driver", "theme", "action", "outcome"}
LISTED = {"progress", "further_actions"}  # several columns may tell them
UNDER_EXTRA = {"known_by", "milestones", "group", "kind", "precision"}
DATES = {"due", "review", "precision"}  # an action has one of each
# What a cell merged over several actions says of each of them.
SHARED = {"driver", "theme", "outcome", "priority", "who", "due", "status", "rating", *LISTED, *UNDER_EXTRA}
# What is printed once and left empty in the rows beneath it that it counts for.
PRINTED_ONCE = {"theme", "driver"}
ABOVE, NONE = "above", "none"  # what a cell says that is empty beneath another
YEAR = re.compile("20[0-9]{2}")
WHO = r"(?:leads?|lead (?:officer|agency|post)|owners?)\s*"
LEAD = re.compile(
    rf"[(\[]\s*(?:{WHO}[:–—-]|led by\b:?)\s*([^()\[\]]{{2,200}})[)\]]"
    rf"|(?:^|[.;\n])\s*{WHO}:\s*([^\n;]{{2,200}}?)\s*\.?\s*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass
class Part:
    """The rows beneath one heading, understood as far as their kinds."""

    grid: Grid
    reads: list[Read]
    rows: list[Row]
    kinds: Kinds

    def __post_init__(self) -> None:
        self.headers = {read.column: read.header for read in self.reads}


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell that may give the date of an action."""

    read: Read
    text: str
    day: str  # that the file itself gives the cell
    header: str
    cell: str


@dataclass
class Assembler:
    names: Names
    reader: Reader
    doubts: Doubts
    several: bool  # the file has several tables, so messages name them
    groups: Groups = field(default_factory=Groups)
    rows: list[PlanRow] = field(default_factory=list)
    last: PlanRow | None = None  # the last action

    def cell_name(self, grid: Grid, cell: Cell) -> str:
        return self.in_file(grid, cell.name)

    def in_file(self, grid: Grid, name: str) -> str:
        return f"{grid.table.name}!{name}" if self.several else name

    def says_none(self, cell: str, header: str) -> bool:
        """Whether it was answered so of a cell that is read as the one above it."""
        answer = (self.reader.answers.get("filled") or {}).get(cell)
        if answer not in (ABOVE, NONE):
            self.doubts.add("filled", cell, cell, heading=header, choices=(ABOVE, NONE))
        return bool(answer == NONE)

    def add_part(self, part: Part) -> None:
        self.above: dict[int, str] = {}  # by column: the text that counts for empty cells beneath it
        self.printed: dict[int, str] = {}  # by column: the last text, which a ditto mark means
        columns = {read.column for read in part.reads if read.field == "priority"}
        of_priority = {row.cells[one].text for row in part.rows for one in columns & row.cells.keys()}
        self.reader.priorities = {text for text in of_priority if len(text) <= len("medium")}
        builders: dict[Kind, Callable[[Part, Row], PlanRow]] = {
            "action": self.action,
            "continuation": self.continuation,
            "group": self.group,
        }
        for row in part.rows:
            kind = part.kinds.kinds[row.number]
            build = builders.get(kind, self.other)
            self.rows.append(build(part, row))
            self.rows[-1].is_fixed = not part.reads
            self.groups.was_group = kind == "group"

    def new_row(self, grid: Grid, row: Row, kind: Kind) -> PlanRow:
        place = self.cell_name(grid, row.cells[min(row.cells)]) if row.cells else ""
        return PlanRow(row.number, kind, table=grid.table.name if self.several else "", place=place)

    def action(self, part: Part, row: Row) -> PlanRow:
        found = self.new_row(part.grid, row, "action")
        self.last = found
        self.fill(part, row, found)
        self.set_theme(part, row, found)
        self.look_for_lead(part, found)
        return found

    def look_for_lead(self, part: Part, found: PlanRow) -> None:
        """Who leads may stand in the words of the action: “… (Lead: QiiP Subgroup Chair)”."""
        match = LEAD.search(found.action)
        if not match:
            return
        text, cell = next(filter(None, match.groups())).strip(), found.cells.get("action", "")
        header = next((read.header for read in part.reads if read.field == "action"), "")
        self.doubts.add("lead twice" if found.who else "lead in words", cell, text, heading=header)
        if not found.who:
            found.who, found.printed_who = self.reader.people(text, header, cell), text

    def set_theme(self, part: Part, row: Row, found: PlanRow) -> None:
        under = self.groups.theme
        if under and found.theme and under != found.theme:
            first = row.cells[min(row.cells)]
            self.doubts.add("two themes", self.cell_name(part.grid, first))
            found.theme = f"{under} – {found.theme}"
        found.theme = found.theme or under

    def continuation(self, part: Part, row: Row) -> PlanRow:
        found = self.new_row(part.grid, row, "continuation")
        if row.number in part.kinds.progress_rows:
            cells = [row.cells[column] for column in sorted(row.cells)]
            found.progress = "\n".join(dict.fromkeys(cell.text for cell in cells))
            found.cells["progress"] = self.cell_name(part.grid, cells[-1])
        else:
            self.fill(part, row, found)
        if self.last:
            self.tell_differences(self.last, found)
            join(self.last, found)
        return found

    def tell_differences(self, action: PlanRow, more: PlanRow) -> None:
        """What a further row says again, and otherwise: the first counts."""
        for name in ("due", "priority", "status", "rating"):
            there, here = getattr(action, name), getattr(more, name)
            texts = (there.words, here.words) if name == "due" else (there, here)
            if all(texts) and there != here:
                self.doubts.add("two values", more.cells.get(name, ""), texts[1])
                if name != "due":  # which join() keeps
                    put_extra(action, f"{name.capitalize()} of a further row", texts[1])

    def group(self, part: Part, row: Row) -> PlanRow:
        found = self.new_row(part.grid, row, "group")
        cells = [(column, row.cells[column]) for column in sorted(row.cells)]
        fields = {read.column: read.field for read in part.reads}
        texts = list(dict.fromkeys(cell.text for _, cell in cells))
        is_number = is_reference(texts[0]) or NUMBERED.fullmatch(plain(texts[0]))  # 1, Priority 1
        used = texts[:2]
        if len(texts) > 1 and fields.get(cells[0][0]) == "ref" and is_number:
            found.ref, found.theme = used
        elif len(texts) > 1 and texts[0].endswith(":"):
            found.theme = " ".join(used)  # “Priority: | Neglect”
        else:
            found.theme, used = texts[0], texts[:1]
        for column, cell in cells:
            if cell.text not in used:
                put_extra(found, self.header(part, column), cell.text)
        self.groups.begin(" ".join(filter(None, (found.ref, found.theme))))
        self.above = {}
        return found

    def other(self, part: Part, row: Row) -> PlanRow:
        """A row that is no part of the plan: its texts by the letters of their columns."""
        kind = part.kinds.kinds[row.number]
        found = self.new_row(part.grid, row, kind)
        for column in sorted(row.cells):
            put_extra(found, part.grid.name_of(column), row.cells[column].text)
        return found

    def header(self, part: Part, column: int) -> str:
        return part.headers.get(column) or f"Column {part.grid.name_of(column)}"

    def fill(self, part: Part, row: Row, found: PlanRow) -> None:
        self.dates: list[Printed] = []
        for read in sorted(part.reads, key=lambda read: read.is_beside):
            cell = row.cells.get(read.column)
            if cell:
                self.take(part, read, cell, found)
            elif found.kind == "action":
                self.take_from_above(part, read, row, found)
        for read in reversed(part.reads):
            # Of a rating for each quarter, the last that is given.
            cell = row.cells.get(read.column)
            if cell and read.earlier and not getattr(found, read.earlier):
                self.put_level(found, read.earlier, cell.text, read.header, self.cell_name(part.grid, cell))
        self.put_dates(found)
        for column in sorted(row.cells.keys() - {read.column for read in part.reads}):
            put_extra(found, self.header(part, column), row.cells[column].text)

    def take(self, part: Part, read: Read, cell: Cell, found: PlanRow) -> None:
        text = cell.text
        name = self.cell_name(part.grid, cell)
        if read.tick:
            self.take_tick(part, read, text, name, found)
            return
        if is_ditto(text) and read.field in SHARED and self.printed.get(read.column):
            put_extra(found, self.header(part, read.column), text)
            if self.says_none(name, read.header):
                return
            text = self.printed[read.column]
        elif is_ditto(text) and read.field != "extra" and text.casefold() != "do":  # which is a word as well
            self.doubts.add("ditto", name, text, heading=read.header)
        else:
            self.printed[read.column] = text
        if read.field == "theme" and self.above.get(read.column) != text:
            # What stands beneath another theme is of that one no longer.
            self.above = {column: above for column, above in self.above.items() if column < read.column}
        self.above[read.column] = text
        is_shared = part.grid.height(cell) > 1 and found.kind == "action"
        if is_shared and read.field in SHARED:
            self.doubts.add("merged", name, text)
        elif is_shared and read.field == "title":
            self.doubts.add("merged title", name, text)
        self.put(part, read, text, cell.day, name, found)

    def take_from_above(self, part: Part, read: Read, row: Row, found: PlanRow) -> None:
        """An empty cell: what the merged one says that covers it, or the last one that was printed."""
        over = part.grid.covered.get((row.number, read.column))
        if over:
            is_of_this_row = any(cell is over for cell in row.cells.values())
            if read.field in SHARED and not is_of_this_row and not read.tick:
                self.put(part, read, over.text, over.day, self.cell_name(part.grid, over), found)
        elif read.field in PRINTED_ONCE and self.above.get(read.column):
            at = (read.column, row.number) if part.grid.is_turned else (row.number, read.column)
            place = self.in_file(part.grid, cell_name(*at))
            if not self.says_none(place, read.header):
                self.put(part, read, self.above[read.column], "", place, found)

    def take_tick(self, part: Part, read: Read, text: str, cell: str, found: PlanRow) -> None:
        header = read.header
        put_extra(found, header, text)
        if text.casefold() in NO_TICKS:
            return
        over, _, meant = header.rpartition(" – ")
        if read.tick == "due" and YEAR.fullmatch(over):
            meant = f"{meant} {over}"  # a month beneath its year
        if read.tick == "due":
            self.dates = []  # of several ticks the last counts: it ends there
        self.put(part, Read(read.column, header, read.tick), meant, "", cell, found)

    def put(self, part: Part, read: Read, text: str, day: str, cell: str, found: PlanRow) -> None:
        name = read.field
        header = self.header(part, read.column)
        if name == "theme":
            found.theme = " – ".join(filter(None, (found.theme, text)))
        elif name in PLAIN:
            if getattr(found, name):
                put_extra(found, header, text)
            else:
                setattr(found, name, text)
        elif name in LISTED:
            several = sum(each.field == name for each in part.reads) > 1
            printed = f"{header}: {text}" if several and read.header else text
            setattr(found, name, "\n".join(filter(None, (getattr(found, name), printed))))
        elif name == "who":
            self.put_who(found, text, header, cell, read)
        elif name == "due":
            self.dates.append(Printed(read, text, day, header, cell))
        elif name in ("priority", "status", "rating"):
            self.put_level(found, name, text, header, cell)
        else:
            put_extra(found, header, text)
            if name == "review" and not found.review and (due := self.reader.sure_day(text, day)):
                found.review, found.fields[name] = str(due.date), text
            if name in UNDER_EXTRA:
                found.fields[name] = "\n".join(filter(None, (found.fields.get(name), text)))
        found.cells.setdefault(name, cell)

    def put_who(self, found: PlanRow, text: str, header: str, cell: str, read: Read) -> None:
        people = self.reader.people(text, header, cell)
        if read.is_lead and any(person.post for person in people):
            found.who, people = people, [replace(person, post=None) for person in found.who]
        found.who += [person for person in people if person.text not in [each.text for each in found.who]]
        if read.is_beside and found.printed_who:
            put_extra(found, header, text)
            return
        found.printed_who = "\n".join(filter(None, (found.printed_who, text)))
        if [person.text for person in people] != [text]:
            put_extra(found, header, text)

    def put_dates(self, found: PlanRow) -> None:
        """The day is that of the printed timescale, or else of the first date beside it."""
        ranked = sorted(self.dates, key=lambda one: rank_of_date(one.read))
        beside = [one for one in ranked if one.read.is_beside]
        given = [(one, due) for one in beside if (due := self.reader.sure_day(one.text, one.day))]
        counts = None  # the cell that gives the day
        for one in self.dates:
            if one not in beside:
                self.put_due(found, one, is_told=bool(given))
                counts = one if found.due.date and counts is None else counts
        for one in beside:
            put_extra(found, one.header, one.text)
        said = [found.due.text]
        for one, due in given:
            if counts is None:
                counts, found.cells["day"] = one, one.cell
                found.due = replace(due, text=found.due.text)
            elif due.date != found.due.date and plain(one.read.header) != NOW:
                self.tell_two_days(found.due, counts, due, one)
            if due.date == found.due.date and due.precision == "day":
                said.append(one.text)
        found.fields["due"] = "\n".join(said)
        self.put_exactness(found, counts)

    def tell_two_days(self, counts: Due, first: Printed, other: Due, second: Printed) -> None:
        if self.reader.answers.get("days"):
            return
        words = f"{day_in_words(counts)}, not {day_in_words(other)}"
        for one in (first, second):
            self.doubts.add("two days", one.cell, words, choices=(first.header, second.header))

    def put_exactness(self, found: PlanRow, counts: Printed | None) -> None:
        """“In that month” is of the original date; alone it may still say that an action is ongoing."""
        text = found.fields.pop("precision", "")
        exact = EXACTNESS.get(plain(text))
        is_original = counts is not None and plain(counts.header) == ORIGINAL
        if exact and (is_original or (exact == "ongoing" and not found.due.date)):
            found.due = replace(found.due, precision=exact)
        if exact and found.due.precision == exact:
            found.fields["precision"] = text

    def put_due(self, found: PlanRow, one: Printed, *, is_told: bool) -> None:
        due = self.reader.due(one.text, one.day, one.header, one.cell, is_told=is_told)
        if found.due.text:
            put_extra(found, one.header, one.text)
            if found.due != due:
                self.doubts.add("two values", one.cell, one.text, heading=one.header)
        else:
            found.due = due

    def put_level(self, found: PlanRow, name: str, text: str, header: str, cell: str) -> None:
        value, status = self.reader.level(name, text, header, cell)
        if value and name != "priority" and len(text.split()) > 4:
            # “Complete – signed off by all agencies”: the status, and more than that.
            found.progress = "\n".join(filter(None, (found.progress, text)))
        elif value != text or getattr(found, name):
            put_extra(found, header, text)
        if getattr(found, name) and value and getattr(found, name) != value:
            self.doubts.add("two values", cell, text, heading=header)
        else:
            setattr(found, name, getattr(found, name) or value)
        found.status = found.status or status


def put_extra(found: PlanRow, header: str, text: str) -> None:
    """Under its heading; beside what stands there already, if two columns have one heading."""
    header = header.removeprefix(KEPT_AS_PRINTED)
    there = found.extra.get(header)
    if there is None:
        found.extra[header] = text
    elif text not in there.split("\n"):
        found.extra[header] = f"{there}\n{text}"


def join(action: PlanRow, more: PlanRow) -> None:
    """Add to an action what its continuation says. The continuation keeps it as well."""
    for name in ("title", "driver", "theme", "action", "outcome", *LISTED):
        text: str = getattr(more, name)
        there: str = getattr(action, name)
        if text and text not in there.split("\n"):
            setattr(action, name, f"{there}\n{text}" if there else text)
    texts = [person.text for person in action.who]
    action.who += [Person(**as_values(person)) for person in more.who if person.text not in texts]
    if more.printed_who:
        action.printed_who = "\n".join(filter(None, (action.printed_who, more.printed_who)))
    for name in ("priority", "status", "rating"):
        if not getattr(action, name):
            setattr(action, name, getattr(more, name))
    if more.due.words and not action.due.words:
        action.due, action.fields["due"] = replace(more.due), more.fields["due"]
    elif more.due.text:
        put_extra(action, "Timescale of a further row", more.due.text)
    if more.review and not action.review:
        action.review, action.fields["review"] = more.review, more.fields["review"]
    for header, text in more.extra.items():
        put_extra(action, header, text)
    for name, text in more.fields.items():
        if name in DATES:
            continue
        action.fields[name] = "\n".join(filter(None, (action.fields.get(name), text)))


def as_values(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in ("text", "post", "body", "partner", "certain")}
