"""The actions of a plan, who owns them, and the further actions identified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from actions.models.plan import BusinessPlan, Rating, StrategicDriver
from actions.models.update import ProgressUpdate
from gscp import clock
from gscp.dates import day_in_words
from gscp.permissions import CHAIRS
from gscp.record import ClearText, FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Group, Meeting, Partner, Post


class ActionQuerySet(TrackedQuerySet["Action"]):
    def open(self) -> Self:
        return self.filter(status__in=Action.OPEN)

    def with_due(self) -> Self:
        """Adds `due`: the agreed date, or the original one until a date is agreed."""
        return self.annotate(due=Coalesce("agreed_date", "original_date"))

    def with_last_update(self) -> Self:
        """Adds when the action was last reported on, last rated, and whether that rating is old.

        `reported_in` and `reported_at` are the number and moment of the latest update's entry in the
        ledger; a nil return is an update too, but no rating (`rated_at`). A rating is old if nothing
        was reported since the last closing of papers but one: neither for the meeting whose papers
        closed last, nor after.
        """
        updates = ProgressUpdate.objects.latest_of(models.OuterRef("pk"))
        closings = Meeting.objects.setting_deadlines().with_papers_closed().values("papers_close")
        last_closing_but_one = models.Subquery(closings.order_by("-papers_close")[1:2])
        return self.annotate(
            reported_in=models.Subquery(updates.values("change")[:1]),
            reported_at=models.Subquery(updates.values("change__at")[:1]),
            rated_at=models.Subquery(updates.filter(nil_return=False).values("change__at")[:1]),
        ).annotate(
            rating_is_old=models.ExpressionWrapper(
                Q(reported_at__lte=last_closing_but_one), models.BooleanField()
            )
        )

    def answered_for_by(self, group: Group) -> Self:
        # The same as those for which is_answered_for_by() is true.
        acted_for = [one for one in Group.objects.with_lines() if group in (one, one.acting_group())]
        return self.filter(Q(group__in=acted_for) | Q(lead_post__group=group, lead_post__role__in=CHAIRS))

    def for_top_group(self, top: Group | None) -> Self:
        """Those that come to the top group whatever is asked: nobody below decides or completes them."""
        if top is None:
            return self.none()
        comes = Q(priority=Action.Priority.HIGH) if top.accepts_high else Q(pk__in=[])
        for group in Group.objects.with_lines():
            if group.takes_decisions and top in (group, *group.deciding_above()[:1]):
                comes |= Q(pk__in=Action.objects.answered_for_by(group).values("pk"))
        return self.filter(comes)

    def for_pages(self) -> Self:
        owners = Ownership.objects.filter(ended_on=None).select_related("partner__succeeded_by")
        return (
            self.with_due()
            .with_last_update()
            .select_related("plan", "driver", "group__reports_to", "lead_post__partner__succeeded_by")
            .prefetch_related(models.Prefetch("ownerships", owners, to_attr="current_ownerships"))
        )


class Action(Tracked):
    """One row of the published plan: its seven columns, and what the tracker adds to them."""

    class Priority(models.TextChoices):
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        IN_PROGRESS = "in_progress", "In progress"
        PROPOSED_COMPLETE = "proposed_complete", "Proposed complete"
        COMPLETE = "complete", "Complete"
        WITHDRAWN = "withdrawn", "Withdrawn"
        CARRIED_FORWARD = "carried_forward", "Carried forward"

    OPEN = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.PROPOSED_COMPLETE)

    plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="actions")
    ref = ClearText("#", max_length=10)
    driver = models.ForeignKey(
        StrategicDriver, models.PROTECT, related_name="actions", verbose_name="strategic driver"
    )
    title = FreeText(blank=True, max_length=300)
    text = FreeText("action")
    priority = models.CharField(max_length=10, choices=Priority)
    who = FreeText("who, as published", max_length=500)
    lead_post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="led_actions")
    group = models.ForeignKey(Group, models.PROTECT, related_name="actions", verbose_name="responsible group")
    original_date = models.DateField("original date", null=True, blank=True)
    agreed_date = models.DateField("agreed date", null=True, blank=True)
    review_date = models.DateField("review date", null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.NOT_STARTED)
    rating = models.CharField(max_length=10, choices=Rating, blank=True)

    # Columns that querysets add. Any stands for "or None", where a rule reads the value only if there is one.
    current_ownerships: list[Ownership]
    due: Any  # a day
    reported_in: int | None
    reported_at: datetime | None
    rated_at: datetime | None
    rating_is_old: bool | None
    new_dates: int | None
    forecast: Any  # a day
    rating_reason: str | None
    rating_then: Any  # a Rating
    blocker: str | None
    reopened_at: datetime | None
    reopened_for: str | None
    # Set by attach_reasons() and attach_last_decisions() of the views.
    reasons: list[tuple[Any, str]]
    last_decision: Any  # an ExceptionStep

    objects = ActionQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    history = History()

    class Meta:
        ordering = ["plan", "ref"]
        constraints = [models.UniqueConstraint(fields=["plan", "ref"], name="one_action_a_reference")]

    def __str__(self) -> str:
        return f"Action {self.ref}"

    def get_absolute_url(self) -> str:
        return reverse("action_detail", args=[self.plan.year, self.ref])

    def concerns(self) -> dict[str, int | None]:
        return {"plan": self.plan_id, "action": self.pk, "group": self.group_id}

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def lead_posts(self) -> list[Post]:
        return [self.lead_post] if self.lead_post else []

    def is_answered_for_by(self, group: Group) -> bool:
        """Whether the group is or acts for the responsible one, or a chair of it leads.

        A group decides nothing on what it answers for, unless there is none above it.
        """
        chairs_lead = any(post.group_id == group.pk and post.role in CHAIRS for post in self.lead_posts)
        return chairs_lead or group in (self.group, self.group.acting_group())

    def deciding_group(self, groups: Sequence[Group]) -> Group | None:
        """Of these groups, the nearest first, the one that decides about it; None of no groups.

        That is the first that does not answer for it or, where all do, the last.
        """
        others = (group for group in groups if not self.is_answered_for_by(group))
        return next(others, groups[-1] if groups else None)

    @property
    def has_both_dates(self) -> bool:
        return bool(self.original_date and self.review_date)

    @property
    def owners(self) -> list[Partner]:
        return [ownership.partner.successor_on(clock.today()) for ownership in self.current_ownerships]

    @property
    def redated_in_words(self) -> str:
        times = self.exception_reports.granted_new_dates().count()
        return {0: "", 1: "Re-dated once"}.get(times, f"Re-dated {times} times")

    def record_update(self, update: ProgressUpdate) -> None:
        """Record an update; its rating becomes the action's, and an action not started is now in progress.

        Raises:
            ValidationError: the action is not open, or it repeats the last update word for word.
        """
        if not self.is_open:
            raise ValidationError(
                f"{self} is {self.get_status_display().lower()}: nothing is reported on it."
            )
        update.action = self
        last = ProgressUpdate.objects.latest_of(self).first()
        if last and not update.nil_return and last.reported_values() == update.reported_values():
            raise ValidationError(
                f"This is word for word the last update, of {day_in_words(last.change.at)}. "
                "If there is nothing new to report, send a nil return."
            )
        update.save()
        if not update.nil_return:
            self.rating = update.rating
            if self.status == self.Status.NOT_STARTED:
                self.status = self.Status.IN_PROGRESS
            self.save()


class Ownership(Tracked):
    # Ended and never deleted, so that past pages show the owners of their day.
    action = models.ForeignKey(Action, models.PROTECT, related_name="ownerships")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="ownerships")
    ended_on = models.DateField(null=True, blank=True)

    part_of = ("action",)
    history = History()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["action", "partner"], condition=Q(ended_on=None), name="a_partner_owns_an_action_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action}, owned by {self.partner}"


class FurtherAction(Tracked):
    action = models.ForeignKey(Action, models.PROTECT, related_name="further_actions")
    text = FreeText()

    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Further action of {self.action}"
