"""One entry held against its own line and hash, for the page that shows it; only a walk looks at its rows."""

from collections.abc import Iterator

import orjson

from gscp.record import TOMBSTONE, Change, ChangeText, Redaction, ledger
from scrutiny.proof.damage import MISSHAPEN


def hash_before(number: int) -> str | None:
    """The hash that an entry with this number is chained to; nothing where the entry before it is missing."""
    if number == 1:
        return ledger.GENESIS
    return Change.objects.filter(number=number - 1).values_list("hash", flat=True).first()


def problems(change: Change) -> Iterator[str]:
    """What is not as its line, its hash and its commitments have it; nothing where all of it holds."""
    before = hash_before(change.number)
    if before is None:
        yield "The entry before it is missing."
    elif ledger.chained(before, change.line) != change.hash:
        yield "Its hash is not that of this line and the hash before it."
    try:
        row = orjson.loads(change.line)["row"]
        anew = ledger.line_of(vars(change), row)
        committed = {
            name: said for name, said in row.items() if type(said) is dict and said["entry"] == change.number
        }
    except MISSHAPEN:
        yield "Its line cannot be read."
        return
    if anew != change.line:
        yield "Its line does not say what this page shows."
    done = Redaction.objects.filter(entry=change.number, state=Redaction.State.DONE)
    taken_out = set(done.values_list("field", flat=True))
    for text in change.texts.all():
        said = committed.pop(text.field, None)
        if text.value == TOMBSTONE and text.field in taken_out:
            continue
        if not holds(text, said):
            yield f"“{text.label}” is not the text that its line commits to."
    if committed:
        yield "A text that its line commits to is not there."


def holds(text: ChangeText, said: dict | None) -> bool:
    try:
        return said == (ledger.commitment(text.change_id, text.salt, text.value) if text.value else None)
    except ValueError:  # its salt is none
        return False
