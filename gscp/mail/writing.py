"""Writes a mail from its templates, and hands it over to be sent."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def write(person: Any, kind: str, template: str, context: dict[str, Any], *, link_path: str = "") -> None:
    """To this person's e-mail: templates/mail/<template>.txt, whose first line is the subject, and .html."""
    link = urljoin(f"https://{settings.ALLOWED_HOSTS[0]}", link_path)
    filled = context | {"person": person, "kind": kind, "link": link}
    subject, _, text = render_to_string(f"mail/{template}.txt", filled).strip().partition("\n")
    mail = EmailMultiAlternatives(subject, text.strip(), to=[person.email])
    mail.attach_alternative(render_to_string(f"mail/{template}.html", filled), "text/html")
    mail.send(fail_silently=True)  # what it tells of is done already
