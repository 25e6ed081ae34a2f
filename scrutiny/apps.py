from django.apps import AppConfig
from django.core import checks


class ScrutinyConfig(AppConfig):
    name = "scrutiny"
    verbose_name = "How it changed"

    def ready(self) -> None:
        # It imports models, which Django has loaded only when it calls ready().
        from scrutiny.proof import damage  # noqa: PLC0415 as said above

        checks.register(damage.known_damage_check, checks.Tags.database)
