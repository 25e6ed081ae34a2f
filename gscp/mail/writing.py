"""Writing a mail to a person from templates/mail."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation


def write(
    person: Any, kind: str, template: str, context: dict[str, Any], *, link_path: str = "", **headers: str
) -> None:
    """Queue one mail to the person's address.

    templates/mail/<template>.txt begins with the subject, on a line of its own; <template>.html is the same
    for those who read HTML. `link_path` is where its link leads: `link` in both. Underscores in the names of
    `headers` stand for hyphens.
    """
    given = {**context, "person": person, "link": site(link_path), "site": settings.SITE_ADDRESS}
    with translation.override(settings.LANGUAGE_CODE):
        subject, _, text = render_to_string(f"mail/{template}.txt", given).strip().partition("\n")
        html = render_to_string(f"mail/{template}.html", {**given, "subject": subject.strip()})
    message = EmailMultiAlternatives(
        subject.strip(),
        text.strip() + "\n",
        to=[person.email],
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    message.attach_alternative(html, "text/html")
    message.kind, message.person_id = kind, person.pk  # type: ignore[attr-defined]  # the outbox reads them
    message.send()


def site(path: str = "") -> str:
    """The address of a page, for whoever reads it in a mail."""
    return f"{settings.SITE_ADDRESS}{path}"
