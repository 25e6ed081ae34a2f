"""A review of an action: what was found, and when it is looked at again."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import models

from actions.models.action import Action
from actions.models.plan import refuse_if_closed
from gscp import clock
from gscp.record import FreeText, History, Tracked


class Review(Tracked):
    action = models.ForeignKey(Action, models.PROTECT, related_name="reviews")
    found = FreeText("what was found")
    next_on = models.DateField("next review")

    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Review of {self.action}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)

    def record(self) -> None:
        """Record it; the action's review date becomes the next one.

        Raises:
            ValidationError: the action is not open in a live plan, or the next day has passed.
        """
        action = self.action
        if not action.takes_reports:
            raise ValidationError(f"{action} is not open in a live plan.")
        if self.next_on < clock.today():
            raise ValidationError({"next_on": "The next review must be today or later."})
        self.save()
        action.review_date = self.next_on
        action.save()
