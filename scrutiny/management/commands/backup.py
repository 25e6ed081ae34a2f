import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from gscp import archive, store
from gscp.record import ledger
from scrutiny.proof.rows import snapshot
from scrutiny.proof.walk import missing_heads, verify


class Command(BaseCommand):
    help = (
        "Copy everything into a new folder: every table, and the files of evidence. The keys are not in it. "
        "Others can go on writing. Then check the record, and end with 1 where anything is wrong with it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="It is made. The database's texts are in it: guard it.")

    def handle(self, folder: Path, **options: Any) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is there already, and not empty.")
        try:
            with snapshot():
                manifest = archive.write(folder)
        except (OSError, ValueError, DatabaseError, store.Trouble) as error:
            raise CommandError(f"{folder} is not complete: {error}. Run verify_history.") from error
        # What was copied has to stand in what is checked.
        seals = [] if manifest.seal == archive.SEAL_OF_NOTHING else [manifest.seal]
        findings = verify().findings + missing_heads(seals)
        self.stdout.write(
            f"{manifest.rows:,} rows of {len(manifest.tables)} tables and {len(manifest.files):,} files are "
            f"in {folder}. Seal: {manifest.seal}. Key: {ledger.fingerprint(manifest.key)}."
        )
        if findings:
            found = "\n".join(map(str, findings))
            self.stderr.write(f"The copy is complete, but the record has things wrong:\n{found}")
            sys.exit(1)
