"""The updates: what is reported on an action, meeting by meeting."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q

from actions.deadlines import late_for
from actions.models.plan import Rating, refuse_if_closed
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Group, User


class ProgressUpdateQuerySet(TrackedQuerySet["ProgressUpdate"]):
    def latest_of(self, action: models.Model | models.OuterRef) -> Self:
        """The updates on this action, the latest first; in a subquery `action` is the outer query's key.

        By `change_id` and not by `change`, which would join the ledger to the query.
        """
        return self.filter(action=action).order_by("-change_id")

    def entered_on_behalf(self) -> Self:
        return self.filter(on_behalf=True).select_related(
            "change", "confirmation", "action__plan", "action__group"
        )

    def unconfirmed(self) -> Self:
        return self.entered_on_behalf().filter(confirmation=None)


class ProgressUpdate(Tracked):
    """What was reported on an action; never edited.

    When it was made, by whom and from which post is in its entry in the ledger (`change`).
    """

    action = models.ForeignKey("actions.Action", models.PROTECT, related_name="updates", db_index=False)
    nil_return = models.BooleanField(default=False)
    done = FreeText("what was done", blank=True)
    difference = FreeText("what difference it made for children", blank=True)
    rating = models.CharField(max_length=10, choices=Rating, blank=True)
    next_step = FreeText(blank=True)
    blocker = FreeText("what is in the way", blank=True, max_length=2000)
    unblocker = FreeText("who can remove it", blank=True, max_length=300)
    forecast = models.DateField("forecast date", null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)

    # What is reported; the other fields say by whom, and on whose behalf.
    REPORTED_FIELDS = (
        "nil_return",
        "done",
        "difference",
        "rating",
        "next_step",
        "blocker",
        "unblocker",
        "forecast",
    )

    objects = ProgressUpdateQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["-change"]
        verbose_name = "update"
        indexes = [models.Index(fields=["action", "change"])]  # finds the latest of an action
        constraints = [
            models.CheckConstraint(
                condition=Q(nil_return=True, done="", rating="")
                | (Q(nil_return=False) & ~Q(done="") & ~Q(rating="")),
                name="an_update_says_something_or_is_nil",
            )
        ]

    def __str__(self) -> str:
        return f"{'Nil return' if self.nil_return else 'Update'} on {self.action}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)

    @property
    def is_confirmed(self) -> bool:
        return hasattr(self, "confirmation")

    def reported_values(self) -> list[Any]:
        return [getattr(self, name) for name in self.REPORTED_FIELDS]

    @property
    def reason(self) -> str:
        return self.change.reason

    @property
    def late_for(self) -> date | None:
        """The day of the meeting for which it came after papers had closed."""
        return late_for(self.action.group_id, self.change.clock)

    @property
    def group(self) -> Group:  # the group whose chair reports it
        return self.action.group
