"""A finding: what a check of the record says is wrong, and with which entry."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DatabaseError

FINDINGS_KEPT = 100  # of a check, for readers in a browser


@dataclass(frozen=True, order=True)
class Finding:
    number: int | str  # SQLite allows a text in a number's column
    what: str

    def __str__(self) -> str:
        return f"Entry {self.number}: {self.what}"

    def printable(self) -> Finding:
        number = self.number if isinstance(self.number, int) else printable(str(self.number))
        return Finding(number, printable(self.what))


def printable(text: str) -> str:
    # A screen, a file or a column might refuse the others.
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def without_text(error: DatabaseError) -> str:
    """The error's message without the text that SQLite quotes in it.

    Findings are kept, and that text may have to be taken out of the record.
    """
    return str(error).partition(" with text")[0]
