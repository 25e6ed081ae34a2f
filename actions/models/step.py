"""The steps of an exception report: each move it made, at which meeting, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from actions.models import chain
from actions.models.action import Action
from actions.models.chain import (
    CHANGE,
    CHECK_IMPACT,
    DECIDED,
    LAPSE,
    MOVE_CHECK,
    NOT_SO,
    PASS_ON,
    PUT_BACK,
    RAISE,
    UNDECIDED,
    State,
)  # fmt: skip
from actions.models.impact_choices import Finding
from actions.models.plan import BusinessPlan
from actions.models.update import group_of_entry
from gscp.record import Change, FreeText, History, Tracked, TrackedQuerySet
from gscp.words import lower_first
from subgroups.models import Group, Meeting, Post, User

PUT_IN_FORCE = ("ratify", "agree")
EFFECTIVE = {"meeting__isnull": False, "provisional": False}
PUTS_CORRECTION_IN_FORCE = Q(move__in=PUT_IN_FORCE, points_to__move="correct")

IS_CORRECTION = Q(move="correct") | PUTS_CORRECTION_IN_FORCE


def corrected() -> Exists:
    """Whether a correction in force takes this step back."""
    # What puts a correction in force corrects what that one points to.
    corrects = Q(move="correct", points_to=OuterRef("pk"))
    corrects |= PUTS_CORRECTION_IN_FORCE & Q(points_to__points_to=OuterRef("pk"))
    return Exists(ExceptionStep.objects.filter(corrects, report=OuterRef("report"), **EFFECTIVE))


def taken_back() -> Q:
    """The same, or it takes back what put this step in force."""
    put_in_force = ExceptionStep.objects.filter(corrected(), move__in=PUT_IN_FORCE, points_to=OuterRef("pk"))
    return corrected() | Exists(put_in_force)


class ExceptionStepQuerySet(TrackedQuerySet["ExceptionStep"]):
    def unconfirmed(self) -> Self:
        """Requests, answers, decisions and what was reported done, for a chair who has not confirmed them."""
        steps = self.filter(~taken_back(), on_behalf=True, confirmation=None)
        # What was taken back needs nobody's word any more.
        steps = steps.exclude(meeting=None, report__state=State.TAKEN_BACK)
        return steps.select_related(
            "change", "meeting__group", "report__action__plan", "report__action__group"
        )

    def in_force(self) -> Self:
        """The decisions of meetings that took effect, without those corrected since and their corrections."""
        return self.filter(~corrected(), **EFFECTIVE).exclude(IS_CORRECTION)

    def granted_or_refused(self) -> Self:
        """The decisions in force by which requests were granted or refused that stand as that."""
        ends = chain.GRANTED_OR_REFUSED
        decisions = self.filter(meeting__isnull=False, provisional=False, to_state__in=ends)
        return decisions.filter(report__state__in=ends)

    def corrections_denied(self) -> Self:
        """Corrections of which the chair said that they are not so, until what was asked is decided again."""
        corrections = self.filter(IS_CORRECTION, confirmation__is_so=False, report__state__in=UNDECIDED)
        later = ExceptionStep.objects.filter(
            IS_CORRECTION, report=OuterRef("report"), change_id__gt=OuterRef("change_id")
        )
        corrections = corrections.filter(~Exists(later.filter(provisional=False)), provisional=False)
        return corrections.select_related("points_to__points_to", "report__action__plan")

    def to_correct(self) -> Self:
        """Decisions of which the chair said that they are not so, and that their group has not corrected.

        About an action of a closed plan nobody corrects one any more.
        """
        decisions = self.filter(confirmation__is_so=False).exclude(meeting=None)
        later = ExceptionStep.objects.filter(report=OuterRef("report"), change_id__gt=OuterRef("change_id"))
        decisions = decisions.filter(~Exists(later.exclude(meeting=None)))
        can_be_corrected = Q(to_state__in=DECIDED, report__state__in=DECIDED) | Q(provisional=True)
        ended = (State.TAKEN_BACK, State.LAPSED)
        return (
            decisions.filter(can_be_corrected)
            .exclude(report__state__in=ended)
            .exclude(report__action__plan__status=BusinessPlan.Status.CLOSED, report__after_check=None)
            .select_related(
                "confirmation__change", "meeting__group", "report__action__plan", "report__action__group"
            )
        )


class ExceptionStep(Tracked):
    """One move of an exception report: to which state, with which group, from which post, why.

    By whom and when is in its entry in the ledger (`change`). A provisional step is a decision that changed
    nothing yet, since its meeting had no quorum. With `needs_agreement` it is the top group's decision about
    its own action: the holder of another of its posts has to agree.
    """

    report = models.ForeignKey("actions.ExceptionReport", models.PROTECT, related_name="steps")
    move = models.CharField(
        max_length=20,
        choices=[
            (RAISE, "Asked for"),
            (PASS_ON, "Passed on"),
            (LAPSE, "Lapsed"),
            (PUT_BACK, "Put back"),
            (CHANGE, "Changed by who asked"),
            (NOT_SO, "Said not to be so"),
            *((move.name, move.result) for move in chain.MOVES),
        ],
    )
    to_state = models.CharField("to", max_length=20, choices=State)
    to_group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name="with")
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, blank=True, related_name="decisions")
    provisional = models.BooleanField("not in force", default=False)
    needs_agreement = models.BooleanField("needs the agreement of another post", default=False)
    points_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pointed_from",
        verbose_name="earlier entry",
    )
    reason = FreeText(blank=True, max_length=2000)
    finding = models.CharField("what the check found", max_length=10, choices=Finding, blank=True)
    check_was_on = models.DateField("impact was to be checked on", null=True, blank=True)
    # Of a decision in force that reopens an action of a closed plan.
    carried_to = models.ForeignKey(
        Action, models.PROTECT, null=True, blank=True, related_name="carried_by", verbose_name="goes on as"
    )

    objects = ExceptionStepQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("report",)
    history = History()

    @classmethod
    def labels_asked(cls, row: Mapping[str, Any]) -> Mapping[str, str]:
        move = chain.MOVES_BY_NAME.get(row.get("move", ""))
        return {"reason": move.reason_label} if move else {}

    class Meta:
        ordering = ["change"]
        verbose_name = "decision or other move"
        constraints = [
            models.CheckConstraint(
                condition=Q(finding="") | Q(move=CHECK_IMPACT), name="an_impact_check_has_a_finding"
            ),
            models.CheckConstraint(
                condition=Q(check_was_on=None) ^ Q(move=MOVE_CHECK), name="a_check_moved_had_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result}: {self.report}"

    @property
    def result(self) -> str:
        """The move in words: to which group it was passed, which decision was ratified or agreed to."""
        words = self.get_move_display()
        if self.move in (PASS_ON, "escalate"):
            words = f"{words} to the {self.to_group}"
        if self.move in PUT_IN_FORCE and self.points_to:
            words = f"{words}: {lower_first(self.points_to.get_move_display())}"
        if self.move == NOT_SO and self.points_to:
            words = f"{words}: {lower_first(self.points_to.get_move_display())}"
        if self.finding:
            words = f"{words}: {lower_first(self.get_finding_display())}"
        return f"{words}, but not in force" if self.provisional else words

    @property
    def result_now(self) -> str:
        """The same, of a decision that was put in force since without saying that it is not."""
        later = self.pointed_from.filter(move__in=PUT_IN_FORCE, provisional=False)
        return self.get_move_display() if self.provisional and later.exists() else self.result

    @property
    def who_has_to_agree(self) -> str:
        """In a sentence, who puts this decision in force; "" if it is."""
        if not self.provisional:
            return ""
        other = f"The holder of another post of the {self.to_group}" if self.needs_agreement else ""
        return f"{other or 'A meeting with enough partners'} has to agree it."

    @property
    def reason_of_decision(self) -> str:
        """Why it was decided so: of what puts a decision in force, the reason of that decision."""
        return self.points_to.reason if self.points_to and self.move in PUT_IN_FORCE else self.reason

    @property
    def was_corrected(self) -> bool:
        return ExceptionStep.objects.filter(taken_back(), pk=self.pk).exists()

    @property
    def asks_a_question(self) -> bool:
        """Whether it returns a request with a question, or puts that in force."""
        if self.provisional:
            return False
        puts_in_force = self.move in PUT_IN_FORCE and self.points_to
        return (self.points_to.move if puts_in_force and self.points_to else self.move) == "return"

    @property
    def is_lapse(self) -> bool:
        return self.move == LAPSE

    @property
    def is_put_back(self) -> bool:
        return self.move == PUT_BACK

    def had_stood_at(self, meeting: Meeting, lapse: ExceptionStep) -> bool:
        """Whether this put back, where it had stood, what that meeting found there or itself put back.

        What it lapsed with was wrong, so it counts as standing there since before it lapsed.
        """
        found_there = timezone.localdate(lapse.change.clock) >= meeting.date
        by_itself = self.points_to is not None and self.points_to.meeting_id == meeting.pk
        return self.to_group_id == lapse.to_group_id and (found_there or by_itself)

    @property
    def moved_too_late(self) -> bool:
        """Whether it gave an impact check a new day once the old one had passed."""
        return bool(self.check_was_on and self.check_was_on < timezone.localdate(self.change.clock))

    @property
    def place_in_words(self) -> str:
        return f"With the {self.to_group}" if self.to_state == State.WAITING else self.get_to_state_display()

    words_changed: Change  # set by attach_changed_words() of the views
    is_corrected = False  # at the same meeting: set for the decisions of a meeting's page

    @property
    def post_title_when_entered(self) -> str:
        return self.post.title_on(timezone.localdate(self.change.clock))

    @property
    def group(self) -> Group:  # the group whose chair it is entered for
        return self.meeting.group if self.meeting else group_of_entry(self.change) or self.report.group

    @property
    def action(self) -> Action:
        return self.report.about

    @property
    def is_confirmed(self) -> bool:
        """Whether the chair said of it that it is so, or that it is not."""
        return hasattr(self, "confirmation")

    @property
    def waits_for_chair(self) -> bool:
        return self.on_behalf and not self.is_confirmed

    @property
    def is_not_so(self) -> bool:
        return self.is_confirmed and not self.confirmation.is_so

    @property
    def asks_to_correct(self) -> bool:
        """Whether it is a decision of which the chair said that it is not so: its group is to correct it."""
        return self.meeting_id is not None and self.is_not_so and not self.report.is_frozen

    @property
    def was_entered_late(self) -> bool:
        # Who agrees does so after the meeting whose decision it is.
        late = self.meeting is not None and timezone.localdate(self.change.clock) > self.meeting.date
        return late and self.move != "agree"

    @property
    def corrected_decision(self) -> ExceptionStep | None:
        """The decision that this one corrects, or that a correction does to which this one gives effect."""
        earlier = self.points_to
        if earlier and self.move in PUT_IN_FORCE:
            return earlier.corrected_decision
        return earlier if self.move == "correct" else None
