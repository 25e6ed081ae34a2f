"""The forms of scrutiny: a head that somebody wrote down, and redaction."""

from django import forms
from django.core.exceptions import ValidationError

from gscp import ledger
from gscp.forms import RecordForm, reason_field
from gscp.models import Change, ChangeText, Redaction


class HeadForm(forms.Form):
    head = forms.CharField(
        help_text="For example 192-VAS4-ABDV-EFAR-Y3E7",
        widget=forms.TextInput(
            {"class": "govuk-input--width-20", "spellcheck": False, "autocapitalize": "characters"}
        ),
    )

    def clean_head(self) -> tuple[int, str]:
        """The number of its entry, and all of it as the record writes it."""
        try:
            return ledger.read_head(self.cleaned_data["head"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


class AskForm(RecordForm):
    subject: ChangeText  # type: ignore[assignment]
    heading = "Take a text out of the record"
    button = "Ask for it to be taken out"

    reason = reason_field(
        label="Why it must be taken out",
        help_text="Do not repeat what is to be taken out. Everybody who reads the record sees this reason.",
    )

    def timeline(self):
        """Nothing: a text does not change, and whether it was asked for is looked at in writing."""
        return Change.objects.none()

    def write(self):
        Redaction.ask(self.subject)


class DecisionForm(RecordForm):
    subject: Redaction
    heading = "Decide whether a text is taken out"
    button = "Record this decision"

    decision = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("consent", "Take it out, for good"), ("refuse", "Leave it as it is")],
    )
    reason = reason_field(help_text="Do not repeat what is to be taken out.")

    def write(self):
        if self.cleaned_data["decision"] == "consent":
            self.subject.consent()
        else:
            self.subject.refuse()
