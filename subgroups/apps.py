from allauth.account import signals as account_signals
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core import checks


class SubgroupsConfig(AppConfig):
    name = "subgroups"
    verbose_name = "Who"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded; Django calls ready() then.
        from allauth.mfa import signals as mfa_signals  # noqa: PLC0415 as said above

        from subgroups import account_mail, own_sessions  # noqa: PLC0415 as said above
        from subgroups.checks import check_top_group  # noqa: PLC0415

        mfa_signals.authenticator_added.connect(account_mail.on_added)
        mfa_signals.authenticator_removed.connect(account_mail.on_removed)
        mfa_signals.authenticator_removed.connect(own_sessions.on_factor_removed)
        mfa_signals.authenticator_reset.connect(account_mail.on_reset)
        mfa_signals.authenticator_used.connect(account_mail.on_used)
        for changed in (account_signals.password_changed, account_signals.password_reset):
            changed.connect(account_mail.on_password)
            changed.connect(own_sessions.on_password)
        user_logged_in.connect(own_sessions.on_sign_in)
        user_logged_out.connect(own_sessions.on_sign_out)
        checks.register(check_top_group, checks.Tags.database)
