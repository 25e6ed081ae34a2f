"""Texts within sentences, texts as they are compared, and their differences word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import count
from unicodedata import combining, normalize

CONTEXT = 12  # unchanged words shown before and after a difference
MAX_PAIRS = 400_000  # words of one text times words of the other: comparing takes as long as that


def lower_first(words: str) -> str:
    # Not lower(): names further on keep their capitals.
    return words[:1].lower() + words[1:]


# What keyboards and word processors write for the same sign, by the sign it is compared as.
LOOKALIKES = {
    "'": "‘’‚‛′ʹʻʼʽˈ´‹›",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−⁃﹘",
    " ": "\u200b",  # breaks a line, and has no width
    "": "\u00ad\u200c\u200d\u2060\ufeff",  # neither seen nor a space
}
PLAIN = str.maketrans({sign: plain for plain, signs in LOOKALIKES.items() for sign in signs})


def folded(text: str) -> str:
    """A text as it is looked for: without case and accents, with plain quotes and dashes and single spaces.

    The same on both databases, which know neither all letters nor all spaces.
    """
    if not text.isascii():
        text = text.translate(PLAIN)
    if not text.isascii():
        text = normalize("NFKD", normalize("NFKD", text).casefold()).translate(PLAIN)
        text = "".join(sign for sign in text if not combining(sign))
    return " ".join(text.casefold().split())


def numbered(base: str) -> Iterator[str]:
    """base, base-2, base-3 and so on: an address takes the first that is free."""
    yield base
    yield from (f"{base}-{number}" for number in count(2))


def word_differences(old: str, new: str) -> list[tuple[str, str]]:
    """The pieces of both texts in their order, each as ("same" or "out" or "in", piece).

    Long pieces that are the same are shortened to the words next to a difference. Of texts too long
    to compare, the old one is all "out" and the new one all "in".
    """
    old_words, new_words = (re.findall(r"\S+\s*|\s+", text) for text in (old, new))
    if len(old_words) * len(new_words) > MAX_PAIRS:
        return [("out", old), ("in", new)]
    pieces: list[tuple[str, str]] = []
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            at_end = old_end == len(old_words) and new_end == len(new_words)
            same = shortened(new_words[new_start:new_end], first=old_start == 0, last=at_end)
            pieces.append(("same", same))
            continue
        if old_start < old_end:
            pieces.append(("out", "".join(old_words[old_start:old_end])))
        if new_start < new_end:
            pieces.append(("in", "".join(new_words[new_start:new_end])))
    return pieces


def shortened(words: list[str], first: bool, last: bool) -> str:
    # Kept are the words next to a difference: none before the first piece, none after the last.
    if len(words) <= 3 * CONTEXT:
        return "".join(words)
    start = [] if first else words[:CONTEXT]
    end = [] if last else words[-CONTEXT:]
    return "".join([*start, "… ", *end])
