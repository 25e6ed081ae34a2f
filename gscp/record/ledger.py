"""Format 1 of the ledger: how an entry is written as one line, and how lines are chained.

Pure functions, no database. The format is fixed: rows that cannot be rewritten cannot be
reformatted either. docs/ledger.md describes it for readers outside this code.
"""

import hashlib
import re
from datetime import UTC, date, datetime
from typing import Any

import orjson

FORMAT = "gscp-1"
GENESIS = "0" * 64  # the hash before the first entry
HASH = re.compile("[0-9a-f]{64}")


def chained(previous: str, line: str) -> str:
    """The hash (64 hex digits) of an entry, over the hash before it and its own line."""
    return hashlib.sha256(f"{FORMAT}\n{previous}\n{line}".encode()).hexdigest()


def commitment(entry: int, salt: str, value: str) -> dict[str, Any]:
    """What stands in lines for a free text that this entry entered.

    SHA-256 of the salt (16 bytes, in hex), then the text.
    """
    return {"entry": entry, "sha256": hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()}


def canonical(entry: Any) -> str:
    """An entry as its one canonical line: JSON, sorted keys, no spaces, UTF-8 as it is.

    Raises:
        TypeError: the format has no form for one of its values.
    """
    return orjson.dumps(entry, plain, orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME).decode()


def line_of(entry: dict[str, Any], row: dict[str, Any]) -> str:
    """The line of an entry: its columns, and the row it saved with each free text as its commitment."""
    return canonical(
        {
            "act": str(entry["act"]),
            "actor": {"id": entry["actor_id"], "name": entry["actor_name"], "post": entry["actor_post"]},
            "at": entry["at"],
            "concerns": {"action": entry["action"], "plan": entry["plan"], "subgroup": entry["subgroup"]},
            "differences": entry["differences"],
            "model": entry["model"],
            "number": entry["number"],
            "object": {"id": entry["object_id"], "name": entry["object_name"]},
            "row": row,
        }
    )


ALPHABET = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that sounds or looks like another
)


def head(number: int, hash: str) -> str:
    """An entry's number, and the first 80 bits of its hash as four groups of four to read aloud.

    What is no hash has none: its head stands nowhere.
    """
    if not HASH.fullmatch(str(hash)):
        return f"{number}-none"
    bits = int(hash[:20], 16)
    code = "".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5))
    return "-".join([str(number), *(code[at : at + 4] for at in range(0, 16, 4))])


HEARD = str.maketrans("OIL", "011")
BREAK = r"[-\s\u2010-\u2015\u2212]"  # printers and word processors have other dashes
HEAD_AS_TYPED = re.compile(
    rf"(?:CHANGE\s+([0-9]+)\s+(?=HEAD\s+\1\b))?(?:HEAD:?\s+)?"
    rf"([0-9OIL]{{1,15}}){BREAK}+((?:[{ALPHABET}OIL]{BREAK}*){{16}})"
)


def read_head(said: str) -> tuple[int, str]:
    """The number of a head, and all of it as head() writes it, however somebody types, pastes or hears it.

    Raises:
        ValueError: it is none.
    """
    found = HEAD_AS_TYPED.fullmatch(said.strip(" \r\n\t.").upper().replace(",", ""))
    if not found:
        raise ValueError(
            "A head is a number and four groups of four, as 192-VAS4-ABDV-EFAR-Y3E7, "
            "with a dash or a space after the number."
        )
    number, code = (re.sub(BREAK, "", part).translate(HEARD) for part in found.group(2, 3))
    return int(number), "-".join([str(int(number)), *(code[at : at + 4] for at in range(0, 16, 4))])


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
