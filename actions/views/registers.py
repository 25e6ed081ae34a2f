"""What a group keeps a register of: its page, and the forms of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from actions.forms.registers import (
    AuditForm,
    EscalationsForm,
    ImpactForm,
    TrainingCheckForm,
    TrainingForm,
)
from gscp.pages import form_page, form_sent
from gscp.permissions import may
from subgroups.models import Audit, Escalations, Group, TrainingCheck, TrainingEvent


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


@may("read", register_of)
def register(request, register) -> HttpResponse:
    group = register.group
    context = {
        "group": group,
        "audits": group.audits.prefetch_related("results__partner", "re_audit_of"),
        "events": group.trainingevents.prefetch_related("places__partner"),
        "checks": group.trainingchecks.select_related("partner"),
        "escalations": group.escalations.select_related("raised_by", "raised_with"),
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
