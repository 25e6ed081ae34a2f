"""Exception reports: what a chair asks a group above to decide about an action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from actions.models import asking, carried, chain, checks, effects, impact, own_decision, places
from actions.models.action import Action, first_to_decide
from actions.models.chain import CHANGE, PASS_ON, RAISE, UNDECIDED, Kind, Move, State
from actions.models.impact_choices import How
from actions.models.reports import ExceptionReportQuerySet
from actions.models.step import ExceptionStep
from actions.models.told import Told
from gscp import clock
from gscp.record import ClearText, FreeText, History, Tracked
from gscp.words import lower_first
from subgroups.models import Group, Measure, Meeting, Post, User


class ExceptionReport(Told, Tracked):
    """A decision that a chair asks for: something is off plan, or only a meeting may grant what is wanted.

    Who asked can change it until papers close for the meeting that decides it. `state` and `with_group` are
    what places.place_after() makes of its steps: the group that it waits for, or that decided or returned it.
    """

    action = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="exception_reports"
    )
    measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, related_name="exception_reports"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    found_by = ClearText("found by rule", max_length=500, blank=True)
    what = FreeText("what is off plan", blank=True)
    cause = FreeText(blank=True)
    effect = FreeText("effect on children", blank=True)
    recovery = FreeText("recovery action", blank=True)
    forecast = models.DateField("new forecast", null=True, blank=True)
    asked_for = FreeText("decision asked for", blank=True, max_length=2000)
    evidence = FreeText(blank=True, max_length=1000)
    impact = FreeText("what difference it made for children", blank=True)
    impact_check_on = models.DateField("impact will be checked on", null=True, blank=True)
    impact_check_by = FreeText("who will check it", max_length=200, blank=True)
    impact_check_how = models.CharField("how it will be checked", max_length=10, choices=How, blank=True)
    impact_check_measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="by which measure"
    )
    after_check = models.ForeignKey(
        ExceptionStep, models.PROTECT, null=True, blank=True, related_name="asked", verbose_name="after"
    )
    state = models.CharField(max_length=20, choices=State)
    with_group = models.ForeignKey(Group, models.PROTECT, related_name="reports", verbose_name="with")

    objects = ExceptionReportQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action", "measure")
    history = History()

    @classmethod
    def labels_asked(cls, row: Mapping[str, Any]) -> Mapping[str, str]:
        return chain.TERMS[row["kind"]].fields if row.get("kind") in chain.TERMS else {}

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "with_group"], name="reports_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "kind"], condition=Q(state__in=UNDECIDED), name="one_undecided_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["measure"], condition=Q(state__in=UNDECIDED), name="one_undecided_about_a_measure"
            ),
            models.CheckConstraint(
                condition=Q(action__isnull=False, measure=None)
                | Q(action=None, measure__isnull=False, kind=Kind.EXCEPTION),
                name="it_is_about_an_action_or_a_measure",
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

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.about}"

    def get_absolute_url(self) -> str:
        return reverse("exception_detail", args=[self.pk])

    @property
    def terms(self) -> chain.Terms:
        return chain.TERMS[self.kind]

    @property
    def about(self) -> Any:  # an action or a measure
        return self.action or self.measure

    @property
    def about_id(self) -> int:
        return self.action_id or self.measure_id or 0

    def concerns(self) -> dict[str, Any]:
        about = self.about
        return about.concerns() | {"about_model": about._meta.label_lower, "about_id": about.pk}

    @property
    def group(self) -> Group:  # the group whose chair asks
        return self.about.group

    @property
    def lead_posts(self) -> list[Post]:
        return self.about.lead_posts

    @property
    def asked_at(self) -> datetime:
        return self.steps.all()[0].change.clock

    def action_when_asked(self) -> models.Model | None:
        asked = self.steps.all()[0].change_id
        return Action.objects.filter(exception_reports=self).at_entry(asked).first()

    def waiting_since(self, meeting: Meeting) -> date:
        """The day on which it came into the state in which this meeting found it."""
        # Without the meeting's own decisions: they may be entered days later, and then be corrected at it.
        earlier = [step for step in self.steps.all() if step.meeting_id != meeting.pk]
        effective = [step for step in earlier if not step.provisional]
        while effective[-1].is_put_back and effective[-1].had_stood_at(meeting, effective[-2]):
            del effective[-2:]
        return timezone.localdate(effective[-1].change.clock)

    def came_too_late_for(self, meeting: Meeting) -> bool:
        return self.waiting_since(meeting) > meeting.date

    def can_be_decided_at(self, meeting: Meeting) -> bool:
        return meeting.date <= clock.today() and not self.came_too_late_for(meeting)

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def answers(self) -> list[ExceptionStep]:
        """The questions and answers so far, in their order, without answers that a chair said are not so."""
        return [one for one in asking.asked_and_answered(self) if one.asks_a_question or not one.is_not_so]

    @property
    def answer_not_so(self) -> ExceptionStep | None:
        """What was entered last as the chair's answer, where the chair said that it is not so."""
        answers = asking.asked_and_answered(self)
        return answers[-1] if answers and answers[-1].move == "answer" and answers[-1].is_not_so else None

    @property
    def asker_ids(self) -> set[int]:
        return asking.asker_ids(list(self.steps.all()))

    @property
    def to_confirm(self) -> list[ExceptionStep]:
        """What was asked and answered for a chair who has said nothing of it yet."""
        asked = [step for step in self.steps.all() if step.move in chain.ASKING_MOVES and step.on_behalf]
        return [step for step in asked if not step.is_confirmed]

    @property
    def changed_at(self) -> datetime | None:
        """When who asked changed the words of it last."""
        changes = [step.change.clock for step in self.steps.all() if step.move == CHANGE]
        return changes[-1] if changes else None

    @property
    def why_not_changeable(self) -> str:
        return asking.why_not_changeable(self)

    @property
    def decisions(self) -> list[ExceptionStep]:
        return [step for step in self.steps.all() if step.meeting_id]

    @property
    def provisional_decision(self) -> ExceptionStep | None:
        """The decision that waits for a quorum or for another post; a later step replaces it."""
        return places.provisional_after(self.steps.all())

    @property
    def decision_in_force(self) -> ExceptionStep | None:
        """The last decision that took effect, as long as its group can still correct it."""
        effective = [step for step in self.decisions if not step.provisional]
        return effective[-1] if effective and self.state in chain.DECIDED else None

    @property
    def decision_not_so(self) -> ExceptionStep | None:
        """The decision of which the chair said that it is not so, as long as its group can correct it."""
        decision = self.provisional_decision or self.decision_in_force
        return decision if decision and decision.asks_to_correct else None

    @property
    def decision_heading(self) -> str:
        return "Correct the decision" if self.state in chain.DECIDED else "Enter the decision"

    @property
    def waits_for_quorum(self) -> bool:
        return bool((decision := self.provisional_decision) and not decision.needs_agreement)

    @property
    def waits_for_agreement(self) -> bool:
        return bool((decision := self.provisional_decision) and decision.needs_agreement)

    @property
    def is_with_answering_group(self) -> bool:
        """Whether the group it is with answers for the action itself, and another above it can decide.

        Its chair may have come to answer for the action after it was asked.
        """
        return not self.with_group.is_top and self.about.is_answered_for_by(self.with_group)

    @property
    def is_own_of_top_group(self) -> bool:
        # There is nobody above: it decides at a quorate meeting, and the holder of another post agrees.
        return self.with_group.is_top and self.about.is_answered_for_by(self.with_group)

    @property
    def own_decision_in_words(self) -> str:
        return own_decision.told_of(self)

    @property
    def next_group(self) -> Group | None:
        """The group that it can be escalated to, up the line of the one it is with; None from the top."""
        above = self.with_group.deciding_above()
        return first_to_decide(above, self.about.is_answered_for_by) if above else None

    @property
    def must_be_escalated(self) -> bool:
        if self.next_group is None:
            return False
        high = self.kind in chain.ENDS_THE_ACTION and self.about.priority == Action.Priority.HIGH
        accepted_above = any(group.accepts_high for group in self.with_group.deciding_above())
        return self.is_with_answering_group or (high and accepted_above and not self.with_group.accepts_high)

    @property
    def is_frozen(self) -> bool:
        """Whether nothing more is decided on it: what an impact check asks is, in a closed plan too."""
        return self.about.is_frozen and not self.after_check_id

    def allows(self, move: Move) -> bool:
        is_frozen = self.is_frozen and move.name not in chain.AFTER_CLOSING
        fits = self.state in move.from_states and self.kind in move.kinds
        return fits and not is_frozen and move.condition.is_met(self)

    def next_moves(self) -> list[Move]:
        """The moves that are possible in its present state, whoever may make them."""
        return [move for move in chain.MOVES if self.allows(move)]

    def moves_for(self, user: User) -> list[Move]:
        moves = self.next_moves()
        # Each permission is checked once, not once a move.
        allowed = {name: user.has_perm(name, self) for name in {move.permission for move in moves}}
        return [move for move in moves if allowed[move.permission]]

    @property
    def why_not_askable(self) -> str:
        return asking.why_not_askable(self)

    def ask(self, by: User) -> None:
        """Record that this is asked, and put it before the group that decides first.

        Raises:
            ValidationError: it cannot be asked of the action, or was asked already and is undecided.
        """
        if self.why_not_askable:
            raise ValidationError(self.why_not_askable)
        checks.check_no_other_undecided(self)
        asking.check_new_date(self)
        self.state = State.WAITING
        self.with_group = self.first_group(by)
        impact.check_planned(self)
        self.save()
        self.add_step(RAISE, by, self.group.acting_group(), to_state=self.state, to_group=self.with_group)
        effects.take(self)

    def first_group(self, by: User) -> Group:
        """The group that it is put before, if this user asks."""
        own = asking.groups_of_asker(self, by)
        return first_to_decide(
            self.group.decided_by(),
            lambda group: group.pk in own or self.about.is_answered_for_by(group),
        )

    def make_move(
        self, move: Move, by: User, reason: str, meeting: Meeting | None = None, **columns: Any
    ) -> ExceptionStep:
        """Record the move as a step, and its effect on the report and the action.

        A decision of a meeting without a quorum is provisional: it is recorded and changes nothing. So is one
        of the top group about its own action, until the holder of another of its posts agrees. A step that
        leads nowhere else, as when an impact check is moved, has no effect on the action.

        Raises:
            ValidationError: the move is not possible in this state, or not at this meeting.
        """
        if not self.allows(move):
            raise ValidationError(
                f"“{move.label_for(self)}” is not open: the {lower_first(self.get_kind_display())} is "
                f"{lower_first(self.place_in_words)}."
            )
        if move.is_decision:
            checks.check_meeting(self, meeting)
        elif meeting:  # a step with a meeting counts as a decision, which can be corrected
            raise ValidationError(f"“{move.label}” is no decision of a meeting.")
        earlier = self.earlier_decision(move)
        is_own = move.is_decision and self.is_own_of_top_group
        if meeting and is_own:
            checks.check_own_decision(self, meeting, by)
        if meeting and move.name == "ratify" and not meeting.decisions_take_effect:
            raise ValidationError("This meeting is not quorate either: it cannot put anything in force.")
        provisional = is_own or (meeting is not None and not meeting.decisions_take_effect)
        to_state, to_group = self.place_of(move, earlier)
        has_effect = not provisional and (move.is_decision or to_state != self.state)
        if has_effect and (new := carried.carry_on(self, to_state)):
            columns["carried_to"] = new
        step = self.add_step(
            move.name,
            by,
            self.with_group if move.is_decision or move.name == "agree" else self.group.acting_group(),
            to_state=to_state,
            to_group=to_group,
            meeting=earlier.meeting if earlier and move.name == "agree" else meeting,
            provisional=provisional,
            needs_agreement=is_own,
            points_to=earlier,
            reason=reason,
            **columns,
        )
        if has_effect:
            self.take_effect(step)
        elif not provisional:
            self.save()
        return step

    def take_effect(self, step: ExceptionStep) -> None:
        if step.corrected_decision:
            effects.undo(self, step.corrected_decision)
        self.state, self.with_group = step.to_state, step.to_group
        self.save()
        if step.corrected_decision:
            effects.put_back(step.corrected_decision, step)
        effects.take(self)
        effects.lapse(self, step)

    def place_of(self, move: Move, earlier: ExceptionStep | None) -> tuple[str, Group]:
        """The state and the group that a move leads to; `earlier` as earlier_decision() has it."""
        if earlier and move.name in ("ratify", "agree"):
            ended = earlier.to_group != self.with_group and not earlier.to_group.decides()
            return earlier.to_state, (ended and self.next_group) or earlier.to_group
        escalated_to = self.next_group if move.name == "escalate" else None
        return move.to_state, escalated_to or self.with_group

    def earlier_decision(self, move: Move) -> ExceptionStep | None:
        """The decision that this move corrects, ratifies or replaces."""
        if move.name == "correct":
            return self.decision_in_force
        return self.provisional_decision if move.is_decision or move.name == "agree" else None

    def pass_on(self, by: User, reason: str) -> None:
        """Put it before the next group above: the one it is with decides no longer, or answers for it."""
        to_group = first_to_decide(self.with_group.decided_by(), self.about.is_answered_for_by)
        self.add_step(PASS_ON, by, to_group, to_state=self.state, to_group=to_group, reason=reason)
        self.with_group = to_group
        self.save()

    def add_step(self, move: str, by: User, group: Group, **columns: Any) -> ExceptionStep:
        step = ExceptionStep(report=self, move=move, entered_by=by, post=by.post_in(group), **columns)
        # Nobody confirms what another post has to agree to.
        step.on_behalf = (
            move in chain.ENTERED_FOR_CHAIR
            and group not in by.chaired_groups
            and not (step.meeting is None and asking.speaks_for_itself(self, by))
            and not step.needs_agreement
        )
        step.save()
        return step
