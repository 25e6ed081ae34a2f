"""The form that moves actions of a draft to another place: a few numbers, however long the plan is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.keeping import KEPT_REASON, KeepingForm
from actions.models import Action, BusinessPlan
from gscp.forms import reason_field
from gscp.record import Change, ChangeQuerySet


class ReorderForm(KeepingForm):
    subject: BusinessPlan
    heading, button = "Order of the actions", "Record order"
    lead = "Say which actions move, and where to. The others stay in their order."

    moved = forms.CharField(
        label="Numbers of the actions to move",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One on each line, in their new order.",
    )
    after = forms.CharField(
        label="Number of the action that they come after",
        required=False,
        max_length=20,
        help_text="Left empty, they come first in the plan.",
    )
    reason = reason_field(label="Why you change the draft", help_text=KEPT_REASON)

    field_order = ["moved", "after", "reason"]
    not_marked_optional = {"after"}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        actions = self.subject.actions.select_related("plan", "theme", "group")
        self.by_ref = {action.ref: action for action in actions} if self.is_bound else {}

    def changes_to_have_seen(self) -> ChangeQuerySet:  # an action that was added meanwhile has a place, too
        return Change.objects.filter(plan=self.subject.pk)

    def action(self, ref: str) -> Action:
        if ref not in self.by_ref:
            raise ValidationError(f"The plan has no action “{ref[:40]}”. Give its number as the plan has it.")
        return self.by_ref[ref]

    def clean_moved(self) -> list[Action]:
        lines = (line.strip() for line in self.cleaned_data["moved"].splitlines())
        moved: dict[Action, None] = {}
        for action in (self.action(line) for line in lines if line):
            if action in moved:
                raise ValidationError(f"{action.ref} stands there twice.")
            moved[action] = None
        return list(moved)

    def clean_after(self) -> Action | None:
        ref = self.cleaned_data["after"]
        action = self.action(ref) if ref else None
        if action in self.cleaned_data.get("moved", ()):
            raise ValidationError(f"{ref} is one of those that move. Choose one that stays.")
        return action

    def write(self) -> None:
        moved, after = self.cleaned_data["moved"], self.cleaned_data["after"]
        moving = set(moved)
        order = [action for action in self.by_ref.values() if action not in moving]
        place = order.index(after) + 1 if after else 0
        give_places([*order[:place], *moved, *order[place:]])


def give_places(in_order: list[Action]) -> None:
    """Number them in this order, by the numbers that they have: most keep theirs."""
    last = -1
    for action, position in zip(in_order, sorted(action.position for action in in_order), strict=True):
        last = max(last + 1, position)
        if action.position != last:
            action.position = last
            action.save()
