"""Readings: what a measure came to in a period, of each agency or of all."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from gscp import clock
from gscp.record import TOMBSTONE, Figure, FreeText, History, Tracked, TrackedQuerySet
from subgroups.models.measures import Measure
from subgroups.models.partners import Partner
from subgroups.models.posts import User
from subgroups.periods import Period
from subgroups.small import is_small


class Answer(models.TextChoices):
    FIGURE = "figure", "A figure"
    NOT_SUPPLIED = "not_supplied", "Not supplied"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class ReadingQuerySet(TrackedQuerySet["Reading"]):
    def standing(self) -> Self:
        """Those that no correction replaces."""
        return self.filter(corrected_by=None)

    def unconfirmed(self) -> Self:
        unconfirmed = self.standing().filter(confirmed_by=None)
        return unconfirmed.select_related("measure__group", "partner", "entered_by", "corrects__measure")


class Reading(Tracked):
    """What was entered for one period, and for one agency where the measure has figures by agency.

    Never edited: a second one for the period is a correction, which points to the one that it replaces.
    Somebody else than who entered it confirms it.
    """

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="readings")
    partner = models.ForeignKey(Partner, models.PROTECT, null=True, blank=True, related_name="+")
    period = models.DateField("period")  # its first day
    answer = models.CharField(max_length=20, choices=Answer)
    numerator = Figure(blank=True)
    denominator = Figure(blank=True)
    commentary = FreeText(blank=True, max_length=2000)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="corrects"
    )
    what_was_wrong = FreeText(blank=True, max_length=2000)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    # Of one that was put together: what was entered for the agencies that have one successor now.
    parts: tuple[Reading, ...] = ()
    # Of one that is worked out from a register, and what its confirmed lines come to.
    has_unconfirmed_lines = False
    of_confirmed_lines: Reading | None = None

    objects = ReadingQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("measure",)
    fixed = ("partner",)
    history = History()

    class Meta:
        ordering = ["period", "pk"]
        indexes = [models.Index(fields=["measure", "period"], name="readings_of_a_measure")]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "partner", "period"],
                condition=Q(corrects=None, partner__isnull=False),
                name="one_first_reading_of_an_agency",
            ),
            models.UniqueConstraint(
                fields=["measure", "period"],
                condition=Q(corrects=None, partner=None),
                name="one_first_reading_of_a_period",
            ),
            models.CheckConstraint(
                condition=(Q(answer=Answer.FIGURE) & ~Q(numerator=""))
                | (~Q(answer=Answer.FIGURE) & Q(numerator="", denominator="")),
                name="a_figure_is_a_number",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, what_was_wrong="")
                | (Q(corrects__isnull=False) & ~Q(what_was_wrong="")),
                name="a_corrected_reading_says_why",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("entered_by")),
                name="a_reading_is_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        of = f", {self.partner}" if self.partner else ""
        return f"{self.measure}, {self.its_period}{of}"

    def clean(self) -> None:
        measure = self.measure
        if measure.period(self.period) != self.its_period or self.period != self.its_period.first_day:
            raise ValidationError({"period": f"{measure} has no period that begins then."})
        if self.its_period.last_day >= clock.today():
            raise ValidationError({"period": f"{self.its_period} is not over yet."})
        # What was entered stays right, and can be confirmed and corrected, once the agency is taken out.
        is_first = self.pk is None and self.corrects_id is None
        if is_first and bool(self.partner_id) != measure.by_agency:
            raise ValidationError({"partner": "A total is worked out: each agency has a figure of its own."})
        if is_first and self.partner_id and self.partner not in measure.agencies_on(self.its_period.last_day):
            raise ValidationError(
                {"partner": f"{self.partner} has no figure of its own in {self.its_period}."}
            )
        if self.answer == Answer.FIGURE and self.numerator != TOMBSTONE and self.denominator != TOMBSTONE:
            self.check_figures()

    def check_figures(self) -> None:
        if not self.numerator:
            raise ValidationError({"numerator": "Enter a number, or say that none was supplied."})
        if bool(self.denominator) != self.measure.is_share:
            missing = f"Enter {self.measure.denominator}." if self.measure.is_share else "This is no share."
            raise ValidationError({"denominator": missing})
        if self.denominator and int(self.numerator) > int(self.denominator):
            raise ValidationError({"numerator": f"{self.numerator} is more than {self.denominator}."})

    @property
    def its_period(self) -> Period:
        return Period.holding(self.period, self.measure.frequency)

    @property
    def counts(self) -> tuple[int, int | None] | None:
        """Numerator and denominator; None where there is no figure, or one was taken out of the record."""
        if self.answer != Answer.FIGURE or TOMBSTONE in (self.numerator, self.denominator):
            return None
        return int(self.numerator), int(self.denominator) if self.denominator else None

    @property
    def value(self) -> Fraction | None:
        return self.measure.value(*self.counts) if self.counts else None

    @property
    def was_corrected(self) -> bool:
        return hasattr(self, "corrected_by")

    @property
    def in_words(self) -> str:
        """62.5% (10 of 16), 12 days, Not supplied; what stands where a figure was taken out of the record."""
        if self.counts is None:
            return TOMBSTONE if self.answer == Answer.FIGURE else str(self.get_answer_display())
        count, whole = self.counts
        if whole is None:
            return self.measure.in_words(count)
        of = f"{count:,} of {whole:,}"
        return of if self.value is None else f"{self.measure.in_words(self.value)} ({of})"

    def correct(self, reading: Reading, by: User, on_behalf: bool, **said: str) -> None:
        """Record a second reading in the place of this one; `said` has what was wrong and its commentary.

        Raises:
            ValidationError: this one was corrected already, or that one has no place in the measure.
        """
        if self.was_corrected:
            raise ValidationError(f"{self} was corrected already.")
        reading.corrects, reading.entered_by, reading.on_behalf = self, by, on_behalf
        reading.what_was_wrong, reading.commentary = said["what_was_wrong"], said["commentary"]
        reading.save()

    @property
    def is_small(self) -> bool:
        """Whether a count in it, or what is left of the whole, could point at a child."""
        if self.counts is None:
            return False
        numerator, denominator = self.counts
        left = [] if denominator is None else [denominator, denominator - numerator]
        return any(is_small(count) for count in (numerator, *left))

    @property
    def is_or_was_small(self) -> bool:
        """The same, or of what it replaces, or of one that it was put together from."""
        before = [self.corrects] if self.corrects else []
        was_taken_out = self.answer == Answer.FIGURE and self.counts is None  # nobody knows any more
        return self.is_small or was_taken_out or any(one.is_or_was_small for one in (*before, *self.parts))

    @property
    def is_unconfirmed(self) -> bool:
        # What is worked out is not saved.
        is_own = bool(self.pk and self.confirmed_by_id is None)
        return is_own or self.has_unconfirmed_lines or any(one.is_unconfirmed for one in self.parts)

    @property
    def last_confirmed(self) -> Reading | None:
        """It, or what it was before; None where nobody has confirmed any of it."""
        if not self.is_unconfirmed:
            return self
        before = self.corrects or self.of_confirmed_lines
        return before.last_confirmed if before else None

    @property
    def group(self) -> Any:
        return self.measure.group

    @property
    def lead_posts(self) -> list[Any]:
        return self.measure.lead_posts
