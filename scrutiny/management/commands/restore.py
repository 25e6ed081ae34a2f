import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from gscp import archive, store
from gscp.mail.models import Mail
from gscp.record import (
    Change,
    NotSigned,
    TakenOut,
    WrongKey,
    ledger,
    public_key,
    read_list,
    repeat,
    still_there,
    turn_to_write,
)
from scrutiny.proof.walk import missing_heads, verify
from subgroups.models import User


class Command(BaseCommand):
    help = (
        "Put a backup into an empty database, and its files into the store: those that DATABASE_URL and "
        "FILES_DIR name. Check the backup before, and the record after. What is refused leaves no row."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        listed = parser.add_mutually_exclusive_group(required=True)
        listed.add_argument(
            "--redactions", type=Path, help="The list of what was taken out, as list_redactions prints it."
        )
        listed.add_argument(
            "--nothing-taken-out",
            action="store_true",
            help="Nothing was taken out since the backup was made.",
        )
        parser.add_argument(
            "--seal", action="append", default=[], help="A seal that was written down earlier."
        )
        parser.add_argument(
            "--replace", metavar="SEAL", help="Lose the record in this database, whose seal of now this is."
        )
        parser.add_argument(
            "--key",
            default="",
            help="The fingerprint of the key that signed it, where RECORD_KEY is another.",
        )
        parser.add_argument("--asks", metavar="EMAIL", help="Asks again for what is taken out again.")
        parser.add_argument("--consents", metavar="EMAIL", help="Consents again to it.")

    def handle(self, folder: Path, **options: Any) -> None:
        try:
            listed = read_list(options["redactions"].read_text()) if options["redactions"] else []
            manifest = archive.read_manifest(folder)
            refuse_another_key(manifest, options["key"])
            archive.check(folder, manifest)
            if not connection.introspection.table_names():
                call_command("migrate", verbosity=0)
            archive.refuse_another_version(manifest)
            self.refuse_a_record(options["replace"])
            archive.keep_files(folder, manifest)
            with turn_to_write() as is_in_time:
                if not is_in_time:
                    raise archive.Refused("Somebody else writes into this database.")
                self.refuse_a_record(options["replace"])  # nobody can write any more
                archive.put_back(folder, manifest)
                Mail.objects.give_up_waiting()
                if missing := missing_heads(options["seal"]):
                    raise archive.Refused(" ".join(map(str, missing)))
                findings = verify(processes=1).findings
                again = still_there(listed)
                for one in again:
                    repeat(one, *self.who(one, options["asks"], options["consents"]))
        except (archive.Refused, store.Trouble, OSError, ValueError, DatabaseError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        except ValidationError as error:
            raise CommandError(f"Nothing was restored. {' '.join(error.messages)}") from error
        except (WrongKey, NotSigned) as error:
            what = "What was taken out cannot be taken out again"
            raise CommandError(f"Nothing was restored. {what}: {error}") from error
        if again:
            findings = verify().findings
        self.tell(manifest, again, findings)

    def refuse_a_record(self, replaced: str | None) -> None:
        is_empty = not Change.objects.exists() and not User.objects.exists()
        if not is_empty and replaced is None:
            raise archive.Refused(
                f"This database has a record, with the seal {archive.seal_now()}. Name an empty one, or lose "
                "this one by --replace with that seal."
            )
        if not is_empty and replaced != archive.seal_now():
            raise archive.Refused(f"The seal of the record in this database is {archive.seal_now()}.")

    def who(self, one: TakenOut, asks: str | None, consents: str | None) -> tuple[User, User]:
        try:
            asked = User.objects.get(email=asks) if asks else User.objects.get(pk=one.asked_by)
            decided = User.objects.get(email=consents) if consents else User.objects.get(pk=one.decided_by)
        except User.DoesNotExist:
            raise archive.Refused(
                f"“{one.field}” of entry {one.entry} was taken out by people whom the backup does not have. "
                "Name two others by --asks and --consents."
            ) from None
        if asked == decided:
            raise archive.Refused("Whoever consents is another person than asks.")
        return asked, decided

    def tell(self, manifest: archive.Manifest, again: list[TakenOut], findings: list) -> None:
        self.stdout.write(
            f"Restored: {manifest.rows:,} rows of {len(manifest.tables)} tables and "
            f"{len(manifest.files):,} files, as they were on {manifest.made_at}."
        )
        for one in again:
            self.stdout.write(f"Taken out again: “{one.field}” of entry {one.entry}.")
        self.stdout.write(f"Seal: {archive.seal_now()}. Key: {ledger.fingerprint(manifest.key)}.")
        if manifest.key != public_key():
            self.stderr.write("RECORD_KEY is not the key of this record: nothing can be recorded with it.")
        if findings:
            self.stderr.write("\n".join(["Things are wrong with this record:", *map(str, findings)]))
            sys.exit(1)


def refuse_another_key(manifest: archive.Manifest, given: str) -> None:
    """
    Raises:
        Refused: whoever signed the backup is not known.
        ValueError: what is given is no fingerprint.
    """
    own = ledger.fingerprint(manifest.key)
    if manifest.key != public_key() and (not given or ledger.read_fingerprint(given) != own):
        raise archive.Refused(
            f"The backup is signed by another key than RECORD_KEY, with the fingerprint {own}. "
            "Set that key, or give the fingerprint that you know by --key."
        )
