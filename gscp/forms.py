"""Forms that write on the record.

Sent twice they write once, and they never write over what their reader has not seen.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property, lazy
from django.utils.text import capfirst, format_lazy

from gscp import personal
from gscp.bounds import BoundedForm
from gscp.dates import YEARS, example_day, how_to_write_time, read_time
from gscp.meanwhile import show_what_was_left
from gscp.record import (
    LIKE_TOMBSTONE,
    AlreadyRecorded,
    Change,
    ChangeQuerySet,
    Redaction,
    Stale,
    Tracked,
    is_like_tombstone,
    recording,
)
from gscp.widgets import DateParts, TimeBox

INCOMPLETE = "This form is not complete any more. Check what you typed and send it again."
OF_ANOTHER = (
    "You opened this page for another form, which stood at this address then. "
    "Check that what you typed belongs here, and send it again."
)
TAKEN_OUT = "The text here was taken out of the record. Leave this empty, or write another one."
REASON_MAX = 2000
MOST_SHOWN = 50  # of the changes that were recorded meanwhile
DASHES = "---------"  # Django's words for no choice
TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
# What turns the letters around it, so that a page reads otherwise than what is on record; and noncharacters.
UNTYPABLE = re.compile("[\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
has_words = RegexValidator(TWO_LETTERS, "Say it in words.")


def refuse_far_year(value: date) -> None:
    if value.year not in YEARS:
        raise ValidationError("Check the year.")


def date_field(required: bool = False, **options: Any) -> forms.DateField:
    validators = [refuse_far_year, *options.pop("validators", ())]
    return forms.DateField(widget=DateParts, required=required, validators=validators, **options)


def with_example(hint: str) -> Any:
    """The hint of a day, its {} an example in the year in which it is read."""
    return format_lazy(hint, lazy(example_day, str)())


class TimeField(forms.TimeField):
    """A time of day as people write it: 5pm, 5.30 pm, 17:00, noon."""

    widget = TimeBox

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value if isinstance(value, time) else None
        if (read := read_time(value)) is None:
            raise ValidationError(how_to_write_time(value), code="invalid")
        return read


def reason_field(**options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(max_length=REASON_MAX, widget=widget, **{"validators": [has_words]} | options)


def as_text(value: Any) -> str:
    """What a typed value adds to the act's id: of a file, its name and the SHA-256 of its bytes."""
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)  # write() reads it from its beginning
    return f"{value.name} {digest.hexdigest()}"


def in_unix_lines(data: QueryDict) -> QueryDict:
    """What a form sent, its line breaks as one character each: as the browser counts them and we keep them.

    Browsers send two, whatever was typed.
    """
    same = data.copy()
    for name, values in data.lists():
        same.setlist(name, [re.sub("\r\n?", "\n", value) for value in values])
    return same


class IdentityForm(BoundedForm):
    """A form that asks before it accepts words that could identify a child or a family.

    Sent with such words, it comes back once and shows them. It is accepted when the writer ticks
    `confirmed` and the words are still the same: `matches_shown` is the digest of those shown.
    """

    matches_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    confirmed = forms.BooleanField(
        required=False, label="I have checked: none of this identifies a child or a family"
    )

    # Beside fields that are always hidden, those that nobody types: digits in them mean nothing.
    worked_out: tuple[str, ...] = ()
    asks_to_confirm = False  # whether `confirmed` is shown

    @property
    def not_asked(self) -> set[str]:
        """The questions that come only with what they ask about."""
        return set() if self.asks_to_confirm else {"confirmed"}

    def clean(self) -> dict[str, Any]:
        cleaned: Any = super().clean()
        matches = {name: personal.identifying_details(text) for name, text in self.typed_texts().items()}
        digest = hashlib.sha256(repr(sorted(matches.items())).encode()).hexdigest()
        is_confirmed = cleaned.get("confirmed") and cleaned.get("matches_shown") == digest
        self.asks_to_confirm = any(matches.values())
        if self.asks_to_confirm and not is_confirmed:
            self.set_sent_value("matches_shown", digest)
            self.set_sent_value("confirmed", "")
            for name, words in matches.items():
                if words:
                    self.add_error(
                        name, f"This looks like {', '.join(words)}. Take it out, or confirm below."
                    )
        return cleaned

    def typed_texts(self) -> dict[str, str]:
        # Of a file its name, in which underscores stand for spaces.
        return {
            name: str(value.name).replace("_", " ") if isinstance(value, UploadedFile) else value
            for name, value in self.cleaned_data.items()
            if isinstance(value, str | UploadedFile)
            and name not in (*IdentityForm.base_fields, *self.worked_out)
            and not (name in self.base_fields and self.base_fields[name].widget.is_hidden)
        }

    def set_sent_value(self, name: str, value: Any) -> None:
        data: Any = self.data.copy()
        data[self.add_prefix(name)] = value
        self.data = data


