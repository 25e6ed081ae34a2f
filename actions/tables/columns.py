"""Which column of a table is what: by its heading, and by what stands beneath it."""

import re
from dataclasses import dataclass
from dataclasses import field as of
from datetime import date

from actions.tables.cells import Row
from actions.tables.grid import Grid, Headings
from actions.tables.headings import LIKELY, NONE, SURE, field_of_heading
from actions.tables.marks import MONTH
from actions.tables.people import Names, looks_like_person
from actions.tables.scales import SURE as SURE_READING
from actions.tables.scales import (
    UNKNOWN,
    is_urgency,
    priority_of,
    rating_of,
    status_of,
    status_of_percent,
    with_remark,
)
from actions.tables.timescales import UNREAD, read_timescale
from actions.tables.understood import FIELDS, FIELDS_UNDER_EXTRA
from actions.tables.wording import KEPT_AS_PRINTED, SURE_TICKS, TICKS, is_reference, plain, says_nothing

SAMPLE = 300
PART_OF_YEAR = re.compile(rf"\b(?:q(?:uarter )?[1-4]|{MONTH}|autumn|spring|summer|winter)\b", re.IGNORECASE)
ANY_YEAR = (date(2021, 4, 1), date(2022, 3, 31))  # to see whether a heading is a month or a quarter at all
# A row has one of each; of the others several columns may tell something.
SINGLE = {"ref", "title", "driver", "action", "outcome", "priority", "status", "rating"}
PLACE = re.compile(r"(?:.+!)?(?:[A-Z]{1,3}|\d+)")  # Plan!C, C; 2 where the headings stand in a first column
# The register's own: the first date of an action, and the one it has now.
ORIGINAL, NOW = "original date", "due now"


@dataclass
class Values:
    """What stands in a column: how large a part of it looks like what, told when it is asked."""

    texts: list[str] = of(default_factory=list)
    names: Names = of(default_factory=lambda: Names([], {}))
    shares: dict[str, float] = of(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.texts)

    @property
    def length(self) -> float:
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @property
    def distinct(self) -> float:
        return len(set(self.texts)) / len(self.texts) if self.texts else 0.0

    def share(self, name: str) -> float:
        if name not in self.shares:
            passed = {text for text in set(self.texts) if looks_like(name, text, self.names)}
            count = sum(text in passed for text in self.texts)
            self.shares[name] = count / len(self.texts) if self.texts else 0.0
        return self.shares[name]


TESTS = {
    "priority": lambda text: priority_of(text).certainty != UNKNOWN,
    "urgency": is_urgency,
    "percent": lambda text: bool(status_of_percent(text)),
    "number": lambda text: text.isdecimal() and len(text) < 3,
    "rating": lambda text: rating_of(text).certainty == SURE_READING,
    "rating or so": lambda text: with_remark("rating", text).certainty != UNKNOWN,
    "status": lambda text: status_of(text).certainty != UNKNOWN,
    "ref": is_reference,
    "due": lambda text: len(text) < 60 and read_timescale(text, "", ANY_YEAR).certainty != UNREAD,
    "tick": lambda text: text.casefold() in TICKS,
    "sure tick": lambda text: text.casefold() in SURE_TICKS,
    "long": lambda text: len(text) > 40,
}


def says_something(text: str) -> bool:
    return bool(text) and not says_nothing(text)


def looks_like(name: str, text: str, names: Names) -> bool:
    return is_who(text, names) if name == "who" else name in TESTS and TESTS[name](text)


@dataclass
class Read:
    """How a column is read, and why that is not certain."""

    column: int
    header: str
    field: str = "extra"
    certain: bool = True
    strength: int = NONE
    why: str = ""  # not certain because: unknown, values, twice, date, words; or answered
    earlier: str = ""  # rating or status, of an earlier quarter: it counts where a later one is empty
    is_beside: bool = False  # another column says who or when, and its words count as printed
    is_lead: bool = False  # of such a one: whom it names leads, and not whom the other names
    tick: str = ""  # of a column of ticks: what a tick in it means: who, priority, rating, status, due
    values: Values = of(default_factory=Values)


