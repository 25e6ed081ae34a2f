"""Columns of the record: free texts, and the kinds of column that a tracked model may have."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models

from gscp.record.change import TOMBSTONE
from gscp.record.names import REFERENCE
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


class Figure(FreeText):
    """A count of people or cases, or a value of such, as digits; "" for none.

    A text, since a small one can point at a child: a line holds a commitment to it, and it can be taken out.
    """

    default_validators = [RegexValidator(r"\A(0|[1-9][0-9]*)\Z", "Write a whole number, in digits.")]

    def __init__(self, *args, max_length: int = 9, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)

    def run_validators(self, value: Any) -> None:
        """A row that holds a figure which was taken out can be saved again; nobody can type such a value."""
        if value != TOMBSTONE:
            super().run_validators(value)


class FileHash(FreeText):
    """The SHA-256 of a file in the store (gscp/store.py), in hex; "" for none.

    A text, so that the file can be taken out of the record: with it goes each that has the same hash, and the
    bytes. Nothing is left that could tell whether somebody has the file.
    """

    default_validators = [RegexValidator(r"\A[0-9a-f]{64}\Z", "That is no SHA-256.")]

    def __init__(self, *args, max_length: int = 64, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)

    def run_validators(self, value: Any) -> None:
        if value != TOMBSTONE:
            super().run_validators(value)


def number_of(figure: str) -> int | None:
    """Of a Figure; None where there is none, or it was taken out of the record."""
    return int(figure) if figure.isdecimal() else None


def refuse_reference(text: str) -> None:
    """Refuse what pages would read as a reference to a name (gscp/record/names.py).

    Raises:
        ValidationError: the text holds one.
    """
    if REFERENCE.search(text):
        raise ValidationError("Write this without braces.", code="reference")


class ClearText(models.CharField):
    """Text that lines hold as it is, and that can never be taken out: an address, a label."""

    default_validators = [refuse_unstorable, refuse_reference]


# The kinds of column that a line can hold and checker.py can read (docs/ledger.md), beside texts.
RECORDABLE = (
    models.IntegerField,
    models.BooleanField,
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
    models.CharField: "a FreeText where a person types it, so that it can be taken out, or else a ClearText",
    models.TextField: "a FreeText",
}
ANY_OF_THEM = "an integer, a boolean, a FreeText, a date, a moment, a UUID or a foreign key"


def check_columns(**kwargs: Any) -> list[checks.CheckMessage]:
    # A column of another kind would be saved, but checker.py would reject every export.
    return [error for model in tracked_models() for error in column_errors(model)]


def column_errors(model: type[Tracked]) -> Iterator[checks.Error]:
    if not hasattr(model, "history"):
        hint = "Add `history = History()` to it."
        yield checks.Error(f"{model._meta.label} has no history.", hint=hint, obj=model, id="gscp.E003")
        return
    for field in [*history_of(model).tracked_fields, *model._meta.many_to_many]:
        if not is_recordable(stored_as(field)):
            instead = next((use for kind, use in USE_INSTEAD.items() if isinstance(field, kind)), ANY_OF_THEM)
            yield checks.Error(
                f"The record cannot hold a {type(field).__name__}.",
                hint=f"Use {instead}.",
                obj=field,
                id="gscp.E002",
            )


def is_recordable(field: models.Field) -> bool:
    # A text is redactable, one of a few choices, or an address.
    is_choice = isinstance(field, models.CharField) and bool(field.choices)
    return is_choice or isinstance(field, (*RECORDABLE, FreeText, ClearText, models.SlugField))


def stored_as(field: models.Field) -> models.Field:
    # For a foreign key: the field that it points to.
    return field.target_field if isinstance(field, models.ForeignKey) else field
