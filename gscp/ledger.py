"""Format 1 of the ledger: how an entry is written as one line, and how lines are chained.

Pure functions, no database. The format is fixed: rows that cannot be rewritten cannot be
reformatted either. docs/ledger.md describes it for readers outside this code.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

FORMAT = "gscp-1"
GENESIS = "0" * 64  # the hash before the first entry


def chained(previous: str, line: str) -> str:
    """The hash (64 hex digits) of an entry, over the hash before it and its own line."""
    return hashlib.sha256(f"{FORMAT}\n{previous}\n{line}".encode()).hexdigest()


def commitment(salt: str, value: str) -> dict[str, str]:
    """What stands in the line for a free text: SHA-256 of the salt (16 bytes, in hex), then the text."""
    return {"sha256": hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()}


def canonical(entry: dict[str, Any]) -> str:
    """The entry as its one canonical line: JSON, sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=plain)


ALPHABET = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that sounds or looks like another
)


def head(number: int, hash: str) -> str:
    """An entry's number, and the first 80 bits of its hash as four groups of four to read aloud."""
    bits = int(hash[:20], 16)
    code = "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))
    return "-".join([str(number), *(code[at : at + 4] for at in range(0, 16, 4))])


def plain(value: Any) -> str:
    """A value JSON has no form for, as text: days and moments in ISO 8601, moments in UTC with microseconds.

    Raises:
        TypeError: the format has no form for such a value.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"Format 1 of the ledger has no form for {type(value).__name__}")
