"""What groups keep a register of: audits, training and its impact, checks of training, escalations.

The plan's own measures are worked out from these (subgroups/worked_out.py). There are counts in them alone,
never a case. Each count of people or cases is a Figure, since a small one can point at a child.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from gscp import clock
from gscp.dates import day_in_words
from gscp.record import Figure, FreeText, History, Tracked, history_of, number_of, typed_or
from subgroups.models.groups import Group
from subgroups.models.measures import IMPACT_BY, TENTHS, rounded
from subgroups.models.partners import Partner
from subgroups.models.posts import User
from subgroups.periods import Frequency, Period

IMPACT_AFTER = timedelta(weeks=6)  # of training: its impact is asked about again


def is_more(figure: str, whole: str) -> bool:
    """Whether it is more than the other one; not so where one of the two is missing."""
    count, most = number_of(figure), number_of(whole)
    return count is not None and most is not None and count > most


class OfGroup(Tracked):
    """A line of a group's register."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="%(class)ss", verbose_name="Group")

    class Meta:
        abstract = True

    def concerns(self) -> dict[str, Any]:
        return {"group": self.group_id}

    def get_absolute_url(self) -> str:
        return reverse("register", args=[self.group.slug])


class WithNumbers(OfGroup):
    """A line of which somebody else confirms what was typed. Measures are worked out from its numbers.

    Of several who typed some of it each confirms what the others did: until the last it is confirmed in part.
    """

    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="numbers confirmed by"
    )
    part_confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="confirmed in part by"
    )

    class Meta:
        abstract = True

    @property
    def has_numbers(self) -> bool:
        """Whether there is anything in it to confirm."""
        return True


class Audit(WithNumbers):
    """An audit of the programme: planned, and once it is done what it found by agency."""

    focus = FreeText(max_length=500)
    planned_for = models.DateField("planned for")
    done_on = models.DateField("done on", null=True, blank=True)
    sample_size = Figure("cases looked at", blank=True)
    findings = FreeText(blank=True)
    re_audit_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="re_audits", verbose_name="audits again"
    )

    history = History()

    class Meta:
        ordering = ["-planned_for", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on__isnull=False) | Q(sample_size="", findings=""),
                name="an_audit_finds_something_once_done",
            )
        ]

    def __str__(self) -> str:
        return typed_or(f"Audit: {self.focus}", f"Audit planned for {day_in_words(self.planned_for)}")

    def clean(self) -> None:
        if self.done_on and self.done_on > clock.today():
            raise ValidationError({"done_on": "That day is still to come."})
        if self.re_audit_of_id and self.re_audit_of_id == self.pk:
            raise ValidationError({"re_audit_of": "It cannot audit itself again."})
        if not self.done_on and (self.sample_size or self.findings):
            raise ValidationError({"done_on": "Say when it was done, or leave the rest empty."})
        if self.done_on and self.sample_size in ("", "0"):
            raise ValidationError({"sample_size": "Say how many cases were looked at."})

    @property
    def is_late(self) -> bool:
        return self.done_on is None and self.planned_for < clock.today()


