"""The forms of scrutiny: a seal that somebody wrote down, and redaction."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator

from gscp import clock
from gscp.bounds import BoundedForm
from gscp.forms import RecordForm, reason_field
from gscp.permissions import CHAIRS
from gscp.record import (
    Change,
    ChangeQuerySet,
    ChangeText,
    Redaction,
    concerned_by,
    ledger,
    other_texts,
    refuse_unstorable,
    taken_together,
)
from gscp.words import folded
from subgroups.models import PostHolding


class HeadForm(BoundedForm):
    head = forms.CharField(
        label="Seal",
        max_length=300,
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
NAMED = 100  # other texts that are offered at once
MOST = 1_000  # texts in a request


def repeats(reason: str, text: str) -> bool:
    """Whether the reason has RUN successive words of the text, or all of a text that has fewer."""
    words, reason_words = (re.findall(r"\w+", folded(value)) for value in (text, reason))
    run = min(RUN, len(words))
    runs = {tuple(words[at : at + run]) for at in range(len(words) - run + 1)} if words else set()
    return any(tuple(reason_words[at : at + run]) in runs for at in range(len(reason_words)))


class RedactionForm(RecordForm):
    def taken_out(self) -> list[ChangeText]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        # The reason stays on record, so it must not repeat a text that goes.
        cleaned = super().clean()
        texts = [text.value for text in self.taken_out()]
        if any(repeats(cleaned.get("reason", ""), text) for text in [*texts, cleaned.get("words", "")]):
            self.add_error("reason", "This repeats words of what is to be taken out: say why without them.")
        return cleaned


class TextsField(forms.MultipleChoiceField):
    """Keys of texts. Any text may be asked for: a form sent twice reaches record(), which says so."""

    def valid_value(self, value: str) -> bool:
        return value.isascii() and value.isdecimal() and len(value) <= 15


class RedactionRequestForm(RedactionForm):
    """Asks for one text, and for others that contain it or a word or phrase of it.

    Sent with other words than those last looked for (`looked_for`), it comes back with what contains them.
    """

    subject: ChangeText  # type: ignore[assignment]
    has_more = False  # than those that are offered
    heading = "Take a text out of the record"
    button = "Ask for it to be taken out"

    words = forms.CharField(
        label="Look for a word or phrase of it in other texts",
        required=False,
        min_length=2,
        max_length=200,
        help_text="For example a name in it. What has it is shown first. These words are not kept.",
        validators=[refuse_unstorable],
    )
    looked_for = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    also = TextsField(label="Other texts on record that contain it: tick what goes with it", required=False)
    reason = reason_field(
        label="Why it must be taken out",
        help_text="Do not repeat what is to be taken out. Everybody who reads the record sees this reason.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ticked: list[ChangeText] = []
        if self.is_bound:
            keys = self.data.getlist("also")[:MOST]
            texts = ChangeText.objects.filter(pk__in=filter(self.fields["also"].valid_value, keys))  # type: ignore[attr-defined]  # a TextsField
            self.ticked = list(texts.select_related("change").order_by("pk"))
            self.offer(self.ticked)
        else:
            self.look_for("")

    def look_for(self, words: str) -> None:
        found = other_texts(self.subject, words, NAMED + 1)
        self.has_more = len(found) > NAMED
        self.offer([*(text for text in self.ticked if text not in found), *found[:NAMED]])

    def offer(self, texts: list[ChangeText]) -> None:
        widget: Any = forms.CheckboxSelectMultiple() if texts else forms.MultipleHiddenInput()
        widget.choices = [(str(text.pk), f"{text}, {text.change.object_in_words}") for text in texts]
        widget.option_hints = {str(text.pk): Truncator(text.value).chars(300) for text in texts}
        self.fields["also"].widget = widget
        self.offered = texts

    def typed_texts(self) -> dict[str, str]:
        return {name: text for name, text in super().typed_texts().items() if name == "reason"}

    def clean_also(self) -> list[int]:
        return sorted(map(int, self.cleaned_data["also"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if apart := self.to_ask_apart():
            named = "; ".join(f"{text}, {text.change.object_in_words}" for text in apart)
            self.add_error(
                "also",
                "No chair of the group at the top could decide about all of these together: nobody decides "
                f"about a text of their own. Ask for these apart: {named}.",
            )
        words = cleaned.get("words", "")
        if words and words != cleaned.get("looked_for"):
            self.set_sent_value("looked_for", words)
            self.look_for(words)
            self.add_error(
                "also" if self.offered else "words",
                "Texts with these words are among those below. Tick what goes too, and send it again."
                if self.offered
                else "No other text has these words. Send it again.",
            )
        elif self.errors:
            self.look_for(cleaned.get("looked_for", ""))
        return cleaned

    def changes_to_have_seen(self) -> ChangeQuerySet:
        # A text does not change; Redaction.ask() checks whether it was asked for.
        return Change.objects.none()

    def taken_out(self) -> list[ChangeText]:
        also = ChangeText.objects.filter(pk__in=self.cleaned_data.get("also", ()))
        return [self.subject, *also.select_related("change").order_by("pk")]

    def to_ask_apart(self) -> list[ChangeText]:
        """The fewest of the texts without which a chair of the top group can decide about the others."""
        texts, today = self.taken_out(), clock.today()
        chairs = PostHolding.objects.in_force_on(today).filter(
            post__group__reports_to=None, post__role__in=CHAIRS
        )
        own = [
            [text for text in texts if key in concerned_by(taken_together(text))]
            for key in set(chairs.values_list("user", flat=True)) - {self.user.pk}
        ]
        fewest = min(own, key=len, default=[])
        return fewest if len(fewest) < len(texts) else []  # one alone, or all, go no better apart

    def success_message(self) -> str:
        return "Asked for. A chair of the group at the top decides who did not write it."

    def write(self) -> None:
        Redaction.ask(*self.taken_out())


class RedactionDecisionForm(RedactionForm):
    subject: Redaction
    heading = "Decide whether a text is taken out"
    button = "Record this decision"

    decision = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("consent", "Take it out, for good"), ("refuse", "Leave it as it is")],
    )
    reason = reason_field(help_text="Do not repeat what is to be taken out.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.user.has_perm("consent_to_redaction", self.subject):
            self.fields["decision"].choices = [("refuse", "Leave it as it is")]  # type: ignore[attr-defined]  # a ChoiceField
            self.lead = (
                "You came into your post after this was asked for, so you cannot agree to it. You can leave "
                "the text as it is: the Business Manager can then ask again."
            )

    def taken_out(self) -> list[ChangeText]:
        return self.subject.texts

    def success_message(self) -> str:
        return "Recorded."

    def write(self) -> None:
        if self.cleaned_data["decision"] == "consent":
            self.subject.consent()
        else:
            self.subject.refuse()
