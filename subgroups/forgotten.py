"""A forgotten password: a link by mail with which its owner sets another one, once, within an hour."""

import time
from typing import Any

from allauth.account import signals
from allauth.core import ratelimit
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from gscp.mail.writing import write
from gscp.permissions import public
from subgroups.account_forms import FirstPasswordForm, ForgottenForm
from subgroups.accounts import remember_browser
from subgroups.models import User

LINK_WORKS_FOR = 3600  # seconds
ANSWER_AFTER = 0.5  # seconds: so it takes as long where there is no account
SALT = "subgroups.forgotten"


class LinkTokens:
    """A link ends when its owner signs in, too, and when the e-mail is another one."""

    def make_token(self, user: Any) -> str:
        return signing.dumps(state_of(user), salt=SALT)

    def check_token(self, user: Any, token: str | None) -> bool:
        try:
            state = signing.loads(token or "", salt=SALT, max_age=LINK_WORKS_FOR)
        except signing.BadSignature:
            return False
        return user is not None and constant_time_compare(state, state_of(user))


def state_of(user: Any) -> str:
    state = f"{user.pk} {user.password} {user.last_login} {user.email}"
    return salted_hmac(SALT, state, algorithm="sha256").hexdigest()


tokens = LinkTokens()


def may_have_link(user: Any) -> bool:
    """Whoever has set a password before; a new account has its own link."""
    return user.is_active and user.has_usable_password() and (settings.DEMO or not user.is_demo)


def path_of_link(user: Any) -> str:
    parts = [urlsafe_base64_encode(force_bytes(user.pk)), tokens.make_token(user)]
    return reverse("forgotten_link", args=parts)


@public
def forgotten(request: HttpRequest) -> HttpResponse:
    form = ForgottenForm(request.POST or None)
    if not form.is_valid():
        return render(request, "account/forgotten.html", {"form": form})
    email = form.cleaned_data["email"].lower()
    if refused := ratelimit.consume_or_429(request, action="reset_password", key=email):
        return refused
    answer_at = time.monotonic() + ANSWER_AFTER
    send_link(email)
    time.sleep(max(0, answer_at - time.monotonic()))
    return redirect("forgotten_sent")


def send_link(email: str) -> None:
    user = User.objects.filter(email=email).first()
    if user and may_have_link(user):
        write(user, "password", "forgotten", {}, link_path=path_of_link(user))


@public
def forgotten_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/forgotten_sent.html")


class ForgottenLink(PasswordResetConfirmView):
    template_name = "account/forgotten_link.html"
    form_class = FirstPasswordForm
    token_generator: Any = tokens
    success_url = reverse_lazy("account_login")

    def get_user(self, uidb64: str) -> Any:
        user: Any = super().get_user(uidb64)
        return user if user and may_have_link(user) else None

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            # Of several pages of one link that are sent at once, the first sets the password.
            owner: Any = User.objects.select_for_update().get(pk=form.user.pk)
            if owner.password != form.user.password:
                self.validlink = False
                return self.render_to_response(self.get_context_data(form=None))
            response = super().form_valid(form)
        signals.password_reset.send(sender=User, request=self.request, user=owner)
        messages.success(self.request, "Your password is set. Sign in with it.")
        remember_browser(self.request, response, owner)  # nobody who guesses slows its owner down there
        return response


link = rate_limit(action="reset_password_from_key")(ForgottenLink.as_view())
