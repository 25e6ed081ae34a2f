"""An action that a meeting agreed to add to a published plan: proposed until its chair confirms it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from actions.models.action import Action
from actions.models.amendment import WORDS, refuse_ended
from actions.models.plan import StrategicDriver, Theme, refuse_if_closed
from actions.models.plan_decision import PlanDecision
from actions.models.taken_out import not_taken_out, text_or_taken_out
from actions.models.who import POST_OR_PARTNER, NamedWho, assign
from gscp.record import ClearText, FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Audit, Group, Partner, Post

# What it holds of an action under the same name: all that is not looked up or made first.
SAME = (
    "ref", *(name for name in WORDS if name not in ("group", "driver")),
    "precision", "original_date", "review_date", "audit",
)  # fmt: skip


class AdditionQuerySet(TrackedQuerySet["Addition"]):
    def waiting(self) -> Self:
        return self.filter(decision__state=PlanDecision.State.WAITING)

    def for_pages(self) -> Self:
        return self.select_related(
            "decision__meeting__group", "decision__plan", "theme", "driver", "to_group", "to_action__plan"
        ).prefetch_related("named__post__partner", "named__partner")


class Addition(Tracked):
    decision = models.ForeignKey(PlanDecision, models.PROTECT, related_name="additions")
    # Not “action” and “group”: an entry is filed under the plan, which has no such action yet.
    to_action = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="additions", verbose_name="action"
    )
    ref = ClearText("#", max_length=20)
    title = FreeText(blank=True, max_length=300)
    text = FreeText("action")
    outcome = FreeText("outcome wanted", blank=True)
    known_by = FreeText("how it will be known", blank=True)
    priority = models.CharField(max_length=10, choices=Action.Priority, blank=True)
    audit = models.ForeignKey(Audit, models.PROTECT, null=True, blank=True, related_name="additions")
    theme = models.ForeignKey(Theme, models.PROTECT, null=True, blank=True, related_name="+")
    # One that the plan has, or the kind and the words of a new one.
    driver = models.ForeignKey(StrategicDriver, models.PROTECT, null=True, blank=True, related_name="+")
    driver_kind = models.CharField(
        "kind of a new strategic driver", max_length=20, choices=StrategicDriver.Kind, blank=True
    )
    driver_text = FreeText("new strategic driver", blank=True)
    to_group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name="responsible group")
    who = FreeText(max_length=500)
    timescale = FreeText(max_length=500, blank=True)
    precision = models.CharField("timescale read as", max_length=10, choices=Action.Precision, blank=True)
    original_date = models.DateField("original date", null=True, blank=True)
    review_date = models.DateField("review date", null=True, blank=True)

    objects = AdditionQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("decision",)
    history = History()

    class Meta:
        ordering = ["pk"]
        verbose_name = "new action of a plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(driver__isnull=False, driver_kind="", driver_text="")
                | (Q(driver=None) & ~Q(driver_kind="") & ~Q(driver_text="")),
                name="a_new_action_has_one_driver",
            )
        ]

    def __str__(self) -> str:
        return f"New action {self.ref}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.decision.plan)

    @property
    def is_waiting(self) -> bool:
        return self.decision.is_waiting

    @property
    def posts(self) -> list[Post]:
        return [one.post for one in self.named.all() if one.post]

    @property
    def partners(self) -> list[Partner]:
        return [one.partner for one in self.named.all() if one.partner]

    def enter(self, posts: Iterable[Post], partners: Iterable[Partner]) -> None:
        """Record it, with who is to lead and to own it; its decision is entered already.

        Raises:
            ValidationError: another action of the plan has its number, or is to have it.
        """
        self.check_ref()
        self.save()
        named = [AddedWho(post=post) for post in posts] + [AddedWho(partner=one) for one in partners]
        for place, who in enumerate(named, start=1):
            who.addition, who.position = self, place
            who.save()

    def check_ref(self) -> None:
        plan = self.decision.plan
        if plan.actions.filter(ref=self.ref).exists():
            raise ValidationError({"ref": f"{plan} has an action {self.ref} already."})
        others = Addition.objects.waiting().filter(decision__plan=plan, ref=self.ref).exclude(pk=self.pk)
        if others.exists():
            raise ValidationError({"ref": f"A new action {self.ref} waits for its chair already."})

    def make(self) -> None:
        """Make the action. To be called in the act in which its decision comes into force.

        Raises:
            ValidationError: another action of the plan has its number by now, or its group has ended.
        """
        self.check_ref()
        refuse_ended(self.to_group)
        driver = self.driver
        if driver is None:
            text = text_or_taken_out(self.driver_text, "this strategic driver")
            driver = StrategicDriver(plan=self.decision.plan, kind=self.driver_kind, text=text)
            driver.save()
        values: dict[str, Any] = {name: not_taken_out(getattr(self, name)) for name in SAME}
        action = Action(plan=self.decision.plan, driver=driver, group=self.to_group, **values)
        action.text = text_or_taken_out(action.text, f"{action} of {action.plan}")
        action.who = action.who or str(action.group)
        action.save()
        assign(action, self.posts, self.partners)
        self.to_action = action
        self.save()


class AddedWho(NamedWho):
    """A post that leads the new action, or a partner that owns it, once its addition is in force."""

    addition = models.ForeignKey(Addition, models.PROTECT, related_name="named")

    part_of = ("addition",)
    history = History()

    class Meta(NamedWho.Meta):
        verbose_name = "who is named in a new action"
        constraints = [
            models.CheckConstraint(condition=POST_OR_PARTNER, name="who_is_added_is_a_post_or_a_partner")
        ]

    def __str__(self) -> str:
        return f"{self.post or self.partner}, in: {self.addition}"
