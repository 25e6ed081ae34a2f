import os
import sys
from contextlib import nullcontext

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction

from scrutiny.proof.damage import damage_after
from scrutiny.proof.export import lines
from scrutiny.proof.rows import ROW_ERRORS


class Command(BaseCommand):
    help = "Write the ledger as JSON Lines to standard output, for scrutiny/checker.py to check."

    def handle(self, **options) -> None:
        try:
            with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
                for line in lines():
                    self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:
            # The reader closed the pipe. At its end Python flushes standard output, which would fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except DatabaseError as error:
            raise CommandError(f"It cannot be written: {error}. Run verify_history.") from error
        except ROW_ERRORS as error:
            if not damage_after(error, "export_ledger"):
                raise
            raise CommandError(f"It cannot be written: {error}. Run verify_history.") from error
