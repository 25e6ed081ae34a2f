"""Forms of what is kept up beside an action's words: milestones, further actions, reviews, first dates."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.base import ActionForm
from actions.forms.keeping import KEPT_REASON
from actions.models import Action, BusinessPlan, FurtherAction, Milestone, Review
from gscp.forms import date_field, reason_field


class HousekeepingForm(ActionForm, forms.ModelForm):
    """About a record that belongs to an action, its instance."""

    reason = reason_field()

    def __init__(self, *args: Any, instance: Any, **kwargs: Any):
        super().__init__(*args, subject=instance.action, instance=instance, **kwargs)
        if self.subject.plan.is_draft:
            self.fields["reason"].help_text = KEPT_REASON

    def act_scope(self) -> list:
        return [*super().act_scope(), self.instance.pk]

    def success_message(self) -> str:
        return f"{self.instance} recorded."

    def write(self) -> None:
        if self.subject.plan.is_frozen:
            raise ValidationError(self.subject.plan.why_frozen)
        self.instance.save()


class MilestoneForm(HousekeepingForm):
    due = date_field(label="Due", help_text="For example 30 9 2021.")
    done_on = date_field(label="Done on", help_text="Left empty, it is not done yet.")

    class Meta:
        model = Milestone
        fields = ["text", "due", "done_on"]
        labels = {"text": "Milestone"}
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}

    field_order = ["text", "due", "done_on", "reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        is_new = not self.instance.pk
        self.heading = "Add a milestone" if is_new else "Milestone"
        self.button = "Add the milestone" if is_new else "Record milestone"
        if self.subject.plan.is_draft:
            del self.fields["done_on"]
        elif not is_new:  # its words are published
            self.lead = self.instance.text
            del self.fields["text"]
            if self.instance.due:
                del self.fields["due"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("due", "done_on"):
            if name in self.fields:
                self.check_day(name, data.get(name), may_be_past=True)
        return data


class FurtherActionForm(HousekeepingForm):
    fate_on = date_field(label="Settled on", help_text="For example 30 9 2021.")

    class Meta:
        model = FurtherAction
        fields = ["text", "fate", "taken_up_as", "fate_on"]
        labels = {"text": "Further action", "taken_up_as": "The action it was taken up as"}
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "fate": forms.RadioSelect}

    field_order = ["text", "fate", "taken_up_as", "fate_on", "reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.subject.plan.is_draft:
            self.heading = "Further action" if self.instance.pk else "Add a further action"
            for name in ("fate", "taken_up_as", "fate_on"):
                del self.fields[name]
            return
        self.heading, self.lead = "What became of a further action", self.instance.text
        self.fields["reason"].label = "Why"
        del self.fields["text"]
        actions = Action.objects.filter(plan__in=BusinessPlan.objects.going_on()).exclude(pk=self.subject.pk)
        taken_up: Any = self.fields["taken_up_as"]
        taken_up.queryset = actions.select_related("plan")
        taken_up.label_from_instance = lambda action: f"{action.ref} {action.title} ({action.plan.label})"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "fate" in self.fields:  # the reason is a part of the row; without one the form says so itself
            is_open = data.get("fate") == FurtherAction.Fate.IDENTIFIED
            self.instance.fate_reason = "" if is_open else data.get("reason") or "Not given"
        return data


class ReviewForm(ActionForm, forms.ModelForm):
    heading, button = "Record a review", "Record review"
    keeps_draft = True

    next_on = date_field(required=True, label="Next review on", help_text="For example 30 9 2021.")

    class Meta:
        model = Review
        fields = ["found", "next_on"]
        labels = {"found": "What was found"}
        widgets = {"found": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, subject: Action, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=Review(action=subject), **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_day("next_on", data.get("next_on"))
        return data

    def history_reason(self) -> str:
        return ""  # what was found says why

    def success_message(self) -> str:
        return f"{self.instance} recorded. The next one is on its page."

    def write(self) -> None:
        self.instance.record()


class FirstDateForm(ActionForm, forms.ModelForm):
    """Corrects a first date that was mistyped, until the first update counts on it."""

    heading, button = "Correct the first date", "Record the date"

    original_date = date_field(required=True, label="Original date", help_text="For example 30 9 2021.")
    reason = reason_field(help_text="What was wrong with the date that was typed.")

    class Meta:
        model = Action
        fields = ["original_date"]

    def __init__(self, *args: Any, subject: Action, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_day("original_date", data.get("original_date"), may_be_past=True)
        return data

    def success_message(self) -> str:
        return f"The first date of {self.subject} is corrected. Both stay in its history."

    def write(self) -> None:
        if why := self.subject.why_first_date_stays:
            raise ValidationError(why)
        self.instance.save()
