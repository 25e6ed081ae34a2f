"""Format 2 of the ledger: how an entry is written as one line, and how lines are chained and signed.

Pure functions, no database. The format is fixed: rows that cannot be rewritten cannot be
reformatted either. docs/ledger.md describes it for readers outside this code.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache
from itertools import chain
from types import NoneType
from typing import Any
from uuid import UUID

import orjson

FORMAT = "gscp-2"
GENESIS = "0" * 64  # the hash before the first entry
HASH = re.compile("[0-9a-f]{64}")
# What a change can be filed under: keys of concerns(), and columns of an entry. A row with a column called
# like one of the ids holds the same value there (docs/ledger.md).
CONCERNED_IDS = ("plan", "action", "group")
CONCERNS = (*CONCERNED_IDS, "about_model", "about_id")
# Models whose records concern themselves: the key of the line's `concerns` that holds the record's own id.
CONCERNS_ITSELF = {
    "actions.businessplan": "plan",
    "actions.action": "action",
    "subgroups.group": "group",
}


class Commitment(dict[str, Any]):
    """What a line holds in place of a free text: {"entry": its number, "sha256": a hash in hex}."""


# The kinds of a single value. A Fragment is what canonical() wrote earlier.
KINDS = (NoneType, bool, int, str, date, datetime, UUID, Commitment, orjson.Fragment)
EXACT_KINDS = frozenset(KINDS)


def chained(previous: str, line: str) -> str:
    """The hash (64 hex digits) of an entry, over the hash before it and its own line."""
    return hashlib.sha256(f"{FORMAT}\n{previous}\n{line}".encode()).hexdigest()


def commitment(entry: int, salt: str, value: str) -> Commitment:
    """The commitment to a free text that this entry entered.

    Its hash is SHA-256 of the salt (16 bytes, given in hex), then the text.
    """
    return Commitment(entry=entry, sha256=hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest())


def canonical(value: Any) -> str:
    """The value as canonical JSON: sorted keys, no spaces, UTF-8 with nothing escaped needlessly.

    Raises:
        TypeError: it holds a value of a kind that the format does not have, at any depth.
    """
    refuse_other_kinds(value)
    return dumped(value)


def line_of(entry: dict[str, Any], row: dict[str, Any]) -> str:
    """The line of an entry: its columns, and the row it saved with each free text as its commitment.

    Raises:
        TypeError: as for canonical().
    """
    line = {
        "act": str(entry["act"]),
        "actor": {"id": entry["actor_id"], "name": entry["actor_name"], "post": entry["actor_post"]},
        "at": entry["at"],
        "clock": entry["clock"],
        "concerns": {"about": about_of(entry), **{name: entry[name] for name in CONCERNED_IDS}},
        "differences": entry["differences"],
        "model": entry["model"],
        "number": entry["number"],
        "object": {"id": entry["object_id"], "name": entry["object_name"]},
        "row": row,
    }
    # Verification calls this for each of a million entries: two quick looks first, in C.
    if not is_plain(row.values()):
        refuse_other_kinds(row)
    if not is_plain_or_lists(entry.values()):
        refuse_other_kinds({name: value for name, value in line.items() if name != "row"})
    return dumped(line)


def about_of(entry: dict[str, Any]) -> dict[str, Any] | None:
    if entry["about_id"] is None and not entry["about_model"]:
        return None
    return {"id": entry["about_id"], "model": entry["about_model"]}


def is_plain(values: Iterable[Any]) -> bool:
    # Exactly of one of the kinds: no subclass, list or dict.
    return EXACT_KINDS.issuperset(map(type, values))


def is_plain_or_lists(values: Iterable[Any]) -> bool:
    # Also the differences of an entry: a list of dicts.
    lists = [value for value in values if type(value) not in EXACT_KINDS]
    dicts = [d for one in lists if type(one) is list for d in one]
    return (
        {list}.issuperset(map(type, lists))
        and {dict}.issuperset(map(type, dicts))
        and is_plain(chain.from_iterable(map(dict.values, dicts)))
    )


def refuse_other_kinds(value: Any) -> None:
    """orjson writes floats, too, and NaN as null; the format has neither.

    Raises:
        TypeError: this value, or one inside it, is of a kind that the format does not have.
    """
    if isinstance(value, dict):
        if not (type(value) is Commitment or is_plain(value.values())):
            for inner in value.values():
                refuse_other_kinds(inner)
    elif isinstance(value, list):
        if not is_plain(value):
            for inner in value:
                refuse_other_kinds(inner)
    elif not isinstance(value.value if isinstance(value, Enum) else value, KINDS):
        raise TypeError(NO_FORM.format(type(value).__name__))


NO_FORM = "Format 2 of the ledger has no form for {}"


def dumped(value: Any) -> str:
    # orjson itself refuses keys that are no text, integers over 64 bits and lone surrogates, with TypeError.
    return orjson.dumps(value, plain, orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME).decode()


ALPHABET = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that sounds or looks like another
)


def head(number: int, hash: str) -> str:
    """An entry's number, and the first 80 bits of its hash as four groups of four to read aloud.

    Pages call it the seal of the record.

    A damaged hash has no code: it returns "N-none", which matches no head.
    """
    if not HASH.fullmatch(str(hash)):
        return f"{number}-none"
    return f"{number}-{code(hash)}"


def code(hash: str) -> str:
    # The first 80 bits of a hash as four groups of four digits.
    bits = int(hash[:20], 16)
    return in_groups("".join(ALPHABET[bits >> shift & 31] for shift in range(75, -1, -5)))


def in_groups(digits: str) -> str:
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def fingerprint(key: str) -> str:
    """Of a public key (64 hex digits): the code of its SHA-256, to read aloud. "none" if it is no key."""
    return code(hashlib.sha256(bytes.fromhex(key)).hexdigest()) if HASH.fullmatch(str(key)) else "none"


def signed_bytes(text: str) -> bytes:
    # What the key signs: the hash of an act's last entry, or a note of a walk.
    return f"{FORMAT} signed\n{text}".encode()


HEARD = str.maketrans("OIL", "011")
BREAK = r"[-\s\u2010-\u2015\u2212]"  # printers and word processors have other dashes
HEAD_AS_TYPED = re.compile(
    rf"(?:CHANGE\s+([0-9]+)\s+(?=(?:HEAD|SEAL)\s+\1\b))?(?:(?:HEAD|SEAL):?\s+)?"
    rf"([0-9OIL]{{1,15}}){BREAK}+((?:[{ALPHABET}OIL]{BREAK}*){{16}})"
)
CODE_AS_TYPED = re.compile(rf"(?:[{ALPHABET}OIL]{BREAK}*){{16}}")


def read_head(typed: str) -> tuple[int, str]:
    """The number of a head, and all of it as head() writes it, however somebody types, pastes or hears it.

    Raises:
        ValueError: it is not a head.
    """
    match = HEAD_AS_TYPED.fullmatch(typed.strip(" \r\n\t.").upper().replace(",", ""))
    if not match:
        raise ValueError(
            "A seal is a number and four groups of four, as 192-VAS4-ABDV-EFAR-Y3E7. "
            "There is a dash or a space after the number."
        )
    number, digits = (re.sub(BREAK, "", part).translate(HEARD) for part in match.group(2, 3))
    return int(number), f"{int(number)}-{in_groups(digits)}"


def read_fingerprint(typed: str) -> str:
    """A fingerprint as fingerprint() writes it, however somebody types, pastes or hears it.

    Raises:
        ValueError: it is not a fingerprint.
    """
    digits = typed.strip(" \r\n\t.").upper()
    if not CODE_AS_TYPED.fullmatch(digits):
        raise ValueError("A fingerprint is four groups of four, as VAS4-ABDV-EFAR-Y3E7.")
    return in_groups(re.sub(BREAK, "", digits).translate(HEARD))


def plain(value: Any) -> str:
    """A value JSON has no form for, as text: days and moments in ISO 8601, moments in UTC with microseconds.

    Raises:
        TypeError: the format has no form for such a value.
    """
    if isinstance(value, datetime):
        return moment(value.astimezone(UTC))
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(NO_FORM.format(type(value).__name__))


@lru_cache(100)  # the entries of an act have the same ones
def moment(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
