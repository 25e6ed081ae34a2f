"""CSV and TSV: text whose encoding and separator are found out."""

import csv
import re
from io import StringIO

from actions.tables.cells import LONGEST_TEXT, Refused, Table, TableBuilder

SEPARATORS = ",;\t|"
SAFE = re.compile(r"^'(?=[=+\-@\t\r])")  # written before what a spreadsheet would take for a formula
NOT_IN_WINDOWS = re.compile(b"[\x00\x81\x8d\x8f\x90\x9d]")  # bytes that windows-1252 gives no character


def read(data: bytes) -> list[Table]:
    text = decoded(data)
    return read_text(text, separator_of(text), "the file")


def pasted(text: str) -> list[Table]:
    """Cells that were copied from a spreadsheet, with tabs between them; or from a file of other separators.

    Raises:
        Refused: it is no table.
    """
    return read_text(text, "\t" if "\t" in text else separator_of(text), "what you pasted")


def read_text(text: str, separator: str, in_words: str) -> list[Table]:
    builder = TableBuilder("", in_words)
    csv.field_size_limit(10 * LONGEST_TEXT)
    # newline="": a line break inside a cell stays. Only CR and LF end lines, not VT, NEL or U+2028.
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            for column, cell in enumerate(cells, start=1):
                builder.add(row, column, SAFE.sub("", cell))
    except csv.Error as error:
        raise Refused(f"Row {row + 1} of {in_words}: a quoted cell does not end as it should.") from error
    return [builder.built()]


def decoded(data: bytes) -> str:
    """The text in the encoding that its first bytes or its characters give away."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(data) > 3 and data[1::2].count(0) > len(data) // 4:
        encoding = "utf-16-le"
    elif len(data) > 3 and data[::2].count(0) > len(data) // 4:
        encoding = "utf-16-be"
    else:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            encoding = "windows-1252"
    if encoding == "windows-1252" and (unknown := NOT_IN_WINDOWS.search(data)):
        line = data.count(b"\n", 0, unknown.start()) + 1
        raise Refused(f"Line {line} of the file is no text. Save it as “CSV UTF-8”.")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("The file is no text, or ends too early. Save it as “CSV UTF-8”.") from error


def separator_of(text: str) -> str:
    """The separator that gives the most rows the same number of cells, of more than one cell."""
    best, most = ",", (0.0, 1)
    sample = text[:200_000]
    for separator in SEPARATORS:
        widths = widths_of(sample, separator)
        if not widths:
            continue
        width = max(set(widths), key=lambda number: (widths.count(number), number))
        score = (widths.count(width) / len(widths) if width > 1 else 0.0, width)
        if score > most:
            best, most = separator, score
    return best


def widths_of(sample: str, separator: str) -> list[int]:
    """How many cells each of the first rows has that is not empty, up to where its quotes go wrong."""
    widths: list[int] = []
    try:
        for cells in csv.reader(StringIO(sample, newline=""), delimiter=separator, strict=True):
            if any(map(str.strip, cells)):
                widths.append(len(cells))
            if len(widths) == 200:
                break
    except csv.Error:
        pass  # the rows before it are whole
    return widths
