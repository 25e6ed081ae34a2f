"""What an action came to say after a plan copied it: the copy takes it over, unless it has its own words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from actions.models.action import Action
from actions.models.amendment import LABELS, LEADS, OWNERS, WORDS, in_words, values_of
from actions.models.carrying import same_in
from actions.models.leads import ActionLead, Ownership
from actions.models.plan import StrategicDriver, Theme
from actions.models.who import assign
from gscp import clock
from gscp.record import history_of, is_like_tombstone
from subgroups.models import Partner

# Of an action, by name: each value that it came to have, after the number of its entry.
Values = dict[str, list[tuple[int, Any]]]


@dataclass(frozen=True)
class Since:
    """That the action says something else of this today than its copy does."""

    name: str
    follows: bool  # whether the copy has what the action had when that was written


def since_copied(pairs: Iterable[tuple[Action, Action]]) -> dict[int, list[Since]]:
    """By the keys of the copies; each comes after the action that it is a copy of.

    A few queries, however many they are. What was taken out of the record is carried nowhere.
    """
    keys = [(old.pk, copy.pk) for old, copy in pairs]
    values = values_over_time({key for pair in keys for key in pair})
    found = {copy: list(differing(values[old], values[copy])) for old, copy in keys}
    return {copy: since for copy, since in found.items() if since}


@dataclass(frozen=True)
class Beside:
    """An action and its copy, and what they say: each time a label, the copy's words, the action's words."""

    old: Action
    copy: Action
    to_come: list[tuple[str, str, str]]
    its_own: list[tuple[str, str, str]]


def side_by_side(pairs: Sequence[tuple[Action, Action]]) -> list[Beside]:
    found = since_copied(pairs)
    return [beside(old, copy, found[copy.pk]) for old, copy in pairs if copy.pk in found]


def beside(old: Action, copy: Action, since: list[Since]) -> Beside:
    of_copy, of_old = values_of(copy), values_of(old)
    rows: dict[bool, list[tuple[str, str, str]]] = {True: [], False: []}
    for one in since:
        own, today = (in_words(one.name, values[one.name]) for values in (of_copy, of_old))
        rows[one.follows].append((LABELS[one.name], own, today))
    return Beside(old, copy, rows[True], rows[False])


def differing(old: Values, copy: Values) -> Iterable[Since]:
    if not copy["text"]:  # it is made in this act
        return
    began = copy["text"][0][0]
    for name in LABELS:
        today, own = old[name][-1][1], copy[name][-1][1]
        if today == own or is_taken_out(today):
            continue
        written = max(began, copy[name][-1][0])
        follows = value_at(old[name], written) == own
        if follows or value_at(old[name], began) != today:
            yield Since(name, follows)


def is_taken_out(value: Any) -> bool:
    return isinstance(value, str) and is_like_tombstone(value)


def value_at(values: list[tuple[int, Any]], number: int) -> Any:
    """The one that it had at this entry; of none so early the first."""
    return next((value for at, value in reversed(values) if at <= number), values[0][1])


def values_over_time(keys: set[int]) -> dict[int, Values]:
    """By the keys of these actions; a value that was saved again as it was stands once."""
    found: dict[int, Values] = defaultdict(lambda: defaultdict(list))
    columns = {name: Action._meta.get_field(name).attname for name in WORDS}  # type: ignore[union-attr]  # of columns
    rows = history_of(Action)._base_manager.filter(id__in=keys).order_by("change_id")
    saved = list(rows.values("id", "change_id", *columns.values()))
    texts = {
        name: dict(
            model.objects.filter(pk__in={row[columns[name]] for row in saved}).values_list("pk", "text")
        )
        for name, model in (("theme", Theme), ("driver", StrategicDriver))
    }
    for row in saved:
        for name, column in columns.items():
            # A plan has its own themes and drivers: they are the same by their words.
            value = texts[name].get(row[column]) if name in texts else row[column]
            add(found[row["id"]][name], row["change_id"], plain(value))
    add_who(found, keys)
    return found


def plain(value: Any) -> Any:
    """A text without its line breaks: a form sends others back than a document has."""
    return " ".join(value.split()) if isinstance(value, str) else value


def add(values: list[tuple[int, Any]], number: int, value: Any) -> None:
    if not values or values[-1][1] != value:
        values.append((number, value))


def add_who(found: dict[int, Values], keys: set[int]) -> None:
    today = clock.today()
    partners = Partner.objects.select_related("succeeded_by")
    successors = {partner.pk: partner.successor_on(today).pk for partner in partners}
    for key in keys:  # nobody, until there is a row
        add(found[key][LEADS], 0, ())
        add(found[key][OWNERS], 0, ())
    for name, model, who in ((LEADS, ActionLead, "post_id"), (OWNERS, Ownership, "partner_id")):
        named: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
        rows = history_of(model)._base_manager.filter(action_id__in=keys).order_by("change_id")
        for row in rows:
            there, key = named[row.action_id], getattr(row, who)
            place = (row.position, key) if name == LEADS else (0, successors[key])
            if row.ended_on is None:
                there[row.id] = place
            else:
                there.pop(row.id, None)
            add(found[row.action_id][name], row.change_id, tuple(key for _, key in sorted(there.values())))


def bring_along(old: Action, copy: Action) -> None:
    """Give the copy what the action came to say since, where it has no words of its own; it is not saved."""
    if copy._state.adding:
        return
    names = {one.name for one in since_copied([(old, copy)]).get(copy.pk, []) if one.follows}
    today = values_of(old)
    for name in names & {*WORDS}:
        value = today[name]
        if isinstance(value, Theme | StrategicDriver):
            value = same_in(copy.plan, value)
        setattr(copy, name, value)
    if names & {LEADS, OWNERS}:
        who = values_of(copy) | {name: today[name] for name in names}
        assign(copy, who[LEADS], who[OWNERS])
