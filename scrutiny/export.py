"""The ledger as JSON Lines, for whoever checks it without this application (checker.py)."""

from collections.abc import Iterator

from gscp import ledger
from gscp.ledger import canonical
from gscp.models import Change, ChangeText, Redaction
from scrutiny.verification import grouped

FORMAT = "gscp-export-1"


def lines() -> Iterator[str]:
    """A first line that names the format, one for each entry with its texts, and a last one with the head.

    Without its last line an export was cut.
    """
    last = Change.objects.order_by("-number").values("number", "hash").first()
    number, hash = (last["number"], last["hash"]) if last else (0, ledger.GENESIS)
    yield canonical({"format": FORMAT, "ledger": ledger.FORMAT})
    columns = ["change_id", "field", "salt", "value"]
    texts = grouped(ChangeText.objects.filter(change__lte=number).order_by("change", "field"), columns)
    redacted = Redaction.objects.done_pairs()
    entries = Change.objects.filter(number__lte=number).order_by("number")
    for entry in entries.values("number", "line", "hash").iterator(chunk_size=2000):
        list(texts.before(entry["number"]))  # what no entry has is for verify_history to find
        said = [
            {"field": field, "redacted": True}
            if (entry["number"], field) in redacted
            else {"field": field, "salt": salt, "value": value}
            for field, salt, value in texts.at(entry["number"])
        ]
        yield canonical(entry | {"texts": said})
    yield canonical({"entries": number, "head": ledger.head(number, hash)})
