"""Forms by which the Business Manager discards a draft, or takes an action out of one."""

from typing import Any

from actions.forms.keeping import KeepingForm
from actions.models import Action, BusinessPlan
from actions.models.discarding import discard, take_out
from gscp.forms import RecordForm, reason_field
from gscp.record import Change, ChangeQuerySet


class DiscardForm(RecordForm):
    subject: BusinessPlan
    button = "Discard the draft"
    lead = "It leaves the lists, and nobody can change it any more. It stays on record with its actions."

    reason = reason_field(label="Why you discard it")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.label = self.subject.label
        self.heading = f"Discard the draft {self.label}"

    def changes_to_have_seen(self) -> ChangeQuerySet:  # of all of the draft
        return Change.objects.filter(plan=self.subject.pk)

    def success_message(self) -> str:
        return (
            f"The draft {self.label} is discarded. Search still finds it. A new plan can have its short name."
        )

    def write(self) -> None:
        discarded = BusinessPlan.objects.get(pk=self.subject.pk)
        discard(discarded)
        self.subject.label = discarded.label  # its page has another address now


class TakeOutForm(KeepingForm):
    subject: Action
    button = "Take it out of the draft"
    lead = "It leaves the draft. It stays on record, with what you say. Its number can be used again."

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ref = self.subject.ref
        self.heading = f"Take {self.ref} out of the draft"

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.filter(action=self.subject.pk)

    def success_message(self) -> str:
        return f"{self.ref} is taken out of the draft. It stays on record."

    def write(self) -> None:
        take_out(self.subject)
