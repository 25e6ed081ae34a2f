"""The forms by which evidence is added, and by which a group above says that it looked at it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.models import Evidence, EvidenceSeen
from actions.tables.apart import looked_through_apart
from actions.tables.cells import Refused
from actions.tables.kinds import NAMED
from actions.tables.read import LARGEST_FILE
from gscp import scanning, store
from gscp.forms import RecordForm
from gscp.permissions import chairs_or_leads
from gscp.personal import Detail
from gscp.record import Change, ChangeQuerySet
from gscp.words import has_words

MOST = f"{LARGEST_FILE // 1_000_000} MB"
TOO_LONG = f"The file has more than {MOST}. Send a smaller one, or give a link to it."
LOOKED = "It is on record that you looked at it."
TEXT_NOT_READ = "Its text could not be looked through: make sure that it names no child and no family."


@dataclass(frozen=True)
class Found:
    """What was found of a file that was sent, or why it is refused."""

    kind: str = ""
    has_text: bool = False
    identifying: tuple[Detail, ...] = ()
    scanned: bool = False
    refused: str = ""


def found_of(file: Any) -> Found:
    """Kept with the file, which is looked through once: its form is made twice."""
    if not hasattr(file, "found"):
        file.found = find(file)
    found: Found = file.found
    return found


def find(file: Any) -> Found:
    file.seek(0)
    data = file.read()
    file.seek(0)
    try:
        if scanning.is_set():
            scanning.scan(data)
        looked = looked_through_apart(data)
    except (scanning.NotClean, Refused) as refused:
        return Found(refused=str(refused))
    return Found(looked.kind, looked.has_text, looked.found, scanning.is_set())


class EvidenceForm(RecordForm, forms.ModelForm):
    """A link or a file. What the file holds is looked through like what is typed."""

    instance: Evidence
    heading, button = "Add evidence", "Add evidence"

    file = forms.FileField(
        required=False,
        label="Or a file",
        help_text=f"{NAMED}. At most {MOST}. If this page comes back, choose the file again.",
        max_length=200,
        error_messages={
            "missing": "Choose a file.",
            "empty": "The file is empty.",
            "max_length": "The file’s name is too long: it has at most 200 characters.",
        },
    )

    class Meta:
        model = Evidence
        fields = ["shows", "text", "link"]
        labels = {"shows": "What does it prove?", "text": "What it shows", "link": "A link to it"}
        help_texts = {
            "text": "In a sentence or two, for somebody who does not open it.",
            "link": "The address of a page that those who read this can open.",
        }
        widgets = {
            "shows": forms.RadioSelect,
            "text": forms.Textarea(attrs={"rows": 3}),
            "link": forms.TextInput,
        }

    def __init__(self, *args: Any, evidence: Evidence, is_too_long: bool = False, **kwargs: Any):
        super().__init__(*args, subject=evidence.about, instance=evidence, **kwargs)
        self.is_too_long = is_too_long
        self.not_marked_optional = {"link", "file"}  # one of the two is needed
        self.fields["text"].validators.append(has_words)
        if evidence.replaces:
            self.heading = self.button = "Add a newer version"
            self.lead = "The version before stays in view, and can still be opened."
            del self.fields["shows"]  # it proves the same: what was decided may rest on that

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and (refused := found_of(file).refused):
            raise ValidationError(refused)
        return file

    def looked_through(self) -> dict[str, list[Detail]]:
        found = super().looked_through()
        if file := self.cleaned_data.get("file"):
            found["file"] = [*found["file"], *found_of(file).identifying]
        return found

    def clean(self) -> dict[str, Any]:
        data: Any = super().clean()
        if self.is_too_long:
            self.add_error("file", TOO_LONG)
        elif not self.errors.keys() & {"file", "link"}:
            if data.get("file") and data.get("link"):
                self.add_error("file", "Give a link or a file, and not both. Add the other one afterwards.")
            elif not data.get("file") and not data.get("link"):
                self.add_error("link", "Give a link, or choose a file.")
        if why_not := self.instance.why_not_addable:
            self.add_error(None, why_not)
        return data

    def changes_to_have_seen(self) -> ChangeQuerySet:
        of_same = Evidence.objects.filter(**{self.instance.about_name: self.subject.pk})
        return super().changes_to_have_seen() | Change.objects.of_rows(of_same)

    def act_scope(self) -> list:
        return [*super().act_scope(), self.instance.replaces_id]

    def history_reason(self) -> str:
        return ""  # what it shows says all

    def keep_file(self) -> None:
        """Keep the bytes before the row that names them: in its turn nobody else could write meanwhile."""
        if file := self.cleaned_data.get("file"):
            with suppress(store.Trouble):  # it is tried again, and said then
                store.keep(file.read())
            file.seek(0)

    def write(self) -> None:
        evidence, file = self.instance, self.cleaned_data["file"]
        evidence.entered_by = self.user
        evidence.on_behalf = not chairs_or_leads.test(self.user, evidence)
        if file:
            found, data = found_of(file), file.read()
            evidence.sha256, evidence.size = store.digest(data), len(data)
            evidence.file_name, evidence.kind = file.name, found.kind
            evidence.text_read, evidence.scanned = found.has_text, found.scanned
            try:
                store.keep(data)  # done before, as a rule: then they are only read
            except store.Trouble as trouble:
                raise ValidationError({"file": str(trouble)}) from trouble
        evidence.add()

    def success_message(self) -> str:
        evidence = self.instance
        said = "A newer version was added." if evidence.replaces else "Evidence added."
        if evidence.is_file and not evidence.text_read:
            said += f" {TEXT_NOT_READ}"
        return said


class EvidenceSeenForm(RecordForm, forms.ModelForm):
    heading, button = "You looked at this evidence", "Record that I looked"
    subject: Evidence

    class Meta:
        model = EvidenceSeen
        fields = ["found"]
        labels = {"found": "What you found"}
        help_texts = {"found": "For example whether it shows what it should. You can leave it empty."}
        widgets = {"found": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, subject: Evidence, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=EvidenceSeen(evidence=subject), **kwargs)

    def history_reason(self) -> str:
        return ""

    def write(self) -> None:
        if self.subject.seen.filter(seen_by=self.user).exists():
            raise ValidationError(LOOKED)
        self.instance.seen_by = self.user
        self.instance.save()

    def success_message(self) -> str:
        return "It is recorded that you looked at it."
