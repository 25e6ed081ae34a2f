"""The list of what was taken out of the record, which is kept outside the database.

A backup that is older than a redaction still has its text. With this list a restore takes it out again.
A line says which field of which entry, and holds no text.
"""

import json
import logging
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from gscp.record.change import Change

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TakenOut:
    entry: int
    field: str
    hash: str  # of the entry: after a restore its number may come again
    asked_by: int | None  # keys of accounts
    decided_by: int | None

    @property
    def line(self) -> str:
        return json.dumps(asdict(self))


def as_listed(rows: Collection[Any]) -> list[TakenOut]:  # of redactions
    entries = Change.objects.filter(number__in={row.entry for row in rows})
    hashes = dict(entries.values_list("number", "hash"))
    return [
        TakenOut(row.entry, row.field, hashes[row.entry], row.asked_by_id, row.change.actor_id)
        for row in rows
    ]


def note(rows: Collection[Any]) -> None:
    """Add these redactions to the list, where settings name one."""
    if not settings.REDACTIONS_LIST:
        return
    try:
        file = os.open(settings.REDACTIONS_LIST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(file, "w") as lines:
            lines.write("".join(f"{one.line}\n" for one in as_listed(rows)))
            lines.flush()
            os.fsync(file)
    except OSError:
        logger.exception("The list of redactions could not be written: run list_redactions")


def read_list(text: str) -> list[TakenOut]:
    """
    Raises:
        ValueError: a line cannot be read; with its number.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            one = TakenOut(**json.loads(line))
        except (ValueError, TypeError):
            raise ValueError(f"Line {number} of the list of redactions cannot be read.") from None
        found.append(one)
    return list(dict.fromkeys(found))
