"""Ratings and statuses as pages show them: a word and a colour. A builtin, so no template loads it."""

from functools import cache
from typing import Any

from django import template
from django.template.defaulttags import querystring
from django.utils.html import format_html
from django.utils.safestring import SafeString

from actions import asked_late, reporting
from actions.lineage import in_other_plan, said_of_other
from actions.models import Action, BusinessPlan, ExceptionReport, Rating, own_decision
from actions.models.plan import is_the_one_plan, live_plans, plans_by_key
from actions.reporting import chair_of, decisions_to_agree
from actions.way_back import kept
from gscp import components, dates

register = template.Library()

RATING_COLOURS: dict[str | None, str] = {Rating.GREEN: "green", Rating.AMBER: "orange", Rating.RED: "red"}
# None of these is green, amber or red: a status is not a rating, and green never means finished.
STATUS_COLOURS: dict[str, str] = {
    Action.Status.IN_PROGRESS: "blue",
    Action.Status.PROPOSED_COMPLETE: "purple",
    Action.Status.COMPLETE: "teal",
}


@register.simple_tag
def rating_tag(value: str | None, old: bool | None = False) -> SafeString:
    text = Rating(value).label if value else "Not rated"
    colour = RATING_COLOURS.get(value, "grey")
    classes = f"govuk-tag--{colour} gscp-rating{' gscp-rating--old' if old else ''}"
    return tag(text, classes)


register.simple_tag(asked_late.marked_late)
register.simple_tag(asked_late.when_late)


@register.simple_tag
def when_it_lapses(report: ExceptionReport) -> str:
    """In a sentence, the adoption with which it lapses unless it is decided before; "" if there is none."""
    return reporting.lapses_when().get(report.pk, "")


@register.simple_tag
def status_tag(value: str) -> SafeString:
    colour = STATUS_COLOURS.get(value, "grey")
    return tag(Action.Status(value).label, f"govuk-tag--{colour}")


@register.simple_tag(takes_context=True)
def sorted_by(context: Any, name: str, heading: str) -> SafeString:
    """The heading of a column that its link sorts by, the other way round if it is sorted by it already."""
    how, href = sorting(context, name)
    return format_html(
        '<th scope="col" class="govuk-table__header" aria-sort="{}">'
        '<a class="govuk-link govuk-link--no-visited-state" href="{}">{}</a>'
        '<span aria-hidden="true" class="gscp-sorted">{}</span></th>',
        how, href, heading, ARROWS[how],
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def sort_link(context: Any, name: str, text: str) -> SafeString:
    """The same for a list that has no columns."""
    how, href = sorting(context, name)
    said = "" if how == "none" else f", sorted {how}"
    return format_html(
        '<a class="govuk-link govuk-link--no-visited-state" href="{}">{}'
        '<span class="govuk-visually-hidden">{}</span></a>'
        '<span aria-hidden="true" class="gscp-sorted">{}</span>',
        href, text, said, ARROWS[how],
    )  # fmt: skip


ARROWS = {"ascending": "▲", "descending": "▼", "none": ""}


def sorting(context: Any, name: str) -> tuple[str, str]:
    """How the list is sorted by this, and the address that sorts it so, or the other way round."""
    now = context["request"].GET.get("sort", "")
    is_now, descends = now.removeprefix("-") == name, now.startswith("-")
    how = ("descending" if descends else "ascending") if is_now else "none"
    return how, querystring(context, sort=f"-{name}" if is_now and not descends else name, page=None)


@register.simple_tag
def plan_note(action: Action) -> SafeString | str:
    """Which plan an action of a list is of, where that is not the one plan of this year.

    Of several plans each may have an action 1.1.
    """
    if is_the_one_plan(action.plan):
        return ""
    note = format_html('<span class="gscp-note">{}</span>', action.plan)
    if other := in_other_plan().get(action.pk):
        link = ' <span class="gscp-note"><a class="govuk-link" href="{}">{}</a></span>'
        note += format_html(link, other.get_absolute_url(), said_of_other(action, other))
    return note


@register.simple_tag
def other_plan(action: Action) -> tuple[Action, str] | None:
    """Of an action that stands in two live plans the other one, and how that stands."""
    other = in_other_plan().get(action.pk)
    return (other, said_of_other(action, other)) if other else None


@register.inclusion_tag("actions/plan_switch.html")
def plan_switch(plan: BusinessPlan, page: str) -> dict[str, Any]:
    """The way to the same page of another plan: `page` is the name of its URL."""
    plans = [one for one in plans_by_key().values() if one.pk == plan.pk or not one.is_discarded]
    return {"plans": plans, "plan": plan, "page": page}


@register.filter
def due_in_words(row: Any) -> str:
    """Of an action, or of a row of its history: 31 December 2021, or Review 31 December 2021, or ""."""
    if row is None:  # it was not there then
        return ""
    due = row.agreed_date or row.original_date
    if row.agreed_date and row.original_date:
        return f"{dates.day_in_words(due)}, originally {dates.day_in_words(row.original_date)}"
    return dates.day_in_words(due) or (
        f"Review {dates.day_in_words(row.review_date)}" if row.review_date else ""
    )


@register.simple_tag(takes_context=True, name="way_back")
def way_back_(context: Any, name: str) -> str:
    return kept(name, context["request"].GET)


@register.inclusion_tag("actions/plans_shown.html", takes_context=True)
def plans_shown(context: Any) -> dict[str, Any]:
    """On a dashboard, the way to one live plan alone, to all, and to the register of a draft.

    Nothing where there is one plan.
    """
    now, live = context["request"].GET.get("plan", ""), live_plans()
    shown = [("", "All plans")] if len(live) > 1 else []
    shown += [(plan.label, plan.label) for plan in live]
    is_alone = len(live) == 1  # then it is shown in any case
    links = [
        (querystring(context, plan=label or None, page=None), text, is_alone or label == now)
        for label, text in shown
    ]
    drafts = [plan for plan in plans_by_key().values() if plan.is_draft]
    links += [(plan.get_absolute_url(), f"{plan.label} (draft)", False) for plan in drafts]
    return {"links": links if len(links) > 1 else []}


register.simple_tag(decisions_to_agree)
register.filter("chair_of", chair_of)
register.filter("who_decides_own", own_decision.who_decides)
register.filter("who_can_agree", own_decision.who_can_agree)
register.filter("has_to_agree", own_decision.has_to_agree)


@register.filter
def is_link(text: str) -> bool:
    return text.startswith(("http://", "https://"))


register.filter("day_and_month", dates.day_and_month)
register.filter("closing_in_words", dates.closing_in_words)


@cache  # there are a few, and lists have one or two in each row
def tag(text: str, classes: str) -> SafeString:
    return components.component("tag", {"text": text, "classes": classes})
