"""The forms by which what was entered is confirmed, corrected or changed."""

from typing import Any

from actions.forms.base import ActionForm
from actions.forms.chain import AskForm
from actions.forms.updates import ProgressUpdateForm
from actions.lateness import attach_late_for
from actions.models import (
    Action,
    Confirmation,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    State,
    asking,
)
from actions.models.line import those_that_go_on
from gscp.dates import day_and_month, day_in_words
from gscp.forms import reason_field
from gscp.permissions import chairs_or_leads
from gscp.record import is_like_tombstone


class ConfirmationForm(ActionForm):
    heading, button = "Confirm this entry", "Confirm entry"

    def __init__(self, *args, entered, **kwargs):
        super().__init__(*args, subject=entered.action, **kwargs)
        self.entered = entered

    def success_message(self) -> str:
        return f"{self.entered_in_words} confirmed."

    @property
    def entered_in_words(self) -> str:
        if isinstance(self.entered, ExceptionStep):
            return f"{self.entered.result_now}: {self.entered.report}"
        return str(self.entered)

    def act_scope(self) -> list:
        return [*super().act_scope(), self.entered._meta.label, self.entered.pk]

    def history_reason(self) -> str:
        return ""  # that it is confirmed, or why it is not so, says all

    def write(self) -> None:
        Confirmation.of(self.entered, self.user).take_effect()


def gone_on_in(update: ProgressUpdate) -> Action | None:
    """The open action that goes on with the one of this report, where that takes no reports any more."""
    if update.action.takes_reports:
        return None
    going_on = Action.objects.filter(pk__in=those_that_go_on(update.action_id, update.reported_number or 0))
    return next((one for one in going_on.select_related("plan") if one.takes_reports), None)


class NotSoForm(ConfirmationForm):
    heading, button = "This is not so", "Say that it is not so"

    why = reason_field(label="What is wrong with it")

    def success_message(self) -> str:
        said = f"{self.entered_in_words}: you said that it is not so."
        is_report = isinstance(self.entered, ProgressUpdate)
        if self.entered.action.is_frozen and (is_report or self.entered.meeting_id):
            return f"{said} Its plan is closed, so the action stays as it was."
        if new := gone_on_in(self.entered) if is_report else None:
            return f"{said} It does not count any more. Report what is so on {new.ref} of {new.plan.label}."
        if is_report and not self.entered.action.takes_reports:
            return f"{said} It does not count any more. The action has ended, so it takes no other report."
        if is_report:
            return f"{said} It does not count any more. Report what is so, or ask the Business Manager to."
        if self.entered.meeting_id:
            if self.entered.corrected_decision and self.entered.report.is_undecided:
                return f"{said} The {self.entered.group} decides again on what was asked."
            return f"{said} It stays in force until the {self.entered.group} corrects it."
        report = self.entered.report
        if report.state == State.TAKEN_BACK:
            return f"{said} It is taken back."
        return f"{said} It is now {report.get_state_display().lower()}."

    def write(self) -> None:
        Confirmation.of(self.entered, self.user, self.cleaned_data["why"]).take_effect()


class CorrectionForm(ProgressUpdateForm):
    """A report said anew: its form opens with what it said, and both stay on record."""

    heading, button = "Correct this report", "Record correction"
    forecast_may_be_past = True

    what_was_wrong = reason_field(
        label="What was wrong", help_text="It stands beside the report, with what the report said before."
    )

    def __init__(self, *args, corrected: ProgressUpdate, **kwargs):
        self.corrected = corrected
        said = {name: getattr(corrected, name) for name in ProgressUpdate.REPORTED_FIELDS}
        said["reason"] = corrected.reason
        # What was taken out of the record is not repeated.
        initial = {name: "" if is_like_tombstone(str(value)) else value for name, value in said.items()}
        super().__init__(*args, subject=corrected.action, initial=initial, **kwargs)
        self.fields["reason"].help_text = "Needed when the rating changes."
        self.fields["reason"].widget.attrs |= {"data-unless": corrected.rating}

    @property
    def on_behalf(self) -> bool:  # whoever reported it corrects it, whatever group answers for the action now
        return not chairs_or_leads.test(self.user, self.corrected)

    def ask_about_blocker(self) -> None:
        self.last_blocker = ""  # what was in the way stands in the form
        del self.fields["still_blocked"]

    def needs_reason(self, rating: str | None) -> bool:
        return bool(rating) and rating != self.corrected.rating

    def ask_about_rating(self, data: dict[str, Any]) -> None:
        if (data.get("rating"), data.get("forecast")) != (self.corrected.rating, self.corrected.forecast):
            super().ask_about_rating(data)

    def act_scope(self) -> list:
        return [*super().act_scope(), self.corrected.pk]

    def recorded_in_words(self) -> str:
        day = day_in_words(self.corrected.reported.clock)
        before = "What it said before stays on record."
        attach_late_for([self.update])
        if changed_for := self.update.changed_for:
            meeting = day_and_month(changed_for)
            before = f"It is marked as changed after papers closed for {meeting}. {before}"
        return f"Correction recorded. It counts as reported on {day}. {before}"

    def report(self, update: ProgressUpdate) -> None:
        update.entered_by, update.on_behalf = self.user, self.on_behalf
        update.what_was_wrong = self.cleaned_data["what_was_wrong"]
        self.subject.record_correction(update, self.corrected)
        self.update = update


class ChangeForm(AskForm):
    """The words of a request, changed by who asked."""

    button = "Record change"

    reason = reason_field(label="Why it is changed")

    def __init__(self, *args, report: ExceptionReport, **kwargs):
        super().__init__(*args, report=report, **kwargs)
        self.heading = f"Change what is asked: {report.terms.label.lower()}"
        self.order_fields([name for name in self.fields if name != "reason"])

    def success_message(self) -> str:
        return f"{self.instance} changed. What it said before stays on record."

    def act_scope(self) -> list:
        return [*super().act_scope(), self.instance.pk]

    def history_reason(self) -> str:
        return self.cleaned_data["reason"]

    def write(self) -> None:
        asking.change_words(self.instance, self.user, self.cleaned_data["reason"])
