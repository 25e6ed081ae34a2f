"""What partners, bodies, posts and holdings have in common: names with spellings, first and last days."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F

from gscp.record import Tracked, TrackedQuerySet


class DatedQuerySet(TrackedQuerySet):
    def on(self, day: date):
        """Those that held on this day; `ended_on` is the first day on which it no longer does."""
        return self.filter(started_on__lte=day).exclude(ended_on__lte=day)

    def not_cancelled(self):
        """Without those called off before their first day was over."""
        return self.exclude(ended_on=F("started_on"))


class Dated(Tracked):
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def clean(self):
        super().clean()
        if self.ended_on and self.ended_on < self.started_on:
            raise ValidationError("The end is before the start.")


class NamedQuerySet(TrackedQuerySet):
    def get_by_spelling(self, name: str):
        """The one that is called this, in any of its spellings.

        Raises:
            DoesNotExist: nothing here is called so.
        """
        for row in self:
            if name.casefold() in map(str.casefold, row.spellings):
                return row
        raise self.model.DoesNotExist(f"No {self.model._meta.verbose_name} is called “{name}”.")


class Named(Tracked):
    """Something the published plan spells in several ways; `aliases` has one a line."""

    name = models.CharField(max_length=120, unique=True)
    aliases = models.TextField(blank=True)

    objects = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    @property
    def spellings(self) -> list[str]:
        return [self.name, *self.aliases.splitlines()]

    def save(self, **kwargs):
        """Save it under spellings that are nobody else's.

        Asked here, where one writer is at work, and not by forms: one that is sent again would
        find its own name taken.
        """
        others = type(self).objects.exclude(pk=self.pk)
        taken = {spelling.casefold(): other for other in others for spelling in other.spellings}
        for spelling in self.spellings:
            if other := taken.get(spelling.casefold()):
                field = "name" if spelling == self.name else "aliases"
                raise ValidationError({field: f"“{spelling}” is taken: {other} is called so."})
        super().save(**kwargs)
