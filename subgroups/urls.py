"""Signing in and out and one's own password; the pages that keep posts and partners come with them."""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-out/", views.logout, name="account_logout"),
    path("account/password/", views.password_change, name="account_change_password"),
    path("account/inactive/", views.account_inactive, name="account_inactive"),
]
