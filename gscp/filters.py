"""What the filters of lists have in common."""

import django_filters
from django.db.models import QuerySet


class ListFilter(django_filters.FilterSet):
    """A filter kept in the address. While a part of it cannot be read, it finds nothing.

    gscp/filtered_list.html says what could not be read, for every list alike.
    """

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return super().filter_queryset(queryset) if self.form.is_valid() else queryset.none()
