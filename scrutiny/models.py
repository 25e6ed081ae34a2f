from django.db import models
from django.db.models import Exists, OuterRef

from gscp import dates
from gscp.record import AppendOnly, Change, ledger


class WalkQuerySet(models.QuerySet["Walk"]):
    def still_matching(self):
        """Those whose own last entry stands as it did."""
        return self.filter(ENDS)

    def belied(self):
        """Those that found nothing, and whose own last entry is gone or another one now."""
        return self.filter(~ENDS, findings=0, number__gt=0).order_by("number", "pk")

    def damage(self) -> list[str]:
        """What the walks tell of the record, for whoever has to know; nothing where all is well."""
        belied, last = self.belied().last(), self.last()
        told = []
        if belied:
            told.append(
                f"on {dates.moment(belied.at)} the record was walked up to head {belied.head}, "
                "and that entry is not there any more"
            )
        if last and last.findings:
            count = f"{last.findings:,} thing{'' if last.findings == 1 else 's'}"
            told.append(f"the last walk of the record, on {dates.moment(last.at)}, found {count} wrong")
        return told


class Walk(AppendOnly):
    """A note that the record was walked to its end, and what came of it; no part of the record itself."""

    at = models.DateTimeField()
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    findings = models.IntegerField()
    # The first of them, a line each: who reads the record in a browser has no command line.
    found = models.TextField(default="")

    objects = WalkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"Walk to {self.head}"

    @property
    def head(self) -> str:
        return ledger.head(self.number, self.hash)


ENDS = Exists(Change.objects.filter(number=OuterRef("number"), hash=OuterRef("hash")))
