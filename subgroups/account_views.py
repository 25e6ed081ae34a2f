"""The pages of one's own account: allauth's views behind our guards. Its other addresses are not served."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from allauth.usersessions import views as sessions
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_GET, require_safe

from gscp.coming_back import with_what_was_typed
from gscp.permissions import own_account, public
from subgroups.proof import lately_proved
from subgroups.second_factor import Adapter, before_second_factor, factors_of

own_factors = reverse_lazy("mfa_index")


@own_account
@require_safe
def own(request) -> HttpResponse:
    return render(request, "account/own.html", {"passkeys_and_app": factors_of(request.user).count()})


@public
def second_step(request: HttpRequest) -> HttpResponseBase:
    return with_what_was_typed(request, factors.authenticate(request))


@public
def passkey_sign_in(request: HttpRequest) -> HttpResponseBase:
    return with_what_was_typed(request, passkeys.login_webauthn(request))


def kept_if_last(request: HttpRequest, factor: Authenticator) -> HttpResponse | None:
    """Back to one's factors, if this is the last of those that are required."""
    if Adapter().can_delete_authenticator(factor):
        return None
    messages.info(request, Adapter.error_messages["cannot_delete_authenticator"])
    return redirect(own_factors)


@own_account
@lately_proved
def remove_app(request: HttpRequest) -> HttpResponseBase:
    factor = get_object_or_404(Authenticator, user_id=request.user.pk, type=Authenticator.Type.TOTP)
    return kept_if_last(request, factor) or app.deactivate_totp(request)


remove = passkeys.RemoveWebAuthnView.as_view(success_url=own_factors)


@own_account
@lately_proved
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponseBase:
    factor = get_object_or_404(
        Authenticator, user_id=request.user.pk, type=Authenticator.Type.WEBAUTHN, pk=pk
    )
    return kept_if_last(request, factor) or remove(request, pk=pk)


def setting_up(view: Any) -> Any:
    return own_account(before_second_factor(lately_proved(view)))


list_of_factors = factors.IndexView.as_view(template_name="subgroups/factors.html")
index = own_account(before_second_factor(list_of_factors))
add_app = setting_up(app.activate_totp)
add_passkey = setting_up(passkeys.add_webauthn)
see_codes = own_account(lately_proved(require_GET(codes.view_recovery_codes)))
new_codes = own_account(lately_proved(codes.generate_recovery_codes))
password_again = own_account(before_second_factor(account.reauthenticate))
code_again = own_account(factors.reauthenticate)
passkey_again = own_account(passkeys.reauthenticate_webauthn)
own_sessions = own_account(sessions.list_usersessions)
