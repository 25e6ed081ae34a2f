"""What was typed comes back: after signing in, after a page was open for too long, after trouble.

Of somebody who is not signed in the server keeps nothing. The page that answers holds the text, sealed
(gscp/sealing.py), and sends it with the next form. For the person it was typed by it then goes to the
session, until the form is sent.
"""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.views import login
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers

from gscp import sealing
from gscp.drafts import texts_of
from gscp.sealing import MADE_FOR, SEALED, Typed

IN_SESSION = "typed"
COMES_BACK = "Send the form as usual: what you typed comes back."


def asks_for_json(request: HttpRequest) -> bool:
    # A script that saves a draft.
    return request.headers.get("Accept") == "application/json"


def what_was_sent(request: HttpRequest) -> dict[str, Any]:
    """For a template: `sealed`, or `too_long`; neither if this is no form of ours made for somebody."""
    try:
        sent = request.POST
    except (OSError, BadRequest, SuspiciousOperation):  # it cannot be read
        return {}
    if SEALED in sent:
        return {"sealed": sent[SEALED]} if sealing.unseal(sent[SEALED]) else {}
    person, about = sealing.read_made_for(sent.get(MADE_FOR, ""), request.path)
    if person is None:
        return {}
    try:
        typed = sealing.what_was_typed(sent)
        # A form may be of what stands there (actions/views/bulk.py).
        query = request.META.get("QUERY_STRING", "")
        return {"sealed": sealing.seal(person, request.path, typed, query, about)}
    except sealing.TooLong:
        return {"too_long": True, "next": request.get_full_path()}


def texts_not_recorded(request: HttpRequest) -> list[str]:
    """What the reader of this page sent with a form of theirs that they may not send any more."""
    if request.method != "POST" or not request.user.is_authenticated:
        return []
    person, _ = sealing.read_made_for(request.POST.get(MADE_FOR, ""), request.path)
    if person != request.user.pk:
        return []
    try:
        return texts_of(sealing.what_was_typed(request.POST))
    except sealing.TooLong:
        return []


def page_to_sign_in(request: HttpRequest, sent: dict[str, Any]) -> HttpResponse:
    """The page of signing in, as the answer to a form: 403, since nothing was recorded."""
    response = render(request, "account/login.html", {"form": LoginForm(request=request)} | sent, status=403)
    add_never_cache_headers(response)
    return response


def sent_by_nobody(request: HttpRequest) -> HttpResponse | None:
    """The answer to a form whose sender is signed in no more; None if there is nothing to keep."""
    if asks_for_json(request):
        return JsonResponse({"said": f"You are signed out, so this is not saved as a draft. {COMES_BACK}"})
    sent = what_was_sent(request)
    return page_to_sign_in(request, sent) if sent else None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django calls it for a form whose page is too old: somebody signed in since, in this browser."""
    if asks_for_json(request):
        return JsonResponse({"said": f"This page is too old to save a draft. {COMES_BACK}"})
    sent = what_was_sent(request)
    if sent and not request.user.is_authenticated:
        return page_to_sign_in(request, sent)
    response = render(request, "403_csrf.html", sent, status=403)
    add_never_cache_headers(response)
    return response


def sign_in(request: HttpRequest) -> HttpResponseBase:
    return with_what_was_typed(request, login(request))


def with_what_was_typed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer to a step of signing in: after the last one the form opens again that a page has kept.

    Between two steps the session holds it, sealed.
    """
    sealed = request.POST.get(SEALED) or request.session.get(SEALED)
    if not sealed:
        return response
    if request.user.is_authenticated:
        request.session.pop(SEALED, None)
        return open_again(request, sealed)
    if isinstance(response, HttpResponseRedirect):
        request.session[SEALED] = sealed
    return response


def keep_typed(request: HttpRequest) -> None:
    """Have the form at this address hold what was just sent, when its sender opens it the next time."""
    sent = what_was_sent(request) if request.method == "POST" else {}
    if "too_long" in sent:
        messages.info(request, "What you typed was too long to keep. Go back in your browser and copy it.")
    typed = sealing.unseal(sent.get("sealed", ""))
    if typed and typed.person == request.user.pk:
        request.session[IN_SESSION] = {"path": typed.path, "sealed": sent["sealed"]}


def typed_again(request: HttpRequest) -> HttpResponse:
    """Opens the form again in which a text was typed that a page has kept."""
    sealed = request.POST.get(SEALED, "")
    if not sealed:
        return redirect("home")
    if "sign_out" in request.POST:
        logout(request)
    if not request.user.is_authenticated:
        return page_to_sign_in(request, what_was_sent(request))
    typed = sealing.unseal(sealed)
    if typed and typed.person != request.user.pk:
        return render(request, "gscp/typed_by_another.html", {"sealed": sealed}, status=403)
    return open_again(request, sealed)


def open_again(request: HttpRequest, sealed: str) -> HttpResponse:
    typed = sealing.unseal(sealed)
    if typed is None:
        messages.info(request, "What was typed is not kept any more: that was too long ago.")
        return redirect("home")
    if typed.person != request.user.pk:
        messages.info(request, "Something was typed here before by somebody else. It was not recorded.")
        return redirect("home")
    request.session[IN_SESSION] = {"path": typed.path, "sealed": sealed}
    return redirect(f"{typed.path}?{typed.query}" if typed.query else typed.path)


def typed_before(request: HttpRequest) -> Typed | None:
    """What this person typed into the form at this address, before something went wrong."""
    kept = session_of(request).get(IN_SESSION, {})
    if kept.get("path") != request.path:
        return None
    typed = sealing.unseal(kept["sealed"])
    return typed if typed and typed.person == request.user.pk else None


def forget(request: HttpRequest) -> None:
    if session_of(request).get(IN_SESSION, {}).get("path") == request.path:
        del request.session[IN_SESSION]


def session_of(request: HttpRequest) -> Any:
    return getattr(request, "session", {})  # a request that no middleware saw has none
