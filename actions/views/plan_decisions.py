"""What meetings decided about plans: entered by the Business Manager, in force once a chair confirms."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from actions.forms.decisions import (
    ConfirmDecisionForm,
    NotSoDecisionForm,
    PublishForm,
    TakeBackForm,
    left_open_before,
)
from actions.models import Action, Amendment, BusinessPlan, FurtherAction, PlanDecision
from actions.models.amendment import in_words, values_of
from actions.models.began_later import tell_what_began_later
from actions.models.coming import dates_to_come, ended_otherwise, ends_to_come
from actions.models.ending import ActionEnding, Successor, adoption_to_come_first
from actions.models.going_on import begun_with, going_on_otherwise, to_begin_with, told_to_go_on
from actions.models.lapsing import lapse_with, lapse_with_ends, lapse_with_publication
from actions.models.plan_decision import (
    adoption_that_waits,
    left_before_closing,
)
from actions.views.keeping import plan_of
from gscp.pages import FirstRows, already_done, form_page, form_sent
from gscp.permissions import may
from gscp.record import history_of
from subgroups.proof import lately_proved


def decision_of(pk: int) -> PlanDecision:
    return get_object_or_404(PlanDecision.objects.for_lists(), pk=pk)


@may("keep_plan", plan_of, has_form=True)
@lately_proved
def plan_publish(request, plan) -> HttpResponse:
    if not plan.is_draft:
        return already_done(request, plan, plan.why_frozen or f"{plan} is published.")
    if waiting := adoption_that_waits(plan):
        return already_done(request, waiting, f"{waiting.state_in_words}.")
    form = form_sent(PublishForm, request, subject=plan)
    told = {"lapsing": lapse_with_publication(plan)} | left_at_adoption(plan) | {"may_settle": True}
    return form_page(request, form, "actions/plan_form.html", to=plan, plan=plan, **told)


def left_at_adoption(draft: BusinessPlan) -> dict[str, Any]:
    """What left_at_adoption.html shows: nothing refuses the adoption for it, but it is told before."""
    undated = draft.actions.open().filter(original_date=None, agreed_date=None, review_date=None)
    coming = ends_to_come(draft)
    undated = undated.exclude(pk__in=dates_to_come(draft, coming))
    before = BusinessPlan.objects.live().filter(first_day__lt=draft.first_day)
    further = FurtherAction.objects.left().filter(action__plan__in=before)
    return {
        "undated": FirstRows(undated.select_related("plan")),
        "further": FirstRows(further),
        "ended": FirstRows(ended_otherwise(draft, coming)),
        "twice": left_open_before(draft),
    }


@may("read", decision_of)
def plan_decision(request, decision) -> HttpResponse:
    user = request.user
    adoption = adoption_to_come_first(decision) if decision.is_waiting else None
    may_confirm = decision.is_waiting and user.has_perm("confirm", decision)
    context = {
        "adoption": adoption,
        "may_confirm": may_confirm and (adoption is None or user.has_perm("confirm", adoption)),
        "may_say_not_so": may_confirm,
        "may_take_back": decision.is_waiting and user.has_perm("keep_plan"),
    }
    return render(request, "actions/plan_decision.html", decided(decision) | context)


def decided(decision: PlanDecision) -> dict[str, Any]:
    """What plan_decision_body.html shows."""
    tell_what_began_later([decision])
    is_adoption = decision.is_waiting and decision.kind == PlanDecision.Kind.PUBLICATION
    is_ending = decision.is_waiting and decision.kind == PlanDecision.Kind.ENDING
    is_closing = decision.is_waiting and decision.kind == PlanDecision.Kind.CLOSING
    return {
        "decision": decision,
        "changes": changes_of(decision),
        "endings": decision.endings.for_pages(),
        "going_on": going_on_told(decision) if is_ending or is_adoption else [],
        "additions": decision.additions.for_pages(),
        "answers": decision.review_answers.for_pages(),
        "outcomes": decision.outcomes.for_pages(),
        "lapsing": lapse_with(decision),
        "otherwise": going_on_otherwise(decision) if decision.is_waiting else [],
        "left": left_before_closing(decision.plan) if is_closing else [],
    } | (left_at_adoption(decision.plan) if is_adoption else {})


def going_on_told(decision: PlanDecision) -> list[tuple[Action, str]]:
    """Of each action that goes on by this decision in what the plan has of it, as what it does.

    By an end that another group decided it goes on once that is in force.
    """
    begun, waiting = begun_with(decision), to_begin_with(decision)
    parts = (
        Successor.objects.waiting().filter(ending__action__in=[old.pk for old, _ in waiting]).order_by("pk")
    )
    first_words: dict[int, str] = {}
    for old, text in parts.values_list("ending__action", "text"):
        first_words.setdefault(old, text)
    told = told_to_go_on([*begun, *waiting], first_words)
    ends = ActionEnding.objects.filter(action__in=[old.pk for old, _ in waiting], decision__state="waiting")
    of_others = ends.exclude(decision__meeting__group=decision.group).select_related(
        "decision__meeting__group"
    )
    later = {
        end.action_id: f", once the chair of the {end.decision.group} has confirmed that" for end in of_others
    }
    pairs = zip([*begun, *waiting], told, strict=True)
    return [(old, f"{words}{later.get(old.pk, '')}") for (old, _), words in pairs]


def changes_of(decision: PlanDecision) -> list[tuple[Action, list[tuple[str, str, str]]]]:
    """Of each action that the decision changes: what, the value before and the new one."""
    return [(one.action, compared(one)) for one in decision.amendments.for_pages()]


def compared(amendment: Amendment) -> list[tuple[str, str, str]]:
    """Old and new: the old is today's while it waits, and after that as it was before it came into force.

    If it was taken back, the old is as it was when it was entered.
    """
    action, decision = amendment.action, amendment.decision
    if decision and decision.is_waiting:
        return amendment.compared(values_of(action))
    confirmed = decision.confirmation if decision and decision.is_confirmed else None
    in_force = confirmed.change_id if confirmed else amendment.change_id
    rows = history_of(Action)._base_manager.filter(id=action.pk, change__lt=in_force)
    row = rows.order_by("change_id").last()
    before = {name: getattr(row, name) for name in amendment.names if hasattr(row, name)}
    leads = action.leads.at_entry(in_force - 1).filter(ended_on=None).order_by("position")
    owners = action.ownerships.at_entry(in_force - 1).filter(ended_on=None).order_by("id")
    before |= {"leads": [lead.post for lead in leads], "owners": [one.partner for one in owners]}
    return amendment.compared(before)


@may("confirm", decision_of, has_form=True)
@lately_proved
def plan_decision_confirm(request, decision) -> HttpResponse:
    if decision.is_waiting and (adoption := adoption_to_come_first(decision)):
        if request.user.has_perm("confirm", adoption):
            to = reverse("plan_decision_confirm", args=[adoption.pk])
            return already_done(request, to, f"{decision.named}: you confirm this with the adoption.")
        waits = f"{adoption.state_in_words}. This can be confirmed after that."
        return already_done(request, decision, f"{adoption.plan} is locked. {waits}")
    return decision_page(request, decision, ConfirmDecisionForm, "actions/plan_decision_confirm.html")


@may("confirm", decision_of, has_form=True)
def plan_decision_not_so(request, decision) -> HttpResponse:
    return decision_page(request, decision, NotSoDecisionForm)


@may("keep_plan", decision_of, has_form=True)
def plan_decision_take_back(request, decision) -> HttpResponse:
    return decision_page(request, decision, TakeBackForm)


def decision_page(
    request: HttpRequest,
    decision: PlanDecision,
    form_class: Any,
    template: str = "actions/plan_decision_form.html",
) -> HttpResponse:
    if not decision.is_waiting:
        return already_done(request, decision, f"{decision.named}: {decision.state_in_words.lower()}.")
    form = form_sent(form_class, request, subject=decision)
    told = decided(decision)
    if with_it := getattr(form, "with_it", ()):
        told["lapsing"] += lapse_with_ends(ending for one in with_it for ending in one.ends)
    return form_page(request, form, template, to=decision, **told)


def changes_so_far(action: Action) -> list[dict[str, Any]]:
    """The slips and amendments of a published action, the latest first, each with what it changed."""
    amendments = action.amendments.for_pages().exclude(decision__state=PlanDecision.State.TAKEN_BACK)
    return [
        {"amendment": one, "decision": one.decision, "rows": compared(one), "reason": reason_of(one)}
        for one in amendments.order_by("-pk")
    ]


def reason_of(amendment: Amendment) -> str:
    return amendment.decision.reason if amendment.decision else amendment.change.reason


def words_beside(published: dict[str, Any], action: Action) -> dict[str, str]:
    """By name, today's words where they are not the published ones."""
    return {
        name: in_words(name, getattr(action, name)) or "None"
        for name, value in published.items()
        if getattr(action, name) != value
    }
