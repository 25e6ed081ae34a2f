"""One entry checked against its own line and hash, for the page that shows it.

Its history row and its row of today are compared only by a walk (scrutiny/proof/walk.py).
"""

from collections.abc import Iterator
from typing import Any

import orjson

from gscp.record import TOMBSTONE, Change, ChangeText, Redaction, ledger
from scrutiny.proof.rows import ROW_ERRORS
from scrutiny.proof.signatures import act_findings


def hash_before(number: int) -> str | None:
    """The hash that an entry with this number is chained to; None where the entry before it is missing."""
    if number == 1:
        return ledger.GENESIS
    return Change.objects.filter(number=number - 1).values_list("hash", flat=True).first()


def entry_findings(change: Change) -> Iterator[str]:
    before = hash_before(change.number)
    if before is None:
        yield "The entry before it is missing."
    elif ledger.chained(before, change.line) != change.hash:
        yield "Its hash is not that of this line and the hash before it."
    try:
        row = orjson.loads(change.line)["row"]
        rewritten = ledger.line_of(vars(change), row)
        commitments = {
            name: value
            for name, value in row.items()
            if type(value) is dict and value["entry"] == change.number
        }
    except ROW_ERRORS:
        yield "Its line cannot be read."
        return
    if rewritten != change.line:
        yield "Its line does not say what this page shows."
    done = Redaction.objects.filter(entry=change.number, state=Redaction.State.DONE)
    redacted = set(done.values_list("field", flat=True))
    for text in change.own_texts.values():
        commitment = commitments.pop(text.field, None)
        if text.value == TOMBSTONE and text.field in redacted:
            continue
        if not is_committed(text, commitment):
            yield f"“{text.label}” is not the text that its line commits to."
    if commitments:
        yield "A text that its line commits to is not there."
    yield from act_findings(change)


def is_committed(text: ChangeText, commitment: dict[str, Any] | None) -> bool:
    if not text.value:  # an empty text has no commitment
        return commitment is None
    try:
        return commitment == ledger.commitment(text.change_id, text.salt, text.value)
    except ValueError:  # the salt is not hexadecimal
        return False
