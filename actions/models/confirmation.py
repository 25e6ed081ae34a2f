"""A chair confirms an update or a step that was entered on their behalf."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from actions.models.step import ExceptionStep
from actions.models.update import ProgressUpdate
from gscp.record import History, Tracked
from gscp.words import lower_first
from subgroups.models import User


class Confirmation(Tracked):
    """The chair for whom an update or a step was entered says that it is right; neither is ever edited."""

    update = models.OneToOneField(
        ProgressUpdate, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    step = models.OneToOneField(
        ExceptionStep, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    part_of = ("update", "step")
    history = History()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(update=None) ^ Q(step=None), name="a_confirmation_is_of_one_thing"
            )
        ]

    def __str__(self) -> str:
        return f"Confirmation of {lower_first(str(self.entered))}"

    @classmethod
    def of(cls, entered: ProgressUpdate | ExceptionStep, by: User) -> Confirmation:
        field = "update" if isinstance(entered, ProgressUpdate) else "step"
        return cls(**{field: entered}, confirmed_by=by)

    @property
    def entered(self) -> ProgressUpdate | ExceptionStep:
        return self.update or self.step  # type: ignore[return-value]  # one is set: a_confirmation_is_of_one_thing
