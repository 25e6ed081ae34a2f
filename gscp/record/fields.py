"""Fields of the record."""

import re
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> None:
    """Refuse what one of the two databases cannot store: NUL and lone surrogates.

    Raises:
        ValidationError: the text holds such a character.
    """
    if UNSTORABLE.search(text):
        raise ValidationError("Remove the characters that cannot be stored.", code="unstorable")


class FreeText(models.TextField):
    """Text a person typed.

    The ledger holds only a commitment to it, so that a redaction can take the text and leave the proof.
    """

    default_validators = [storable]

    def __init__(self, *args, max_length: int = 10_000, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)

    @cached_property
    def validators(self):
        # TextField passes its max_length to the form alone; the record holds every way in to it.
        return [*super().validators, MaxLengthValidator(self.max_length)]
