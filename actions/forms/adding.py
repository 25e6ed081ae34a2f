"""The form that enters a new action of a published plan, as a meeting agreed it."""

from typing import Any

from django import forms

from actions.forms.decisions import NamesMeeting, meeting_field, waits_for_chair
from actions.forms.words import WholeActionForm
from actions.models import Action, Addition, PlanDecision, StrategicDriver
from actions.models.addition import SAME
from actions.models.amendment import LEADS, OWNERS, WORDS
from gscp.forms import reason_field

BOTH_DRIVERS = "Choose a strategic driver of the plan, or give a new one: not both."


class AddForm(WholeActionForm, NamesMeeting):
    button = "Enter the decision"
    lead = "It is proposed until the chair confirms it. Nobody is held to it before."

    meeting = meeting_field(label="Meeting that agreed it")
    driver_kind = forms.ChoiceField(
        label="Kind of a new strategic driver",
        choices=[("", "None"), *StrategicDriver.Kind.choices],
        required=False,
    )
    driver_text = forms.CharField(
        label="A new strategic driver",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Only where the plan has none that fits.",
    )
    reason = reason_field(label="What the meeting said")

    field_order = [
        "meeting", "ref", *WORDS[:7], "driver_kind", "driver_text", "audit", "group", LEADS, OWNERS, "who",
        "timescale", "precision", "original_date", "review_date", "reason",
    ]  # fmt: skip
    not_marked_optional = {"driver", "driver_kind"}

    def __init__(self, *args: Any, subject: Action, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading = "Add an action"
        self.fields["driver"].required = False
        if subject.audit:
            self.initial["driver_kind"] = StrategicDriver.Kind.AUDIT
            self.initial["driver_text"] = str(subject.audit)
        self.offer_meetings()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind, text = data.get("driver_kind"), data.get("driver_text")
        if data.get("driver") and (kind or text):
            self.add_error("driver", BOTH_DRIVERS)
        elif text and not kind:
            self.add_error("driver_kind", "Choose what kind of strategic driver it is.")
        elif kind and not text:
            self.add_error("driver_text", "Give the new strategic driver in words.")
        elif not data.get("driver") and not text and "driver" not in self.errors:
            self.add_error("driver", "Choose the strategic driver, or give a new one below.")
        return data

    def success_message(self) -> str:
        return f"{self.addition} is proposed. {waits_for_chair(self.addition.decision)}"

    def write(self) -> None:
        data = self.cleaned_data
        decision = self.decision(self.subject.plan, PlanDecision.Kind.ADDITION)
        decision.enter(self.user)
        names = [name for name in SAME if name in data]
        self.addition = Addition(
            decision=decision,
            driver=data["driver"],
            driver_kind=data["driver_kind"],
            driver_text=data["driver_text"],
            to_group=data["group"],
            **{name: data[name] for name in names},
        )
        self.addition.enter(self.chosen(LEADS), self.chosen(OWNERS))
