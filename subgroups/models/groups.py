"""The groups of the partnership, and whom each reports to."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from gscp import clock
from gscp.record import History
from subgroups.models.base import Named


class Group(Named):
    """Any group: the Executive, the Management Group or a subgroup.."""

    class Tier(models.TextChoices):
        EXECUTIVE = "executive", "Executive"
        MANAGEMENT_GROUP = "management_group", "Management Group"
        SUBGROUP = "subgroup", "Subgroup"

    slug = models.SlugField(unique=True)
    tier = models.CharField(max_length=20, choices=Tier)
    reports_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    established_on = models.DateField("In place since", null=True, blank=True)

    history = History()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reports_to__isnull=False) | Q(tier="executive"),
                name="only_the_executive_reports_to_none",
            )
        ]

    def concerns(self) -> dict[str, int | None]:
        return {"group": self.pk}

    def clean(self) -> None:
        above = self.reports_to_id
        while above:
            if above == self.pk:
                raise ValidationError(
                    {"reports_to": "A group cannot report to itself, nor to one that reports to it."}
                )
            above = type(self).objects.values_list("reports_to", flat=True).get(pk=above)

    def is_in_place(self, day: date | None = None) -> bool:
        return self.established_on is not None and self.established_on <= (day or clock.today())

    def acting_group(self, day: date | None = None) -> Group:
        """The group whose chair acts for this one: itself or, until it is in place, the next one above."""
        group = self
        while not group.is_in_place(day) and group.reports_to:
            group = group.reports_to
        return group
