"""Records what an import proposes: inside recording(), so all of it or nothing."""

from typing import Any

from actions.models import (
    Action,
    ActionLead,
    BusinessPlan,
    FurtherAction,
    Milestone,
    OtherColumn,
    Ownership,
    StrategicDriver,
    Theme,
)
from actions.models.address import NOT_AN_ADDRESS, address_of
from actions.models.who import assign
from actions.tables.proposing import Changed, Proposal
from actions.tables.wanted import Wanted
from gscp import clock
from gscp.record import many_rows
from gscp.words import numbered

NOT_IN_TABLE = "It is no longer in the plan's table."


def record_import(proposal: Proposal) -> None:
    """Record what is added and changed.

    Raises:
        ValidationError: a record refuses what a row says.
        RuntimeError: something has to be answered first.
    """
    if proposal.plan is None or proposal.must_be_answered:
        raise RuntimeError("An import is recorded once what must be answered is answered.")
    parts = Parts(proposal.plan)
    with many_rows():
        for wanted in [*proposal.added, *(changed.wanted for changed in proposal.changed)]:
            parts.make(wanted)
        add_actions(proposal, parts)
    for changed in proposal.changed:
        change(changed, parts)


class Parts:
    """The drivers and themes of the plan, and those that the table adds."""

    def __init__(self, plan: BusinessPlan) -> None:
        self.plan = plan
        self.drivers = {(driver.kind, driver.text): driver for driver in plan.drivers.order_by("-pk")}
        # A table without a column for the kind takes the driver of its words, whatever its kind is.
        self.by_text = {text: driver for (_, text), driver in self.drivers.items()}
        self.themes = {theme.text: theme for theme in plan.themes.order_by("-pk")}

    def make(self, wanted: Wanted) -> None:
        kind, text = wanted.driver
        if self.driver(wanted) is None:
            driver = StrategicDriver(plan=self.plan, kind=kind, text=text)
            driver.save()
            self.drivers[kind, text] = driver
            self.by_text.setdefault(text, driver)
        if wanted.theme and wanted.theme not in self.themes:
            theme = Theme(plan=self.plan, text=wanted.theme, position=len(self.themes) + 1)
            theme.save()
            self.themes[wanted.theme] = theme

    def driver(self, wanted: Wanted) -> StrategicDriver | None:
        if wanted.row.fields.get("kind"):
            return self.drivers.get(wanted.driver)
        return self.by_text.get(wanted.driver[1])

    def theme(self, wanted: Wanted) -> Theme | None:
        return self.themes.get(wanted.theme)


def add_actions(proposal: Proposal, parts: Parts) -> None:
    """Each new action after the one that is printed before it, which may have been there."""
    addresses = set(Action.on_record.filter(plan=parts.plan).values_list("slug", flat=True))
    is_new_plan = not parts.plan.actions.exists()
    last = 0
    for wanted, action in proposal.in_order:
        if action:
            last = action.position
            continue
        last += is_new_plan
        slug = free_address(wanted.ref, addresses)
        addresses.add(slug)
        driver: Any = parts.driver(wanted)
        group: Any = wanted.group
        added = Action(
            plan=parts.plan, ref=wanted.ref, slug=slug, position=last, theme=parts.theme(wanted),
            driver=driver, group=group, status=Action.Status.NOT_STARTED.value, **wanted.values,
        )  # fmt: skip
        added.save()
        add_parts(added, wanted)


def free_address(ref: str, taken: set[str]) -> str:
    return next(
        slug for slug in numbered(address_of(ref)) if slug.lower() != NOT_AN_ADDRESS and slug not in taken
    )


def add_parts(action: Action, wanted: Wanted) -> None:
    for position, post in enumerate(wanted.posts, start=1):
        ActionLead(action=action, post=post, position=position).save()
    for partner in wanted.partners:
        Ownership(action=action, partner=partner).save()
    if wanted.further:
        FurtherAction(action=action, text=wanted.further, fate=FurtherAction.Fate.IDENTIFIED.value).save()
    for due, text in wanted.milestones:
        Milestone(action=action, due=due, text=text).save()
    for heading, text in wanted.other.items():
        OtherColumn(action=action, heading=heading, text=text).save()


def change(changed: Changed, parts: Parts) -> None:
    """Only what differs."""
    action, wanted = changed.action, changed.wanted
    names = {one.name for one in changed.differences}
    for name in names & wanted.values.keys():
        setattr(action, name, wanted.values[name])
    if "ref" in names:
        action.ref = wanted.ref
    if names & {"driver", "kind"}:
        driver: Any = parts.driver(wanted)
        action.driver = driver
    if "theme" in names:
        action.theme = parts.theme(wanted)
    if "group" in names and wanted.group:
        action.group = wanted.group
    if names - PARTS:
        action.save()
    if names & {"leads", "owners"}:
        assign(action, wanted.posts, {one.successor_on(clock.today()): one for one in wanted.partners})
    if "further" in names:
        change_further(action, wanted)
    if "milestones" in names:
        change_milestones(action, wanted)
    others = {one.heading: one for one in action.other_columns.all()}
    for heading in [one.label for one in changed.differences if one.name == "other"]:
        other = others.get(heading) or OtherColumn(action=action, heading=heading)
        other.text = wanted.other.get(heading, "")
        other.save()


PARTS = {"leads", "owners", "further", "milestones", "other"}


def change_further(action: Action, wanted: Wanted) -> None:
    """Correct the one there is; where the table has none any more it is dropped, since nothing is deleted."""
    open_ones = [one for one in action.further_actions.all() if one.fate == one.Fate.IDENTIFIED]
    if not wanted.further:
        for one in open_ones:
            one.fate, one.fate_on, one.fate_reason = one.Fate.DROPPED, clock.today(), NOT_IN_TABLE
            one.save()
        return
    further = open_ones[0] if len(open_ones) == 1 else FurtherAction(action=action)
    further.text = wanted.further
    further.save()


def change_milestones(action: Action, wanted: Wanted) -> None:
    """One with the same words or the same day is corrected, others are added; none is ever deleted."""
    free = [one for one in action.milestones.all() if (one.due, one.text) not in wanted.milestones]
    there = {(one.due, one.text) for one in action.milestones.all()}
    for due, text in wanted.milestones:
        if (due, text) in there:
            continue
        like = [one for one in free if one.text == text] or [one for one in free if due and one.due == due]
        milestone = like[0] if like else Milestone(action=action)
        if like:
            free.remove(milestone)
        milestone.due, milestone.text = due, text
        milestone.save()
