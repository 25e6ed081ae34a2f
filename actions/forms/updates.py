"""The forms by which progress is reported."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.base import ActionForm
from actions.models import Action, Confirmation, ProgressUpdate
from gscp.forms import TWO_LETTERS, date_field, reason_field


class ProgressUpdateForm(ActionForm, forms.ModelForm):
    heading, button = "Update progress", "Record update"
    keeps_draft = True

    reason = reason_field(
        label="Reason for this rating",
        required=False,
        validators=[],
        help_text="Needed for a first rating and when the rating changes.",
    )
    forecast = date_field(
        label="Forecast date", help_text="When you now expect it to be complete, for example 30 9 2021."
    )

    field_order = ["nil_return", "done", "difference", "rating", "reason"]
    # Needed unless this is a nil return, so not marked "(optional)".
    not_marked_optional = {"done", "difference", "rating", "reason"}

    class Meta:
        model = ProgressUpdate
        fields = ProgressUpdate.REPORTED_FIELDS
        labels = {"nil_return": "Nil return: there is nothing to report since the last update"}
        help_texts = {
            "nil_return": "Leave everything else empty.",
            "difference": (
                "Not what was done, but what changed for them. "
                "If it is too early to say, say when it will be known."
            ),
            "unblocker": "A post or an organisation.",
        }
        widgets = {
            "done": forms.Textarea(attrs={"rows": 4}),
            "difference": forms.Textarea(attrs={"rows": 4}),
            "next_step": forms.Textarea(attrs={"rows": 2}),
            "blocker": forms.Textarea(attrs={"rows": 2}),
            "unblocker": forms.TextInput,
            "rating": forms.RadioSelect,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rating = self.fields["rating"]
        rating.choices = [(value, label) for value, label in rating.choices if value]  # type: ignore[attr-defined]  # a ChoiceField
        rating.widget.option_hints = dict(self.subject.plan.rating_key)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_day("forecast", data.get("forecast"))
        filled = [name for name in (*self._meta.fields, "reason") if name != "nil_return" and data.get(name)]  # type: ignore[misc]  # a list of names
        if data.get("nil_return"):
            for name in filled:
                self.add_error(name, "A nil return says nothing else. Clear this, or untick nil return.")
            return data
        needed = {
            "done": "Say what was done, or tick nil return.",
            "difference": "Say what difference it made for children, or when that will be known.",
            "rating": "Choose a rating.",
        }
        for name, message in needed.items():
            if name not in self.errors and not TWO_LETTERS.search(data.get(name) or ""):
                self.add_error(name, message)
        changed = data.get("rating") and data["rating"] != self.subject.rating
        if changed and "reason" not in self.errors and not TWO_LETTERS.search(data.get("reason") or ""):
            self.add_error("reason", "Give the reason for the rating.")
        if data.get("unblocker") and "blocker" not in self.errors and not data.get("blocker"):
            self.add_error("blocker", "Say what is in the way, or clear who can remove it.")
        return data

    def success_message(self) -> str:
        on_behalf = " The chair is asked to confirm it." if self.on_behalf else ""
        return f"Update on {self.subject} recorded.{on_behalf}"

    @property
    def on_behalf(self) -> bool:
        return not self.user.has_perm("ask", self.subject)

    def write(self) -> None:
        update = self.save(commit=False)
        update.entered_by = self.user
        update.on_behalf = self.on_behalf
        self.subject.record_update(update)


class ActionDatesForm(ActionForm, forms.ModelForm):
    """Sets the dates that the published plan left out; a date that is set is not asked for."""

    heading, button = "Set dates", "Record dates"

    original_date = date_field(
        help_text="The day by which it should be complete, for example 30 9 2021. It is never overwritten.",
    )
    review_date = date_field(
        label="Review date", help_text="For an ongoing action: when to check that it is still needed."
    )
    reason = reason_field(help_text="Where the date comes from.")

    class Meta:
        model = Action
        fields = ["original_date", "review_date"]

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        for name in ("original_date", "review_date"):
            if getattr(subject, name):
                del self.fields[name]
        dates = [name for name in self.fields if name in self._meta.fields]  # type: ignore[operator]  # a list
        self.not_marked_optional = set(dates)  # one of them is needed
        if len(dates) == 1:
            self.fields[dates[0]].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("original_date", "review_date"):
            self.check_day(name, data.get(name), may_be_past=True)
        if not self.errors and not data.get("original_date") and not data.get("review_date"):
            self.add_error(next(iter(self.fields)), "Give a date.")
        return data

    def success_message(self) -> str:
        return f"Dates of {self.subject} recorded."

    def write(self) -> None:
        if not self.subject.is_open:
            status = self.subject.get_status_display().lower()
            raise ValidationError(f"{self.subject} is {status}: it is given no dates.")
        self.instance.save()


class ConfirmationForm(ActionForm):
    heading, button = "Confirm this entry", "Confirm entry"

    def __init__(self, *args, entered, **kwargs):
        super().__init__(*args, subject=entered.action, **kwargs)
        self.entered = entered

    def success_message(self) -> str:
        return f"{self.entered} confirmed."

    def act_scope(self) -> list:
        return [*super().act_scope(), self.entered._meta.label, self.entered.pk]

    def history_reason(self) -> str:
        return ""  # that it is confirmed says all

    def write(self) -> None:
        Confirmation.of(self.entered, self.user).save()
