from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import Exists, Max, OuterRef

from gscp import dates
from gscp.record import AppendOnly, Change, is_signed, ledger, public_key, sign
from scrutiny.proof.signatures import Keys

LAST_ENTRY_IS_THERE = Exists(Change.objects.filter(number=OuterRef("number"), hash=OuterRef("hash")))


class WalkQuerySet(models.QuerySet["Walk"]):
    def still_matching(self) -> "WalkQuerySet":
        """Walks whose last entry is still in the ledger, unchanged."""
        return self.filter(LAST_ENTRY_IS_THERE)

    def contradicted(self) -> "WalkQuerySet":
        """Walks that found nothing, and whose last entry is gone or another one now."""
        return self.filter(~LAST_ENTRY_IS_THERE, findings=0, number__gt=0).order_by("number", "pk")

    def signed(self, keys: Keys | None = None) -> Iterator["Walk"]:
        """The latest first, without those that the record's key has not signed: they vouch for nothing."""
        keys = keys or Keys.on_record()
        return (walk for walk in self.reverse().iterator() if walk.is_signed_by(keys))

    def unsigned(self) -> Iterator["Walk"]:
        keys = Keys.on_record()
        return (walk for walk in self.iterator() if not walk.is_signed_by(keys))

    def missing(self) -> int:
        """How many notes before the last signed one are gone: each has the next number."""
        last = next(self.signed(), None)
        return last.pk - self.filter(pk__range=(1, last.pk)).count() if last else 0

    def last_signed(self, keys: Keys) -> tuple["Walk | None", bool]:
        """The last that the record's key has signed, and whether there are later ones."""
        has_later = False
        for walk in self.reverse().iterator():
            if walk.is_signed_by(keys):
                return walk, has_later
            has_later = True
        return None, has_later

    def damage(self) -> list[str]:
        keys = Keys.on_record()
        return self.damage_known(keys, *self.last_signed(keys))

    def damage_known(self, keys: Keys, last: "Walk | None", has_later: bool) -> list[str]:
        """With what last_signed() returns."""
        # Where none is signed, none that is signed is contradicted.
        contradicted, damage = next(self.contradicted().signed(keys), None) if last else None, []
        # Earlier ones are found by the next walk, which reads them all.
        if has_later:
            damage.append("the note of the last check is not signed with the record's key: it proves nothing")
        if contradicted:
            damage.append(
                f"on {dates.moment_in_words(contradicted.at)} the record was checked up to seal "
                f"{contradicted.head}, and that change is not there any more"
            )
        if last and last.findings:
            count = f"{last.findings:,} thing{'' if last.findings == 1 else 's'}"
            on = dates.moment_in_words(last.at)
            damage.append(f"the last check of the record, on {on}, found {count} wrong")
        return damage


class Walk(AppendOnly):
    """A note that the whole record was checked, how far and with what result; not part of the record."""

    at = models.DateTimeField()
    number = models.BigIntegerField()  # of the last entry, with its hash
    hash = models.CharField(max_length=64)
    findings = models.IntegerField()
    # The first findings, a line each, for readers in a browser, who cannot run the command.
    found = models.TextField(default="")

    # By the record's key, over all the others: whoever has the database alone can add no note that counts.
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    objects = WalkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Walk to {self.head}"

    @property
    def head(self) -> str:
        return ledger.head(self.number, self.hash)

    @property
    def signed_text(self) -> str:
        # With its own id, so that a copy of it is not signed.
        return ledger.canonical(
            {name: getattr(self, name) for name in ("id", "at", "number", "hash", "findings", "found")}
        )

    def is_signed_by(self, keys: Keys) -> bool:
        if keys.after(self.number) not in ("", self.key):
            return False
        try:
            return is_signed(self.key, self.signature, self.signed_text)
        except TypeError:  # SQLite allows other values in its columns
            return False

    def save(self, **kwargs: Any) -> None:
        self.pk = (Walk.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        self.key, self.signature = public_key(), sign(self.signed_text)
        super().save(force_insert=True, **kwargs)


class RecordCheck(models.Model):
    """The check of the whole record that a reader asked for: the one that runs, or else the last one.

    One row, which is no part of the record: the next check takes it over. A second row has the last answer,
    which is shown until there is another. It leaves no Walk.
    """

    THE_CHECK, LAST_ANSWER = 1, 2

    id = models.SmallIntegerField(primary_key=True, default=1)
    run = models.UUIDField()  # a process that was given up writes nothing over a later check
    asked_at = models.DateTimeField()
    heard_at = models.DateTimeField()  # when its process last said how far it is
    reached = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)

    # The answer. `number` is that of the last entry, with its hash.
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    findings = models.IntegerField(default=0)
    found = models.TextField(default="")  # the first findings, a line each
    redacted = models.IntegerField(default=0)  # texts that were taken out by consent
    unchecked = models.TextField(default="")  # a sentence: what this database cannot check

    # By the record's key, over the answer: whoever has the database alone can write no answer that counts.
    key = models.CharField(max_length=64, default="")
    signature = models.CharField(max_length=128, default="")

    ANSWER = ("ended_at", "number", "hash", "findings", "found", "redacted", "unchecked")

    def __str__(self) -> str:
        return f"Check of {self.asked_at}"

    @property
    def signed_text(self) -> str:
        answer = {name: getattr(self, name) for name in ("run", *self.ANSWER)}
        return ledger.canonical({"model": "check"} | answer)

    def is_signed(self) -> bool:
        try:
            known = Keys.on_record().after(self.number) in ("", self.key)
            return known and is_signed(self.key, self.signature, self.signed_text)
        except TypeError:  # SQLite allows other values in its columns
            return False
