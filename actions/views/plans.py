"""The plan, its actions, and how they are reported."""

from collections import defaultdict
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from actions import findings
from actions.filters import ActionFilter, keys_in_register
from actions.forms.mending import CorrectionForm, NotSoForm
from actions.forms.updates import (
    ActionDatesForm,
    NilReturnForm,
    ProgressUpdateForm,
    ReportForm,
    dates_to_set,
)
from actions.lineage import reopened_elsewhere
from actions.models import (
    Action,
    ActionEnding,
    Addition,
    BusinessPlan,
    ExceptionReport,
    PlanDecision,
    ProgressUpdate,
    Successor,
)
from actions.models.amendment import WORDS, in_words, published_words
from actions.models.chain import TERMS, Terms
from actions.models.coming import ended_otherwise, ends_to_come
from actions.models.copying import begun_from, begun_in
from actions.models.discarding import why_it_stays, why_not_discarded
from actions.models.line import line_of
from actions.models.plan import live_plans, plans_by_key
from actions.models.plan_decision import adoption_that_waits, group_that_adopts
from actions.models.recommendation import recommended
from actions.models.since_copied import Beside, side_by_side
from actions.models.who import leads_to_name
from actions.search import places
from actions.sentences import latest_acts
from actions.views.evidence import attach_evidence, newest_of
from actions.views.plan_decisions import changes_so_far, words_beside
from actions.views.shared import (
    action_of,
    action_to_read,
    attach_texts_and_lateness,
    confirmation_page,
    plan_to_read,
    versions_shown,
)
from actions.way_back import way_back
from actions.year import KEY, year_of
from gscp.facts import fact
from gscp.pages import FirstRows, already_done, form_page, form_sent, page_of
from gscp.permissions import may
from gscp.record import Change
from gscp.sealing import DISCARD
from subgroups.models import Group, User
from subgroups.models.groups import groups_by_key

ON_PAGE = UPDATES_ON_PAGE = 10  # an action's changes, and its updates


def on_behalf_update_of(pk: int) -> ProgressUpdate:
    updates = ProgressUpdate.objects.entered_on_behalf().select_related("first__change")
    return get_object_or_404(updates, pk=pk)


def update_of(pk: int) -> ProgressUpdate:
    updates = ProgressUpdate.objects.select_related(
        "change", "first__change", "confirmation__change", "action__plan", "action__group"
    )
    return get_object_or_404(updates, pk=pk)


@may("read")
def plan_current(request) -> HttpResponse:
    """The register of the one live plan; where there are several or none, the list."""
    live = live_plans()
    return redirect(live[0]) if len(live) == 1 else redirect("plans")


@may("read")
def plan_list(request) -> HttpResponse:
    open_ones = Count("pk", filter=Q(status__in=Action.OPEN))
    counted = Action.objects.order_by().values_list("plan").annotate(Count("pk"), open_ones=open_ones)
    counts = {plan: both for plan, *both in counted}
    rows = [(plan, *counts.get(plan.pk, (0, 0))) for plan in BusinessPlan.objects.listed()]
    may_keep = request.user.has_perm("keep_plan")
    return render(request, "actions/plan_list.html", {"rows": rows, "may_keep": may_keep})


@may("read", plan_to_read)
def plan_detail(request, plan) -> HttpResponse:
    action_filter, page = filtered_actions(request, plan)
    keys = tuple(action.pk for action in page.object_list)
    found = places(keys, tuple(action_filter.words)) if action_filter.words else {}
    before, endings = goes_on_with(plan), standing_endings(plan)
    coming = ends_to_come(plan) if plan.is_draft else {}
    named = leads_to_name(keys)
    rows = [
        (action, found.get(key, []), before.get(key, []), endings.get(key), coming.get(key), named[key])
        for key, action in zip(keys, page.object_list, strict=True)
    ]
    context = {"plan": plan, "filter": action_filter, "page": page, "rows": rows}
    context["has_actions"] = bool(rows) or bool(register_keys(plan, ""))
    context["may_keep"] = request.user.has_perm("keep_plan")
    context["waiting"] = adoption_that_waits(plan) if plan.is_draft else None
    context["adopts"] = group_that_adopts() if plan.is_draft else None
    context["ended"] = FirstRows(ended_otherwise(plan, coming)) if plan.is_draft else []
    context["may_discard"] = context["may_keep"] and plan.is_draft and not why_not_discarded(plan)
    context["may_tick"] = context["may_keep"] and not plan.is_frozen and not context["waiting"]
    context["closings"] = closings_of(plan) if plan.was_published else []
    context["proposed"] = proposed_in(plan) if plan.is_live else []
    return render(request, "actions/plan_detail.html", context)


