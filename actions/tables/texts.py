"""All the text in a file, wherever it stands there: to look through it, not to show it."""

import re
from collections.abc import Iterator
from io import BytesIO

from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from actions.tables import xlsx
from actions.tables.cells import Refused
from actions.tables.kinds import HOLDS_FILES, kind_of
from actions.tables.package import DAMAGED, LOCKED, Package, stream

PROGRAM = "The PDF holds a program. Print it to a PDF again, and send that."
PICTURES = ("png", "jpeg")
# Text stands in one line up to the end of one of these.
ENDS_LINE = {"p", "si", "is", "v", "t", "h", "author", "br", "tab", "row", "title", "subject", "keyword"}
RUNS = {"t"}  # of Word and PowerPoint: pieces of one line
SAID_BESIDE = ("descr", "title")  # attributes of a picture
CELLS = "xl/worksheets/"  # numbers there say nothing without their formats
PRINTED_EDGES = frozenset(
    f"{which}{edge}" for which in ("odd", "even", "first") for edge in ("Header", "Footer")
)
# What stands there for a place, a font, a size, a colour or the like. Source: ECMA-376 part 1, 18.3.1.46.
EDGE_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-F+-]{5,6}|[0-9]{1,3}|[A-Z&])')
DEEPEST = 2  # packages within packages


def text_of(kind: str, data: bytes) -> tuple[str, bool]:
    """Its text, and whether that is what its pages say: a picture or a scanned page has none.

    Raises:
        Refused: it is damaged, locked, or unpacks to too much.
    """
    if kind in PICTURES:
        return "", False
    if kind == "pdf":
        return text_of_pdf(data)
    text = data.decode("utf-8") if kind == "text" else "\n".join(texts_of_package(kind, data, 1))
    return text, bool(text.strip())


def text_of_pdf(data: bytes) -> tuple[str, bool]:
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(LOCKED)
        texts = [page.extract_text() for page in reader.pages]
        has_text = any(text.strip() for text in texts)
        texts += [str(value) for value in (reader.metadata or {}).values()]
        texts += [note for page in reader.pages for note in notes_on(page)]
        if len(reader.attachments):  # their text is not looked through
            raise Refused(HOLDS_FILES)
        if holds_program(reader):
            raise Refused(PROGRAM)
        for field in (reader.get_fields() or {}).values():
            texts.append(str(field.get("/V", "")))
    except Refused:
        raise
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes its reader fail anywhere
        raise Refused(DAMAGED) from error
    return "\n".join(texts), has_text


def holds_program(reader: PdfReader) -> bool:
    root = reader.root_object
    named, on_opening = root.get("/Names"), root.get("/OpenAction")
    action = on_opening.get_object() if on_opening else None
    runs = isinstance(action, DictionaryObject) and action.get("/S") in ("/JavaScript", "/Launch")
    return runs or (named is not None and "/JavaScript" in named.get_object())


def notes_on(page: PageObject) -> Iterator[str]:
    """What somebody wrote beside the text, such as comments."""
    for note in page.annotations or ():
        yield str(note.get_object().get("/Contents", ""))


def texts_of_package(kind: str, data: bytes, depth: int) -> Iterator[str]:
    package = Package(data)
    for name in package.parts:
        if name.lower().endswith(".xml") and not name.startswith(("META-INF/", CELLS)):
            yield text_of_part(package.part(name), runs=kind in ("docx", "pptx"))
        elif name.lower().endswith((".docx", ".xlsx", ".pptx")):  # what a chart is drawn from
            if depth == DEEPEST:
                raise Refused(HOLDS_FILES)
            inner = package.part(name)
            yield from texts_of_package(kind_of(inner), inner, depth + 1)
    if kind == "xlsx":  # days and numbers as they are shown
        for name in package.parts:
            if name.startswith(CELLS) and name.endswith(".xml"):
                yield text_of_part(package.part(name), runs=False, only=PRINTED_EDGES)
        for table in xlsx.read(data):
            yield table.name
            for row in table.rows:
                yield " \n".join(cell.text for cell in row.cells.values())


def text_of_part(data: bytes, *, runs: bool, only: frozenset[str] = frozenset()) -> str:
    """Its text, each line in one; of `only` some elements, if they are named."""
    found: list[str] = []
    within: list[str] = []
    ends_line = ENDS_LINE - RUNS if runs else ENDS_LINE

    def start(name: str, attributes: dict[str, str]) -> None:
        if name in only:
            within.append(name)
        found.extend(f"{attributes[said]}\n" for said in SAID_BESIDE if said in attributes)

    def end(name: str) -> None:
        if name in ends_line or name in only:
            found.append("\n")
        if name == "s":  # OpenDocument's spaces
            found.append(" ")
        if name in only:
            within.pop()

    def text(part: str) -> None:
        if within:
            found.append(EDGE_CODE.sub(" ", part))
        elif not only:
            found.append(part)

    stream(data, start, end, text)
    return "".join(found)
