"""What is sent to a form or a filter has an end: what is longer than it can mean is cut before it is read."""

from typing import Any

from django import forms
from django.http import QueryDict

# Of a number, a day, a choice or a filter's words: more than any of them takes.
MOST_CHARACTERS = 300


class BoundedForm(forms.Form):
    """A text that people write has its `max_length`. Of all else the beginning is enough to refuse it."""

    def full_clean(self) -> None:
        texts = {
            self.add_prefix(name)
            for name, field in self.fields.items()
            if isinstance(field, forms.CharField) and (field.max_length or 0) > MOST_CHARACTERS
        }
        self.data: Any = bounded(self.data, texts)
        super().full_clean()


def bounded(data: Any, texts: set[str] | frozenset[str] = frozenset()) -> Any:
    """The same, with the beginning of each value that is too long, but for these names."""
    if not isinstance(data, QueryDict) or not any(
        len(value) > MOST_CHARACTERS for name, values in data.lists() if name not in texts for value in values
    ):
        return data
    copy = data.copy()
    for name, values in data.lists():
        if name not in texts:
            copy.setlist(name, [value[: MOST_CHARACTERS + 1] for value in values])
    return copy
