import json
import sys

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from scrutiny.models import Walk
from scrutiny.proof.walk import Walked, fallen, verify

KEPT = 100  # findings for who reads the record in a browser: the first are worth looking at first


class Command(BaseCommand):
    help = "Walk the whole record and say what is wrong: ends with 1 where anything is, with 2 for no head."

    def add_arguments(self, parser):
        parser.add_argument("--head", action="append", default=[], help="A head written down earlier.")
        parser.add_argument("--json", action="store_true", help="Say what was found as JSON.")

    def handle(self, head: list[str], json: bool, **options):
        try:
            fell = fallen(head)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        walked = verify(self.progress if sys.stderr.isatty() else lambda number: None)
        # A head from elsewhere may be mistyped: the note is of the record alone, and of the real time.
        count = len(walked.findings)
        found = "\n".join(map(str, walked.findings[:KEPT]))
        note = Walk(at=timezone.now(), number=walked.number, hash=walked.hash, findings=count, found=found)
        walked.findings += fell
        self.stdout.write(as_json(walked, head) if json else in_words(walked, head))
        try:
            note.save()
        except DatabaseError as error:
            raise CommandError(f"This walk was not noted: {error}") from error
        if walked.findings:
            sys.exit(1)

    def progress(self, number: int) -> None:
        self.stderr.write(f"\r{number:,} entries", ending="")


def in_words(walked: Walked, heads: list[str]) -> str:
    redacted = [f"Taken out by consent: “{field}” of entry {number}." for number, field in walked.redactions]
    if walked.findings:
        count = len(walked.findings)
        first = f"{count:,} thing{'' if count == 1 else 's'} wrong in {walked.number:,} entries:"
        return "\n".join([first, *map(str, walked.findings), *redacted])
    stand = [f"The head {head} stands, and what is after it was added to it." for head in heads]
    sound = f"{walked.number:,} entries, and nothing is wrong. Head: {walked.head}"
    return "\n".join([sound, *stand, *redacted])


def as_json(walked: Walked, heads: list[str]) -> str:
    return json.dumps(
        {
            "entries": walked.number,
            "head": walked.head,
            "held_against": heads,
            "sound": not walked.findings,
            "findings": [{"entry": finding.number, "what": finding.what} for finding in walked.findings],
            "redactions": [{"entry": number, "field": field} for number, field in walked.redactions],
        },
        ensure_ascii=False,
        indent=2,
    )
