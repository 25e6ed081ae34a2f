import os
from uuid import UUID

from django.core.management.base import BaseCommand

from scrutiny.checking import check


class Command(BaseCommand):
    help = "For the server itself: the check that a reader asked for in a browser. Use verify_history."
    requires_system_checks: list[str] = []  # the server that starts it ran them

    def add_arguments(self, parser) -> None:
        parser.add_argument("run", type=UUID, help="Of the row that the answer is written into.")

    def handle(self, run: UUID, **options) -> None:
        os.nice(10)  # readers come first
        check(run)
