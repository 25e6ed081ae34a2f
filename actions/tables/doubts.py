"""Doubts, one of each kind with all its cells, in the words and headings of the file."""

from dataclasses import dataclass, field

from actions.tables.understood import Doubt
from actions.tables.wording import list_of, shortened

MOST_WORDS = 6
MANY = 12  # from so many on they are better mended in the file than answered on a page

# By kind: whether it must be answered, which part of the answers it asks for, the message. {words} are the
# printed words with their cells, {cells} the cells, {heading} the heading of the file.
KINDS: dict[str, tuple[bool, str, str]] = {
    "no plan": (
        True, "columns",
        "No column says what is to be done, so this is read as no plan: {words}.",
    ),
    "no headings": (
        True, "columns",
        "No row holds headings. What each column is was read from what stands in it: {words}.",
    ),
    "action column": (
        True, "columns",
        "No heading says which column holds the actions. It may be {words}.",
    ),
    "column": (False, "columns", "What these columns hold is read from their words or contents: {words}."),
    "other columns": (
        False, "columns",
        "These columns have no field here and are kept with each action: {words}.",
    ),
    "two columns": (
        False, "columns",
        "Another column is read for the same. These are kept with each action: {words}.",
    ),
    "two dates": (
        False, "columns",
        "Another column gives the date. Where that is empty or only words, these give it. They are kept "
        "with each action: {words}.",
    ),
    "two days": (
        True, "days",
        "Two columns give different days for one action. Say which column counts: {words}.",
    ),
    "two who": (
        False, "columns",
        "Another column says who. These name leads and owners too, and are kept with each action: {words}.",
    ),
    "two who: leads": (
        False, "columns",
        "Another column says who, and its words stay. Who leads is read from these instead: {words}.",
    ),
    "level or theme": (
        True, "columns",
        "These may be how urgent an action is, or the number of a theme: {words}.",
    ),
    "two headings": (False, "", "The headings stand in two rows and are read together: {cells}."),
    "turned": (
        False, "",
        "The headings stand in the first column, so each column is read as an action: {cells}.",
    ),
    "goes on": (
        False, "tables",
        "These tables have no headings and are read as going on with the one before: {words}.",
    ),
    "not read": (False, "tables", "These are read as no part of the plan: {words}."),
    "hidden table": (False, "tables", "These sheets are hidden and are left out: {words}."),
    "hidden": (
        False, "",
        "These rows or columns are hidden in the file and are read like the others: {cells}.",
    ),
    "row": (True, "rows", "What these rows are is not clear: {words}."),
    "group": (False, "rows", "These rows are read as headings of those beneath: {words}."),
    "continuation": (False, "rows", "These rows are read as going on with the action above: {words}."),
    "progress row": (False, "rows", "These rows are read as progress of the action above: {words}."),
    "one number": (
        False, "rows",
        "One number stands beside several rows, which are read as one action: {words}.",
    ),
    "one action": (
        False, "rows",
        "One action stands beside several numbers, and is read as one: {words}.",
    ),
    "bare action": (False, "rows", "These rows hold an action and little else: {words}."),
    "total or action": (True, "rows", "These rows may be totals, which are left out: {words}."),
    "no action": (True, "rows", "These rows have no action beneath “{heading}”: {words}."),
    "no number": (False, "", "These actions have no number beneath “{heading}”: {words}."),
    "numbers": (
        False, "",
        "The actions have no numbers and are numbered in the order of the file: {cells}.",
    ),
    "number in words": (False, "", "Each action begins with its number, which is read as that: {words}."),
    "side by side": (
        False, "",
        "Two tables stand side by side and are read one after the other: {cells}.",
    ),
    "double number": (True, "refs", "“{heading}”: a number stands twice: {words}."),
    "numbers restart": (True, "refs", "“{heading}”: the numbers begin again under each heading: {words}."),
    "long number": (True, "", "“{heading}”: a number has at most 20 characters: {words}."),
    "number as date": (
        True, "",
        "“{heading}”: Excel has made dates of these numbers. Write them as text in the file: {words}.",
    ),
    "lost zero": (False, "", "“{heading}”: Excel leaves out a last zero. It is read as follows: {words}."),
    "ditto": (
        True, "",
        "“{heading}”: what “as above” means here is not clear. Write it out in the file: {words}.",
    ),
    "struck": (
        True, "",
        "These words are struck through, but are read like the others. If they no longer count, delete "
        "them in the file: {words}.",
    ),
    "filled": (
        False, "filled",
        "“{heading}” is empty or the same mark there, and is read as above: {cells}.",
    ),
    "merged": (False, "", "These cells span several actions, and the text counts for each: {words}."),
    "merged title": (
        False, "",
        "This title spans several actions. Only the first is read with it: {words}.",
    ),
    "covered": (
        False, "",
        "These cells are covered by a merged one and are not shown, so they are not read: {words}.",
    ),
    "formula": (
        True, "",
        "These cells hold a formula, and the file does not say what it comes to. Open it in Excel, "
        "save it, and try again: {cells}.",
    ),
    "error": (True, "", "A formula went wrong in these cells. Mend them in the file: {words}."),
    "two themes": (False, "", "These actions stand under a heading and name a theme. Both count: {cells}."),
    "above": (False, "", "The heading above a table is read as its theme: {words}."),
    "title": (False, "", "The heading above the only table is read as its title, and is no theme: {words}."),
    "names": (True, "names", "“{heading}”: nobody on record has these names: {words}."),
    "no owner": (True, "names", "“{heading}”: these words name nobody: {words}."),
    "people": (
        True, "names",
        "“{heading}”: these look like people. Say which post each holds, or keep the words: {words}.",
    ),
    "likely names": (False, "names", "“{heading}”: part of the words names somebody on record: {words}."),
    "lead in words": (
        False, "",
        "“{heading}” says who leads within its words. It is read from there, and the words stay: {words}.",
    ),
    "lead twice": (
        False, "",
        "“{heading}” says who leads within its words, and another column says it too. That one counts, "
        "not {words}.",
    ),
    "words for a date": (False, "dates", "“{heading}”: only the words are kept, with no date: {words}."),
    "likely dates": (False, "dates", "“{heading}” is read as follows: {words}."),
    "no such date": (True, "dates", "“{heading}”: there is no such day: {words}."),
    "month first": (
        True, "dates",
        "“{heading}”: other days here have the month first. Say which day is meant: {words}.",
    ),
    "priorities": (True, "priorities", "“{heading}”: this is no priority that is known: {words}."),
    "likely priorities": (False, "priorities", "“{heading}” is read as follows: {words}."),
    "ratings": (True, "ratings", "“{heading}”: this is no rating that is known: {words}."),
    "likely ratings": (False, "ratings", "“{heading}” is read as follows: {words}."),
    "statuses": (True, "statuses", "“{heading}”: this is no status that is known: {words}."),
    "likely statuses": (False, "statuses", "“{heading}” is read as follows: {words}."),
    "colours": (
        False, "",
        "“{heading}” holds no words. If its cells are painted, write the colours as words in the file.",
    ),
    "two values": (False, "", "Two cells say different things of one action. The first counts, not {words}."),
}  # fmt: skip


