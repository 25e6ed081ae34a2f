"""The yearly plan, 1 April to 31 March, and its strategic drivers: why an action exists."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from gscp import clock
from gscp.record import ClearText, FreeText, History, Tracked, TrackedQuerySet


class Rating(models.TextChoices):
    # How delivery is going while in progress: green never means finished.
    GREEN = "green", "Green"
    AMBER = "amber", "Amber"
    RED = "red", "Red"


class BusinessPlanQuerySet(TrackedQuerySet["BusinessPlan"]):
    def current(self) -> BusinessPlan | None:
        """The plan that began last, or else the one that begins next; drafts are left out."""
        plans = self.exclude(status=BusinessPlan.Status.DRAFT)
        begun = plans.filter(starts_on__lte=clock.today()).order_by("-starts_on")
        return begun.first() or plans.order_by("starts_on").first()


class BusinessPlan(Tracked):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        CLOSED = "closed", "Closed"

    year = ClearText(max_length=7, unique=True)
    title = FreeText(max_length=200)
    introduction = FreeText(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    green_means = FreeText(max_length=300)
    amber_means = FreeText(max_length=300)
    red_means = FreeText(max_length=300)

    objects = BusinessPlanQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    history = History()

    class Meta:
        ordering = ["-starts_on"]

    def __str__(self) -> str:
        return f"Business Plan {self.year.replace('-', '/')}"

    def get_absolute_url(self) -> str:
        return reverse("plan_detail", args=[self.year])

    def concerns(self) -> dict[str, int | None]:
        return {"plan": self.pk}

    @property
    def rating_key(self) -> list[tuple[str, str]]:
        return [(rating, getattr(self, f"{rating}_means")) for rating in Rating.values]


class StrategicDriver(Tracked):
    class Kind(models.TextChoices):
        GUIDANCE = "guidance", "Statutory guidance"
        AUDIT = "audit", "Multi-agency audit"
        REVIEW = "review", "LCSPR or thematic review"
        SECTION_11 = "section_11", "Section 11 duty"

    plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="drivers")
    kind = models.CharField(max_length=20, choices=Kind)
    text = FreeText()

    part_of = ("plan",)
    history = History()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.plan}"
