"""The filters of the register, kept in its address."""

from datetime import date

import django_filters
from django.db.models import Exists, OuterRef, Q

from actions import rules
from actions.models import Action, ExceptionReport, FurtherAction, Kind, Ownership, Rating, State
from gscp import clock
from subgroups.models import Partner, Subgroup

UNRATED = "none"


class SubgroupChoices:
    """The subgroups to choose from, read once: shown and checked without asking the database again."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["subgroup"].extra["choices"] = list(Subgroup.objects.values_list("slug", "name"))


class ActionFilter(SubgroupChoices, django_filters.FilterSet):
    text = django_filters.CharFilter(label="Words", method="with_words", max_length=200)
    subgroup = django_filters.ChoiceFilter(label="Subgroup", field_name="subgroup__slug", empty_label="Any")
    priority = django_filters.ChoiceFilter(choices=Action.Priority.choices, empty_label="Any")
    status = django_filters.ChoiceFilter(choices=Action.Status.choices, empty_label="Any")
    rating = django_filters.ChoiceFilter(
        choices=[*Rating.choices, (UNRATED, "Not rated")], empty_label="Any", method="rated"
    )
    owner = django_filters.ChoiceFilter(label="Owning partner", empty_label="Any", method="owned_by")

    class Meta:
        model = Action
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A list, read once: a choice is checked and shown without asking the database again.
        self.partners = Partner.objects.in_line()
        today = {partner.successor_on(clock.today()) for partner in self.partners}
        self.filters["owner"].extra["choices"] = sorted(
            ((str(p.pk), p.name) for p in today), key=lambda c: c[1]
        )

    def rated(self, actions, name, value):
        return actions.filter(rating="" if value == UNRATED else value)

    def owned_by(self, actions, name, value):
        """By the partner chosen, and by those whose place it has taken."""
        pks = [p.pk for p in self.partners if str(p.successor_on(clock.today()).pk) == value]
        return actions.filter(ownerships__partner__in=pks, ownerships__ended_on=None).distinct()

    def with_words(self, actions, name, value):
        """Every word somewhere in the action or in the names of its owners, in any order."""
        for word in value.split()[:20]:
            further = FurtherAction.objects.filter(action=OuterRef("pk"), text__icontains=word)
            owned = Ownership.objects.filter(
                action=OuterRef("pk"), partner__in=self.called(word), ended_on=None
            )
            found = Q(Exists(further)) | Q(Exists(owned))
            for field in ("ref", "title", "text", "who", "driver__text"):
                found |= Q(**{f"{field}__icontains": word})
            actions = actions.filter(found)
        return actions

    def called(self, word: str) -> list[int]:
        """The partners with this word in a spelling of theirs or of another in their line of succession."""
        last = {partner.pk: partner.successor_on(date.max).pk for partner in self.partners}
        lines = {
            last[partner.pk]
            for partner in self.partners
            if word.casefold() in "\n".join(partner.spellings).casefold()
        }
        return [pk for pk, end in last.items() if end in lines]


class ExceptionFilter(SubgroupChoices, django_filters.FilterSet):
    rule = django_filters.ChoiceFilter(
        label="Reason",
        choices=[(rule.name, rule.title) for rule in rules.RULES],
        empty_label="Any",
        method="found_by",
    )
    subgroup = django_filters.ChoiceFilter(label="Subgroup", field_name="subgroup__slug", empty_label="Any")

    class Meta:
        model = Action
        fields: list[str] = []

    def found_by(self, actions, name, value):
        return actions.filter(**{f"is_{value}": True})


class ReportFilter(SubgroupChoices, django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label="What is asked", choices=Kind.choices, empty_label="Any")
    state = django_filters.ChoiceFilter(label="Where it stands", choices=State.choices, empty_label="Any")
    subgroup = django_filters.ChoiceFilter(
        label="Subgroup", field_name="action__subgroup__slug", empty_label="Any"
    )

    class Meta:
        model = ExceptionReport
        fields: list[str] = []
