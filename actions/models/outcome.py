"""What meetings say of a review: that they agree its answers, and what became of a recommendation."""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max, Q

from actions.models.line import line_of
from actions.models.plan import StrategicDriver
from actions.models.plan_decision import PlanDecision
from actions.models.recommendation import AgencyAnswer, Recommendation, recommended
from actions.models.step import ExceptionStep
from actions.models.tested import standing_as, why_not_implemented
from gscp.permissions import leads_it
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Group, User

State = PlanDecision.State


class ReviewAnswersQuerySet(TrackedQuerySet["ReviewAnswers"]):
    def standing(self) -> Self:
        return self.exclude(decision__state=State.TAKEN_BACK)

    def for_pages(self) -> Self:
        return self.select_related("decision__meeting__group", "decision__plan", "driver__plan")


class ReviewAnswers(Tracked):
    """That a meeting agreed the answers to a review, as they were when this was entered."""

    decision = models.ForeignKey(PlanDecision, models.PROTECT, related_name="review_answers")
    driver = models.ForeignKey(
        StrategicDriver, models.PROTECT, related_name="agreed_answers", verbose_name="review"
    )

    objects = ReviewAnswersQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("decision",)
    history = History()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "agreed answers to a review"

    def __str__(self) -> str:
        return f"Answers to the review of {self.driver}"

    def enter(self) -> None:
        """Record it; its decision is entered already.

        Raises:
            ValidationError: the review has no recommendation, or this waits for a chair already.
        """
        if not self.driver.recommendations.exists():
            raise ValidationError("The review has no recommendation yet.")
        others = ReviewAnswers.objects.filter(driver=self.driver, decision__state=State.WAITING)
        if others.exclude(decision=self.decision).exists():
            raise ValidationError("That its answers were agreed waits for a chair already.")
        self.save()

    @property
    def changed_since(self) -> bool:
        """Whether an answer to the review came or changed after this was entered."""
        return last_answer_to(self.driver) > self.change_id

    def check_unchanged(self) -> None:
        """Raises ValidationError where an answer changed after the meeting's decision was entered."""
        if self.changed_since:
            raise ValidationError(
                "An answer changed after this was entered. Take this back, and let a meeting agree them anew."
            )


def last_answer_to(driver: StrategicDriver) -> int:
    """The number of the last entry on an answer to the review; 0 if there is none."""
    answers = AgencyAnswer.objects.filter(recommendation__driver=driver)
    return answers.aggregate(last=Max("change_id"))["last"] or 0


class RecommendationOutcomeQuerySet(TrackedQuerySet["RecommendationOutcome"]):
    def in_force(self) -> Self:
        return self.filter(Q(decision=None) | Q(decision__state=State.IN_FORCE))

    def waiting(self) -> Self:
        return self.filter(decision__state=State.WAITING)

    def for_pages(self) -> Self:
        return self.select_related(
            "recommendation__driver__plan", "change",
            "decision__meeting__group", "decision__plan", "decision__confirmation",
            "step__report__action__plan",
        )  # fmt: skip


