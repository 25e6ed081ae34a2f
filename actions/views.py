from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from actions import rules
from actions.filters import ActionFilter, ExceptionFilter
from actions.forms import ActionDatesForm, ConfirmationForm, ProgressUpdateForm
from actions.models import Action, BusinessPlan, ProgressUpdate, Rating, not_reported_since
from actions.rules import Reporting
from gscp import clock
from gscp.models import Change
from gscp.permissions import may
from subgroups.models import Meeting, Post, PostHolding, Subgroup

PER_PAGE = 50


def plan_of(user, year):
    return get_object_or_404(BusinessPlan.objects.visible_to(user), year=year)


def action_of(user, year, ref):
    return get_object_or_404(Action.objects.visible_to(user).for_pages(), plan__year=year, ref=ref)


def open_action_of(user, year, ref):
    action = action_of(user, year, ref)
    if not action.is_open:
        raise Http404
    return action


def on_behalf_update_of(user, pk):
    updates = ProgressUpdate.objects.on_behalf().filter(action__in=Action.objects.visible_to(user))
    return get_object_or_404(updates, pk=pk)


@may("read")
def plan_current(request):
    plan = BusinessPlan.objects.visible_to(request.user).current()
    return redirect(plan) if plan else render(request, "actions/no_plan.html")


@may("read", plan_of)
def plan_detail(request, plan):
    actions = plan.actions.with_due().with_last_update().select_related("driver", "subgroup")
    register = ActionFilter(request.GET, actions)
    page = Paginator(register.qs, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "actions/plan_detail.html", {"plan": plan, "register": register, "page": page})


@may("read", action_of)
def action_detail(request, action):
    history = Change.objects.filter(action=action.pk).order_by("-number")
    return render(
        request,
        "actions/action_detail.html",
        {
            "action": action,
            "updates": action.updates.select_related("change", "confirmation__change").prefetch_related(
                "change__texts"
            ),
            "further_actions": action.further_actions.all(),
            "not_in_place": "" if action.subgroup.in_place() else not_in_place(action.subgroup),
            "history": history[:10].with_texts(),
            "history_count": history.count(),
            "may_report": action.is_open and request.user.has_perm("report", action),
            "may_confirm": request.user.has_perm("confirm", action),
            "may_date": action.is_open and not action.has_its_dates and request.user.has_perm("keep_plan"),
        },
    )


@may("report", open_action_of, post=True)
def action_update(request, action):
    form = ProgressUpdateForm(request.POST or None, subject=action, user=request.user)
    behalf = " The chair is asked to confirm it." if form.on_behalf else ""
    return recorded(
        request, action, form, f"Update on {action} recorded.{behalf}", "actions/action_update.html"
    )


@may("keep_plan", open_action_of, post=True)
def action_dates(request, action):
    if action.has_its_dates:
        return already(request, action, f"{action} has its dates.")
    form = ActionDatesForm(request.POST or None, subject=action, user=request.user)
    return recorded(request, action, form, f"Dates of {action} recorded.", "actions/action_form.html")


@may("confirm", on_behalf_update_of, post=True)
def update_confirm(request, update):
    if update.is_confirmed:
        return already(request, update.action, f"{update} is confirmed.")
    form = ConfirmationForm(request.POST or None, update=update, user=request.user)
    return recorded(request, update.action, form, f"{update} confirmed.", "actions/update_confirm.html")


def recorded(request, action, form, told, template):
    """The page of a form about an action: recorded, back to the action; until then, the form."""
    if form.is_valid() and form.record():
        messages.success(request, told)
        return redirect(action)
    return render(request, template, {"action": action, "form": form})


def already(request, action, told):
    """What was to be done is done: a form sent again, or an old address."""
    messages.info(request, told)
    return redirect(action)


