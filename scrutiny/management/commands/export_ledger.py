import os
import sys
from contextlib import nullcontext

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from scrutiny.export import lines


class Command(BaseCommand):
    help = "Write the ledger as JSON Lines to standard output, for scrutiny/checker.py to check."

    def handle(self, **options):
        try:
            with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
                for line in lines():
                    self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:
            # Who reads it has had enough; nothing is left to be said to them when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
