import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gscp.mail.senders import way
from gscp.mail.sending import send_due


class Command(BaseCommand):
    help = "Send the mails that wait. Have a timer run it each minute, on any number of servers."

    def handle(self, **options: Any) -> None:
        if settings.DEMO:
            self.stdout.write("A demonstration sends no mail: the page “Mails” shows what there is.")
            return
        if not way():
            raise CommandError("Set MAIL_SERVER or NOTIFY_KEY: nothing says by what mail is sent.")
        # Stopped, it notes what was sent, and lets the rest go.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        tally = send_due()
        self.stdout.write(f"{tally.sent} sent, {tally.later} to try again, {tally.given_up} given up.")
        if tally.away:
            raise CommandError(tally.away)