@fact
def goes_on_with(plan: BusinessPlan) -> dict[int, list[Successor]]:
    """Of actions of the plan, by their keys, how earlier ones go on there, merged ones last."""
    waiting = PlanDecision.State.WAITING
    rows = Successor.objects.standing().filter(to_action__plan=plan).exclude(ending__decision__state=waiting)
    found = defaultdict(list)
    for one in sorted(rows, key=lambda row: (row.ending.fate == ActionEnding.Fate.MERGED, row.pk)):
        if one.to_action_id:
            found[one.to_action_id].append(one)
    return dict(found)


@fact
def standing_endings(plan: BusinessPlan) -> dict[int, ActionEnding]:
    """By the keys of its actions, how each ends that a meeting decided to end and that has not ended yet."""
    endings = ActionEnding.objects.standing().filter(action__plan=plan).for_pages()
    return {ending.action_id: ending for ending in endings}


@fact
def closings_of(plan: BusinessPlan) -> list[PlanDecision]:
    closings = plan.plan_decisions.filter(kind=PlanDecision.Kind.CLOSING)
    return list(closings.exclude(state=PlanDecision.State.TAKEN_BACK).for_pages())


@fact
def proposed_in(plan: BusinessPlan) -> list[Addition]:
    """The new actions that wait for a chair."""
    return list(Addition.objects.waiting().filter(decision__plan=plan).for_pages())


@may("read", plan_to_read)
def plan_glance(request, plan) -> HttpResponse:
    action_filter, page = filtered_actions(request, plan)
    keys = tuple(action.pk for action in page.object_list)
    deciding = sorted(key for key, group in groups_by_key().items() if group.takes_decisions)
    year = year_of(plan, keys, tuple(deciding))
    context = {"plan": plan, "filter": action_filter, "page": page, "year": year, "year_key": KEY}
    context["rows"] = [(action, year.rows[action.pk]) for action in page.object_list]
    return render(request, "actions/plan_glance.html", context)


def filtered_actions(request: HttpRequest, plan: BusinessPlan) -> tuple[ActionFilter, Page]:
    """The filter of the address, and the page of the actions that it finds."""
    action_filter = ActionFilter(request.GET, Action.objects.none())
    page = page_of(request, register_keys(plan, action_filter.query))
    page.object_list = register_facts(tuple(page))
    return action_filter, page


@fact
def register_keys(plan: BusinessPlan, query: str) -> tuple[int, ...]:
    return keys_in_register(plan, query)


@fact
def register_facts(keys: tuple[int, ...]) -> list[Action]:
    return findings.shown(keys)


@may("read", action_to_read)
def action_detail(request, action) -> HttpResponse:
    if action.is_discarded:
        return render(request, "actions/action_taken_out.html", {"action": action} | taken_out_facts(action))
    user, facts = request.user, action_facts(action)
    updates = page_of(request, facts["updates"], UPDATES_ON_PAGE)
    updates.object_list = updates_facts(tuple(updates))
    deciding = groups_by_key()[action.group_id].decided_by()
    is_locked = action.plan.is_frozen or (action.plan.is_draft and adoption_that_waits(action.plan))
    return render(
        request,
        "actions/action_detail.html",
        facts
        | {
            "action": action,
            "back": way_back(request.GET, action.plan),
            "reasons": action.reasons,
            "page": updates,
            "last": next((update for update in updates if not update.is_not_so), None),
            "last_said": next((one for one in updates if not (one.is_not_so or one.nil_return)), None),
            "asked": [report for report in facts["reports"] if report.is_undecided],
            "year": year_of(action.plan, (action.pk,), tuple(group.pk for group in deciding)),
            "year_key": KEY,
            "may_add_evidence": not action.plan.why_frozen and user.has_perm("add_evidence", action),
            "may_report": action.takes_reports and user.has_perm("report", action),
            "may_ask": user.has_perm("ask", action),
            "asks": asks_of(action, facts["askable"]),
            "may_confirm": [update.pk for update in updates if user.has_perm("confirm", update)],
            "may_correct": [update.pk for update in updates if may_correct(user, update)],
            "may_correct_date": facts["may_correct_date"] and user.has_perm("keep_plan"),
            "may_keep": not is_locked and user.has_perm("keep_plan"),
            "may_take_out": facts["may_take_out"] and user.has_perm("keep_plan"),
            "may_keep_milestones": not (is_locked or action.goes_on_elsewhere) and user.has_perm("keep_plan"),
            "dates_to_set": dates_to_set(action),
            "may_date": action.takes_reports and not action.has_both_dates and user.has_perm("keep_plan"),
        },
    )


