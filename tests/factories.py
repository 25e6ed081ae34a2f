"""One valid thing each; saving it is the record's business."""

import factory
from factory.django import DjangoModelFactory

from actions.models import Action, ActionLead
from gscp import clock
from subgroups.models import Post


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    ref = factory.Sequence(lambda number: f"T{number:05}")
    title = "A title"
    text = "Something to be done"
    priority = Action.Priority.LOW
    who = "QiiP Subgroup Chair: Gloucestershire Clinical Commissioning Group"


def let_lead(action: Action, *posts: Post) -> None:
    """From today these posts lead it, and no other: to be called where it may be recorded."""
    for lead in action.leads.filter(ended_on=None):
        lead.ended_on = clock.today()
        lead.save()
    for position, post in enumerate(posts, start=1):
        ActionLead(action=action, post=post, position=position).save()
    vars(action).pop("current_leads", None)
