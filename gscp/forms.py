"""Forms that write on the record: an act, once, on what was read."""

import hashlib
import re
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from gscp import personal
from gscp.components import DateParts
from gscp.record import TOMBSTONE, AlreadyRecorded, Change, Redaction, Stale, Tracked, recording

INCOMPLETE = "This form is not complete any more. Check what you typed and send it again."
REASON_MAX = 2000


def date_field(required=False, **kwargs) -> forms.DateField:
    return forms.DateField(widget=DateParts, required=required, **kwargs)


WORD = re.compile(r"[^\W\d_]{2}")  # a full stop says nothing
in_words = RegexValidator(WORD, "Say it in words.")


def reason_field(**kwargs) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(max_length=REASON_MAX, widget=widget, **{"validators": [in_words]} | kwargs)


class RecordForm(forms.Form):
    """A form about one tracked subject.

    It carries a token, from which the id of the act is made, so that sending it twice has one
    effect; and the number of the last change about its subject that its reader had seen, so
    that nobody saves over what they did not read. A subclass says what it writes (`write`) and
    where its subject's changes are (`timeline`).
    """

    token = forms.UUIDField(
        widget=forms.HiddenInput, error_messages=dict.fromkeys(("required", "invalid"), INCOMPLETE)
    )
    seen = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        max_value=2**53,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), INCOMPLETE),
    )
    found = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    confirmed = forms.BooleanField(
        required=False, label="I have checked: none of this identifies a child or a family"
    )

    def __init__(self, *args, subject: Tracked, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.subject, self.user = subject, user
        self.initial.update(token=uuid4(), seen=self.timeline().head_at())
        self.changed_since: list[Change] = []
        self.asks_to_confirm = self.resent = False
        own = [name for name in self.fields if name not in RecordForm.base_fields]
        self.order_fields([*(self.field_order or ()), *own])

    def timeline(self):
        """The ledger's entries that a reader of this form should have seen."""
        own = Change.objects.filter(model=self.subject._meta.label_lower, object_id=self.subject.pk)
        # What the form still shows may have been taken out since.
        redactions = Redaction.objects.filter(entry__in=own.values("number"))
        label = Redaction._meta.label_lower
        return own | Change.objects.filter(model=label, object_id__in=redactions.values("pk"))

    def write(self) -> None:
        """Save what the form says, inside recording()."""
        raise NotImplementedError

    def why(self) -> str:
        return self.cleaned_data["reason"]

    def clean(self) -> dict[str, Any]:
        """Ask before saving what could identify a child; a confirmation holds for what was shown, no more."""
        super().clean()
        matches = {
            name: personal.found(value)
            for name, value in self.cleaned_data.items()
            if isinstance(value, str) and name not in RecordForm.base_fields
        }
        for name in matches:
            if self.cleaned_data[name].strip() == TOMBSTONE:
                self.add_error(name, "That is what stands where a text was taken out: write something else.")
        digest = hashlib.sha256(repr(sorted(matches.items())).encode()).hexdigest()
        confirmed = self.cleaned_data.get("confirmed") and self.cleaned_data.get("found") == digest
        self.asks_to_confirm = any(matches.values())
        if self.asks_to_confirm and not confirmed:
            self.show("found", digest)
            self.show("confirmed", "")
            for name, seen in matches.items():
                if seen:
                    self.add_error(name, f"This looks like {', '.join(seen)}. Take it out, or confirm below.")
        return self.cleaned_data

    def show(self, name: str, value: Any) -> None:
        """Change what a bound form shows when it comes back."""
        data: Any = self.data.copy()
        data[self.add_prefix(name)] = value
        self.data = data

    def tell(self, request, told: str) -> None:
        """Say what came of it; sent again, it had its effect the first time."""
        if self.resent:
            messages.info(request, "This was sent and recorded before: nothing more was recorded.")
        else:
            messages.success(request, told)

    @property
    def act(self) -> UUID:
        """The token together with what was typed: a resend is the same act, an edited form is another."""
        typed = sorted((name, str(value)) for name, value in self.cleaned_data.items() if name != "seen")
        return uuid5(self.cleaned_data["token"], repr([self.user.pk, *self.about(), typed]))

    def about(self) -> list:
        """What this form is and what it is about: its token is good for nothing else."""
        return [type(self).__name__, self.subject._meta.label, self.subject.pk]

    def record(self) -> bool:
        """Write it as one act.

        False where the record refuses it, as `errors` say: somebody else came first, and
        `changed_since` says how, or `write` raised a ValidationError or had nothing to change.
        """
        try:
            with recording(self.user, self.why(), self.act) as recorded:
                latest = self.timeline().head_at()
                if latest != self.cleaned_data["seen"]:
                    raise Stale
                self.write()
                if not recorded.changes:
                    raise ValidationError("This changes nothing, so there is nothing to record.")
        except AlreadyRecorded:
            self.resent = True
            return True
        except ValidationError as error:
            self.add_error(None, error)
            return False
        except Stale:
            newer = self.timeline().filter(number__gt=self.cleaned_data["seen"])
            self.changed_since = newer.with_texts()
            self.show("seen", latest)
            self.add_error(
                None,
                "Somebody changed this while you were writing. Read what they wrote, then send yours again.",
            )
            return False
        return True
