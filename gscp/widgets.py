"""Widgets of our own."""

import re
from datetime import date
from typing import Any, Self

from django import forms


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
        # Plain digits only: int() would also take "+1", "1_0" and other scripts' digits.
        # 0021 is a slip for 2021, not a year.
        if re.fullmatch(r"[0-9]{1,2}/[0-9]{1,2}/[1-9][0-9]{3}", "/".join(parts)):
            try:
                return date(int(year), int(month), int(day))
            except ValueError:
                pass
        return Typed.of(parts)

    def value_omitted_from_data(self, data, files, name) -> bool:
        return not any(f"{name}-{part}" in data for part in self.names)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-day" if id_ else id_

    def wrong_parts(self, typed: Typed) -> tuple[list[str], str]:
        """The names of the parts to correct, and the end of a message about the field."""
        parts = dict(zip(self.names, typed.parts, strict=True))
        if missing := [name for name in self.names if not parts[name]]:
            return missing, f"must include a {' and a '.join(missing)}"
        if parts["year"].isdigit() and len(parts["year"]) != 4:
            return ["year"], "must have a year of 4 figures"
        return list(self.names), "must be a real date, in figures"

    def boxes(self, value: Any) -> list[dict[str, str]]:
        shown = zip(self.names, self.parts(value), ("2", "2", "4"), strict=True)
        return [
            {"name": name, "value": part, "classes": f"govuk-input--width-{width}"}
            for name, part, width in shown
        ]

    def parts(self, value: date | Typed | None) -> tuple[str, str, str]:
        if isinstance(value, Typed):
            return value.parts
        return (str(value.day), str(value.month), str(value.year)) if value else ("", "", "")
