"""The actions of a plan, who owns them, and the further actions identified."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from actions.models.plan import BusinessPlan, Rating, StrategicDriver
from actions.models.update import ProgressUpdate
from gscp import clock
from gscp.dates import day
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Meeting, Partner, Post, Subgroup


class ActionQuerySet(TrackedQuerySet["Action"]):
    def open(self):
        return self.filter(status__in=Action.OPEN)

    def with_due(self):
        """Adds `due`: the agreed date, or the original one while none has been agreed."""
        return self.annotate(due=Coalesce("agreed_date", "original_date"))

    def with_last_update(self):
        """Adds entry and moment of the last update, nil returns too, and the moment of the last rating.

        The rating is old (`rating_is_old`) if nothing was reported for the last meeting whose papers
        closed, nor since: after the papers before those.
        """
        last = ProgressUpdate.objects.latest_of(models.OuterRef("pk"))
        closings = Meeting.objects.setting_deadlines().closed().values("papers_close")
        opened_at = models.Subquery(closings.order_by("-papers_close")[1:2])
        return self.annotate(
            reported_in=models.Subquery(last.values("change")[:1]),
            reported_at=models.Subquery(last.values("change__at")[:1]),
            rated_at=models.Subquery(last.filter(nil_return=False).values("change__at")[:1]),
        ).annotate(
            rating_is_old=models.ExpressionWrapper(Q(reported_at__lte=opened_at), models.BooleanField())
        )

    def of_tier(self, tier: str):
        """Those of which is_answered_for_by() is true."""
        bodies = Subgroup.objects.select_related("reports_to__reports_to")
        theirs = [body for body in bodies if body.acting_body().tier == tier]
        return self.filter(Q(subgroup__in=theirs) | Q(lead_post__subgroup__tier=tier))

    def for_executive(self):
        """High priority, and what the Management Group's own chair answers for."""
        return self.filter(priority=Action.Priority.HIGH) | self.of_tier(Subgroup.Tier.MANAGEMENT_GROUP)

    def for_pages(self):
        """With all that a line of the register shows."""
        owners = Ownership.objects.filter(ended_on=None).select_related("partner__succeeded_by")
        return (
            self.with_due()
            .with_last_update()
            .select_related("plan", "driver", "subgroup__reports_to", "lead_post__partner__succeeded_by")
            .prefetch_related(models.Prefetch("ownerships", owners, to_attr="current_ownerships"))
        )


class Action(Tracked):
    """One line of the plan: the seven published columns, and what the tracker adds to them."""

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
    ref = models.CharField("#", max_length=10)
    driver = models.ForeignKey(
        StrategicDriver, models.PROTECT, related_name="actions", verbose_name="strategic driver"
    )
    title = FreeText(blank=True, max_length=300)
    text = FreeText("action")
    priority = models.CharField(max_length=10, choices=Priority)
    who = FreeText("who, as published", max_length=500)
    lead_post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="led_actions")
    subgroup = models.ForeignKey(
        Subgroup, models.PROTECT, related_name="actions", verbose_name="responsible subgroup"
    )
    original_date = models.DateField("original date", null=True, blank=True)
    agreed_date = models.DateField("agreed date", null=True, blank=True)
    review_date = models.DateField("review date", null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.NOT_STARTED)
    rating = models.CharField(max_length=10, choices=Rating, blank=True)

    objects = ActionQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["plan", "ref"]
        constraints = [models.UniqueConstraint(fields=["plan", "ref"], name="one_action_a_reference")]

    def __str__(self):
        return f"Action {self.ref}"

    def get_absolute_url(self):
        return reverse("action_detail", args=[self.plan.year, self.ref])

    def concerns(self):
        return {"plan": self.plan_id, "action": self.pk, "subgroup": self.subgroup_id}

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def is_answered_for_by(self, tier: str) -> bool:
        """Whether the body of this tier answers for it, by its chair or a post: it decides nothing on it."""
        leads = self.lead_post and self.lead_post.subgroup and self.lead_post.subgroup.tier == tier
        return bool(leads) or self.subgroup.acting_body().tier == tier

    @property
    def has_its_dates(self) -> bool:
        """Nothing is left to be given a first date."""
        return bool(self.original_date and self.review_date)

    @property
    def owners(self) -> list[Partner]:
        """The owning partners, called as they are today."""
        return [ownership.partner.successor_on(clock.today()) for ownership in self.current_ownerships]

    @property
    def redated(self) -> str:
        """How often a new date was granted, in words; every move counts."""
        times = self.exception_reports.filter(kind="new_date", state="granted").count()
        return {0: "", 1: "Re-dated once"}.get(times, f"Re-dated {times} times")

    def report(self, update: ProgressUpdate) -> None:
        """Record an update; its rating becomes the action's, and an action reported on is in progress.

        Raises:
            ValidationError: it says word for word what the last update said.
        """
        update.action = self
        last = ProgressUpdate.objects.latest_of(self).first()
        if last and not update.nil_return and last.reported_values() == update.reported_values():
            raise ValidationError(
                f"This is word for word the last update, of {day(last.change.at)}. "
                "If there is nothing new to report, send a nil return."
            )
        update.save()
        if not update.nil_return:
            self.rating = update.rating
            if self.status == self.Status.NOT_STARTED:
                self.status = self.Status.IN_PROGRESS
            self.save()


class Ownership(Tracked):
    """A partner owns an action; a row of its own, so that the past keeps its own owners."""

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

    def __str__(self):
        return f"{self.action}, owned by {self.partner}"


class FurtherAction(Tracked):
    """A further action identified: a candidate next step."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="further_actions")
    text = FreeText()

    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"Further action of {self.action}"
