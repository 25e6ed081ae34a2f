"""The filters of the timeline, kept in its address."""

import json
from datetime import date, datetime, time
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.forms.boundfield import BoundField
from django.utils.timezone import make_aware

from actions.models import Action, BusinessPlan
from gscp.bounds import BoundedForm
from gscp.filters import ListFilter
from gscp.record import Change, history_of, reference
from gscp.widgets import DateParts
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


def page_field() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=15,
        validators=[in_address("page", "[0-9]{1,15}")],
        widget=forms.HiddenInput,
    )


class ChangeForm(BoundedForm):
    # Not filters: they say which page of the changes is shown.
    before = page_field()
    after = page_field()

    def clean(self) -> dict[str, Any]:
        if strangers := sorted(name for name in self.data if name.partition("-")[0] not in self.fields):
            self.add_error(None, f"This page cannot be filtered by “{', '.join(strangers)}”: choose below.")
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "“To” must be no earlier than “From”.")
        self.page = {name: self.cleaned_data.pop(name, "") for name in ("before", "after")}
        return self.cleaned_data

    def hidden_fields(self) -> list[BoundField]:
        # Without the page: the list begins at its newest change when the filter changes.
        return [bound for bound in super().hidden_fields() if bound.name not in ("before", "after")]


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
        # By any name that the person ever had. What no person did has its name in the clear.
        people = history_of(User).objects.filter(name__icontains=value).order_by().values("id")
        return changes.filter(Q(actor_id__in=people) | Q(actor_id=None, actor_name__icontains=value))

    def from_post(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        # By any name that the post or its organisation ever had: an entry refers to both.
        rows = [
            row
            for model in (Post, Partner)
            for row in model.objects.filter(
                pk__in=history_of(model).objects.filter(name__icontains=value).values("id")
            )
        ]
        return changes.filter(reduce(or_, (Q(actor_post__contains=reference(row)) for row in rows), NONE))

    def of_group(self, changes: QuerySet[Change], name: str, value: Group) -> QuerySet[Change]:
        # With all changes of each action that was ever its own.
        theirs = Change.objects.filter(group=value.pk, action__isnull=False).values("action")
        return changes.filter(Q(group=value.pk) | Q(action__in=theirs))

    def of_plan(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return changes.filter(plan__in=BusinessPlan.objects.filter(label=value).values("pk"))

    def of_action(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        actions = Action.objects.filter(ref=value)
        if not actions.exists():  # as published (005), or without its leading zeros
            actions = Action.objects.filter(ref=value.zfill(3))
        return changes.filter(action__in=actions.values("pk"))

    def of_kind(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return changes.filter(kinds.condition(value))

    def of_field(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        return changes.filter(differences__icontains=json.dumps({"field": value})[1:-1])

    def of_object(self, changes: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        model, _, pk = value.partition(":")  # hidden_filter() has checked the form
        return changes.filter(model=model, object_id=int(pk))
