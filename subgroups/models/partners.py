"""The partners, and which partner succeeds which from which day."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models

from gscp.dates import day_in_words
from gscp.facts import fact_of
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
        COUNCIL = "council", "Council"
        POLICE = "police", "Police"
        HEALTH = "health", "Health"
        EDUCATION = "education", "Education"
        OTHER = "other", "Other"

    kind = models.CharField(max_length=10, choices=Kind)
    succeeded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = PartnerQuerySet.as_manager()  # type: ignore[assignment,misc]  # a narrower manager than the base's
    form_labels = {**Named.form_labels, "started_on": "From", "ended_on": "No longer a partner from"}
    history = History()

    class Meta:
        ordering = ["name"]

    def clean(self) -> None:
        super().clean()
        if self.succeeded_by:
            self.check_successor(self.succeeded_by)
        if self.pk:
            if self.predecessors.exclude(kind=self.kind).exists():
                raise ValidationError({"kind": "It stays of the kind of the partner that it succeeded."})
            self.check_days_of_attendance()

    def check_successor(self, successor: Partner) -> None:
        if successor.kind != self.kind:
            raise ValidationError(
                {"name": f"{successor} is of another kind: it cannot take the place of {self}."}
            )
        if successor.successor_on(date.max) == self:
            raise ValidationError({"name": f"{self} cannot take its own place."})

    def check_days_of_attendance(self) -> None:
        """Check that it was a partner whenever it was present at a meeting: a quorum may stand on that.

        Raises:
            ValidationError: it was present at another time. Or its succession is now later, and its
                successor was present in its place before.
        """
        present = self.attendances.filter(presence="present", meeting__called_off=False)
        at_another_time = [("started_on", present.filter(meeting__date__lt=self.started_on))]
        if self.ended_on:
            at_another_time += [("ended_on", present.filter(meeting__date__gte=self.ended_on))]
        if self.succeeded_by and self.ended_on and (ended_on := self.as_read.get("ended_on")):
            in_its_place = self.succeeded_by.attendances.filter(
                presence="present",
                meeting__called_off=False,
                meeting__date__gte=ended_on,
                meeting__date__lt=self.ended_on,
            )
            at_another_time += [("ended_on", in_its_place)]
        for field, attendances in at_another_time:
            if attendance := attendances.select_related("partner", "meeting__group").first():
                raise ValidationError(
                    {field: f"{attendance.partner} was present at the {attendance.meeting}."}
                )

    def successor_on(self, day: date) -> Partner:
        """The partner in this one's place on this day; rows that name a partner keep naming the first one."""
        partner, passed = self, {self.pk}
        while (
            partner.ended_on
            and partner.ended_on <= day
            and partner.succeeded_by
            and partner.succeeded_by_id not in passed
        ):
            partner = partner.succeeded_by
            passed.add(partner.pk)
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
        self.check_successor(successor)
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


@fact_of("subgroups.partner")
def partners_by_key() -> dict[int, Partner]:
    return {partner.pk: partner for partner in Partner.objects.with_successors()}
