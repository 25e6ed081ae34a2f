"""Passwords that somebody who knows the partnership would guess early: Django's list has none of its names,
and few as long as ours have to be.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from unicodedata import normalize

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from subgroups.models import Group, Partner, Partnership, Post, User

LEAST = 5  # characters that are neither of a word on the list, nor a repetition, nor a row of keys
SHORTEST_WORD = 3  # of a name: "QiiP" and "NHS" are words, "of" is not
ROWS = ("12345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop[]", "asdfghjkl;'#", "zxcvbnm,./")
NEXT_TO = {pair for row in ROWS for a, b in pairwise(row) for pair in (a + b, b + a)}
LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")
KEPT = {
    "administrator", "changeme", "changethis", "children", "childrens", "council", "default", "football",
    "iloveyou", "letmein", "letmeinplease", "liverpool", "manchester", "meeting", "monkey", "opensesame",
    "partnership", "password", "passphrase", "plan", "plantracker", "qwerty", "safeguarding", "secret",
    "sunshine", "temporary", "tracker", "trustno", "welcome",
}  # fmt: skip


class EasyPasswordValidator:
    """Refuses what has hardly a character left without names, common words, repetitions and rows of keys."""

    @cached_property
    def common(self) -> set[str]:
        return CommonPasswordValidator().passwords

    def validate(self, password: str, user: User | None = None) -> None:
        typed = unit_of(normalize("NFKC", password).casefold())
        words = {*KEPT, *names_in_use()}
        for spelling in (typed, typed.translate(LOOKS_LIKE)):
            if unusual(left_without(words, spelling)) < LEAST or self.is_common(spelling):
                raise ValidationError(
                    "This password is easy to guess: it is a common one, a name of the partnership, or the "
                    "same again. Take three or four words that do not belong together.",
                    code="password_too_easy",
                )

    def is_common(self, spelling: str) -> bool:
        # With figures and signs before or after it: “Sunshine2021!”.
        core = re.sub(r"\A[\W\d_]+|[\W\d_]+\Z", "", spelling)
        return bool(core) and unit_of(core) in self.common

    def get_help_text(self) -> str:
        return "Not a common password, a name of the partnership, or the same again and again."


def names_in_use() -> Iterator[str]:
    """The words in names of the partnership, its groups, partners and posts, in all their spellings."""
    texts = [text for one in Partnership.objects.all() for text in (one.name, one.short_name)]
    for model in (Group, Partner, Post):
        for named in model.objects.all():
            texts += named.spellings
    for text in texts:
        words = [word for word in re.split(r"[\W_]+", text.casefold()) if word]
        yield from (word for word in words if len(word) >= SHORTEST_WORD)
        yield "".join(word[0] for word in words) if len(words) >= SHORTEST_WORD else text.casefold()


def left_without(words: set[str], text: str) -> str:
    for word in sorted(filter(None, words), key=len, reverse=True):
        text = text.replace(word, " ")
    return text


def unit_of(text: str) -> str:
    """What is repeated in it: of “abcabcab” it is “abc”; else the text."""
    for length in range(1, len(text) // 2 + 1):
        if text == (text[:length] * len(text))[: len(text)]:
            return text[:length]
    return text


def unusual(text: str) -> int:
    """How many letters and figures neither repeat the one before nor lie next to it."""
    return sum(
        after.isalnum() and before != after and before + after not in NEXT_TO
        for before, after in pairwise(f" {text}")
    )
