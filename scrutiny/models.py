from django.db import models
from django.db.models import Exists, OuterRef

from gscp import dates
from gscp.record import AppendOnly, Change, ledger

LAST_ENTRY_IS_THERE = Exists(Change.objects.filter(number=OuterRef("number"), hash=OuterRef("hash")))


class WalkQuerySet(models.QuerySet["Walk"]):
    def still_matching(self) -> "WalkQuerySet":
        """Walks whose last entry is still in the ledger, unchanged."""
        return self.filter(LAST_ENTRY_IS_THERE)

    def contradicted(self) -> "WalkQuerySet":
        """Walks that found nothing, and whose last entry is gone or another one now."""
        return self.filter(~LAST_ENTRY_IS_THERE, findings=0, number__gt=0).order_by("number", "pk")

    def damage(self) -> list[str]:
        contradicted, last = self.contradicted().last(), self.last()
        damage = []
        if contradicted:
            damage.append(
                f"on {dates.moment_in_words(contradicted.at)} the record was walked up to head "
                f"{contradicted.head}, and that entry is not there any more"
            )
        if last and last.findings:
            count = f"{last.findings:,} thing{'' if last.findings == 1 else 's'}"
            on = dates.moment_in_words(last.at)
            damage.append(f"the last walk of the record, on {on}, found {count} wrong")
        return damage


class Walk(AppendOnly):
    """A note that the whole record was checked, how far and with what result; not part of the record."""

    at = models.DateTimeField()
    number = models.BigIntegerField()  # of the last entry, with its hash
    hash = models.CharField(max_length=64)
    findings = models.IntegerField()
    # The first findings, a line each, for readers in a browser, who cannot run the command.
    found = models.TextField(default="")

    objects = WalkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Walk to {self.head}"

    @property
    def head(self) -> str:
        return ledger.head(self.number, self.hash)
