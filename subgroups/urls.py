"""Signing in and out and one's own password; the partners, and the posts with their holders."""

from allauth.account import views as account
from django.urls import path

from gscp.coming_back import sign_in
from gscp.permissions import own_account, public
from gscp.views import password_change
from subgroups import account_views, forgotten, mail_views, views

urlpatterns = [
    path("sign-in/", public(sign_in), name="account_login"),
    path("sign-in/second-step/", account_views.second_step, name="mfa_authenticate"),
    path("sign-in/passkey/", account_views.passkey_sign_in, name="mfa_login_webauthn"),
    path("sign-out/", public(account.logout), name="account_logout"),  # between two steps, too
    path("account/", account_views.own, name="account"),
    path("account/password/", own_account(password_change), name="account_change_password"),
    path("account/forgotten/", forgotten.forgotten, name="forgotten"),
    path("account/forgotten/sent/", forgotten.forgotten_sent, name="forgotten_sent"),
    path("account/forgotten/<slug:uidb64>/<str:token>/", public(forgotten.link), name="forgotten_link"),
    path("account/sessions/", account_views.own_sessions, name="usersessions_list"),
    path("account/second-factor/", account_views.index, name="mfa_index"),
    path("account/second-factor/app/", account_views.add_app, name="mfa_activate_totp"),
    path("account/second-factor/app/remove/", account_views.remove_app, name="mfa_deactivate_totp"),
    path("account/second-factor/passkeys/add/", account_views.add_passkey, name="mfa_add_webauthn"),
    path(
        "account/second-factor/passkeys/<number:pk>/remove/",
        account_views.remove_passkey,
        name="mfa_remove_webauthn",
    ),
    path("account/second-factor/codes/", account_views.see_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new/", account_views.new_codes, name="mfa_generate_recovery_codes"),
    path("account/again/password/", account_views.password_again, name="account_reauthenticate"),
    path("account/again/code/", account_views.code_again, name="mfa_reauthenticate"),
    path("account/again/passkey/", account_views.passkey_again, name="mfa_reauthenticate_webauthn"),
    path("account/inactive/", public(account.account_inactive), name="account_inactive"),
    path(
        "account/first-password/<slug:uidb64>/<str:token>/",
        public(views.FirstPassword.as_view()),
        name="first_password",
    ),
    path("partnership/", views.partnership_edit, name="partnership"),
    path("partners/", views.partner_list, name="partners"),
    path("partners/new/", views.partner_edit, name="partner_new"),
    path("partners/<number:pk>/", views.partner_detail, name="partner_detail"),
    path("partners/<number:pk>/edit/", views.partner_edit, name="partner_edit"),
    path("partners/<number:pk>/succession/", views.partner_succession, name="partner_succession"),
    path("groups/<slug:slug>/quorum/", views.group_quorum, name="group_quorum"),
    path("mails/", mail_views.mail_list, name="mails"),
    path("mails/<number:pk>/send-again/", mail_views.mail_send_again, name="mail_send_again"),
    path("posts/", views.post_list, name="posts"),
    path("posts/new/", views.post_edit, name="post_new"),
    path("posts/<number:pk>/", views.post_detail, name="post_detail"),
    path("posts/<number:pk>/edit/", views.post_edit, name="post_edit"),
    path("holdings/<number:pk>/accept/", views.holding_accept, name="holding_accept"),
    path("holdings/<number:pk>/link/", views.holding_link, name="holding_link"),
    path("posts/<number:pk>/handover/", views.post_handover, name="post_handover"),
]
