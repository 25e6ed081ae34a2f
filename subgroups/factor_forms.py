"""The forms of second factors: allauth's, with an end to what is typed and our words."""

import struct
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.base import forms as codes
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

LONGEST = {"code": 30, "name": 60}
LONGEST_ANSWER = 20_000  # of a passkey
# What the libraries of passkeys raise of an answer that no browser gives.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
NOT_USED = "The passkey could not be used. Try again, or take another way."


class Answer(forms.JSONField):
    """What a passkey says, as the browser's script writes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.max_length = LONGEST_ANSWER

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value) if len(value or "") <= LONGEST_ANSWER else None
        except RecursionError:
            read = None
        if value and not isinstance(read, dict):
            raise ValidationError(NOT_USED)
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing: each page that asks has a question of its own, so the answer to another is not shown."""
        return None

    def prepare_value(self, value: Any) -> str:
        return ""


def limit(form: forms.BaseForm) -> None:
    for name, field in list(form.fields.items()):
        if name == "credential":
            form.fields[name] = Answer(widget=forms.HiddenInput)
        elif isinstance(field, forms.CharField):
            field.max_length = LONGEST[name]
            field.validators.append(MaxLengthValidator(LONGEST[name]))
            field.widget.attrs.pop("placeholder", None)


class Limited:
    """What ours have in common; a form of allauth's comes after it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self)  # type: ignore[arg-type]  # a form, by its other class
        self.describe()

    def describe(self) -> None:
        """Say in our words what is asked for."""


def read_or_refused(clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(clean)
    def refusing(form: Any) -> Any:
        try:
            return clean(form)
        except ValidationError:
            raise
        except UNREADABLE:
            raise ValidationError(NOT_USED) from None

    return refusing


class CodeForm(Limited, codes.AuthenticateForm):
    def describe(self) -> None:
        self.fields["code"].label = "Code"
        self.fields["code"].help_text = "From the app on your telephone, or one of your recovery codes."


class CodeAgainForm(CodeForm, codes.ReauthenticateForm):
    pass


class AddAppForm(Limited, totp.ActivateTOTPForm):
    def describe(self) -> None:
        self.fields["code"].label = "The code that the app shows"
        self.fields["code"].help_text = "Six digits, which change each half minute."


class AddPasskeyForm(Limited, webauthn.AddWebAuthnForm):
    def describe(self) -> None:
        del self.fields["passwordless"]  # each of them is
        self.fields["name"].label = "A name for it"
        self.fields["name"].help_text = "So that you know it again, such as “Work laptop”."

    @read_or_refused
    def clean(self) -> dict[str, Any] | None:
        return super().clean()


class PasskeyForm(Limited, webauthn.AuthenticateWebAuthnForm):
    @read_or_refused
    def clean_credential(self) -> Any:
        return super().clean_credential()


class PasskeySignInForm(PasskeyForm, webauthn.LoginWebAuthnForm):
    pass


class PasskeyAgainForm(PasskeyForm, webauthn.ReauthenticateWebAuthnForm):
    pass
