"""Small numbers: which counts of a table are hidden, so that none of them can be worked out."""

from collections import defaultdict
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subgroups.small import COUNT, SMALL, WHOLE, Sum, hidden, hidden_of_shares, is_small

pytestmark = pytest.mark.run_in("sqlite")  # arithmetic


def by_agency(*counts: int) -> tuple[dict, list[Sum]]:
    parts = [f"agency {number}" for number in range(len(counts))]
    table = dict(zip(parts, counts, strict=True)) | {"all": sum(counts)}
    return table, [Sum("all", parts)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((6, 20, 40), set()),
        ((3, 20, 40), {"agency 0", "agency 1"}),  # the total would give the first away
        ((3, 4, 40), {"agency 0", "agency 1"}),
        ((0, 20, 40), set()),
        ((3, 0, 0), {"agency 0", "all"}),
        ((1, 1, 40), {"agency 0", "agency 1", "agency 2"}),  # two that come to 2 are 1 each
        ((5, 5, 40), {"agency 0", "agency 1", "agency 2"}),  # two small ones that come to 10 are 5 each
        ((3, 0, 20), {"agency 0", "agency 2"}),  # 0 hides nothing
    ],
)
def test_a_second_count_is_hidden_where_a_total_would_give_the_first_away(counts, expected):
    assert hidden(*by_agency(*counts)) == expected


@pytest.mark.parametrize(
    ("count", "whole", "expected"),
    [
        (3, 80, {"count"}),
        (78, 80, {"count"}),  # 2 are left
        (75, 80, {"count"}),
        (74, 80, set()),
        (0, 80, set()),
        (80, 80, set()),
        (0, 4, {"whole"}),
        (2, 4, {"count", "whole"}),
        (7, 9, {"count"}),
        (5, 5, {"count", "whole"}),
    ],
)
def test_of_a_share_neither_count_nor_what_is_left_can_be_worked_out(count, whole, expected):
    counts = {"count": count, "whole": whole, "left": whole - count}
    assert hidden(counts, [Sum("whole", ("count", "left"))], {"left"}) == expected


@pytest.mark.parametrize(("agencies", "most", "most_of_all"), [(1, 40, 40), (2, 14, 28), (3, 9, 14)])
def test_no_small_count_follows_from_shares_of_agencies(agencies, most, most_of_all):
    """For whoever tries every table that is printed alike."""
    shares = [(count, whole) for whole in range(most + 1) for count in range(whole + 1)]
    printed = defaultdict(list)
    for table in product(shares, repeat=agencies):
        if sum(whole for _, whole in table) <= most_of_all:
            of_all, of_each = hidden_of_shares(table)
            total = tuple(map(sum, zip(*table, strict=True)))
            shown = [
                "[c]" if part in of else number
                for share, of in [(total, of_all), *((one, of_each) for one in table)]
                for part, number in zip((COUNT, WHOLE), share, strict=True)
            ]
            printed[tuple(shown)].append([total, *table])
    for shown, tables in printed.items():
        for place in range(agencies + 1):
            counts, wholes = ({table[place][part] for table in tables} for part in (0, 1))
            left = {table[place][1] - table[place][0] for table in tables}
            for numbers in (counts, wholes, left):
                assert len(numbers) > 1 or not is_small(next(iter(numbers))), shown


def test_a_month_is_hidden_beside_the_small_one_where_a_year_has_its_total():
    months = [30, 3, 25, 28]
    counts, sums = by_agency(*months)
    assert hidden(counts, sums) == {"agency 1", "agency 0"}
    assert hidden({key: counts[key] for key in counts if key != "all"}, []) == {"agency 1"}


def test_which_count_is_hidden_with_a_small_one_tells_nothing_of_its_size():
    """Of 45 a 20 is shown: if the smaller count were hidden, that would be 20, too, and the small one 5."""
    counts, sums = by_agency(20, 20, 5)
    assert hidden(counts, sums) == {"agency 0", "agency 2"}
    printed = defaultdict(set)
    for of_agencies in product(range(25), repeat=3):
        if sum(of_agencies) < 25 and any(map(is_small, of_agencies)):
            counts, sums = by_agency(*of_agencies)
            kept_back = hidden(counts, sums)
            shown = tuple("[c]" if key in kept_back else count for key, count in counts.items())
            printed[shown].add(of_agencies)
    for shown, tables_of in printed.items():
        for place, count in enumerate(shown[:3]):
            if count == "[c]" and any(is_small(one[place]) for one in tables_of):
                assert len({one[place] for one in tables_of}) > 1, shown


