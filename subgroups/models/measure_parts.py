"""What belongs to a measure: its agencies, its targets, and from when on its limits are worked out anew."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models.groups import Group
from subgroups.models.measures import IN_TENTHS, MOST_DAYS, OF_A_SHARE, TENTHS, Measure
from subgroups.models.meetings import Meeting
from subgroups.models.partners import Partner
from subgroups.periods import Period


class MeasureAgency(Tracked):
    """A partner that has a figure of its own in a measure. Ended and never deleted."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="agencies")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    first_day = models.DateField(null=True, blank=True)  # none: since the measure is read
    ended_on = models.DateField(null=True, blank=True)

    part_of = ("measure",)
    history = History()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "partner"], condition=Q(ended_on=None), name="an_agency_of_a_measure_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure}: {self.partner}"

    def holds_on(self, day: date) -> bool:
        begun = self.first_day is None or self.first_day <= day
        return begun and (self.ended_on is None or day < self.ended_on)


class Target(Tracked):
    """What a measure should come to from a period on, until the next target; no value: none from then."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="targets")
    period = models.DateField("from the period that begins on")
    value = models.IntegerField(f"target{IN_TENTHS}", null=True, blank=True)
    # None: as before.
    tolerance = models.PositiveIntegerField(f"tolerance{IN_TENTHS}", null=True, blank=True)
    days_to_supply = models.PositiveIntegerField("days after the period ends", null=True, blank=True)

    part_of = ("measure",)
    history = History()

    class Meta:
        ordering = ["period", "pk"]
        constraints = [models.UniqueConstraint(fields=["measure", "period"], name="one_target_a_period")]

    def __str__(self) -> str:
        return f"Target of {self.measure}"

    def clean(self) -> None:
        if self.measure.is_share:
            for name in ("value", "tolerance"):
                if not 0 <= (getattr(self, name) or 0) <= TENTHS:
                    raise ValidationError({name: OF_A_SHARE})
        if (self.value or 0) < 0:
            raise ValidationError({"value": "No figure is below 0."})
        if (self.days_to_supply or 0) > MOST_DAYS:
            raise ValidationError({"days_to_supply": f"Figures are due within {MOST_DAYS} days."})

    @property
    def its_period(self) -> Period:
        return Period.holding(self.period, self.measure.frequency)

    @property
    def value_in_words(self) -> str:
        return "No target from then on" if self.value is None else self.measure.in_words(self.value)

    @property
    def tolerance_in_words(self) -> str:
        return "" if self.tolerance is None else self.measure.difference_in_words(self.tolerance)


class BaselineQuerySet(TrackedQuerySet["Baseline"]):
    def standing(self) -> Self:
        return self.filter(taken_back="")


class Baseline(Tracked):
    """From this period on, limits are worked out anew: somebody decided that the work is another one.

    One begun by mistake is taken back before somebody else confirms it.
    """

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="baselines")
    period = models.DateField("from the period that begins on")
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="baselines", verbose_name="decided at"
    )
    why = FreeText(max_length=2000)
    taken_back = FreeText("why it was taken back", max_length=2000, blank=True)

    objects = BaselineQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("measure",)
    history = History()

    class Meta:
        ordering = ["period", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "period"], condition=Q(taken_back=""), name="one_baseline_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"New baseline of {self.measure}"

    @property
    def group(self) -> Group:
        return self.measure.group

    def clean(self) -> None:
        held = self.meeting and Meeting.objects.begun().filter(pk=self.meeting.pk).first()
        if self.meeting and not (held and held.decisions_take_effect):
            raise ValidationError({"meeting": "It is not on record that enough partners were there."})
