from typing import Any

from django.core.management.base import BaseCommand

from gscp.record import all_taken_out


class Command(BaseCommand):
    help = (
        "Print what was taken out of the record, a line for each text, without the texts. "
        "Keep it outside the database: restore asks for it."
    )

    def handle(self, **options: Any) -> None:
        for one in all_taken_out():
            self.stdout.write(one.line)
