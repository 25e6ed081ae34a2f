"""The filters of the register, kept in its address."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.http import QueryDict

from actions import rules, search
from actions.findings import ActionRow, of_plan
from actions.lineage import show_what_comes
from actions.models import Action, BusinessPlan, ExceptionReport, Kind, Ownership, Rating, State
from actions.models.action import STATUSES
from actions.models.plan import live_plans
from actions.reporting import asked_about
from gscp import clock
from gscp.bounds import MOST_CHARACTERS
from gscp.facts import fact
from gscp.filters import ListFilter
from subgroups.models.groups import groups_by_key

NONE = "none"  # of a rating or a priority


def group_filter(
    field_name: str = "group", label: str = "Group", **extra: str
) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label, field_name=f"{field_name}__slug", choices=group_choices, empty_label="Any", **extra
    )


def group_choices() -> list[tuple[str, str]]:
    return sorted(((group.slug, group.name) for group in groups_by_key().values()), key=itemgetter(1))


def plan_choices() -> list[tuple[str, str]]:
    return [(plan.label, plan.title) for plan in live_plans()]


def place_of(column: str, values: list[Any]) -> Case:
    """The place of its value among these, and none of any other."""
    return Case(*(When(**{column: value, "then": Value(place)}) for place, value in enumerate(values)))


BY_RATING = [Rating.RED, Rating.AMBER, Rating.GREEN]
# By the name in the address, what the register is sorted by. Without one it is in the order of the plan.
SORTED_BY: dict[str, Any] = {
    "ref": F("position"),
    "priority": place_of("priority", Action.Priority.values),
    "status": place_of("status", Action.Status.values),
    "rating": place_of("rating", BY_RATING),
    "due": Coalesce("agreed_date", "original_date", "review_date"),
}
# The same for requests, which have the newest first without one.
REPORTS_SORTED_BY: dict[str, Any] = {
    "what": F("action__position"),
    "state": place_of("state", State.values),
    "asked": F("pk"),
}


def sort_filter(columns: Iterable[str]) -> django_filters.CharFilter:
    """What the list is sorted by: one of these, after “-” the other way round."""
    return django_filters.CharFilter(
        method="sorted_by",
        max_length=MOST_CHARACTERS,
        widget=forms.HiddenInput,
        validators=[
            RegexValidator(
                rf"\A-?({'|'.join(columns)})\Z",
                "This address names no column to sort by: follow the link in its heading.",
            )
        ],
    )


def order_of(columns: dict[str, Any], sort: str) -> OrderBy:
    """As the address sorts; what has no value comes last."""
    return OrderBy(columns[sort.removeprefix("-")], descending=sort.startswith("-"), nulls_last=True)


class ActionFilter(ListFilter):
    text = django_filters.CharFilter(label="Words", method="with_words", max_length=200)
    group = group_filter()
    priority = django_filters.ChoiceFilter(
        choices=[*Action.Priority.choices, (NONE, "None given")], empty_label="Any", method="with_value"
    )
    status = django_filters.ChoiceFilter(choices=STATUSES, empty_label="Any")
    rating = django_filters.ChoiceFilter(
        choices=[*Rating.choices, (NONE, "Not rated")], empty_label="Any", method="with_value"
    )
    owner = django_filters.ChoiceFilter(label="Owning partner", empty_label="Any", method="owned_by")
    sort = sort_filter(SORTED_BY)

    class Meta(ListFilter.Meta):
        model = Action
        fields: list[str] = []

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any):
        self.partners = search.partners()
        todays = {partner.successor_on(clock.today()) for partner in self.partners}
        super().__init__(self.with_successor(data), *args, **kwargs)
        choices = sorted(((str(partner.pk), partner.name) for partner in todays), key=itemgetter(1))
        self.filters["owner"].extra["choices"] = choices

    def with_successor(self, data: Any) -> Any:
        """The address with the partner in the place of an owner that was succeeded: old links go on."""
        named = {str(partner.pk): partner for partner in self.partners}
        if data and (partner := named.get(data.get("owner"))):
            data = data.copy()
            data["owner"] = str(partner.successor_on(clock.today()).pk)
        return data

    @property
    def words(self) -> list[str]:
        return search.words_of(self.form.cleaned_data["text"]) if self.form.is_valid() else []

    def with_value(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        return actions.filter(**{name: "" if value == NONE else value})

    def owned_by(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        # By the partner chosen, and by those whose place it has taken, or will take when it begins.
        chosen = next(partner for partner in self.partners if str(partner.pk) == value)
        day = max(clock.today(), chosen.started_on)
        pks = [partner.pk for partner in self.partners if partner.successor_on(day) == chosen]
        owned = Ownership.objects.filter(action=OuterRef("pk"), partner__in=pks, ended_on=None)
        return actions.filter(Exists(owned))

    def with_words(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        """Every word somewhere in the action or in the names of its owners, in any order."""
        for word in search.words_of(value):
            owned = Ownership.objects.filter(
                action=OuterRef("pk"), partner__in=search.partners_called(word), ended_on=None
            )
            actions = actions.filter(search.has_word(word) | Q(Exists(owned)))
        return actions

    def sorted_by(self, actions: QuerySet[Action], name: str, value: str) -> QuerySet[Action]:
        return actions.order_by(order_of(SORTED_BY, value), "position", "pk")


# What show_what_comes() may show of an action otherwise than its columns have it; and how that is sorted.
SHOWN_OTHERWISE: dict[str, Callable[[Action], Any]] = {
    "status": lambda action: Action.Status.values.index(action.status),
    "rating": lambda action: BY_RATING.index(Rating(action.rating)) if action.rating else None,
    "due": lambda action: action.due or action.review_date,
}


def keys_in_register(plan: BusinessPlan, query: str) -> tuple[int, ...]:
    """Of the actions of the plan that the register finds, by what it shows of them."""
    found = ActionFilter(QueryDict(query), plan.actions.all())
    chosen = found.form.cleaned_data if plan.is_draft and found.form.is_valid() else {}
    sort = chosen.get("sort", "")
    if not (chosen.get("status") or chosen.get("rating") or sort.removeprefix("-") in SHOWN_OTHERWISE):
        return tuple(found.qs.values_list("pk", flat=True))
    typed = QueryDict(query).dict() | dict.fromkeys(("status", "rating", "sort"), "")
    actions = list(ActionFilter(typed, plan.actions.select_related("plan")).qs)
    show_what_comes(actions)
    for name in ("status", "rating"):
        if value := chosen[name]:
            wanted = "" if value == NONE else value
            actions = [action for action in actions if getattr(action, name) == wanted]
    return tuple(action.pk for action in sorted_as_shown(actions, sort))


def sorted_as_shown(actions: list[Action], sort: str) -> list[Action]:
    """As order_of() has it: what has no value comes last, and those alike in the order of the plan."""
    place = SHOWN_OTHERWISE.get(sort.removeprefix("-"))
    if place is None:
        return actions
    placed = [action for action in actions if place(action) is not None]
    in_order = sorted(placed, key=place, reverse=sort.startswith("-"))
    return in_order + [action for action in actions if place(action) is None]


class OffPlanFilter(ListFilter):
    rule = django_filters.ChoiceFilter(
        label="Why it is here", choices=[(rule.name, rule.title) for rule in rules.RULES], empty_label="Any"
    )
    group = group_filter(help_text="With all groups that report to it.")
    plan = django_filters.ChoiceFilter(label="Plan", choices=plan_choices, empty_label="Any")
    asked = django_filters.ChoiceFilter(
        label="Decision asked for", choices=[("no", "Not asked"), ("yes", "Asked")], empty_label="Any"
    )
    sort = sort_filter(SORTED_BY)

    class Meta(ListFilter.Meta):
        model = Action
        fields: list[str] = []

    def chosen(self, rows: list[ActionRow]) -> list[ActionRow]:
        """The rows of the pass that the filter lets through, as the address sorts them."""
        if not self.form.is_valid():
            return []
        rule, slug, asked, plan, sort = (
            self.form.cleaned_data[name] for name in ("rule", "group", "asked", "plan", "sort")
        )
        groups = {
            key
            for key, group in groups_by_key().items()
            if not slug or slug in (above.slug for above in group.line)
        }
        rows = chosen_rows([row for row in rows if row.group in groups], rule, asked, plan)
        if not sort:
            return rows
        places = places_of_live_actions(sort)
        return sorted(rows, key=lambda row: places[row.action])


def chosen_rows(rows: Iterable[ActionRow], rule: str, asked: str, plan: str) -> list[ActionRow]:
    """Those that this rule finds, of this plan, and with a decision asked for or without: "yes" or "no"."""
    about = asked_about()
    return [
        row
        for row in of_plan(rows, plan)
        if (not rule or row.has(rule)) and (not asked or (row.action in about) == (asked == "yes"))
    ]


@fact
def places_of_live_actions(sort: str) -> dict[int, int]:
    """Of each action of a live plan, its place as this sorts them; of those alike, that in the plans."""
    order, plans = order_of(SORTED_BY, sort), ("-plan__first_day", "plan__label")
    # A number means something within its plan only.
    is_of_plan = sort.removeprefix("-") == "ref"
    in_order = (*plans, order, "pk") if is_of_plan else (order, *plans, "position", "pk")
    actions = Action.objects.filter(plan__in=BusinessPlan.objects.live()).order_by(*in_order)
    return {key: place for place, key in enumerate(actions.values_list("pk", flat=True))}


class ReportFilter(ListFilter):
    kind = django_filters.ChoiceFilter(label="What is asked", choices=Kind.choices, empty_label="Any")
    state = django_filters.ChoiceFilter(label="Where it stands", choices=State.choices, empty_label="Any")
    with_group = group_filter("with_group", label="With")
    group = group_filter("action__group")
    sort = sort_filter(REPORTS_SORTED_BY)

    class Meta(ListFilter.Meta):
        model = ExceptionReport
        fields: list[str] = []

    def sorted_by(self, reports: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return reports.order_by(order_of(REPORTS_SORTED_BY, value), "-pk")
