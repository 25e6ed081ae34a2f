"""Which row of an imported table is which action of the plan."""

from collections.abc import Iterable

from actions.models import Action
from actions.tables.wanted import Wanted, Wanting
from actions.tables.wording import shortened

NEW, BY_WORDS = "new action", "by words"  # what a row may be said to be, beside one action of the plan
LETTERS_OF_A_LONG_WORD = 4  # shorter ones say little
MOST_COMPARED = 200_000  # pairs of a row and an action: more would keep a page waiting


def paired(wanted: list[Wanted], there: list[Action], wanting: Wanting) -> dict[int, Action]:
    """By the id() of a row: the action of the plan that it is, by its number or, without one, by its words.

    Without a number it is the action at its place only if that has much the same words: it may be of another
    table, and be new.

    Spreadsheets make 1 of 001: where no action has the number as it is printed, that without zeros counts.
    """
    pairs: dict[int, Action] = {}
    free = {action.ref: action for action in there}
    for key_of in (lambda ref: ref, bare_number):
        by_key = {key_of(ref): action for ref, action in free.items()}
        for one in wanted:
            if id(one) not in pairs and one.row.ref and (action := by_key.pop(key_of(one.row.ref), None)):
                pairs[id(one)] = free.pop(action.ref)
    by_words = {(action.title, action.text): action for action in free.values()}
    for one in wanted:
        if not one.row.ref and (action := by_words.pop((one.values["title"], one.values["text"]), None)):
            pairs[id(one)] = free.pop(action.ref)
    for one in wanted:
        at_its_place = None if one.row.ref or id(one) in pairs else free.get(one.ref)
        if at_its_place and is_like(at_its_place, one):
            pairs[id(one)] = free.pop(one.ref)
    for one in wanted:
        if (action := pairs.get(id(one))) and is_other(action, one):
            words = shortened(one.values["title"] or one.values["text"])
            wanting.questions.ask("other words", one.where, f"{action.ref}: {words}")
    pair_renumbered([one for one in wanted if id(one) not in pairs], pairs, free, wanting)
    number_new_ones(wanted, pairs, there, wanting)
    return pairs


def pair_renumbered(
    left: list[Wanted], pairs: dict[int, Action], free: dict[str, Action], wanting: Wanting
) -> None:
    """A row with a number of its own may be an action that is in the file no more: it is asked."""
    answer = wanting.answers.get("same") or {}
    answers = answer if isinstance(answer, dict) else {}
    for one in left:
        if action := free.pop(str(answers.get(one.row.place, "")), None):
            take(one, action, pairs)
    if answer == NEW or len(left) * len(free) > MOST_COMPARED:
        return
    for one in left:
        if id(one) in pairs or answers.get(one.row.place) == NEW:
            continue
        like = most_like(one, free.values())
        if like and answer == BY_WORDS:
            take(one, free.pop(like[0].ref), pairs)
        elif like:
            found = [action.ref for action in like]
            wanting.questions.ask("same action", one.where, f"{one.ref}, much like {found[0]}", one.row.place)
            wanting.questions.choices[one.row.place] = [*found, NEW]


def take(one: Wanted, action: Action, pairs: dict[int, Action]) -> None:
    pairs[id(one)] = action
    one.is_renumbered = bool(one.row.ref)


def most_like(one: Wanted, actions: Iterable[Action]) -> list[Action]:
    """Those with nearly the same words, or the same title and about half of them: the most like first."""
    scored = [(shared_words(action, one), action) for action in actions]
    near = [
        (share, action) for share, action in scored if share >= (0.4 if is_titled_so(action, one) else 0.7)
    ]
    return [action for _, action in sorted(near, key=lambda each: -each[0])]


def is_like(action: Action, wanted: Wanted) -> bool:
    """Whether it has the same title, or at least half of the words of the longer text are in the other."""
    return is_titled_so(action, wanted) or shared_words(action, wanted) >= 0.5


def is_other(action: Action, wanted: Wanted) -> bool:
    """Whether neither its title is the same, nor one in four of the longer words of the shorter text."""
    texts = (action.text, wanted.values["text"])
    here, there = (
        {word for word in text.casefold().split() if len(word) >= LETTERS_OF_A_LONG_WORD} for text in texts
    )
    return not is_titled_so(action, wanted) and len(here & there) * 4 < min(len(here), len(there))


def is_titled_so(action: Action, wanted: Wanted) -> bool:
    return bool(action.title) and action.title == wanted.values["title"]


def shared_words(action: Action, wanted: Wanted) -> float:
    """Which part of the words of the longer text is in the other."""
    here, there = (set(text.casefold().split()) for text in (action.text, wanted.values["text"]))
    return len(here & there) / (max(len(here), len(there)) or 1)


def bare_number(ref: str) -> str:
    return ref.strip(" .):").lstrip("0").casefold() or "0"


def number_new_ones(
    wanted: list[Wanted], pairs: dict[int, Action], there: list[Action], wanting: Wanting
) -> None:
    """A new action without a number gets the next free one; a printed number that is taken is asked about."""
    taken = {action.ref for action in there} | {one.ref for one in wanted if one.is_renumbered}
    new = [one for one in wanted if id(one) not in pairs]
    for one in new:
        if one.row.ref:
            if one.ref in taken:
                wanting.questions.ask("number again", one.where, one.ref)
            taken.add(one.ref)
    for one in new:
        if not one.row.ref:
            one.ref = one.ref if one.ref not in taken else str(len(taken) + 1)
            while one.ref in taken:
                one.ref = str(int(one.ref) + 1)
            taken.add(one.ref)
