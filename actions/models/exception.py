"""What goes up the chain for a decision."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from actions.models import chain
from actions.models.action import Action
from actions.models.chain import GRANTED_OR_DONE, RAISE, UNDECIDED, WITH_A_BODY, Kind, Move, State
from actions.models.step import ExceptionStep
from gscp import clock
from gscp.dates import day
from gscp.record import FreeText, History, Tracked, TrackedQuerySet, history_of
from gscp.words import lower_first
from subgroups.models import Meeting, Subgroup, User


class ExceptionReportQuerySet(TrackedQuerySet["ExceptionReport"]):
    def undecided(self):
        return self.filter(state__in=UNDECIDED)

    def before(self, tier: str):
        """Those the body of this tier has to decide, the longest asked for first."""
        return self.filter(state=tier).order_by("pk")

    def with_promise(self):
        """Granted, and something is still to come."""
        unchecked = Q(kind=Kind.COMPLETION, impact="", impact_check_on__isnull=False)
        return self.filter(Q(kind=Kind.EXCEPTION) | unchecked, state=State.GRANTED)

    def for_pages(self):
        """With the action and the steps that a line about one of them shows: two queries."""
        steps = ExceptionStep.objects.select_related("change", "meeting__subgroup", "post")
        return self.select_related(
            "change",
            "action__plan",
            "action__subgroup__reports_to__reports_to",
            "action__lead_post",
        ).prefetch_related(models.Prefetch("steps", steps))


class ExceptionReport(Tracked):
    """An exception to the plan as agreed, and the decision asked for.

    Either something is off plan and needs a decision, or a chair asks for what only a meeting may
    grant: a new date, completion, reopening, withdrawal. What was asked is never edited; where it
    stands (`state`) is where its steps lead.
    """

    action = models.ForeignKey(Action, models.PROTECT, related_name="exception_reports")
    kind = models.CharField(max_length=20, choices=Kind)
    found_by = models.CharField("found by rule", max_length=500, blank=True)
    what = FreeText("what is off plan", blank=True)
    cause = FreeText(blank=True)
    effect = FreeText("effect on children", blank=True)
    recovery = FreeText("recovery action", blank=True)
    forecast = models.DateField("new forecast", null=True, blank=True)
    asked_for = FreeText("decision asked for", blank=True, max_length=2000)
    evidence = FreeText(blank=True, max_length=1000)
    impact = FreeText("what difference it made for children", blank=True)
    impact_check_on = models.DateField("impact will be checked on", null=True, blank=True)
    state = models.CharField(max_length=20, choices=State)

    objects = ExceptionReportQuerySet.as_manager()
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "kind"], condition=Q(state__in=UNDECIDED), name="one_undecided_of_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.NEW_DATE) | Q(forecast__isnull=False), name="a_new_date_is_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.COMPLETION)
                | (~Q(evidence="") & (~Q(impact="") | Q(impact_check_on__isnull=False))),
                name="a_completion_has_evidence_and_impact",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} on {self.about}"

    def get_absolute_url(self):
        return reverse("exception_detail", args=[self.pk])

    @property
    def terms(self) -> chain.Terms:
        return chain.TERMS[self.kind]

    @property
    def about(self) -> Action:
        """What the decision is asked about."""
        return self.action

    @property
    def subgroup(self) -> Subgroup:
        """Whose chair asks."""
        return self.about.subgroup

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What it says, field by field, under the labels it was asked by."""
        values = ((label, getattr(self, name)) for name, label in self.terms.fields.items())
        return [(label, day(value) if isinstance(value, date) else value) for label, value in values if value]

    @property
    def summary(self) -> str:
        words = self.asked_for or self.cause or self.what
        return f"{day(self.forecast)}: {words}" if self.kind == Kind.NEW_DATE else words

    @property
    def asked_at(self) -> datetime:
        return self.steps.all()[0].change.at

    def action_when_asked(self) -> models.Model:
        """The action's history row as it stood when this was asked."""
        asked = self.steps.all()[0]
        return Action.objects.filter(pk=self.action_id).as_at(asked.change_id).get()

    def waiting_since(self, meeting: Meeting) -> date:
        """The day on which it came to stand where this meeting found it.

        What the meeting itself decided may be entered days later, and is still corrected at it.
        """
        steps = [s for s in self.steps.all() if not s.provisional and s.meeting_id != meeting.pk]
        return timezone.localdate(steps[-1].change.at)

    def came_too_late_for(self, meeting: Meeting) -> bool:
        return self.waiting_since(meeting) > meeting.date

    def can_be_decided_at(self, meeting: Meeting) -> bool:
        """It has begun, and what it is to decide did not come after it."""
        return meeting.date <= clock.today() and not self.came_too_late_for(meeting)

    @property
    def promise(self) -> str:
        """What was granted and is still to come; empty where nothing is."""
        if self.state != State.GRANTED:
            return ""
        if self.kind == Kind.EXCEPTION:
            return "not reported done yet"
        if self.kind == Kind.COMPLETION and self.impact_check_on and not self.impact:
            return f"impact to be checked on {day(self.impact_check_on)}"
        return ""

    @property
    def state_in_words(self) -> str:
        """Where it stands, and what of it is still to come."""
        return ", ".join(filter(None, [self.get_state_display(), self.promise]))

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def askers(self) -> set[int]:
        """The ids of those who asked for it or answered for it."""
        return {step.entered_by_id for step in self.steps.all() if step.move in chain.ASKING}

    @property
    def decisions(self) -> list[ExceptionStep]:
        return [step for step in self.steps.all() if step.meeting_id]

    @property
    def provisional(self) -> ExceptionStep | None:
        """The decision of a meeting without a quorum that waits to be ratified."""
        last = list(self.steps.all())[-1:]
        return last[0] if last and last[0].provisional else None

    @property
    def decision_in_force(self) -> ExceptionStep | None:
        """The decision that stands, which its body can correct."""
        made = [step for step in self.decisions if not step.provisional]
        return made[-1] if made and self.state in chain.DECIDED else None

    @property
    def decision_heading(self) -> str:
        """What the body has to do with it, as its link and its page's heading say it."""
        return "Correct the decision" if self.state in chain.DECIDED else "Enter the decision"

    @property
    def body_tier(self) -> str:
        """The tier of the body it is with, or that decided it."""
        if self.state in WITH_A_BODY:
            return self.state
        decided = (step.from_state for step in reversed(self.decisions) if step.from_state in WITH_A_BODY)
        return next(decided, "")

    @property
    def is_for_executive(self) -> bool:
        """Of High priority nothing is complete, and of its own chair's actions nothing is decided,
        without the Executive."""
        high = self.kind == Kind.COMPLETION and self.about.priority == Action.Priority.HIGH
        return high or self.about.is_answered_for_by(Subgroup.Tier.MANAGEMENT_GROUP)

    @property
    def is_with_answering_body(self) -> bool:
        """With the Management Group, whose own chair answers for the action by now."""
        return self.state == State.MANAGEMENT_GROUP and self.about.is_answered_for_by(
            Subgroup.Tier.MANAGEMENT_GROUP
        )

    @property
    def needs_executive(self) -> bool:
        """With the Management Group, which cannot grant it."""
        return self.state == State.MANAGEMENT_GROUP and self.is_for_executive

    @property
    def lacks_impact(self) -> bool:
        return not self.impact

    def allows(self, move: Move) -> bool:
        """Whether the move is open from where it stands, whoever makes it."""
        return self.state in move.from_states and self.kind in move.kinds and move.condition.met(self)

    def next_moves(self) -> list[Move]:
        """What can happen to it next, whoever makes it happen."""
        return [move for move in chain.MOVES if self.allows(move)]

    def moves_for(self, user: User) -> list[Move]:
        """The moves open to this user; each permission is asked once, however many moves take it."""
        moves = self.next_moves()
        allowed = {name: user.has_perm(name, self) for name in {move.permission for move in moves}}
        return [move for move in moves if allowed[move.permission]]

    @property
    def why_not_open(self) -> str:
        """Why this cannot be asked of the action as it stands; empty where it can."""
        action = self.about
        if action.status not in self.terms.statuses:
            return f"{action} is {action.get_status_display().lower()}."
        if self.kind == Kind.NEW_DATE and not (action.agreed_date or action.original_date):
            return f"{action} has no date yet: the Business Manager sets the first one."
        return ""

    def ask(self, by: User) -> None:
        """Record it as asked for, before the body that decides first.

        Raises:
            ValidationError: the action is not one of which this can be asked, or it has been.
        """
        if self.why_not_open:
            raise ValidationError(self.why_not_open)
        self.check_no_other_undecided()
        due = self.about.agreed_date or self.about.original_date
        if self.kind == Kind.NEW_DATE and due == self.forecast:
            raise ValidationError(f"That is the date of {self.about} already.")
        own = self.about.is_answered_for_by(Subgroup.Tier.MANAGEMENT_GROUP) or any(
            body.tier == Subgroup.Tier.MANAGEMENT_GROUP for body in by.chaired
        )
        self.state = State.EXECUTIVE if own else State.MANAGEMENT_GROUP
        self.save()
        self.step(RAISE, "", self.state, by, self.subgroup.acting_body())
        self.take_effect()

    def make(self, move: Move, by: User, reason: str, meeting: Meeting | None = None) -> ExceptionStep:
        """Move it, with what follows for the action.

        A decision of a meeting without a quorum is provisional: it is recorded and changes nothing.

        Raises:
            ValidationError: the move is not open from here, or not at this meeting.
        """
        if not self.allows(move):
            raise ValidationError(
                f"“{move.label}” is not open: the {lower_first(self.get_kind_display())} is "
                f"{lower_first(self.get_state_display())}."
            )
        if move.decides:
            self.check_meeting(meeting)
        elif meeting:  # it would pass for a decision, which can be corrected
            raise ValidationError(f"“{move.label}” is no decision of a meeting.")
        earlier = self.points_to(move)
        quorate = meeting is None or meeting.is_quorate
        if move.name == "ratify" and not quorate:
            raise ValidationError("This meeting is not quorate either: it cannot ratify anything.")
        to = move.to_state or (earlier.to_state if earlier and move.name == "ratify" else self.body_tier)
        body = meeting.subgroup if meeting else self.subgroup.acting_body()
        step = self.step(move.name, self.state, to, by, body, reason, meeting, not quorate, earlier)
        if quorate:
            if step.corrects:
                self.undo(step.corrects)
            self.state = to
            self.save()
            self.take_effect()
        return step

    def points_to(self, move: Move) -> ExceptionStep | None:
        """The earlier decision that this one corrects, ratifies or takes the place of."""
        if move.name == "correct":
            return self.decision_in_force
        return self.provisional if move.decides else None

    def step(
        self, move, from_state, to_state, by, body, reason="", meeting=None, provisional=False, points_to=None
    ) -> ExceptionStep:
        step = ExceptionStep(
            report=self,
            move=move,
            from_state=from_state,
            to_state=to_state,
            entered_by=by,
            post=by.post_in(body),
            on_behalf=move in chain.ENTERED_FOR_CHAIR and body not in by.chaired,
            meeting=meeting,
            provisional=provisional,
            points_to=points_to,
            reason=reason,
        )
        step.save()
        return step

    def check_meeting(self, meeting: Meeting | None) -> None:
        """Raises ValidationError unless this meeting may decide it today."""
        if meeting is None:
            raise ValidationError("A decision names the meeting that took it.")
        if meeting.subgroup.tier != self.body_tier:
            raise ValidationError(
                f"This is not for the {meeting.subgroup} to decide: "
                f"it is {lower_first(self.get_state_display())}."
            )
        meeting.check_can_decide()
        came = self.waiting_since(meeting)
        if came > meeting.date:
            raise ValidationError(
                f"It has stood like this since {day(came)} only, after the meeting of {day(meeting.date)}."
            )

    def check_no_other_undecided(self) -> None:
        """Raises ValidationError where another of its kind is undecided."""
        same = type(self).objects.undecided().filter(action=self.action_id, kind=self.kind)
        if same.exclude(pk=self.pk).exists():
            raise ValidationError(
                f"Another {lower_first(self.get_kind_display())} on {self.about} is undecided: "
                "it comes first."
            )

    def check_status(self, statuses) -> None:
        """Raises ValidationError unless the action's status is one of these."""
        if self.about.status not in statuses:
            raise ValidationError(f"{self.about} is {self.about.get_status_display().lower()}.")

    def take_effect(self) -> None:
        """What its new state means for the action's status and date."""
        terms, action = self.terms, self.about
        if self.state == State.GRANTED:
            if terms.column:
                self.check_status({*terms.statuses, terms.status_asked})
            action.status = terms.status_granted or action.status
            if self.kind == Kind.NEW_DATE:
                action.agreed_date = self.forecast
        # Whatever else is decided: an open action is proposed complete exactly while that is undecided.
        completion = chain.TERMS[Kind.COMPLETION]
        undecided = type(self).objects.undecided().filter(action=action, kind=Kind.COMPLETION).exists()
        if undecided and action.status in completion.statuses:
            action.status = completion.status_asked
        elif not undecided and action.status == completion.status_asked:
            action.status = completion.status_refused
        action.save()

    def undo(self, decision: ExceptionStep) -> None:
        """Take back what a decision granted, unless something later stands on it."""
        self.check_no_other_undecided()
        action, column = self.about, self.terms.column
        if self.state not in GRANTED_OR_DONE or not column:
            return
        alike = [kind for kind, terms in chain.TERMS.items() if terms.column == column]
        others = ExceptionStep.objects.filter(report__action=action, report__kind__in=alike).exclude(
            report=self
        )
        later = others.filter(
            report__state__in=GRANTED_OR_DONE, provisional=False, change__gt=decision.change_id
        )
        granted = self.terms.status_granted or self.forecast
        if later.exclude(meeting=None).exists() or getattr(action, column) != granted:
            raise ValidationError(f"{action} has been changed since: that decision cannot be undone alone.")
        rows = history_of(Action).objects.filter(id=action.pk, change__lt=decision.change_id)
        setattr(action, column, getattr(rows.latest("change"), column))