def is_who(text: str, names: Names) -> bool:
    if len(text) > 200:
        return False
    read = names.read(text)
    return len(read.unknown) < len(read.people) or looks_like_person(text)


def read_columns(grid: Grid, headings: Headings, body: list[list[str]], names: Names) -> list[Read]:
    """One reading for each column that has a heading or holds anything.

    Args:
        body: of each column, from the first on, the texts beneath its heading.
    """
    reads = []
    for column in range(1, max(len(body), max(headings.texts, default=0)) + 1):
        texts = body[column - 1] if column <= len(body) else []
        if column in headings.texts or any(texts):
            reads.append(
                read_column(
                    column,
                    headings,
                    Values([text for text in texts if says_something(text)][:SAMPLE], names),
                    names,
                )
            )
    refuse_twice(reads)
    find_missing(reads)
    return reads


def read_column(column: int, headings: Headings, values: Values, names: Names) -> Read:
    header = headings.texts.get(column, "")
    read = Read(column, header, values=values)
    if header.startswith(KEPT_AS_PRINTED):
        read.field, read.strength = "extra", SURE
        return read
    read.field, read.strength = by_heading(column, headings)
    if header and is_tick_column(read, values) and (meaning := meaning_of_tick(headings, column, names)):
        read.field, read.tick, read.strength = meaning, meaning, SURE
        return read
    if read.strength != SURE and is_name(header, names):
        # “QiiP Subgroup” above what is no tick: what it says of the subgroup is not known.
        read.field, read.certain, read.why = "extra", False, "name"
        return read
    if not read.field:
        # An empty column needs no field.
        read.field, read.certain, read.why = "extra", not values.count, "unknown"
        return read
    if read.field != "progress" or field_of_heading(headings.upper.get(column, ""))[0] != "progress":
        by_values(read)
    if read.certain and read.field != "extra" and read.strength == LIKELY and values.share(read.field) < 0.7:
        read.certain, read.why = False, "words"
    return read


def by_heading(column: int, headings: Headings) -> tuple[str, int]:
    """By the lower of two headings, if that names a field; otherwise by both, or the upper one."""
    texts = (headings.lower.get(column), headings.texts.get(column), headings.upper.get(column))
    found = [field_of_heading(text) for text in texts if text]
    sure = [each for each in found if each[1] == SURE]
    return next(iter(sure or [each for each in found if each[0]]), ("", NONE))


def is_tick_column(read: Read, values: Values) -> bool:
    is_ticks = values.count > 0 and values.share("tick") == 1
    # “1” and “a” are ticks only beside others, and a column of statuses may say Yes.
    return (
        is_ticks
        and values.share("sure tick") >= 0.5
        and read.field not in ("status", "ref", "rating", "priority")
    )


def meaning_of_tick(headings: Headings, column: int, names: Names) -> str:
    """What a tick says by the heading it stands under; "" where that is not known."""
    header = headings.lower.get(column) or headings.texts[column]
    if priority_of(header).certainty == SURE_READING:
        return "priority"
    if rating_of(header).certainty == SURE_READING:
        return "rating"
    if status_of(header).certainty == SURE_READING:
        return "status"
    if is_name(header, names):
        return "who"
    if read_timescale(header, "", ANY_YEAR).due.date:
        return "due"
    over = field_of_heading(headings.upper.get(column, ""))[0]
    return over if over in ("who", "priority", "rating", "status", "due") else ""


def is_name(header: str, names: Names) -> bool:
    read = names.read(header)
    return bool(read.people) and not read.unknown


