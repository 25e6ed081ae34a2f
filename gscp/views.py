from allauth.account import views as account
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from gscp.permissions import home_of, may, public


@may("read")
def home(request) -> HttpResponse:
    return redirect(home_of(request.user)[1])


@public
@require_safe
def health_live(request) -> HttpResponse:
    return HttpResponse("live", content_type="text/plain")


@public
@require_safe
def accessibility(request) -> HttpResponse:
    return render(request, "gscp/accessibility.html")


@public
@require_safe
def privacy(request) -> HttpResponse:
    return render(request, "gscp/privacy.html")


def password_change(request) -> HttpResponseBase:
    if not request.user.has_usable_password():
        raise PermissionDenied  # allauth would lead to a page for a first password, which we do not have
    return account.password_change(request)
