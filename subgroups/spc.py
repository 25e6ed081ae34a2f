"""Charts over time (XmR) of a measure, by the rules of Making Data Count (NHS England, November 2023).

Every number is a whole one or a Fraction: a limit is exact, and a point on it is not beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction
from itertools import pairwise

FEWEST = 13  # with fewer points there are no limits
BASELINE = 20  # from then on the limits are those of the first 20
RUN = 7  # points of a shift or a trend
SCALE = Fraction("2.66")  # 3 / 1.128, rounded as Making Data Count has it
RANGE_SCALE = Fraction("3.267")


class Better(StrEnum):
    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class Side(StrEnum):
    HIGH = "high"
    LOW = "low"


class Rule(Enum):
    """In the order of their importance: of several that mark a point, the first is shown."""

    LIMIT = "limit"
    TREND = "trend"
    TWO_OF_THREE = "two of three"
    SHIFT = "shift"


class Assurance(StrEnum):
    WILL_MEET = "will meet"
    WILL_MISS = "will miss"
    EITHER = "may or may not meet"


@dataclass(frozen=True)
class Signal:
    rule: Rule
    side: Side

    def is_better(self, better: str) -> bool:
        return (self.side == Side.HIGH) == (better == Better.UP) if better != Better.NEITHER else False


@dataclass(frozen=True)
class Limits:
    mean: Fraction
    average_range: Fraction

    @property
    def distance(self) -> Fraction:
        return SCALE * self.average_range

    @property
    def upper(self) -> Fraction:
        return self.mean + self.distance

    @property
    def lower(self) -> Fraction:
        return self.mean - self.distance

    @property
    def of_range(self) -> Fraction:
        return RANGE_SCALE * self.average_range

    @property
    def without_variation(self) -> bool:
        return not self.average_range

    def beyond(self, point: Fraction, share: Fraction = Fraction(1)) -> Side | None:
        """On which side a point lies beyond this share of the way from the mean to the limit."""
        if abs(point - self.mean) <= share * self.distance:
            return None
        return Side.HIGH if point > self.mean else Side.LOW

    def assurance(self, target: Fraction, better: str) -> Assurance | None:
        """Whether the target will be met if nothing changes; None where no answer is a fair one."""
        if better == Better.NEITHER or self.without_variation:
            return None
        if self.lower <= target <= self.upper:
            return Assurance.EITHER
        above = target > self.upper
        return Assurance.WILL_MISS if above == (better == Better.UP) else Assurance.WILL_MEET


def limits_of(points: Sequence[Fraction]) -> Limits:
    """The limits of these points, whose moving ranges are not screened for outliers; two points at least."""
    ranges = [abs(after - before) for before, after in pairwise(points)]
    return Limits(Fraction(sum(points), len(points)), Fraction(sum(ranges), len(ranges)))


@dataclass(frozen=True)
class Stretch:
    """Points from a new baseline or definition to the next, oldest first; without a reading there is none."""

    points: tuple[Fraction, ...]

    @property
    def limits(self) -> Limits | None:
        return limits_of(self.points[:BASELINE]) if len(self.points) >= FEWEST else None

    @property
    def signals(self) -> list[list[Signal]]:
        """Of each point what marks it, the most important first; nothing where there are no limits."""
        limits = self.limits
        marked: list[list[Signal]] = [[] for _ in self.points]
        if limits is None:
            return marked
        for rule in Rule:
            for index, side in MARKS[rule](self.points, limits):
                marked[index].append(Signal(rule, side))
        return marked

    def shown(self, better: str) -> list[Signal | None]:
        """Of each point the one signal that is shown: where one is better and one worse, the better."""
        return [
            next((one for one in of_point if one.is_better(better)), of_point[0] if of_point else None)
            for of_point in self.signals
        ]


Marked = Iterator[tuple[int, Side]]


def beyond_limits(points: Sequence[Fraction], limits: Limits) -> Marked:
    for index, point in enumerate(points):
        if side := limits.beyond(point):
            yield index, side


def trends(points: Sequence[Fraction], limits: Limits) -> Marked:
    """Seven points, each higher, or each lower, than the one before; an equal value breaks it."""
    steps = [None, *(side_of(after - before) for before, after in pairwise(points))]
    # A run of steps begins at the point before its first step.
    for side, first, last in runs(steps):
        if last - first + 2 >= RUN:
            yield from ((index, side) for index in range(first - 1, last + 1))


def two_of_three(points: Sequence[Fraction], limits: Limits) -> Marked:
    """Of three successive points on one side of the mean, those beyond two sigma if they are two or more."""
    far = [limits.beyond(point, Fraction(2, 3)) for point in points]
    sides = [side_of(point - limits.mean) for point in points]
    marked = {
        (index, side)
        for start in range(len(points) - 2)
        for side in Side
        if all(one == side for one in sides[start : start + 3]) and far[start : start + 3].count(side) > 1
        for index in range(start, start + 3)
        if far[index] == side
    }
    yield from sorted(marked)


def shifts(points: Sequence[Fraction], limits: Limits) -> Marked:
    """Seven successive points on one side of the mean; a point on the mean breaks it."""
    for side, first, last in runs([side_of(point - limits.mean) for point in points]):
        if last - first + 1 >= RUN:
            yield from ((index, side) for index in range(first, last + 1))


MARKS: dict[Rule, Callable[[Sequence[Fraction], Limits], Marked]] = {
    Rule.LIMIT: beyond_limits,
    Rule.TREND: trends,
    Rule.TWO_OF_THREE: two_of_three,
    Rule.SHIFT: shifts,
}


def side_of(difference: Fraction) -> Side | None:
    if not difference:
        return None
    return Side.HIGH if difference > 0 else Side.LOW


def runs(sides: Sequence[Side | None]) -> Iterator[tuple[Side, int, int]]:
    """Of each longest run of one side: the side, its first index and its last."""
    first = 0
    for index, side in enumerate(sides):
        if side != sides[first]:
            first = index
        if side and (index + 1 == len(sides) or sides[index + 1] != side):
            yield side, first, index
