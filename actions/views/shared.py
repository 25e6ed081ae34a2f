"""What views about actions have in common: look-ups, and what lists of actions show beside each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from actions import findings, reporting
from actions.findings import PRIORITIES, ActionRow
from actions.forms.mending import ConfirmationForm
from actions.lateness import attach_late_for
from actions.measure_rules import measures_found
from actions.models import Action, ActionLead, BusinessPlan, ExceptionReport, ExceptionStep, ProgressUpdate
from actions.models.action import first_to_decide
from actions.models.line import lines_of
from actions.models.plan import plans_by_key
from gscp.facts import fact
from gscp.pages import PER_PAGE, FirstRows, already_done, form_page, form_sent
from gscp.permissions import CHAIRS
from gscp.record import Tracked, attach_texts, history_of
from subgroups.models import Group
from subgroups.models.groups import groups_by_key


def action_of(label: str, slug: str) -> Action:
    # As a form needs it.
    return get_object_or_404(Action.objects.select_related("plan", "group"), plan__label=label, slug=slug)


@fact
def action_to_read(label: str, slug: str) -> Action:
    """With `reasons`, and what findings.complete() sets. Never for a form, which may change what is kept."""
    action = get_object_or_404(Action.on_record.for_pages(), plan__label=label, slug=slug)
    if not action.is_discarded:
        findings.complete([action])
        findings.give_reasons([action])
    return action


def plan_to_read(label: str) -> BusinessPlan:
    for plan in plans_by_key().values():
        if plan.label == label:
            return plan
    raise Http404


def confirmation_page(
    request,
    entered: ProgressUpdate | ExceptionStep,
    to: Tracked,
    template: str,
    form_class: type[ConfirmationForm] = ConfirmationForm,
) -> HttpResponse:
    if isinstance(entered, ExceptionStep) and entered.was_corrected:
        return already_done(request, to, f"{entered}: it was corrected since.")
    if entered.is_confirmed:
        said = "the chair said that it is not so" if entered.is_not_so else "is confirmed"
        return already_done(request, to, f"{entered}: {said}.")
    if isinstance(entered, ProgressUpdate) and not entered.counts:
        return already_done(request, to, f"{entered} was corrected: confirm the correction.")
    form = form_sent(form_class, request, entered=entered)
    attach_texts_and_lateness([entered])
    return form_page(request, form, template, to=to, action=entered.action)


def attach_texts_and_lateness(entered: Iterable[ProgressUpdate | ExceptionStep]) -> None:
    """Reads at once the texts of all their entries, who entered and confirmed them, and which came late."""
    updates = [one for one in entered if isinstance(one, ProgressUpdate)]
    changes = [one.change for one in entered]
    changes += [one.confirmation.change for one in entered if one.is_confirmed]
    attach_texts([*changes, *(update.reported for update in updates)])
    attach_late_for(updates)


def versions_shown(updates: Iterable[ProgressUpdate]) -> list[ProgressUpdate]:
    """Of each report among these, in the order of their entries, the version that counts.

    If none does, the last. The others stand beside it, the newest first.
    """
    reports: dict[int, list[ProgressUpdate]] = defaultdict(list)
    for update in updates:
        reports[update.first_id or update.pk].append(update)
    shown = []
    for versions in reports.values():
        counting = [update for update in versions if not update.is_not_so]
        shown.append((counting or versions)[-1])
        shown[-1].other_versions = [one for one in reversed(versions) if one is not shown[-1]]
    return shown


def actions_shown(rows: Iterable[ActionRow], most: int = PER_PAGE) -> FirstRows:
    first = FirstRows([row.action for row in rows], most)
    return first.shown_as(findings.shown(first))


def for_top_group(rows: Iterable[ActionRow], top: Group) -> list[ActionRow]:
    """Those that come to the top group whatever is asked: nobody below decides or completes them."""
    leads = ActionLead.objects.filter(ended_on=None, post__role__in=CHAIRS)
    led_by: dict[int, set[int]] = defaultdict(set)
    for action, group in leads.values_list("action", "post__group"):
        led_by[action].add(group)

    @cache
    def comes(group: int, leading: frozenset[int]) -> bool:
        responsible = groups_by_key()[group]
        answering = responsible.answering_keys | leading
        return first_to_decide(responsible.decided_by(), lambda one: one.pk in answering) == top

    high = PRIORITIES.index(Action.Priority.HIGH) if top.accepts_high else None
    return [row for row in rows if row.priority == high or comes(row.group, frozenset(led_by[row.action]))]


def measures_under(group: Group | None) -> FirstRows:
    """The measures that a rule finds, of this group and of those that report to it."""
    keys = findings.group_keys_under(group.pk) if group else ()
    return FirstRows([one for one in measures_found() if one.measure.group_id in keys])


def actions_of(reports: Iterable[ExceptionReport]) -> list[Action]:
    """What these are about, without the measures."""
    return [report.action for report in reports if report.action]


def attach_asked(actions: Sequence[Action]) -> None:
    """Sets `asked` on each action: what is asked on it and not decided."""
    asked_about = reporting.asked_about().intersection(action.pk for action in actions)
    waiting = ExceptionReport.objects.undecided().filter(action__in=asked_about).select_related("with_group")
    reports = list(waiting) if asked_about else []
    for action in actions:
        action.asked = [report for report in reports if report.action_id == action.pk]


def attach_priorities_when_asked(reports: Sequence[ExceptionReport]) -> None:
    """Sets `priority_when_asked` on each: in words where its action has another one today, and else ""."""
    rows = history_of(Action)._base_manager.filter(id__in={report.action_id for report in reports})
    several = rows.order_by().values("id").annotate(n=Count("priority", distinct=True)).filter(n__gt=1)
    was: dict[int, list[tuple[int, str]]] = defaultdict(list)
    priorities = rows.filter(id__in=several.values("id")).order_by("change_id")
    for key, number, priority in priorities.values_list("id", "change_id", "priority"):
        was[key].append((number, priority))
    for report in reports:
        if report.action is None:
            continue
        asked, today = report.steps.all()[0].change_id, report.about.priority
        then = next((one for number, one in reversed(was[report.about_id]) if number <= asked), today)
        words = Action(priority=then).priority_in_words if then != today else ""
        vars(report)["priority_when_asked"] = words


def attach_last_decisions(actions: Sequence[Action]) -> None:
    """Sets `last_decision` on each action: the latest by which something was granted or refused, or None.

    That on an action of an earlier plan counts, if it goes on with it.
    """
    lines = lines_of(action.pk for action in actions)
    decided = reporting.decided_about().intersection(set().union(*lines.values()))
    steps = ExceptionStep.objects.granted_or_refused().filter(report__action__in=decided)
    steps = steps.select_related("report__action__plan", "meeting__group", "points_to", "confirmation")
    steps = steps.order_by("change_id")
    last = {step.report.action_id: step for step in (steps if decided else ())}
    for action in actions:
        of_action = [last[key] for key in lines[action.pk] if key in last]
        action.last_decision = max(of_action, key=attrgetter("change_id"), default=None)