class RecommendationOutcome(Tracked):
    """What became of a recommendation: as a meeting decided or, where an impact check failed, open again."""

    class Outcome(models.TextChoices):
        IMPLEMENTED = "implemented", "Implemented"
        OVERTAKEN = "overtaken", "Overtaken"
        NOT_IMPLEMENTED = "not_implemented", "Not implemented"
        REOPENED = "reopened", "Opened again"

    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="outcomes")
    decision = models.ForeignKey(PlanDecision, models.PROTECT, null=True, blank=True, related_name="outcomes")
    step = models.ForeignKey(
        ExceptionStep, models.PROTECT, null=True, blank=True, related_name="outcomes",
        verbose_name="failed impact check",
    )  # fmt: skip
    outcome = models.CharField("what became of it", max_length=20, choices=Outcome)
    risk = FreeText("the risk that is accepted", max_length=2000, blank=True)

    objects = RecommendationOutcomeQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("recommendation",)
    history = History()

    class Meta:
        ordering = ["pk"]
        verbose_name = "outcome of a recommendation"
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__isnull=False, step=None)
                | Q(decision=None, step__isnull=False, outcome="reopened"),
                name="a_meeting_or_a_failed_check_says_it",
            ),
            models.CheckConstraint(
                condition=(Q(outcome="not_implemented") & ~Q(risk=""))
                | (~Q(outcome="not_implemented") & Q(risk="")),
                name="what_is_not_implemented_has_its_risk",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.recommendation}"

    def get_absolute_url(self) -> str:
        return self.recommendation.get_absolute_url()

    @property
    def leads_to(self) -> str:
        """The state of the recommendation."""
        reopened = self.outcome == self.Outcome.REOPENED
        return Recommendation.State.OPEN if reopened else self.outcome

    def enter(self) -> None:
        """Record it; its decision is entered already, and waits for a chair.

        Raises:
            ValidationError: the meeting cannot decide this of the recommendation.
        """
        waiting = RecommendationOutcome.objects.waiting().filter(recommendation=self.recommendation)
        if waiting.exists():
            raise ValidationError("What becomes of it waits for a chair already.")
        self.check_fits()
        self.save()

    def check_fits(self) -> None:
        """Raises ValidationError where this does not fit to how the recommendation and its actions stand."""
        about = self.recommendation
        if about.is_open == (self.outcome == self.Outcome.REOPENED):
            raise ValidationError(f"{about} is {about.get_state_display().lower()}.")
        if self.decision and not is_above_the_doers(about, self.decision.group):
            raise ValidationError({"meeting": (
                f"A group above those that act on it closes it. The {self.decision.group} is not that, or "
                "answers for an action that comes from it."
            )})  # fmt: skip
        if self.outcome == self.Outcome.IMPLEMENTED and (why := why_not_implemented(about.actions)):
            raise ValidationError({"outcome": f"It is not implemented yet. {why}"})

    def take_effect(self) -> None:
        """Raises what check_fits() does."""
        self.check_fits()
        recommendation = Recommendation.objects.get(pk=self.recommendation_id)
        recommendation.state = self.leads_to
        recommendation.save()


def is_above_the_doers(recommendation: Recommendation, group: Group) -> bool:
    """Whether the group decides about each action that comes from it, as they stand, and answers for none.

    What the top group does itself is for it to close: there is nobody above.
    """
    actions = {one.pk: one for one in (*recommendation.actions, *standing_as(recommendation.actions))}
    return all(
        group in one.group.decided_by() and (group.is_top or not one.is_answered_for_by(group))
        for one in actions.values()
    )


def not_so_any_more(recommendation: Recommendation) -> str:
    """Of what was closed as implemented, why it is not by now: an action was reopened, or a check failed."""
    if recommendation.state != Recommendation.State.IMPLEMENTED:
        return ""
    return why_not_implemented(recommendation.actions)


def check_confirmed_by(decision: PlanDecision, by: User) -> None:
    """Check what a chair confirms about a review: the answers are those of the meeting, and no doer closes.

    Raises:
        ValidationError: an answer changed meanwhile, or this person leads an action of the recommendation.
    """
    for answers in decision.review_answers.select_related("driver"):
        answers.check_unchanged()
    for outcome in decision.outcomes.select_related("recommendation__driver"):
        led: list[Any] = [one for one in outcome.recommendation.actions if leads_it.test(by, one)]
        if led:
            raise ValidationError(f"You lead {led[0]}, which comes from it: somebody else confirms this.")


def reopen_after(step: ExceptionStep) -> list[Recommendation]:
    """Open again what was closed as implemented, where this check of an action from it found no impact.

    An action of an earlier plan, which goes on with this one, counts.
    """
    named = recommended(line_of(step.report.about_id)).select_related("recommendation__driver__plan")
    about = {one.recommendation_id: one.recommendation for one in named}
    closed = [one for one in about.values() if one.state == Recommendation.State.IMPLEMENTED]
    for recommendation in closed:
        reopened = RecommendationOutcome.Outcome.REOPENED
        outcome = RecommendationOutcome(recommendation=recommendation, step=step, outcome=reopened)
        outcome.save()
        outcome.take_effect()
    return closed
