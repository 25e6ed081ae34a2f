"""The boxes of values: of a measure, and of a count in a register."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gscp.record import TOMBSTONE, number_of
from subgroups.models.measures import OF_A_SHARE, TENTHS

THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9])?")
# 1204; 1,204 in threes, or with a space that does not break; a spreadsheet's 1204.0.
# What has another number of digits between is a slip.
COUNT = re.compile("([0-9]{1,9}|[0-9]{1,3}(?:[,'\u00a0\u2009\u202f][0-9]{3}){1,2})(?:\\.00?)?")
SPACED = re.compile("[0-9]+( [0-9]+)+")
DASHES = set("-–—−‐‑")


def count_of(said: str, or_else: str) -> int:
    """A count as people type or paste it; `or_else` is what else there is to do.

    Raises:
        ValidationError: it is none, or may be several.
    """
    if said.endswith("%"):
        raise ValidationError("Write the count, not the percentage: it is worked out.", code="invalid")
    if DASHES.issuperset(said):
        raise ValidationError(f"A dash can mean several things: write 0, {or_else}.", code="invalid")
    if SPACED.fullmatch(said):  # what a box makes of several cells that are pasted into it
        raise ValidationError(f"“{said}” may be several numbers: write one, without spaces.", code="invalid")
    if not (count := COUNT.fullmatch(said)):
        raise ValidationError(f"“{said:.20}” is no whole number: write one, {or_else}.", code="invalid")
    return int(re.sub("[^0-9]", "", count[1]))


class ValueField(forms.CharField):
    """A value as people type it: 62.5% or 62.5 of a share, 1,204 of a count. In the smallest unit.

    Which of the two is known once the form is: `is_share` is set by it.
    """

    widget = forms.TextInput
    is_share = True

    def to_python(self, value: Any) -> Any:
        typed = THOUSANDS.sub("", str(value or "")).replace(" ", "").removesuffix("%")
        if not typed:
            return None
        if typed.startswith(("-", "−")):
            raise ValidationError("Write it without a sign: no figure is below 0.", code="invalid")
        if not NUMBER.fullmatch(typed):
            raise ValidationError("Write a number, for example 62.5 or 1,204.", code="invalid")
        whole, _, tenth = typed.partition(".")
        if self.is_share:
            if (tenths := int(whole) * 10 + int(tenth or 0)) > TENTHS:
                raise ValidationError(OF_A_SHARE, code="invalid")
            return tenths
        if tenth.strip("0"):
            raise ValidationError("Write a whole number.", code="invalid")
        return int(whole)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares values, not how they are written."""
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True

    def run_validators(self, value: Any) -> None:
        """NUMBER bounds what was typed; the validators of texts take no number."""


class FigureField(forms.IntegerField):
    """A whole number that a Figure keeps, as its text: "" for none. Empty where it was taken out."""

    def __init__(self, **kwargs: Any):
        super().__init__(**{"min_value": 0, "max_value": 99_999} | kwargs)
        self.about = self.label  # what an error in the list of all errors is about

    def to_python(self, value: Any) -> int | None:
        said = str(value or "").strip()
        return count_of(said, "or leave the box empty") if said else None

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        return "" if number is None else str(number)

    def prepare_value(self, value: Any) -> Any:
        return "" if value == TOMBSTONE else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(number_of(initial or ""), data)
