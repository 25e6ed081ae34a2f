"""The ledger as JSON Lines, for whoever checks it without this application (checker.py).

It leaves the site, so the texts of figures are withheld, and so are their salts: with its salt a count can be
found by trying, as there are few.
"""

from collections.abc import Collection, Iterator
from typing import Any

from gscp.record import TOMBSTONE, Change, ChangeText, Redaction, Signature, ledger
from scrutiny.proof.rows import RowsByNumber, rows_by_number, snapshot
from subgroups.published import figures_of

FORMAT = "gscp-export-2"


def lines() -> Iterator[str]:
    """A first line that names the format, one for each entry with its texts, and a last one with the head.

    An export without its last line was cut off.
    """
    with snapshot():
        last = Change.objects.last()
        count, hash = (last.number, last.hash) if last else (0, ledger.GENESIS)
        yield ledger.canonical({"format": FORMAT, "ledger": ledger.FORMAT})
        redacted = Redaction.objects.done_pairs()
        signatures = RowsByNumber(Signature, ("change_id", "key", "signature"), 0, count)
        text_rows = RowsByNumber(ChangeText, ("change_id", "field", "salt", "value"), 0, count)
        columns = ("number", "model", "line", "hash")
        for number, model, line, entry_hash in rows_by_number(Change, columns, 0, count):
            list(text_rows.skip_to(number))  # texts of no entry are left out: verify_history reports them
            texts = [text_of(model, line, redacted, *row) for row in sorted(text_rows.take(number))]
            list(signatures.skip_to(number))
            signed = [{"key": key, "signature": signature} for _, key, signature in signatures.take(number)]
            entry = {"number": number, "line": line, "hash": entry_hash, "texts": texts}
            yield ledger.canonical(entry | {"signature": signed[0] if signed else None})
        yield ledger.canonical({"entries": count, "head": ledger.head(count, hash)})


def text_of(
    model: str,
    line: str,
    redacted: Collection[tuple[int, str]],
    number: int,
    field: str,
    salt: str,
    value: str,
) -> dict[str, Any]:
    """A text beside an entry; `false` where the record is damaged, which the checker does not accept."""
    if (number, field) in redacted:
        # One that has come back is not exported either.
        return {"field": field, "redacted": (salt, value) == ("", TOMBSTONE)}
    if field in figures_of(model) and (salt or value):
        return {"field": field, "withheld": is_committed_to(line, number, field, salt, value)}
    return {"field": field, "salt": salt, "value": value}


def is_committed_to(line: str, number: int, field: str, salt: str, value: str) -> bool:
    """Whether the line commits to this text: nobody else can tell once it is withheld."""
    try:
        return f'"{field}":{ledger.canonical(ledger.commitment(number, salt, value))}' in line
    except ValueError:  # the salt is not hexadecimal
        return False
