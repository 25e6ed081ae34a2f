"""The form that corrects a reading."""

from __future__ import annotations

from typing import Any

from actions.forms.readings import HOW, Line, ReadingFields, who_confirms, words_field
from gscp.permissions import chairs_or_leads
from subgroups.models import Answer, Reading

IN_A_BOX = {Answer.NOT_APPLICABLE: "n/a", Answer.NOT_SUPPLIED: "not supplied"}


class CorrectionForm(ReadingFields):
    """A second reading for a period: both stay in view."""

    subject: Reading
    heading, button = "Correct a reading", "Record correction"

    def __init__(self, *args: Any, subject: Reading, **kwargs: Any):
        self.line = Line(subject.measure, subject.its_period, subject.partner)
        super().__init__(*args, subject=subject, **kwargs)
        self.lead = f"{subject}. Now: {subject.in_words}."
        self.add_boxes(self.line)
        self.not_marked_optional = set(self.line.boxes)  # which of them is needed depends on the other
        self.fields["what_was_wrong"] = words_field("What was wrong", required=True)
        self.fields["commentary"] = words_field("What it says")
        figures = (IN_A_BOX.get(Answer(subject.answer), subject.numerator), subject.denominator)
        self.initial.update(zip(self.line.boxes, figures, strict=True), commentary=subject.commentary)
        self.leave_out_what_was_taken_out()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_lines([self.line])
        if self.errors:
            return data
        if (reading := self.entered(self.line)) is None:
            self.add_error(f"count_{self.line.name}", f"Enter what is right. {HOW}")
        elif as_entered(reading, data.get("commentary", "")) == as_entered(
            self.subject, self.subject.commentary
        ):
            self.add_error(None, "This changes nothing, so there is nothing to record.")
        return data

    def history_reason(self) -> str:
        return ""  # what was wrong says why

    def write(self) -> None:
        reading = self.entered(self.line)
        assert reading  # clean() asked for it
        said = {name: self.cleaned_data.get(name, "") for name in ("what_was_wrong", "commentary")}
        on_behalf = not chairs_or_leads.test(self.user, self.subject.measure)
        self.subject.correct(reading, by=self.user, on_behalf=on_behalf, **said)

    def success_message(self) -> str:
        who = who_confirms(self.user, self.subject.measure.group)
        return f"Corrected. Both figures stay on record. {who}"


def as_entered(reading: Reading, commentary: str) -> tuple[str, ...]:
    return reading.answer, reading.numerator, reading.denominator, commentary
