"""The steps of an exception report: each move it made, at which meeting, and why."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from actions.models import chain
from actions.models.action import Action
from actions.models.chain import RAISE, State
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from gscp.words import lower_first
from subgroups.models import Meeting, Post, Subgroup, User


class ExceptionStepQuerySet(TrackedQuerySet["ExceptionStep"]):
    def unconfirmed(self):
        """Entered for a chair who has not confirmed it: decisions, and what was reported done."""
        entered = self.filter(on_behalf=True, confirmation=None)
        return entered.select_related(
            "change", "meeting__subgroup", "report__action__plan", "report__action__subgroup"
        )


class ExceptionStep(Tracked):
    """One move of an exception report: from where, to where, from which post, at which meeting, why.

    By whom and when stand in its entry in the ledger (`change`). A provisional step is what a
    meeting without a quorum decided: it moved nothing.
    """

    report = models.ForeignKey("actions.ExceptionReport", models.PROTECT, related_name="steps")
    move = models.CharField(
        max_length=20, choices=[(RAISE, "Asked for"), *((move.name, move.result) for move in chain.MOVES)]
    )
    from_state = models.CharField("from", max_length=20, choices=State, blank=True)
    to_state = models.CharField("to", max_length=20, choices=State)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, blank=True, related_name="decisions")
    provisional = models.BooleanField(default=False)
    points_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pointed_from",
        verbose_name="earlier entry",
    )
    reason = FreeText(blank=True, max_length=2000)

    objects = ExceptionStepQuerySet.as_manager()
    part_of = ("report",)
    history = History()

    class Meta:
        ordering = ["change"]
        verbose_name = "decision or other move"

    def __str__(self):
        return f"{self.result}: {self.report}"

    @property
    def result(self) -> str:
        """What was decided or done, in words; of a ratification also what it puts into effect."""
        words = self.get_move_display()
        if self.move == "ratify" and self.points_to:
            words = f"{words}: {lower_first(self.points_to.get_move_display())}"
        return f"{words}, provisionally" if self.provisional else words

    @property
    def post_title_then(self) -> str:
        """The post from which it was made, as it was called then."""
        return self.post.title_on(timezone.localdate(self.change.at))

    @property
    def subgroup(self) -> Subgroup:
        """Whose chair it speaks for."""
        return self.meeting.subgroup if self.meeting else self.report.subgroup

    @property
    def action(self) -> Action:
        return self.report.about

    @property
    def is_confirmed(self) -> bool:
        return hasattr(self, "confirmation")

    @property
    def entered_late(self) -> bool:
        """Entered on a later day than the meeting's."""
        return self.meeting is not None and timezone.localdate(self.change.at) > self.meeting.date

    @property
    def corrects(self) -> ExceptionStep | None:
        """The decision that this one corrects, itself or by ratifying a correction."""
        earlier = self.points_to
        if earlier and self.move == "ratify":
            return earlier.corrects
        return earlier if self.move == "correct" else None
