"""A form that asks before it accepts words that could identify a child or a family."""

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import capfirst

from gscp import personal
from gscp.bounds import BoundedForm
from gscp.words import has_words

MOST_BOXES = 40  # that are named in what is kept
SAY_WHY = "Say why it may stand."
SAY_WITHOUT = "Say why without it: this looks like {}."
REPEATS = "This repeats what it is about. Say why without those words."


def digest_of(file: UploadedFile) -> str:
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return found


class IdentityForm(BoundedForm):
    """Sent with such words, it comes back once and shows them.

    It is accepted when the writer ticks `confirmed`, says why they may stand, and the words are still the
    same: `matches_shown` is the digest of those shown.
    """

    matches_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    confirmed = forms.BooleanField(
        required=False, label="I have checked: none of this identifies a child or a family"
    )
    why_it_stands = forms.CharField(
        required=False,
        max_length=500,
        validators=[has_words],
        label="Why it may stand",
        help_text="For example: it is the number of an invoice. Do not repeat the words. "
        "This is kept on record, and whoever reads the record sees it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    # Beside fields that are always hidden, those that nobody types: digits in them mean nothing.
    worked_out: tuple[str, ...] = ()
    asks_to_confirm = False  # whether `confirmed` and `why_it_stands` are shown

    @property
    def not_asked(self) -> set[str]:
        """The questions that come only with what they ask about."""
        return set() if self.asks_to_confirm else {"confirmed", "why_it_stands"}

    def clean(self) -> dict[str, Any]:
        cleaned: Any = super().clean()
        found = self.looked_through()
        self.matches = {name: details for name, details in found.items() if details}
        in_words = {name: [str(one) for one in details] for name, details in found.items()}
        # With a file all of it: its form is shown some of what is found in it.
        files = {name: digest_of(file) for name, file in cleaned.items() if isinstance(file, UploadedFile)}
        digest = hashlib.sha256(repr((sorted(in_words.items()), files)).encode()).hexdigest()
        self.asks_to_confirm = bool(self.matches)
        self.fields["why_it_stands"].required = self.asks_to_confirm  # so its label does not say “optional”
        if not self.asks_to_confirm:
            cleaned["why_it_stands"] = ""
        elif cleaned.get("confirmed") and cleaned.get("matches_shown") == digest:
            self.check_why(cleaned.get("why_it_stands"))
        else:
            self.set_sent_value("matches_shown", digest)
            self.set_sent_value("confirmed", "")
            for name in self.matches:
                self.add_error(
                    name,
                    f"This looks like {', '.join(in_words[name])}. Take it out, or tick below and say why it "
                    "may stand.",
                )
        return cleaned

    def check_why(self, why: str | None) -> None:
        if why is None:  # its own field has refused it
            return
        found = [one for details in self.matches.values() for one in details]
        if not why:
            self.add_error("why_it_stands", SAY_WHY)
        elif any(one.is_repeated_in(why) for one in found):
            self.add_error("why_it_stands", REPEATS)
        elif kinds := dict.fromkeys(one.kind for one in personal.details(why)):
            self.add_error("why_it_stands", SAY_WITHOUT.format(", ".join(kinds)))

    def let_stand(self) -> str:
        """In which boxes, and as what, something was found: “Done: a postcode; Evidence: an NHS number”."""
        kinds = {
            self.name_of_box(name): dict.fromkeys(one.kind for one in details)
            for name, details in self.matches.items()
        }
        named = [f"{box}: {', '.join(of)}" for box, of in kinds.items()]
        more = [f"{len(named) - MOST_BOXES} more"] if len(named) > MOST_BOXES else []
        return "; ".join([*named[:MOST_BOXES], *more])

    def name_of_box(self, name: str) -> str:
        if name == NON_FIELD_ERRORS:
            return "The file"
        return str(self[name].label or capfirst(name.replace("_", " ")))

    def looked_through(self) -> dict[str, list[personal.Detail]]:
        """By field, what in it could identify a child."""
        return {name: personal.details(text) for name, text in self.typed_texts().items()}

    def typed_texts(self) -> dict[str, str]:
        # Of a file its name.
        return {
            name: personal.words_of_file_name(str(value.name)) if isinstance(value, UploadedFile) else value
            for name, value in self.cleaned_data.items()
            if isinstance(value, str | UploadedFile)
            and name not in (*IdentityForm.base_fields, *self.worked_out)
            and not (name in self.base_fields and self.base_fields[name].widget.is_hidden)
        }

    def set_sent_value(self, name: str, value: Any) -> None:
        data: Any = self.data.copy()
        data[self.add_prefix(name)] = value
        self.data = data