class RecordForm(IdentityForm):
    """A form that writes on the record, about one tracked subject.

    `token` is the source of the act's id, so that sending the form twice has one effect. `seen` is the
    number of the latest change about the subject when the form was shown: if there is a later one, the
    form comes back with it.
    """

    heading: str
    lead = ""  # the sentence under the heading
    button = "Save"
    keeps_draft = False  # whether what was typed can be kept for later, as of long forms
    # What its page calls that; a plan may be a draft, too, and a form of its action has other words.
    draft_button, draft_saved = "Save as draft", "Saved as a draft"
    notice = ""  # where the text in it comes from
    draft_page = draft_shown = ""  # which page of it this is, and which draft it began with
    draft_to_replace = ""  # the one of another page whose place its button for drafts gives to this one
    of_others: Sequence[Any] = ()  # drafts of other forms that stood at its address
    made_anew: Callable[[], Any] | None = None  # makes it as its page shows it at first, looking back or not
    is_of_another = False  # whether what was sent was typed into another form, which stood at its address

    token = forms.UUIDField(
        widget=forms.HiddenInput, error_messages=dict.fromkeys(("required", "invalid"), INCOMPLETE)
    )
    seen = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        max_value=2**53,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), INCOMPLETE),
    )

    def __init__(self, *args, subject: Tracked, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.subject, self.user = subject, user
        if not self.is_bound:
            self.initial.update(token=uuid4(), seen=self.to_have_seen().last_number())
        self.changed_since: list[Change] = []
        self.only_choices: dict[str, str] = {}
        self.was_sent_before = False
        own = [name for name in self.fields if name not in RecordForm.base_fields]
        self.order_fields([*(self.field_order or ()), *own])
        self.name_empty_choices()
        self.fields_taken_out: list[str] = []
        self.leave_out_what_was_taken_out()

    def leave_out_what_was_taken_out(self) -> None:
        """A text that was taken out of the record is not repeated: its box is empty, and left so it stays."""
        is_new = getattr(self, "instance", self.subject).pk is None
        for name, field in self.fields.items():
            if is_like_tombstone(str(self.initial.get(name) or "")):
                self.initial[name] = ""
                if not is_new:
                    self.fields_taken_out.append(name)
                    field.required, field.help_text = False, TAKEN_OUT

    def leave_only(self, name: str, value: str) -> None:
        """One choice is none: the field is hidden and has this value, and the page says what it is.

        Not in a form that was sent with another value: it may be an act that was recorded before.
        """
        if self.data.get(self.add_prefix(name)) in (None, value):
            self.fields[name].widget = forms.HiddenInput()
            self.initial[name] = self.only_choices[name] = value

    def fill(self, typed: QueryDict) -> None:
        """Show what was typed before; nothing is said of whether it is right until it is sent."""
        for name, field in self.fields.items():
            if name not in (*IdentityForm.base_fields, *self.only_choices):
                html_name = self.add_prefix(name)
                self.initial[name] = field.widget.value_from_datadict(typed, MultiValueDict(), html_name)

    @property
    def draft_name(self) -> str:
        about = str(self.subject) if self.subject.pk else ""
        return self.heading if not about or about in self.heading else f"{self.heading}: {about}"

    def fits(self, typed: QueryDict) -> bool:
        """Whether nothing else was chosen there than the one choice that this form has left."""
        only = self.only_choices.items()
        return all(typed.get(self.add_prefix(name)) in (None, "", value) for name, value in only)

    def show_only(self, errors: dict[str, str]) -> None:
        """Show what was sent with these errors, whatever else is wrong with it."""
        self.errors.clear()
        self.asks_to_confirm = False
        for name, message in errors.items():
            self.add_error(None if name == NON_FIELD_ERRORS else name, message)

    def identifying(self) -> dict[str, list[str]]:
        """By field, what in the texts that were sent could identify a child."""
        boxes = (forms.Textarea, forms.widgets.Input)
        typed = {
            name: str(self[name].data or "")
            for name, field in self.fields.items()
            if isinstance(field.widget, boxes) and not field.widget.is_hidden
        }
        found = {name: personal.identifying_details(text) for name, text in typed.items()}
        return {name: words for name, words in found.items() if words}

    def name_empty_choices(self) -> None:
        # What a list offers before its first choice; Django has dashes there.
        for field in self.fields.values():
            words = "Choose one" if field.required else "None"
            if isinstance(field, forms.ModelChoiceField):
                if field.empty_label == DASHES:
                    field.empty_label = words
            elif isinstance(field, forms.ChoiceField):
                choices: Any = field.choices
                if isinstance(field.widget, forms.RadioSelect) and field.required:
                    field.choices = [choice for choice in choices if choice[0]]
                    continue
                field.choices = [("", words) if choice == ("", DASHES) else choice for choice in choices]

    def changes_to_have_seen(self) -> ChangeQuerySet:
        # A subclass adds those about other records that its reader goes by.
        return Change.objects.filter(model=self.subject._meta.label_lower, object_id=self.subject.pk)

    def to_have_seen(self) -> ChangeQuerySet:
        """Those, and by which a text that the form shows was taken out of the record."""
        changes = self.changes_to_have_seen()
        redactions = Redaction.objects.filter(entry__in=changes.order_by().values("number"))
        label = Redaction._meta.label_lower
        return changes | Change.objects.filter(model=label, object_id__in=redactions.values("pk"))

    def write(self) -> None:  # record() calls it inside recording()
        raise NotImplementedError

    def success_message(self) -> str:
        raise NotImplementedError

    def history_reason(self) -> str:
        # A form without a field `reason` says here what is kept as the act's reason.
        return self.cleaned_data["reason"]

    def validate_unique(self) -> None:
        """Left to save(), as Recording.check_unique() says."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_of_another:
            self.add_error(None, OF_ANOTHER)
        for name in self.fields_taken_out:
            if not cleaned.get(name):
                cleaned.pop(name, None)
        for name, text in self.typed_texts().items():
            if is_like_tombstone(text):
                self.add_error(name, LIKE_TOMBSTONE)
            elif UNTYPABLE.search(text):
                self.add_error(name, ValidationError("", code="null_characters_not_allowed"))
        return cleaned

    def show_result_message(self, request: HttpRequest) -> None:
        if self.was_sent_before:
            messages.info(request, "This was sent and recorded before: nothing more was recorded.")
        else:
            messages.success(request, self.success_message())

    @property
    def act_id(self) -> UUID:
        # A form sent again is the same act; an edited one is another.
        typed = sorted((name, as_text(value)) for name, value in self.cleaned_data.items() if name != "seen")
        return uuid5(self.cleaned_data["token"], repr([self.user.pk, *self.act_scope(), typed]))

    def act_scope(self) -> list:
        """Parts of the act's id, so that a token makes no act of another form or about another record."""
        subject = self.subject
        return [type(self).__name__, subject._meta.label, subject.pk, getattr(subject, "plan_id", None)]

    @cached_property
    def mark(self) -> str:
        """The form and what it is about, in short. Another plan or form may come to stand at its address."""
        return hashlib.sha256(repr(self.act_scope()).encode()).hexdigest()[:16]

    def record(self) -> bool:
        """Write it as one act. Returns False if nothing was recorded.

        `errors` then says why: somebody else changed the subject first (`changed_since` has their changes),
        `write` raised a ValidationError, or nothing would change.
        """
        try:
            with recording(self.user, self.history_reason(), self.act_id) as act:
                self.recorded_at = act.clock
                if self.to_have_seen().last_number() != self.cleaned_data["seen"]:
                    raise Stale
                self.write()
                if not act.changes:
                    raise ValidationError("This changes nothing, so there is nothing to record.")
        except AlreadyRecorded:
            self.was_sent_before = True
            return True
        except ValidationError as error:
            self.show_refusal(error)
            return False
        except Stale:
            self.show_newer()
            return False
        return True

    def show_newer(self) -> None:
        """Show what was recorded since the form was opened; sent again, it has been seen."""
        changes, seen = self.to_have_seen(), self.cleaned_data["seen"]
        self.changed_since = changes.filter(number__gt=seen)[:MOST_SHOWN].with_texts()
        self.set_sent_value("seen", changes.last_number())
        told = "Somebody changed this while you were writing. Read what they wrote, then send yours again."
        first = changes.filter(number__gt=seen).order_by("number").first()
        if first and show_what_was_left(self, first):
            told += " A box that you left as it was now has what they wrote."
        self.add_error(None, told)

    def show_refusal(self, error: ValidationError) -> None:
        for name, errors in error.update_error_dict({}).items():
            for one in errors:
                if name in self.fields and one.params and "field_label" in one.params:
                    one.params["field_label"] = self.fields[name].label  # as the box is called
        self.add_error(None, error)

    def add_error(self, field: str | None, error: Any) -> None:
        """Add it as Django does; of a column that the form does not show, with the column's name.

        Django raises a ValueError there, and a model may refuse any of its columns.
        """
        if field is None and hasattr(error, "error_dict"):
            shown: dict[str, list[Any]] = defaultdict(list)
            for name, errors in error.error_dict.items():
                if name in (*self.fields, NON_FIELD_ERRORS):
                    shown[name] += errors
                else:
                    label = capfirst(name.replace("_", " "))
                    shown[NON_FIELD_ERRORS] += [
                        f"{label}: {message}" for message in ValidationError(errors).messages
                    ]
            error = ValidationError(dict(shown))
        super().add_error(field, error)
