"""By what mails leave: SMTP, or GOV.UK Notify."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from gscp.mail.models import Mail

Send = Callable[[Mail], None]
SECONDS = 20  # that a server may take to answer


class NotSent(Exception):
    """Says why, in words without the address. It is tried again later."""


class Refused(NotSent):
    """To try again would not help."""


class Away(NotSent):
    """Nothing else could be sent now either."""


def way() -> str:
    """ "notify", "smtp", or "" where neither is set."""
    return "notify" if settings.NOTIFY_KEY else "smtp" if settings.MAIL_SERVER else ""


@contextmanager
def sender() -> Iterator[Send]:
    """Yields what sends one mail, and raises NotSent where it does not; by one connection, if it is SMTP."""
    if way() == "notify":
        yield by_notify
        return
    host, _, port = settings.MAIL_SERVER.partition(":")
    connection = EmailBackend(
        host=host,
        port=int(port or 587),
        username=settings.MAIL_USER,
        password=settings.MAIL_PASSWORD,
        use_tls=settings.MAIL_TLS == "starttls",
        use_ssl=settings.MAIL_TLS == "implicit",
        timeout=SECONDS,
    )
    try:
        yield lambda mail: by_smtp(connection, mail)
    finally:
        connection.close()


def by_smtp(connection: EmailBackend, mail: Mail) -> None:
    try:
        connection.open()
        connection.send_messages([mail.message])
    except (OSError, smtplib.SMTPException) as error:
        connection.close()  # it may stand in the midst of a mail that came to nothing
        raise trouble_of(error) from error


def trouble_of(error: OSError | smtplib.SMTPException) -> NotSent:
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            codes = [code for code, _ in refused.values()]
            kind = Refused if min(codes, default=0) >= 500 else NotSent
            return kind("The mail server refused the address.")
        case smtplib.SMTPDataError(smtp_code=code):
            return (Refused if code >= 500 else NotSent)(f"The mail server answered {code}.")
        case smtplib.SMTPResponseException(smtp_code=code):  # as to who sends, or to the sign-in
            return Away(f"The mail server answered {code}.")
        case _:
            return Away("The mail server could not be reached.")


def by_notify(mail: Mail) -> None:
    """By the template NOTIFY_TEMPLATE, which shows ((subject)) and ((text))."""
    options = {"base_url": settings.NOTIFY_URL} if settings.NOTIFY_URL else {}
    client = NotificationsAPIClient(settings.NOTIFY_KEY, timeout=SECONDS, **options)
    try:
        client.send_email_notification(
            email_address=mail.address,
            template_id=settings.NOTIFY_TEMPLATE,
            personalisation={"subject": mail.subject, "text": mail.text},
            reference=mail.message_id,
            sanitise_content_for=["subject"],
        )
    except APIError as error:
        kind = Refused if error.status_code == 400 else Away
        raise kind(f"GOV.UK Notify answered {error.status_code}.") from error
