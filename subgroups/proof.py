"""Before what matters somebody proves again who they are, if the last proof is over five minutes ago."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from gscp.coming_back import keep_typed, sent_by_nobody
from gscp.permissions import View
from gscp.sealing import DISCARD, SAVE_DRAFT
from subgroups.accounts import is_proved


def lately_proved(view: View) -> View:
    """The line after @may: who may is asked first. A draft is kept without a proof."""

    @wraps(view)
    def proved(request: HttpRequest, *subjects: Any, **url_parts: Any) -> HttpResponseBase:
        is_draft = not {SAVE_DRAFT, DISCARD}.isdisjoint(request.POST)
        if not settings.SECOND_FACTOR_REQUIRED or is_draft or is_proved(request):
            return view(request, *subjects, **url_parts)
        return ask_again(request)

    return proved


def ask_again(request: HttpRequest) -> HttpResponse:
    """The page on which they prove it; it comes back here, and the form has what was typed."""
    address = request.get_full_path()
    ways = get_adapter().get_reauthentication_methods(request.user)
    if ways:
        keep_typed(request)
        return redirect(f"{ways[0]['url']}?{urlencode({'next': address})}")
    # Their organisation signs them in.
    logout(request)
    page = sent_by_nobody(request) if request.method == "POST" else None
    return page or redirect_to_login(address)