@fact
def action_facts(action: Action) -> dict[str, Any]:
    history = Change.objects.filter(action=action.pk)
    published = published_words(action)
    # Their texts stand above the history.
    of_updates = history.filter(model=ProgressUpdate._meta.label_lower).values("act")
    reports = list(action.exception_reports.for_pages())
    copied_from = begun_from(action) if action.plan.is_draft and not action.came_from else None
    undecided = {report.kind for report in reports if report.is_undecided}
    return {
        "updates": tuple(action.updates.filter(first=None).values_list("pk", flat=True)),
        "said_before": said_before(action),
        "theme_lead": action.theme and action.theme.lead_in_words,
        "milestones": list(action.milestones.all()),
        "came_from": action.came_from,
        **reopened_elsewhere(action),
        "proposed_from": list(Successor.objects.waiting().filter(to_action=action)),
        "added_by": action.additions.for_pages().first(),
        "recommended_by": list(recommended(line_of(action.pk))),
        "endings": list(action.endings.not_taken_back().for_pages()),
        "copied_from": copied_from,
        "comes": ends_to_come(action.plan).get(action.pk) if copied_from else None,
        "since_copied": since_copied_of(action, copied_from),
        "drafted_as": [] if action.standing_ending or not action.takes_reports else drafts_of(action),
        "reviews": list(action.reviews.select_related("change")),
        "may_correct_date": not action.why_first_date_stays,
        "may_take_out": action.plan.is_draft and not why_it_stays(action),
        "beside": words_beside(published, action),
        "amended": changes_so_far(action) if published else [],
        "not_in_place": "" if action.group.is_in_place() else who_acts_for(action.group),
        "history": latest_acts(history.exclude(act__in=of_updates), ON_PAGE),
        "history_count": history.count(),
        "reports": reports,
        "evidence": newest_of(Q(update__action=action) | Q(report__action=action)),
        "askable": [
            kind
            for kind in TERMS
            if kind not in undecided and not ExceptionReport(action=action, kind=kind).why_not_askable
        ],
    } | said_by_plan(action, published)


def said_by_plan(action: Action, published: dict[str, Any]) -> dict[str, Any]:
    """What published.html shows of any action; with its words of today, if none were published."""
    words = published or {name: getattr(action, name) for name in WORDS}
    return {
        "words": words | {"priority_in_words": in_words("priority", words["priority"])},
        "further_actions": list(action.further_actions.select_related("taken_up_as__plan")),
        "other_columns": [other for other in action.other_columns.all() if other.text],
    }


def taken_out_facts(action: Action) -> dict[str, Any]:
    history = Change.objects.filter(action=action.pk)
    acts = {"history": latest_acts(history, ON_PAGE), "history_count": history.count()}
    return said_by_plan(action, published={}) | acts


def said_before(action: Action) -> ProgressUpdate | None:
    """What was said last, if that was in an earlier plan: no report in its own plan since says anything."""
    counting = ProgressUpdate.objects.keys_that_count(line_of(action.pk))
    last = next((key for key, is_nil in counting if not is_nil), None)
    rows = ProgressUpdate.objects.select_related(
        "change", "first__change", "confirmation__change", "action__plan"
    )
    said = [] if last is None else list(rows.filter(pk=last).exclude(action=action.pk))
    attach_texts_and_lateness(said)
    return said[0] if said else None


def since_copied_of(action: Action, copied_from: Action | None) -> list[Beside]:
    """Of an action of a draft, what the one that goes on in it came to say since."""
    carried = [one.ending for one in action.came_from if one.ending.fate == Action.Status.CARRIED_FORWARD]
    olds = [ending.action for ending in carried] if action.plan.is_draft else []
    olds += [copied_from] if copied_from and copied_from.takes_reports else []
    return side_by_side([(old, action) for old in olds])


