"""The first stage of an import: a file as tables of cells, without any meaning."""

from collections.abc import Callable
from pathlib import PurePath

from actions.tables import delimited, docx, ods, xlsx
from actions.tables.cells import Refused, Table

LARGEST_FILE = 20_000_000
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and those locked with a password
ZIP = b"PK\x03\x04"

READERS: dict[str, Callable[[bytes], list[Table]]] = {
    "xlsx": xlsx.read,
    "ods": ods.read,
    "docx": docx.read,
    "csv": delimited.read,
    "tsv": delimited.read,
    "txt": delimited.read,
}
WITH_MACROS = {"xlsm", "xltm", "xlam", "xlsb", "docm", "dotm"}


def read(data: bytes, file_name: str) -> list[Table]:
    """The tables of a file of the kind that its name ends with: XLSX, ODS, DOCX, CSV, TSV.

    Hidden sheets and rows are among them and say so. Tables without any text are left out.

    Raises:
        Refused: it is none of these, harmful, damaged, or larger than can be read.
    """
    kind = PurePath(file_name).suffix.lower().lstrip(".")
    if len(data) > LARGEST_FILE:
        raise Refused(f"The file has more than {LARGEST_FILE // 1_000_000} MB. Save only the plan's table.")
    if not data.strip():
        raise Refused("The file is empty.")
    if data.startswith(COMPOUND_FILE):
        raise Refused(
            "The file is locked with a password or of an old kind (.xls, .doc). "
            "Save it without a password as .xlsx or .docx."
        )
    if kind in WITH_MACROS:
        raise Refused("The file may hold macros, and is not opened. Save it as .xlsx or .docx.")
    if kind not in READERS:
        raise Refused("The file must be of the kind .xlsx, .ods, .docx, .csv or .tsv.")
    is_zip = data.startswith(ZIP)
    if is_zip != (kind in ("xlsx", "ods", "docx")):
        raise Refused(f"The file is called .{kind} but is no such file. Save it anew as .{kind}.")
    tables = [table for table in READERS[kind](data) if table.rows]
    if not tables:
        raise Refused("The file holds no table with text in it.")
    return tables
