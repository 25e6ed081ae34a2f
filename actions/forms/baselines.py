"""Forms of the baselines of a measure: a new one, and one that was begun by mistake."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.measures import FromPeriodForm
from gscp import clock
from gscp.forms import RecordForm, reason_field
from subgroups.measure_changes import unconfirmed_baselines
from subgroups.models import Baseline, Measure, Meeting
from subgroups.periods import Period


class BaselineForm(FromPeriodForm):
    heading, button = "New baseline", "Record new baseline"
    lead = (
        "From this period on the limits are worked out anew. Decide that because the work has changed, "
        "never because the figures have."
    )

    class Meta:
        model = Baseline
        fields = ["meeting", "why"]
        labels = {"meeting": "The meeting that decided it", "why": "What has changed in the work"}
        widgets = {"why": forms.Textarea(attrs={"rows": 3})}

    field_order = ["day", "meeting", "why"]

    def __init__(self, *args: Any, subject: Measure, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        meeting: Any = self.fields["meeting"]
        meeting.queryset = Meeting.objects.held().filter(group=subject.group).select_related("group")
        meeting.required = True
        if not meeting.queryset.exists():
            meeting.help_text = f"No meeting of the {subject.group} is on record: ask the Business Manager."

    def check_period(self, period: Period) -> None:
        if period.first_day > clock.today():
            raise ValidationError(f"{period} is still to come.")

    def history_reason(self) -> str:
        return ""  # what has changed in the work says why

    def write(self) -> None:
        if Baseline.objects.standing().filter(measure=self.subject, period=self.instance.period).exists():
            raise ValidationError({"day": "A new baseline begins then already."})
        self.instance.save()
        self.mark_changed()


class BaselineTakenBackForm(RecordForm):
    """Takes back a baseline that nobody has confirmed yet: limits are worked out as if it had not begun."""

    subject: Baseline
    heading, button = "Take this baseline back", "Take it back"

    why = reason_field(label="What was wrong with it")

    def history_reason(self) -> str:
        return ""  # it stands with the baseline

    def write(self) -> None:
        baseline = self.subject
        if baseline.taken_back:
            raise ValidationError("It was taken back already.")
        if baseline.pk not in unconfirmed_baselines(baseline.measure):
            raise ValidationError("Somebody confirmed it meanwhile, so it stays.")
        baseline.taken_back = self.cleaned_data["why"]
        baseline.save()
        baseline.measure.mark_changed()
        baseline.measure.save()

    def success_message(self) -> str:
        return "Taken back. It stays on record. Somebody else is asked to confirm that."
