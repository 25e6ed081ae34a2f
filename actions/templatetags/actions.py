"""Ratings and statuses as pages show them: a word and a colour. A builtin, so no template loads it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django import template
from django.template.defaulttags import querystring
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from actions import asked_late, reporting
from actions.lineage import in_other_plan, said_of_other
from actions.measure_chart import Chart, signal_in_words, usual_in_words, why_no_limits
from actions.measure_rules import confirmed_in_words
from actions.models import Action, BusinessPlan, ExceptionReport, Rating, Watch, own_decision
from actions.models.plan import is_the_one_plan, live_plans, plans_by_key
from actions.reporting import chair_of, decisions_to_agree
from actions.way_back import kept
from gscp import clock, components, dates
from gscp.templatetags.gscp import crumbs
from subgroups.models import Measure
from subgroups.periods import Period
from subgroups.published import published_series_of
from subgroups.scorecard import series_of_measure
from subgroups.series import Line, Standing

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


@register.simple_tag
def crumbs_to(about: Any) -> SafeString:
    """The way to an action by its plan, or to a measure by its group's scorecard."""
    if about.plan is None:
        card = reverse("scorecard", args=[about.group.slug])
        return crumbs("Scorecards", reverse("scorecards"), about.group, card, about, about.get_absolute_url())
    return crumbs(about.plan, about.plan.get_absolute_url(), about, about.get_absolute_url())


@register.simple_tag(takes_context=True)
def measure_line(context: Any, measure: Measure) -> Line | None:
    """Where a measure stands, as its scorecard has it; in papers, as they may show it."""
    series = (published_series_of if "leaves_the_site" in context else series_of_measure)(measure)
    return series.last_line(clock.today())


STANDING_COLOURS: dict[str, str] = {
    Standing.ON_TARGET: "green",
    Standing.WITHIN_TOLERANCE: "orange",
    Standing.OFF_TARGET: "red",
}


@register.simple_tag
def standing_tag(value: str) -> SafeString:
    return tag(value, f"govuk-tag--{STANDING_COLOURS.get(value, 'grey')} gscp-rating")


@register.simple_tag
def signal_words(line: Line) -> SafeString | str:
    """What the rules say of the last point, whether the target will be met; or why there are no limits."""
    said = [
        why_no_limits(line.series),
        capfirst(signal_in_words(line.series, line.signal)),
        line.assurance_in_words,
        line.without_variation_in_words,
    ]
    notes = [(words,) for words in said if words]
    return format_html_join("", '<span class="gscp-note">{}</span>', notes)


@register.simple_tag
def confirmed_words(line: Line) -> SafeString | str:
    """What stands confirmed beside a line that nobody has confirmed yet."""
    said = confirmed_in_words(line)
    return format_html('<span class="gscp-note">{}</span>', said) if said else ""


@register.simple_tag
def usual(line: Line) -> str:
    """Between which figures it usually is, and the mean; "" without limits."""
    return usual_in_words(line.series, line.limits)


@register.simple_tag
def note_links(chart: Chart | None, period: Period) -> SafeString:
    """Of what was decided in a period, links to where measure_notes.html has it."""
    numbers = [note.number for note in chart.notes if note.period == period] if chart else []
    note = '<span class="gscp-note"><a class="govuk-link" href="#note-{}">Note {}</a></span>'
    return format_html_join("", note, [(number, number) for number in numbers])


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
def plan_note(action: Any) -> SafeString | str:
    """Which plan an action of a list is of, where that is not the one plan of this year.

    Of several plans each may have an action 1.1.
    """
    if action.plan is None or is_the_one_plan(action.plan):
        return ""
    note = format_html('<span class="gscp-note">{}</span>', action.plan)
    if twice := other_plan(action):
        other, said = twice
        link = ' <span class="gscp-note"><a class="govuk-link" href="{}">{}</a></span>'
        note += format_html(link, other.get_absolute_url(), said)
    return note


@register.simple_tag
def reported_for_chair(action: Any) -> str:
    """That its last report waits for the word of its chair; "" if not. None of a measure."""
    return reporting.reported_for_chairs().get(action.pk, "") if isinstance(action, Action) else ""


@register.simple_tag
def decided_for_chair(action: Action) -> str:
    """That a decision on it waits for the word of its chair, or has been denied; "" if not."""
    return reporting.decided_for_chairs().get(action.pk, "")


@register.simple_tag
def asked_of_measure(measure: Measure) -> list[ExceptionReport]:
    """The exceptions about it that nobody has decided yet, or the last one."""
    return reporting.reports_of_measures().get(measure.pk, [])


@register.simple_tag
def other_plan(action: Any) -> tuple[Action, str] | None:
    """Of an action that stands in two live plans the other one, and how that stands. None of a measure."""
    other = in_other_plan().get(action.pk) if isinstance(action, Action) else None
    return (other, said_of_other(action, other)) if other else None


@register.inclusion_tag("actions/watch.html", takes_context=True)
def watch(context: dict[str, Any], about: Action | ExceptionReport) -> dict[str, Any]:
    """The button to watch it. Whoever looks back sees none: what somebody watches is of today."""
    request = context["request"]
    if getattr(request, "past", None):
        return {}
    watched = Watch.objects.filter(person_id=request.user.pk)
    if isinstance(about, Action):
        href = reverse("action_watch", args=[about.plan.label, about.slug])
        is_watched = watched.filter(action=about).exists()
    else:
        href = reverse("report_watch", args=[about.pk])
        is_watched = watched.filter(report=about).exists()
    return {"href": href, "is_watched": is_watched, "csrf_token": context.get("csrf_token")}


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
def newest(pieces: Iterable[Any]) -> list[Any]:
    """Of all evidence for one thing, that which no later version replaces."""
    pieces = list(pieces)
    replaced = {piece.replaces_id for piece in pieces}
    return [piece for piece in pieces if piece.pk not in replaced]


@register.filter
def is_link(text: str) -> bool:
    return text.startswith(("http://", "https://"))


register.filter("day_and_month", dates.day_and_month)
register.filter("closing_in_words", dates.closing_in_words)


@cache  # there are a few, and lists have one or two in each row
def tag(text: str, classes: str) -> SafeString:
    return components.component("tag", {"text": text, "classes": classes})
