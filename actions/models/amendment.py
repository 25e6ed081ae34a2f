"""How the words of a published action change: slips corrected, and amendments that a meeting agreed.

The published words are no copy: they are the action's row as it was when its plan was published, with the
slips since.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from actions.models.action import Action
from actions.models.last_word import BY_A_MEETING, check_agreed_by
from actions.models.plan import BusinessPlan, StrategicDriver, Theme, refuse_if_closed
from actions.models.plan_decision import PlanDecision
from actions.models.taken_out import not_taken_out
from actions.models.who import POST_OR_PARTNER, NamedWho, assign, owners_of
from gscp.dates import day_in_words
from gscp.record import ClearText, FreeText, History, Tracked, TrackedQuerySet, history_of
from gscp.words import lower_first
from subgroups.models import Group, Partner, Post

# What a plan prints of an action, by the names of its columns.
WORDS = (
    "title", "text", "outcome", "known_by", "priority", "theme", "driver", "group", "who", "timescale",
)  # fmt: skip
LEADS, OWNERS = "leads", "owners"
LABELS = {name: str(Action._meta.get_field(name).verbose_name) for name in WORDS} | {  # type: ignore[union-attr]  # of columns
    "text": "wording",
    LEADS: "posts that lead it",
    OWNERS: "partners that own it",
}
NO_SLIP = "This decides who has the last word, so a meeting agrees it: choose “A meeting agreed a change”."


class AmendmentQuerySet(TrackedQuerySet["Amendment"]):
    def slips_or_in_force(self) -> Self:
        return self.filter(Q(decision=None) | Q(decision__state=PlanDecision.State.IN_FORCE))

    def waiting(self) -> Self:
        return self.filter(decision__state=PlanDecision.State.WAITING)

    def since(self, day: date) -> Self:
        """Slips corrected, and changes that came into force, on this day or later."""
        in_force = Q(decision__confirmation__change__clock__date__gte=day)
        return self.slips_or_in_force().filter(Q(decision=None, change__clock__date__gte=day) | in_force)

    def for_pages(self) -> Self:
        return self.select_related(
            "action__plan", "action__group", "decision__meeting__group", "decision__plan", "change",
            "theme", "driver", "to_group",
        ).prefetch_related("named__post__partner", "named__partner", "change__texts")  # fmt: skip


class Amendment(Tracked):
    """New values of some columns of an action. Without a decision it is a slip, and in force at once."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="amendments")
    decision = models.ForeignKey(
        PlanDecision, models.PROTECT, null=True, blank=True, related_name="amendments"
    )
    changed = ClearText("what changes", max_length=200)  # names of WORDS, LEADS and OWNERS, by spaces
    title = FreeText(blank=True, max_length=300)
    text = FreeText("action", blank=True)
    outcome = FreeText("outcome wanted", blank=True)
    known_by = FreeText("how it will be known", blank=True)
    priority = models.CharField(max_length=10, choices=Action.Priority, blank=True)
    theme = models.ForeignKey(Theme, models.PROTECT, null=True, blank=True, related_name="+")
    driver = models.ForeignKey(StrategicDriver, models.PROTECT, null=True, blank=True, related_name="+")
    # Not “group”: an entry is filed under the group that was responsible before.
    to_group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="responsible group"
    )
    who = FreeText("who, as published", blank=True, max_length=500)
    timescale = FreeText("timescale, as published", blank=True, max_length=500)

    objects = AmendmentQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{'Change of' if self.decision_id else 'Slip corrected in'} {lower_first(str(self.action))}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)
        if self.decision_id is None and (name := next(filter(self.names.__contains__, BY_A_MEETING), None)):
            raise ValidationError({name: NO_SLIP})

    @property
    def names(self) -> list[str]:
        return self.changed.split()

    @property
    def labels(self) -> str:
        return ", ".join(LABELS[name] for name in self.names)

    @property
    def new_by_a_meeting(self) -> dict[str, Any]:
        """Of what decides who has the last word, the new values by name."""
        return {name: self.new_value(name) for name in self.names if name in BY_A_MEETING}

    def new_value(self, name: str) -> Any:
        if name in (LEADS, OWNERS):
            named = [row.post if name == LEADS else row.partner for row in self.named.all()]
            return [one for one in named if one]
        return getattr(self, "to_group" if name == "group" else name)

    def add_who(self, posts: list[Post], partners: list[Partner]) -> None:
        if LEADS in self.names:
            for place, post in enumerate(posts, start=1):
                AmendedWho(amendment=self, post=post, position=place).save()
        if OWNERS in self.names:
            for place, partner in enumerate(partners, start=1):
                AmendedWho(amendment=self, partner=partner, position=place).save()

    def apply(self) -> None:
        """Give the action its new values, but for what was taken out of the record meanwhile.

        Raises:
            ValidationError: its new group has ended meanwhile, or another group has the last word by now.
        """
        if "group" in self.names:
            refuse_ended(self.new_value("group"))
        action = Action.objects.select_related("plan").get(pk=self.action_id)
        if self.decision:
            check_agreed_by(self.decision.group, [(action, self.new_by_a_meeting)])
        for name in self.names:
            value = self.new_value(name)
            if name in WORDS and value == not_taken_out(value):
                setattr(action, name, value)
        if "who" in self.names:
            action.who = action.who or str(action.group)
        action.save()
        if LEADS in self.names or OWNERS in self.names:
            posts = self.new_value(LEADS) if LEADS in self.names else action.lead_posts
            partners = self.new_value(OWNERS) if OWNERS in self.names else owners_of(action)
            assign(action, posts, partners)

    def compared(self, values: dict[str, Any]) -> list[tuple[str, str, str]]:
        """Of each thing that changes: its label, the value among these, and the new one."""
        return [
            (LABELS[name], in_words(name, values.get(name)), in_words(name, self.new_value(name)))
            for name in self.names
        ]


