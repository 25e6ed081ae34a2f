"""One valid thing each; saving it is the record's business."""

import factory
from factory.django import DjangoModelFactory

from actions.models import Action


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    ref = factory.Sequence(lambda number: f"T{number:05}")
    title = "A title"
    text = "Something to be done"
    priority = Action.Priority.LOW
    who = "QiiP Subgroup Chair: Gloucestershire Clinical Commissioning Group"
