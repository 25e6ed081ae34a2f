"""The outbox: a row for each mail, written in the transaction of what it tells of.

So a mail is there exactly if that is, and a mail server that is away stops nobody's work.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

CLAIMED_FOR = timedelta(minutes=10)  # then its sender is taken to have died
# How long it waits after each try that failed; after the last of these it is given up.
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440)]
TEXT_KEPT_FOR = timedelta(days=90)  # after it was sent
KEPT_FOR = timedelta(days=400)  # that it was sent, to whom and when
RESTORED = "It waited in a backup that was restored: it may have been sent before."
OTHER = "other"  # its kind, where nothing says it


class MailQuerySet(models.QuerySet["Mail"]):
    def due(self, now: datetime) -> MailQuerySet:
        """What may be claimed: it waits, and no sender has it or the one that had it died."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.filter(free, sent_at=None, gave_up_at=None, send_after__lte=now)

    def claim(self, most: int) -> list[Mail]:
        """Up to `most` mails that no other sender sends meanwhile, the oldest first."""
        now = timezone.now()
        with transaction.atomic():
            rows = list(self.due(now).select_for_update(skip_locked=True).order_by("pk")[:most])
            keys = [row.pk for row in rows]
            had_one = [row.pk for row in rows if row.claimed_until]
            self.filter(pk__in=had_one).update(perhaps_twice=True)
            self.filter(pk__in=keys).update(claimed_until=now + CLAIMED_FOR, tries=F("tries") + 1)
        claimed = self.filter(pk__in=keys).order_by("pk")
        return list(claimed)

    def queue(self, message: EmailMessage) -> None:
        """A row for each recipient: where one address is refused, the others have it all the same."""
        alternatives = getattr(message, "alternatives", None) or []
        html = [content for content, kind_of in alternatives if kind_of == "text/html"]
        for address in message.recipients():
            self.create(
                person_id=getattr(message, "person_id", None),
                address=address,
                kind=getattr(message, "kind", OTHER),
                subject=message.subject,
                text=str(message.body),
                html=str(html[0]) if html else "",
                headers=dict(message.extra_headers),
            )

    def release(self, mails: Iterable[Mail]) -> None:
        """Of those that were claimed, some were not tried: another sender may have them."""
        untried = self.filter(pk__in=[mail.pk for mail in mails])
        untried.update(claimed_until=None, tries=F("tries") - 1)

    def forget(self) -> None:
        """Empty what was sent long ago, and delete what was queued longer ago."""
        now = timezone.now()
        self.filter(sent_at__lte=now - TEXT_KEPT_FOR).exclude(text="").update(text="", html="", headers={})
        self.filter(queued_at__lte=now - KEPT_FOR).delete()

    def give_up_waiting(self) -> int:
        """After a restore: what waits in the copy may have been sent since it was made."""
        waiting = self.filter(sent_at=None, gave_up_at=None)
        return waiting.update(gave_up_at=timezone.now(), claimed_until=None, trouble=RESTORED)


def new_message_id() -> str:
    return make_msgid(domain=settings.SITE_ADDRESS.partition("://")[2].partition(":")[0])


class Mail(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    address = models.EmailField(max_length=254)
    kind = models.SlugField(max_length=30, default=OTHER)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    # The same at each try: where one was accepted unnoticed, mailboxes see that the next is the same mail.
    message_id = models.CharField(max_length=200, default=new_message_id)
    queued_at = models.DateTimeField(default=timezone.now)
    send_after = models.DateTimeField(default=timezone.now, db_index=True)
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)
    perhaps_twice = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, db_index=True)
    gave_up_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} of {timezone.localtime(self.queued_at):%d %B %Y}"

    def note_sent(self) -> None:
        self._note(sent_at=timezone.now(), trouble="")

    def note_failed(self, trouble: str) -> None:
        """It is tried again later, or given up after the last of WAITS."""
        if self.tries > len(WAITS):
            self.give_up(trouble)
        else:
            self._note(send_after=timezone.now() + WAITS[self.tries - 1], trouble=trouble)

    def give_up(self, trouble: str) -> None:
        self._note(gave_up_at=timezone.now(), trouble=trouble)

    def send_again(self) -> bool:
        """Whether it was given up: then it waits once more."""
        given_up = Mail.objects.filter(pk=self.pk, sent_at=None).exclude(gave_up_at=None)
        return bool(given_up.update(gave_up_at=None, tries=0, send_after=timezone.now(), trouble=""))

    def _note(self, **columns: Any) -> None:
        Mail.objects.filter(pk=self.pk).update(claimed_until=None, **columns)

    @property
    def state(self) -> str:
        if self.sent_at:
            return "Sent, perhaps twice" if self.perhaps_twice else "Sent"
        if self.gave_up_at:
            return "Given up"
        return "Tried, and waits" if self.tries else "Waits"

    @cached_property
    def message(self) -> EmailMultiAlternatives:
        headers = {**self.headers, "Message-ID": self.message_id}
        message = EmailMultiAlternatives(
            self.subject, self.text, settings.DEFAULT_FROM_EMAIL, [self.address], headers=headers
        )
        if self.html:
            message.attach_alternative(self.html, "text/html")
        return message
