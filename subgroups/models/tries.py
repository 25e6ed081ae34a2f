"""How often somebody tried to sign in with a wrong password: a count for each name, no part of the record.

In a table, since it holds for all processes and servers, and nothing pushes a count out. A row holds a keyed
hash in place of an e-mail or address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

FREE_TRIES = 5
WAITS = (60, 120, 240, 300)  # seconds after the fifth wrong try, the sixth, and so on; then always the last
FORGOTTEN_AFTER = timedelta(hours=1)
TRIES_OF_AN_ADDRESS = 100  # wrong ones in a minute: a whole council may come from one


class SignInTries(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    wrong = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.wrong} wrong tries"

    def wait(self, now: datetime) -> timedelta:
        if self.wrong < FREE_TRIES:
            return timedelta(0)
        seconds = WAITS[min(self.wrong - FREE_TRIES, len(WAITS) - 1)]
        return self.last_at + timedelta(seconds=seconds) - now


@dataclass
class Try:
    """One try: of a name, such as an account or a browser that an account knows, and from an address.

    It is counted as wrong before the password is looked at, so that many at once are not all let through.
    """

    name: str
    address: str

    def begin(self) -> timedelta:
        """Count it, if it may go on; otherwise how long to wait."""
        now = timezone.now()
        SignInTries.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
        minute = now.replace(second=0, microsecond=0)
        self.address_key = key(f"address {self.address} {minute.isoformat()}")
        with transaction.atomic():
            of_address = row_of(self.address_key, now)
            if of_address.wrong >= TRIES_OF_AN_ADDRESS:
                return minute + timedelta(minutes=1) - now
            of_name = row_of(key(self.name), now)
            if (wait := of_name.wait(now)) > timedelta(0):
                return wait
            for row in (of_address, of_name):
                row.wrong, row.last_at = row.wrong + 1, now
                row.save()
        return timedelta(0)

    def was_right(self) -> None:
        SignInTries.objects.filter(key=key(self.name)).delete()
        SignInTries.objects.filter(key=self.address_key, wrong__gt=0).update(wrong=F("wrong") - 1)


def key(name: str) -> str:
    return salted_hmac("subgroups.models.tries", name, algorithm="sha256").hexdigest()


def row_of(row_key: str, now: datetime) -> SignInTries:
    # Locked until the transaction ends: SQLite locks all, PostgreSQL the row.
    rows = SignInTries.objects.select_for_update()
    return rows.get_or_create(key=row_key, defaults={"last_at": now})[0]
