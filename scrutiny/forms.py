"""The forms of scrutiny: a head that somebody wrote down, and redaction."""

import re

from django import forms
from django.core.exceptions import ValidationError

from gscp.forms import RecordForm, reason_field
from gscp.record import Change, ChangeQuerySet, ChangeText, Redaction, ledger


class HeadForm(forms.Form):
    head = forms.CharField(
        help_text="For example 192-VAS4-ABDV-EFAR-Y3E7",
        widget=forms.TextInput(
            {"class": "govuk-input--width-20", "spellcheck": False, "autocapitalize": "characters"}
        ),
    )

    def clean_head(self) -> tuple[int, str]:
        try:
            return ledger.read_head(self.cleaned_data["head"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


RUN = 5  # words


def repeats(reason: str, text: str) -> bool:
    """Whether the reason has RUN successive words of the text, or all of a text that has fewer."""
    words, reason_words = (re.findall(r"\w+", value.casefold()) for value in (text, reason))
    run = min(RUN, len(words))
    runs = {tuple(words[at : at + run]) for at in range(len(words) - run + 1)} if words else set()
    return any(tuple(reason_words[at : at + run]) in runs for at in range(len(reason_words)))


class RedactionForm(RecordForm):
    def taken_out(self) -> ChangeText:
        raise NotImplementedError

    def clean_reason(self) -> str:
        # The reason stays on record, so it must not repeat the text that goes.
        reason = self.cleaned_data["reason"]
        if repeats(reason, self.taken_out().value):
            raise ValidationError("This repeats words of what is to be taken out: say why without them.")
        return reason


class RedactionRequestForm(RedactionForm):
    subject: ChangeText  # type: ignore[assignment]
    heading = "Take a text out of the record"
    button = "Ask for it to be taken out"

    reason = reason_field(
        label="Why it must be taken out",
        help_text="Do not repeat what is to be taken out. Everybody who reads the record sees this reason.",
    )

    def changes_to_have_seen(self) -> ChangeQuerySet:
        # A text does not change; Redaction.ask() checks whether it was asked for.
        return Change.objects.none()

    def taken_out(self) -> ChangeText:
        return self.subject

    def success_message(self) -> str:
        return "Asked for. A chair of the Executive decides."

    def write(self) -> None:
        Redaction.ask(self.subject)


class RedactionDecisionForm(RedactionForm):
    subject: Redaction
    heading = "Decide whether a text is taken out"
    button = "Record this decision"

    decision = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("consent", "Take it out, for good"), ("refuse", "Leave it as it is")],
    )
    reason = reason_field(help_text="Do not repeat what is to be taken out.")

    def taken_out(self) -> ChangeText:
        return self.subject.text

    def success_message(self) -> str:
        return "Recorded."

    def write(self) -> None:
        if self.cleaned_data["decision"] == "consent":
            self.subject.consent()
        else:
            self.subject.refuse()
