"""The forms by which the file of an import is chosen, and what it says is recorded."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from actions.models import BusinessPlan, PlanUpload
from actions.models.plan_decision import why_not_imported
from actions.tables.proposing import Proposal, propose
from actions.tables.read import LARGEST_FILE
from actions.tables.recording import record_import
from actions.tables.wanted import OnRecord, Wanted
from actions.tables.wording import list_of
from gscp import personal
from gscp.bounds import BoundedForm
from gscp.forms import RecordForm
from gscp.record import Change, ChangeQuerySet

MOST = f"{LARGEST_FILE // 1_000_000} MB"
TOO_LONG = f"The file has more than {MOST}. Save only the plan's table."


class ChooseFileForm(BoundedForm):
    file = forms.FileField(
        label="File",
        help_text=f"Its name ends in .xlsx, .ods, .docx, .csv or .tsv. At most {MOST}.",
        max_length=200,
        error_messages={
            "required": "Choose a file.",
            "missing": "Choose a file.",
            "empty": "The file is empty.",
            "max_length": "The file's name is too long: it has at most 200 characters.",
        },
    )

    def __init__(self, *args: Any, is_too_long: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_too_long:
            self.fields["file"].error_messages["required"] = TOO_LONG


class ImportForm(RecordForm):
    """Records what a file adds and changes, all of it or nothing."""

    subject: BusinessPlan

    looked_at = forms.BooleanField(label="These are read as they should be")
    run = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, upload: PlanUpload, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload, self.proposal = upload, proposal
        self.heading = f"Import into {self.subject}"
        self.button = f"Record {proposal.count:,} action{'' if proposal.count == 1 else 's'}"
        self.fields["run"].initial = upload.run
        if not proposal.doubts:
            del self.fields["looked_at"]

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.filter(plan=self.subject.pk)

    def clean_run(self) -> Any:
        if self.cleaned_data["run"] != self.upload.run:
            raise ValidationError("The file was read anew meanwhile. Look at what is recorded now.")
        return self.cleaned_data["run"]

    def typed_texts(self) -> dict[str, str]:
        texts = [personal.words_of_file_name(self.upload.file_name)]
        texts += [text for wanted in self.recorded() for text in texts_of(wanted)]
        return {NON_FIELD_ERRORS: "\n".join(texts)}

    def recorded(self) -> Iterator[Wanted]:
        yield from self.proposal.added
        for changed in self.proposal.changed:
            yield changed.wanted

    def history_reason(self) -> str:
        return f"Imported from “{self.upload.file_name}” (SHA-256 {self.upload.sha256})"

    def write(self) -> None:
        understood = self.upload.understood
        plan = BusinessPlan.objects.get(pk=self.subject.pk)
        if understood is None or why_not_imported(plan):
            raise ValidationError("This cannot be imported any more. Go back, and look at the plan.")
        # As the plan stands now, since nobody else can write until this ends.
        proposal = propose(understood, plan, self.upload.answers, OnRecord())
        if proposal.must_be_answered:
            raise ValidationError("Something has to be answered first: go back to what is asked.")
        record_import(proposal)
        PlanUpload.objects.forget_file(self.user, plan)

    def success_message(self) -> str:
        added, changed = len(self.proposal.added), len(self.proposal.changed)
        said = f"Recorded in the draft: {counted(added)} added, {counted(changed)} changed."
        if self.proposal.missing:
            refs = list_of([action.ref for action in self.proposal.missing])
            said += f" Not in the file, and left as they are: {refs}."
        return said


def counted(number: int) -> str:
    return f"{number:,} action{'' if number == 1 else 's'}"


def texts_of(wanted: Wanted) -> Iterator[str]:
    for value in wanted.values.values():
        if isinstance(value, str):
            yield value
    yield from (wanted.theme, wanted.driver[1], wanted.further)
    yield from (text for _, text in wanted.milestones)
    for heading, text in wanted.other.items():
        yield heading
        yield text
