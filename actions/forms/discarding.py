"""The form by which the Business Manager discards a draft."""

from typing import Any

from actions.models import BusinessPlan
from actions.models.discarding import discard
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
