"""A page on paper: the words of its PDF and where they stand."""

from dataclasses import dataclass

import pypdfium2 as pdfium
from pypdfium2 import raw

# In points, a 72nd of an inch. Letters that touch are no fault; a line of text is some ten points high.
TOUCHING = 1.5
NO_LETTERS = "\x00\x02"  # where PDFium knows no letter, and where a word is broken


@dataclass
class Word:
    text: str
    left: float
    bottom: float
    right: float
    top: float

    def add(self, letter: str, left: float, bottom: float, right: float, top: float) -> None:
        self.text += letter
        self.left, self.bottom = min(self.left, left), min(self.bottom, bottom)
        self.right, self.top = max(self.right, right), max(self.top, top)

    def overlaps(self, other: "Word") -> bool:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return width > TOUCHING and height > TOUCHING


@dataclass
class Sheet:
    width: float
    height: float
    words: list[Word]

    def overlapping(self) -> list[tuple[str, str]]:
        # Sorted by height, so that only neighbours are compared.
        words = sorted(self.words, key=lambda word: -word.top)
        return [
            (one.text, other.text)
            for place, one in enumerate(words)
            for other in words[place + 1 : place + 80]
            if one.overlaps(other)
        ]

    def cut_off(self) -> list[str]:
        return [
            word.text
            for word in self.words
            if word.left < 0 or word.bottom < 0 or word.right > self.width or word.top > self.height
        ]


def sheets(pdf: bytes) -> list[Sheet]:
    with pdfium.PdfDocument(pdf) as document:
        return [Sheet(*page.get_size(), words_on(page)) for page in document]


def words_on(page: pdfium.PdfPage) -> list[Word]:
    text = page.get_textpage()
    words: list[Word] = []
    within = False
    for place in range(text.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(text, place))
        if letter.isspace() or letter in NO_LETTERS:
            within = False
            continue
        box = text.get_charbox(place)
        if within and box[0] >= words[-1].left:  # not the rest of a word that is broken
            words[-1].add(letter, *box)
        else:
            words.append(Word(letter, *box))
        within = True
    return words
