"""What a review recommends, what each agency answers, and the actions that come from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from actions.models.action import Action
from actions.models.leads import ActionLead
from actions.models.plan import BusinessPlan, StrategicDriver, refuse_if_closed
from gscp import clock
from gscp.record import ClearText, FreeText, History, Tracked, TrackedQuerySet
from gscp.words import lower_first
from subgroups.models import Group, Partner, Post


def named_reviews() -> models.QuerySet[StrategicDriver]:
    """The drivers that can carry recommendations, of all plans but discarded drafts; the newest first.

    A plan that goes on with an action of an earlier one names its review again, in a row of its own.
    """
    found = StrategicDriver.objects.filter(kind__in=StrategicDriver.REVIEWS).select_related("plan")
    return found.filter(plan__in=BusinessPlan.objects.listed()).order_by("-plan__first_day", "pk")


def reviews() -> models.QuerySet[StrategicDriver]:
    """As named_reviews(), without those that have no recommendations where another row of them has some."""
    own = Recommendation.objects.filter(driver=OuterRef("pk"))
    same = Recommendation.objects.filter(
        driver__in=named_reviews().order_by(),
        driver__kind=OuterRef("kind"),
        driver__text=OuterRef("text"),
    )
    return named_reviews().filter(Exists(own) | ~Exists(same))


def with_recommendations(driver: StrategicDriver) -> StrategicDriver:
    """This review, or the row of it in another plan that has its recommendations."""
    if driver.recommendations.exists():
        return driver
    has_some = Exists(Recommendation.objects.filter(driver=OuterRef("pk")))
    return named_reviews().filter(has_some, kind=driver.kind, text=driver.text).last() or driver


def actions_named_by(drivers: Iterable[StrategicDriver]) -> dict[int, list[Action]]:
    """By review the actions that name it, in any plan. One query."""
    drivers = list(drivers)
    found: dict[int, list[Action]] = {driver.pk: [] for driver in drivers}
    of_same = {(driver.kind, driver.text): driver.pk for driver in drivers}
    actions = Action.objects.filter(driver__in=named_reviews().order_by()).select_related("plan", "driver")
    for action in actions.order_by("plan__first_day", "position", "pk"):
        if action.driver and (key := of_same.get((action.driver.kind, action.driver.text))):
            found[key].append(action)
    return found


class RecommendationQuerySet(TrackedQuerySet["Recommendation"]):
    def open(self) -> Self:
        return self.filter(state=Recommendation.State.OPEN)

    def for_pages(self) -> Self:
        answers = AgencyAnswer.objects.select_related("partner__succeeded_by", "change")
        actions = RecommendedAction.objects.standing().with_actions()
        return self.select_related("driver__plan").prefetch_related(
            models.Prefetch("answers", answers), models.Prefetch("recommended_actions", actions)
        )


class Recommendation(Tracked):
    """A numbered recommendation of a review: number and wording stay as they were published.

    It stays open until a meeting says what became of it (actions/models/outcome.py).
    """

    class Scope(models.TextChoices):
        AGENCY = "agency", "One agency"
        LOCAL = "local", "Local"
        REGIONAL = "regional", "Regional"
        NATIONAL = "national", "National"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        IMPLEMENTED = "implemented", "Closed: implemented"
        OVERTAKEN = "overtaken", "Closed: overtaken"
        NOT_IMPLEMENTED = "not_implemented", "Closed: not implemented"

    driver = models.ForeignKey(
        StrategicDriver, models.PROTECT, related_name="recommendations", verbose_name="review"
    )
    number = ClearText(max_length=20)
    text = FreeText("wording, as published")
    scope = models.CharField("for whom", max_length=10, choices=Scope)
    source = FreeText("where the review says it", max_length=300, blank=True)
    position = models.PositiveIntegerField("place in the review")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)

    objects = RecommendationQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("driver",)
    history = History()

    class Meta:
        ordering = ["driver", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["driver", "number"], name="one_recommendation_a_number")
        ]

    def __str__(self) -> str:
        return f"Recommendation {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("recommendation", args=[self.pk])

    def concerns(self) -> dict[str, Any]:
        return self.driver.concerns() | {"about_model": self._meta.label_lower, "about_id": self.pk}

    def clean(self) -> None:
        if not self.driver.is_review:
            raise ValidationError(f"{self.driver.get_kind_display()} carries no recommendations.")

    def check_change(self, changed: Collection[str]) -> None:
        if set(changed) != {"state"}:  # what becomes of it is told after its plan is closed, too
            refuse_if_closed(self.driver.plan)
            self.check_not_settled()

    def check_not_settled(self) -> None:
        """Raises ValidationError where what became of it was decided, or waits for a chair."""
        if self.why_settled:
            raise ValidationError(self.why_settled)

    @property
    def why_settled(self) -> str:
        """Why nothing of it changes now: words, answers, actions and evidence; "" if they can."""
        if not self.is_open:
            return f"{self} is closed. A meeting opens it again before anything of it changes."
        outcomes: Any = self.outcomes if self.pk else None  # of a model that imports this one
        if outcomes and outcomes.waiting().exists():
            return f"What a meeting decided of {lower_first(str(self))} waits for its chair."
        return ""

    def save(self, **kwargs: Any) -> None:
        """Save it; a new one comes last.

        Raises:
            ValidationError: the review has one of this number. And what Tracked.save() raises.
        """
        others = Recommendation.objects.filter(driver=self.driver_id).exclude(pk=self.pk)
        if others.filter(number=self.number).exists():
            raise ValidationError({"number": f"The review has a recommendation {self.number} already."})
        if self._state.adding:
            last = others.aggregate(models.Max("position"))["position__max"]
            self.position = (last or 0) + 1
        super().save(**kwargs)

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def actions(self) -> list[Action]:
        """Those that come from it, in the order in which they were named."""
        return [one.action for one in self.recommended_actions.all() if one.stands]

    @property
    def group(self) -> Group | None:
        """The group that answers for the first action that comes from it; the top one where none does."""
        return next((action.group for action in self.actions), None) or Group.objects.top()

    @property
    def lead_posts(self) -> list[Post]:
        return [post for action in self.actions for post in action.lead_posts]

    @property
    def unanswered(self) -> list[AgencyAnswer]:
        return [one for one in self.answers.all() if not one.answer]


class AgencyAnswerQuerySet(TrackedQuerySet["AgencyAnswer"]):
    def missing(self) -> Self:
        return self.filter(answer="")

    def of_listed_plans(self) -> Self:
        """Of the reviews of all plans but discarded drafts, in the order of the reviews."""
        listed = self.filter(recommendation__driver__plan__in=BusinessPlan.objects.listed())
        order = ("-recommendation__driver__plan__first_day", "recommendation__driver")
        return listed.order_by(*order, "recommendation__position", "partner__name", "pk")

    def with_recommendations(self) -> Self:
        actions = RecommendedAction.objects.standing().with_actions()
        named = models.Prefetch("recommendation__recommended_actions", actions)
        return self.select_related("recommendation__driver__plan", "partner").prefetch_related(named)


class AgencyAnswer(Tracked):
    """An agency that a recommendation is for, and its answer; history has what it answered before."""

    class Answer(models.TextChoices):
        DONE = "done", "Done already"
        ACCEPTED = "accepted", "Accepted"
        IN_PART = "in_part", "Accepted in part"
        NOT_ACCEPTED = "not_accepted", "Not accepted"

    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="answers")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name="agency")
    answer = models.CharField(max_length=20, choices=Answer, blank=True)
    reason = FreeText("why", max_length=2000, blank=True)
    on_behalf = models.BooleanField("recorded for the agency", default=False)

    objects = AgencyAnswerQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("recommendation",)
    history = History()

    class Meta:
        ordering = ["partner__name", "pk"]
        verbose_name = "answer of an agency"
        constraints = [
            models.UniqueConstraint(fields=["recommendation", "partner"], name="an_agency_answers_once"),
            models.CheckConstraint(
                condition=Q(answer="", reason="") | (~Q(answer="") & ~Q(reason="")),
                name="an_answer_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Answer of {self.partner} to {self.recommendation}"

    def get_absolute_url(self) -> str:
        return self.recommendation.get_absolute_url()

    def check_change(self, changed: Collection[str]) -> None:
        self.recommendation.check_not_settled()

    @property
    def today(self) -> date:
        return clock.today()

    @property
    def agency(self) -> Partner:
        """The partner, or the one that is in its place today."""
        return self.partner.successor_on(self.today)

    @property
    def in_words(self) -> str:
        # Nothing on record is no refusal.
        return self.get_answer_display() if self.answer else "No answer recorded yet"


class RecommendedActionQuerySet(TrackedQuerySet["RecommendedAction"]):
    def standing(self) -> Self:
        return self.filter(stands=True)

    def with_actions(self) -> Self:
        leads = models.Prefetch("action__leads", ActionLead.objects.current(), to_attr="current_leads")
        return self.select_related("action__plan", "action__group").prefetch_related(leads)


class RecommendedAction(Tracked):
    """That an action comes from a recommendation, and whether it says enough to be held to.

    Whether it is specific and measurable is for people to say. Who leads it and when it is due is on record.
    """

    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="recommended_actions")
    action = models.ForeignKey(Action, models.PROTECT, related_name="recommended_by")
    is_specific = models.BooleanField("says what will be different", default=False)
    is_measurable = models.BooleanField("says how we will know", default=False)
    lacking = FreeText("what is missing in its words", max_length=2000, blank=True)
    stands = models.BooleanField("comes from it", default=True)

    objects = RecommendedActionQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("recommendation",)
    history = History()

    class Meta:
        ordering = ["pk"]
        verbose_name = "action from a recommendation"
        constraints = [
            models.UniqueConstraint(fields=["recommendation", "action"], name="an_action_is_named_once")
        ]

    def __str__(self) -> str:
        return f"{self.action}, from {self.recommendation}"

    def get_absolute_url(self) -> str:
        return self.recommendation.get_absolute_url()

    def concerns(self) -> dict[str, Any]:
        return self.recommendation.concerns() | self.action.concerns()

    def check_change(self, changed: Collection[str]) -> None:
        self.recommendation.check_not_settled()

    @property
    def lacks(self) -> list[str]:
        """Which of four things it lacks: what, how we will know, who, by when."""
        action, found = self.action, []
        if not self.is_specific:
            found.append("It does not say clearly what will be different.")
        if not self.is_measurable:
            found.append("It does not say how we will know.")
        if not action.lead_posts:
            found.append("No post leads it.")
        if not (action.due or action.review_date):
            found.append("It has no date.")
        return found


def recommended(actions: Collection[int]) -> RecommendedActionQuerySet:
    """From which recommendations these actions, by their keys, come."""
    rows = RecommendedAction.objects.standing().filter(action__in=actions)
    return rows.select_related("recommendation__driver__plan").order_by("pk")
