"""What the filters of lists have in common."""

from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.forms.boundfield import BoundField

from gscp.bounds import MOST_CHARACTERS, BoundedForm, bounded


def place_field() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=MOST_CHARACTERS,
        validators=[
            RegexValidator(r"\A[0-9]{1,15}\Z", "This address names no page: follow the link to it again.")
        ],
        widget=forms.HiddenInput,
    )


class FilterForm(BoundedForm):
    """The form of a filter. An address that asks for what the list cannot be filtered by is refused too."""

    places = ["page"]  # fields that say which page of the list is shown, and filter nothing
    page = place_field()

    def clean(self) -> dict[str, Any]:
        strangers = sorted(name for name in self.data if name.partition("-")[0] not in self.fields)
        if strangers:
            self.add_error(None, f"This page cannot be filtered by “{', '.join(strangers)}”: choose below.")
        self.place = {name: self.cleaned_data.pop(name, "") for name in self.places}
        return self.cleaned_data

    def hidden_fields(self) -> list[BoundField]:
        # Without the page: the list begins anew when the filter changes.
        return [bound for bound in super().hidden_fields() if bound.name not in self.places]


class ListFilter(django_filters.FilterSet):
    """A filter kept in the address. While a part of it cannot be read, it finds nothing.

    gscp/filtered_list.html says what could not be read, for every list alike.
    """

    class Meta:
        form = FilterForm

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(bounded(data), *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return super().filter_queryset(queryset) if self.form.is_valid() else queryset.none()

    @property
    def in_words(self) -> str:
        """What is filtered by, for a file: “Priority: High; Words: training”. Its order is no part of it."""
        chosen = self.form.cleaned_data if self.form.is_valid() else {}
        shown = [(self.form[name], value) for name, value in chosen.items() if value not in ("", None)]
        return "; ".join(
            f"{bound.label}: {dict(getattr(bound.field, 'choices', ())).get(value, value)}"
            for bound, value in shown
            if not bound.is_hidden
        )

    @property
    def query(self) -> str:
        """What is filtered by, as an address has it: without the page, and whatever else stands there."""
        typed = {name: self.data.get(name, "") for name in self.filters} if self.data else {}
        return urlencode({name: value for name, value in typed.items() if value})
