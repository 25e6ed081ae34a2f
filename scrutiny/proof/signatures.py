"""The signatures of acts, and the keys that replaced one another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gscp.record import Change, RecordKey, Signature, history_of, is_signed, ledger
from scrutiny.proof.findings import Finding
from scrutiny.proof.rows import RowsByNumber


class KeyChange(NamedTuple):
    number: int
    act: Any
    key: str  # that signs from the act after this one; where the key before is lost, this act as well
    lost: bool

    def __str__(self) -> str:
        how = "was said to be lost" if self.lost else "signed for another one"
        return f"At entry {self.number} the key {how}, and {self.fingerprint} took its place."

    @property
    def fingerprint(self) -> str:
        return ledger.fingerprint(self.key)


@dataclass
class Keys:
    first: str = ""  # of the first signature
    changes: list[KeyChange] = field(default_factory=list)

    @classmethod
    def on_record(cls) -> "Keys":
        first = Signature.objects.order_by("change_id").values_list("key", flat=True).first() or ""
        rows = history_of(RecordKey).objects.order_by("change_id")
        changes = rows.values_list("change_id", "change__act", "public", "lost")
        return cls(first, [KeyChange(number, str(act), key, lost) for number, act, key, lost in changes])

    @property
    def fingerprint(self) -> str:
        return ledger.fingerprint(self.first)

    def after(self, number: int) -> str:
        """The key in force after the entry with this number; "" before anything is signed."""
        return next((one.key for one in reversed(self.changes) if one.number <= number), self.first)

    def entries(self) -> list[tuple[KeyChange, Change]]:
        # Of the changes, for pages.
        if not self.changes:
            return []
        entries = Change.objects.filter(number__in=[change.number for change in self.changes]).with_texts()
        by_number = {entry.number: entry for entry in entries}
        return [(change, by_number[change.number]) for change in self.changes]

    def that_signs(self, number: int, act: Any) -> str:
        """The key that has to sign the act whose last entry has this number."""
        key = self.first
        for change in self.changes:
            if change.number <= number and (change.lost or change.act != act):
                key = change.key
        return key


def key_findings(fingerprint: str) -> list[Finding]:
    """What is wrong where the first key has another fingerprint than this one, which is kept elsewhere.

    Raises:
        ValueError: it is not written as a fingerprint.
    """
    given, found = ledger.read_fingerprint(fingerprint), Keys.on_record().fingerprint
    what = f"the record is signed with another key than {given}: its first key has the fingerprint {found}."
    return [] if given == found else [Finding(1, what)]


def act_findings(change: Change) -> Iterator[str]:
    """What is wrong with the signature of the act that this entry belongs to."""
    signed = Signature.objects.filter(change__act=change.act).select_related("change").last()
    if signed is None:
        yield "What was recorded with it is not signed."
    elif signed.key != Keys.on_record().that_signs(signed.change_id, str(change.act)):
        yield "What was recorded with it is signed by another key than the record's."
    elif not is_signed(signed.key, signed.signature, signed.change.hash):
        yield "The signature of what was recorded with it is not right."


# Lines of one act are the same up to here: act, actor, moment and clock. Its signature is beside the last.
AFTER_ACT = ',"concerns":'


class Signatures:
    """Those of a part of the ledger, read alongside its entries.

    Each act has one, beside its last entry: so the entry before the first of another act is signed.
    """

    def __init__(self, after: int, until: int, act: Any, line: str):
        """`act` and `line` are those of the entry `after`, whose act may go on in this part."""
        self.rows = RowsByNumber(Signature, ("change_id", "key", "signature"), after, until)
        self.keys = Keys.on_record()
        before = Signature.objects.filter(change_id=after)
        self.previous_is_signed = after == 0 or before.exists()
        self.previous_act = act
        self.previous_begins = line.partition(AFTER_ACT)[0]

    def findings(self, number: int, entry: dict[str, Any]) -> Iterator[tuple[int, str]]:
        """Given the entries one by one: the number of an entry and what is wrong with its signature."""
        act, hash = entry["act"], entry["hash"]
        begins = entry["line"].partition(AFTER_ACT)[0]
        if act == self.previous_act:
            if self.previous_is_signed:
                yield number, "its act was signed before it."
            if begins != self.previous_begins:
                yield number, "it is of another person, post or moment than the entry before it of its act."
        else:
            yield from self.unsigned(number - 1)
        signatures = self.rows.take(number)
        self.previous_act, self.previous_begins, self.previous_is_signed = act, begins, bool(signatures)
        for _, key, signature in signatures:
            if key != self.keys.that_signs(number, act):
                yield number, f"it is signed by another key, {ledger.fingerprint(key)}."
            if not is_signed(key, signature, hash):
                yield number, "its signature is not one of its hash."

    def unsigned(self, number: int) -> Iterator[tuple[int, str]]:
        # `number` is that of the last entry of an act.
        if not self.previous_is_signed:
            yield number, "its act is not signed."
