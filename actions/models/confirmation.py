"""A chair confirms what was entered for them or for their group, or says that it is not so."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from actions.models import asking
from actions.models.action import Action
from actions.models.line import those_that_go_on
from actions.models.plan import BusinessPlan
from actions.models.plan_decision import PlanDecision
from actions.models.step import ExceptionStep
from actions.models.update import ProgressUpdate
from gscp.record import FreeText, History, Tracked
from gscp.words import lower_first
from subgroups.models import User

Entered = ProgressUpdate | ExceptionStep | PlanDecision


class Confirmation(Tracked):
    """The chair for whom something was entered says whether it is so; what was entered is never edited.

    What is not so takes it out of force, and both stay in view.
    """

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
    is_so = models.BooleanField("it is so", default=True)
    why = FreeText("why it is not so", blank=True, max_length=2000)

    part_of = ("update", "step", "plan_decision")
    history = History()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(update=None, step=None, plan_decision__isnull=False)
                | Q(update=None, step__isnull=False, plan_decision=None)
                | Q(update__isnull=False, step=None, plan_decision=None),
                name="a_confirmation_is_of_one_of_these",
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
    def of(cls, entered: Entered, by: User, not_so: str = "") -> Confirmation:
        """The chair's word on it: that it is so or, with a reason, that it is not."""
        fields = {ProgressUpdate: "update", ExceptionStep: "step", PlanDecision: "plan_decision"}
        return cls(**{fields[type(entered)]: entered}, confirmed_by=by, is_so=not not_so, why=not_so)

    def take_effect(self) -> None:
        """Save it. What is not so goes out of force in the same act.

        An action of a closed plan keeps its rating: the plan stays as it was when it was closed.

        Raises:
            ValidationError: a correction has replaced the update or taken the step back. Or what is said not
                to be so is a decision about a plan that waits no more.
        """
        if self.step and self.step.was_corrected:
            raise ValidationError(f"{self.step} was corrected since.")
        if self.update and not self.update.counts:
            raise ValidationError(f"{self.update} was corrected: what replaced it can be confirmed.")
        self.save()
        if self.is_so:
            return
        if self.update:
            about = self.update.action
            goes_on = those_that_go_on(about.pk, self.update.reported_number or 0)
            rated = [about, *Action.objects.filter(pk__in=goes_on, plan__in=BusinessPlan.objects.live())]
            for action in rated if not about.plan.is_closed else rated[1:]:
                action.take_rating()
        elif self.step and not self.step.meeting_id:
            asking.take_out(self.step.report, self.step, self.confirmed_by)
        elif self.plan_decision:
            self.plan_decision.take_back("")

    @property
    def entered(self) -> Entered:
        return self.update or self.step or self.plan_decision  # type: ignore[return-value]  # one is set: a_confirmation_is_of_one_of_these
