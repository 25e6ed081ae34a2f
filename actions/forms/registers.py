"""The forms of what a group keeps a register of: audits, training and its impact, checks, escalations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gscp import clock
from gscp.forms import RecordForm, date_field, reason_field, with_example
from gscp.record import TOMBSTONE, Tracked, number_of
from subgroups.models import (
    Audit,
    AuditResult,
    Escalations,
    Partner,
    TrainingCheck,
    TrainingEvent,
    TrainingPlaces,
)
from subgroups.periods import Frequency, Period


class FigureField(forms.IntegerField):
    """A whole number that a Figure keeps, as its text: "" for none. Empty where it was taken out."""

    def __init__(self, **kwargs: Any):
        super().__init__(**{"min_value": 0, "max_value": 99_999} | kwargs)

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        return "" if number is None else str(number)

    def prepare_value(self, value: Any) -> Any:
        return "" if value == TOMBSTONE else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(number_of(initial or ""), data)


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
    """A line with figures for each agency: `columns` of `by_agency`, a model with a row for an agency."""

    by_agency: type[Tracked]
    columns: dict[str, str] = {}  # by name, the words of its label
    related: str  # the name under which the rows belong to the line

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows = {row.partner_id: row for row in self.of_line()} if self.subject.pk else {}
        today = clock.today()
        named = {row.partner_id: row.partner for row in self.rows.values()}
        self.partners = {**named, **{partner.pk: partner for partner in Partner.objects.current_on(today)}}
        for key, partner in self.partners.items():
            for name, words in self.columns.items():
                box = f"{name}_{key}"
                self.fields[box] = FigureField(label=f"{partner}: {words}", required=False)
                self.initial[box] = getattr(self.rows.get(key), name, "")
        self.not_marked_optional = {f"{name}_{key}" for name in self.columns for key in self.partners}
        if "reason" in self.fields:
            self.order_fields([name for name in self.fields if name != "reason"])

    def of_line(self) -> Any:
        return getattr(self.subject, self.related).select_related("partner")

    def given(self, key: int) -> dict[str, str]:
        return {name: self.cleaned_data.get(f"{name}_{key}", "") for name in self.columns}

    def needs_all(self, given: dict[str, str]) -> bool:
        """Whether an agency that has one of these figures must have the others."""
        return True

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for key, partner in self.partners.items():
            given = self.given(key)
            missing = [name for name, figure in given.items() if not figure]
            if missing and len(missing) < len(given) and self.needs_all(given):
                self.add_error(f"{missing[0]}_{key}", f"{partner}: fill in each number, or none.")
        return data

    def write(self) -> None:
        super().write()
        owner = self.by_agency.part_of[0]
        for key, partner in self.partners.items():
            given = self.given(key)
            if not any(given.values()):
                continue
            row: Any = self.rows.get(key) or self.by_agency(**{owner: self.instance, "partner": partner})
            for name, figure in given.items():
                setattr(row, name, figure)
            try:
                row.save()
            except ValidationError as error:
                raise ValidationError(
                    {f"{name}_{key}": messages for name, messages in error.message_dict.items()}
                ) from None


class AuditForm(ByAgencyForm):
    by_agency, related = AuditResult, "results"
    columns = {"right": "decisions that were right", "wrong": "decisions that were wrong"}
    planned_for = date_field(required=True, label="Planned for", help_text=with_example("For example {}."))
    done_on = date_field(label="Done on", help_text="Leave it empty until it is done.")
    sample_size = FigureField(label="How many cases were looked at", required=False)

    class Meta:
        model = Audit
        fields = ["focus", "planned_for", "re_audit_of", "done_on", "sample_size", "findings"]
        labels = {
            "focus": "What it looks at",
            "re_audit_of": "It looks again at",
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
        counted = any(figure for key in self.partners for figure in self.given(key).values())
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

    def needs_all(self, given: dict[str, str]) -> bool:
        return not (given["offered"] and given["booked"])


class ImpactForm(RegisterForm):
    impact_on = date_field(required=True, label="Asked about on", help_text=with_example("For example {}."))
    impact_asked = FigureField(label="How many were asked", min_value=1)
    impact_shown = FigureField(label="How many could show impact")
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
    count = FigureField(label="How many were settled", min_value=1)
    days = FigureField(label="Days they took, all together")

    class Meta:
        model = Escalations
        fields = ["month", "stage", "theme", "raised_by", "raised_with", "count", "days"]
        labels = {
            "stage": "Where they were settled",
            "theme": "What they were about",
            "raised_by": "The agency that raised them",
            "raised_with": "The agency they were raised with",
        }
        help_texts = {"theme": "In general words, never a case. For example: thresholds."}
        widgets = {"theme": forms.TextInput, "stage": forms.RadioSelect}

    def __init__(self, *args: Any, subject: Escalations, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = "Escalations of a month", "Record escalations"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("month"):
            data["month"] = Period.holding(data["month"], Frequency.MONTH).first_day
        return data
