from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate

from gscp import static, timeouts


class GscpConfig(AppConfig):
    name = "gscp"
    verbose_name = "The record"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded; Django calls ready() then.
        from gscp.mail.checks import check_mail  # noqa: PLC0415 as said above
        from gscp.record import defences, fields, triggers  # noqa: PLC0415 as said above

        user_logged_in.connect(timeouts.begin)
        pre_migrate.connect(triggers.refuse_losing_rows, sender=self)
        # SQLite cannot rebuild a table that a trigger names.
        pre_migrate.connect(triggers.remove, sender=self)
        post_migrate.connect(triggers.install, sender=self)
        checks.register(defences.check_defences, checks.Tags.database)
        checks.register(fields.check_columns, checks.Tags.models)
        checks.register(static.check_built, checks.Tags.staticfiles, deploy=True)
        checks.register(check_mail, deploy=True)
