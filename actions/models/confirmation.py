"""A chair confirms an update, a step or a decision about a plan that was entered on their behalf."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from actions.models.plan_decision import PlanDecision
from actions.models.step import ExceptionStep
from actions.models.update import ProgressUpdate
from gscp.record import History, Tracked
from gscp.words import lower_first
from subgroups.models import User

Entered = ProgressUpdate | ExceptionStep | PlanDecision


class Confirmation(Tracked):
    """The chair for whom something was entered says that it is right; what was entered is never edited."""

    update = models.OneToOneField(
        ProgressUpdate, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    step = models.OneToOneField(
        ExceptionStep, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    plan_decision = models.OneToOneField(
        PlanDecision, models.PROTECT, related_name="confirmation", null=True, blank=True
    )
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    part_of = ("update", "step", "plan_decision")
    history = History()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(update=None, step=None, plan_decision__isnull=False)
                | Q(update=None, step__isnull=False, plan_decision=None)
                | Q(update__isnull=False, step=None, plan_decision=None),
                name="a_confirmation_is_of_one_of_these",
            )
        ]

    def __str__(self) -> str:
        return f"Confirmation of {lower_first(str(self.entered))}"

    @classmethod
    def of(cls, entered: Entered, by: User) -> Confirmation:
        fields = {ProgressUpdate: "update", ExceptionStep: "step", PlanDecision: "plan_decision"}
        return cls(**{fields[type(entered)]: entered}, confirmed_by=by)

    @property
    def entered(self) -> Entered:
        return self.update or self.step or self.plan_decision  # type: ignore[return-value]  # one is set: a_confirmation_is_of_one_of_these
