"""Widgets of our own."""

from datetime import date, time
from typing import Any, Self

from django import forms

from gscp import clock
from gscp.dates import example_day, read_day, read_month, read_year, time_in_words


class Typed(str):
    """What was typed into a date's parts, where it is not a date. Its "?" is in no date format."""

    parts: tuple[str, str, str]

    @classmethod
    def of(cls, parts: tuple[str, str, str]) -> Self:
        typed = cls("/".join(parts) + "?")
        typed.parts = parts
        return typed


class DateParts(forms.Widget):
    names = ("day", "month", "year")
    use_fieldset = True

    def value_from_datadict(self, data, files, name) -> date | Typed | None:
        day, month, year = ((data.get(f"{name}-{part}") or "").strip() for part in self.names)
        parts = (day, month, year)
        if not any(parts):
            return None
        return read_day(*parts) or Typed.of(parts)

    def value_omitted_from_data(self, data, files, name) -> bool:
        return not any(f"{name}-{part}" in data for part in self.names)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-day" if id_ else id_

    def wrong_parts(self, typed: Typed) -> tuple[list[str], str]:
        """The names of the parts to correct, and the end of a message about the field."""
        parts = dict(zip(self.names, typed.parts, strict=True))
        if missing := [name for name in self.names if not parts[name]]:
            return missing, f"must include a {' and a '.join(missing)}"
        year = clock.today().year
        if read_year(parts["year"]) is None:
            return ["year"], f"must have a year, for example {year}"
        if read_month(parts["month"]) is None:
            return ["month"], "must have a month, for example 9 or September"
        return list(self.names), f"must be a real date, for example {example_day()}"

    def boxes(self, value: Any) -> list[dict[str, str]]:
        shown = zip(self.names, self.parts(value), ("2", "4", "4"), strict=True)
        return [
            {"name": name, "value": part, "classes": f"govuk-input--width-{width}"}
            for name, part, width in shown
        ]

    def parts(self, value: date | Typed | None) -> tuple[str, str, str]:
        if isinstance(value, Typed):
            return value.parts
        return (str(value.day), str(value.month), str(value.year)) if value else ("", "", "")


class TimeBox(forms.TimeInput):
    def format_value(self, value: Any) -> str:
        return time_in_words(value) if isinstance(value, time) else value or ""
