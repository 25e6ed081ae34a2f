import os
import sys
from contextlib import nullcontext

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction

from scrutiny.proof.damage import MISSHAPEN
from scrutiny.proof.export import lines


class Command(BaseCommand):
    help = "Write the ledger as JSON Lines to standard output, for scrutiny/checker.py to check."

    def handle(self, **options):
        try:
            with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
                for line in lines():
                    self.stdout.write(line)
            self.stdout.flush()
        except (DatabaseError, *MISSHAPEN) as error:
            raise CommandError(f"It cannot be written: {error}. Run verify_history.") from error
        except BrokenPipeError:
            # Who reads it has had enough; nothing is left to be said to them when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
