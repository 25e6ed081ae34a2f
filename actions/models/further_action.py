"""Further actions identified, and what became of each; and the milestones of an action."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models

from actions.models.action import Action
from actions.models.plan import refuse_if_closed
from gscp import clock
from gscp.record import FreeText, History, Tracked, TrackedQuerySet


class FurtherActionQuerySet(TrackedQuerySet["FurtherAction"]):
    def left(self) -> Self:
        """Those of which it is not said yet what became of them, as their plans list them."""
        left = self.filter(fate=FurtherAction.Fate.IDENTIFIED).exclude(action__status=Action.Status.DISCARDED)
        left = left.select_related("action__plan", "action__driver", "action__group")
        return left.order_by("action__plan__first_day", "action__position", "pk")


class FurtherAction(Tracked):
    class Fate(models.TextChoices):
        IDENTIFIED = "identified", "Identified"
        TAKEN_UP = "taken_up", "Taken up as an action"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    action = models.ForeignKey(Action, models.PROTECT, related_name="further_actions")
    text = FreeText()
    fate = models.CharField("what became of it", max_length=20, choices=Fate, default=Fate.IDENTIFIED)
    fate_on = models.DateField("settled on", null=True, blank=True)
    fate_reason = FreeText("why", max_length=2000, blank=True)
    taken_up_as = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="taken_up_from"
    )

    objects = FurtherActionQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Further action of {self.action}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)

    def clean(self) -> None:
        if self.fate == self.Fate.IDENTIFIED:
            if self.fate_on or self.fate_reason or self.taken_up_as_id:
                raise ValidationError(
                    {"fate": "Say what became of it, or leave day, reason and action empty."}
                )
            return
        if not self.fate_on or self.fate_on > clock.today():
            raise ValidationError({"fate_on": "Give the day on which that was settled: today or earlier."})
        if not self.fate_reason.strip():
            raise ValidationError({"fate_reason": "Say why."})
        if (self.fate == self.Fate.TAKEN_UP) != (self.taken_up_as_id is not None):
            raise ValidationError(
                {"taken_up_as": "Name the action if it was taken up as one, and only then."}
            )
        if self.taken_up_as_id == self.action_id:
            raise ValidationError({"taken_up_as": f"{self.action} itself cannot be the further action."})

    def settle(self, fate: str, reason: str, taken_up_as: Action | None = None) -> None:
        """Record what became of it, as of today.

        Raises:
            ValidationError: that was said already.
        """
        if self.fate != self.Fate.IDENTIFIED:
            raise ValidationError(f"{self}: {self.get_fate_display().lower()} already.")
        self.fate, self.taken_up_as = fate, taken_up_as
        self.fate_on, self.fate_reason = clock.today(), reason
        self.save()


class Milestone(Tracked):
    action = models.ForeignKey(Action, models.PROTECT, related_name="milestones")
    text = FreeText(max_length=2000)
    due = models.DateField(null=True, blank=True)
    done_on = models.DateField("done on", null=True, blank=True)

    part_of = ("action",)
    history = History()

    class Meta:
        ordering = [models.F("due").asc(nulls_last=True), "pk"]

    def __str__(self) -> str:
        return f"Milestone of {self.action}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)
        if why := self.action.why_milestones_stay:
            raise ValidationError(why)

    def clean(self) -> None:
        if self.done_on and self.done_on > clock.today():
            raise ValidationError({"done_on": "It cannot be done on a day to come."})
