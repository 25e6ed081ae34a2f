"""Words of the house put into sentences, and two texts held against each other word by word."""

import re
from difflib import SequenceMatcher

SIDE = 12  # words shown on either side of a change
MOST = 400_000  # pairs of words looked at: comparing takes time by the square


def lower_first(words: str) -> str:
    """As it stands within a sentence: its first letter small, every name as it is."""
    return words[:1].lower() + words[1:]


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """The new text with what was taken out and put in: ("same" or "out" or "in", words), in their order.

    Long stretches that are the same are cut to the words beside a change. Texts too long to compare are all
    taken out and all put in.
    """
    was, now = (re.findall(r"\S+\s*|\s+", text) for text in (old, new))
    if len(was) * len(now) > MOST:
        return [("out", old), ("in", new)]
    found = []
    for kind, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", shortened(now[c:d], first=a == 0, last=b == len(was) and d == len(now))))
            continue
        found += [(what, "".join(words)) for what, words in (("out", was[a:b]), ("in", now[c:d])) if words]
    return found


def shortened(words: list[str], first: bool, last: bool) -> str:
    if len(words) <= 3 * SIDE:
        return "".join(words)
    start = [] if first else words[:SIDE]
    end = [] if last else words[-SIDE:]
    return "".join([*start, "… ", *end])
