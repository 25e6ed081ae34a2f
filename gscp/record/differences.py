"""What differs between two states of a row, as a person reads it."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.text import capfirst

from gscp.record.fields import FreeText
from gscp.record.tracked import Tracked


def differences(instance: Tracked, read: dict, changed: list[models.Field]) -> Iterator[dict[str, str]]:
    """For each field {field, label, old, new}, in words; for a free text {field, label}."""
    values = vars(instance)
    asked, labels = instance.labels_asked(values), labels_of(type(instance))
    for f in changed:
        old, new = read.get(f.attname), values[f.attname]
        both_empty = old in EMPTY and (new in EMPTY or new is False)
        if both_empty or not is_in_differences(f):
            continue
        row = {"field": f.name, "label": asked.get(f.name) or labels[f.name]}
        if not isinstance(f, FreeText):
            row |= {"old": value_in_words(f, old), "new": value_in_words(f, new, instance)}
        yield row


@cache
def labels_of(model: type[models.Model]) -> dict[str, str]:
    return {f.name: str(capfirst(f.verbose_name)) for f in model._meta.concrete_fields}


@cache
def choices_of(f: models.Field) -> dict[Any, Any]:
    return dict(f.flatchoices)


def is_in_differences(f: models.Field) -> bool:
    return f.editable and not f.primary_key


EMPTY = (None, "")


def value_in_words(f: models.Field, value: Any, holder: models.Model | None = None) -> str:
    if value in EMPTY:
        return ""
    if isinstance(f, models.ForeignKey):
        if holder and f.is_cached(holder):
            return str(f.get_cached_value(holder))
        return str(f.related_model._base_manager.get(pk=value))
    if f.choices:
        return str(choices_of(f).get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment_on_record(value)
    if isinstance(value, date):
        return day_on_record(value)
    return str(value)


# Entries hold these words and verification compares them, so they stay as they are whatever pages write.


@cache
def day_on_record(value: date) -> str:
    """14 September 2021."""
    return formatted(value, "j F Y")


def moment_on_record(value: datetime) -> str:
    """14 September 2021, 5:00pm, in the partnership's time zone."""
    value = timezone.localtime(value)
    return formatted(value, "j F Y, g:i") + ("am" if value.hour < 12 else "pm")
