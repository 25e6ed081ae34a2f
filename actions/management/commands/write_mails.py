import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from actions.daily_mail import write_daily, write_weekly
from gscp import clock, facts
from subgroups.models import PostHolding, User

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Write what is due into one mail for each person, and on Mondays the Business Manager's of the week. "
        "Have a timer run it each morning; run again, it writes nothing twice."
    )

    def handle(self, **options: Any) -> None:
        held = PostHolding.objects.in_force_on(clock.today())
        written, failed = 0, 0
        for person in User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("pk"):
            try:
                with facts.of_one_version():
                    written += write_daily(person) + write_weekly(person)
            except DatabaseError:
                # The others are told all the same, and this one by the next run.
                log.exception("No mail was written to the account %s", person.pk)
                failed += 1
        self.stdout.write(f"{written} written.")
        if failed:
            raise CommandError(f"{failed} could not be written: see the log.")
