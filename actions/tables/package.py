"""Opens what spreadsheets and Word write: a zip of XML parts, either of which may be a trap."""

import zlib
from collections.abc import Callable
from io import BytesIO
from posixpath import dirname, join, normpath
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from actions.tables.cells import Refused

MOST_PARTS = 5_000
LARGEST_PART = 60_000_000
LARGEST_IN_ALL = 150_000_000
DEEPEST = 200  # elements within elements
DAMAGED = "The file is damaged or not complete. Open it, save it anew, and try that."
TOO_LARGE = "The file unpacks to far more than it should, and is not opened."
LOCKED = "The file is locked with a password. Save it without one."
MACROS = "The file may hold macros, and is not opened. Save it as .xlsx or .docx."


class Package:
    def __init__(self, data: bytes) -> None:
        """Looks through the list of parts before any is unpacked.

        Raises:
            Refused: it is damaged, locked, holds macros, or unpacks to too much.
        """
        try:
            self.zip = ZipFile(BytesIO(data))
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused(DAMAGED) from error
        self.parts = {info.filename: info for info in self.zip.infolist()}
        if len(self.parts) != len(self.zip.infolist()):
            raise Refused("The file holds two parts of one name, and is not opened.")
        if len(self.parts) > MOST_PARTS or sum(i.file_size for i in self.parts.values()) > LARGEST_IN_ALL:
            raise Refused(TOO_LARGE)
        if any(info.flag_bits & 1 for info in self.parts.values()):
            raise Refused(LOCKED)
        if any("vbaproject" in name.lower() for name in self.parts):
            raise Refused(MACROS)

    def __contains__(self, name: str) -> bool:
        return name in self.parts

    def part(self, name: str) -> bytes:
        if name not in self.parts:
            raise Refused(DAMAGED)
        if self.parts[name].file_size > LARGEST_PART:
            raise Refused(TOO_LARGE)
        try:
            # Never more than the size that the list names; if it unpacks to more, the checksum is wrong.
            with self.zip.open(name) as file:
                data = file.read()
        except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
            # NotImplementedError, of an unknown compression, is a RuntimeError.
            raise Refused(DAMAGED) from error
        if len(data) != self.parts[name].file_size:
            raise Refused(DAMAGED)
        return data

    def tree(self, name: str) -> ElementTree.Element:
        """A small part as a tree whose names are without namespace."""
        data = self.part(name)
        refuse_declarations(data)
        try:
            root = ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise Refused(DAMAGED) from error
        for element in root.iter():
            if isinstance(element.tag, str):
                element.tag = local(element.tag)
            for key in [key for key in element.attrib if "}" in key]:
                element.attrib[local(key)] = element.attrib.pop(key)
        return root

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """By its id: the kind and the part of each relation of a part; "" is the whole file."""
        folder = dirname(name)
        relations = join(folder, "_rels", name.rpartition("/")[2] + ".rels")
        if relations not in self:
            return {}
        found = {}
        for element in self.tree(relations):
            target = element.get("Target", "")
            if element.get("TargetMode") != "External":
                path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
                found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], path)
        return found

    def main_part(self) -> str:
        """The workbook or the document itself."""
        for kind, part in self.related("").values():
            if kind == "officeDocument":
                return part
        raise Refused(DAMAGED)

    def refuse_macros(self, main_part: str) -> None:
        """By the kind that the file says its main part is of: it may be called .xlsx all the same."""
        for element in self.tree("[Content_Types].xml"):
            is_main = element.get("PartName", "").lstrip("/") == main_part
            if is_main and "macroenabled" in element.get("ContentType", "").lower():
                raise Refused(MACROS)


def local(name: str) -> str:
    return name.rpartition("}")[2]


def parser_of() -> expat.XMLParserType:
    """A parser that refuses a document type, where entities are declared: no part of Office has one."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_document_type
    return parser


def refuse_document_type(*_: object) -> None:
    raise Refused("The file declares its own XML entities, and is not opened.")


def refuse_declarations(data: bytes) -> None:
    """Refuse a part that declares entities, or nests too deeply for a tree to be walked."""
    parser, depth = parser_of(), 0

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Refused(DAMAGED)

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    feed(parser, data)


def feed(parser: expat.XMLParserType, data: bytes) -> None:
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Refused(DAMAGED) from error


Start = Callable[[str, dict[str, str]], None]


def stream(data: bytes, start: Start, end: Callable[[str], None], text: Callable[[str], None]) -> None:
    """Call these for each element of a part, by its name without prefix."""
    parser, names = parser_of(), {}

    def start_local(name: str, attributes: dict[str, str]) -> None:
        if name not in names:
            names[name] = name.rpartition(":")[2]
        start(names[name], attributes)

    def end_local(name: str) -> None:
        end(names[name])

    parser.StartElementHandler, parser.EndElementHandler = start_local, end_local
    parser.CharacterDataHandler = text
    feed(parser, data)
