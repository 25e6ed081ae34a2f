"""The filters of the timeline, kept in its address."""

import json
from datetime import datetime, time
from operator import itemgetter

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.timezone import make_aware

from actions.models import Action, BusinessPlan
from gscp.record import Change, history_of, tracked_models
from gscp.record.differences import is_shown
from gscp.widgets import DateParts
from subgroups.models import Subgroup

PAGING = ("before", "after")  # no filters: which page of what the filters found (timeline.page)


def kinds() -> list[tuple[str, str]]:
    named = ((model._meta.label_lower, capfirst(str(model._meta.verbose_name))) for model in tracked_models())
    return sorted(named, key=itemgetter(1))


def fields() -> list[tuple[str, str]]:
    """The words of every field there is, once each: several records have the same."""
    words = {
        str(capfirst(field.verbose_name))
        for model in tracked_models()
        for field in history_of(model).tracked_fields
        if is_shown(field)
    }
    return [(word, word) for word in sorted(words)]


def linked(what: str, pattern: str, **options) -> django_filters.CharFilter:
    """What only links say, so nobody could mend it by hand."""
    trouble = f"This address names no {what}: follow the link to it again."
    valid = RegexValidator(rf"\A(?:{pattern})\Z", trouble)
    return django_filters.CharFilter(validators=[valid], widget=forms.HiddenInput, **options)


class ChangeForm(forms.Form):
    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "“To” must be no earlier than “From”.")
        return self.cleaned_data

    def hidden_fields(self):
        """What another filter finds begins at its own newest."""
        return [bound for bound in super().hidden_fields() if bound.name not in PAGING]


class ChangeFilter(django_filters.FilterSet):
    since = django_filters.DateFilter(label="From", method="from_day", widget=DateParts)
    until = django_filters.DateFilter(label="To", method="to_day", widget=DateParts)
    subgroup = django_filters.ChoiceFilter(empty_label="Any", method="of_subgroup")
    action = django_filters.CharFilter(label="Action number", method="of_action", max_length=10)
    person = django_filters.CharFilter(label="Person", field_name="actor_name", lookup_expr="icontains")
    post = django_filters.CharFilter(label="Post", field_name="actor_post", lookup_expr="icontains")
    kind = django_filters.ChoiceFilter(
        label="Kind of record", field_name="model", choices=kinds, empty_label="Any"
    )
    field = django_filters.ChoiceFilter(label="Field", choices=fields, empty_label="Any", method="of_field")
    act = linked("act", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    plan = linked("plan", "[0-9]{4}-[0-9]{2}", method="of_plan")
    object = linked("record", r"[a-z]{1,20}\.[a-z]{1,40}:[0-9]{1,15}", method="of_object")
    before = linked("page", "[0-9]{1,15}", method="paged")
    after = linked("page", "[0-9]{1,15}", method="paged")

    class Meta:
        model = Change
        fields: list[str] = []
        form = ChangeForm

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["subgroup"].extra["choices"] = list(Subgroup.objects.values_list("pk", "name"))

    @property
    def narrows(self) -> bool:
        return any(value for name, value in self.form.cleaned_data.items() if name not in PAGING)

    def from_day(self, changes, name, day):
        return changes.filter(at__gte=make_aware(datetime.combine(day, time.min)))

    def to_day(self, changes, name, day):
        return changes.filter(at__lte=make_aware(datetime.combine(day, time.max)))

    def of_subgroup(self, changes, name, value):
        """What concerned it, and all of every action that was ever its own: a move has two sides."""
        theirs = Change.objects.filter(subgroup=value, action__isnull=False).values("action")
        return changes.filter(Q(subgroup=value) | Q(action__in=theirs))

    def of_plan(self, changes, name, value):
        return changes.filter(plan__in=BusinessPlan.objects.filter(year=value).values("pk"))

    def of_action(self, changes, name, value):
        """As published, or without its leading zeros: 005 or 5."""
        refs = (value, value.zfill(3))
        return changes.filter(action__in=Action.objects.filter(ref__in=refs).values("pk"))

    def of_field(self, changes, name, value):
        return changes.filter(differences__icontains=json.dumps({"label": value})[1:-1])

    def of_object(self, changes, name, value):
        model, _, pk = value.partition(":")  # the field has seen to its form
        return changes.filter(model=model, object_id=int(pk))

    def paged(self, changes, name, value):
        return changes
