"""What is kept where a writer let words stand that look as if they could identify a child."""

from typing import Any, Protocol

from django.db import models

from gscp.record import FreeText, History, Tracked, TrackedQuerySet, ledger


class Entry(Protocol):  # of the act that is being recorded
    number: int


class IdentityCheckQuerySet(TrackedQuerySet["IdentityCheck"]):
    def in_act(self, act: Any) -> "models.QuerySet[IdentityCheck]":
        return self.filter(change__act=act)


class IdentityCheck(Tracked):
    """Why words may stand that look as if they could identify a child, by who wrote them, in the same act.

    It says in which boxes and as what they were found. The words themselves are in their records alone.
    """

    entry = models.BigIntegerField(editable=False)  # the first one of the act
    found = FreeText("What it looks like, and where")
    why = FreeText("Why it may stand", max_length=500)

    objects = IdentityCheckQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager
    history = History()

    def __str__(self) -> str:
        return f"Words let stand with change {self.entry}"

    @classmethod
    def keep(cls, first: Entry, found: str, why: str) -> None:
        """Save one with the act whose first entry this is, filed under the same plan, action and group."""
        check = cls(entry=first.number, found=found, why=why)
        check.filed_under = {name: getattr(first, name) for name in ledger.CONCERNS}
        check.save()

    filed_under: dict[str, Any]

    def concerns(self) -> dict[str, Any]:  # asked for when it is saved, which is once
        return self.filed_under
