"""What every page shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from gscp.permissions import navigation


def page(request: HttpRequest) -> dict[str, Any]:
    """The service navigation with the part one is in marked."""
    user = getattr(request, "user", None)  # a request refused early has none
    links: list[dict[str, Any]] = []
    if user and user.is_authenticated:
        links = [{"text": text, "href": reverse(name)} for text, name in navigation(user)]
    # The most particular address that the page's own begins with: /scrutiny/changes/, not /scrutiny/.
    around = [link["href"] for link in links if request.path.startswith(link["href"])]
    for link in links:
        link["active"] = link["href"] == max(around, key=len, default=None)
        link["current"] = link["href"] == request.path
    return {"navigation": links}
