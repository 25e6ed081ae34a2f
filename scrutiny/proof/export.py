"""The ledger as JSON Lines, for whoever checks it without this application (checker.py)."""

from collections.abc import Iterator

from gscp.record import TOMBSTONE, Change, ChangeText, Redaction, ledger
from gscp.record.ledger import canonical
from scrutiny.proof.rows import Rising, rising, snapshot

FORMAT = "gscp-export-1"


def lines() -> Iterator[str]:
    """A first line that names the format, one for each entry with its texts, and a last one with the head.

    Without its last line an export was cut.
    """
    with snapshot():
        last = Change.objects.last()
        count, head = (
            (last.number, ledger.head(last.number, last.hash))
            if last
            else (0, ledger.head(0, ledger.GENESIS))
        )
        yield canonical({"format": FORMAT, "ledger": ledger.FORMAT})
        redacted = Redaction.objects.done_pairs()
        texts = Rising(ChangeText, ("change_id", "field", "salt", "value"), 0, count)
        for number, line, hash in rising(Change, ("number", "line", "hash"), 0, count):
            list(texts.before(number))  # what no entry has is for verify_history to find
            # One that was taken out and stands here again is not told either: the checker finds that it does.
            said = [
                {"field": field, "redacted": (salt, value) == ("", TOMBSTONE)}
                if (number, field) in redacted
                else {"field": field, "salt": salt, "value": value}
                for _, field, salt, value in sorted(texts.at(number))
            ]
            yield canonical({"number": number, "line": line, "hash": hash, "texts": said})
        yield canonical({"entries": count, "head": head})
