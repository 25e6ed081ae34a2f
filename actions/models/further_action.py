"""Further actions identified, and what became of each; and the milestones of an action."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import models

from actions.models.action import Action
from actions.models.plan import refuse_if_closed
from gscp import clock
from gscp.record import FreeText, History, Tracked


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
