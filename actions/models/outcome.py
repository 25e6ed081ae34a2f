"""What meetings say of a review: that they agree its answers, and what became of a recommendation."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from actions.models.action import Action
from actions.models.chain import RAISE
from actions.models.exception import ExceptionReport
from actions.models.leads import ActionLead
from actions.models.line import going_on_with, line_of
from actions.models.plan import StrategicDriver
from actions.models.plan_decision import PlanDecision
from actions.models.recommendation import AgencyAnswer, Recommendation, RecommendedAction, recommended
from actions.models.step import ExceptionStep
from actions.models.tested import came_later, reopening_asked, why_not_implemented
from gscp.dates import day_in_words
from gscp.permissions import CHAIRS
from gscp.record import Change, ChangeQuerySet, FreeText, History, Tracked, TrackedQuerySet, history_of
from subgroups.models import Group, User
from subgroups.models.groups import groups_by_key

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
        """Whether an answer to the review, or what it recommends, changed or came after this was entered."""
        recommended = Recommendation.objects.filter(driver=self.driver_id)
        answers = AgencyAnswer.objects.filter(recommendation__in=recommended)
        worded = last_change_of(recommended, "number", "text", "scope", "source")
        return max(worded, last_change_of(answers, "answer", "reason")) > self.change_id

    def check_unchanged(self) -> None:
        """Raises ValidationError where an answer or a wording changed after this was entered."""
        if self.changed_since:
            raise ValidationError(
                "An answer, or what it answers, changed after this was entered. Take this back, and let a "
                "meeting agree them anew."
            )


def last_change_of(rows: TrackedQuerySet[Any], *columns: str) -> int:
    """The number of the last entry that changed one of these columns of the rows; 0 if there is none."""
    model: Any = rows.model
    history = history_of(model)._base_manager.filter(id__in=rows.order_by().values("pk"))
    last, known = 0, dict[int, list[Any]]()
    for key, entry, *values in history.order_by("change_id").values_list("id", "change_id", *columns):
        last = entry if known.get(key) != values else last
        known[key] = values
    return last


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
        if self.decision and self.decision.group not in closing_groups(about):
            raise ValidationError({"meeting": (
                f"A group above those that act on it closes it. The {self.decision.group} is not that, or "
                "answers for an action that comes from it, or once did."
            )})  # fmt: skip
        if self.decision and (opened := last_opened(about)) and opened > self.decision.meeting.date:
            raise ValidationError({"meeting": (
                f"{about} was opened again on {day_in_words(opened)} only, after this meeting."
            )})  # fmt: skip
        if self.outcome == self.Outcome.IMPLEMENTED and self.decision:
            if why := why_not_implemented(about.actions) or reopening_asked(about.actions):
                raise ValidationError({"outcome": f"It is not implemented yet. {why}"})
            if late := came_later(about.actions, self.decision.meeting.date):
                raise ValidationError({"meeting": f"That was not so at this meeting. {late}"})

    def take_effect(self) -> None:
        """Raises what check_fits() does."""
        self.check_fits()
        recommendation = Recommendation.objects.get(pk=self.recommendation_id)
        recommendation.state = self.leads_to
        recommendation.save()


def last_opened(recommendation: Recommendation) -> date | None:
    """The day on which it was opened again last: of the meeting that did, or of the check that failed."""
    opened = RecommendationOutcome.objects.in_force().filter(
        recommendation=recommendation, outcome="reopened"
    )
    last = opened.select_related("decision__meeting", "change").order_by("-pk").first()
    if last is None:
        return None
    return last.decision.meeting.date if last.decision else timezone.localdate(last.change.clock)


def actions_ever_named(recommendation: Recommendation) -> list[Action]:
    """Each that was ever said to come from it, and each that goes on with one, over all years."""
    named = RecommendedAction.objects.filter(recommendation=recommendation).values_list("action", flat=True)
    actions = Action.objects.filter(pk__in=going_on_with(named)).select_related("plan", "group")
    return list(actions.order_by("pk"))


def doing_groups(actions: list[Action]) -> set[int]:
    """The keys of the groups that answer for one of these, or ever did; those whose chairs lead count."""
    keys = [one.pk for one in actions]
    rows = history_of(Action)._base_manager.filter(id__in=keys).order_by()
    groups = {groups_by_key()[key] for key in rows.values_list("group", flat=True).distinct()}
    led_by = ActionLead.objects.filter(action__in=keys, post__role__in=CHAIRS).order_by()
    return set(led_by.values_list("post__group", flat=True)).union(*(one.answering_keys for one in groups))


def closing_groups(recommendation: Recommendation) -> list[Group]:
    """Those that say what became of it: each decides about its actions, and answers for none, nor ever did.

    That an action was taken off, or given to another group, changes nothing of who acted. What the top group
    does itself is for it to close: there is nobody above.
    """
    actions = actions_ever_named(recommendation)
    doers = doing_groups(actions)
    return [
        group
        for group in groups_by_key().values()
        if all(group in one.group.decided_by() for one in actions) and (group.is_top or group.pk not in doers)
    ]


def not_so_any_more(recommendation: Recommendation) -> str:
    """Of what was closed as implemented, why it is not by now: an action was reopened, or a check failed."""
    if recommendation.state != Recommendation.State.IMPLEMENTED:
        return ""
    return why_not_implemented(recommendation.actions)


def check_confirmed_by(decision: PlanDecision, by: User) -> None:
    """Check what a chair confirms about a review: the answers are those of the meeting, and no doer closes.

    Raises:
        ValidationError: an answer changed meanwhile, or this person acts on the recommendation, or asked that
            an action from it be accepted as complete.
    """
    for answers in decision.review_answers.select_related("driver"):
        answers.check_unchanged()
    for outcome in decision.outcomes.select_related("recommendation__driver"):
        if acted := acted_on(outcome.recommendation, by):
            raise ValidationError(f"You act on {acted}, which comes from it: somebody else confirms this.")


def acted_on(recommendation: Recommendation, by: User) -> Action | None:
    """The first action that was ever named of it and that this person leads, reports on or asked to close.

    The chairs of the top group report on its own actions, and confirm all the same: there is nobody above.
    """
    actions = actions_ever_named(recommendation)
    keys = [one.pk for one in actions]
    led = set(ActionLead.objects.filter(action__in=keys, post__in=by.posts).values_list("action", flat=True))
    asked = ExceptionStep.objects.filter(report__action__in=keys, move=RAISE, entered_by=by)
    led |= set(asked.values_list("report__action", flat=True))
    chaired = {group.pk for group in by.chaired_groups if not group.is_top}
    return next((one for one in actions if one.pk in led or doing_groups([one]) & chaired), None)


def reopen_after(step: ExceptionStep) -> list[Recommendation]:
    """Open again what was closed as implemented, where this check of an action from it found no impact.

    An action of an earlier plan, which goes on with this one, counts.
    """
    named = recommended(line_of(step.report.about_id))
    about = {one.recommendation_id: one.recommendation for one in named}
    closed = [one for one in about.values() if one.state == Recommendation.State.IMPLEMENTED]
    for recommendation in closed:
        reopened = RecommendationOutcome.Outcome.REOPENED
        outcome = RecommendationOutcome(recommendation=recommendation, step=step, outcome=reopened)
        outcome.save()
        outcome.take_effect()
    return closed


def changes_about(decision: PlanDecision) -> ChangeQuerySet:
    """The entries on what a decision about a review speaks of: words, answers, actions, completions."""
    of_decision = Q(outcomes__decision=decision) | Q(driver__agreed_answers__decision=decision)
    about = Recommendation.objects.filter(of_decision)
    named = RecommendedAction.objects.filter(recommendation__in=about)
    completions = ExceptionReport.objects.filter(action__recommended_by__recommendation__in=about)
    changes = Change.objects
    return (
        changes.of_rows(about)
        | changes.of_rows(AgencyAnswer.objects.filter(recommendation__in=about))
        | changes.of_rows(named)
        | changes.of_rows(Action.objects.filter(recommended_by__in=named))
        | changes.of_rows(completions)
    )
