"""Sending what waits in the outbox, on any number of servers at once."""

from dataclasses import dataclass

from gscp.mail.models import Mail
from gscp.mail.senders import Away, NotSent, Refused, Send, sender

AT_ONCE = 20  # mails that are claimed together: at 20 seconds each they are sent before the claim ends


@dataclass
class Tally:
    sent: int = 0
    later: int = 0
    given_up: int = 0
    away: str = ""  # why nothing else was tried


def send_due() -> Tally:
    """Send until nothing is due, or the mail server is away."""
    tally = Tally()
    Mail.objects.forget()
    with sender() as send:
        while not tally.away and (mails := Mail.objects.claim(AT_ONCE)):
            send_each(send, mails, tally)
    return tally


def send_each(send: Send, mails: list[Mail], tally: Tally) -> None:
    """What was claimed and not tried is free again at once, whatever ends this."""
    untried = list(mails)
    try:
        while untried and not tally.away:
            send_one(send, untried.pop(0), tally)
    finally:
        Mail.objects.release(untried)


def send_one(send: Send, mail: Mail, tally: Tally) -> None:
    try:
        send(mail)
    except Refused as refused:
        mail.give_up(str(refused))
        tally.given_up += 1
    except NotSent as trouble:
        mail.note_failed(str(trouble))
        tally.later += 1
        tally.away = str(trouble) if isinstance(trouble, Away) else ""
    else:
        mail.note_sent()
        tally.sent += 1
