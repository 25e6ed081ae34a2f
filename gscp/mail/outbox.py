"""The EMAIL_BACKEND: what is sent with django.core.mail is queued."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from gscp.mail.models import queue_all


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return queue_all(email_messages)
