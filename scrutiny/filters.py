"""The filters of the timeline, kept in its address."""

from datetime import date, datetime, time
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils.timezone import make_aware

from actions.models import Action, BusinessPlan
from gscp.filters import FilterForm, ListFilter, place_field
from gscp.record import Change, Tracked, history_of, reference
from gscp.widgets import DateParts
from gscp.words import folded
from scrutiny import kinds
from subgroups.models import Group, Partner, Post, User

NONE = Q(pk__in=[])


# The parts of the address below are set by links only, and have no box on the page.
def in_address(what: str, pattern: str) -> RegexValidator:
    trouble = f"This address names no {what}: follow the link to it again."
    return RegexValidator(rf"\A(?:{pattern})\Z", trouble)


def hidden_filter(what: str, pattern: str, **options) -> django_filters.CharFilter:
    return django_filters.CharFilter(
        max_length=100, validators=[in_address(what, pattern)], widget=forms.HiddenInput, **options
    )


class ChangeForm(FilterForm):
    places = ["before", "after"]
    page = None  # type: ignore[assignment]  # so Django leaves a field out; pages go by numbers of changes
    before = place_field()
    after = place_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "“To” must be no earlier than “From”.")
        return cleaned


def is_in(words: str, name: str) -> bool:
    return folded(words) in folded(name)


def ids_named(model: type[Tracked], words: str) -> set[int]:
    """Of the records that ever had a name with these words in it."""
    names = history_of(model).objects.order_by().values_list("id", "name").distinct()
    return {pk for pk, name in names if is_in(words, name)}


class ChangeFilter(ListFilter):
    since = django_filters.DateFilter(label="From", method="from_day", widget=DateParts)
    until = django_filters.DateFilter(label="To", method="to_day", widget=DateParts)
    group = django_filters.ModelChoiceFilter(
        queryset=Group.objects.all(), empty_label="Any", method="of_group"
    )
    action = django_filters.CharFilter(label="Action number", method="of_action", max_length=20)
    person = django_filters.CharFilter(label="Person", method="by_person", max_length=120)
    post = django_filters.CharFilter(label="Post", method="from_post", max_length=120)
    kind = django_filters.ChoiceFilter(
        label="Kind of change", choices=kinds.choices, empty_label="Any", method="of_kind"
    )
    field = django_filters.ChoiceFilter(
        label="What changed", choices=[*kinds.FIELDS.items()], empty_label="Anything", method="of_field"
    )
    act = hidden_filter("act", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    plan = hidden_filter("plan", "[-A-Za-z0-9_]{1,40}", method="of_plan")
    object = hidden_filter("record", r"[a-z]{1,20}\.[a-z]{1,40}:[0-9]{1,15}", method="of_object")

    class Meta:
        model = Change
        fields: list[str] = []
        form = ChangeForm

    @property
    def narrows(self) -> bool:
        return any(self.form.cleaned_data.values())

    def from_day(self, changes: QuerySet[Change], name: str, day: date) -> QuerySet[Change]:
        return changes.filter(at__gte=make_aware(datetime.combine(day, time.min)))

    def to_day(self, changes: QuerySet[Change], name: str, day: date) -> QuerySet[Change]:
        return changes.filter(at__lte=make_aware(datetime.combine(day, time.max)))

    def by_person(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        # What no person did has its name in the clear.
        nobody = changes.filter(actor_id=None).order_by()
        names = [one for one in nobody.values_list("actor_name", flat=True).distinct() if is_in(value, one)]
        return changes.filter(Q(actor_id__in=ids_named(User, value)) | Q(actor_id=None, actor_name__in=names))

    def from_post(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        # By the post or by its organisation: an entry refers to both.
        rows = [
            row for model in (Post, Partner) for row in model.objects.filter(pk__in=ids_named(model, value))
        ]
        return changes.filter(reduce(or_, (Q(actor_post__contains=reference(row)) for row in rows), NONE))

    def of_group(self, changes: QuerySet[Change], name: str, value: Group) -> QuerySet[Change]:
        # With all changes of each action that was ever its own.
        theirs = Change.objects.filter(group=value.pk, action__isnull=False).values("action")
        return changes.filter(Q(group=value.pk) | Q(action__in=theirs))

    def of_plan(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        plans = BusinessPlan.objects.filter(label=value)
        if plans.exists():
            return changes.filter(plan__in=plans.values("pk"))
        # A draft that was discarded had it.
        had_it = history_of(BusinessPlan)._base_manager.filter(label=value)
        return changes.filter(plan__in=had_it.values("id"))

    def of_action(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        actions = Action.on_record.filter(ref=value)
        if not actions.exists():  # as published (005), or without its leading zeros
            actions = Action.on_record.filter(ref=value.zfill(3))
        return changes.filter(action__in=actions.values("pk"))

    def of_kind(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return changes.filter(kinds.condition(value))

    def of_field(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return changes.filter(kinds.changed(value))

    def of_object(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        model, _, pk = value.partition(":")  # hidden_filter() has checked the form
        return changes.filter(model=model, object_id=int(pk))