class AmendedWho(NamedWho):
    """A post that leads the action, or a partner that owns it, once its amendment is in force."""

    amendment = models.ForeignKey(Amendment, models.PROTECT, related_name="named")

    part_of = ("amendment",)
    history = History()

    class Meta(NamedWho.Meta):
        verbose_name = "who is named in a change"
        constraints = [
            models.CheckConstraint(condition=POST_OR_PARTNER, name="who_is_named_is_a_post_or_a_partner")
        ]

    def __str__(self) -> str:
        return f"{self.post or self.partner}, in: {lower_first(str(self.amendment))}"


def refuse_ended(group: Group) -> None:
    """Raises ValidationError where an action would come to a group that no form offers any more."""
    if group.ended_on:
        raise ValidationError(
            f"The {group} has ended since. Have this taken back, and entered anew for another group."
        )


def in_words(name: str, value: Any) -> str:
    if name in (LEADS, OWNERS):
        return "; ".join(map(str, value or [])) or "Nobody"
    if name == "priority":
        return Action.Priority(value).label if value else "None given"
    return value.text if isinstance(value, Theme | StrategicDriver) else str(value or "")


def values_of(action: Action) -> dict[str, Any]:
    """Of each thing that an amendment can change, what it is today."""
    words = {name: getattr(action, name) for name in WORDS}
    return words | {LEADS: action.lead_posts, OWNERS: owners_of(action)}


def published_words(action: Action) -> dict[str, Any]:
    """The words of an action as its plan was published, with slips corrected since; {} if it never was.

    A slip in words that a meeting had agreed before is none of the published ones. Of a plan that was live
    from the start, and of an action that came later, they are the first on record.
    """
    if not action.plan.was_published:
        return {}
    live = history_of(BusinessPlan)._base_manager.filter(id=action.plan_id, status=BusinessPlan.Status.LIVE)
    rows = history_of(Action)._base_manager.filter(id=action.pk)
    published = live.aggregate(first=models.Min("change_id"))["first"] or 0
    first = rows.aggregate(first=models.Min("change_id"))["first"]
    row = rows.filter(change__lte=max(published, first)).order_by("change_id").last()
    words = {name: getattr(row, name) for name in WORDS}
    agreed: set[str] = set()
    for one in action.amendments.slips_or_in_force().select_related("theme", "driver", "to_group"):
        if one.decision_id:
            agreed.update(one.names)
        else:
            words |= {name: one.new_value(name) for name in one.names if name in WORDS and name not in agreed}
    return words


def before_slips(action: Action) -> dict[str, Any]:
    """Of each thing that was corrected as a slip since a meeting agreed it, what it was before the first."""
    firsts: dict[str, int] = {}
    for one in action.amendments.slips_or_in_force():
        for name in one.names:
            if one.decision_id:
                firsts.pop(name, None)
            else:
                firsts.setdefault(name, one.change_id)
    rows = history_of(Action)._base_manager.filter(id=action.pk).order_by("change_id")
    before = {
        name: getattr(rows.filter(change__lt=number).last(), name)
        for name, number in firsts.items()
        if name in WORDS
    }
    return {name: value for name, value in before.items() if value == not_taken_out(value)}


def why_no_agreed_change(action: Action) -> str:
    """Why a meeting changes no words of it any more; "" if one can."""
    ending = action.standing_ending
    if not (ending or action.goes_on_elsewhere):
        return ""
    goes_on = action.goes_on_elsewhere or ending.fate != Action.Status.WITHDRAWN
    return f"A meeting has decided how {action} ends{': change it where it goes on' if goes_on else ''}."


def locks(action: Action) -> dict[str, str]:
    """By what a form changes, why it cannot be changed today: something about it is undecided."""
    locked: dict[str, str] = {}
    for one in action.amendments.waiting().select_related("decision__meeting__group"):
        assert one.decision  # it waits
        meeting = one.decision.meeting
        why = f"The {meeting.group} agreed a change on {day_in_words(meeting.date)}. It waits for its chair."
        locked |= dict.fromkeys(one.names, why)
    return locked
