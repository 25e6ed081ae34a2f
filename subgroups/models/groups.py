"""The groups of the partnership, and whom each reports to."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Max, Min, Q

from gscp import clock
from gscp.dates import day_in_words
from gscp.facts import fact_of
from gscp.record import History
from subgroups.models.base import Named, NamedQuerySet, holds_on, last_day


class GroupQuerySet(NamedQuerySet["Group"]):
    def in_place_on(self, day: date) -> Self:
        return self.filter(established_on__lte=day).exclude(ended_on__lte=day)

    def top(self) -> Group | None:
        """The one group that reports to none; None before a partnership is on record."""
        return self.filter(reports_to=None).first()

    def with_lines(self) -> list[Group]:
        """All of these, from the top down, each with the groups above it read: one query, however many.

        Of groups that are left out of the queryset the line is read when it is asked for.
        """
        groups = {group.pk: group for group in self}
        for group in groups.values():
            if group.reports_to_id in groups:
                group.reports_to = groups[group.reports_to_id]
        return sorted(groups.values(), key=lambda group: (len(group.line), group.name))


class Group(Named):
    """A group of the partnership: one that decides, as an executive or a board, or a subgroup that reports.

    Levels are data. Who decides what follows from `reports_to` and `takes_decisions` alone.
    """

    slug = models.SlugField(unique=True)
    reports_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reporting")
    takes_decisions = models.BooleanField("takes decisions", default=False)
    accepts_high = models.BooleanField("accepts completion of High priority", default=False)
    established_on = models.DateField("In place since", null=True, blank=True)
    ended_on = models.DateField("Ended on", null=True, blank=True)  # the first day on which it is gone
    chair_may_proceed = models.BooleanField("its chair may go on without a quorum", default=False)

    objects = GroupQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager than the base's
    form_labels = {**Named.form_labels, "ended_on": "No longer in place from"}
    history = History()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reports_to__isnull=False)
                | Q(takes_decisions=True, established_on__isnull=False, ended_on=None),
                name="the_top_group_decides_and_is_in_place",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gt=F("established_on")),
                name="a_group_ends_after_it_began",
            ),
        ]

    def concerns(self) -> dict[str, Any]:
        return {"group": self.pk}

    def clean(self) -> None:
        super().clean()
        if self.pk and self in self.line[1:]:
            raise ValidationError(
                {"reports_to": "A group cannot report to itself, nor to one that reports to it."}
            )
        # A form leaves constraints about fields left empty to this.
        if self.reports_to_id is None and not self.decides():
            raise ValidationError("The group above all others takes decisions and is in place.")
        if self.accepts_high and not self.takes_decisions:
            raise ValidationError({"accepts_high": "Only a group that takes decisions accepts completion."})
        if self.ended_on and not (self.established_on and self.established_on < self.ended_on):
            raise ValidationError({"ended_on": "The end is not after the day on which it came into place."})
        if self.ended_on and self.ended_on > clock.today():
            raise ValidationError(
                {"ended_on": "Record the end on its day or later: until then it decides what is before it."}
            )

    def check_days_of_meetings(self) -> None:
        """Raises ValidationError where it would not have been in place when it met."""
        met = (
            self.meetings.filter(called_off=False)
            .exclude(attendances=None)
            .aggregate(first=Min("date"), last=Max("date"))
        )
        if met["first"] and (self.established_on is None or met["first"] < self.established_on):
            raise ValidationError({"established_on": f"It met before, on {day_in_words(met['first'])}."})
        if met["last"] and self.ended_on and met["last"] >= self.ended_on:
            raise ValidationError({"ended_on": f"It met on {day_in_words(met['last'])}: give a later day."})

    def save(self, **kwargs: Any) -> None:
        """Save it; if it is to be above all others, the one that was reports to it from then on.

        Raises: what Named.save() does.
        """
        tops = list(type(self).objects.filter(reports_to=None).exclude(pk=self.pk)) if self.is_top else []
        super().save(**kwargs)
        for top in tops:
            top.reports_to = self
            top.save()

    @property
    def line(self) -> list[Group]:
        """This group and those above it, the nearest first."""
        line = [self]
        while (above := line[-1].above) and above not in line:  # `clean` refuses a circle
            line.append(above)
        return [*line, above] if above else line

    @property
    def above(self) -> Group | None:
        # With the whole line above it read: one query for any number of levels.
        if self.reports_to_id and not type(self).reports_to.is_cached(self):
            self.reports_to = groups_by_key()[self.reports_to_id]
        return self.reports_to

    @property
    def is_top(self) -> bool:
        return self.reports_to_id is None

    def is_in_place(self, day: date | None = None) -> bool:
        return holds_on(self.established_on, self.ended_on, day or clock.today())

    @property
    def last_day(self) -> date | None:
        return last_day(self.ended_on)

    def decides(self) -> bool:
        return self.takes_decisions and self.is_in_place()

    def quorum_on(self, day: date) -> list[Any]:
        """The parts of its quorum (QuorumPart) that hold on this day."""
        return [part for part in self.quorum_parts.all() if part.holds_on(day)]

    @property
    def quorum_rule_in_words(self) -> list[str]:
        today = clock.today()
        return [part.in_words(today) for part in self.quorum_on(today)]

    def acting_group(self, day: date | None = None) -> Group:
        """The group whose chair acts for this one: itself or, while it is not in place, the next above."""
        if self.is_in_place(day):
            return self  # without reading those above it
        return next((group for group in self.line if group.is_in_place(day)), self.line[-1])

    @property
    def answering_keys(self) -> set[int]:
        # Of the groups that answer for its actions: itself, and the one that acts for it.
        return {self.pk, self.acting_group().pk}

    @property
    def why_another_acts(self) -> str:
        """For example “is not in place yet”; "" while it is in place."""
        if self.is_in_place():
            return ""
        if self.ended_on:
            return f"had its last day on {day_in_words(self.last_day)}"
        return "is not in place yet"

    def deciding_above(self) -> list[Group]:
        """The groups above this one that take decisions, the nearest first."""
        return [group for group in self.line[1:] if group.decides()]

    def decided_by(self) -> list[Group]:
        """The groups that decide about its actions, the nearest first: of the top group, itself."""
        return self.deciding_above() or [self]

    def reported_to(self) -> Group:
        """The group for whose meetings its actions are reported: the first that decides, at or above it."""
        return next((group for group in self.line if group.decides()), self.line[-1])


@fact_of("subgroups.group")
def groups_by_key() -> dict[int, Group]:
    return {group.pk: group for group in Group.objects.with_lines()}
