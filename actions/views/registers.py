"""What a group keeps a register of: its page, and the forms of its lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from actions.forms.confirming import waiting_for
from actions.forms.registers import AuditForm, EscalationsForm
from actions.forms.training import ImpactForm, TrainingCheckForm, TrainingForm
from actions.models import Action, Addition, BusinessPlan, Evidence
from actions.models.plan import plans_by_key
from actions.views.evidence import attach_entries
from gscp.pages import form_page, form_sent
from gscp.permissions import may
from subgroups.models import Audit, Escalations, Group, Measure, Origin, TrainingCheck, TrainingEvent
from subgroups.models.registers import were_done
from subgroups.register_numbers import attach_earlier


@dataclass(frozen=True)
class Kind:
    slug: str
    model: Any
    form: Any


KINDS = (
    Kind("audits", Audit, AuditForm),
    Kind("training", TrainingEvent, TrainingForm),
    Kind("training-checks", TrainingCheck, TrainingCheckForm),
    Kind("escalations", Escalations, EscalationsForm),
)


@dataclass(frozen=True)
class Register:
    """The register of a group, for the permissions that are asked about it."""

    group: Group
    lead_posts: tuple[Any, ...] = ()


def register_of(slug: str) -> Register:
    return Register(get_object_or_404(Group, slug=slug))


def new_line_of(kind: Kind, slug: str) -> tuple[Any, Kind]:
    return kind.model(group=get_object_or_404(Group, slug=slug)), kind


def line_of(kind: Kind, pk: int) -> tuple[Any, Kind]:
    return get_object_or_404(kind.model.objects.select_related("group"), pk=pk), kind


def training_of(pk: int) -> TrainingEvent:
    return get_object_or_404(TrainingEvent.objects.select_related("group"), pk=pk)


def audits_with_actions(group: Group) -> QuerySet[Audit]:
    """With the actions that come from each, those that are proposed for a plan, and the evidence."""
    proposed = Addition.objects.waiting().select_related("decision__plan")
    return group.audits.select_related("re_audit_of").prefetch_related(
        "results__partner",
        Prefetch("actions", Action.objects.select_related("plan")),
        Prefetch("additions", proposed, to_attr="proposed"),
        Prefetch("evidence_added", Evidence.objects.newest().for_lists(), to_attr="evidence"),
    )


def measures_by_origin(group: Group) -> dict[str, list[Measure]]:
    """The group's measures that are worked out, by what they are worked out from."""
    found: dict[str, list[Measure]] = defaultdict(list)
    for measure in group.measures.exclude(origin=Origin.ENTERED):
        found[measure.origin].append(measure)
    return dict(found)


def plans_kept(user: Any) -> list[BusinessPlan]:
    """The plans to which this reader may add an action."""
    kept = [plan for plan in plans_by_key().values() if plan.is_draft or plan.is_live]
    return [plan for plan in kept if user.has_perm("keep_plan", plan)]


@may("read", register_of)
def register(request, register) -> HttpResponse:
    group = register.group
    audits, escalations = (
        audits_with_actions(group),
        group.escalations.select_related("raised_by", "raised_with"),
    )
    attach_entries([piece for audit in audits for piece in audit.evidence])  # type: ignore[attr-defined]  # prefetched
    events = group.trainingevents.prefetch_related("places__partner")
    of_agencies = [*(audit.results.all() for audit in audits), *(event.places.all() for event in events)]
    checks = group.trainingchecks.select_related("partner")
    attach_earlier([*audits, *events, *checks, *escalations, *(row for rows in of_agencies for row in rows)])
    context = {
        "group": group,
        "unconfirmed": len(waiting_for(request.user, group)),
        "measures": measures_by_origin(group),
        "audits": audits,
        "were_done": set(were_done().filter(group=group.pk)),
        "plans_kept": plans_kept(request.user),
        "events": events,
        "checks": checks,
        "escalations": escalations,
        "may_keep": request.user.has_perm("keep_register", register),
    }
    return render(request, "actions/register.html", context)


def line_page(request: HttpRequest, form_class: Any, line: Any) -> HttpResponse:
    form: Any = form_sent(form_class, request, subject=line)
    return form_page(request, form, "actions/register_form.html", to=line, group=line.group)


@may("keep_register", new_line_of, has_form=True)
def line_new(request, line, kind) -> HttpResponse:
    return line_page(request, kind.form, line)


@may("keep_register", line_of, has_form=True)
def line_edit(request, line, kind) -> HttpResponse:
    return line_page(request, kind.form, line)


@may("keep_register", training_of, has_form=True)
def training_impact(request, event) -> HttpResponse:
    return line_page(request, ImpactForm, event)