@dataclass
class Kept:
    headings: dict[str, None] = field(default_factory=dict)  # in their order
    words: dict[str, list[str]] = field(default_factory=dict)  # by printed words: the cells
    meanings: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


class Doubts:
    """Collects what is not certain."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def add(
        self, kind: str, cell: str, words: str = "", *, heading: str = "", meaning: str = "",
        choices: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        kept = self.kept.setdefault(kind, Kept())
        kept.choices = tuple(dict.fromkeys((*kept.choices, *choices)))
        kept.words.setdefault(words, []).append(cell)
        if heading:
            kept.headings[heading] = None
        if meaning:
            kept.meanings[words] = meaning

    def all(self, confirmed: list[str]) -> list[Doubt]:
        """Those that must be answered first; without those that were confirmed.

        One that must be answered, but by nothing that could be typed here, may be confirmed as well.
        """
        found = [self.doubt(kind, kept) for kind, kept in self.kept.items()]
        left = [each for each in found if each.kind not in confirmed or (each.must and each.asks)]
        return sorted(left, key=lambda doubt: not doubt.must)

    def doubt(self, kind: str, kept: Kept) -> Doubt:
        must, asks, message = KINDS[kind]
        cells = list(dict.fromkeys(cell for each in kept.words.values() for cell in each if cell))
        about = [words for words in kept.words if words]
        heading = "” and “".join(map(shortened, kept.headings)) or "the table"
        text = message.format(words=in_words(kept), cells=list_of(cells), heading=heading)
        if must and len(about) > MANY and asks != "days":
            text += " These are many: mend them in the file, and try it again."
        return Doubt(cells, kind, text, must, asks, about, list(kept.choices))


def in_words(kept: Kept) -> str:
    texts = []
    for words, cells in list(kept.words.items())[:MOST_WORDS]:
        meaning = f" as {kept.meanings[words]}" if words in kept.meanings else ""
        where = list_of([cell for cell in cells if cell], 3)
        texts.append(f"“{shortened(words)}”{meaning}" + (f" ({where})" if where else ""))
    more = len(kept.words) - MOST_WORDS
    return ", ".join(texts) + (f" and {more} more" if more > 0 else "")
