from django.apps import AppConfig
from django.core import checks


class ScrutinyConfig(AppConfig):
    name = "scrutiny"
    verbose_name = "How it changed"

    def ready(self) -> None:
        # Only here are the models there to be imported: Django's own place for it.
        from scrutiny.proof import damage  # noqa: PLC0415 as said above

        checks.register(damage.known_damage_check, checks.Tags.database)
