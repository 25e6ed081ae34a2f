"""The measures of a group: what is counted, how often, and what it should come to."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from gscp import clock
from gscp.permissions import CHAIRS
from gscp.record import Figure, FreeText, History, Tracked, TrackedQuerySet, name_of, number_of
from gscp.words import folded_words
from subgroups.models.groups import Group
from subgroups.models.partners import Partner
from subgroups.models.posts import Post, User
from subgroups.periods import Frequency, Period
from subgroups.spc import Better as Direction

MOST_DAYS = 366  # after a period, until a figure is due
IMPACT_BY = timedelta(weeks=8)  # of training: until then its impact may be asked about
TENTHS = 1000  # of a percentage point in the whole: the smallest unit of a share
IN_TENTHS = " (of a share, in tenths of a percent)"  # as the history names such a value
OF_A_SHARE = "A share is from 0% to 100%."


class Better(models.TextChoices):
    UP = Direction.UP, "Up is good"
    DOWN = Direction.DOWN, "Down is good"
    NEITHER = Direction.NEITHER, "Neither"


class Origin(models.TextChoices):
    ENTERED = "entered", "Somebody enters them"
    AUDITS = "audits", "From the audits: decisions that were right"
    ACCESS = "access", "From the training: places that were attended"
    IMPACT = "impact", "From the training: who could show impact"
    ESCALATIONS = "escalations", "From the escalations: how many"
    SUPPLIED = "supplied", "From what agencies supply: figures that came on time"


# By how figures come about, the lines of a group that they are worked out of.
REGISTERS: dict[str, str] = dict.fromkeys((Origin.ACCESS, Origin.IMPACT), "trainingevents")
REGISTERS |= {Origin.AUDITS: "audits", Origin.ESCALATIONS: "escalations"}


class MeasureQuerySet(TrackedQuerySet["Measure"]):
    def not_ended_by(self, day: date) -> Self:
        return self.exclude(ended_on__lte=day, end_waits=False)


class Measure(Tracked):
    """What a group reads of its work, period by period.

    A share is a numerator out of a denominator, any other measure one whole number of its unit. Tolerance,
    baseline and targets are in the smallest unit: tenths of a percentage point of a share, else one.
    """

    group = models.ForeignKey(Group, models.PROTECT, related_name="measures", verbose_name="Group")
    position = models.PositiveIntegerField(default=0)  # on the group's scorecard
    name = FreeText(max_length=200)
    definition = FreeText("what it says", max_length=2000)
    numerator = FreeText("what is counted", max_length=300)
    denominator = FreeText("out of what", max_length=300, blank=True)
    unit = FreeText(max_length=60, blank=True)
    better = models.CharField("which way is good", max_length=10, choices=Better)
    frequency = models.CharField("how often", max_length=10, choices=Frequency)
    by_agency = models.BooleanField("each agency has a figure of its own", default=False)
    tolerance = models.PositiveIntegerField(f"tolerance{IN_TENTHS}", default=0)
    baseline = Figure(f"where it began{IN_TENTHS}", blank=True)
    supplied_by = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supplied_measures",
        verbose_name="supplied by",
    )
    days_to_supply = models.PositiveIntegerField("days after the period ends", default=14)
    origin = models.CharField(
        "how its figures come about", max_length=20, choices=Origin, default=Origin.ENTERED
    )
    source = FreeText("where the figures come from", max_length=500)
    first_day = models.DateField("first period")
    # Nobody was asked for a figure before; none: it was read from its first period on.
    added_on = models.DateField("asked for since", null=True, blank=True)
    ended_on = models.DateField("ended with the period before", null=True, blank=True)
    end_waits = models.BooleanField("its end waits to be confirmed", default=False)
    # Since figures are read from it, until that is confirmed: itself, or its agencies, targets and baselines.
    changed_on = models.DateField("changed on", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="change confirmed by"
    )

    # Under which a reading was taken: a change of these is a new definition.
    DEFINED_BY = ("definition", "numerator", "denominator", "unit", "source")
    # What readings have to keep to; it stays once there is one.
    FIXED_BY_READINGS = ("frequency", "by_agency", "origin", "better")
    # It changes with a target, from a period on: what was read before is judged as it was.
    CHANGED_BY_TARGETS = ("tolerance", "days_to_supply")
    # How a register is counted. Of two ways the one would give away small counts that the other hides.
    COUNTED_BY = ("frequency", "by_agency", "is_share")

    # What it was before it was moved back, while nobody else has confirmed that: it may be put right.
    confirmed_first_day = date.min

    objects = MeasureQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    form_labels = {"first_day": "First period", "ended_on": "No longer read from"}
    history = History()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=models.F("first_day")),
                name="a_measure_ends_after_it_began",
            )
        ]

    def __str__(self) -> str:
        return name_of(self)

    def concerns(self) -> dict[str, Any]:
        return {"group": self.group_id}

    def get_absolute_url(self) -> str:
        return reverse("measure_detail", args=[self.pk])

    def clean(self) -> None:
        if self.first_day and self.frequency:
            self.first_day = Period.holding(self.first_day, self.frequency).first_day
            if self.ended_on:
                self.ended_on = Period.holding(self.ended_on, self.frequency).first_day
        if self.ended_on and self.first_day and self.ended_on < self.first_day:
            raise ValidationError({"ended_on": "The end is before the first period."})
        if self._state.adding or self.as_read["name"] != self.name:
            others = Measure.objects.filter(group=self.group_id).exclude(pk=self.pk)
            names = others.not_ended_by(clock.today()).values_list("name", flat=True)
            if folded_words(self.name) in map(folded_words, names):
                raise ValidationError({"name": "This group has a measure of this name already."})
        self.check_values()
        self.check_origin()
        if self.has_readings:
            self.check_readings_hold()
        if self.origin != Origin.ENTERED:
            self.check_register_is_counted_one_way()

    @property
    def has_readings(self) -> bool:
        """Whether some are on record, or are worked out of a register."""
        if not self.pk:
            return False
        origin = self.as_read["origin"]
        if origin in REGISTERS:
            return bool(getattr(self.group, REGISTERS[origin]).exists())
        return origin == Origin.SUPPLIED or self.readings.exists()

    def check_values(self) -> None:
        """Raises ValidationError where a value in its smallest unit can be none of it."""
        if self.is_share and self.tolerance > TENTHS:
            raise ValidationError({"tolerance": OF_A_SHARE})
        if self.is_share and (number_of(self.baseline) or 0) > TENTHS:
            raise ValidationError({"baseline": OF_A_SHARE})
        if self.days_to_supply > MOST_DAYS:
            raise ValidationError({"days_to_supply": f"Figures are due within {MOST_DAYS} days."})

    def check_origin(self) -> None:
        """Raises ValidationError where it cannot be worked out of its register as what it is."""
        counted = Origin(self.origin).label
        if self.origin == Origin.ESCALATIONS and self.is_share:
            raise ValidationError({"denominator": f"“{counted}” is a number, and no share."})
        if self.origin == Origin.IMPACT and self.by_agency:
            raise ValidationError({"by_agency": f"“{counted}” has one figure for all agencies together."})

    def check_readings_hold(self) -> None:
        """Raises ValidationError where readings on record would have no place in the measure any more."""
        for name in self.FIXED_BY_READINGS:
            if self.as_read.get(name, getattr(self, name)) != getattr(self, name):
                what = getattr(self._meta.get_field(name), "verbose_name", name)
                stays = f"It has readings already, so “{what}” stays: end it, and begin another measure."
                raise ValidationError({name: stays})
        for name in self.CHANGED_BY_TARGETS:
            if self.as_read.get(name, getattr(self, name)) != getattr(self, name):
                raise ValidationError({name: "It has readings already: set this with a new target."})
        if bool(self.denominator) != bool(self.as_read.get("denominator", self.denominator)):
            raise ValidationError({"denominator": "A share stays one, and so does a count: it has readings."})
        if self.first_day > max(self.as_read["first_day"], self.confirmed_first_day):
            raise ValidationError({"first_day": "Figures of earlier periods were asked for already."})
        if self.readings.filter(period__lt=self.first_day).exists():
            raise ValidationError({"first_day": "There are readings of earlier periods."})
        is_held_to = not self.end_waits or self.ended_on != self.as_read["ended_on"]
        if self.ended_on and is_held_to and self.readings.filter(period__gte=self.ended_on).exists():
            raise ValidationError({"ended_on": "There are readings of later periods."})

    def check_register_is_counted_one_way(self) -> None:
        """Raises ValidationError where another measure counts the same register otherwise in some period."""
        for other in Measure.objects.filter(group=self.group_id, origin=self.origin).exclude(pk=self.pk):
            ends = min(self.ends_on or date.max, other.ends_on or date.max)
            differs = any(getattr(self, name) != getattr(other, name) for name in self.COUNTED_BY)
            if differs and max(self.first_day, other.first_day) < ends:
                raise ValidationError(
                    f"“{other}” is worked out from the same register, in another way. Small numbers could be "
                    "worked out from the two together. Choose what that one has, or end that one first."
                )

    def mark_changed(self) -> None:
        """Somebody else has to confirm it: see subgroups/measure_changes.py."""
        self.changed_on, self.confirmed_by = self.changed_on or clock.today(), None
        if self.ended_on != self.as_read["ended_on"]:
            self.end_waits = self.ended_on is not None

    @property
    def is_unconfirmed(self) -> bool:
        return self.changed_on is not None

    @property
    def is_share(self) -> bool:
        return bool(self.denominator)

    # What requests ask of an action, they ask of a measure, too.
    plan = None
    is_frozen = False
    due = None
    priority = ""
    priority_in_words = "Measure"
    ref = text = ""

    @property
    def title(self) -> str:
        return self.definition

    def has_ended_by(self, day: date) -> bool:
        """Whether the period after its last one was over on this day: by then its last figure was due."""
        return self.ends_on is not None and Period.holding(self.ends_on, self.frequency).last_day <= day

    @property
    def ends_on(self) -> date | None:
        """Until somebody else has confirmed its end, it is read on."""
        return None if self.end_waits else self.ended_on

    @property
    def is_read(self) -> bool:
        return not self.has_ended_by(clock.today() - timedelta(days=1))

    is_open = is_read

    def is_answered_for_by(self, group: Group) -> bool:
        """Whether it is the group's own, or one that it acts for, or whose chair supplies it."""
        supplied_by = {post.group_id for post in self.lead_posts if post.role in CHAIRS}
        return group.pk in supplied_by | self.group.answering_keys

    @property
    def lead_posts(self) -> list[Post]:
        return [self.supplied_by] if self.supplied_by else []

    @property
    def first_period(self) -> Period:
        return Period.holding(self.first_day, self.frequency)

    @property
    def period_running(self) -> Period:
        return Period.holding(clock.today(), self.frequency)

    def period(self, day: date) -> Period | None:
        """The period of this day; None if the measure was not read then."""
        period = Period.holding(day, self.frequency)
        begun = self.first_day <= period.first_day
        return period if begun and (not self.ends_on or period.first_day < self.ends_on) else None

    def last_ended_period(self, day: date) -> Period | None:
        """The last period of it that was over on this day."""
        last = Period.holding(day, self.frequency).before()
        if self.ends_on:
            last = min(last, Period.holding(self.ends_on, self.frequency).before())
        return last if last.first_day >= self.first_day else None

    def due_on(self, period: Period) -> date:
        asked = max(period.last_day, self.added_on or period.last_day)
        due = asked + timedelta(days=self.held_to(period, "days_to_supply"))
        return max(due, period.last_day + IMPACT_BY) if self.origin == Origin.IMPACT else due

    def tolerance_of(self, period: Period) -> int:
        return self.held_to(period, "tolerance")

    def held_to(self, period: Period, name: str) -> int:
        """What the targets up to this period say of it last, or else the measure itself."""
        said = [getattr(one, name) for one in self.targets.all() if one.period <= period.first_day]
        return next((value for value in reversed(said) if value is not None), getattr(self, name))

    def value(self, numerator: int, denominator: int | None) -> Fraction | None:
        """In the smallest unit; None for a share of nothing."""
        if not self.is_share:
            return Fraction(numerator)
        return Fraction(numerator * TENTHS, denominator) if denominator else None

    def in_words(self, value: Fraction | int) -> str:
        """62.5% of a share, else the number with its unit."""
        if self.is_share:
            tenths = rounded(value)
            return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}%"
        return f"{rounded(value):,} {self.unit}".strip()

    @property
    def tolerance_in_words(self) -> str:
        return self.difference_in_words(self.tolerance)

    @property
    def baseline_in_words(self) -> str:
        value = number_of(self.baseline)
        return self.baseline if value is None else self.in_words(value)

    def difference_in_words(self, value: Fraction | int) -> str:
        """2.5 percentage points, or the number with its unit."""
        if self.is_share:
            return f"{self.in_words(value).removesuffix('%')} percentage points"
        return self.in_words(value)

    def agencies_on(self, day: date) -> list[Partner]:
        """The partners of that day that have a figure each, in the order of the form."""
        named = [one.partner.successor_on(day) for one in self.agencies.all() if one.holds_on(day)]
        return list(dict.fromkeys(partner for partner in named if partner.holds_on(day)))


def rounded(value: Fraction | int) -> int:
    """The nearest whole number, a half away from nought, as printed tables have it."""
    number = abs(Fraction(value))
    whole = (number.numerator * 2 + number.denominator) // (number.denominator * 2)
    return -whole if value < 0 else whole
