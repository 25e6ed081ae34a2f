"""What `check --deploy` finds missing of the settings of mail."""

from typing import Any

from django.conf import settings
from django.core import checks

from gscp.mail.senders import way

LOCAL = {"localhost", "127.0.0.1", "::1"}


def check_mail(**asked: Any) -> list[checks.CheckMessage]:
    return [checks.Warning(f"{what}.", id="gscp.W006") for what in wrong()]


def wrong() -> list[str]:
    found = []
    if not way():
        found.append("Mail is not sent: set MAIL_SERVER, or NOTIFY_KEY and NOTIFY_TEMPLATE")
    if way() == "notify" and not settings.NOTIFY_TEMPLATE:
        found.append("NOTIFY_KEY is set, and NOTIFY_TEMPLATE is not")
    if way() == "smtp" and "@" not in settings.DEFAULT_FROM_EMAIL:
        found.append("MAIL_FROM is not set: the address from which mail is sent")
    host = settings.MAIL_SERVER.rpartition(":")[0] or settings.MAIL_SERVER
    if way() == "smtp" and settings.MAIL_TLS == "none" and host not in LOCAL:
        found.append("MAIL_TLS switches encryption off: passwords and mails would cross the network readable")
    return found
