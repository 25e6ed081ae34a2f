"""Choosing a moment of the record, in a form and in an address."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gscp.dates import how_to_write_time, read_time
from gscp.record.looking_back import Past
from gscp.widgets import DateParts, Typed


class TypedMoment(Typed):
    time: str  # as it was typed beside the day


class MomentParts(DateParts):
    """A day in three boxes, and its time in a fourth that may stay empty; an address has both in one."""

    def value_from_datadict(self, data, files, name) -> Any:
        day = data.get(name) or super().value_from_datadict(data, files, name)
        time = (data.get(f"{name}-time") or "").strip()
        if not time or type(day) is str:
            return day
        if type(day) is date:
            return f"{day}T{time}"
        typed = TypedMoment.of(self.parts(day))
        typed.time = time
        return typed

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def boxes(self, value) -> list[dict[str, Any]]:
        time = value.time if isinstance(value, TypedMoment) else ""
        if type(value) is str:
            day, _, time = value.partition("T")
            try:
                value = date.fromisoformat(day)
            except ValueError:
                value = None
        box = {"name": "time", "value": time, "classes": "govuk-input--width-4", "inputmode": "text"}
        return [*super().boxes(value), box]


class MomentField(forms.DateField):
    """Its value is a Past: the end of a day, a time of that day, or what an address names."""

    widget = MomentParts

    def __init__(self, **kwargs):
        hint = "As it stood at the end of that day, or at a time of it, for example 5pm or 17:00."
        super().__init__(help_text=f"{hint} With seconds, as in 17:00:00, it is that very second.", **kwargs)

    def to_python(self, value) -> Past | None:  # type: ignore[override]  # a DateField returns a day
        address = value if type(value) is str else super().to_python(value)
        if not address:
            return None
        day, at, typed = str(address).partition("T")
        # With seconds it is the very moment when papers closed, as an address has it.
        if at and re.fullmatch(r"[\d-]{10}", day) and not re.fullmatch(r"\d\d:[0-5]\d:[0-5]\d", typed):
            if (time := read_time(typed)) is None:
                raise ValidationError(how_to_write_time(typed))
            typed = f"{time:%H:%M}"
        return Past.read(f"{day}{at}{typed}")
