"""Seals the secrets of second factors with today's SECRET_KEY, so that an old one can be taken away."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from subgroups.second_factor import reseal


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        kept = list(Authenticator.objects.select_for_update())
        for authenticator in kept:
            reseal(authenticator)
        self.stdout.write(f"{len(kept)} are sealed with the SECRET_KEY of today.")