def drafts_of(action: Action) -> list[Action]:
    """What drafts copied of it, where no meeting has said that it goes on there."""
    drafts = [plan for plan in plans_by_key().values() if plan.is_draft]
    return [begun for plan in drafts if (begun := begun_in(plan, action))]


@fact
def updates_facts(keys: tuple[int, ...]) -> list[ProgressUpdate]:
    """Of each of these first reports what stands of it, with its other versions."""
    rows = ProgressUpdate.objects.filter(Q(pk__in=keys) | Q(first__in=keys)).order_by("change_id")
    rows = rows.select_related("change", "first__change", "confirmation__change", "action__group__reports_to")
    updates = list(rows)
    for update in updates:
        update.action = updates[0].action  # they are all of one, so what it is asked is asked once
    attach_texts_and_lateness(updates)
    attach_evidence(updates)
    return versions_shown(updates)[::-1]


def may_correct(user: User, update: ProgressUpdate) -> bool:
    is_open = update.action.is_open and not update.is_not_so
    return is_open and user.has_perm("correct_update", update)


def asks_of(action: Action, kinds: list[str]) -> list[tuple[Terms, str]]:
    """What may be asked for on the action, and the addresses of the forms."""
    return [(TERMS[kind], reverse(f"ask_{kind}", args=[action.plan.label, action.slug])) for kind in kinds]


def who_acts_for(group: Group) -> str:
    return f"It {group.why_another_acts}: the chair of the {group.acting_group()} acts for it"


def way_back_from_closed(request: HttpRequest, action: Action) -> HttpResponse | None:
    """None where it takes reports. What was typed before it was closed comes back in its form instead."""
    if action.takes_reports or (request.method == "POST" and DISCARD not in request.POST):
        return None
    return already_done(request, action, action.why_no_reports)


@may("report", action_of, has_form=True)
def action_update(request, action) -> HttpResponse:
    if refused := way_back_from_closed(request, action):
        return refused
    return report_page(request, form_sent(ProgressUpdateForm, request, subject=action), action)


@may("report", action_of, has_form=True)
def nil_return(request, action) -> HttpResponse:
    if refused := way_back_from_closed(request, action):
        return refused
    return report_page(request, form_sent(NilReturnForm, request, subject=action), action)


def report_page(request: HttpRequest, form: ReportForm, action: Action) -> HttpResponse:
    said = [update for update in (form.last, form.last_nil) if update]
    if not form.is_valid():  # else another page follows
        attach_texts_and_lateness(said)
    if not action.takes_reports:
        form.button = ""  # what was typed can be copied
    meeting = form.deadlines.next_meeting
    context = {"action": action, "meeting": meeting, "last": form.last, "last_nil": form.last_nil}
    return form_page(request, form, "actions/action_update.html", to=action, **context)


@may("keep_plan", action_of, has_form=True)
def action_dates(request, action) -> HttpResponse:
    if refused := way_back_from_closed(request, action):
        return refused
    if action.has_both_dates:
        return already_done(request, action, f"{action} has its dates.")
    form = form_sent(ActionDatesForm, request, subject=action)
    return form_page(request, form, "actions/action_form.html", to=action, action=action)


@may("confirm", on_behalf_update_of, has_form=True)
def update_confirm(request, update) -> HttpResponse:
    return confirmation_page(request, update, update.action, "actions/update_confirm.html")


@may("confirm", on_behalf_update_of, has_form=True)
def update_not_so(request, update) -> HttpResponse:
    return confirmation_page(request, update, update.action, "actions/update_confirm.html", NotSoForm)


@may("correct_update", update_of, has_form=True)
def update_correct(request, update) -> HttpResponse:
    action = update.action
    if not action.is_open:
        status = action.get_status_display().lower()
        return already_done(request, action, f"{action} is {status}: its reports stay as they are.")
    # Sent twice, the form finds that it was recorded before.
    if request.method != "POST" and not update.counts:
        return already_done(request, action, "That report does not count any more: see what does.")
    form = form_sent(CorrectionForm, request, corrected=update)
    attach_texts_and_lateness([update])
    return form_page(request, form, "actions/update_correct.html", to=action, action=action, update=update)
