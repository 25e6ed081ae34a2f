"""How people sign in: django-allauth, by e-mail, with no open sign-up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.http import HttpRequest

from subgroups.models import User


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        # A session would keep the e-mail that was typed, after it was taken out of the record.
        for method in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []):
            method.pop("email", None)


class PostBackend(AuthenticationBackend):
    def user_can_authenticate(self, user: User) -> bool:
        # Django and allauth ask this at sign-in and at every request.
        return super().user_can_authenticate(user) and (settings.DEMO or not user.is_demo)
