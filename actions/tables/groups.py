"""The group headings that an action stands under, in one or more levels."""

import re
from dataclasses import dataclass, field

from actions.tables.wording import plain

NUMBERED = re.compile(r"([a-z ]*?) ?([0-9]+(?: [0-9]+)*)\b")
LABEL = re.compile(r"\s*([^\W\d_]+(?: [^\W\d_]+){0,2}):\s*\S")  # “Theme: Neglect”


def level_of(text: str) -> tuple[str, int] | None:
    """What headings of one level share: their first words, how many numbers follow; None without either."""
    if label := LABEL.match(text):
        return plain(label[1]), -1
    match = NUMBERED.match(plain(text))
    return (match[1], match[2].count(" ")) if match else None


@dataclass
class Groups:
    texts: list[str] = field(default_factory=list)  # the outer heading first
    was_group: bool = False  # the row above is one too
    number: int = 0  # how many groups there have been

    @property
    def theme(self) -> str:
        return " – ".join(self.texts)

    def begin(self, text: str) -> None:
        """Another heading: of the level that its number and words show, else beneath one just above it."""
        self.number += 1
        level = level_of(text)
        for place, there in enumerate(self.texts):
            if level and level_of(there) == level:
                self.texts[place:] = [text]
                return
        if self.was_group or not self.texts:
            self.texts.append(text)
        else:
            self.texts[-1:] = [text]
