"""The forms of an impact check: what was found, and another day for it."""

from typing import Any

from django import forms

from actions.forms.chain import MoveForm
from actions.models import impact
from actions.models.chain import CHECK_IMPACT, MOVE_CHECK
from actions.models.impact_choices import Finding
from actions.models.outcome import reopen_after
from gscp.dates import day_in_words
from gscp.forms import date_field, with_example

HINTS = {
    Finding.EMBEDDED: "It made the difference that was meant, and that lasts.",
    Finding.PARTLY: "It made a difference in part, or not everywhere.",
    Finding.NOT: "It made no difference that lasts. Reopening the action is asked at once.",
}


class CheckImpactForm(MoveForm):
    field_order = ["finding", "reason"]

    finding = forms.ChoiceField(
        label="What the check found", choices=Finding.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["finding"].widget.option_hints = HINTS

    def success_message(self) -> str:
        said = super().success_message()
        asked = self.step.asked.select_related("with_group").first()
        said += f" {asked} sent to the {asked.with_group}." if asked else ""
        return said + "".join(f" {one} is open again." for one in self.reopened)

    def write(self) -> None:
        data = self.cleaned_data
        self.step = impact.record(self.report, self.user, data["reason"], data["finding"])
        self.reopened = reopen_after(self.step) if self.step.finding == Finding.NOT else []


class MoveCheckForm(MoveForm):
    field_order = ["day", "reason"]

    day = date_field(required=True, label="New day of the check", help_text=with_example("For example {}."))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_day("day", data.get("day"))
        return data

    def success_message(self) -> str:
        day = day_in_words(self.report.impact_check_on)
        late = " Its old day had passed: that is counted." if self.step.moved_too_late else ""
        return f"{self.report}: impact is to be checked on {day}.{late}"

    def write(self) -> None:
        self.step = impact.move_check(
            self.report, self.user, self.cleaned_data["reason"], self.cleaned_data["day"]
        )


FORMS: dict[str, type[MoveForm]] = {CHECK_IMPACT: CheckImpactForm, MOVE_CHECK: MoveCheckForm}
