"""The forms of an account: what is typed there has an end, since a password is worked upon for long."""

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.validators import MaxLengthValidator

from gscp.bounds import BoundedForm

LONGEST_EMAIL = 254
LONGEST_PASSWORD = 200
NOT_EASY = "At least 12 characters. Not a common password, and no name of the partnership."


def limit(form: forms.BaseForm) -> None:
    for name, field in form.fields.items():
        if isinstance(field, forms.CharField):
            field.max_length = LONGEST_EMAIL if name == "login" else LONGEST_PASSWORD
            field.validators.append(MaxLengthValidator(field.max_length))


class SignInForm(allauth.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self)


class ChangePasswordForm(allauth.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self)
        self.fields["password1"].help_text = NOT_EASY


class PasswordAgainForm(allauth.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self)
        self.fields["password"].help_text = ""  # allauth's leads to a page that we have not


class ForgottenForm(BoundedForm):
    email = forms.EmailField(
        label="E-mail", max_length=LONGEST_EMAIL, widget=forms.EmailInput({"autocomplete": "username"})
    )


class FirstPasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self)
        first, again = self.fields["new_password1"], self.fields["new_password2"]
        first.label, first.help_text = "Your password", NOT_EASY
        again.label, again.help_text = "Your password again", ""
