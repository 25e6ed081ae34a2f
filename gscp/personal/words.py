"""What the searches of this package share: flags, ages, dashes, and the text around a place in it."""

import re
from dataclasses import dataclass

# Without ASCII, \d matches digits of other scripts, and s matches ſ, which is in no name of a month.
FLAGS = re.IGNORECASE | re.ASCII


def listed(words: str) -> list[str]:  # apart by spaces or bars
    return words.replace("|", " ").split()


DASHES = r"\u2010-\u2015\u2212-"
NUMBERS = listed(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
)
# Every repetition in this package has a bound, so that no text takes long.
AGE = rf"(?:1[0-9]|[1-9]|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
AROUND = 120  # characters
SENTENCE_ENDS = re.compile(r"[.!?;][\s”\"')]{1,3}(?=[A-Z])|\n")


def letters_of(text: str) -> str:
    """Without spaces, signs and capitals."""
    return re.sub(r"[\W_]", "", text.casefold())


@dataclass(frozen=True)
class Detail:
    kind: str  # in words, with its article
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: “{self.text}”"

    def is_repeated_in(self, words: str) -> bool:
        """Whether these words have its letters and digits in a row, or the name that is in it."""
        name = re.search(r"[A-Z][a-z]{2,}", self.text) if "first name" in self.kind else None
        return letters_of(self.text) in letters_of(words) or (
            name is not None and name[0].casefold() in re.findall(r"\w+", words.casefold())
        )


def before(text: str, at: int, most: int = AROUND) -> str:
    """What stands before this place in its sentence, as far as that is near."""
    start = max(0, at - most)
    for match in SENTENCE_ENDS.finditer(text, start, at):
        # A full stop of initials, or after “no.”, ends no sentence for this.
        if len(text[max(0, match.start() - 3) : match.start()].split(" ")[-1]) > 2:
            start = match.end()
    return text[start:at]


def after(text: str, at: int, most: int = AROUND) -> str:
    """What stands after it in its sentence, as far as that is near."""
    end = SENTENCE_ENDS.search(text, at, at + most)
    return text[at : end.start() if end else at + most]
