"""The printed numbers of actions: one that stands twice, or that begins again under each heading."""

import re
from collections import defaultdict
from itertools import pairwise

from actions.tables.doubts import Doubts
from actions.tables.understood import PlanRow
from actions.tables.wording import LETTER_REFERENCE

LONGEST = 20
BEGINS = re.compile(
    r"\(?([0-9]+(?:\.[0-9]+)+[a-z]?|[0-9]+[a-z]?(?=[.):])|[a-z](?=[.)]))[.):]?\s+\S", re.IGNORECASE | re.ASCII
)
MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"  # as Excel shows them, so not of MARAC-01
A_DATE = re.compile(
    rf"[0-9]{{1,2}}[-/ ]{MONTH}(?:[-/ ][0-9]{{2,4}})?|{MONTH}[-/ ][0-9]{{1,4}}", re.IGNORECASE
)
ENDS_IN_9 = re.compile(r"(.*[0-9]\.)([0-9]{0,2}9)", re.ASCII)
ENDS_IN_NUMBER = re.compile(r"(|.*[^0-9])([0-9]{1,6})", re.ASCII)
WHOLE = re.compile(r"[0-9]{1,6}(?![0-9])", re.ASCII)
LIST = re.compile(r"\n[ \t]{0,20}\(?(?:[0-9]+|[a-z])[.):]\s", re.IGNORECASE | re.ASCII)
BY_GROUP, IN_ORDER = "by group", "in order"


def same(ref: str) -> str:
    return ref.strip(" .):").casefold()


def check_numbers(actions: list[PlanRow], doubts: Doubts, headers: dict[str, str], answer: str) -> None:
    """Ask about numbers that a plan cannot have, unless it was answered what to do."""
    heading = next(iter(headers.values()), "")
    for action in actions:
        if len(action.ref) > LONGEST:
            doubts.add("long number", cell_of(action), action.ref, heading=heading)
        if A_DATE.fullmatch(action.ref):
            doubts.add("number as date", cell_of(action), action.ref, heading=heading)
    take_from_words(actions, doubts)
    restore_zeros(actions, doubts, heading)
    without = [action for action in actions if not action.ref]
    for action in without:
        kind = "numbers" if len(without) == len(actions) else "no number"
        doubts.add(kind, cell_of(action), action.title or action.action, heading=heading)
    if answer == BY_GROUP and those_twice(actions):
        number_by_group(actions, heading)
    elif answer == IN_ORDER:
        number_the_later(actions, heading)
    twice = those_twice(actions)
    kind = "numbers restart" if begin_again(twice) else "double number"
    for ref, rows in twice.items():
        for row in rows:
            doubts.add(kind, cell_of(row), ref, heading=heading, choices=(BY_GROUP, IN_ORDER))


def restore_zeros(actions: list[PlanRow], doubts: Doubts, heading: str) -> None:
    """What follows 1.9 and reads 1.1 is 1.10: a spreadsheet that takes it for a number drops the zero."""
    taken = {action.ref for action in actions}
    for before, action in pairwise(actions):
        match = ENDS_IN_9.fullmatch(before.ref)
        is_beside = (before.table, before.theme) == (action.table, action.theme)
        if not match or not is_beside:
            continue
        meant = f"{match[1]}{int(match[2]) + 1}"
        if action.ref == meant[:-1] and meant not in taken:
            doubts.add("lost zero", cell_of(action), action.ref, heading=heading, meaning=meant)
            action.extra.setdefault(heading or "Number as printed", action.ref)
            action.ref = meant


def take_from_words(actions: list[PlanRow], doubts: Doubts) -> None:
    """“1.1 Run briefings”: the number that begins each action, where no column has one."""
    texts = [action.title or action.action for action in actions]
    # A list within a cell begins with a number that is not the action's.
    if len(actions) < 2 or any(action.ref for action in actions) or any(map(LIST.search, texts)):
        return
    found = [BEGINS.match(text) for text in texts]
    numbers = [match[1] for match in found if match]
    if len(numbers) < len(actions) or len(set(numbers)) < len(numbers):
        return
    for action, number in zip(actions, numbers, strict=True):
        action.ref = number
        doubts.add("number in words", action.cells.get("action", ""), number)


def those_twice(actions: list[PlanRow]) -> dict[str, list[PlanRow]]:
    by_ref: dict[str, list[PlanRow]] = defaultdict(list)
    for action in actions:
        if action.ref:
            by_ref[same(action.ref)].append(action)
    return {rows[0].ref: rows for rows in by_ref.values() if len(rows) > 1}


def begin_again(twice: dict[str, list[PlanRow]]) -> bool:
    """Whether no two of one number stand under one heading of one table."""
    return all(len({(row.table, row.theme) for row in rows}) == len(rows) for rows in twice.values())


def number_the_later(actions: list[PlanRow], heading: str) -> None:
    """Of those with one number the first keeps it; the others go on after the highest of the same form."""
    refs = [action.ref for action in actions if action.ref]
    parted = [(before, number) for before, number in map(parts_of, refs) if number]
    last: dict[str, int] = {"": 0}
    width: dict[str, int] = {}
    for before, number in parted:
        last[before] = max(last.get(before, 0), int(number))
        if number.startswith("0"):  # 007 after 006
            width[before] = max(width.get(before, 1), len(number))
    taken: set[str] = set()
    for action in actions:
        if action.ref and same(action.ref) in taken:
            action.extra.setdefault(heading or "Number as printed", action.ref)
            before, _ = parts_of(action.ref)
            last[before] += 1
            printed = action.ref.strip(" .):")[: len(before)]  # “A” of A1, whose small letter is its key
            action.ref = printed + str(last[before]).zfill(width.get(before, 1))
        taken.add(same(action.ref))


def parts_of(ref: str) -> tuple[str, str]:
    """What stands before the last number, and that: “2.” and “2” of 2.2. Of 3b the number it begins with."""
    match = ENDS_IN_NUMBER.fullmatch(same(ref))
    if match:
        return match[1], match[2]
    begins = WHOLE.match(ref)
    return "", begins[0] if begins else ""


def number_by_group(actions: list[PlanRow], heading: str) -> None:
    groups: dict[tuple[str, str], str] = {}
    last = ""
    keys = {(action.table, action.theme) for action in actions}
    for place, action in enumerate(actions, start=1):
        key = (action.table, action.theme)
        if key not in groups:
            number = re.search("[0-9]+", action.theme[:40])
            taken = set(groups.values())
            wanted = number[0] if number else str(len(groups) + 1)
            groups[key] = wanted if wanted not in taken else str(len(groups) + 1)
        printed = action.ref
        if not printed:
            action.ref = str(place)
        elif LETTER_REFERENCE.fullmatch(printed) and last:
            action.ref = f"{last}{same(printed)}"  # “a)” beneath 2 is 2a
        else:
            action.ref = last = f"{groups[key]}.{same(printed)}" if len(keys) > 1 else same(printed)
        if printed and printed != action.ref:
            action.extra.setdefault(heading or "Number as printed", printed)


def cell_of(action: PlanRow) -> str:
    return action.cells.get("ref") or next(iter(action.cells.values()), "")
