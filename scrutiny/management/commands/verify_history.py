import json
import sys

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from gscp.record import clear_files, ledger, public_key
from scrutiny.models import Walk
from scrutiny.proof.findings import FINDINGS_KEPT
from scrutiny.proof.signatures import Keys, key_findings
from scrutiny.proof.walk import WalkResult, missing_heads, verify


class Command(BaseCommand):
    help = (
        "Check the whole record and say what is wrong. "
        "Ends with 1 if anything is, with 2 if SEAL or KEY cannot be read."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--seal",
            "--head",
            dest="head",
            action="append",
            default=[],
            help="A seal of the record that was written down earlier.",
        )
        parser.add_argument("--key", default="", help="The fingerprint of the record's first key.")
        parser.add_argument("--json", action="store_true", help="Say what was found as JSON.")

    def handle(self, head: list[str], key: str, json: bool, **options) -> None:
        try:
            missing = missing_heads(head) + (key_findings(key) if key else [])
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        result = verify(self.progress if sys.stderr.isatty() else lambda number: None)
        # The note is of the record alone: a seal or a fingerprint given here may be mistyped. Its time is the
        # real one, whatever day a demonstration has.
        note = Walk(
            at=timezone.now(),
            number=result.number,
            hash=result.hash,
            findings=len(result.findings),
            found="\n".join(map(str, result.findings[:FINDINGS_KEPT])),
        )
        # Of a damaged record nobody knows which files it named.
        cleared = 0 if result.findings else self.clear_files()
        result.findings += missing
        self.stdout.write(as_json(result, head, key) if json else result_in_words(result, head, key))
        if result.keys.after(result.number) not in ("", public_key()):
            raise CommandError("This check was not noted: RECORD_KEY is not the key of this record.")
        if cleared:
            self.stderr.write(f"Files removed that belong to nothing: {cleared:,}")
        try:
            note.save()
        except DatabaseError as error:
            raise CommandError(f"This check was not noted: {error}") from error
        if result.findings:
            sys.exit(1)

    def clear_files(self) -> int:
        """Remove what uploads left behind that were not recorded."""
        try:
            return clear_files()
        except (OSError, DatabaseError) as error:
            self.stderr.write(f"Files that belong to nothing were not removed: {error}")
            return 0

    def progress(self, number: int) -> None:
        self.stderr.write(f"\r{number:,} entries", ending="")


def result_in_words(result: WalkResult, heads: list[str], key: str) -> str:
    redacted = [f"Taken out by consent: “{field}” of entry {number}." for number, field in result.redactions]
    redacted += [one for one in (*keys_in_words(result.keys, key), result.unchecked) if one]
    if result.findings:
        count = len(result.findings)
        first = f"{count:,} thing{'' if count == 1 else 's'} wrong in {result.number:,} entries:"
        return "\n".join([first, *map(str, result.findings), *redacted])
    heads_found = [f"The seal {head} stands, and what is after it was added to it." for head in heads]
    sound = f"{result.number:,} entries, and nothing is wrong. Seal: {result.head}"
    return "\n".join([sound, *heads_found, *redacted])


def keys_in_words(keys: Keys, given: str) -> list[str]:
    if not keys.first:
        return ["No act is signed."]
    known = (
        "The signatures agree with one another, the key is not known: give its fingerprint with --key. "
        f"Here it is {keys.fingerprint}."
    )
    if given:
        is_first = ledger.read_fingerprint(given) == keys.fingerprint
        known = f"Every signature goes back to the key {keys.fingerprint}, " + (
            "which you gave." if is_first else "which is another one than you gave."
        )
    return [known, *map(str, keys.changes)]


def as_json(result: WalkResult, heads: list[str], key: str) -> str:
    return json.dumps(
        {
            "entries": result.number,
            "head": result.head,
            "held_against": heads,
            "key": result.keys.fingerprint,
            "key_given": key,
            "keys_changed": [
                {"entry": change.number, "key": change.fingerprint, "lost": change.lost}
                for change in result.keys.changes
            ],
            "unchecked": result.unchecked,
            "sound": not result.findings,
            "findings": [{"entry": finding.number, "what": finding.what} for finding in result.findings],
            "redactions": [{"entry": number, "field": field} for number, field in result.redactions],
        },
        ensure_ascii=False,
        indent=2,
    )
