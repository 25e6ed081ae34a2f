"""What the templates of all pages are given."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from gscp.permissions import navigation


def page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)  # none if a middleware before AuthenticationMiddleware refused
    links: list[dict[str, Any]] = []
    if user and user.is_authenticated:
        links = [{"text": text, "href": reverse(name)} for text, name in navigation(user)]
    # Of the links that this page lies under, the longest is active: /scrutiny/changes/, not /scrutiny/.
    enclosing = [link["href"] for link in links if request.path.startswith(link["href"])]
    for link in links:
        link["active"] = link["href"] == max(enclosing, key=len, default=None)
        link["current"] = link["href"] == request.path
    return {"navigation": links, "search_href": reverse("search") if links else ""}
