"""What the filters of lists have in common."""

from typing import Any
from urllib.parse import urlencode

import django_filters
from django.db.models import QuerySet

from gscp.bounds import bounded


class ListFilter(django_filters.FilterSet):
    """A filter kept in the address. While a part of it cannot be read, it finds nothing.

    gscp/filtered_list.html says what could not be read, for every list alike.
    """

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(bounded(data), *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return super().filter_queryset(queryset) if self.form.is_valid() else queryset.none()

    @property
    def query(self) -> str:
        """What is filtered by, as an address has it: without the page, and whatever else stands there."""
        typed = {name: self.data.get(name, "") for name in self.filters} if self.data else {}
        return urlencode({name: value for name, value in typed.items() if value})
