"""Columns of the record: free texts, and the kinds of column that a tracked model may have."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

from gscp.record.tracked import Tracked, history_of, tracked_models

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_unstorable(text: str) -> None:
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

    default_validators = [refuse_unstorable]

    def __init__(self, *args, max_length: int = 10_000, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)  # type: ignore[misc]  # args come before it

    @cached_property
    def validators(self) -> list[Any]:
        # TextField checks max_length in forms only; this validator checks it at every save.
        return [*super().validators, MaxLengthValidator(self.max_length)]


# The kinds of column that a line can hold and checker.py can read (docs/ledger.md).
RECORDABLE = (
    models.IntegerField,
    models.BooleanField,
    models.CharField,
    models.TextField,
    models.DateField,  # and DateTimeField, which is one
    models.UUIDField,
)
USE_INSTEAD: dict[type[models.Field], str] = {
    models.FloatField: "a whole number of the smallest unit, such as tenths, in an IntegerField",
    models.DecimalField: "a whole number of the smallest unit, such as pence, in an IntegerField",
    models.DurationField: "a whole number of days or minutes, in an IntegerField",
    models.TimeField: "a DateTimeField, or minutes after midnight in an IntegerField",
    models.JSONField: "a column for each value, or a tracked model with a row for each",
    models.FileField: "a name, a size and a SHA-256 in columns, and keep the bytes outside the record",
    models.BinaryField: "a SHA-256 in a CharField, and keep the bytes outside the record",
    models.ManyToManyField: "a tracked model with a foreign key to each side",
}
ANY_OF_THEM = "an integer, a boolean, text, a date, a moment, a UUID or a foreign key"


def check_columns(**kwargs: Any) -> list[checks.CheckMessage]:
    # A column of another kind would be saved, but checker.py would reject every export.
    return [error for model in tracked_models() for error in column_errors(model)]


def column_errors(model: type[Tracked]) -> Iterator[checks.Error]:
    if not hasattr(model, "history"):
        hint = "Add `history = History()` to it."
        yield checks.Error(f"{model._meta.label} has no history.", hint=hint, obj=model, id="gscp.E003")
        return
    for field in [*history_of(model).tracked_fields, *model._meta.many_to_many]:
        if not isinstance(stored_as(field), RECORDABLE):
            instead = next((use for kind, use in USE_INSTEAD.items() if isinstance(field, kind)), ANY_OF_THEM)
            yield checks.Error(
                f"The record cannot hold a {type(field).__name__}.",
                hint=f"Use {instead}.",
                obj=field,
                id="gscp.E002",
            )


def stored_as(field: models.Field) -> models.Field:
    # For a foreign key: the field that it points to.
    return field.target_field if isinstance(field, models.ForeignKey) else field
