"""One valid thing each; saving it is the record's business."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from actions.models import (
    Action,
    ActionLead,
    Amendment,
    BusinessPlan,
    Confirmation,
    FurtherAction,
    PlanDecision,
    StrategicDriver,
)
from gscp import clock
from gscp.mail.models import Mail
from subgroups.models import Group, Measure, Meeting, Post, Reading, User

# Of a proposal of completion: when its impact will be checked, by whom and how.
TO_CHECK = {
    "impact_check_on": date(2021, 12, 31),
    "impact_check_by": "Executive Vice-chair",
    "impact_check_how": "audit",
}


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    ref = factory.Sequence(lambda number: f"T{number:05}")
    title = "A title"
    text = "Something to be done"
    priority = Action.Priority.LOW
    who = "QiiP Subgroup Chair: Gloucestershire Clinical Commissioning Group"


def a_mail():
    return Mail.objects.create(address="chair@council.example", subject="Papers close", text="On Tuesday.")


def measure_of(group: str, **columns: Any) -> Measure:
    """A share that is read every month, of all agencies together: to be called where it may be recorded."""
    given = {
        "name": "Places taken up",
        "definition": "How many of the places that were offered were taken up.",
        "numerator": "places attended",
        "denominator": "places offered",
        "better": "up",
        "frequency": "month",
        "tolerance": 50,
        "source": "Register of training",
        "first_day": date(2020, 4, 1),
    }
    measure = Measure(group=Group.objects.get(slug=group), **given | columns)
    measure.save()
    return measure


def read(measure: Measure, entered_by: User, period: date, *counts: int, **columns: Any) -> Reading:
    """A figure of a measure: to be called where it may be recorded."""
    figures = dict(zip(("numerator", "denominator"), map(str, counts), strict=False))
    given = {"answer": "figure" if counts else "not_supplied"} | figures | columns
    reading = Reading(measure=measure, period=period, entered_by=entered_by, **given)
    reading.save()
    return reading


def another_plan(label: str, title: str, first_day: date, last_day: date) -> StrategicDriver:
    """The driver of a new plan, live beside the published one: to be called where it may be recorded."""
    published = BusinessPlan.objects.first()
    assert published
    plan = BusinessPlan(
        label=label,
        title=title,
        first_day=first_day,
        last_day=last_day,
        status=BusinessPlan.Status.LIVE,
        **{f"{rating}_means": meaning for rating, meaning in published.rating_key},
    )
    plan.save()
    driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
    driver.save()
    return driver


def draft_plan(label: str, status: str = BusinessPlan.Status.DRAFT) -> BusinessPlan:
    """A new plan of the year after the published one: to be called where it may be recorded."""
    published = BusinessPlan.objects.get(label="2021-22")
    meanings = {f"{rating}_means": meaning for rating, meaning in published.rating_key}
    days = {"first_day": date(2022, 4, 1), "last_day": date(2023, 3, 31)}
    plan = BusinessPlan(label=label, title=f"Business Plan {label}", status=status, **days, **meanings)
    plan.save()
    return plan


def settle_further_actions(plan: BusinessPlan) -> None:
    """They are all done: to be called where it may be recorded."""
    for further in FurtherAction.objects.left().filter(action__plan=plan):
        further.settle(FurtherAction.Fate.DONE, "It was done with its action")


def close_plan(plan: BusinessPlan) -> None:
    """Each open action is complete, and the plan is closed: to be called where it may be recorded."""
    for action in plan.actions.open():
        action.status = Action.Status.COMPLETE
        action.save()
    plan.status = BusinessPlan.Status.CLOSED
    plan.save()


def agree(action: Action, changed: str, leads: Sequence[Post] = (), **new: Any) -> None:
    """The top group agreed these values, and they are in force: to be called where it may be recorded.

    Nobody asks whether its meeting had a quorum.
    """
    meeting, user = Meeting.objects.filter(group=Group.objects.top()).first(), User.objects.first()
    decision = PlanDecision(
        plan=action.plan, kind="amendment", meeting=meeting, entered_by=user, reason="As agreed"
    )
    decision.save()
    change = Amendment(action=action, decision=decision, changed=changed, **new)
    change.save()
    change.add_who([*leads], [])
    in_force(decision)
    change.apply()


def let_answer(action: Action, slug: str, changed: str = "group") -> None:
    """That group is responsible, as was agreed; with “group leads” no post leads it any more."""
    agree(action, changed, to_group=Group.objects.get(slug=slug))


def in_force(decision: PlanDecision) -> None:
    """As who entered it says of it, which no form lets them."""
    Confirmation.of(decision, decision.entered_by).save()
    decision.state = PlanDecision.State.IN_FORCE
    decision.save()


def let_lead(action: Action, *posts: Post) -> None:
    """From today these posts lead it, and no other: to be called where it may be recorded."""
    for lead in action.leads.filter(ended_on=None):
        lead.ended_on = clock.today()
        lead.save()
    for position, post in enumerate(posts, start=1):
        ActionLead(action=action, post=post, position=position).save()
    vars(action).pop("current_leads", None)
