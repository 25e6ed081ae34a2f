"""A copy of everything: the rows of each table, the files of evidence, and a signed manifest.

It is the same for SQLite and PostgreSQL, and either can take it up. Rows are lines of JSON in the order of
their keys. So the same rows have the same hash in both.
"""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder

from gscp import store
from gscp.record import Change, defences, is_signed, ledger, named_files, public_key, sign
from gscp.record.sql import insert_many, insert_of, run
from gscp.record.triggers import install, remove

FORMAT = "gscp backup 1"
MANIFEST = "manifest.json"
SEAL_OF_NOTHING = ledger.head(0, ledger.GENESIS)
# Who was signed in when a copy was made is not signed in by it.
LEFT_OUT = {"django_session"}
AS_LINES = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS  # PostgreSQL sorts them in its own way
ROWS = 2_000  # read, and written, at a time


class Refused(Exception):
    """The copy is not taken up; the message names what is wrong with it."""


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: int
    sha256: str  # of its lines, before they are compressed


@dataclass(frozen=True)
class Manifest:
    made_at: str
    database: str  # SQLite or PostgreSQL, as Django calls them
    migrations: list[str]
    seal: str
    key: str  # public, in hex; it signs this
    tables: dict[str, Table]
    files: list[str]  # their SHA-256
    has_files: bool  # otherwise they stay where they are
    format: str = FORMAT

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def models_copied() -> dict[str, type[models.Model]]:
    found = apps.get_models(include_auto_created=True)
    own = {model._meta.db_table: model for model in found if model._meta.managed and not model._meta.proxy}
    return {table: own[table] for table in sorted(own.keys() - LEFT_OUT)}


def migrations_applied() -> list[str]:
    return sorted(".".join(one) for one in MigrationRecorder(connection).applied_migrations())


def seal_now() -> str:
    last = Change.objects.order_by("-number").values_list("number", "hash").first()
    return ledger.head(*last) if last else SEAL_OF_NOTHING


# Writing


def write(folder: Path, with_files: bool = True) -> Manifest:
    """Copy everything into this folder, which is empty or not there. Call it in a snapshot.

    The manifest comes last: without it the copy did not come to its end.

    Raises:
        store.Trouble: a file that the record names cannot be read.
    """
    (folder / "tables").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    tables = {
        name: write_table(folder / "tables" / f"{name}.jsonl.gz", model)
        for name, model in models_copied().items()
    }
    files = sorted(named_files())
    if with_files:
        (folder / "files").mkdir(mode=0o700)
        for name in files:
            write_bytes(folder / "files" / name, store.read(name))
    manifest = Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        database=connection.vendor,
        migrations=migrations_applied(),
        seal=seal_now(),
        key=public_key(),
        tables=tables,
        files=files,
        has_files=with_files,
    )
    signed = {"manifest": manifest.text(), "signature": sign(manifest.text())}
    write_bytes(folder / MANIFEST, json.dumps(signed, indent=1).encode())
    return manifest


