"""The form by which a second person confirms figures, lines of registers and changes of measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from gscp.forms import RecordForm
from gscp.record import Change, ChangeQuerySet
from subgroups import measure_changes, register_numbers
from subgroups.measure_changes import unconfirmed_acts
from subgroups.models import Group, Measure, Reading, User
from subgroups.models.registers import WithNumbers
from subgroups.register_numbers import unconfirmed_since
from subgroups.scorecard import OF_MEASURES, OF_REGISTERS, scorecard_of

Waiting = Reading | WithNumbers | Measure  # of a measure, what others changed in it


def waiting_for(user: User, group: Group) -> list[Waiting]:
    """What somebody else entered for a group's scorecard, and this user may confirm."""
    if not user.has_perm("confirm_readings", scorecard_of(group)):
        return []
    readings = Reading.objects.unconfirmed().filter(measure__group=group).exclude(entered_by=user.pk)
    lines = [line for line, since in unconfirmed_since(group=group) if since.may_be_confirmed_by(user)]
    changed = {one.pk: one for one in group.measures.exclude(changed_on=None)}
    acts = unconfirmed_acts(changed) if changed else {}
    measures = [changed[key] for key, some in acts.items() if any(act.by != user.pk for act in some)]
    return [*readings, *lines, *measures]


def name_of(one: Waiting) -> str:
    return f"{one._meta.model_name}-{one.pk}"


def confirm(one: Waiting, by: User) -> None:
    """Raises ValidationError: they typed all of it themselves."""
    if isinstance(one, Reading):
        one.confirmed_by = by
        one.save()
    elif isinstance(one, Measure):
        measure_changes.confirm(Measure.objects.get(pk=one.pk), by)
    else:
        register_numbers.confirm(one, by)


@dataclass(frozen=True)
class ToTick:
    name: str
    box: str  # its id on the page: that of the first one is the field's, so that errors lead to it
    is_ticked: bool
    about: Any


class ReadingsConfirmForm(RecordForm):
    """Somebody else than who entered them says which of these are right."""

    subject: Group
    heading, button = "Confirm figures and changes", "Confirm what is ticked"
    fields_template = "actions/readings_to_confirm.html"

    ticked = forms.MultipleChoiceField(
        label="What is right",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick what is right.",
            "invalid_choice": "One of these was confirmed or corrected meanwhile. It is not here any more.",
        },
    )

    def __init__(self, *args: Any, subject: Group, waiting: list[Waiting], **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.waiting = {name_of(one): one for one in waiting}
        field: Any = self.fields["ticked"]
        field.choices = [(name, str(one)) for name, one in self.waiting.items()]
        self.initial["ticked"] = [*self.waiting]

    def boxes(self) -> Iterator[ToTick]:
        ticked, box = self["ticked"].value() or [], self["ticked"].auto_id
        for name, one in self.waiting.items():
            yield ToTick(name, box, name in ticked, one)
            box = f"id_{name}"

    def changes_to_have_seen(self) -> ChangeQuerySet:
        models = [model._meta.label_lower for model in (*OF_MEASURES, *OF_REGISTERS)]
        return Change.objects.filter(model__in=models, group=self.subject.pk)

    def history_reason(self) -> str:
        return ""

    def write(self) -> None:
        for name in self.cleaned_data["ticked"]:
            confirm(self.waiting[name], self.user)

    def success_message(self) -> str:
        if len(self.cleaned_data["ticked"]) == len(self.waiting):
            return "Confirmed."
        return "Confirmed. What you left out still waits: ask whoever entered it to correct it."