@may("read")
def exception_list(request):
    """The Management Group's page: what is off plan, why, and how much of it there is."""
    reporting = Reporting.now()
    actions = current_actions(request.user)
    shown = ExceptionFilter(request.GET, rules.exceptions(actions.for_pages(), reporting))
    off_plan = actions.filter(pk__in=rules.exceptions(actions, reporting).values("pk"))
    return render(
        request,
        "actions/exception_list.html",
        {
            "filter": shown,
            "page": explained(request, shown.qs.order_by(*by_urgency()), reporting),
            "counts": rules.counts(rules.exceptions(actions, reporting)),
            "by_subgroup": by_subgroup_and_rating(off_plan),
            "ratings": [*Rating.labels, "Not rated"],
            "reporting": reporting,
        },
    )


@may("read")
def decisions(request):
    """The Executive's page: what is off plan among what only the Executive decides."""
    reporting = Reporting.now()
    off_plan = rules.exceptions(current_actions(request.user).for_pages(), reporting)
    page = explained(request, off_plan.for_executive().order_by(*by_urgency()), reporting)
    meeting = Meeting.objects.filter(subgroup__tier=Subgroup.Tier.EXECUTIVE).next_to_close(clock.now())
    return render(request, "actions/decisions.html", {"page": page, "meeting": meeting})


@may("read")
def due(request):
    """A chair's page: what is due from my subgroups before papers close."""
    reporting = Reporting.now()
    bodies = Subgroup.objects.select_related("reports_to__reports_to")
    mine = [body for body in bodies if body.acting_body() in request.user.chaired]
    actions = current_actions(request.user).open().for_pages().filter(subgroup__in=mine)
    return render(
        request,
        "actions/due.html",
        {
            "due": some(actions.filter(not_reported_since(reporting.closed_at))),
            "reported": some(actions.exclude(not_reported_since(reporting.closed_at))),
            "unconfirmed": some(ProgressUpdate.objects.unconfirmed().filter(action__in=actions.values("pk"))),
            "waiting": [body for body in request.user.chaired if not body.in_place()],
            "acting_for": [body for body in mine if body not in request.user.chaired],
            "meeting": Meeting.objects.reported_to().next_to_close(clock.now()),
        },
    )


@may("read")
def missing(request):
    """The Business Manager's page: what the register lacks."""
    reporting = Reporting.now()
    examined = rules.examined(current_actions(request.user).for_pages(), reporting)
    gaps = [
        (rules.BY_NAME[name], some(examined.filter(**{f"is_{name}": True})))
        for name in ("silent", "no_date", "no_owner")
    ]
    held = PostHolding.objects.on(clock.today())
    return render(
        request,
        "actions/missing.html",
        {
            "gaps": gaps,
            "unconfirmed": some(ProgressUpdate.objects.unconfirmed()),
            "vacant": Post.objects.exclude(holdings__in=held),
            "reporting": reporting,
            "meeting": Meeting.objects.reported_to().next_to_close(clock.now()),
        },
    )


def some(rows):
    """As many as a page of several lists has room for, and one more to say that there are more."""
    return list(rows[: PER_PAGE + 1])


def not_in_place(body: Subgroup) -> str:
    return f"Not in place yet: the chair of the {body.acting_body()} acts for it"


def current_actions(user):
    plan = BusinessPlan.objects.visible_to(user).current()
    return Action.objects.visible_to(user).filter(plan=plan)


def by_urgency():
    """High priority first, then by reference."""
    order = {value: place for place, value in enumerate(Action.Priority.values)}
    return [Case(*(When(priority=value, then=place) for value, place in order.items())), "ref"]


def explained(request, actions, reporting):
    """One page of the actions, each with its `reasons`."""
    page = Paginator(actions, PER_PAGE).get_page(request.GET.get("page"))
    for action in page:
        action.reasons = rules.reasons(action, reporting)
    return page


def by_subgroup_and_rating(actions) -> list[tuple[str, list[int], int]]:
    """For each subgroup its name, how many actions have each rating (the last: none), and how many in all."""
    ratings = [*Rating.values, ""]
    rows: dict[str, list[int]] = {}
    for name, rating, number in (
        actions.values_list("subgroup__name", "rating").annotate(Count("pk")).order_by("subgroup__name")
    ):
        rows.setdefault(name, [0] * len(ratings))[ratings.index(rating)] = number
    return [(name, numbers, sum(numbers)) for name, numbers in rows.items()]
