"""How people sign in: django-allauth, by e-mail, with no open sign-up. A new account's password is set by its
owner, through a link that works once.
"""

import ipaddress
import math
import secrets
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from subgroups.models import User
from subgroups.models.tries import Try

KNOWN = "known_browser"  # a cookie: which accounts have signed in from this browser
KNOWN_FOR = 400 * 24 * 3600  # seconds; browsers keep no cookie longer
MOST_KNOWN = 20  # accounts of one browser
TOO_MANY_CODES = "There were too many wrong codes. Wait five minutes, then try again."
WAYS_TO_PROVE = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}


class LinkTokens(PasswordResetTokenGenerator):
    """Of links to set a first password: they end after PASSWORD_RESET_TIMEOUT, and once a password is set."""

    key_salt = "subgroups.accounts.LinkTokens"


link_tokens = LinkTokens()


def new_link(user: User) -> str:
    """The path at which this person sets their first password; every earlier one ends."""
    user.set_unusable_password()  # a random one each time, which is a part of the token
    user.save(update_fields=["password"])
    parts = [urlsafe_base64_encode(force_bytes(user.pk)), link_tokens.make_token(user)]
    return reverse("first_password", args=parts)


class Adapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail and password do not belong together.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": TOO_MANY_CODES,
        "rate_limited": TOO_MANY_CODES,
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The account with this e-mail and password.

        Raises:
            ValidationError: too many wrong ones came before, so this was not looked at.
        """
        attempt = Try(name_of_count(request, credentials.get("email", "")), address_of(self, request))
        begin(attempt, " If somebody else tried, use a browser in which you have signed in before.")
        user: Any = super().authenticate(request, **credentials)
        if user:
            attempt.was_right()
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """allauth counts wrong passwords here, by "login_failed"; authenticate() has done so already."""

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether it is the password of whoever is signed in.

        Raises:
            ValidationError: too many wrong ones came before, so this was not looked at.
        """
        attempt = Try(f"password again {user.pk}", address_of(self, self.request))
        begin(attempt)
        if is_right := user.check_password(password):
            attempt.was_right()
        return is_right

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return settings.SECOND_FACTOR_REQUIRED and not is_proved(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        """First the way in which this session began: by a passkey alone, or by a password."""
        methods = super().get_reauthentication_methods(user)
        records = get_authentication_records(self.request, user)
        if any(record.get("passwordless") for record in records):
            methods.sort(key=lambda method: not method["id"].endswith("webauthn"))
        return [method | {"description": WAYS_TO_PROVE[method["id"]]} for method in methods]

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        # A session would keep the e-mail that was typed, after it was taken out of the record.
        for method in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []):
            method.pop("email", None)

    def post_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse:
        response = super().post_login(request, user, **how)
        remember_browser(request, response, user)
        return response


def begin(attempt: Try, advice: str = "") -> None:
    if wait := attempt.begin().total_seconds():
        minutes = math.ceil(wait / 60)
        raise ValidationError(
            f"There were too many wrong tries. Wait {minutes} minute{'' if minutes == 1 else 's'}, "
            f"then try again.{advice}",
            code="too_many_login_attempts",
        )


def is_proved(request: HttpRequest) -> bool:
    """Whether this person signed in, or proved again who they are, within the last minutes."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def remember_browser(request: HttpRequest, response: HttpResponse, user: Any) -> None:
    browser = known_browser(request)
    users = [user.pk, *(pk for pk in browser["users"] if pk != user.pk)][:MOST_KNOWN]
    response.set_cookie(
        KNOWN,
        signing.dumps(browser | {"users": users}, salt=KNOWN),
        max_age=KNOWN_FOR,
        path=reverse("account_login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_browser(request: HttpRequest) -> dict[str, Any]:
    try:
        return signing.loads(request.COOKIES.get(KNOWN, ""), salt=KNOWN, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return {"id": secrets.token_hex(16), "users": []}


def name_of_count(request: HttpRequest, email: str) -> str:
    """What wrong tries are counted for: the e-mail, or the browser from which its owner signed in before.

    So somebody else who guesses has no part in the count of the owner's own browser.
    """
    browser = known_browser(request)
    known = User.objects.filter(email=email.lower(), pk__in=browser["users"]).first()
    return f"browser {browser['id']} {known.pk}" if known else f"account {email.lower()}"


def address_of(adapter: Adapter, request: HttpRequest) -> str:
    """The client's address; of IPv6 the network, since one person has all of it."""
    address = adapter.get_client_ip(request)
    try:
        network = ipaddress.ip_network(f"{address}/64", strict=False) if ":" in address else address
    except ValueError:
        return address
    return str(network)


class PostBackend(AuthenticationBackend):
    def user_can_authenticate(self, user: User) -> bool:
        # Django and allauth ask this at sign-in and at every request.
        return super().user_can_authenticate(user) and (settings.DEMO or not user.is_demo)
