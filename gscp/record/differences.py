"""What differs between two states of a row, as a person reads it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.text import capfirst

from gscp.dates import day_in_words, moment_in_words
from gscp.record.fields import FreeText
from gscp.record.tracked import Tracked


def differences(instance: Tracked, read: dict, changed: list[models.Field]) -> Iterator[dict[str, str]]:
    """For each field {field, label, old, new}, in words; for a free text {field, label}."""
    labels = instance.labels_asked(vars(instance))
    for f in changed:
        old, new = read.get(f.attname), getattr(instance, f.attname)
        both_empty = old in EMPTY and (new in EMPTY or new is False)
        if both_empty or not is_in_differences(f):
            continue
        row = {"field": f.name, "label": labels.get(f.name) or str(capfirst(f.verbose_name))}
        if not isinstance(f, FreeText):
            row |= {"old": value_in_words(f, old), "new": value_in_words(f, new, instance)}
        yield row


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
    if f.flatchoices:
        return str(dict(f.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment_in_words(value)
    if isinstance(value, date):
        return day_in_words(value)
    return str(value)
