"""One valid thing each, on record."""

import factory
from factory.django import DjangoModelFactory

from actions.models import Action, BusinessPlan, StrategicDriver
from gscp.record import Actor, recording
from subgroups.models import Subgroup


class TrackedFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        thing = model_class(*args, **kwargs)
        with recording(Actor("Test"), "made for a test"):
            thing.save()
        return thing


class DriverFactory(TrackedFactory):
    class Meta:
        model = StrategicDriver

    plan = factory.LazyFunction(lambda: BusinessPlan.objects.get(year="2021-22"))
    kind = StrategicDriver.Kind.AUDIT
    text = "Findings of an audit"


class ActionFactory(TrackedFactory):
    class Meta:
        model = Action

    plan = factory.LazyFunction(lambda: BusinessPlan.objects.get(year="2021-22"))
    ref = factory.Sequence(lambda number: f"T{number:05}")
    driver = factory.SubFactory(DriverFactory, plan=factory.SelfAttribute("..plan"))
    title = "A title"
    text = "Something to be done"
    priority = Action.Priority.LOW
    who = "QiiP Subgroup Chair: Gloucestershire Clinical Commissioning Group"
    subgroup = factory.LazyFunction(lambda: Subgroup.objects.get(slug="qiip"))
