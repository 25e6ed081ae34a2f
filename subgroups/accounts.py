"""How people sign in: django-allauth, by e-mail, with no open sign-up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False


class PostBackend(AuthenticationBackend):
    def user_can_authenticate(self, user):
        """Asked at sign-in and at every request; a demo account left in a real database opens nothing."""
        return super().user_can_authenticate(user) and (settings.DEMO or not user.is_demo)
