"""The signatures of acts, and the keys that replaced one another."""

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from gscp.record import ledger, signing
from gscp.record.change import Change
from gscp.record.fields import ClearText
from gscp.record.tracked import AppendOnly, History, Tracked

# In SQL: the public key that the next act has to be signed with; NULL before the first act.
KEY_IN_FORCE = (
    'coalesce((SELECT "public" FROM "gscp_recordkey" ORDER BY "change_id" DESC LIMIT 1), '
    '(SELECT "key" FROM "gscp_signature" ORDER BY "change_id" LIMIT 1))'
)


class WrongKey(ImproperlyConfigured):
    """RECORD_KEY is not the key that this record is signed with: nothing was recorded."""

    def __init__(self, key: str):
        super().__init__(
            f"RECORD_KEY is not the key of this record, whose fingerprint is {ledger.fingerprint(key)}. "
            "Set that key, or replace it: manage.py change_record_key."
        )


class NotSigned(Exception):
    """The last act on record is not signed by the record's key: what follows it would vouch for it."""

    def __init__(self, number: int):
        super().__init__(
            f"What was recorded last, up to entry {number}, is not signed by the record's key: nothing is "
            "recorded after it. Run verify_history."
        )


@dataclass(frozen=True)
class LastAct:
    """Of the last entry on record: its number, hash and model, and the signature beside it, "" if none."""

    number: int
    hash: str
    model: str
    key: str
    signature: str

    # The columns, in a query of the last row of gscp_change.
    COLUMNS = (
        '"number", "hash", "model", '
        'coalesce((SELECT "key" FROM "gscp_signature" WHERE "change_id" = "number"), \'\'), '
        'coalesce((SELECT "signature" FROM "gscp_signature" WHERE "change_id" = "number"), \'\')'
    )

    @property
    def is_unsigned(self) -> bool:
        return not self.signature

    def is_signed_by(self, own: str) -> bool:
        """Whether by this key; an act that names it as the next one is signed by the key before."""
        by_whom = self.key == own or self.model == RecordKey._meta.label_lower
        return by_whom and signing.is_signed(self.key, self.signature, self.hash)


class Signature(AppendOnly):
    """Of an act, beside its last entry: `key` (public) has signed the hash of that entry. Both are in hex."""

    change = models.OneToOneField(Change, models.PROTECT, primary_key=True, related_name="signature")
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"Signature of change {self.change_id}"


class RecordKey(Tracked):
    """A key that takes the place of the one before, from the act after this one.

    The act that records it is signed by the key before, or by this one where that is `lost`. The first key of
    a record has no such row: it is the key of the first signature.
    """

    public = ClearText(max_length=64, unique=True)  # in hex
    lost = models.BooleanField("the key before is lost", default=False)

    history = History()

    def __str__(self) -> str:
        return f"Key {ledger.fingerprint(self.public)} of the record"
