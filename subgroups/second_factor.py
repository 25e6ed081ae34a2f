"""The second factor of signing in: who has one, who is asked to set one up, how its secrets are kept."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from qrcode import make
from qrcode.image.svg import SvgPathImage

from gscp.coming_back import asks_for_json, keep_typed
from gscp.permissions import PUBLIC, View
from gscp.sealing import cipher
from subgroups.models import Partnership

ELSEWHERE = "second_factor_elsewhere"  # in the session: single sign-on has asked for one
GO_ON = "after_second_factor"  # in the session: the address that was asked for before one was set up
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
PURPOSE = "subgroups.second_factor"  # of the key that seals secrets


def has_one(user: Any) -> bool:
    return factors_of(user).exists()


def factors_of(user: Any) -> Any:
    """Recovery codes are none: they stand in for one."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS)


def before_second_factor(view: View) -> View:
    """For whoever has none yet: the pages on which one is set up."""
    view.before_second_factor = True  # type: ignore[attr-defined]  # AskForSecondFactor looks for it
    return view


def is_missing(request: HttpRequest) -> bool:
    required = settings.SECOND_FACTOR_REQUIRED and request.user.is_authenticated
    return required and not request.session.get(ELSEWHERE) and not has_one(request.user)


class AskForSecondFactor:
    """Middleware: whoever has no second factor sets one up before anything else is served."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        is_open = getattr(view, "permission", None) == PUBLIC or getattr(view, "before_second_factor", False)
        if is_open or not is_missing(request):
            return None
        if asks_for_json(request):
            return JsonResponse({"said": "Not saved as a draft: set up a second step of signing in first."})
        keep_typed(request)
        request.session[GO_ON] = request.get_full_path()
        return redirect("mfa_index")


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This is not right, or it was used before. Try again with a new one.",
        "cannot_delete_authenticator": "You need one second step. Set up another one first.",
        "cannot_generate_recovery_codes": "Set up an app or a passkey first.",
    }

    def encrypt(self, text: str) -> str:
        return cipher(PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret.

        Raises:
            ValidationError: it was sealed with another SECRET_KEY, which is not among the old ones.
        """
        try:
            return cipher(PURPOSE).decrypt(encrypted_text).decode()
        except InvalidToken:
            raise ValidationError(
                "The server cannot read its part of this any more. Ask the Business Manager to reset it."
            ) from None

    def get_totp_issuer(self) -> str:
        return service_name()

    def build_totp_svg(self, url: str) -> str:
        # For the page itself: a data: address would need its place in the content security policy.
        return make(url, image_factory=SvgPathImage).to_string(encoding="unicode")

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = factors_of(authenticator.user).exclude(pk=authenticator.pk)
        return not settings.SECOND_FACTOR_REQUIRED or others.exists()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002 allauth's
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": service_name()}

    def get_public_key_credential_user_entity(self, user: Any) -> dict:
        return super().get_public_key_credential_user_entity(user) | {"display_name": user.name}


def service_name() -> str:
    return Partnership.objects.the_one().service_name or "Business plan"


def reseal(authenticator: Authenticator) -> None:
    """Seal its secrets with today's SECRET_KEY."""
    adapter, data = Adapter(), authenticator.data
    for name in {"secret", "seed"} & data.keys():
        data[name] = adapter.encrypt(adapter.decrypt(data[name]))
    authenticator.save(update_fields=["data"])
