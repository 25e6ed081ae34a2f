"""What the checker makes of chains that somebody wrote themselves: every hash fits, and it is not enough."""

import pytest

from gscp import ledger
from gscp.ledger import canonical
from scrutiny import checker

SALT = "0f" * 16
TEXT = {"field": "title", "salt": SALT, "value": "A title"}
TAKEN_OUT = {"field": "title", "redacted": True}
TITLE = ledger.commitment(1, SALT, "A title")


def chain(*entries):
    """An export of these: model and id of the record, id of who saved it, its row, the texts beside it."""
    hash = ledger.GENESIS
    yield canonical({"format": "gscp-export-1", "ledger": "gscp-1"})
    for number, (model, pk, who, row, texts) in enumerate(entries, 1):
        line = canonical(
            {"number": number, "model": model, "object": {"id": pk}, "actor": {"id": who}, "row": row}
        )
        hash = ledger.chained(hash, line)
        yield canonical({"number": number, "line": line, "hash": hash, "texts": texts})
    yield canonical({"entries": len(entries), "head": ledger.head(len(entries), hash)})


def saved(title, pk=1, texts=()):
    return "actions.action", pk, 3, {"id": pk, "title": title}, list(texts)


def redaction(state, who, entry=1):
    return "gscp.redaction", 1, who, {"state": state, "entry": entry, "field": "title"}, []


FIRST, REDACTED = saved(TITLE, texts=[TEXT]), saved(TITLE, texts=[TAKEN_OUT])


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([FIRST, saved(TITLE)], ""),
        (
            [FIRST, saved(TITLE | {"sha256": "ab" * 32})],
            "Entry 2: its line commits to a text “title” that no",
        ),
        ([FIRST, saved(TITLE | {"entry": 99})], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, saved({"entry": 2})], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, saved(TITLE, pk=2)], "Entry 2: its line commits to a text “title” that no"),
        ([FIRST, ("actions.action", 1, 3, {}, [])], "Entry 2: its line has no row"),
        ([REDACTED, redaction("asked", 7), redaction("done", 8)], ""),
        ([REDACTED, redaction("asked", 7), redaction("done", 7)], "Entry 1: “title” is said to be taken out"),
        ([REDACTED, redaction("asked", 7), redaction("asked", 8), redaction("done", 7)], "no two people"),
        ([REDACTED, redaction("done", 8)], "no two people"),
        ([REDACTED, redaction("asked", 7), redaction("done", 8, entry=[1])], "no two people"),
    ],
)
def test_a_chain_somebody_wrote(entries, wrong):
    found, *_ = checker.check(chain(*entries))
    assert any(wrong in what for what in found) if wrong else found == [], found