def write_bytes(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_table(path: Path, model: type[models.Model]) -> Table:
    rows, found = 0, hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with gzip.GzipFile("", "wb", 3, file, mtime=0) as packed:
            for line in lines_of(model):
                rows += 1
                found.update(line)
                packed.write(line)
        file.flush()
        os.fsync(file.fileno())
    return Table(columns_of(model), rows, found.hexdigest())


def columns_of(model: type[models.Model]) -> list[str]:
    return [f.attname for f in model._meta.concrete_fields]


def lines_of(model: type[models.Model]) -> Iterator[bytes]:
    rows = model._base_manager.order_by("pk").values_list(*columns_of(model)).iterator(ROWS)
    lines = (orjson.dumps(row, plain, AS_LINES) for row in rows)
    by_number = isinstance(model._meta.pk, (models.IntegerField, models.OneToOneField))
    return lines if by_number else iter(sorted(lines))  # databases sort texts each in their own way


def plain(value: Any) -> Any:
    # What JSON has not, as the field of a column reads it.
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else str(value)


# Reading


def read_manifest(folder: Path) -> Manifest:
    """
    Raises:
        Refused: there is none, or it was altered.
    """
    try:
        signed = json.loads((folder / MANIFEST).read_bytes())
        text = signed["manifest"]
        found = json.loads(text)
        tables = {name: Table(**table) for name, table in found.pop("tables").items()}
        manifest = Manifest(tables=tables, **found)
        is_whole = is_signed(manifest.key, signed["signature"], text)
    except FileNotFoundError:
        raise Refused(f"{folder} has no {MANIFEST}: it is no backup, or one that did not end.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{MANIFEST} is damaged.") from None
    if not is_whole:
        raise Refused(f"{MANIFEST} was altered: its signature is not right.")
    if manifest.format != FORMAT:
        raise Refused(f"{MANIFEST} is of another format, {manifest.format}.")
    return manifest


def check(folder: Path, manifest: Manifest) -> None:
    """
    Raises:
        Refused: something is missing, damaged, or of another backup.
    """
    for name, table in manifest.tables.items():
        found, rows = hashlib.sha256(), 0
        for line in packed_lines(folder, name):
            found.update(line)
            rows += 1
        if (rows, found.hexdigest()) != (table.rows, table.sha256):
            raise Refused(f"tables/{name}.jsonl.gz is not as it was written, or of another backup.")
    for name in manifest.files:
        if manifest.has_files and store.digest(bytes_of(folder, name)) != name:
            raise Refused(f"files/{name} is not as it was written.")
        if not manifest.has_files and not store.is_intact(name):
            raise Refused(f"The file {name} is not in the store, and the backup was made without files.")


def packed_lines(folder: Path, name: str) -> Iterator[bytes]:
    path = f"tables/{name}.jsonl.gz"
    try:
        with gzip.open(folder / path) as lines:
            yield from lines
    except FileNotFoundError:
        raise Refused(f"{path} is missing.") from None
    except (OSError, EOFError, ValueError, zlib.error):
        raise Refused(f"{path} is damaged.") from None


def bytes_of(folder: Path, name: str) -> bytes:
    try:
        return (folder / "files" / name).read_bytes()
    except OSError:
        raise Refused(f"files/{name} is missing.") from None


def refuse_another_version(manifest: Manifest) -> None:
    """
    Raises:
        Refused: this version of the tracker has other tables.
    """
    here, there = set(migrations_applied()), set(manifest.migrations)
    if here != there:
        which = ", ".join(sorted(here ^ there)[:5])
        raise Refused(f"The backup is of another version of the tracker. They differ in: {which}.")


def keep_files(folder: Path, manifest: Manifest) -> None:
    for name in manifest.files if manifest.has_files else ():
        store.keep(bytes_of(folder, name))


def put_back(folder: Path, manifest: Manifest) -> None:
    """Put the rows in place of all that stands. In a transaction in which nobody else writes.

    Raises:
        Refused: what the database has then is not what the backup has, or it does not hold it.
    """
    remove()
    put_rows(folder, manifest)
    install()
    if seal_now() != manifest.seal:
        raise Refused(f"The seal is {seal_now()}, and that of the backup {manifest.seal}.")
    # With another key than the record's each database has a weakness.
    if manifest.key == public_key() and (weak := defences.weaknesses()):
        raise Refused(f"The database does not hold the record: {'; '.join(weak)}.")


def put_rows(folder: Path, manifest: Manifest) -> None:
    copied = models_copied()
    if copied.keys() != manifest.tables.keys():
        raise Refused("The backup has other tables than this version of the tracker.")
    empty_tables(copied)
    for name, model in copied.items():
        put_table(model, packed_lines(folder, name))
    connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(copied.values())):
            cursor.execute(statement)
    for name, model in copied.items():
        if digest_of(lines_of(model)) != manifest.tables[name].sha256:
            raise Refused(f"The table {name} does not have the rows of the backup.")


def digest_of(lines: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for line in lines:
        found.update(line)
    return found.hexdigest()


def empty_tables(names: Iterable[str]) -> None:
    quoted = [f'"{name}"' for name in (*names, *sorted(LEFT_OUT))]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(quoted)}")
            return
        for table in quoted:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 names of ours


def put_table(model: type[models.Model], lines: Iterable[bytes]) -> None:
    fields = model._meta.concrete_fields
    has_bytes = any(isinstance(f, models.BinaryField) for f in fields)
    rows = map(orjson.loads, lines)
    while batch := list(islice(rows, ROWS)):
        columns = [as_read(f, values) for f, values in zip(fields, zip(*batch, strict=True), strict=True)]
        if has_bytes:  # which a COPY writes in another way
            for row in zip(*columns, strict=True):
                run(insert_of(model._meta, fields, [[value] for value in row]))
        else:
            insert_many(model._meta, fields, columns)


AS_IN_JSON = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.JSONField)


def as_read(f: Any, values: tuple[Any, ...]) -> Any:
    target = f.target_field if isinstance(f, models.ForeignKey) else f
    if isinstance(target, AS_IN_JSON):
        return values
    if isinstance(target, models.BinaryField):
        return [value if value is None else bytes.fromhex(value) for value in values]
    return [target.to_python(value) for value in values]
