"""ODS: the sheets of a workbook, as LibreOffice shows them."""

from xml.etree.ElementTree import Element

from actions.tables.cells import MOST_COLUMNS, MOST_ROWS, Refused, Table, TableBuilder, cell_name
from actions.tables.package import LOCKED, MACROS, Package

MOST_REPEATED = 10_000_000
NOT_SHOWN = ("annotation", "tracked-changes")


def read(data: bytes) -> list[Table]:
    package = Package(data)
    if "META-INF/manifest.xml" in package and b"encryption-data" in package.part("META-INF/manifest.xml"):
        raise Refused(LOCKED)
    if any(name.startswith(("Basic/", "Scripts/")) for name in package.parts):
        raise Refused(MACROS)
    root = package.tree("content.xml")
    hidden_styles = {
        style.get("name")
        for style in root.iter("style")
        if any(properties.get("display") == "false" for properties in style.iter("table-properties"))
    }
    tables = []
    for element in root.iterfind("body/spreadsheet/table"):
        table = read_table(element)
        table.hidden = element.get("style-name") in hidden_styles
        tables.append(table)
    return tables


def read_table(element: Element) -> Table:
    name = element.get("name", "")
    builder = TableBuilder(name, f"the sheet “{name}”")
    builder.table.hidden_columns = hidden_columns(element)
    merged: list[str] = []
    number = 1
    for row in element.iter("table-row"):
        times = repeated(row, "number-rows-repeated")
        if any(shown_text(cell) for cell in row):
            if number + times - 1 > MOST_ROWS:
                raise builder.refuse(number, 1, f"a table is read as far as row {MOST_ROWS:,}.")
            for again in range(number, number + times):
                add_row(builder, row, again, merged)
        number += times
    builder.merge(merged)
    return builder.built()


def hidden_columns(element: Element) -> set[int]:
    hidden: set[int] = set()
    column = 1
    for each in element.iter("table-column"):
        times = repeated(each, "number-columns-repeated")
        if each.get("visibility") in ("collapse", "filter"):
            hidden |= set(range(column, min(column + times, MOST_COLUMNS + 1)))
        column += times
    return hidden


def repeated(element: Element, attribute: str) -> int:
    text = element.get(attribute, "1")
    return min(int(text), MOST_REPEATED) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def add_row(builder: TableBuilder, row: Element, number: int, merged: list[str]) -> None:
    if row.get("visibility") in ("collapse", "filter"):
        builder.row(number).hidden = True
    column = 1
    for cell in row:
        if cell.tag not in ("table-cell", "covered-table-cell"):
            continue
        times = repeated(cell, "number-columns-repeated")
        text = shown_text(cell)
        if text:
            # One more than is read, so that it is refused and not cut off.
            for again in range(column, min(column + times, column + MOST_COLUMNS + 1)):
                day = cell.get("date-value", "")[:10] if cell.get("value-type") == "date" else ""
                is_number = cell.get("value-type") in ("float", "percentage", "currency")
                builder.add(number, again, text, day, is_number=is_number)
        rows, columns = repeated(cell, "number-rows-spanned"), repeated(cell, "number-columns-spanned")
        if rows > 1 or columns > 1:
            merged.append(area_name(number, column, rows, columns))
        column += times


def area_name(row: int, column: int, rows: int, columns: int) -> str:
    last_row, last_column = min(row + rows - 1, MOST_ROWS), min(column + columns - 1, MOST_COLUMNS)
    return f"{cell_name(row, column)}:{cell_name(last_row, last_column)}"


def shown_text(cell: Element) -> str:
    """The text of its paragraphs; the value itself where the file has no text beside it."""
    paragraphs = ["".join(texts_of(p)) for p in cell if p.tag in ("p", "h")]
    if not paragraphs and cell.tag == "table-cell":
        return cell.get("date-value") or cell.get("string-value") or cell.get("value") or ""
    return "\n".join(paragraphs).strip()


def texts_of(element: Element) -> list[str]:
    texts = [element.text or ""]
    for child in element:
        if child.tag == "s":
            texts.append(" " * min(repeated(child, "c"), 1000))
        elif child.tag == "tab":
            texts.append("\t")
        elif child.tag == "line-break":
            texts.append("\n")
        elif child.tag not in NOT_SHOWN:
            texts += texts_of(child)
        texts.append(child.tail or "")
    return texts
