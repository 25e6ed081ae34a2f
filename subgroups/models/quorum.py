"""How many of which partners a meeting of a group needs.

A part of a quorum is never edited. From a day on another takes its place, so a meeting is judged by the
parts of its own day, whatever the rule became later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.humanize.templatetags.humanize import apnumber
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import get_text_list

from gscp.dates import day_in_words
from gscp.record import History, Tracked
from gscp.words import lower_first
from subgroups.models.base import Dated
from subgroups.models.groups import Group
from subgroups.models.partners import Partner

Part = tuple[int, Sequence[Partner]]  # at least so many of these partners


@dataclass(frozen=True)
class Shortfall:
    """A part of a quorum that a meeting missed. `partners` are those it names, as they were on that day."""

    at_least: int
    partners: list[Partner]
    missing: list[Partner]

    def __str__(self) -> str:
        absent = list(dict.fromkeys(map(str, self.missing)))
        was_not = f"{get_text_list(absent, 'and')} {'was' if len(absent) == 1 else 'were'} not"
        if self.at_least == len(self.partners):
            return f"{was_not} present"
        came = len(self.partners) - len(self.missing)
        return (
            f"{of_how_many(self.at_least, self.partners)} {'is' if self.at_least == 1 else 'are'} needed, "
            f"{apnumber(came) if came else 'none'} {'was' if came < 2 else 'were'} present: {was_not}"
        )


def of_how_many(at_least: int, partners: Collection[Partner]) -> str:
    """For example: two of the three education partners."""
    kinds = {partner.get_kind_display().lower() for partner in partners}
    kind = f"{kinds.pop()} " if len(kinds) == 1 else ""
    return f"{apnumber(at_least)} of the {apnumber(len(partners))} {kind}partners"


class QuorumPart(Dated):
    """At least so many of the partners it names."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="quorum_parts")
    at_least = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()

    form_labels = {"ended_on": "No longer the rule from"}
    part_of = ("group",)
    history = History()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "part of a quorum"

    def __str__(self) -> str:
        return f"Quorum of the {self.group}, part {self.position}"

    def partners_on(self, day: date) -> list[Partner]:
        """The partners it names, each as the one that has its place on that day; merged ones are one."""
        return list(dict.fromkeys(named.partner.successor_on(day) for named in self.named.all()))

    def needed_of(self, partners: Collection[Partner]) -> int:
        return min(self.at_least, len(partners))

    def shortfall(self, present: Collection[Partner], day: date) -> Shortfall | None:
        partners = self.partners_on(day)
        missing = [partner for partner in partners if partner not in present]
        came = len(partners) - len(missing)
        needed = self.needed_of(partners)
        return Shortfall(needed, partners, missing) if came < needed else None

    def in_words(self, day: date) -> str:
        partners = self.partners_on(day)
        needed = self.needed_of(partners)
        names = get_text_list(list(map(str, partners)), "or" if needed == 1 else "and")
        return names if needed == len(partners) else f"{apnumber(needed)} of {names}"

    @classmethod
    def set_rule(cls, group: Group, parts: Sequence[Part], on: date) -> None:
        """From this day on these parts are the group's quorum, and the earlier ones are not.

        Raises:
            ValidationError: a part cannot be, or the group met on that day or later.
        """
        wanted = [(at_least, as_named(at_least, partners, on)) for at_least, partners in parts]
        not_ended = list(group.quorum_parts.not_cancelled().exclude(ended_on__lte=on))
        goes_on = [part for part in not_ended if part.started_on <= on and part.ended_on is None]
        if not_ended == goes_on and wanted == [
            (part.at_least, sorted_by_name(part.partners_on(on))) for part in goes_on
        ]:
            return
        attended = group.meetings.filter(called_off=False).exclude(attendances=None)
        if met := attended.filter(date__gte=on).order_by("date").last():
            raise ValidationError(
                {"on": f"The {group} met on {day_in_words(met.date)} by the rule of then: give a later day."}
            )
        for part in not_ended:
            part.ended_on = max(on, part.started_on)
            part.save()
        for position, (at_least, partners) in enumerate(wanted, start=1):
            part = cls(group=group, at_least=at_least, position=position, started_on=on)
            part.save()
            for partner in partners:
                QuorumPartner(part=part, partner=partner).save()


def sorted_by_name(partners: Iterable[Partner]) -> list[Partner]:
    return sorted(partners, key=str)


def as_named(at_least: int, partners: Iterable[Partner], on: date) -> list[Partner]:
    """The partners that a part is to name, as on that day.

    Raises:
        ValidationError: it asks for none or for more than it names, or names one twice.
    """
    named = sorted_by_name(partner.successor_on(on) for partner in partners)
    if len(set(named)) < len(named):
        raise ValidationError("A part of a quorum names each partner once.")
    if not 1 <= at_least <= len(named):
        raise ValidationError(f"Of {len(named)} partners that are named, {at_least} cannot be needed.")
    return named


class QuorumPartner(Tracked):
    """A partner that a part of a quorum names. It counts through its successors."""

    part = models.ForeignKey(QuorumPart, models.PROTECT, related_name="named")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")

    part_of = ("part",)
    history = History()

    class Meta:
        ordering = ["pk"]
        verbose_name = "partner of a quorum"
        constraints = [
            models.UniqueConstraint(fields=["part", "partner"], name="a_part_names_a_partner_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner}, in the {lower_first(str(self.part))}"
