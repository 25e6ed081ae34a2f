"""Many mails, several senders at once, some of them killed, and a mail server that is away at first.

python -m tests.mail_storm MAILS KILLS: on an empty database that DATABASE_URL names.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import django
from aiosmtpd.controller import Controller

if __name__ == "__main__":
    django.setup()

from django.core.management import call_command  # noqa: E402  models are there now
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from gscp.mail.models import Mail  # noqa: E402
from tests.postgres import address_of_database  # noqa: E402

SENDERS = 4
COMMAND = [sys.executable, "manage.py", "send_mail_outbox"]


class Sink:
    """Counts the Message-IDs that it took."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802, ANN001  aiosmtpd's
        lines = envelope.content.decode().splitlines()
        self.taken[next(line for line in lines if line.startswith("Message-ID: "))] += 1
        return "250 taken"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def listening(port: int) -> Iterator[Sink]:
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def in_earnest(port: int) -> dict[str, str]:
    """The environment of a sender; only a demonstration has no mail to send."""
    return os.environ | {
        "DEMO": "",
        "DATABASE_URL": address_of_database(),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "RECORD_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "plan.example",
        "MAIL_SERVER": f"127.0.0.1:{port}",
        "MAIL_TLS": "none",
        "MAIL_FROM": "plan@council.example",
    }


def storm(mails: int, kills: int) -> tuple[Counter[str], int]:
    """How often each mail was taken by the server, and how many are told as sent perhaps twice.

    A part of them is queued before each kill.
    """
    port, part = free_port(), mails // (kills + 1)
    queue(mails - kills * part)
    environment = in_earnest(port)
    away = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=False)
    assert "could not be reached" in away.stderr, away.stderr
    make_due()
    with listening(port) as sink:
        for _ in range(kills):
            queue(part)
            senders = begin(environment)
            wait_for_more(sink, sink.taken.total())
            senders[0].send_signal(signal.SIGKILL)
            for sender in senders:
                sender.wait()
            make_due()
        for sender in begin(environment):
            assert sender.wait() == 0
    return sink.taken, Mail.objects.filter(perhaps_twice=True).count()


def queue(number: int) -> None:
    mail = {"address": "chair@council.example", "subject": "Papers close", "text": "Report before then."}
    Mail.objects.bulk_create(Mail(**mail) for _ in range(number))


def begin(environment: dict[str, str]) -> list[subprocess.Popen]:
    return [subprocess.Popen(COMMAND, env=environment, stdout=subprocess.DEVNULL) for _ in range(SENDERS)]


def wait_for_more(sink: Sink, already: int) -> None:
    while sink.taken.total() == already:
        time.sleep(0.01)


def make_due() -> None:
    """As if the time had passed: what waits is tried again, and the claims of the dead are over."""
    now = timezone.now()
    waiting = Mail.objects.filter(sent_at=None)
    waiting.update(send_after=now)
    waiting.exclude(claimed_until=None).update(claimed_until=now - timedelta(seconds=1))


def wrong_in(taken: Counter[str], told: int, mails: int, kills: int) -> list[str]:
    doubled = taken.total() - len(taken)
    found = []
    if len(taken) != mails:
        found.append(f"{mails - len(taken)} of {mails} were lost")
    if doubled > told or doubled > kills:
        found.append(f"{doubled} were doubled, {told} are told, {kills} senders were killed")
    if Mail.objects.filter(sent_at=None).exists():
        found.append("some still wait")
    return found


def main(mails: int, kills: int) -> int:
    call_command("migrate", verbosity=0)
    wrong = wrong_in(*storm(mails, kills), mails, kills)
    print(f"{connection.vendor}: {mails} mails, {kills} senders killed:", "; ".join(wrong) or "none lost")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
