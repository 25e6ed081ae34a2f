import os
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gscp.record import Actor, RecordKey, Signature, WrongKey, ledger, public_key, recording_by_command


class Command(BaseCommand):
    help = (
        "Record that the key NEW_RECORD_KEY signs from now on; RECORD_KEY, the present one, signs for it. "
        "With --lost RECORD_KEY is the new one already, and everybody sees that nothing vouches for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lost", action="store_true", help="The key before is lost.")
        parser.add_argument("--reason", required=True, help="Why the key changes, or how it was lost.")

    def handle(self, lost: bool, reason: str, **options: Any) -> None:
        new = "" if lost else os.environ.get("NEW_RECORD_KEY", "")
        if not lost and not re.fullmatch("[0-9a-f]{64}", new):
            raise CommandError("Set NEW_RECORD_KEY to 64 hex digits, as secrets.token_hex(32) makes them.")
        key = public_key(new)
        # The first key has no row of its own.
        if RecordKey.objects.filter(public=key).exists() or Signature.objects.filter(key=key).exists():
            raise CommandError("Nothing was recorded. That key has signed this record before.")
        try:
            with recording_by_command(Actor("Server administrator"), reason):
                RecordKey(public=key, lost=lost).save()
        except WrongKey as error:
            raise CommandError(f"Nothing was recorded. {error}") from error
        self.stdout.write(f"Fingerprint of the key that signs from now on: {ledger.fingerprint(key)}.")
        if not lost:
            self.stdout.write("Set RECORD_KEY to it and start every server again.")
