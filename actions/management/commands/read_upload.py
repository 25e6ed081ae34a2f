import os
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from actions.uploaded import read_upload


class Command(BaseCommand):
    help = "For the server itself: reads the file that somebody chose in a browser. Use import_plan."
    requires_system_checks: list[str] = []  # the server that starts it ran them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=UUID, help="Of the row that the answer is written into.")

    def handle(self, run: UUID, **options: object) -> None:
        os.nice(10)  # readers come first
        read_upload(run)
