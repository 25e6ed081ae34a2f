"""What a meeting decided about a plan: that it adopted it, or agreed to change or to add actions."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from actions.models import effects
from actions.models.action import Action
from actions.models.exception import ExceptionReport
from actions.models.further_action import FurtherAction
from actions.models.line import line_of
from actions.models.plan import BusinessPlan
from actions.models.step import ExceptionStep, taken_back
from actions.models.update import ProgressUpdate
from gscp import clock
from gscp.dates import day_in_words
from gscp.record import Change, FreeText, History, Tracked, TrackedQuerySet, history_of
from gscp.words import lower_first
from subgroups.models import Group, Meeting, User

MOST_NAMED = 20  # actions in a sentence


class PlanDecisionQuerySet(TrackedQuerySet["PlanDecision"]):
    def waiting(self) -> Self:
        return self.filter(state=PlanDecision.State.WAITING)

    def in_force(self) -> Self:
        return self.filter(state=PlanDecision.State.IN_FORCE)

    def adoptions(self) -> Self:
        return self.filter(kind=PlanDecision.Kind.PUBLICATION)

    def to_enter_anew(self) -> Self:
        """Those of which the chair said that they are not so, until it is settled what is.

        One of its kind about its plan settles it, as does another meeting of its group. So does a state of
        the plan in which it cannot be decided any more.
        """
        kinds, said = PlanDecision.Kind, "confirmation__change"
        rows = history_of(PlanDecision)._base_manager.filter(id=OuterRef("pk"), history_type="+")
        alike = PlanDecision.objects.filter(plan=OuterRef("plan"), kind=OuterRef("kind"))
        anew = alike.annotate(entered_in=Subquery(rows.values("change_id"))).filter(
            entered_in__gt=OuterRef(said)
        )
        met = Meeting.objects.held().filter(group=OuterRef("meeting__group")).order_by()
        can_be_decided = Q(kind=kinds.PUBLICATION, plan__status=BusinessPlan.Status.DRAFT) | (
            ~Q(kind=kinds.PUBLICATION) & Q(plan__status=BusinessPlan.Status.LIVE)
        )
        not_so = self.filter(can_be_decided, confirmation__is_so=False)
        return not_so.exclude(Exists(anew)).exclude(
            Exists(met.filter(date__gt=OuterRef(f"{said}__clock__date")))
        )

    def for_pages(self) -> Self:
        return self.select_related("plan", "meeting__group", "change", "confirmation__change")

    def for_lists(self) -> Self:
        """As for_pages(), with what `named` asks for."""
        return self.for_pages().prefetch_related(
            "amendments__action", "endings__action", "additions", "outcomes__recommendation"
        )


class PlanDecision(Tracked):
    """A decision of a meeting about a plan, entered by the Business Manager.

    It changes nothing until a chair of the meeting's group confirms it who did not enter it.
    """

    class Kind(models.TextChoices):
        PUBLICATION = "publication", "Adoption of the plan"
        AMENDMENT = "amendment", "Change of the plan"
        ADDITION = "addition", "New action"
        ENDING = "ending", "End of an action"
        CLOSING = "closing", "Closing of the plan"
        ANSWERS = "answers", "Answers to a review"
        OUTCOME = "outcome", "What became of a recommendation"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for its chair"
        IN_FORCE = "in_force", "In force"
        TAKEN_BACK = "taken_back", "Taken back"

    plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="plan_decisions")
    kind = models.CharField(max_length=20, choices=Kind)
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="plan_decisions")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = FreeText(max_length=2000)
    why_taken_back = FreeText("why it was taken back", max_length=2000, blank=True)

    began_later: str  # set by tell_what_began_later()

    objects = PlanDecisionQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("plan",)
    history = History()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "decision about a plan"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"],
                condition=Q(state="waiting", kind__in=["publication", "closing"]),
                name="one_waiting_decision_of_a_plan",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.plan}"

    @property
    def named(self) -> str:
        """Its name, with the actions that it is about: End of an action: 004 of 2021-22."""
        about = [one.action for one in (*self.amendments.all(), *self.endings.all())]
        refs = listed([one.ref for one in sorted(about, key=attrgetter("position"))])
        refs = refs or listed([one.ref for one in self.additions.all()])
        refs = refs or listed([one.recommendation.number for one in self.outcomes.all()])
        return f"{self.get_kind_display()}: {refs} of {self.plan.label}" if refs else str(self)

    def get_absolute_url(self) -> str:
        return reverse("plan_decision", args=[self.pk])

    @property
    def group(self) -> Group:  # whose chair confirms it
        return self.meeting.group

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_in_force(self) -> bool:
        return self.state == self.State.IN_FORCE

    @property
    def is_confirmed(self) -> bool:
        return hasattr(self, "confirmation") and self.confirmation.is_so

    @property
    def is_not_so(self) -> bool:
        return hasattr(self, "confirmation") and not self.confirmation.is_so

    @property
    def why_not_so(self) -> str:
        return self.confirmation.why if self.is_not_so else ""

    @cached_property
    def entry(self) -> Change:  # `change` is its last: that it was confirmed, or taken back
        rows = history_of(PlanDecision)._base_manager.filter(id=self.pk).select_related("change")
        first: Change = rows.earliest("change_id").change
        return first

    @property
    def entered_at(self) -> datetime:
        return self.entry.clock

    @property
    def was_entered_late(self) -> bool:
        return timezone.localdate(self.entered_at) > self.meeting.date

    @property
    def state_in_words(self) -> str:
        if self.is_waiting:
            return f"Not in force until the chair of the {self.group} confirms it"
        if self.is_not_so:
            return f"Taken back: the chair of the {self.group} said that it is not so"
        return self.get_state_display()

    def enter(self, by: User) -> None:
        """Record what the meeting decided; it waits for the chair.

        Raises:
            ValidationError: the meeting cannot have decided it, or the plan is not in a state for it.
        """
        self.entered_by = by
        self.check_meeting()
        self.check_plan()
        self.save()

    def check_meeting(self) -> None:
        meeting = self.meeting
        if not meeting.group.decides():
            raise ValidationError({"meeting": f"The {meeting.group} takes no decisions."})
        if meeting.called_off or meeting.date > clock.today():
            raise ValidationError({"meeting": f"The meeting of {day_in_words(meeting.date)} was not held."})
        if not meeting.decisions_take_effect:
            raise ValidationError({"meeting": "Not enough partners were at this meeting."})

    def check_plan(self) -> None:
        plan = BusinessPlan.objects.get(pk=self.plan_id)
        if self.kind in OF_REVIEWS:
            # A review goes on after the year of its plan: closing that changes nothing of it.
            if not plan.was_published:
                raise ValidationError(f"{plan} is {plan.get_status_display().lower()}.")
        elif self.kind != self.Kind.PUBLICATION:
            if not plan.is_live:
                raise ValidationError(f"{plan} is {plan.get_status_display().lower()}.")
            if self.kind == self.Kind.CLOSING and (left := left_before_closing(plan)):
                raise ValidationError(left)
        elif not plan.is_draft:
            raise ValidationError(f"{plan} is published already.")
        elif not plan.actions.exclude(status=Action.Status.WITHDRAWN).exists():
            raise ValidationError(f"{plan} has no action yet. Add one before it is published.")

    def come_into_force(self) -> None:
        """To be called in the act in which its chair confirms it, and take_effect() after it.

        Raises:
            ValidationError: it is not waiting any more, or it cannot happen any more.
        """
        self.check_waiting()
        self.check_meeting()
        self.check_plan()
        self.state = self.State.IN_FORCE
        self.save()

    def take_effect(self) -> None:
        """Let what was decided happen.

        Raises:
            ValidationError: a change or a new action cannot be made any more.
        """
        if self.kind in STATUS_OF_PLAN:
            plan = BusinessPlan.objects.get(pk=self.plan_id)
            plan.status = STATUS_OF_PLAN[self.kind]
            plan.save()
        amendments: Any = self.amendments
        for amendment in amendments.order_by("pk"):
            amendment.apply()
        additions: Any = self.additions
        for addition in additions.order_by("pk"):
            addition.make()
        outcomes: Any = self.outcomes
        for outcome in outcomes.select_related("recommendation__driver", "decision").order_by("pk"):
            outcome.take_effect()

    def take_back(self, why: str) -> None:
        """Take back what was entered by mistake: it never comes into force.

        Why is "" where its chair said that it is not so: the reason is in the confirmation.

        Raises:
            ValidationError: it is not waiting any more.
        """
        self.check_waiting()
        self.state, self.why_taken_back = self.State.TAKEN_BACK, why
        self.save()

    def check_waiting(self) -> None:
        if not self.is_waiting:
            raise ValidationError(f"This is {self.get_state_display().lower()}.")


# These are about a review that a plan names, and change nothing of the plan.
OF_REVIEWS = (PlanDecision.Kind.ANSWERS, PlanDecision.Kind.OUTCOME)

# What some kinds make of the plan, once in force.
STATUS_OF_PLAN: dict[str, str] = {
    PlanDecision.Kind.PUBLICATION: BusinessPlan.Status.LIVE,
    PlanDecision.Kind.CLOSING: BusinessPlan.Status.CLOSED,
}


def has_decisions_in_force(meeting: Meeting) -> bool:
    """Whether something that this meeting decided is in force, and was not taken back since."""
    of_requests = meeting.decisions.filter(~taken_back(), provisional=False)
    # What it corrected of its own has no effect without it.
    of_requests = of_requests.exclude(move="correct", points_to__meeting=meeting)
    of_plans, baselines = meeting.plan_decisions.in_force(), meeting.baselines.standing()
    return any(some.exists() for some in (of_requests, of_plans, baselines))


def rated_unconfirmed(plan: BusinessPlan) -> list[int]:
    """The keys of its actions that have their rating from a report which its chair has not confirmed."""
    reports = ProgressUpdate.objects.unconfirmed().filter(action__plan=plan, nil_return=False)
    unconfirmed = {report.pk: report.action_id for report in reports}
    found = []
    for action in dict.fromkeys(unconfirmed.values()):
        counting = ProgressUpdate.objects.keys_that_count(line_of(action))
        rated_by = next((key for key, is_nil in counting if not is_nil), None)
        found += [action] if rated_by in unconfirmed else []
    return found


def left_before_closing(plan: BusinessPlan) -> list[str]:
    """What has to be settled before the plan is closed, in sentences."""
    left = []
    if still_open := refs_of(plan.actions.open()):
        left.append(f"These actions are open: {still_open}.")
    further = FurtherAction.objects.left().order_by().filter(action__plan=plan)
    if refs := refs_of(plan.actions.filter(pk__in=further.values("action"))):
        left.append(f"Say first what became of the further actions of these actions: {refs}.")
    asked = ExceptionReport.objects.undecided_or_provisional().filter(action__plan=plan)
    if undecided := refs_of(plan.actions.filter(pk__in=asked.values("action"))):
        left.append(f"A request about these actions is undecided: {undecided}.")
    # A closed plan keeps its ratings, whatever the chair says of them later.
    if refs := refs_of(plan.actions.filter(pk__in=rated_unconfirmed(plan))):
        left.append(f"The chair has not confirmed what these actions are rated by: {refs}.")
    decided = ExceptionStep.objects.filter(report__action__plan=plan).exclude(meeting=None)
    unconfirmed = decided.unconfirmed().order_by().values("report__action")
    if refs := refs_of(plan.actions.filter(pk__in=unconfirmed)):
        left.append(f"The chair has not confirmed a decision about these actions: {refs}.")
    denied = [step.report.about_id for step in decided.to_correct() if effects.stands(step.report)]
    if refs := refs_of(plan.actions.filter(pk__in=denied)):
        left.append(
            f"The chair said that a decision about these actions is not so: {refs}. Correct it first."
        )
    waiting = plan.plan_decisions.waiting().exclude(kind=PlanDecision.Kind.CLOSING)
    left += [f"{one.named}: {lower_first(one.state_in_words)}." for one in waiting.for_lists()]
    return left


def group_that_adopts() -> Group | None:
    """Of those that accept completion of High priority, and those above, the one that adopted the last plan.

    Where there is none that still decides, the group at the top. None before a partnership is on record.
    """
    groups = Group.objects.with_lines()
    accepting = {above for group in groups if group.accepts_high for above in group.line}
    in_force = PlanDecision.objects.adoptions().in_force().filter(meeting__group__in=accepting or groups)
    last = in_force.select_related("meeting__group").first()
    return last.group if last and last.group.decides() else Group.objects.top()


def adoption_that_waits(plan: BusinessPlan) -> PlanDecision | None:
    return plan.plan_decisions.waiting().adoptions().for_pages().first()


def drafts_not_adopted() -> models.QuerySet[BusinessPlan]:
    locked = PlanDecision.objects.waiting().adoptions().values("plan")
    return BusinessPlan.objects.drafts().exclude(pk__in=locked)


def why_not_imported(plan: BusinessPlan) -> str:
    """Why no table is imported into it; "" if one can be: only into a draft that no meeting has adopted."""
    if not plan.is_draft:
        return f"{plan} is {plan.get_status_display().lower()}. A table is imported into a draft only."
    waiting = adoption_that_waits(plan)
    return f"The {waiting.group} adopted these words. {waiting.state_in_words}." if waiting else ""


def refs_of(actions: models.QuerySet[Action]) -> str:
    return listed(list(actions.order_by("position", "pk").values_list("ref", flat=True)[: MOST_NAMED + 1]))


def listed(refs: list[str]) -> str:
    return ", ".join(refs[:MOST_NAMED]) + (" and more" if len(refs) > MOST_NAMED else "")
