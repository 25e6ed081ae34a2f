"""Business plans, their themes, and their strategic drivers: why an action exists."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from gscp import clock
from gscp.facts import fact_of
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Post


class Rating(models.TextChoices):
    # How delivery is going while in progress: green never means finished.
    GREEN = "green", "Green"
    AMBER = "amber", "Amber"
    RED = "red", "Red"


# What a first plan begins with.
RATING_KEY = {
    "green_means": "On course to be complete by its date.",
    "amber_means": "At risk: it will be late or fall short unless something changes.",
    "red_means": "Off course: it is or will be late, or will fall short, and needs a decision.",
}
# Other pages stand there, where a plan's label would stand in its address.
TAKEN_LABELS = {"new", "current"}


class BusinessPlanQuerySet(TrackedQuerySet["BusinessPlan"]):
    def live(self) -> Self:
        return self.filter(status=BusinessPlan.Status.LIVE)

    def drafts(self) -> Self:
        return self.filter(status=BusinessPlan.Status.DRAFT)

    def listed(self) -> Self:
        """All but the drafts that were discarded."""
        return self.exclude(status=BusinessPlan.Status.DISCARDED)

    def published(self) -> Self:
        """Those that are live or closed."""
        return self.exclude(status__in=BusinessPlan.NEVER_PUBLISHED)

    def going_on(self) -> Self:
        """Those that can still change."""
        return self.exclude(status__in=BusinessPlan.FROZEN)


class BusinessPlan(Tracked):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        CLOSED = "closed", "Closed"
        DISCARDED = "discarded", "Discarded"

    FROZEN = (Status.CLOSED, Status.DISCARDED)
    NEVER_PUBLISHED = (Status.DRAFT, Status.DISCARDED)

    # What stands in its address, such as 2021-22.
    label = models.SlugField(
        max_length=40,
        unique=True,
        error_messages={
            "invalid": "A label has letters, digits and hyphens only: it is part of the address."
        },
    )
    title = FreeText(max_length=200)
    introduction = FreeText(blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    green_means = FreeText(max_length=300)
    amber_means = FreeText(max_length=300)
    red_means = FreeText(max_length=300)

    objects = BusinessPlanQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    history = History()

    class Meta:
        ordering = ["-first_day", "label"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="a_plan_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"Business Plan {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("plan_detail", args=[self.label])

    def concerns(self) -> dict[str, int | None]:
        return {"plan": self.pk}

    def clean(self) -> None:
        if self.label in TAKEN_LABELS:
            raise ValidationError({"label": "Another page has that address. Choose another short name."})
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": f"{self} would end before it starts."})
        was = self.status if self._state.adding else self.as_read.get("status")
        if was in self.FROZEN and self.status != was:
            raise ValidationError(self.why_frozen)
        if self.is_draft and was != self.Status.DRAFT:
            raise ValidationError(f"{self} is published: it is no draft any more.")
        if self.is_discarded and was not in self.NEVER_PUBLISHED:
            raise ValidationError(f"{self} is published: only a draft is discarded.")
        still_open = self.actions.open().count() if self.pk and self.is_closed else 0
        if still_open:
            raise ValidationError(
                f"{self} still has {still_open} open action{'' if still_open == 1 else 's'}: "
                "a plan is closed once each is complete, withdrawn, merged, split or carried forward."
            )

    def check_change(self, changed: Collection[str]) -> None:
        if self.why_frozen and set(changed) != {"status"}:
            raise ValidationError(self.why_frozen)

    @property
    def why_frozen(self) -> str:
        """Why nothing of it changes any more, as it is on record; "" if it can change."""
        status = "" if self._state.adding else self.as_read["status"]
        if status not in self.FROZEN:
            return ""
        how = "is closed" if status == self.Status.CLOSED else "was discarded"
        return f"{self} {how}: it is kept as it is."

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_live(self) -> bool:
        return self.status == self.Status.LIVE

    @property
    def is_closed(self) -> bool:
        return self.status == self.Status.CLOSED

    @property
    def is_discarded(self) -> bool:
        return self.status == self.Status.DISCARDED

    @property
    def is_frozen(self) -> bool:
        return self.status in self.FROZEN

    @property
    def was_published(self) -> bool:
        """Whether it is live or closed: nobody is held to what is in any other."""
        return self.status not in self.NEVER_PUBLISHED

    @property
    def year_is_over(self) -> bool:
        return self.last_day < clock.today()

    @property
    def why_nothing_is_asked(self) -> str:
        if self.is_draft:
            return f"{self} is a draft: it is asked about once it is published."
        return self.why_frozen

    @property
    def refs_taken(self) -> list[str]:
        """The numbers of its actions, and of those that a meeting agreed and that wait for a chair."""
        proposed: Any = self.plan_decisions.filter(state="waiting", additions__isnull=False)
        refs = self.actions.values_list("ref", flat=True)
        return [*refs, *proposed.values_list("additions__ref", flat=True)]

    @property
    def next_ref(self) -> str:
        """The number after the highest that is taken, such as 007."""
        refs = self.refs_taken
        numbers = [int(ref) for ref in refs if len(ref) < 7 and ref.isascii() and ref.isdigit()]
        return f"{max(numbers, default=len(refs)) + 1:03}"

    @property
    def rating_key(self) -> list[tuple[str, str]]:
        return [(rating, getattr(self, f"{rating}_means")) for rating in Rating.values]


def refuse_if_closed(plan: BusinessPlan) -> None:
    """What belongs to a plan that is closed or discarded is frozen: its check_change() calls this.

    Raises:
        ValidationError: the plan is closed, or was discarded.
    """
    if plan.why_frozen:
        raise ValidationError(plan.why_frozen)


class Theme(Tracked):
    """A level above the actions of a plan, where the plan has one."""

    plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="themes")
    text = FreeText("theme", max_length=500)
    position = models.PositiveIntegerField()
    lead_post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="led_themes")

    part_of = ("plan",)
    history = History()

    class Meta:
        ordering = ["plan", "position", "pk"]

    def __str__(self) -> str:
        return f"Theme {self.position}, {self.plan}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.plan)

    @property
    def lead_in_words(self) -> str:
        return f"Led by {self.lead_post}" if self.lead_post else ""


class StrategicDriver(Tracked):
    class Kind(models.TextChoices):
        GUIDANCE = "guidance", "Statutory guidance"
        AUDIT = "audit", "Multi-agency audit"
        REVIEW = "review", "LCSPR or thematic review"
        INSPECTION = "inspection", "Inspection"
        DUTY = "duty", "Statutory duty"
        SCRUTINY = "scrutiny", "Independent scrutiny"
        OTHER = "other", "Other"

    REVIEWS = (Kind.AUDIT, Kind.REVIEW, Kind.INSPECTION, Kind.SCRUTINY)  # these carry recommendations

    plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="drivers")
    kind = models.CharField(max_length=20, choices=Kind)
    text = FreeText()

    part_of = ("plan",)
    history = History()

    def __str__(self) -> str:
        # get_kind_display() takes longer, and each action of an import names its driver.
        return f"{KINDS.get(self.kind, self.kind)}, {self.plan}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.plan)
        if self.pk and not self.is_review and self.recommendations.exists():
            raise ValidationError({"kind": "It has recommendations, so it stays a review of some kind."})

    @property
    def is_review(self) -> bool:
        return self.kind in self.REVIEWS


KINDS = dict(StrategicDriver.Kind.choices)


def live_plans() -> list[BusinessPlan]:
    return [plan for plan in plans_by_key().values() if plan.is_live]


def is_the_one_plan(plan: BusinessPlan) -> bool:
    """Whether lists need not name it: no other one is live, and its year goes on."""
    return plan.is_live and not plan.year_is_over and len(live_plans()) < 2


@fact_of("actions.businessplan")
def plans_by_key() -> dict[int, BusinessPlan]:
    return {plan.pk: plan for plan in BusinessPlan.objects.all()}
