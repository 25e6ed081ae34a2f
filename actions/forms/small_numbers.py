"""The question that a form asks about a small number, which can point at a child."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django import forms

from gscp.forms import RecordForm

SMALL_ASKED = "I have checked: this small number points at nobody"
NONE_ASKED = "I have checked: there were none"
BOTH_ASKED = "I have checked: there were none, and the small number points at nobody"
IS_SMALL = (
    "This number, or what is left of the whole without it, is from 1 to 5. It can point at a child, so it is "
    "hidden in all that leaves this site. Check it, and confirm below."
)


class SmallNumbersForm(RecordForm):
    """A form that comes back once with the small numbers in it, and with wholes of none that are unlikely.

    It is accepted when the writer ticks `small_confirmed` and the numbers are still the same:
    `numbers_shown` is the digest of those shown.
    """

    numbers_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    small_confirmed = forms.BooleanField(required=False, label=SMALL_ASKED)
    asks_about_small = False

    @property
    def not_asked(self) -> set[str]:
        return super().not_asked | (set() if self.asks_about_small else {"small_confirmed"})

    def ask_about_small(self, small: Mapping[str, Any], none: Mapping[str, str] | None = None) -> None:
        """`small` has by the name of its box what is asked about; `none` what is said of a whole of none."""
        none = none or {}
        shown = [*sorted(small.items()), *sorted(none.items())]
        digest = hashlib.sha256(repr(shown).encode()).hexdigest()
        same = self.cleaned_data.get("numbers_shown") == digest
        self.asks_about_small = bool(shown)
        if not shown or (same and self.cleaned_data.get("small_confirmed")):
            return
        self["small_confirmed"].label = SMALL_ASKED if not none else BOTH_ASKED if small else NONE_ASKED
        self.set_sent_value("numbers_shown", digest)
        self.set_sent_value("small_confirmed", "")
        for name, said in {**dict.fromkeys(small, IS_SMALL), **none}.items():
            self.add_error(name, said)
