import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from gscp import archive, store
from gscp.record import turn_to_write
from scrutiny.proof.walk import verify


class Command(BaseCommand):
    help = (
        "Put what this SQLite database has into an empty PostgreSQL. Prove that rows and seal are the same, "
        "and that nothing is wrong on either side. Stop the servers first. Nothing changes here."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="postgres://… of the new database; its tables are made.")

    def handle(self, url: str, **options: Any) -> None:
        if connection.vendor != "sqlite" or not url.startswith("postgres"):
            raise CommandError("It goes from SQLite, in DATABASE_URL, to the postgres://… that is given.")
        if findings := verify().findings:
            wrong = "\n".join(map(str, findings))
            raise CommandError(f"Nothing was moved. The record has things wrong:\n{wrong}")
        with tempfile.TemporaryDirectory(prefix="gscp-", dir=settings.VAR_DIR) as temporary:
            folder = Path(temporary) / "copy"
            # Nobody records anything here until all of it is there.
            with turn_to_write() as is_in_time:
                if not is_in_time:
                    raise CommandError("Nothing was moved. Somebody else writes: stop the servers.")
                try:
                    manifest = archive.write(folder, with_files=False)
                except (OSError, ValueError, DatabaseError, store.Trouble) as error:
                    raise CommandError(f"Nothing was moved. {error}") from error
                moved = subprocess.run(
                    [
                        sys.executable,
                        settings.BASE_DIR / "manage.py",
                        "restore",
                        str(folder),
                        "--nothing-taken-out",
                    ],
                    env=os.environ | {"DATABASE_URL": url},
                    capture_output=True,
                    text=True,
                    check=False,
                )
        if moved.returncode:
            raise CommandError(f"PostgreSQL did not take it. {moved.stderr.strip()}")
        self.stdout.write(moved.stdout.strip())
        self.stdout.write(
            f"The seal is {manifest.seal} on both sides, and every table has the same rows. "
            "Set DATABASE_URL to the new database before you start the servers. Files stay where they are."
        )