class AuditResult(Tracked):
    """How many decisions of an agency an audit found right, and how many wrong."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="results")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name="agency")
    right = Figure("right")
    wrong = Figure("wrong")

    part_of = ("audit",)
    history = History()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["audit", "partner"], name="one_result_of_an_agency")]

    def __str__(self) -> str:
        return f"{self.audit}, {self.partner}"

    def clean(self) -> None:
        figures = (self.audit.sample_size or "0", self.right, self.wrong)
        sample, right, wrong = map(number_of, figures)
        if sample is None or right is None or wrong is None:
            return
        if right + wrong > sample:
            raise ValidationError(
                {"right": f"Right and wrong are more than the {sample} that were looked at."}
            )

    @property
    def share(self) -> str:
        """What was right of all that was looked at, for example 70.8%; "" of nothing, or without a number."""
        right, wrong = number_of(self.right), number_of(self.wrong)
        whole = None if right is None or wrong is None else right + wrong
        return f"{rounded(Fraction(right * TENTHS, whole)) / 10:.1f}%" if right is not None and whole else ""


class TrainingEvent(WithNumbers):
    """A training event; six to eight weeks after it who attended is asked what difference it made."""

    title = FreeText(max_length=300)
    held_on = models.DateField("held on")
    impact_asked = Figure("asked about impact", blank=True)
    impact_shown = Figure("who could show impact", blank=True)
    impact_said = FreeText("what was said of impact", blank=True)
    impact_on = models.DateField("impact asked about on", null=True, blank=True)

    history = History()

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(impact_on=None, impact_asked="", impact_shown="", impact_said="")
                | (Q(impact_on__isnull=False) & ~Q(impact_asked="") & ~Q(impact_shown="")),
                name="impact_is_asked_of_somebody",
            )
        ]

    def __str__(self) -> str:
        return typed_or(f"Training: {self.title}", f"Training of {day_in_words(self.held_on)}")

    def clean(self) -> None:
        if self.impact_on and self.impact_on < self.held_on:
            raise ValidationError({"impact_on": "That is before the training was held."})
        if self.impact_on and self.impact_on > clock.today():
            raise ValidationError({"impact_on": "That day is still to come."})
        if is_more(self.impact_shown, self.impact_asked):
            raise ValidationError({"impact_shown": "Those are more than were asked."})

    @property
    def attended(self) -> int | None:
        """How many did, of all agencies together; None where one has not said yet."""
        numbers = [number_of(row.attended) for row in self.places.all()] if self.pk else []
        return self.attended_at_least if numbers and None not in numbers else None

    @property
    def attended_at_least(self) -> int:
        """The same, of those agencies that have said."""
        return sum(number_of(row.attended) or 0 for row in self.places.all()) if self.pk else 0

    @property
    def has_numbers(self) -> bool:
        return self.impact_on is not None or bool(self.places.all())

    @property
    def impact_from(self) -> date:
        return self.held_on + IMPACT_AFTER

    @property
    def impact_by(self) -> date:
        return self.held_on + IMPACT_BY

    @property
    def impact_is_asked(self) -> bool:
        """Whether it was; of nobody, as of training called off, where somebody attended, is not."""
        return self.impact_on is not None and not (self.impact_asked == "0" and self.attended_at_least)

    @property
    def impact_is_told(self) -> bool:
        """Whether it was told, or can be by now."""
        return self.impact_is_asked or self.impact_is_due

    @property
    def impact_is_due(self) -> bool:
        return self.impact_from <= clock.today() and not self.impact_is_asked

    @property
    def impact_was_late(self) -> bool:
        return self.impact_is_asked and self.impact_on is not None and self.impact_on > self.impact_by

    @property
    def impact_is_late(self) -> bool:
        return self.impact_by < clock.today() and not self.impact_is_asked


class TrainingPlaces(Tracked):
    """The places of an agency at a training event."""

    event = models.ForeignKey(TrainingEvent, models.PROTECT, related_name="places")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name="agency")
    offered = Figure("offered")
    booked = Figure("booked")
    attended = Figure("attended", blank=True)

    part_of = ("event",)
    history = History()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["event", "partner"], name="places_of_an_agency_once")]

    def __str__(self) -> str:
        return f"{self.event}, {self.partner}"

    def clean(self) -> None:
        if is_more(self.booked, self.offered):
            raise ValidationError({"booked": "More are booked than were offered."})
        if is_more(self.attended, self.booked):
            raise ValidationError({"attended": "More attended than had booked."})
        if self.attended and self.event.held_on > clock.today():
            raise ValidationError({"attended": "The training is still to come."})

    @property
    def not_attended(self) -> int | None:
        booked, attended = number_of(self.booked), number_of(self.attended)
        return None if booked is None or attended is None else booked - attended


class TrainingCheck(WithNumbers):
    """A check of the quality of training, of one agency's own or of all together."""

    class Result(models.TextChoices):
        MEETS = "meets", "Meets the standard"
        PARTLY = "partly", "Meets it in part"
        NOT = "not", "Does not meet it"

    training = FreeText("what was checked", max_length=300)
    partner = models.ForeignKey(
        Partner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="agency whose own it is",
    )
    checked_on = models.DateField("checked on")
    result = models.CharField(max_length=10, choices=Result)
    found = FreeText("what was found")

    history = History()

    class Meta:
        ordering = ["-checked_on", "-pk"]

    def __str__(self) -> str:
        return typed_or(f"Check of training: {self.training}", f"Check of {day_in_words(self.checked_on)}")

    def clean(self) -> None:
        if self.checked_on and self.checked_on > clock.today():
            raise ValidationError({"checked_on": "That day is still to come."})


class Escalations(WithNumbers):
    """How many escalations of a stage, theme and pair of agencies were settled in a month: counts alone."""

    class Stage(models.TextChoices):
        FIRST = "first", "Between practitioners"
        SECOND = "second", "Between managers"
        THIRD = "third", "Between senior managers"
        FOURTH = "fourth", "With the group"

    group = models.ForeignKey(Group, models.PROTECT, related_name="escalations", verbose_name="Group")
    month = models.DateField()  # its first day
    stage = models.CharField(max_length=10, choices=Stage)
    theme = FreeText(max_length=200)
    raised_by = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name="raised by")
    raised_with = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name="raised with")
    count = Figure("how many")
    days = Figure("days taken, of all together")

    history = History()

    class Meta:
        ordering = ["-month", "-pk"]

    def __str__(self) -> str:
        return typed_or(f"Escalations: {self.theme}", f"Escalations of {Period(self.month, Frequency.MONTH)}")

    def clean(self) -> None:
        if self.month and self.month > clock.today():
            raise ValidationError({"month": "That month is still to come."})
        if self.raised_by_id and self.raised_by_id == self.raised_with_id:
            raise ValidationError({"raised_with": "An agency does not escalate to itself."})
        if self.count == "0" and self._state.adding:
            raise ValidationError({"count": "Enter a number from 1 on, or leave the line out."})


def were_done() -> models.QuerySet[Any]:
    """The keys of the audits of which it was on record that they were done."""
    done = history_of(Audit)._base_manager.filter(done_on__isnull=False)
    return done.order_by().values_list("id", flat=True)


def unconfirmed(model: type[WithNumbers], **of: Any) -> models.QuerySet[Any]:
    """The lines of a model with numbers that nobody has confirmed yet; `of` narrows them down."""
    has_numbers = {
        # Also one that was done, and of which somebody said since that it was not.
        Audit: Q(done_on__isnull=False) | Q(pk__in=were_done()),
        TrainingEvent: Q(impact_on__isnull=False) | Q(pk__in=TrainingPlaces.objects.values("event")),
        TrainingCheck: Q(),
        Escalations: Q(),
    }
    return model._default_manager.filter(has_numbers[model], confirmed_by=None, **of)


def unconfirmed_lines(**of: Any) -> list[models.QuerySet[Any]]:
    """By model, those lines."""
    return [unconfirmed(model, **of) for model in (Audit, TrainingEvent, TrainingCheck, Escalations)]
