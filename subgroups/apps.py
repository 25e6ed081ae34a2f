from django.apps import AppConfig
from django.core import checks


class SubgroupsConfig(AppConfig):
    name = "subgroups"
    verbose_name = "Who"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded; Django calls ready() then.
        from subgroups.checks import check_top_group  # noqa: PLC0415 as said above

        checks.register(check_top_group, checks.Tags.database)
