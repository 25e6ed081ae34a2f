"""The forms of what a group keeps a register of: audits, training and its impact, checks, escalations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gscp import clock
from gscp.forms import RecordForm, date_field, reason_field, with_example
from gscp.record import Tracked
from subgroups.models import (
    Audit,
    AuditResult,
    Escalations,
    Partner,
    TrainingCheck,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.models.registers import number
from subgroups.periods import Frequency, Period


class RegisterForm(RecordForm, forms.ModelForm):
    """A line of a register: a new one, or what became of one."""

    subject: Any

    def __init__(self, *args: Any, subject: Any, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        if subject.pk:
            self.fields["reason"] = reason_field()

    def history_reason(self) -> str:
        return self.cleaned_data.get("reason", "")  # what is new says itself what it is

    def act_scope(self) -> list:
        return [*super().act_scope(), self.subject.group_id]

    def write(self) -> None:
        self.instance.save()

    def success_message(self) -> str:
        return f"{self.instance} recorded."


class ByAgencyForm(RegisterForm):
    """A line with numbers for each agency: `columns` of `by_agency`, a model with a row for an agency."""

    by_agency: type[Tracked]
    columns: dict[str, str] = {}  # by name, the words of its label
    related: str  # the name under which the rows belong to the line
    as_text = False  # whether the numbers are Figures

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows = {row.partner_id: row for row in self.of_line()} if self.subject.pk else {}
        today = clock.today()
        named = {row.partner_id: row.partner for row in self.rows.values()}
        self.partners = {**named, **{partner.pk: partner for partner in Partner.objects.current_on(today)}}
        for key, partner in self.partners.items():
            for name, words in self.columns.items():
                box = f"{name}_{key}"
                self.fields[box] = forms.IntegerField(
                    label=f"{partner}: {words}", min_value=0, max_value=99_999, required=False
                )
                row = self.rows.get(key)
                value = getattr(row, name) if row else None
                self.initial[box] = number(value) if isinstance(value, str) else value
        self.not_marked_optional = {f"{name}_{key}" for name in self.columns for key in self.partners}
        if "reason" in self.fields:
            self.order_fields([name for name in self.fields if name != "reason"])

    def of_line(self) -> Any:
        return getattr(self.subject, self.related).select_related("partner")

    def given(self, key: int) -> dict[str, int | None]:
        return {name: self.cleaned_data.get(f"{name}_{key}") for name in self.columns}

    def needs_all(self, given: dict[str, int | None]) -> bool:
        """Whether an agency that has one of these numbers must have the others."""
        return True

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for key, partner in self.partners.items():
            given = self.given(key)
            missing = [name for name, value in given.items() if value is None]
            if missing and len(missing) < len(given) and self.needs_all(given):
                self.add_error(f"{missing[0]}_{key}", f"{partner}: fill in each number, or none.")
        return data

    def write(self) -> None:
        super().write()
        owner = self.by_agency.part_of[0]
        for key, partner in self.partners.items():
            given = self.given(key)
            if all(value is None for value in given.values()):
                continue
            row: Any = self.rows.get(key) or self.by_agency(**{owner: self.instance, "partner": partner})
            for name, value in given.items():
                setattr(row, name, str(value) if self.as_text else value)
            try:
                row.save()
            except ValidationError as error:
                raise ValidationError(
                    {f"{name}_{key}": messages for name, messages in error.message_dict.items()}
                ) from None


class AuditForm(ByAgencyForm):
    by_agency, related, as_text = AuditResult, "results", True
    columns = {"right": "decisions that were right", "wrong": "decisions that were wrong"}
    planned_for = date_field(required=True, label="Planned for", help_text=with_example("For example {}."))
    done_on = date_field(label="Done on", help_text="Leave it empty until it is done.")

    class Meta:
        model = Audit
        fields = ["focus", "planned_for", "re_audit_of", "done_on", "sample_size", "findings"]
        labels = {
            "focus": "What it looks at",
            "re_audit_of": "It looks again at",
            "sample_size": "How many cases were looked at",
            "findings": "What it found",
        }
        widgets = {"focus": forms.TextInput, "findings": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, subject: Audit, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = ("Audit" if subject.pk else "Plan an audit"), "Record audit"
        again: Any = self.fields["re_audit_of"]
        again.queryset = Audit.objects.filter(group=subject.group, done_on__isnull=False).exclude(
            pk=subject.pk
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        counted = any(value is not None for key in self.partners for value in self.given(key).values())
        if counted and not data.get("done_on"):
            self.add_error("done_on", "Say when it was done, or leave the numbers empty.")
        return data


class TrainingForm(ByAgencyForm):
    by_agency, related = TrainingPlaces, "places"
    columns = {"offered": "places offered", "booked": "places booked", "attended": "who attended"}
    held_on = date_field(required=True, label="Held on", help_text=with_example("For example {}."))

    class Meta:
        model = TrainingEvent
        fields = ["title", "held_on"]
        labels = {"title": "What it was about"}
        widgets = {"title": forms.TextInput}

    def __init__(self, *args: Any, subject: TrainingEvent, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = ("Training" if subject.pk else "Add training"), "Record training"

    def needs_all(self, given: dict[str, int | None]) -> bool:
        return given["offered"] is None or given["booked"] is None


class ImpactForm(RegisterForm):
    impact_on = date_field(required=True, label="Asked about on", help_text=with_example("For example {}."))
    impact_asked = forms.IntegerField(label="How many were asked", min_value=1, max_value=99_999)
    impact_shown = forms.IntegerField(label="How many could show impact", min_value=0, max_value=99_999)
    heading, button = "Impact of training", "Record impact"

    class Meta:
        model = TrainingEvent
        fields = ["impact_on", "impact_asked", "impact_shown", "impact_said"]
        labels = {"impact_said": "What they do differently now"}
        widgets = {"impact_said": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, subject: TrainingEvent, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.lead = f"{subject}. Ask those who attended what they do differently."
        if subject.impact_on is None:
            del self.fields["reason"]


class TrainingCheckForm(RegisterForm):
    checked_on = date_field(required=True, label="Checked on", help_text=with_example("For example {}."))

    class Meta:
        model = TrainingCheck
        fields = ["training", "partner", "checked_on", "result", "found"]
        labels = {
            "training": "What was checked",
            "partner": "The agency whose own training it is",
            "result": "How good it is",
            "found": "What was found",
        }
        help_texts = {"partner": "Leave it empty if it is training of all agencies together."}
        widgets = {
            "training": forms.TextInput,
            "result": forms.RadioSelect,
            "found": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, subject: TrainingCheck, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = "Check of training", "Record check"


class EscalationsForm(RegisterForm):
    month = date_field(required=True, label="Month", help_text=with_example("Any day of it, for example {}."))
    count = forms.IntegerField(label="How many were settled", min_value=1, max_value=99_999)
    days = forms.IntegerField(label="Days they took, all together", min_value=0, max_value=99_999)

    class Meta:
        model = Escalations
        fields = ["month", "stage", "theme", "raised_by", "raised_with"]
        labels = {
            "stage": "Where they were settled",
            "theme": "What they were about",
            "raised_by": "The agency that raised them",
            "raised_with": "The agency they were raised with",
        }
        help_texts = {"theme": "In general words, never a case. For example: thresholds."}
        widgets = {"theme": forms.TextInput, "stage": forms.RadioSelect}

    field_order = ["month", "stage", "theme", "raised_by", "raised_with", "count", "days"]

    def __init__(self, *args: Any, subject: Escalations, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = "Escalations of a month", "Record escalations"
        self.initial.update(count=number(subject.count), days=number(subject.days))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("month"):
            data["month"] = Period.holding(data["month"], Frequency.MONTH).first_day
        for name in ("count", "days"):
            setattr(self.instance, name, "" if data.get(name) is None else str(data[name]))
        return data
