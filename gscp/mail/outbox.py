"""The EMAIL_BACKEND: what any part of the tracker, or allauth, sends with django.core.mail is queued.

A message may have two attributes more: `kind`, and `person_id` of whom it is to.
"""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from gscp.mail.models import Mail


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            Mail.objects.queue(message)
        return len(email_messages)
