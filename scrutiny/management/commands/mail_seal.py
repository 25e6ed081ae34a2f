from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gscp import archive
from scrutiny.proof.signatures import Keys


class Command(BaseCommand):
    help = "Send the seal of the record to an address outside. Have it run every week."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="+", help="Of somebody who does not keep the server.")

    def handle(self, address: list[str], **options: Any) -> None:
        seal = archive.seal_now()
        if seal == archive.SEAL_OF_NOTHING:
            raise CommandError("Nothing is on record yet, so there is no seal.")
        send_mail(
            f"The seal of the record: {seal}",
            f"The seal of the record is {seal}.\n"
            f"The fingerprint of its first key is {Keys.on_record().fingerprint}.\n\n"
            "Please keep this message. Whoever has it can tell later whether anything before it was changed. "
            "The page “Scrutiny” of the tracker says how.\n",
            settings.DEFAULT_FROM_EMAIL,
            address,
        )
        self.stdout.write(f"In the outbox for {', '.join(address)}: {seal}.")
