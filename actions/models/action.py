"""The actions of a plan: who owns them, and how they are reported."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from actions.models.plan import BusinessPlan, Rating, StrategicDriver
from gscp import clock
from gscp.dates import day
from gscp.fields import FreeText
from gscp.models import History, Tracked, TrackedQuerySet
from subgroups.models import Meeting, Partner, Post, Subgroup, User


def not_reported_since(number: int) -> Q:
    """Of with_last_update(): no update and no nil return later than this entry of the ledger."""
    return Q(reported_in=None) | Q(reported_in__lte=number)


class ActionQuerySet(TrackedQuerySet["Action"]):
    def visible_to(self, user):
        return self if user.posts else self.none()

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
        last = ProgressUpdate.objects.filter(action=models.OuterRef("pk")).order_by("-change_id")
        closings = Meeting.objects.reported_to().closed().values("papers_close")
        opened_at = models.Subquery(closings.order_by("-papers_close")[1:2])
        return self.annotate(
            reported_in=models.Subquery(last.values("change")[:1]),
            reported_at=models.Subquery(last.values("change__at")[:1]),
            rated_at=models.Subquery(last.filter(nil_return=False).values("change__at")[:1]),
        ).annotate(
            rating_is_old=models.ExpressionWrapper(Q(reported_at__lte=opened_at), models.BooleanField())
        )

    def of_tier(self, tier: str):
        """Those of which is_of() is true."""
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

    def is_of(self, tier: str) -> bool:
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
        return [ownership.partner.called_on(clock.today()) for ownership in self.current_ownerships]

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
        last = self.updates.order_by("-change_id").first()  # without a look at the ledger
        if last and not update.nil_return and last.said() == update.said():
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


class ProgressUpdateQuerySet(TrackedQuerySet):
    def on_behalf(self):
        """Entered for a chair to confirm."""
        entered = self.filter(on_behalf=True)
        return entered.select_related(
            "change", "confirmation", "action__plan", "action__subgroup__reports_to__reports_to"
        )

    def unconfirmed(self):
        return self.on_behalf().filter(confirmation=None)


class ProgressUpdate(Tracked):
    """What was reported on an action: a record of its own, never edited.

    When it was made, by whom and from which post stand in its entry in the ledger (`change`).
    """

    action = models.ForeignKey(Action, models.PROTECT, related_name="updates", db_index=False)
    nil_return = models.BooleanField(default=False)
    done = FreeText("what was done", blank=True)
    difference = FreeText("what difference it made for children", blank=True)
    rating = models.CharField(max_length=10, choices=Rating, blank=True)
    next_step = FreeText(blank=True)
    blocker = FreeText("what is in the way", blank=True, max_length=2000)
    unblocker = FreeText("who can remove it", blank=True, max_length=300)
    forecast = models.DateField("forecast date", null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)

    # What its reporter says; the rest is who said it, and for whom.
    SAID = ("nil_return", "done", "difference", "rating", "next_step", "blocker", "unblocker", "forecast")

    objects = ProgressUpdateQuerySet.as_manager()
    part_of = ("action",)
    history = History()

    class Meta:
        ordering = ["-change"]
        verbose_name = "update"
        indexes = [models.Index(fields=["action", "change"])]  # of each action the last is looked for
        constraints = [
            models.CheckConstraint(
                condition=Q(nil_return=True, done="", rating="")
                | (Q(nil_return=False) & ~Q(done="") & ~Q(rating="")),
                name="an_update_says_something_or_is_nil",
            )
        ]

    def __str__(self):
        return f"{'Nil return' if self.nil_return else 'Update'} on {self.action}"

    @property
    def is_confirmed(self) -> bool:
        return hasattr(self, "confirmation")

    def said(self) -> list:
        """What it reports, field by field."""
        return [getattr(self, name) for name in self.SAID]

    @property
    def reason(self) -> str:
        """The reason given with it, from the record."""
        return self.change.reason

    @property
    def subgroup(self) -> Subgroup:
        """Whose chair it speaks for."""
        return self.action.subgroup
