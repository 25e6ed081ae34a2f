"""The periods that a measure is read for: calendar months, quarters from April on, years from 1 April."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models

from gscp.dates import MONTHS

YEAR_BEGINS = 4  # April: a year of a business plan


class Frequency(models.TextChoices):
    MONTH = "month", "Every month"
    QUARTER = "quarter", "Every quarter"
    YEAR = "year", "Every year"

    @property
    def months(self) -> int:
        return {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}[self]


@dataclass(frozen=True, order=True)
class Period:
    first_day: date
    frequency: Frequency

    @classmethod
    def holding(cls, day: date, frequency: Frequency | str) -> Period:
        """The period of this frequency in which a day lies."""
        frequency = Frequency(frequency)
        since_april = (day.month - YEAR_BEGINS) % 12
        return cls(months_after(day.replace(day=1), -(since_april % frequency.months)), frequency)

    def after(self, periods: int = 1) -> Period:
        return Period(months_after(self.first_day, periods * self.frequency.months), self.frequency)

    def before(self, periods: int = 1) -> Period:
        return self.after(-periods)

    @property
    def a_year_before(self) -> Period:
        return Period(months_after(self.first_day, -12), self.frequency)

    @property
    def last_day(self) -> date:
        return self.after().first_day - timedelta(days=1)

    def until(self, last: Period) -> Iterator[Period]:
        """This one and those after it, up to `last`."""
        period = self
        while period.first_day <= last.first_day:
            yield period
            period = period.after()

    def __str__(self) -> str:
        """April 2021; April to June 2021; 2021-22."""
        first, last = self.first_day, self.last_day
        if self.frequency == Frequency.YEAR:
            return f"{first.year}-{last.year % 100:02}"
        month = MONTHS[first.month - 1].capitalize()
        if self.frequency == Frequency.MONTH:
            return f"{month} {first.year}"
        return f"{month} to {MONTHS[last.month - 1].capitalize()} {last.year}"


def months_after(day: date, months: int) -> date:
    """The first day of the month that is so many months later; `day` is the first of its month."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)
