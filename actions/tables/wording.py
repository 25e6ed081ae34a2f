"""Words of printed tables, compared without regard to case, accents and punctuation."""

import re
from functools import lru_cache
from unicodedata import category, combining, normalize

# 1, 001, 1.2, 1.2.3, 2 (i), 3a, A1, A/3, Ref. 7b, CE-04, 2021/07
# Before the heading of a column in our own files that a table printed and no field has.
KEPT_AS_PRINTED = "As printed: "
REFERENCE = re.compile(
    r"(?:(?:action|ref|no|item|rec|recommendation|number)\.?\s*)?[#№]?\s*"
    r"(?:[A-Z]{1,5}[\s./-]?)?[0-9]{1,6}(?:[.\-/][0-9]{1,3}){0,3}(?:[.\s]?[a-z]|\s?\([a-z0-9]{1,4}\))?[.):]?",
    re.IGNORECASE | re.ASCII,
)
LETTER_REFERENCE = re.compile(r"\(?(?:[a-z]|[ivx]{1,5})[.)]", re.IGNORECASE | re.ASCII)
CODE = re.compile(r"(?=[^0-9]*[0-9])[A-Z0-9][A-Z0-9./()_-]{1,13}", re.IGNORECASE | re.ASCII)  # P1.A2, DA3-b
DATE = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{2,4}", re.ASCII)
BULLET = re.compile(r"\s*(?:[•●▪◦‣·*]|[-–—](?=\s))\s*")
TICKS = {"x", "✓", "✔", "√", "☑", "☒", "●", "•", "*", "y", "yes", "✗", "tick", "1", "a", "p"}
SURE_TICKS = {"x", "✓", "✔", "√", "☑", "☒", "●", "•", "*", "y", "yes", "tick"}
NO_TICKS = {"n", "no", "☐", "-", "–"}
# What says that there is nothing to say.
NOTHING = {"", "n a", "na", "none", "nil", "not applicable", "none given"}
DITTO = {"ditto", "as above", "do", "''", "same", "same as above", "see above"}
DITTO_MARKS = re.compile(r"[\s-]*(?:[\"“”„〃][\s-]*)+")
CHECKED, NOT_CHECKED = {"✓", "✔", "√", "☑", "✅"}, {"☐", "✗", "✘", "×", "❌", "❎"}


def is_ditto(text: str) -> bool:
    return text.casefold() in DITTO or bool(DITTO_MARKS.fullmatch(text))


def says_nothing(text: str) -> bool:
    """“N/A”, a dash: but a sign, as a tick or a coloured circle, says something."""
    if plain(text) not in NOTHING or text.casefold() in TICKS:
        return False
    return not any(category(letter) in ("So", "Sm") for letter in without_accents(text))


def without_accents(text: str) -> str:
    """Of the same length: é is e, as are curly quotes and long dashes straight and short."""
    if text.isascii():
        return text
    return "".join(SAME.get(letter) or bare(letter) for letter in text)


SAME = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-", "\xa0": " "}


def bare(letter: str) -> str:
    bases = [part for part in normalize("NFKD", letter) if not combining(part)]
    return bases[0] if len(bases) == 1 else letter


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Its letters and digits in lower case, with one space between words; apostrophes do not part words."""
    text = without_accents(text).casefold().replace("'", "").replace("&", " and ")
    return " ".join(re.findall(r"[^\W_]+", text))


def is_reference(text: str) -> bool:
    if len(text) > 20 or DATE.fullmatch(text):
        return False
    return any(form.fullmatch(text) for form in (REFERENCE, LETTER_REFERENCE, CODE))


def shortened(text: str, length: int = 60) -> str:
    """For messages."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def list_of(names: list[str], most: int = 8) -> str:
    """A1, A2 and 3 more."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
