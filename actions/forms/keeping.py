"""What forms have in common by which the Business Manager keeps a plan, and those of a draft's own parts."""

from typing import Any

from django import forms

from actions.models import BusinessPlan, StrategicDriver, Theme
from actions.models.copying import copy_open_actions
from gscp.forms import RecordForm, date_field, reason_field
from subgroups.forms import refuse_unlikely_year
from subgroups.models import Post

KEPT_REASON = "Kept for your next changes to this draft. Change it when you go on to something else."


class KeepingForm(RecordForm):
    """Of a draft, the reason stands in the box again on the next form: one reason for a sitting."""

    reason = reason_field(label="Why you change the draft", help_text=KEPT_REASON)

    def success_message(self) -> str:
        return "Recorded in the draft."


class PlanForm(KeepingForm, forms.ModelForm):
    subject: BusinessPlan

    first_day = date_field(required=True, label="First day", validators=[refuse_unlikely_year])
    last_day = date_field(required=True, label="Last day", validators=[refuse_unlikely_year])

    copy_from = forms.ModelChoiceField(
        BusinessPlan.objects.listed(),
        label="Begin with the open actions of",
        required=False,
        empty_label="Begin empty",
        help_text="Their words and who does them are copied, not their dates and reports.",
    )

    field_order = ["label", "title", "introduction", "first_day", "last_day", "copy_from"]

    class Meta:
        model = BusinessPlan
        fields = [
            "label", "title", "introduction", "first_day", "last_day",
            "green_means", "amber_means", "red_means",
        ]  # fmt: skip
        labels = {
            "label": "Short name",
            "introduction": "What the plan says of itself",
            "green_means": "What green means",
            "amber_means": "What amber means",
            "red_means": "What red means",
        }
        error_messages = {
            "label": {
                "invalid": "A short name has letters, digits and hyphens only: it is part of the address."
            }
        }
        help_texts = {"label": "It stands in the address of the plan and stays, for example 2022-23."}
        widgets = {
            "label": forms.TextInput,
            "title": forms.TextInput,
            "introduction": forms.Textarea(attrs={"rows": 4}),
            **dict.fromkeys(("green_means", "amber_means", "red_means"), forms.Textarea(attrs={"rows": 2})),
        }

    def __init__(self, *args: Any, subject: BusinessPlan, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        if subject.pk:
            self.heading, self.button = f"Edit {subject}", "Record change"
            del self.fields["label"], self.fields["copy_from"]
        else:
            self.heading, self.button = "New plan", "Make the draft"
            self.fields["reason"].label = "Why you make the draft"
            self.lead = "It begins as a draft, which you publish once a meeting has adopted it."

    def success_message(self) -> str:
        if "label" not in self.fields:
            return super().success_message()
        count = self.instance.actions.count()
        made = f"Draft of {self.instance.label} made"
        if count:
            made += f" with {count:,} action{'' if count == 1 else 's'}"
        then = "Change and add actions." if count else "Add actions, or import a table."
        return f"{made}. {then} Publish it once a meeting has adopted it."

    def write(self) -> None:
        self.instance.save()
        if source := self.cleaned_data.get("copy_from"):
            copy_open_actions(source, self.instance)


class DriverForm(KeepingForm, forms.ModelForm):
    subject: StrategicDriver

    class Meta:
        model = StrategicDriver
        fields = ["kind", "text"]
        labels = {"text": "Strategic driver"}
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, subject: StrategicDriver, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        self.heading = "Edit a strategic driver" if subject.pk else "Add a strategic driver"
        self.lead = "It says why an action is in the plan."

    def write(self) -> None:
        self.instance.save()


class ThemeForm(KeepingForm, forms.ModelForm):
    subject: Theme

    class Meta:
        model = Theme
        fields = ["text", "lead_post", "position"]
        labels = {"position": "Place among the themes", "lead_post": "Post that leads it"}
        widgets = {"text": forms.TextInput}

    def __init__(self, *args: Any, subject: Theme, **kwargs: Any):
        if not subject.pk:
            subject.position = subject.plan.themes.count() + 1
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        self.heading = "Edit a theme" if subject.pk else "Add a theme"
        self.fields["lead_post"].queryset = Post.objects.filter(group__isnull=False)  # type: ignore[attr-defined]  # a ModelChoiceField

    def write(self) -> None:
        self.instance.save()
