"""What a measure came to in one period: its reading, or those of its agencies and their total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import Any

from gscp.record import TOMBSTONE
from subgroups.definitions import Earlier
from subgroups.models.measures import Measure
from subgroups.models.partners import Partner
from subgroups.models.readings import Answer, Reading
from subgroups.periods import Period

FEW_CASES = 20


class Fields:
    """What is worked out of the fields of a kept value is not part of it."""

    def __getstate__(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]  # a dataclass


@dataclass(frozen=True)
class Cell(Fields):
    """A measure in one period: its reading, or those of its agencies and their total."""

    measure: Measure
    period: Period
    agencies: Sequence[Partner]  # that have a figure of their own
    readings: dict[int | None, Reading]  # by agency; by None the one of all

    @cached_property
    def with_figures(self) -> list[Reading]:
        return [reading for reading in self.readings.values() if reading.counts is not None]

    @cached_property
    def counts(self) -> tuple[int, int | None] | None:
        """Numerator and denominator, of all agencies together; None without a figure."""
        return self.total()

    def total(self) -> tuple[int, int | None] | None:
        if not self.with_figures:
            return None
        pairs = [reading.counts for reading in self.with_figures if reading.counts]
        wholes = [whole for _, whole in pairs if whole is not None]
        return sum(count for count, _ in pairs), sum(wholes) if self.measure.is_share else None

    @cached_property
    def value(self) -> Fraction | None:
        return self.measure.value(*self.counts) if self.counts else None

    @cached_property
    def missing(self) -> list[Partner]:
        """The agencies that are not in the total, though they should be."""
        return [
            agency
            for agency in self.agencies
            if (reading := self.readings.get(agency.pk)) is None
            or (reading.counts is None and reading.answer != Answer.NOT_APPLICABLE)
        ]

    @property
    def not_applicable(self) -> list[Partner]:
        """The agencies that say that they have none, so that the total is of the others."""
        return [
            agency
            for agency in self.agencies
            if (reading := self.readings.get(agency.pk)) and reading.answer == Answer.NOT_APPLICABLE
        ]

    @property
    def by_agency(self) -> list[tuple[Partner, str]]:
        """Each agency that said something, with its figure in words."""
        given = ((agency, self.readings.get(agency.pk)) for agency in self.agencies)
        return [(agency, reading.in_words) for agency, reading in given if reading]

    @property
    def expected(self) -> dict[int | None, Partner | None]:
        """By its key each agency that should have a figure; by None all together."""
        return {one.pk: one for one in self.agencies} if self.measure.by_agency else {None: None}

    @property
    def lacking(self) -> list[Partner | None]:
        """Those that have said nothing, or that they have no figure; None for all agencies together."""
        return [agency for key, agency in self.expected.items() if not is_given(self.readings.get(key))]

    @property
    def said_to_have_none(self) -> list[Partner | None]:
        """Those that say that they have none, where nobody else has confirmed that."""
        return [
            agency
            for key, agency in self.expected.items()
            if (reading := self.readings.get(key))
            and reading.answer == Answer.NOT_APPLICABLE
            and reading.is_unconfirmed
        ]

    @property
    def is_answered(self) -> bool:
        """Whether each that should have a figure has said something, were it that none was supplied."""
        return self.expected.keys() <= self.readings.keys()

    @property
    def is_supplied(self) -> bool:
        """Whether each figure came that should, or there is none to come."""
        return not self.lacking

    @property
    def was_taken_out(self) -> bool:
        """Whether a figure of it was taken out of the record."""
        return any(one.answer == Answer.FIGURE and one.counts is None for one in self.readings.values())

    @property
    def is_unconfirmed(self) -> bool:
        return any(one.is_unconfirmed for one in self.readings.values())

    @property
    def definitions(self) -> frozenset[Earlier | None]:
        """Those under which its figures were taken; None for that of today."""
        parts = (part for one in self.readings.values() for part in (one.parts or (one,)))
        return frozenset(vars(part).get("earlier") for part in parts)

    @property
    def earlier_definitions(self) -> list[Earlier]:
        return sorted(filter(None, self.definitions), key=attrgetter("number"))

    @property
    def is_hidden(self) -> bool:
        """Whether its figure is not to be shown, as where a small one leaves the site."""
        return False

    @property
    def is_whole(self) -> bool:
        return self.value is not None and not self.missing

    @property
    def has_few_cases(self) -> bool:
        """Whether a percentage of it misleads, as one of under twenty cases does."""
        return self.counts is not None and self.counts[1] is not None and self.counts[1] < FEW_CASES

    @property
    def is_not_applicable(self) -> bool:
        answers = {reading.answer for reading in self.readings.values()}
        return answers == {Answer.NOT_APPLICABLE}

    @property
    def in_words(self) -> str:
        if self.value is not None:
            return self.measure.in_words(self.value)
        if self.counts is not None:
            return "0 of 0"
        if self.was_taken_out:
            return TOMBSTONE
        return "Not applicable" if self.is_not_applicable else "Not supplied" if self.readings else ""

    @property
    def counts_in_words(self) -> str:
        """10 of 16; "" where there is no share."""
        if self.counts is None or self.counts[1] is None:
            return ""
        return f"{self.counts[0]:,} of {self.counts[1]:,}"


def is_given(reading: Reading | None) -> bool:
    return reading is not None and reading.answer != Answer.NOT_SUPPLIED