def by_values(read: Read) -> None:
    """Correct a heading's word by what stands beneath it: a priority may be a level or a theme."""
    values = read.values
    if not values.count:
        return
    if read.field == "priority":
        priority_or_theme(read, values)
    elif read.field in ("status", "rating", "progress"):
        state(read, values)
    elif read.field == "theme" and values.share("priority") >= 0.8 and "priorit" in plain(read.header):
        read.field, read.certain, read.why = "priority", False, "values"
    elif read.field == "ref" and values.share("ref") < 0.6:
        read.field = "action" if values.share("long") > 0.5 else "title"
        read.certain, read.why = False, "values"
    elif read.field == "who" and values.share("due") > 0.6 and values.share("who") < 0.3:
        read.field, read.certain, read.why = "due", False, "values"
    elif read.field == "due" and values.share("due") < 0.3 and values.share("who") > 0.6:
        read.field, read.certain, read.why = "who", False, "values"
    elif read.field in ("outcome", "driver", "title") and values.share("number") > 0.9:
        read.field, read.certain, read.why = "extra", False, "values"


def priority_or_theme(read: Read, values: Values) -> None:
    levels = values.share("priority")
    if levels >= 0.8:
        return
    if values.share("number") >= 0.8 or levels > 0.2 or values.share("urgency") >= 0.5:
        read.certain, read.why = False, "values"
    elif values.share("long") > 0.6 and values.distinct > 0.9:
        read.field, read.certain, read.why = "action", False, "values"
    else:
        read.field = "theme"


def state(read: Read, values: Values) -> None:
    """Status, rating and progress are mixed up in headings: colours, statuses and sentences tell."""
    if values.share("rating") >= 0.5 and values.share("rating or so") >= 0.7:
        read.field = "rating"
    elif read.field == "progress" and values.share("percent") >= 0.5:
        return  # how much is done says more than that it is in progress
    elif values.share("status") >= (0.8 if read.field == "progress" else 0.5):
        read.field = "status"
    elif values.share("rating or so") >= 0.7:
        read.field = "rating"
    elif read.field != "progress" and values.share("long") > 0.3:
        read.field, read.certain, read.why = "progress", False, "values"


def refuse_twice(reads: list[Read]) -> None:
    """Of several columns with one field that a row has once, the surest counts, then the first."""
    if any(read.field == "who" and read.why != "values" for read in reads):
        for read in reads:
            if read.field == "who" and read.why == "values":  # “By Easter” beneath “Timescale” is nobody
                read.field, read.certain, read.why = "due", True, ""
    keep_shorter_action_as_title(reads)
    for name in SINGLE:
        same = [read for read in reads if read.field == name and not read.tick]
        if len(same) < 2:
            continue
        same.sort(key=lambda read: (-read.strength, read.values.count == 0, read.column))
        if name in ("rating", "status") and all(PART_OF_YEAR.search(read.header) for read in same):
            same.sort(key=lambda read: (read.values.count == 0, -read.column))
            for read in same[1:]:
                read.earlier = name
        for read in same[1:]:
            read.field, read.certain, read.why = "extra", False, "twice"
    if not any(read.field == "who" for read in reads):
        for read in [read for read in reads if read.field == "group"][:1]:
            read.field = "who"


def keep_shorter_action_as_title(reads: list[Read]) -> None:
    """“Action” beside “Description”: the shorter is the title, if there is no other."""
    actions = [read for read in reads if read.field == "action" and read.values.count]
    if len(actions) == 2 and not any(read.field == "title" for read in reads):
        shorter, longer = sorted(actions, key=lambda read: read.values.length)
        if shorter.values.length * 2 < longer.values.length:
            is_number = shorter.values.share("ref") > 0.9 and not any(read.field == "ref" for read in reads)
            shorter.field = "ref" if is_number else "title"
            shorter.certain, shorter.why = False, "values"


# How large a part of a column must look like a field, for it to be that without a heading.
LOOKS_LIKE = {"ref": 0.9, "due": 0.7, "priority": 0.8, "rating": 0.8, "status": 0.8, "who": 0.6}


