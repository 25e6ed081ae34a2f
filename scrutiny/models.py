from django.db import models

from gscp import ledger
from gscp.models import AppendOnly


class Walk(AppendOnly):
    """A note that the record was walked to its end, and what came of it; no part of the record itself."""

    at = models.DateTimeField()
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    findings = models.IntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"Walk to {self.head}"

    @property
    def head(self) -> str:
        return ledger.head(self.number, self.hash)
