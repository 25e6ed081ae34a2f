"""DOCX: the tables of a Word document, as they read once all tracked changes are accepted.

Read here, and not with python-docx, which leaves out what stands in content controls, inserted text and the
numbers that Word counts itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from actions.tables.cells import Table, TableBuilder, cell_name
from actions.tables.package import Package

NOT_SHOWN = {"del", "moveFrom", "instrText", "delText", "Fallback", "rPr", "pPr"}
TICKS = {"F0FC": "✓", "F0FE": "☒", "F0A8": "☐", "F052": "☑", "F0FB": "✗"}  # of the font Wingdings
WRAPPERS = {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}
COUNTED = {"decimal", "decimalZero", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman"}


def read(data: bytes) -> list[Table]:
    package = Package(data)
    main = package.main_part()
    package.refuse_macros(main)
    body = package.tree(main).find("body")
    related = dict(package.related(main).values())
    numbering = Numbering.of(package, related.get("numbering"), related.get("styles"))
    headings = heading_styles(package, related.get("styles"))
    tables: list[Table] = []
    above = ""
    for element in unwrapped(body) if body is not None else ():
        if element.tag == "tbl":
            name = f"Table {len(tables) + 1}"
            tables.append(DocumentTable(name, numbering).read(element))
            tables[-1].above = above
            above = ""
        elif element.tag == "p" and style_of(element) in headings:
            above = paragraph_text(element).strip() or above
    return tables


def unwrapped(element: Element) -> Iterator[Element]:
    """Its children; instead of a content control or an insertion, what stands in it."""
    for child in element:
        if child.tag in WRAPPERS:
            yield from unwrapped(child)
        else:
            yield child


def value(element: Element | None, path: str) -> str:
    found = element.find(path) if element is not None else None
    return found.get("val", "") if found is not None else ""


def is_on(element: Element | None, path: str) -> bool:
    found = element.find(path) if element is not None else None
    return found is not None and found.get("val", "1") not in ("0", "false", "off")


def style_of(paragraph: Element) -> str:
    return value(paragraph, "pPr/pStyle")


def heading_styles(package: Package, part: str | None) -> set[str]:
    if not part or part not in package:
        return set()
    return {
        style.get("styleId", "")
        for style in package.tree(part).iterfind("style")
        if value(style, "name").lower().startswith("heading") or style.find("pPr/outlineLvl") is not None
    }


def paragraph_text(paragraph: Element) -> str:
    return "".join(texts_of(paragraph))


def texts_of(element: Element) -> Iterator[str]:
    for child in element:
        if child.tag == "t":
            yield child.text or ""
        elif child.tag in ("tab", "ptab"):
            yield "\t"
        elif child.tag in ("br", "cr"):
            yield "\n"
        elif child.tag == "noBreakHyphen":
            yield "-"
        elif child.tag == "sym":
            yield TICKS.get(child.get("char", "").upper(), "")
        elif child.tag == "r" and is_on(child, "rPr/vanish"):
            continue
        elif child.tag not in NOT_SHOWN:
            yield from texts_of(child)


def struck_in(element: Element) -> Iterator[str]:
    """The words that a line is drawn through."""
    for run in element.iter("r"):
        if is_on(run, "rPr/strike") or is_on(run, "rPr/dstrike"):
            text = "".join(texts_of(run)).strip()
            if text:
                yield text


class DocumentTable:
    def __init__(self, name: str, numbering: "Numbering") -> None:
        self.builder = TableBuilder(name, name[0].lower() + name[1:])
        self.numbering = numbering
        self.areas: dict[tuple[int, int], tuple[int, int]] = {}  # of the first cell: the last
        self.open: dict[int, tuple[int, int]] = {}  # by column: where the cell begins that still goes on

    def read(self, element: Element) -> Table:
        number = 0
        for row in unwrapped(element):
            # A row that a tracked change takes out is there no longer.
            if row.tag == "tr" and row.find("trPr/del") is None:
                number += 1
                self.read_row(row, number)
        self.builder.merge(
            f"{cell_name(*first)}:{cell_name(*last)}" for first, last in self.areas.items() if first != last
        )
        return self.builder.built()

    def read_row(self, row: Element, number: int) -> None:
        if is_on(row, "trPr/hidden"):
            self.builder.row(number).hidden = True
        column = 1 + whole(value(row, "trPr/gridBefore"), 0)
        for cell in unwrapped(row):
            if cell.tag != "tc":
                continue
            width = max(whole(value(cell, "tcPr/gridSpan"), 1), 1)
            merge = cell.find("tcPr/vMerge")
            text = self.cell_text(cell)
            if struck := " ".join(struck_in(cell)):
                self.builder.note(cell_name(number, column), "struck", struck)
            if merge is not None and merge.get("val", "continue") == "continue" and column in self.open:
                first = self.open[column]
                self.areas[first] = (number, self.areas[first][1])
            else:
                self.open.pop(column, None)
                self.areas[number, column] = (number, column + width - 1)
                if merge is not None:
                    self.open[column] = (number, column)
            self.builder.add(number, column, text)
            column += width

    def cell_text(self, cell: Element) -> str:
        """Its paragraphs, one a line; of a cell that is empty but numbered, the number that Word counts."""
        lines, numbers = [], []
        for element in unwrapped(cell):
            if element.tag == "p":
                lines.append(paragraph_text(element))
                numbers.append(self.numbering.counted(element))
            elif element.tag == "tbl":  # a table within the cell
                lines += [
                    "\t".join(self.cell_text(tc) for tc in unwrapped(tr) if tc.tag == "tc")
                    for tr in unwrapped(element)
                    if tr.tag == "tr"
                ]
        text = "\n".join(lines).strip()
        return text or " ".join(filter(None, numbers))


def whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else otherwise


@dataclass
class Level:
    start: int
    kind: str
    text: str  # %1.%2


@dataclass
class Numbering:
    """The lists of a document whose numbers Word counts itself."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)  # by the list's id
    lists: dict[str, str] = field(default_factory=dict)  # by the id of a numbering: the list's
    of_styles: dict[str, Element] = field(default_factory=dict)  # by the id of a style of paragraphs
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, package: Package, part: str | None, styles: str | None) -> "Numbering":
        numbering = cls()
        if styles and styles in package:
            for style in package.tree(styles).iterfind("style"):
                if style.find("pPr/numPr") is not None:
                    numbering.of_styles[style.get("styleId", "")] = style
        if not part or part not in package:
            return numbering
        root = package.tree(part)
        for each in root.iterfind("abstractNum"):
            numbering.levels[each.get("abstractNumId", "")] = {
                whole(level.get("ilvl", ""), 0): Level(
                    whole(value(level, "start"), 1), value(level, "numFmt"), value(level, "lvlText")
                )
                for level in each.iterfind("lvl")
            }
        for each in root.iterfind("num"):
            numbering.lists[each.get("numId", "")] = value(each, "abstractNumId")
        return numbering

    def counted(self, paragraph: Element) -> str:
        """The number before a paragraph, which is counted on; "" where there is none."""
        own = (
            paragraph if paragraph.find("pPr/numPr") is not None else self.of_styles.get(style_of(paragraph))
        )
        number = self.lists.get(value(own, "pPr/numPr/numId"), "")
        depth = whole(value(own, "pPr/numPr/ilvl"), 0)
        levels = self.levels.get(number, {})
        if depth not in levels:
            return ""
        counts = self.counts[number]
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        if levels[depth].kind not in COUNTED:
            return ""
        text = levels[depth].text
        for each, level in levels.items():
            text = text.replace(f"%{each + 1}", in_kind(counts.get(each, level.start), level.kind))
        return text


def in_kind(number: int, kind: str) -> str:
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman"):
        return roman(number).upper() if kind == "upperRoman" else roman(number)
    return f"{number:02}" if kind == "decimalZero" else str(number)


def roman(number: int) -> str:
    text = ""
    steps = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    for step, letters in steps:
        while number >= step:
            text, number = text + letters, number - step
    return text
