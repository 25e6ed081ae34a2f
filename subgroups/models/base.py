"""What partners, groups, posts and holdings share: names with their spellings, first and last days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F

from gscp.record import TOMBSTONE, FreeText, Tracked, TrackedQuerySet, name_of
from subgroups.own_sessions import end_all

DatedRow = TypeVar("DatedRow", bound="Dated", covariant=True)
NamedRow = TypeVar("NamedRow", bound="Named", covariant=True)


def holds_on(began_on: date | None, ended_on: date | None, day: date) -> bool:
    return began_on is not None and began_on <= day and (ended_on is None or day < ended_on)


def last_day(ended_on: date | None) -> date | None:
    return ended_on - timedelta(days=1) if ended_on else None


class DatedQuerySet(TrackedQuerySet[DatedRow]):
    def current_on(self, day: date) -> Self:
        return self.filter(started_on__lte=day).exclude(ended_on__lte=day)

    def not_cancelled(self) -> Self:
        return self.exclude(ended_on=F("started_on"))  # which ended on the day they began, so never held


class Dated(Tracked):
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)  # the first day on which it no longer holds

    objects = DatedQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.ended_on and self.ended_on < self.started_on:
            raise ValidationError("The end is before the start.")

    def holds_on(self, day: date) -> bool:
        return holds_on(self.started_on, self.ended_on, day)

    @property
    def last_day(self) -> date | None:
        return last_day(self.ended_on)


class NamedQuerySet(TrackedQuerySet[NamedRow]):
    def get_by_spelling(self, name: str) -> NamedRow:
        """The row with this name or alias, in upper or lower case.

        Raises:
            DoesNotExist: no row has it.
        """
        for row in self:
            if name.casefold() in map(str.casefold, row.spellings):
                return row
        raise self.model.DoesNotExist(f"No {self.model._meta.verbose_name} is called “{name}”.")


class Named(Tracked):
    name = FreeText(max_length=120)  # save() holds it unique, unless it was taken out of the record
    aliases = FreeText(blank=True, max_length=1000)  # the plan spells it in several ways: one per line

    objects = NamedQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    form_labels: Mapping[str, str] = {"aliases": "Other spellings"}

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return name_of(self)

    @property
    def spellings(self) -> list[str]:
        return [text for text in (self.name, *self.aliases.splitlines()) if text != TOMBSTONE]

    def save(self, **kwargs: Any) -> None:
        """Save it, unless another row uses one of its spellings.

        Checked here, where recording() lets one writer in at a time. A form could not check it: a form
        that is sent again finds the name taken by the row it saved the first time.

        Raises:
            ValidationError: another row uses one of its spellings.
        """
        others = type(self).objects.exclude(pk=self.pk)
        taken = {spelling.casefold(): other for other in others for spelling in other.spellings}
        for spelling in self.spellings:
            if other := taken.get(spelling.casefold()):
                field = "name" if spelling == self.name else "aliases"
                raise ValidationError({field: f"“{spelling}” is taken: {other} is called so."})
        super().save(**kwargs)


class EndsSessions:
    """Of the model of people: whoever may sign in no more is signed out everywhere."""

    def save(self, **options: Any) -> None:
        super().save(**options)  # type: ignore[misc]  # a model, by its other class
        if not self.is_active:  # type: ignore[attr-defined]
            end_all(self)
