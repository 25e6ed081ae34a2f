"""Charts over time, held to published figures and to a second, naive writing of the same rules."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subgroups.spc import MARKS, Assurance, Better, Limits, Rule, Side, Signal, Stretch, limits_of

pytestmark = pytest.mark.run_in("sqlite")  # arithmetic

WHEELER = "5045 4350 4350 3975 4290 4430 4485 4285 3980 3925 3645 3760 3300 3685 3463 5200"
NIST = "49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1"
DOTS = "1 2 1 2 10 1 2 1 2 1 2 1 2 1 2 1 2 1"
SMOKING = "21.3 20.2 20.9 21.0 18.8 19.6 18.7 18.6 18.1 18.9 19.2 18.2 17.3 19.0"
AROUND_NOUGHT = Limits(Fraction(0), Fraction(3) / Fraction("2.66"))  # three sigma are 3, two are 2


def points(text: str) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, text.split()))


def printed(value: Fraction, places: int) -> str:
    return f"{float(value):.{places}f}"


def marked(rule: Rule, text: str) -> list[int]:
    return [index for index, _ in MARKS[rule](points(text), AROUND_NOUGHT)]


# ---------------------------------------------------------------------------- published figures


def test_wheeler_making_sense_of_data_page_382() -> None:
    limits = limits_of(points(WHEELER))
    assert [printed(one, 2) for one in (limits.mean, limits.average_range)] == ["4135.50", "355.93"]
    assert [printed(one, 2) for one in (limits.lower, limits.upper)] == ["3188.72", "5082.28"]
    assert printed(limits.of_range, 2) == "1162.83"
    signals = Stretch(points(WHEELER)).signals
    assert [index for index, one in enumerate(signals) if Signal(Rule.LIMIT, Side.HIGH) in one] == [15]


def test_nist_handbook_6_3_2_2() -> None:
    limits = limits_of(points(NIST))
    assert [printed(limits.mean, 2), printed(limits.average_range, 4)] == ["50.81", "1.8778"]
    assert printed(limits.upper, 4) == "55.8049"
    exact = limits.average_range * 3 / Fraction("1.128")
    assert [printed(limits.mean - exact, 4), printed(limits.mean + exact, 4)] == ["45.8159", "55.8041"]


def test_nhsr_plot_the_dots_without_screening() -> None:
    stretch = Stretch(points(DOTS))
    assert stretch.limits
    limits = (stretch.limits.mean, stretch.limits.lower, stretch.limits.upper)
    assert [printed(one, 2) for one in limits] == ["1.94", "-3.06", "6.95"]
    assert [index for index, one in enumerate(stretch.signals) if one] == [4]


def test_wheeler_on_smoking_rates() -> None:
    below = [
        i for i, one in enumerate(Stretch(points(SMOKING)).signals) if Signal(Rule.SHIFT, Side.LOW) in one
    ]
    assert below == list(range(6, 14))


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (Rule.SHIFT, "1 1 1 1 1 1 1 1 -1", list(range(8))),
        (Rule.SHIFT, "1 1 1 1 1 1 1 -1", list(range(7))),
        (Rule.SHIFT, "1 1 1 1 1 1", []),
        (Rule.SHIFT, "1 1 1 0 1 1 1 1", []),
        (Rule.TREND, "1 2 3 4 5 6 7", list(range(7))),
        (Rule.TREND, "1 2 3 4 5 6", []),
        (Rule.TREND, "1 2 3 3 4 5 6", []),
        (Rule.TREND, "3 9 8 7 6 5 4 3 3", list(range(1, 8))),
        (Rule.TWO_OF_THREE, "0.5 2.5 3.5 0.5", [1, 2]),
        (Rule.TWO_OF_THREE, "-0.5 2.5 2.6 -0.5", []),
        (Rule.TWO_OF_THREE, "2.5 -0.5 2.5", []),
        (Rule.TWO_OF_THREE, "0.5 2.5 2.6", [1, 2]),
        (Rule.TWO_OF_THREE, "2.5 0.5 2.6", [0, 2]),
        (Rule.TWO_OF_THREE, "0.5 2 2.6", []),
        (Rule.LIMIT, "3 -3 3.1 -3.1", [2, 3]),
    ],
)
def test_rule_vectors(rule: Rule, text: str, expected: list[int]) -> None:
    assert marked(rule, text) == expected


# ---------------------------------------------------------------- when there are limits, and whose


def test_there_are_no_limits_before_the_thirteenth_point() -> None:
    twelve, thirteen = Stretch(points("1 9 " * 6)), Stretch(points("1 9 " * 6 + "1"))
    assert twelve.limits is None
    assert not any(twelve.signals)
    assert thirteen.limits == limits_of(thirteen.points)


@pytest.mark.parametrize(("count", "of"), [(19, 19), (20, 20), (21, 20), (40, 20)])
def test_limits_are_of_all_points_until_there_are_twenty(count: int, of: int) -> None:
    stretch = Stretch(tuple(Fraction(index * index) for index in range(count)))
    assert stretch.limits == limits_of(stretch.points[:of])


def test_the_most_important_rule_is_shown_and_better_before_worse() -> None:
    # The last point ends a fall of seven and still lies above the limit: worse and better at once.
    stretch = Stretch(points("0 1 " * 10 + "90 80 70 60 50 40 30"))
    last = stretch.signals[-1]
    assert [(one.rule, one.side) for one in last] == [
        (Rule.LIMIT, Side.HIGH),
        (Rule.TREND, Side.LOW),
        (Rule.TWO_OF_THREE, Side.HIGH),
        (Rule.SHIFT, Side.HIGH),
    ]
    assert stretch.shown(Better.UP)[-1] == Signal(Rule.LIMIT, Side.HIGH)
    assert stretch.shown(Better.DOWN)[-1] == Signal(Rule.TREND, Side.LOW)
    assert stretch.shown(Better.NEITHER)[-1] == Signal(Rule.LIMIT, Side.HIGH)


@pytest.mark.parametrize(
    ("target", "better", "expected"),
    [
        ("3.1", Better.UP, Assurance.WILL_MISS),
        ("-3.1", Better.UP, Assurance.WILL_MEET),
        ("3.1", Better.DOWN, Assurance.WILL_MEET),
        ("-3.1", Better.DOWN, Assurance.WILL_MISS),
        ("3", Better.UP, Assurance.EITHER),
        ("-3", Better.DOWN, Assurance.EITHER),
        ("0", Better.UP, Assurance.EITHER),
        ("9", Better.NEITHER, None),
    ],
)
def test_whether_a_target_will_be_met(target: str, better: Better, expected: Assurance | None) -> None:
    assert AROUND_NOUGHT.assurance(Fraction(target), better) == expected


def test_without_variation_no_symbol_is_fair() -> None:
    limits = limits_of(points("4 " * 13))
    assert limits.without_variation
    assert limits.lower == limits.mean == limits.upper == 4
    assert limits.assurance(Fraction(5), Better.UP) is None


# ---------------------------------------------------------------------------- a second writing of the rules


def naive(values: list[Fraction]) -> list[set[tuple[str, str]]]:
    if len(values) < 13:
        return [set() for _ in values]
    base = values[:20]
    mean = sum(base) / Fraction(len(base))
    reach = Fraction(266, 100) * sum(abs(b - a) for a, b in pairwise(base)) / (len(base) - 1)
    found: list[set[tuple[str, str]]] = [set() for _ in values]
    for side, sign in (("high", 1), ("low", -1)):
        from_mean = [sign * (value - mean) for value in values]
        for i in range(len(values)):
            if from_mean[i] > reach:
                found[i].add(("limit", side))
        for i in range(len(values) - 6):
            seven = from_mean[i : i + 7]
            if all(one > 0 for one in seven):
                for j in range(i, i + 7):
                    found[j].add(("shift", side))
            if all(b > a for a, b in pairwise(seven)):
                for j in range(i, i + 7):
                    found[j].add(("trend", side))
        for i in range(len(values) - 2):
            three = from_mean[i : i + 3]
            beyond = [j for j in range(i, i + 3) if from_mean[j] * 3 > reach * 2]
            if all(one > 0 for one in three) and len(beyond) >= 2:
                for j in beyond:
                    found[j].add(("two of three", side))
    return found


FEW_VALUES = st.lists(st.integers(-3, 3).map(Fraction), max_size=30)
MANY_VALUES = st.lists(st.fractions(-100, 100, max_denominator=12), max_size=45)
RISING = st.lists(st.integers(-1, 3), min_size=13, max_size=30).map(
    lambda steps: [Fraction(sum(steps[:end])) for end in range(len(steps))]
)


@given(st.one_of(FEW_VALUES, MANY_VALUES, RISING))
def test_limits_and_rules_agree_with_a_naive_writing_of_them(values: list[Fraction]) -> None:
    signals = Stretch(tuple(values)).signals
    assert [{(one.rule.value, one.side.value) for one in of_point} for of_point in signals] == naive(values)
