"""The ledger as JSON Lines, for whoever checks it without this application (checker.py)."""

from collections.abc import Iterator

from gscp.record import TOMBSTONE, Change, ChangeText, Redaction, Signature, ledger
from scrutiny.proof.rows import RowsByNumber, rows_by_number, snapshot

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
        for number, line, entry_hash in rows_by_number(Change, ("number", "line", "hash"), 0, count):
            list(text_rows.skip_to(number))  # texts of no entry are left out: verify_history reports them
            # A text that was taken out and has come back is not exported either, but marked for the checker.
            texts = [
                {"field": field, "redacted": (salt, value) == ("", TOMBSTONE)}
                if (number, field) in redacted
                else {"field": field, "salt": salt, "value": value}
                for _, field, salt, value in sorted(text_rows.take(number))
            ]
            list(signatures.skip_to(number))
            signed = [{"key": key, "signature": signature} for _, key, signature in signatures.take(number)]
            entry = {"number": number, "line": line, "hash": entry_hash, "texts": texts}
            yield ledger.canonical(entry | {"signature": signed[0] if signed else None})
        yield ledger.canonical({"entries": count, "head": ledger.head(count, hash)})
