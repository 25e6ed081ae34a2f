"""The partners, and which partner succeeds which from which day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models

from gscp.dates import day_in_words
from gscp.record import History
from subgroups.models.base import Dated, DatedQuerySet, Named, NamedQuerySet


class PartnerQuerySet(NamedQuerySet["Partner"], DatedQuerySet["Partner"]):  # type: ignore[override]  # two as_manager
    def with_successors(self) -> list[Partner]:
        """All of these, each with `succeeded_by` read. One query, however many successions there were."""
        partners: dict[int | None, Partner] = {partner.pk: partner for partner in self}
        for partner in partners.values():
            if partner.succeeded_by_id in partners:
                partner.succeeded_by = partners[partner.succeeded_by_id]
        return list(partners.values())


class Partner(Named, Dated):
    class Kind(models.TextChoices):
        COUNCIL = "council", "County council"
        POLICE = "police", "Police"
        HEALTH = "health", "Health"
        OTHER = "other", "Other"

    # The three safeguarding partners, with a shared and equal duty (Working Together 2018).
    SAFEGUARDING = {Kind.COUNCIL, Kind.POLICE, Kind.HEALTH}

    kind = models.CharField(max_length=10, choices=Kind)
    succeeded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = PartnerQuerySet.as_manager()  # type: ignore[assignment,misc]  # a narrower manager than the base's
    history = History()

    class Meta:
        ordering = ["name"]

    @classmethod
    def is_quorum(cls, present: Iterable[Partner]) -> bool:
        return {partner.kind for partner in present} >= cls.SAFEGUARDING

    def successor_on(self, day: date) -> Partner:
        """The partner in this one's place on this day; rows that name a partner keep naming the first one."""
        partner = self
        while partner.succeeded_by and partner.ended_on and partner.ended_on <= day:
            partner = partner.succeeded_by
        return partner

    def be_succeeded_by(self, successor: Partner, on: date) -> None:
        """Record that from this day a new or an existing partner takes the place of this one.

        Raises:
            ValidationError: it has a successor already, or that partner cannot succeed it on that day.
        """
        if self.succeeded_by:
            raise ValidationError(f"{self} has a successor already: {self.succeeded_by}.")
        if successor._state.adding:
            successor.kind, successor.started_on = self.kind, on
        if successor.kind != self.kind:
            raise ValidationError(
                {"name": f"{successor} is of another kind: it cannot take the place of {self}."}
            )
        if successor.successor_on(date.max) == self:
            raise ValidationError({"name": f"{self} cannot take its own place."})
        self.set_succession_date(successor, on)

    def set_succession_date(self, successor: Partner, on: date) -> None:
        """Record or correct the day of the succession.

        A successor that began on the day recorded so far begins on the new day, or on the earlier day
        on which it succeeded another partner.

        Raises:
            ValidationError: one of the two is not a partner on that day.
        """
        if on <= self.started_on:
            began_on = day_in_words(self.started_on)
            raise ValidationError(f"{self} itself began on {began_on}: give a later date.")
        if successor.started_on == self.ended_on:
            others = successor.predecessors.exclude(pk=self.pk)
            successor.started_on = min([on, *(other.ended_on for other in others if other.ended_on)])
        if on < successor.started_on or (successor.ended_on and on >= successor.ended_on):
            raise ValidationError(f"{successor} is no partner on {day_in_words(on)}.")
        successor.save()
        self.succeeded_by, self.ended_on = successor, on
        self.save()
        self.check_no_other_of_its_kind()
        successor.check_no_other_of_its_kind()

    def check_no_other_of_its_kind(self) -> None:
        """Raises ValidationError where there would be two council, police or health partners at once."""
        others = Partner.objects.filter(kind=self.kind).exclude(pk=self.pk)
        others = others.exclude(ended_on__lte=self.started_on)
        if self.ended_on:
            others = others.filter(started_on__lt=self.ended_on)
        if self.kind in self.SAFEGUARDING and (other := others.first()):
            raise ValidationError(
                f"{other} is the {self.get_kind_display().lower()} partner at that time, and there is one: "
                "record who succeeds it, or choose “Other”."
            )