def find_missing(reads: list[Read]) -> None:
    """Give what no heading names to the column that looks most like it; none of that is certain."""
    free = [read for read in reads if read.why == "unknown" and read.values.count]
    has = {read.field for read in reads}
    for name, least in LOOKS_LIKE.items():
        if name in has:
            continue
        if name == "rating":
            free = last_of_year_first(free)
        for read in sorted(free, key=lambda read: -read.values.share(name)):
            if read.values.share(name) >= least and (name != "ref" or read is reads[0]):
                read.field, read.why = name, "values"
                free.remove(read)
                break
    if "action" not in has:
        texts = [read for read in reads if read.values.count and read.field in ("extra", "title", "theme")]
        longest = max(texts, key=lambda read: read.values.length, default=None)
        if longest and longest.values.length >= 20 and longest.values.distinct > 0.5:
            longest.field, longest.certain, longest.why = "action", False, "guess"


def last_of_year_first(reads: list[Read]) -> list[Read]:
    """Of ratings beneath months or terms the last counts, and an earlier one where that is empty."""
    least = LOOKS_LIKE["rating"]
    rated = [
        each for each in reads if PART_OF_YEAR.search(each.header) and each.values.share("rating") >= least
    ]
    for read in rated[:-1]:
        read.earlier = "rating"
    return rated[::-1] + [each for each in reads if each not in rated]


def is_place(key: str) -> bool:
    """Whether an answer about a column may name it by its letters, and not by its heading."""
    return not key or PLACE.fullmatch(key) is not None


def apply_answers(reads: list[Read], grid: Grid, answers: dict[str, str]) -> None:
    """Take each column as a person said, who named it by its heading or its letters."""
    for read in reads:
        letters = grid.name_of(read.column)
        for key in (f"{grid.table.name}!{letters}", letters, read.header):
            answer = answers.get(key)
            if answer in FIELDS or answer in FIELDS_UNDER_EXTRA:
                read.field, read.certain, read.why, read.earlier = str(answer), True, "answered", ""
                if answer not in ("who", "priority", "rating", "status", "due"):
                    read.tick = ""
                break


LEADS = re.compile(r"\b(leads?|led|posts?|owners?|owned|responsib\w+|accountab\w+|assign\w+|allocated)\b")


def tell_who_apart(reads: list[Read]) -> None:
    """Of several columns that say who, one has the words as printed; one of leads says who leads."""
    same = [read for read in reads if read.field == "who" and not read.tick]
    of_leads = [read for read in same if LEADS.search(plain(read.header))]
    others = [read for read in same if read not in of_leads]
    for read in same:
        read.is_beside = read is not (others or same)[0]
        read.is_lead = bool(others) and read in of_leads[:1]


def tell_dates_apart(reads: list[Read], counts: str) -> None:
    """Of several columns with dates, one has the words as printed; others give a day where it has none."""
    same = [read for read in reads if read.field == "due" and not read.tick]
    same.sort(key=lambda read: (read.header != counts, read.why != "answered", *rank_of_date(read)))
    for read in same[1:]:
        if plain(read.header) in (ORIGINAL, NOW) or read.why == "answered" or not read.values.count:
            read.is_beside, read.certain = True, True
        elif read.values.share("due") >= 0.5:
            read.is_beside, read.certain, read.why = True, False, "date"
        else:
            read.field, read.certain, read.why = "extra", False, "twice"


def rank_of_date(read: Read) -> tuple[int, bool, bool, int]:
    return -read.strength, plain(read.header) in (ORIGINAL, NOW), not read.values.count, read.column


def texts_by_column(grid: Grid, rows: list[Row], headings: Headings) -> list[list[str]]:
    """Of each column what the fuller rows hold, which are the actions; a heading again does not count."""
    widths = sorted(len(row.cells) for row in rows)
    least = max(2, -(-widths[len(widths) * 3 // 4] * 6 // 10)) if widths else 2
    columns: list[list[str]] = [[] for _ in range(grid.width)]
    for row in rows:
        if len(row.cells) >= least:
            for column, cell in row.cells.items():
                if cell.text != headings.texts.get(column):
                    columns[column - 1].append(cell.text)
    return columns
