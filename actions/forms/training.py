"""The forms of a register of training: what was held, what difference it made, checks of how good it is."""

from __future__ import annotations

from typing import Any

from django import forms

from actions.forms.registers import ByAgencyForm, RegisterForm, partners_on
from actions.forms.values import FigureField
from gscp.dates import day_in_words
from gscp.forms import date_field, with_example
from gscp.record import number_of
from subgroups.models import TrainingCheck, TrainingEvent, TrainingPlaces
from subgroups.models.registers import is_more


class TrainingForm(ByAgencyForm):
    told_apart_by = ("title", "held_on")
    by_agency, related, day_box = TrainingPlaces, "places", "held_on"
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

    def wholes(self) -> list[tuple[str, str]]:
        return [(f"offered_{key}", f"attended_{key}") for key in self.partners]

    def needs_all(self, given: dict[str, str]) -> bool:
        return not (given["offered"] and given["booked"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for key, partner in self.partners.items():
            if getattr(self.rows.get(key), "attended", "") and not self.given(key)["attended"]:
                told = f"{partner} has a number on record: write 0 rather than leave it empty."
                self.add_error(f"attended_{key}", told)
        attended = [number_of(self.given(key)["attended"]) for key in self.partners]
        known = [number for number in attended if number is not None]
        if known and is_more(self.subject.impact_asked, str(sum(known))):
            asked = self.subject.impact_asked
            self.add_error(None, f"{asked} were asked about impact: no fewer attended. Correct that first.")
        return data


class ImpactForm(RegisterForm):
    impact_on = date_field(required=True, label="Asked about on", help_text=with_example("For example {}."))
    impact_asked = FigureField(label="How many were asked", help_text="If it was called off, write 0.")
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

    def wholes(self) -> list[tuple[str, str]]:
        return [("impact_asked", "impact_shown")]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        attended = self.subject.attended
        if attended is not None and is_more(data.get("impact_asked", ""), str(attended)):
            self.add_error("impact_asked", f"Those are more than the {attended} who attended.")
        attended = self.subject.attended_at_least
        if attended and data.get("impact_asked") == "0":
            self.add_error("impact_asked", f"{attended} attended, so it was not called off.")
        return data


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

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        partner, day = data.get("partner"), data.get("checked_on")
        if partner and day and partner not in partners_on(day):
            self.add_error("partner", f"{partner} was no partner on {day_in_words(day)}.")
        return data
