"""What was done, an act at a time: a sentence that a person would say, and all that was recorded with it.

The tables of sentences stand near the models they speak of: subgroups/sentences.py, actions/sentences.py.
They go by model: of those that an act changed, the first in the table says what the act was.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.utils import timezone

from gscp.dates import day_beside
from gscp.record import Change, ChangeQuerySet, attach_texts
from gscp.words import lower_first

BECAUSE = "because"
# Entries of an act follow one another. So many are read before and after those that a list shows: few acts
# have more. Those were made by a command or an import, or decide on many actions: such are read whole.
AROUND = 12
DECIDES = "actions.plandecision"


@dataclass(frozen=True)
class Said:
    """`text` has no full stop. `why` is in the writer's own words, and `cue` says what they answer."""

    text: str
    why: str = ""
    cue: str = BECAUSE
    note: str = ""


@dataclass
class Act:
    changes: list[Change]  # those to show, the newest first
    entries: list[Change]  # those that were read, in their order: all but of an act that is long
    said: Said = field(default_factory=lambda: Said(""))
    by: str = ""  # who recorded it, as far as the sentence does not say it

    @property
    def last(self) -> Change:
        return self.changes[0]

    @property
    def goes_on(self) -> bool:  # it has more entries than are shown
        return len(self.entries) > len(self.changes)

    @cached_property
    def day(self) -> date:
        return timezone.localdate(self.last.at)

    @property
    def sentence(self) -> str:
        """All of it in words: “…, because “…”. Not in force until …”."""
        said, text = self.said, f"{self.said.text}."
        why = said.why.removesuffix(".")
        if why:
            text = f"{said.text}, because “{why}”." if said.cue == BECAUSE else f"{text} {said.cue}: “{why}”."
        return f"{text} {said.note}." if said.note else text

    @property
    def let_stand(self) -> list[Change]:  # why its words may stand that look as if they identified a child
        return self.of("gscp.identitycheck")

    def of(self, model: str) -> list[Change]:
        return [change for change in self.entries if change.model == model]

    def first_of(self, model: str) -> Change | None:
        return next(iter(self.of(model)), None)


def entries_of(acts: Collection[Any], numbers: Collection[int]) -> ChangeQuerySet:
    """The entries of these acts around those with these numbers, and all of acts that decide on a plan."""
    around = {number + step for number in numbers for step in range(-AROUND, AROUND + 1)}
    of_acts = Change.objects.filter(act__in=acts)
    decide = of_acts.filter(model=DECIDES).order_by().values("act")
    return of_acts.filter(Q(number__in=around) | Q(act__in=decide))


def acts_of(changes: Sequence[Change], entries: Iterable[Change] | None = None) -> list[Act]:
    """These changes, an act at a time; a list of them is in the order of their numbers, up or down.

    `entries` are all of their acts. Where they are not given, they are read: six queries, however many.
    """
    if entries is None:
        numbers, acts = {change.number for change in changes}, {change.act for change in changes}
        entries = [*changes, *entries_of(acts, numbers).exclude(number__in=numbers)]
    by_act: dict[Any, list[Change]] = {}
    for change in sorted(entries, key=lambda change: change.number):
        by_act.setdefault(change.act, []).append(change)
    attach_texts([change for entries in by_act.values() for change in entries])
    return [Act(list(of_act), by_act[act]) for act, of_act in groupby(changes, key=lambda change: change.act)]


def words(change: Change) -> dict[str, tuple[str, str]]:
    """By field, the old and the new value in words."""
    return {one["field"]: (one.get("old", ""), one.get("new", "")) for one in change.compared()}


def short_day(value: Any, year: int) -> str:
    """14 September, or 14 September 2021 where it is of another year; the value may be as a line has it."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):  # a line that is damaged
        return ""
    return day_beside(day, year)


def labels(changes: Iterable[Change], without: Collection[str] = ()) -> str:
    """What these changed, for example: priority, title and 3 more; `without` has fields that are not told."""
    compared = (one for change in changes for one in change.compared())
    named = [lower_first(one["label"]) for one in compared if one["field"] not in without]
    named = list(dict.fromkeys(named))
    more = f" and {len(named) - 4} more" if len(named) > 4 else ""
    return ", ".join(named[:4]) + more


Sentence = Callable[[Act, Change, Any], Said | str]
