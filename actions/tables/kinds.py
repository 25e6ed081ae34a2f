"""What kind a file is of, by its content: its name says nothing. What is of no kind here is refused.

Three signatures stand here and no library's list: a zip says only inside what it is, and a text has none.
"""

from dataclasses import dataclass

from actions.tables.cells import Refused
from actions.tables.package import DAMAGED, MACROS, Package

OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"


@dataclass(frozen=True)
class FileKind:
    title: str
    media_type: str
    endings: tuple[str, ...]  # of its name; the first is added to a name with none of them


KINDS = {
    "pdf": FileKind("PDF", "application/pdf", (".pdf",)),
    "docx": FileKind("Word document", f"{OFFICE}.wordprocessingml.document", (".docx",)),
    "xlsx": FileKind("Excel workbook", f"{OFFICE}.spreadsheetml.sheet", (".xlsx",)),
    "pptx": FileKind("PowerPoint presentation", f"{OFFICE}.presentationml.presentation", (".pptx",)),
    "odt": FileKind("OpenDocument text", f"{OPEN}.text", (".odt",)),
    "ods": FileKind("OpenDocument spreadsheet", f"{OPEN}.spreadsheet", (".ods",)),
    "png": FileKind("PNG picture", "image/png", (".png",)),
    "jpeg": FileKind("JPEG picture", "image/jpeg", (".jpg", ".jpeg")),
    "text": FileKind("Plain text", "text/plain; charset=utf-8", (".txt", ".csv", ".tsv", ".md")),
}
NAMED = (
    "PDF, Word (.docx), Excel (.xlsx), PowerPoint (.pptx), OpenDocument (.odt, .ods), PNG, JPEG, text or CSV"
)
NO_KIND = f"This file is not of a kind that is kept. Choose one of these: {NAMED}."
NO_PAGE = "This file is a web page, a drawing or a program. Save it as a PDF, and send that."
OLD_OR_LOCKED = (
    "The file is locked with a password or of an old kind (.doc, .xls, .ppt). "
    "Save it without a password as .docx, .xlsx or .pptx."
)
HOLDS_FILES = "The file holds other files inside. Take them out, or send each by itself."
FETCHES = "The document fetches a part of it, or its template, from the web. Save it as a PDF, and send that."
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNATURES = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
ZIP = b"PK\x03\x04"
BOM = "\ufeff"
# What a text begins with that a browser or a system would run.
RUN = ("<", "#!", "@echo", "%!ps")
# The endings of what a document is made of: its parts, pictures, fonts, and what its charts are drawn from.
# The text of anything else nobody would look through.
PARTS = (
    ".xml", ".rels", ".vml", ".rdf", ".docx", ".xlsx", ".pptx", ".odttf", ".fntdata", ".ttf",
    ".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".wdp", ".svg",
)  # fmt: skip
WITHOUT_ENDING = ("mimetype", "layout-cache")
# What Word would fetch when it opens the document.
FETCHED = ("attachedTemplate", "subDocument", "frame", "oleObject", "aFChunk")
CONTROLS = {*map(chr, range(32)), "\x7f"} - {"\t", "\n", "\r", "\f"}


def kind_of(data: bytes) -> str:
    """One of KINDS.

    Raises:
        Refused: it is of none of them, may hold macros, is damaged or locked, or unpacks to too much.
    """
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            return kind
    if data.startswith(COMPOUND_FILE):
        raise Refused(OLD_OR_LOCKED)
    if data.startswith(ZIP):
        return kind_of_package(Package(data))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(NO_KIND) from None
    if not CONTROLS.isdisjoint(text):
        raise Refused(NO_KIND)
    if text.removeprefix(BOM).lstrip().lower().startswith(RUN):
        raise Refused(NO_PAGE)
    return "text"


def kind_of_package(package: Package) -> str:
    if "mimetype" in package:
        media_type = package.part("mimetype").decode("ascii", "replace").strip()
        if any(name.startswith(("Basic/", "Scripts/")) for name in package.parts):
            raise Refused(MACROS)
    elif "[Content_Types].xml" in package:
        main = package.main_part()
        package.refuse_macros(main)
        types = package.tree("[Content_Types].xml")
        named = (one.get("ContentType", "") for one in types if one.get("PartName", "").lstrip("/") == main)
        media_type = next(named, "").removesuffix(".main+xml")
    else:
        raise Refused(NO_KIND)
    for name, kind in KINDS.items():
        if media_type == kind.media_type:
            if any(is_program(part) for part in package.parts):
                raise Refused(MACROS)
            if not all(is_of_document(part) for part in package.parts):
                raise Refused(HOLDS_FILES)
            if any(fetches(package, part) for part in package.parts if part.endswith(".rels")):
                raise Refused(FETCHES)
            return name
    raise Refused(NO_KIND if media_type else DAMAGED)


def is_program(part: str) -> bool:
    """Whether a part of a document is something that it would run, or a file of another program."""
    name = part.lower()
    return "activex" in name or name.rpartition("/")[2].startswith("oleobject")


def is_of_document(part: str) -> bool:
    name = part.lower()
    return (
        name.endswith((*PARTS, "/"))
        or name in WITHOUT_ENDING
        or "printersettings" in name
        or name.startswith("objectreplacements/")  # pictures of what OpenDocument embeds
    )


def fetches(package: Package, relations: str) -> bool:
    return any(
        one.get("TargetMode") == "External"
        and one.get("Target", "").lower().startswith(("http:", "https:", "\\\\"))
        and one.get("Type", "").rpartition("/")[2] in FETCHED
        for one in package.tree(relations)
    )


def name_to_save(name: str, kind: str) -> str:
    """The name under which a file is downloaded: its ending is one of its kind, whatever it was called."""
    endings = KINDS[kind].endings
    return name if name.lower().endswith(endings) else f"{name}{endings[0]}"
