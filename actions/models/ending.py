"""How actions end with their year: withdrawn, merged, split or carried forward, as a meeting decided.

An ending is decided about an open action. Once its decision is in force, the actions in which it goes on
are made; what the plan copied of it before goes on with it. The action itself ends when all of those are in
a live plan: a draft is on no dashboard, and nothing open is out of sight. Until then both stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from actions.models.action import Action
from actions.models.amendment import Amendment
from actions.models.carrying import go_on_in, stand_like
from actions.models.chain import LAPSE, TERMS, State
from actions.models.copying import begun_in
from actions.models.exception import ExceptionReport
from actions.models.last_word import check_ended_by
from actions.models.plan import BusinessPlan, refuse_if_closed
from actions.models.plan_decision import PlanDecision, adoption_that_waits
from actions.models.since_copied import bring_along
from actions.models.taken_out import text_or_taken_out
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from gscp.words import lower_first
from subgroups.models import User

LEAST_PARTS = 2
DRAFT = BusinessPlan.Status.DRAFT


class ActionEndingQuerySet(TrackedQuerySet["ActionEnding"]):
    def not_taken_back(self) -> Self:
        return self.exclude(decision__state=PlanDecision.State.TAKEN_BACK)

    def standing(self) -> Self:
        """Those that have not ended their action yet: they wait for a chair, or for the next plan."""
        in_draft = Successor.objects.filter(to_plan__status=DRAFT).values("ending")
        return self.filter(
            Q(decision__state=PlanDecision.State.WAITING)
            | Q(decision__state=PlanDecision.State.IN_FORCE, pk__in=in_draft)
        )

    def for_pages(self) -> Self:
        successors = Successor.objects.select_related("to_plan", "to_action__plan")
        decision = ("decision__plan", "decision__meeting__group", "decision__confirmation")
        rows = self.select_related("action__plan", "action__group", *decision)
        return rows.prefetch_related(models.Prefetch("successors", successors))


class ActionEnding(Tracked):
    class Fate(models.TextChoices):  # each is the status of the action then
        CARRIED_FORWARD = "carried_forward", "Carried forward"
        MERGED = "merged", "Merged into another action"
        SPLIT = "split", "Split into several actions"
        WITHDRAWN = "withdrawn", "Withdrawn"

    action = models.ForeignKey(Action, models.PROTECT, related_name="endings")
    decision = models.ForeignKey(PlanDecision, models.PROTECT, related_name="endings")
    fate = models.CharField("what becomes of it", max_length=20, choices=Fate)

    objects = ActionEndingQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["pk"]
        verbose_name = "end of an action"
        constraints = [
            models.UniqueConstraint(fields=["decision", "action"], name="an_action_ends_once_a_decision")
        ]

    def __str__(self) -> str:
        return f"{self.get_fate_display()}: {lower_first(str(self.action))}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)

    @property
    def waits_for_plan(self) -> BusinessPlan | None:
        """The draft that has to be published before it ends the action; None if none has."""
        drafts = (one.to_plan for one in self.successors.all() if one.to_plan.is_draft)
        return next(drafts, None) if self.decision.is_in_force else None

    @property
    def is_standing(self) -> bool:
        """Whether it is decided and has not ended its action yet."""
        return self.decision.is_waiting or self.waits_for_plan is not None

    @property
    def is_done(self) -> bool:
        """Whether the action ended like this, and stayed so: it may have been reopened."""
        return self.decision.is_in_force and not self.is_standing and self.action.status == self.fate

    @property
    def state_in_words(self) -> str:
        if plan := self.waits_for_plan:
            return f"Decided. It stays open here until the {plan} is published"
        if self.decision.is_in_force and not self.is_done:
            return f"No longer so: the action is {self.action.get_status_display().lower()}"
        return self.decision.state_in_words

    def enter(
        self,
        plan: BusinessPlan | None = None,
        into: Action | None = None,
        parts: Sequence[str] = (),
    ) -> None:
        """Record how the action ends: carried forward or split into this plan, or merged into that action.

        Raises:
            ValidationError: the action cannot end now, or not like this.
        """
        if why := why_not_ended([self.action], self.decision.plan).get(self.action_id):
            raise ValidationError(why)
        check_ended_by(self.decision.group, [self])
        successors = self.successors_in(plan, into, parts)
        check_not_locked(successors)
        self.save()
        for successor in successors:
            successor.ending = self
            successor.save()

    def successors_in(
        self, plan: BusinessPlan | None, into: Action | None, parts: Sequence[str]
    ) -> list[Successor]:
        """The rows of where it goes on, none of them saved; raises what enter() does of them."""
        if self.fate == self.Fate.WITHDRAWN:
            return []
        if self.fate == self.Fate.MERGED:
            check_goes_into(self.action, into)
            assert into
            return [Successor(to_plan=into.plan, to_action=into)]
        check_goes_on_in(self.action, plan)
        return [Successor(to_plan=plan, text=text) for text in self.texts(parts)]

    def texts(self, parts: Sequence[str]) -> list[str]:
        """Of each action in which it goes on, the new words; "" where it keeps its own."""
        if self.fate != self.Fate.SPLIT:
            return [""]
        texts = [text.strip() for text in parts if text.strip()]
        if len(set(texts)) < max(LEAST_PARTS, len(texts)):
            raise ValidationError({"parts": "Give two or more actions, each on a line, in its own words."})
        return texts

    def begin(self, by: User) -> None:
        """Make the actions in which it goes on, and end it, if those are in a live plan.

        To be called in the act in which its decision comes into force.

        Raises:
            ValidationError: the action is not open any more, or cannot go on there.
        """
        action = Action.objects.select_related("plan", "driver", "theme").get(pk=self.action_id)
        if not action.is_open:
            raise ValidationError(f"{action} is {action.get_status_display().lower()} already.")
        check_ended_by(self.decision.group, [self])
        for place, successor in enumerate(self.successors.select_related("to_action__plan"), start=1):
            if successor.to_action:
                check_goes_into(action, successor.to_action)
            else:
                plan = BusinessPlan.objects.get(pk=successor.to_plan_id)
                check_goes_on_in(action, plan)
                check_not_locked([successor])
                successor.to_action = self.going_on(action, plan, place, successor.text)
                successor.save()
        self.take_effect(by)

    def going_on(self, action: Action, plan: BusinessPlan, place: int, text: str) -> Action:
        """The action of the plan that goes on with it: one that began as its copy, or a new one.

        Of several, the first goes on in the copy.
        """
        begun = begun_in(plan, action) if place == 1 else None
        if begun is None:
            ref = f"{action.ref[:16]}.{place}" if self.fate == self.Fate.SPLIT else action.ref
            return go_on_in(plan, action, ref, text, first=place == 1)
        begun.review_date = begun.review_date or action.review_date
        take_over(action, begun, first=True, text=text)
        return begun

    def take_effect(self, by: User) -> None:
        """End the action, unless it goes on in a draft only; what is undecided about it lapses."""
        successors = list(self.successors.select_related("to_action__plan"))
        action = Action.objects.select_related("plan").get(pk=self.action_id)
        if any(one.to_plan.is_draft for one in successors) or not action.is_open:
            return
        for place, one in enumerate(successors, start=1):
            if one.to_action and self.fate != self.Fate.MERGED:
                take_over(action, one.to_action, first=place == 1)
        action.status = Action.Status(self.fate)
        action.save()
        let_lapse(action, self.decision, self, by)


class SuccessorQuerySet(TrackedQuerySet["Successor"]):
    def standing(self) -> Self:
        taken_back = Q(ending__decision__state=PlanDecision.State.TAKEN_BACK)
        return self.exclude(taken_back).select_related("ending__action__plan", "ending__decision")

    def waiting(self) -> Self:
        return self.standing().filter(ending__decision__state=PlanDecision.State.WAITING)

    def in_force(self) -> Self:
        """Where actions go on, as decided. What is merged into another action leaves that as it is."""
        in_force = self.filter(ending__decision__state=PlanDecision.State.IN_FORCE)
        return in_force.exclude(ending__fate=ActionEnding.Fate.MERGED)


class Successor(Tracked):
    """An action in which one goes on that ended. A new one is made when the decision comes into force."""

    ending = models.ForeignKey(ActionEnding, models.PROTECT, related_name="successors")
    # Not “plan” and “action”: an entry is filed under those of the action that ends.
    to_plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="coming", verbose_name="plan")
    to_action = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="action"
    )
    text = FreeText("its words", blank=True)

    objects = SuccessorQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("ending",)
    history = History()

    class Meta:
        ordering = ["pk"]
        verbose_name = "action that goes on"

    def __str__(self) -> str:
        return f"{self.to_action or 'An action'} of {self.to_plan.label}"


def why_not_ended(actions: Sequence[Action], plan: BusinessPlan) -> dict[int, str]:
    """By their keys, why no meeting can decide now how they end; five queries, however many they are."""
    keys = [action.pk for action in actions]
    standing = ActionEnding.objects.standing().filter(action__in=keys)
    kinds = [kind for kind, terms in TERMS.items() if terms.column == "status"]
    asked = ExceptionReport.objects.undecided().filter(action__in=keys, kind__in=kinds).order_by("-pk")
    changed = Amendment.objects.waiting().filter(action__in=keys)
    ends, undecided = set(standing.values_list("action", flat=True)), {one.action_id: one for one in asked}
    amended = set(changed.values_list("action", flat=True))
    merging = Successor.objects.waiting().filter(to_action__in=keys)
    taken_in = {one.to_action_id: one.ending.action for one in merging}
    why: dict[int, str] = {}
    for action in Action.objects.filter(pk__in=keys).select_related("plan"):
        if not action.takes_reports:
            why[action.pk] = f"{action} is not open in a live plan."
        elif action.plan_id != plan.pk:
            why[action.pk] = f"{action} is not in the {plan}."
        elif action.pk in ends:
            why[action.pk] = f"A meeting has decided how {action} ends already."
        elif action.pk in undecided:
            asked_for = lower_first(undecided[action.pk].get_kind_display())
            why[action.pk] = f"A {asked_for} on {action} is undecided: it comes first."
        elif action.pk in amended:
            why[action.pk] = f"A change of {action} waits for its chair: it comes first."
        elif merged := taken_in.get(action.pk):
            why[action.pk] = f"{merged} is to be merged into {action}: its chair confirms that first."
    return why


def check_goes_on_in(action: Action, plan: BusinessPlan | None) -> None:
    """Raises ValidationError where the action cannot go on as a new one of this plan."""
    if plan is None:
        raise ValidationError({"plan": "Choose the plan that it goes on in."})
    if plan.is_frozen or plan.last_day <= action.plan.last_day:
        raise ValidationError({"plan": f"{action} goes on in a plan that ends later and is not closed."})


def check_not_locked(successors: Iterable[Successor]) -> None:
    """Raises ValidationError where a new action would come into a draft that a meeting adopted."""
    for plan in {one.to_plan for one in successors if one.to_action is None}:
        if adopted := adoption_that_waits(plan):
            waits = f"{plan} is locked. {adopted.state_in_words}. This can be done after that."
            raise ValidationError({"plan": waits})


def ends_that_wait_to_go_on_in(plan: BusinessPlan) -> TrackedQuerySet[PlanDecision]:
    """The decisions that wait for a chair by which actions go on in this plan, each with its `ends`."""
    waiting = Successor.objects.waiting().filter(to_plan=plan).order_by().values("ending__decision")
    ends = models.Prefetch("endings", ActionEnding.objects.for_pages(), to_attr="ends")
    return PlanDecision.objects.filter(pk__in=waiting).for_lists().prefetch_related(ends).order_by("pk")


def adoption_to_come_first(decision: PlanDecision) -> PlanDecision | None:
    """The adoption that waits of a draft in which its actions go on: it is confirmed before, or with it."""
    coming = Successor.objects.filter(ending__decision=decision, to_action=None).order_by().values("to_plan")
    return PlanDecision.objects.waiting().adoptions().filter(plan__in=coming).for_pages().first()


def check_goes_into(action: Action, into: Action | None) -> None:
    """Raises ValidationError where the action cannot be merged into that one."""
    if into is None:
        raise ValidationError({"into": "Choose the action that it is merged into."})
    if into.pk == action.pk:
        raise ValidationError({"into": f"{action} is not merged into itself."})
    if into.plan.is_frozen or not into.is_open:
        raise ValidationError({"into": f"{into} of the {into.plan} is not open."})
    if into.standing_ending:
        raise ValidationError({"into": f"A meeting has decided how {into} ends: choose where that goes on."})


def take_over(old: Action, new: Action, *, first: bool, text: str = "") -> None:
    """Save the new action as the old one stands, with what was agreed of that since it began."""
    bring_along(old, new)
    new.text = text_or_taken_out(text, f"{old} of {old.plan}") if text else new.text
    stand_like(old, new, first=first)


def let_lapse(action: Action, decision: PlanDecision, ending: ActionEnding, by: User) -> None:
    """As a decision on a request does: what could not be asked of the action any more lapses."""
    undecided = ExceptionReport.objects.undecided().filter(action=action).select_related("with_group")
    reason = f"{ending.get_fate_display()} by the {decision.group}: {decision.reason}"
    for report in undecided.order_by("pk"):
        if not report.terms.can_stand(action.status):
            columns: dict[str, Any] = {"to_state": State.LAPSED, "to_group": report.with_group}
            report.add_step(LAPSE, by, decision.group, **columns, reason=reason[:2000])
            report.state = State.LAPSED
            report.save()


def take_effect_with(decision: PlanDecision, by: User) -> None:
    """Let actions end as this decision says that comes into force, or as earlier ones do that waited for it.

    Those wait for the publication of the plan in which their actions go on.
    """
    for ending in decision.endings.for_pages():
        ending.begin(by)
    if decision.kind == PlanDecision.Kind.PUBLICATION:
        in_force = ActionEnding.objects.filter(decision__state=PlanDecision.State.IN_FORCE)
        for ending in in_force.filter(successors__to_plan=decision.plan_id).distinct().for_pages():
            ending.take_effect(by)
