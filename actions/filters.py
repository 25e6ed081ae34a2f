"""The filters of the register, kept in its address."""

from datetime import date
from operator import itemgetter

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from actions import rules
from actions.findings import Found
from actions.models import Action, ExceptionReport, FurtherAction, Kind, Ownership, Rating, State
from actions.reporting import asked_about
from gscp import clock
from gscp.facts import fact
from gscp.filters import ListFilter
from subgroups.models import Partner
from subgroups.models.groups import groups_by_key

NONE = "none"  # of a rating or a priority
MOST_WORDS = 20
SEARCHED = ("ref", "title", "text", "who", "driver__text", "theme__text", "outcome", "known_by", "timescale")


def group_filter(
    field_name: str = "group", label: str = "Group", **extra: str
) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, field_name=f"{field_name}__slug", choices=group_choices, empty_label="Any", **extra
    )


def group_choices() -> list[tuple[str, str]]:
    return sorted(((group.slug, group.name) for group in groups_by_key().values()), key=itemgetter(1))


@fact
def partners() -> list[Partner]:
    return Partner.objects.with_successors()


class ActionFilter(ListFilter):
    text = django_filters.CharFilter(label="Words", method="with_words", max_length=200)
    group = group_filter()
    priority = django_filters.ChoiceFilter(
        choices=[*Action.Priority.choices, (NONE, "None given")], empty_label="Any", method="with_value"
    )
    status = django_filters.ChoiceFilter(choices=Action.Status.choices, empty_label="Any")
    rating = django_filters.ChoiceFilter(
        choices=[*Rating.choices, (NONE, "Not rated")], empty_label="Any", method="with_value"
    )
    owner = django_filters.ChoiceFilter(label="Owning partner", empty_label="Any", method="owned_by")

    class Meta:
        model = Action
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.partners = partners()
        todays = {partner.successor_on(clock.today()) for partner in self.partners}
        choices = sorted(((str(partner.pk), partner.name) for partner in todays), key=itemgetter(1))
        self.filters["owner"].extra["choices"] = choices

    def with_value(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        return actions.filter(**{name: "" if value == NONE else value})

    def owned_by(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        # By the partner chosen, and by those whose place it has taken.
        pks = [p.pk for p in self.partners if str(p.successor_on(clock.today()).pk) == value]
        return actions.filter(ownerships__partner__in=pks, ownerships__ended_on=None).distinct()

    def with_words(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        """Every word somewhere in the action or in the names of its owners, in any order."""
        for word in value.split()[:MOST_WORDS]:
            further = FurtherAction.objects.filter(action=OuterRef("pk"), text__icontains=word)
            owned = Ownership.objects.filter(
                action=OuterRef("pk"), partner__in=self.partners_called(word), ended_on=None
            )
            has_word = Q(Exists(further)) | Q(Exists(owned))
            for field in SEARCHED:
                has_word |= Q(**{f"{field}__icontains": word})
            actions = actions.filter(has_word)
        return actions

    def partners_called(self, word: str) -> list[int]:
        """Keys of the partners with this word in a spelling, and of their predecessors and successors."""
        last = {partner.pk: partner.successor_on(date.max).pk for partner in self.partners}
        last_successors = {
            last[partner.pk]
            for partner in self.partners
            if word.casefold() in "\n".join(partner.spellings).casefold()
        }
        return [pk for pk, end in last.items() if end in last_successors]


class OffPlanFilter(ListFilter):
    rule = django_filters.ChoiceFilter(
        label="Reason", choices=[(rule.name, rule.title) for rule in rules.RULES], empty_label="Any"
    )
    group = group_filter(help_text="With all groups that report to it.")
    asked = django_filters.ChoiceFilter(
        label="Decision asked for", choices=[("no", "Not asked"), ("yes", "Asked")], empty_label="Any"
    )

    class Meta:
        model = Action
        fields: list[str] = []

    def chosen(self, rows: list[Found]) -> list[Found]:
        """The rows of the pass that the filter lets through."""
        if not self.form.is_valid():
            return []
        rule, slug, asked = (self.form.cleaned_data[name] for name in ("rule", "group", "asked"))
        groups = {
            key
            for key, group in groups_by_key().items()
            if not slug or slug in (above.slug for above in group.line)
        }
        rows = [row for row in rows if row.group in groups and (not rule or row.has(rule))]
        return [row for row in rows if not asked or (row.action in asked_about()) == (asked == "yes")]


class ReportFilter(ListFilter):
    kind = django_filters.ChoiceFilter(label="What is asked", choices=Kind.choices, empty_label="Any")
    state = django_filters.ChoiceFilter(label="Where it stands", choices=State.choices, empty_label="Any")
    with_group = group_filter("with_group", label="With")
    group = group_filter("action__group")

    class Meta:
        model = ExceptionReport
        fields: list[str] = []
