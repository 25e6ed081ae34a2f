"""All the text in a file, wherever it stands there: to look through it, not to show it."""

from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader

from actions.tables import xlsx
from actions.tables.cells import Refused
from actions.tables.kinds import HOLDS_FILES, kind_of
from actions.tables.package import DAMAGED, LOCKED, Package, stream

PICTURES = ("png", "jpeg")
# Text stands in one line up to the end of one of these.
ENDS_LINE = {"p", "si", "is", "v", "t", "h", "author", "br", "tab", "row", "title", "subject", "keyword"}
RUNS = {"t"}  # of Word and PowerPoint: pieces of one line
SAID_BESIDE = ("descr", "title")  # attributes of a picture
CELLS = "xl/worksheets/"  # numbers there say nothing without their formats
DEEPEST = 2  # packages within packages


def text_of(kind: str, data: bytes) -> str:
    """ "" where it holds none that can be read, as a picture or a scanned page.

    Raises:
        Refused: it is damaged, locked, or unpacks to too much.
    """
    if kind in PICTURES:
        return ""
    if kind == "pdf":
        return text_of_pdf(data)
    if kind == "text":
        return data.decode("utf-8")
    return "\n".join(texts_of_package(kind, data, 1))


def text_of_pdf(data: bytes) -> str:
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(LOCKED)
        texts = [page.extract_text() for page in reader.pages]
        texts += [str(value) for value in (reader.metadata or {}).values()]
        if len(reader.attachments):  # their text is not looked through
            raise Refused(HOLDS_FILES)
        for field in (reader.get_fields() or {}).values():
            texts.append(str(field.get("/V", "")))
    except Refused:
        raise
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes its reader fail anywhere
        raise Refused(DAMAGED) from error
    return "\n".join(texts) if any(text.strip() for text in texts[: len(reader.pages)]) else ""


def texts_of_package(kind: str, data: bytes, depth: int) -> Iterator[str]:
    package = Package(data)
    for name in package.parts:
        if name.endswith(".xml") and not name.startswith(("META-INF/", CELLS)):
            yield text_of_part(package.part(name), runs=kind in ("docx", "pptx"))
        elif name.endswith((".docx", ".xlsx", ".pptx")) and depth < DEEPEST:  # what a chart is drawn from
            inner = package.part(name)
            yield from texts_of_package(kind_of(inner), inner, depth + 1)
    if kind == "xlsx":  # days and numbers as they are shown
        for table in xlsx.read(data):
            yield table.name
            for row in table.rows:
                yield " \n".join(cell.text for cell in row.cells.values())


def text_of_part(data: bytes, *, runs: bool) -> str:
    found: list[str] = []
    ends_line = ENDS_LINE - RUNS if runs else ENDS_LINE

    def start(name: str, attributes: dict[str, str]) -> None:
        found.extend(f"{attributes[said]}\n" for said in SAID_BESIDE if said in attributes)

    def end(name: str) -> None:
        if name in ends_line:
            found.append("\n")

    stream(data, start, end, found.append)
    return "".join(found)
