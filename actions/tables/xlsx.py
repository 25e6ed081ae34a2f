"""XLSX: the sheets of a workbook, as Excel shows them.

Not read with openpyxl: row by row, that tells neither merged areas nor hidden rows and columns, nor a number
as its format shows it. A part is parsed once, from start to end.
"""

import math
import re

from actions.tables.cells import CELL_NAME, Refused, Table, TableBuilder, cell_name, column_of
from actions.tables.formats import BUILT_IN, shown
from actions.tables.package import DAMAGED, Package, stream

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
MOST_SHEETS = 100
MOST_MERGED = 50_000
TRUE = ("1", "true")


def read(data: bytes) -> list[Table]:
    package = Package(data)
    main = package.main_part()
    package.refuse_macros(main)
    workbook = package.tree(main)
    related = package.related(main)
    of_kind = dict(related.values())
    settings = workbook.find("workbookPr")
    is_1904 = settings is not None and settings.get("date1904", "") in TRUE
    texts, struck = shared_texts(package, of_kind.get("sharedStrings"))
    codes = number_formats(package, of_kind.get("styles"))
    struck_styles = styles_struck(package, of_kind.get("styles"))
    sheets = [sheet for sheet in workbook.iter("sheet") if related.get(sheet.get("id", ""))]
    if len(sheets) > MOST_SHEETS:
        raise Refused(f"The workbook has more than {MOST_SHEETS} sheets. Save only those of the plan.")
    tables = []
    for sheet in sheets:
        kind, part = related[sheet.get("id", "")]
        if kind == "worksheet":
            reader = SheetReader(sheet.get("name", ""), texts, codes, is_1904)
            reader.struck, reader.struck_styles = struck, struck_styles
            table = reader.read(package.part(part))
            table.hidden = sheet.get("state", "visible") != "visible"
            tables.append(table)
    return tables


def shared_texts(package: Package, part: str | None) -> tuple[list[str], dict[int, str]]:
    """The texts that cells name by number, without how they are spoken; what of them is struck through."""
    texts: list[str] = []
    parts: list[str] = []
    struck: dict[int, str] = {}
    state = {"text": False, "spoken": False, "struck": False}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            parts.clear()
            state["struck"] = False
        elif name == "rPh":
            state["spoken"] = True
        elif name == "t":
            state["text"] = not state["spoken"]
        elif name == "r":
            state["struck"] = False
        elif name == "strike":
            state["struck"] = is_struck(attributes)

    def end(name: str) -> None:
        if name == "si":
            texts.append(unescaped("".join(parts)))
        elif name == "rPh":
            state["spoken"] = False
        elif name == "t":
            state["text"] = False

    def text(data: str) -> None:
        if state["text"]:
            parts.append(data)
            if state["struck"]:
                struck[len(texts)] = struck.get(len(texts), "") + data

    if part and part in package:
        stream(package.part(part), start, end, text)
    return texts, struck


def is_struck(attributes: dict[str, str]) -> bool:
    return attributes.get("val", "1") not in ("0", "false")


