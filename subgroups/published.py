"""Scorecards as they leave the site: with what may be shown of each figure, and letters for the rest.

The letters are those of the Government Statistical Service, each with its meaning on the page or sheet.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from typing import Any

from gscp.facts import fact_of
from gscp.record import TOMBSTONE, Figure, tracked_models
from subgroups.cells import Cell
from subgroups.models.measures import Measure
from subgroups.models.partners import Partner
from subgroups.models.readings import Answer, Reading
from subgroups.scorecard import MODELS, Scorecard, all_series
from subgroups.series import Series, Standing
from subgroups.small import COUNT, WHOLE, Key, Sum, hidden, hidden_of_shares

SMALL, NOT_SUPPLIED, NOT_APPLICABLE = "[c]", "[x]", "[z]"
MEANINGS = {
    SMALL: "A count of 1 to 5 is hidden here, and so is what would give it away, "
    "also once a missing figure comes.",
    NOT_SUPPLIED: "Not supplied.",
    NOT_APPLICABLE: "Not applicable.",
    "0": "Zero. It is a figure like others.",
}
ALL = "all"  # agencies together


@dataclass(frozen=True)
class PublishedCell(Cell):
    is_withheld: bool = False  # nothing of it is shown: beside another moment of it, it would tell

    @cached_property
    def kept_back(self) -> frozenset[Key]:
        """What is hidden of it: pairs of an agency's key, or ALL, and COUNT or WHOLE."""
        pairs = {key: one.counts for key, one in self.readings.items() if one.counts}
        if not pairs:
            return frozenset()
        total = [ALL] if self.measure.by_agency else []
        if self.is_withheld or (total and self.days_would_tell):
            return frozenset(product([*pairs, *total], (COUNT, WHOLE)))
        shares = [(count, whole) for count, whole in pairs.values() if whole is not None]
        if shares:
            of_all, of_each = hidden_of_shares(shares)
            return frozenset([*product(pairs, of_each), *product(total, of_all)])
        counts: dict[Key, int] = {key: count for key, (count, _) in pairs.items()}
        sums = [Sum(whole, list(pairs)) for whole in total]
        counts |= dict.fromkeys(total, sum(counts.values()))
        return frozenset((key, COUNT) for key in hidden(counts, sums))

    @property
    def days_would_tell(self) -> bool:
        """Whether a small figure could be what the totals of two days differ by.

        It comes later, was taken out or corrected, or two are one since a partner took another's place.
        """
        changed = any(one.corrects_id or one.parts for one in self.readings.values())
        was_small = any(one.is_or_was_small for one in self.readings.values())
        return bool(self.lacking or self.was_taken_out or (changed and was_small))

    @property
    def key(self) -> Any:
        return None if None in self.readings else ALL

    def keeps_back(self, key: Any) -> bool:
        return (key, COUNT) in self.kept_back or (key, WHOLE) in self.kept_back

    @property
    def is_hidden(self) -> bool:
        return self.keeps_back(self.key)

    @cached_property
    def counts(self) -> tuple[int, int | None] | None:
        return None if self.is_hidden else self.total()

    def figures(self, key: Any) -> tuple[int | str, int | str]:
        """Count and whole as they may be shown, of an agency or ALL; "" where there is none."""
        reading = self.readings.get(key)
        counts = self.total() if key == self.key else reading.counts if reading else None
        if counts is None:
            return "", ""
        count, whole = counts
        return (
            SMALL if (key, COUNT) in self.kept_back else count,
            "" if whole is None else SMALL if (key, WHOLE) in self.kept_back else whole,
        )

    @property
    def in_words(self) -> str:
        if self.is_hidden:
            return SMALL
        if self.with_figures:
            return super().in_words
        return NOT_APPLICABLE if self.is_not_applicable else NOT_SUPPLIED

    @property
    def counts_in_words(self) -> str:
        """10 of 16, [c] of 16; "" where there is no share."""
        return counts_in_words(*self.figures(self.key))

    def agency_in_words(self, agency: Partner) -> str:
        """62.5%, 12 days, [c], [x] or [z]; what stands where a figure was taken out of the record."""
        reading = self.readings.get(agency.pk)
        if reading is None:
            return NOT_SUPPLIED
        if self.keeps_back(agency.pk):
            return SMALL
        return answer_in_words(reading)

    @property
    def by_agency(self) -> list[tuple[Partner, str]]:
        pairs = []
        for agency in self.agencies:
            counts = counts_in_words(*self.figures(agency.pk))
            words = self.agency_in_words(agency)
            pairs.append((agency, f"{words} ({counts})" if counts else words))
        return pairs


def counts_in_words(count: int | str, whole: int | str) -> str:
    if whole == "":
        return ""
    return " of ".join(f"{one:,}" if isinstance(one, int) else one for one in (count, whole))


def answer_in_words(reading: Reading) -> str:
    """An answer that may be shown."""
    if reading.answer != Answer.FIGURE:
        return NOT_APPLICABLE if reading.answer == Answer.NOT_APPLICABLE else NOT_SUPPLIED
    if reading.value is None:
        return reading.in_words
    return reading.measure.in_words(reading.value)


@dataclass(frozen=True)
class PublishedSeries(Series):
    """Without limits where a figure is hidden: their mean would give it away."""

    @cached_property
    def has_hidden(self) -> bool:
        return any(cell.is_hidden for cell in self.cells)

    def standing(self, cell: Cell) -> Standing:
        # On or off a target would narrow a small count down, to one number at times.
        return Standing.HIDDEN if cell.is_hidden else super().standing(cell)

    @cached_property
    def stretches(self) -> Any:
        return [] if self.has_hidden else super().stretches


def published(series: Series) -> PublishedSeries:
    cells = tuple(
        PublishedCell(cell.measure, cell.period, cell.agencies, cell.readings) for cell in series.cells
    )
    return PublishedSeries(series.measure, cells, series.targets, series.baselines)


@fact_of(*MODELS, "subgroups.group")
def all_published() -> dict[int, tuple[PublishedSeries, ...]]:
    """By group, what all_series() has."""
    return {group: tuple(published(one) for one in of_group) for group, of_group in all_series().items()}


def published_card(card: Scorecard) -> Scorecard:
    return replace(card, series=all_published().get(card.group.pk, ()))


def published_series_of(measure: Measure) -> Series:
    of_group = all_published().get(measure.group_id, ())
    return next((one for one in of_group if one.measure.pk == measure.pk), Series(measure, ()))


@fact_of(*MODELS, "subgroups.group")
def readings_shown() -> frozenset[int]:
    """The keys of the readings of which no count is hidden; a corrected one is not among them."""
    return frozenset(
        reading.pk
        for of_group in all_published().values()
        for series in of_group
        for cell in series.cells
        for key, reading in cell.readings.items()
        if reading.pk and isinstance(cell, PublishedCell) and not cell.keeps_back(key)
    )


@cache
def figures_of(label: str) -> frozenset[str]:
    """The columns of a model with counts, which files and comparisons show as hide_figure() has them."""
    model = next((one for one in tracked_models() if one._meta.label_lower == label), None)
    fields = model._meta.concrete_fields if model else ()
    return frozenset(field.name for field in fields if isinstance(field, Figure))


def hide_figure(text: str, label: str, pk: int, shown: Collection[int]) -> str:
    """A count as it may leave the site; `shown` has what readings_shown() returns.

    What readings are worked out from stays on the site, and so do where a measure began and what was
    corrected since.
    """
    is_shown = not text or text == TOMBSTONE or (label == Reading._meta.label_lower and pk in shown)
    return text if is_shown else SMALL
