"""The store of files: bytes under their SHA-256, in the storage that settings call “files”.

Nothing in it is served, and no name in it was chosen by anybody. The record holds the hash, size, name and
kind of each file. What no row of the record names is removed (gscp/record/files.py).
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

logger = logging.getLogger(__name__)
BEGUN = "new-"  # names of files that are not complete begin with it
OURS = re.compile(rf"[0-9a-f]{{64}}|{BEGUN}[0-9a-f]{{16}}")


class Trouble(Exception):
    """A file cannot be kept or read; the message says why."""


class Missing(Trouble):
    pass


class Altered(Trouble):
    def __init__(self, found: str) -> None:
        super().__init__("its bytes are not those that were kept")
        self.found = found  # the SHA-256 of what lies there


class Folder(FileSystemStorage):
    """A folder in which a file is complete and on the disk as soon as it has its name."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        folder = Path(self.location)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        begun = folder / f"{BEGUN}{token_hex(8)}"
        try:
            with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            begun.replace(folder / str(name))
        except OSError:
            begun.unlink(missing_ok=True)
            raise
        names = os.open(folder, os.O_RDONLY)  # the name, too, is to outlive a power cut
        try:
            os.fsync(names)
        finally:
            os.close(names)
        return str(name)


def storage() -> Storage:
    return storages["files"]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def keep(data: bytes) -> str:
    """Keep the bytes; the row that names them is written afterwards. Returns their SHA-256.

    Raises:
        Trouble: they are not kept.
    """
    name = digest(data)
    try:
        if is_intact(name):
            return name
        saved = storage().save(name, ContentFile(data))
        if saved != name:  # another process kept the same bytes meanwhile
            storage().delete(saved)
    except Exception as error:  # each storage has errors of its own
        logger.exception("A file could not be kept")
        raise Trouble("The file could not be kept, so this is not recorded. Send it again later.") from error
    return name


def read(name: str) -> bytes:
    """The bytes of this hash, which is checked.

    Raises:
        Missing: there are none.
        Altered: they are others.
        Trouble: the storage does not answer.
    """
    try:
        with storage().open(name) as file:
            data: bytes = file.read()
    except FileNotFoundError as error:
        raise Missing("it is missing in the store") from error
    except Exception as error:  # each storage has errors of its own
        logger.exception("A file could not be read")
        raise Trouble("the store does not answer") from error
    if (found := digest(data)) != name:
        raise Altered(found)
    return data


def is_intact(name: str) -> bool:
    """Raises Trouble where the storage does not answer: then nobody knows."""
    try:
        read(name)
    except (Missing, Altered):
        return False
    return True


def remove(name: str) -> None:
    storage().delete(name)


def names() -> Iterator[tuple[str, datetime]]:
    """What lies there under names of ours, and since when. Anything else was put there by somebody else."""
    try:
        _, found = storage().listdir("")
    except FileNotFoundError:  # the folder is made with its first file
        return
    for name in found:
        if OURS.fullmatch(name):
            try:
                yield name, storage().get_modified_time(name)
            except FileNotFoundError:  # it has its own name by now
                continue