def unescaped(text: str) -> str:
    """Excel writes a character that XML cannot hold as _x000D_."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def number_formats(package: Package, part: str | None) -> list[str]:
    """The number format of each style of cells."""
    if not part or part not in package:
        return []
    styles = package.tree(part)
    codes = {f.get("numFmtId", ""): f.get("formatCode", "") for f in styles.iterfind("numFmts/numFmt")}
    ids = [xf.get("numFmtId", "0") for xf in styles.iterfind("cellXfs/xf")]
    return [codes.get(i) or BUILT_IN.get(whole(i), "General") for i in ids]


def styles_struck(package: Package, part: str | None) -> set[str]:
    """The styles of cells whose whole text is struck through."""
    if not part or part not in package:
        return set()
    styles = package.tree(part)
    strikes = [font.find("strike") for font in styles.iterfind("fonts/font")]
    fonts = {str(n) for n, strike in enumerate(strikes) if strike is not None and is_struck(strike.attrib)}
    return {str(n) for n, xf in enumerate(styles.iterfind("cellXfs/xf")) if xf.get("fontId") in fonts}


class SheetReader:
    """Reads one sheet from start to end."""

    def __init__(self, name: str, texts: list[str], codes: list[str], is_1904: bool) -> None:
        self.builder = TableBuilder(name, f"the sheet “{name}”")
        self.texts, self.codes, self.is_1904 = texts, codes, is_1904
        self.row_number = self.column = 0
        self.cell: dict[str, str] = {}
        self.parts: list[str] = []
        self.struck_parts: list[str] = []
        self.is_text = self.is_spoken = self.is_struck = self.has_formula = False
        self.merged: list[str] = []
        self.known: dict[tuple[str, str], tuple[str, str]] = {}
        self.struck: dict[int, str] = {}  # by the number of a shared text: its words that are struck through
        self.struck_styles: set[str] = set()

    def read(self, data: bytes) -> Table:
        stream(data, self.start, self.end, self.text)
        self.builder.merge(self.merged)
        return self.builder.built()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self.cell, self.has_formula, self.is_struck = attributes, False, False
            self.parts.clear()
            self.struck_parts.clear()
            self.begin_cell(attributes.get("r", ""))
        elif name == "v" or name == "t" and not self.is_spoken:
            self.is_text = True
        elif name == "row":
            self.begin_row(attributes)
        elif name == "f":
            self.has_formula = True
        elif name == "rPh":
            self.is_spoken = True
        elif name == "r":
            self.is_struck = False
        elif name == "strike":
            self.is_struck = is_struck(attributes)
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", ""))
            if len(self.merged) > MOST_MERGED:
                raise Refused(f"There are more than {MOST_MERGED:,} merged areas in {self.builder.in_words}.")
        elif name == "col" and attributes.get("hidden") in TRUE:
            first, last = whole(attributes.get("min")), whole(attributes.get("max"))
            self.builder.table.hidden_columns |= set(range(first, min(last, 1000) + 1))

    def begin_row(self, attributes: dict[str, str]) -> None:
        self.row_number = whole(attributes.get("r")) or self.row_number + 1
        self.column = 0
        if attributes.get("hidden") in TRUE:
            self.builder.row(self.row_number).hidden = True

    def begin_cell(self, name: str) -> None:
        if not name:
            self.column += 1
        elif match := CELL_NAME.fullmatch(name):
            self.column, self.row_number = column_of(match[1]), int(match[2])
        else:
            raise Refused(DAMAGED)

    def text(self, data: str) -> None:
        if self.is_text:
            self.parts.append(data)
            if self.is_struck:
                self.struck_parts.append(data)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.is_text = False
        elif name == "rPh":
            self.is_spoken = False
        elif name == "c":
            self.end_cell("".join(self.parts))

    def end_cell(self, value: str) -> None:
        kind = self.cell.get("t", "n")
        if not value:
            if self.has_formula and kind not in ("str", "inlineStr"):
                self.note("formula", "The file holds a formula and not what it comes to")
            return
        if kind == "s":
            number = whole(value)
            if not 0 <= number < len(self.texts):
                raise Refused(DAMAGED)
            self.add(self.texts[number])
            self.note_struck(self.struck.get(number, ""))
        elif kind in ("str", "inlineStr"):
            self.add(unescaped(value))
            self.note_struck("".join(self.struck_parts))
        elif kind == "b":
            self.add("TRUE" if value.strip() in TRUE else "FALSE")
        elif kind == "e":
            self.note("error", f"{value} stands where a formula went wrong")
            self.add(value)
        elif kind == "d":
            self.add(value[:10] if value[10:] in ("", "T00:00:00") else value, value[:10])
        else:
            self.add_number(value)

    def add_number(self, value: str) -> None:
        key = (value, self.cell.get("s", "0"))
        if key not in self.known:
            self.known[key] = self.number(*key)
        text, day = self.known[key]
        self.add(text, day, is_number=not day)

    def number(self, value: str, style: str) -> tuple[str, str]:
        try:
            number = float(value)
        except ValueError:
            return value, ""
        if not math.isfinite(number):
            return value, ""
        place = whole(style)
        code = self.codes[place] if place < len(self.codes) else "General"
        return shown(number, code, self.is_1904)

    def add(self, text: str, day: str = "", *, is_number: bool = False) -> None:
        self.builder.add(self.row_number, self.column, text, day, is_number=is_number)
        if self.cell.get("s") in self.struck_styles:
            self.note_struck(text)

    def note_struck(self, text: str) -> None:
        if text.strip():
            self.note("struck", text.strip())

    def note(self, kind: str, message: str) -> None:
        self.builder.note(cell_name(self.row_number, self.column), kind, message)


def whole(text: str | None) -> int:
    """The number of a plain whole one; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0
