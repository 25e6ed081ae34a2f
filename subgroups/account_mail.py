"""Mails that tell somebody of what was changed about how they sign in, in case it was not them."""

from typing import Any

from allauth.mfa.models import Authenticator

from gscp.mail.writing import write

CODES = Authenticator.Type.RECOVERY_CODES
# Recovery codes come and go with the first and the last of the others.
ADDED = {
    Authenticator.Type.TOTP: "An app that shows codes was added.",
    Authenticator.Type.WEBAUTHN: "A passkey was added.",
}
REMOVED = {
    Authenticator.Type.TOTP: "The app that shows codes was removed.",
    Authenticator.Type.WEBAUTHN: "A passkey was removed.",
}


def on_added(user: Any, authenticator: Authenticator, **signal: Any) -> None:
    tell(user, ADDED.get(authenticator.type))


def on_removed(user: Any, authenticator: Authenticator, **signal: Any) -> None:
    tell(user, REMOVED.get(authenticator.type))


def on_reset(user: Any, **signal: Any) -> None:
    tell(user, "New recovery codes were made, and the old ones ended.")


def on_used(user: Any, authenticator: Authenticator, **signal: Any) -> None:
    if authenticator.type == CODES:
        tell(user, "One of your recovery codes was used.")


def tell(user: Any, what: str | None) -> None:
    if what:
        write(user, "second-factor", "second_factor", {"what": what}, link_path="/account/second-factor/")


def on_password(user: Any, **signal: Any) -> None:
    write(user, "password", "password_changed", {}, link_path="/account/")
