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
    asked, told = instance.labels_asked(values), told_of(type(instance))
    for f in changed:
        name = f.name
        if name not in told:
            continue
        old, new = read.get(f.attname), values[f.attname]
        if old in EMPTY and (new in EMPTY or new is False):
            continue
        label, is_text = told[name]
        if is_text:
            yield {"field": name, "label": asked.get(name) or label}
        else:
            words = {"old": value_in_words(f, old), "new": value_in_words(f, new, instance)}
            yield {"field": name, "label": asked.get(name) or label, **words}


@cache
def told_of(model: type[models.Model]) -> dict[str, tuple[str, bool]]:
    """The fields that differences tell of: of each its label, and whether it is a free text."""
    fields = filter(is_in_differences, model._meta.concrete_fields)
    return {f.name: (str(capfirst(f.verbose_name)), isinstance(f, FreeText)) for f in fields}


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
