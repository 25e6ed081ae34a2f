"""Texts within sentences, texts as they are compared, and their differences word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import count, groupby
from operator import itemgetter
from typing import Any
from unicodedata import combining, normalize

from django.core.validators import RegexValidator

CONTEXT = 12  # unchanged words shown before and after a difference
MAX_PAIRS = 100_000  # words of one text times words of the other: comparing takes as long as that
TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
has_words = RegexValidator(TWO_LETTERS, "Say it in words.")


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

    Long pieces that are the same are shortened to the words next to a difference.
    """
    pieces: list[tuple[str, str]] = []
    parts = list(differing_parts(words_of(old), words_of(new)))
    for place, (is_same, old_words, new_words) in enumerate(parts):
        if is_same:
            same = shortened(new_words, first=place == 0, last=place == len(parts) - 1)
            pieces.append(("same", same))
        else:
            pieces += [
                (what, "".join(words)) for what, words in (("out", old_words), ("in", new_words)) if words
            ]
    return pieces


def folded_words(text: str) -> list[str]:
    """Its words, whatever their case and accents and the spaces between them."""
    return folded(text).split()


def keeps_half(old: str, new: str) -> bool:
    """Whether at least half of the words of each of these texts stand in both, in their order."""
    before, after = folded_words(old), folded_words(new)
    same = sum(len(words) for is_same, words, _ in differing_parts(before, after) if is_same)
    return 2 * same >= max(len(before), len(after))


def words_of(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)  # each with the spaces after it: together they are the text


Part = tuple[bool, list[str], list[str]]  # whether the words are the same, the old ones, the new ones


def differing_parts(old: list[str], new: list[str]) -> Iterator[Part]:
    """In order and with nothing left out, in a time that grows with the length of the texts and no faster."""
    start = common_start(old, new)
    end = common_start(old[start:][::-1], new[start:][::-1])
    before, old_middle, after = old[:start], old[start : len(old) - end], old[len(old) - end :]
    new_middle = new[start : len(new) - end]
    parts = [(True, before, before), *parts_between(old_middle, new_middle), (True, after, after)]
    for is_same, run in groupby((part for part in parts if part[1] or part[2]), key=itemgetter(0)):
        together = list(run)  # neighbours that are alike are one part
        yield is_same, [w for one in together for w in one[1]], [w for one in together for w in one[2]]


def common_start(old: list[str], new: list[str]) -> int:
    pairs = zip(old, new, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def parts_between(old: list[str], new: list[str]) -> Iterator[Part]:
    if len(old) * len(new) <= MAX_PAIRS:
        yield from matched(old, new)
        return
    # Too many words: sentences are compared first, and then the words of those that differ.
    old_sentences, new_sentences = sentences_of(old), sentences_of(new)
    if len(old_sentences) * len(new_sentences) > MAX_PAIRS:
        yield False, old, new
        return
    for is_same, old_run, new_run in matched(old_sentences, new_sentences):
        old_words, new_words = ([word for one in run for word in one] for run in (old_run, new_run))
        if is_same or len(old_words) * len(new_words) > MAX_PAIRS:
            yield is_same, old_words, new_words
        else:
            yield from matched(old_words, new_words)


def sentences_of(words: list[str]) -> list[tuple[str, ...]]:
    sentences: list[list[str]] = [[]]
    for word in words:
        sentences[-1].append(word)
        if word.rstrip()[-1:] in (".", "!", "?", ":", ";") or "\n" in word:
            sentences.append([])
    return [tuple(sentence) for sentence in sentences if sentence]


def matched(old: list[Any], new: list[Any]) -> Iterator[tuple[bool, list[Any], list[Any]]]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        yield tag == "equal", old[old_start:old_end], new[new_start:new_end]


def shortened(words: list[str], first: bool, last: bool) -> str:
    # Kept are the words next to a difference: none before the first piece, none after the last.
    if len(words) <= 3 * CONTEXT:
        return "".join(words)
    start = [] if first else words[:CONTEXT]
    end = [] if last else words[-CONTEXT:]
    return "".join([*start, "… ", *end])
