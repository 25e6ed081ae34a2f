"""A chair confirms an update or a step that was entered on their behalf, or says that it is not so."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from actions.models import asking
from actions.models.step import ExceptionStep
from actions.models.update import ProgressUpdate
from gscp.record import FreeText, History, Tracked
from gscp.words import lower_first
from subgroups.models import User


class Confirmation(Tracked):
    """The chair for whom an update or a step was entered says whether it is so; neither is ever edited.

    What is not so takes it out of force, and both stay in view.
    """

    update = models.OneToOneField(
        ProgressUpdate, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    step = models.OneToOneField(
        ExceptionStep, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    is_so = models.BooleanField("it is so", default=True)
    why = FreeText("why it is not so", blank=True, max_length=2000)

    part_of = ("update", "step")
    history = History()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(update=None) ^ Q(step=None), name="a_confirmation_is_of_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(is_so=True, why="") | (Q(is_so=False) & ~Q(why="")),
                name="what_is_not_so_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        said = "Confirmation" if self.is_so else "“This is not so”"
        return f"{said} of {lower_first(str(self.entered))}"

    @classmethod
    def of(cls, entered: ProgressUpdate | ExceptionStep, by: User, not_so: str = "") -> Confirmation:
        """The chair's word on it: that it is so or, with a reason, that it is not."""
        field = "update" if isinstance(entered, ProgressUpdate) else "step"
        return cls(**{field: entered}, confirmed_by=by, is_so=not not_so, why=not_so)

    def take_effect(self) -> None:
        """Save it. What is not so goes out of force in the same act.

        Raises:
            ValidationError: it is of an update that a correction has replaced.
        """
        if self.update and not self.update.counts:
            raise ValidationError(f"{self.update} was corrected: what replaced it can be confirmed.")
        self.save()
        if self.is_so:
            return
        if self.update:
            self.update.action.take_rating()
        elif self.step and not self.step.meeting_id:
            asking.take_out(self.step.report, self.step, self.confirmed_by)

    @property
    def entered(self) -> ProgressUpdate | ExceptionStep:
        return self.update or self.step  # type: ignore[return-value]  # one is set: a_confirmation_is_of_one_thing