def with_margins(rows: list[list[int]], left: bool) -> tuple[dict, list[Sum], set]:
    """A table with the sums of its rows and columns; of each row the second count may be what is left."""
    wide = range(len(rows[0]))
    table = {(row, place): count for row, counts in enumerate(rows) for place, count in enumerate(counts)}
    table |= {(row, "all"): sum(counts) for row, counts in enumerate(rows)}
    table |= {("all", place): sum(counts[place] for counts in rows) for place in wide}
    table["all", "all"] = sum(map(sum, rows))
    lines = [*range(len(rows)), "all"]
    sums = [Sum((line, "all"), [(line, place) for place in wide]) for line in lines]
    sums += [Sum(("all", place), [(row, place) for row in range(len(rows))]) for place in [*wide, "all"]]
    return table, sums, {(line, 1) for line in lines} if left else set()


def tables(most_rows: int, most: int) -> st.SearchStrategy:
    row = st.lists(st.integers(0, most), min_size=2, max_size=2)
    return st.lists(row, min_size=1, max_size=most_rows)


def worlds(table: dict, shown: dict, rows: int) -> list[dict]:
    """Every table that looks the same, by trying them all: what a reader could think of."""
    found = []
    leaves = [(row, place) for row in range(rows) for place in (0, 1)]
    for counts in product(*([shown[leaf]] if leaf in shown else range(11) for leaf in leaves)):
        other = with_margins([list(counts[row * 2 : row * 2 + 2]) for row in range(rows)], left=False)[0]
        looks_alike = all(other[key] == count for key, count in shown.items())
        # A reader knows that a count is hidden for a reason: of the small ones that each is from 1 to 5.
        if looks_alike and all(is_small(other[key]) for key in table if is_small(table[key])):
            found.append(other)
    return found


@given(tables(2, 9), st.booleans())
@settings(max_examples=60, deadline=None)
def test_for_each_hidden_count_there_is_another_table_that_looks_the_same(rows, left):
    table, sums, unshown = with_margins(rows, left)
    kept_back = hidden(table, sums, unshown)
    shown = {key: count for key, count in table.items() if key not in kept_back | unshown}
    found = worlds(table, shown, len(rows))
    for key, count in table.items():
        if is_small(count):
            assert key not in shown
        if key in kept_back or (key in unshown and is_small(count)):
            assert len({other[key] for other in found}) > 1, key


@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=1, max_size=6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_hidden_count_follows_from_adding_and_taking_away_what_is_shown(rows, left):
    table, sums, unshown = with_margins(rows, left)
    kept_back = hidden(table, sums, unshown)
    unknown = [key for key in table if key in kept_back | unshown]
    matrix = [[(key in one.parts) - (key == one.total) for key in unknown] for one in sums]
    for place in found_by_elimination(matrix):
        assert unknown[place] not in kept_back and not is_small(table[unknown[place]])


def found_by_elimination(matrix: list[list[int]]) -> list[int]:
    """The unknowns that equations with these coefficients settle: by Gauss, with fractions."""
    rows, done = [[Fraction(number) for number in row] for row in matrix], 0
    for place in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in range(done, len(rows)) if rows[row][place]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        first = rows[done][place]
        rows[done] = [number / first for number in rows[done]]
        for other in range(len(rows)):
            if other != done and (times := rows[other][place]):
                pairs = zip(rows[other], rows[done], strict=True)
                rows[other] = [mine - times * theirs for mine, theirs in pairs]
        done += 1
    alone = [[place for place, number in enumerate(row) if number] for row in rows]
    return [places[0] for places in alone if len(places) == 1]


def test_what_is_small_is_as_the_department_for_education_has_it():
    assert SMALL == 5 and [count for count in range(8) if is_small(count)] == [1, 2, 3, 4, 5]
