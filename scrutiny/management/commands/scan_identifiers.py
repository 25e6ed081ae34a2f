import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.management.base import BaseCommand
from django.urls import reverse
from django.utils import timezone

from actions.models import Evidence
from actions.tables.apart import looked_through_apart
from actions.tables.cells import Refused
from gscp import personal, store
from gscp.dates import day_in_words
from gscp.identity_check import IdentityCheck
from gscp.record import TOMBSTONE, ChangeText, Redaction

EVIDENCE = Evidence._meta.label_lower
AT_ONCE = 500  # texts that are read from the database


@dataclass(frozen=True)
class Found:
    """A stored text in which something could identify a child."""

    text: ChangeText
    details: list[personal.Detail]
    why: str  # it may stand, as its writer said; "" where nobody did
    is_read: bool = True  # not so of a file that has no text, or cannot be opened

    def in_words(self, show: bool) -> str:
        change = self.text.change
        kinds = ", ".join(map(str, self.details) if show else dict.fromkeys(one.kind for one in self.details))
        place = f"Change {change.number}, {day_in_words(timezone.localdate(change.at))}"
        return f"{place}, {change.object_in_words}, {self.text.label}: {kinds}. {self.what_now()}"

    def what_now(self) -> str:
        if self.why:
            return f"It was let stand: “{self.why}”."
        if asked_before := Redaction.why_not_askable(self.text):
            return asked_before
        address = reverse("redaction_ask", args=[self.text.change_id, self.text.field])
        return f"Ask for it to be taken out: {address}"


class Command(BaseCommand):
    help = (
        "Look through every text that was ever typed, and each file, for what could identify a child. "
        "Say where it is. Ends with 1 if anything is found that nobody has said may stand."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--show", action="store_true", help="Print the words that were found, too.")

    def handle(self, show: bool, **options) -> None:
        looked_through, unread, let_stand, left = 0, 0, 0, 0
        for found in looked_at():
            looked_through, unread = looked_through + found.is_read, unread + (not found.is_read)
            if found.details:
                self.stdout.write(found.in_words(show))
                let_stand, left = let_stand + bool(found.why), left + (not found.why)
        self.stdout.write(
            f"{looked_through:,} texts looked through. In {left + let_stand:,} something could identify a "
            f"child: {let_stand:,} may stand, as their writers said, and {left:,} have to be looked at."
        )
        if unread:
            self.stdout.write(f"Files that hold no text that can be read, such as pictures: {unread:,}.")
        if left:
            sys.exit(1)


def looked_at() -> Iterator[Found]:
    """What is stored: each text of the record, those of its history with it, and each file."""
    texts = ChangeText.objects.exclude(value__in=("", TOMBSTONE)).order_by("change", "field")
    for text in texts.select_related("change").defer("change__line").iterator(AT_ONCE):
        is_file = text.change.model == EVIDENCE and text.field == "sha256"
        is_name = text.change.model == EVIDENCE and text.field == "file_name"
        words = personal.words_of_file_name(text.value) if is_name else text.value  # as the form reads it
        details, is_read = of_file(text) if is_file else (personal.details(words, said_on(text)), True)
        yield Found(text, details, why_it_stands(text.change.act, details) if details else "", is_read)


def said_on(text: ChangeText) -> date:
    return timezone.localdate(text.change.at)


def of_file(text: ChangeText) -> tuple[list[personal.Detail], bool]:
    """What the file of evidence holds, and whether it could be read; of damage verify_history tells more."""
    try:
        looked = looked_through_apart(store.read(text.value))
    except (store.Trouble, Refused):
        return [], False
    return list(looked.found), looked.has_text


def why_it_stands(act: UUID, details: list[personal.Detail]) -> str:
    """What was said in the act that entered a text, if that was about each of these kinds."""
    for found, why in IdentityCheck.objects.in_act(act).values_list("found", "why"):
        if all(one.kind in found for one in details):
            return why
    return ""
