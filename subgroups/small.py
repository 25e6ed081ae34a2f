"""Small numbers: which counts of a table are hidden wherever it leaves the site.

Counts of 1 to 5 can point at a child (Department for Education, children in need). Each is hidden, and so are
others as long as a hidden one could be worked out from what is shown. A hidden count cannot be worked out
where another table looks the same and has another count there. The two show the same cells with the same
counts, every sum of both holds, and the same cells are small.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

SMALL = 5
MOST_TRIED = 5_000  # moves: what is not found safe by then is taken to be unsafe
Key = Hashable
Share = tuple[int, int]  # a count, and the whole that it is of
COUNT, WHOLE, LEFT = "count", "whole", "left"  # what there is of a share; what is left is printed nowhere


class Sum(NamedTuple):
    """A count of a table that is the sum of others in it."""

    total: Key
    parts: Sequence[Key]

    @property
    def keys(self) -> list[Key]:
        return [*self.parts, self.total]

    def off_by(self, moved: Mapping[Key, int]) -> int:
        """By how much the parts are more than the total once counts are moved so far."""
        return sum(moved.get(part, 0) for part in self.parts) - moved.get(self.total, 0)


def is_small(count: int) -> bool:
    return 0 < count <= SMALL


def hidden(counts: Mapping[Key, int], sums: Iterable[Sum], unshown: Collection[Key] = ()) -> frozenset[Key]:
    """The keys of the counts that are hidden, those of `unshown` left out: no table has them anyway.

    What is left of a whole is such a one: nobody prints it, and everybody can work it out.
    """
    table = Table(counts, list(sums), {key for key, count in counts.items() if is_small(count)})
    unknown = set(unshown) | table.small
    while True:
        unsafe = next((key for key in counts if table.needs_care(key, unknown, unshown)), None)
        second = None if unsafe is None else table.second(unsafe, unknown)
        if second is None:  # each is safe, or nothing is shown any more
            break
        unknown.add(second)
    return frozenset(unknown - set(unshown))


def hidden_of_share(share: Share) -> frozenset[str]:
    """Which of COUNT and WHOLE is hidden of a share that is no part of another one."""
    count, whole = share
    counts: dict[Key, int] = {COUNT: count, WHOLE: whole, LEFT: whole - count}
    return hidden(counts, [Sum(WHOLE, (COUNT, LEFT))], {LEFT})  # type: ignore[return-value]  # of its keys


def hidden_of_shares(shares: Collection[Share]) -> tuple[frozenset[str], frozenset[str]]:
    """The same of shares of agencies that are added up: of their total, and of each of them alike.

    Where one count is small, or what is left, no agency's count is shown. Some could be worked out from the
    total, and from which others stand beside it.
    """
    total = hidden_of_share((sum(count for count, _ in shares), sum(whole for _, whole in shares)))
    of_each = set(total)
    if any(is_small(one) for count, whole in shares for one in (count, whole, whole - count)):
        of_each.add(COUNT)
    if any(is_small(whole) for _, whole in shares):
        of_each.add(WHOLE)
    return total, frozenset(of_each)


@dataclass(frozen=True)
class Table:
    counts: Mapping[Key, int]
    sums: list[Sum]
    small: set[Key]

    def needs_care(self, key: Key, unknown: Collection[Key], unshown: Collection[Key]) -> bool:
        """Whether it is to be hidden, and could be worked out."""
        is_kept_back = key in unknown and (key in self.small or key not in unshown)
        return is_kept_back and not any(Search(self, unknown).found({key: step}) for step in (1, -1))

    def second(self, key: Key, unknown: Collection[Key]) -> Key | None:
        """Which count is hidden next, so that this one cannot be worked out; None where none is left.

        It is one of a sum that gives this one away, the first in the table's order that is not 0. A choice by
        size would tell something of its size.
        """
        of_key = [one.keys for one in self.sums if key in one.keys]
        giving_away = [keys for keys in of_key if not set(unknown).intersection(keys) - {key}]
        for several in (giving_away, of_key, [list(self.counts)]):
            shown = [one for keys in several for one in keys if one not in unknown]
            if shown:
                return min(shown, key=lambda one: self.counts[one] == 0)
        return None

    def allows(self, key: Key, step: int) -> bool:
        """Whether the count can be one more, or one less, and the table looks the same."""
        count = self.counts[key] + step
        return is_small(count) if key in self.small else count >= min(1, self.counts[key])


class Search:
    """Looks for a table that looks the same: moves counts that nobody knows by one until all sums hold."""

    def __init__(self, table: Table, unknown: Collection[Key]) -> None:
        self.table, self.unknown, self.tried = table, unknown, 0

    def found(self, moved: dict[Key, int]) -> bool:
        self.tried += 1
        if self.tried > MOST_TRIED or not all(self.table.allows(*move) for move in moved.items()):
            return False
        broken = next((one for one in self.table.sums if one.off_by(moved)), None)
        if broken is None:
            return True
        more = broken.off_by(moved) > 0
        free = [key for key in broken.keys if key in self.unknown and key not in moved]
        return any(self.found(moved | {key: 1 if more == (key == broken.total) else -1}) for key in free)
