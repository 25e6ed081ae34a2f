"""The partners, and who takes whose place from which day."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models

from gscp.dates import day
from gscp.record import History
from subgroups.models.base import Dated, DatedQuerySet, Named, NamedQuerySet


class PartnerQuerySet(NamedQuerySet, DatedQuerySet):
    def with_partner_of(self, rows):
        """These rows, each with its partner and that one's line of succession: one query, however many."""
        partners = {partner.pk: partner for partner in self.in_line()}
        for row in rows:
            row.partner = partners.get(row.partner_id)
        return rows

    def in_line(self) -> list[Partner]:
        """All of these, each linked to its successor: one query, however long the lines."""
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

    objects = PartnerQuerySet.as_manager()  # type: ignore[assignment] # a narrower manager than the base's
    history = History()

    class Meta:
        ordering = ["name"]

    @classmethod
    def are_quorate(cls, present: list[Partner]) -> bool:
        return {partner.kind for partner in present} >= cls.SAFEGUARDING

    def successor_on(self, day: date) -> Partner:
        """The partner that stands in this one's place on this day: succession rewrites no row."""
        partner = self
        while partner.succeeded_by and partner.ended_on and partner.ended_on <= day:
            partner = partner.succeeded_by
        return partner

    def be_succeeded_by(self, successor: Partner, on: date) -> None:
        """From this day on, the successor stands in this one's place: a new partner, or one there is.

        Raises:
            ValidationError: it has a successor already, or this one cannot be it from that day on.
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
        self.set_succession(successor, on)

    def set_succession(self, successor: Partner, on: date) -> None:
        """Settle the day of the succession; what began with it begins on that day.

        Raises:
            ValidationError: one of the two is no partner on that day.
        """
        if on <= self.started_on:
            raise ValidationError(f"{self} itself began on {day(self.started_on)}: give a later date.")
        if successor.started_on == self.ended_on:
            others = successor.predecessors.exclude(pk=self.pk)
            successor.started_on = min([on, *(other.ended_on for other in others if other.ended_on)])
        if on < successor.started_on or (successor.ended_on and on >= successor.ended_on):
            raise ValidationError(f"{successor} is no partner on {day(on)}.")
        successor.save()
        self.succeeded_by, self.ended_on = successor, on
        self.save()
        self.check_one_of_its_kind()
        successor.check_one_of_its_kind()

    def check_one_of_its_kind(self) -> None:
        """Raises ValidationError where two would be the council, the police or the health partner at once."""
        others = Partner.objects.filter(kind=self.kind).exclude(pk=self.pk)
        others = others.exclude(ended_on__lte=self.started_on)
        if self.ended_on:
            others = others.filter(started_on__lt=self.ended_on)
        if self.kind in self.SAFEGUARDING and (other := others.first()):
            raise ValidationError(
                f"{other} is the {self.get_kind_display().lower()} partner at that time, and there is one: "
                "record who succeeds it, or choose “Other”."
            )
