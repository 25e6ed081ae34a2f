"""The actions of a plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property

from actions.models.address import NOT_AN_ADDRESS, address_of
from actions.models.leads import ActionLead, Ownership
from actions.models.line import line_of
from actions.models.plan import BusinessPlan, Rating, StrategicDriver, Theme, refuse_if_closed
from actions.models.update import ProgressUpdate
from gscp import clock
from gscp.dates import day_in_short, day_in_words
from gscp.permissions import CHAIRS
from gscp.record import ClearText, FreeText, History, Tracked, TrackedQuerySet, history_of
from gscp.words import numbered
from subgroups.models import Audit, Group, Partner, Post


def first_to_decide(groups: Sequence[Group], is_barred: Callable[[Group], bool]) -> Group:
    """Of these groups, the nearest first, the first that is not barred or, where all are, the last."""
    return next((group for group in groups if not is_barred(group)), groups[-1])


class ActionQuerySet(TrackedQuerySet["Action"]):
    def open(self) -> Self:
        return self.filter(status__in=Action.OPEN)

    def for_pages(self) -> Self:
        owners = Ownership.objects.filter(ended_on=None).select_related("partner__succeeded_by")
        return self.select_related("plan", "driver", "theme__lead_post", "group").prefetch_related(
            models.Prefetch("ownerships", owners, to_attr="current_ownerships"),
            models.Prefetch("leads", ActionLead.objects.current(), to_attr="current_leads"),
        )


class ActionManager(models.Manager.from_queryset(ActionQuerySet)):  # type: ignore[misc]  # made when it runs
    def get_queryset(self) -> Any:
        return super().get_queryset().exclude(status=Action.Status.DISCARDED)


class Action(Tracked):
    """One row of a published plan, as printed and as read, and what the tracker adds to it."""

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
        MERGED = "merged", "Merged"
        SPLIT = "split", "Split"
        DISCARDED = "discarded", "Taken out of the draft"

    class Precision(models.TextChoices):
        DAY = "day", "A day"
        MONTH = "month", "A month"
        QUARTER = "quarter", "A quarter"
        YEAR = "year", "A year"
        ONGOING = "ongoing", "Ongoing"

    OPEN = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.PROPOSED_COMPLETE)

    plan = models.ForeignKey(BusinessPlan, models.PROTECT, related_name="actions")
    ref = ClearText("#", max_length=20)
    slug = models.SlugField("address", max_length=50)  # made from `ref` once, and kept
    position = models.PositiveIntegerField("place in the plan")
    theme = models.ForeignKey(Theme, models.PROTECT, null=True, blank=True, related_name="actions")
    driver = models.ForeignKey(
        StrategicDriver, models.PROTECT, related_name="actions", verbose_name="strategic driver"
    )
    audit = models.ForeignKey(Audit, models.PROTECT, null=True, blank=True, related_name="actions")
    title = FreeText(blank=True, max_length=300)
    text = FreeText("action")
    outcome = FreeText("outcome wanted", blank=True)
    known_by = FreeText("how it will be known", blank=True)
    priority = models.CharField(max_length=10, choices=Priority, blank=True)
    who = FreeText("who, as published", max_length=500)
    group = models.ForeignKey(Group, models.PROTECT, related_name="actions", verbose_name="responsible group")
    timescale = FreeText("timescale, as published", max_length=500, blank=True)
    # Of the original date.
    precision = models.CharField("timescale read as", max_length=10, choices=Precision, blank=True)
    original_date = models.DateField("original date", null=True, blank=True)
    agreed_date = models.DateField("agreed date", null=True, blank=True)
    review_date = models.DateField("review date", null=True, blank=True)
    # How often it was re-dated in the plans that it was carried forward from.
    earlier_new_dates = models.PositiveIntegerField("re-dated in earlier plans", default=0)
    status = models.CharField(max_length=20, choices=Status, default=Status.NOT_STARTED)
    rating = models.CharField(max_length=10, choices=Rating, blank=True)

    current_ownerships: list[Ownership]  # of for_pages()
    # Set by actions/findings.py. Any stands for "or None", where a rule reads the value only if there is one.
    rules: list[Any]  # those that find it
    reported_at: datetime | None
    rated_at: datetime | None
    rating_is_old: bool
    late_for: date | None  # the day of the meeting for which the last report came after papers closed
    changed_for: date | None  # the one for which papers closed before it was corrected
    new_dates: int | None = None
    forecast: Any  # a day
    rating_reason: str | None
    rating_then: Any  # a Rating
    blocker: str | None
    reopened_in: int
    reopened_at: datetime | None
    reopened_for: str | None
    reasons: list[tuple[Any, str]]
    unchecked: Any  # the completion whose impact check is overdue
    stands_as: Any  # of show_what_comes(): the open Action that one of a draft goes on with
    # Set by the views: off_plan_rows(), attach_asked(), attach_last_decisions().
    why: list[str]
    asked: list[Any]  # ExceptionReports
    last_decision: Any  # an ExceptionStep

    objects = ActionManager()  # type: ignore[misc]  # mypy: the base's is a class variable
    on_record = ActionQuerySet.as_manager()  # with those that were taken out of a draft
    history = History()

    class Meta:
        ordering = ["plan", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "ref"], name="one_action_a_reference"),
            models.UniqueConstraint(fields=["plan", "slug"], name="one_action_an_address"),
        ]
        indexes = [models.Index(fields=["plan", "position"], name="actions_as_printed")]

    def __str__(self) -> str:
        return f"Action {self.ref}"

    def get_absolute_url(self) -> str:
        return reverse("action_detail", args=[self.plan.label, self.slug])

    def concerns(self) -> dict[str, int | None]:
        return {"plan": self.plan_id, "action": self.pk, "group": self.group_id}

    def clean(self) -> None:
        was = "" if self._state.adding else self.as_read.get("status")
        if was == self.Status.DISCARDED:
            raise ValidationError(f"{self} was taken out of the draft: it is kept as it is.")
        if self.is_discarded and not self.plan.is_draft:
            raise ValidationError(f"{self.plan} is no draft: actions are taken out of a draft only.")
        was_open = was in self.OPEN
        if self.is_open and not was_open and self.plan.is_closed:
            raise ValidationError(f"{self.plan} is closed: it has no open action.")
        if not self._state.adding and self.as_read.get("slug", self.slug) != self.slug:
            raise ValidationError({"slug": f"{self} keeps its address: others link to it."})
        if self.theme and self.theme.plan_id != self.plan_id:
            raise ValidationError({"theme": f"“{self.theme.text}” is a theme of another plan."})
        if self.precision not in ("", self.Precision.ONGOING) and not self.original_date:
            raise ValidationError({"precision": "Give the day that its timescale is read as."})

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.plan)

    def save(self, **kwargs: Any) -> None:
        """Save it; a new action without an address or a place gets its own.

        Raises: what Tracked.save() does.
        """
        if self._state.adding:
            self.slug = self.slug or self.free_address()
            if self.position is None:
                last = self.plan.actions.aggregate(models.Max("position"))["position__max"]
                self.position = (last or 0) + 1
        super().save(**kwargs)

    def free_address(self) -> str:
        # 1.1 and 1-1 of one plan would have the same: the second gets a number.
        there = Action.on_record.filter(plan=self.plan)
        return next(
            slug
            for slug in numbered(address_of(self.ref))
            if slug.lower() != NOT_AN_ADDRESS and not there.filter(slug=slug).exists()
        )

    @property
    def due(self) -> Any:  # a day, or None
        """The agreed date, or the original one until a date is agreed."""
        return self.agreed_date or self.original_date

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_frozen(self) -> bool:
        return self.plan.is_closed

    @property
    def is_discarded(self) -> bool:
        return self.status == self.Status.DISCARDED

    @property
    def was_published(self) -> bool:
        return self.plan.was_published and not self.is_discarded

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether it has ended, and goes on as another action or in one."""
        return self.status in (self.Status.CARRIED_FORWARD, self.Status.MERGED, self.Status.SPLIT)

    @property
    def why_milestones_stay(self) -> str:
        """Why its milestones are kept as they are; "" if they are not: where it goes on they can change."""
        if self.goes_on_elsewhere:
            return f"{self} goes on elsewhere: keep its milestones there."
        return ""

    @property
    def takes_reports(self) -> bool:
        return self.is_open and self.plan.is_live

    @property
    def why_no_reports(self) -> str:
        if not self.is_open:
            return f"{self} is {self.get_status_display().lower()}: nothing is reported on it."
        if self.plan.is_draft:
            return f"{self.plan} is a draft: it is reported on once it is published."
        return "" if self.plan.is_live else self.plan.why_frozen

    @property
    def review_has_passed(self) -> bool:
        """Whether it is open, has no date, and its day of review was before today."""
        if self.review_date is None or self.due or not self.takes_reports:
            return False
        return self.review_date < clock.today()

    @property
    def days_late(self) -> int:
        late = self.due and self.due < clock.today() and self.takes_reports
        return (clock.today() - self.due).days if late else 0

    def is_answered_for_by(self, group: Group) -> bool:
        """Whether the group is or acts for the responsible one, or a chair of it leads.

        A group decides nothing on what it answers for, unless there is none above it.
        """
        led_by = {post.group_id for post in self.lead_posts if post.role in CHAIRS}
        return group.pk in led_by | self.group.answering_keys

    @cached_property
    def current_leads(self) -> list[ActionLead]:
        return list(self.leads.current())  # for_pages() reads those of all its actions at once

    @property
    def lead_posts(self) -> list[Post]:
        """The posts that lead it today, in the order of the plan."""
        return [lead.post for lead in self.current_leads]

    @property
    def priority_in_words(self) -> str:
        return f"{self.get_priority_display()} priority" if self.priority else "No priority given"

    @property
    def precision_in_words(self) -> str:
        """What a printed timescale said less exactly than the original date does; "" if nothing."""
        words: dict[str, str] = {
            self.Precision.MONTH: "In that month",
            self.Precision.QUARTER: "In the quarter that ends then",
            self.Precision.YEAR: "In the year that ends then",
            self.Precision.ONGOING: "Ongoing",
        }
        return words.get(self.precision, "")

    @property
    def has_both_dates(self) -> bool:
        return bool(self.original_date and self.review_date)

    @property
    def owners(self) -> list[Partner]:
        return [ownership.partner.successor_on(clock.today()) for ownership in self.current_ownerships]

    @property
    def why_first_date_stays(self) -> str:
        """Why the original date cannot be corrected any more; "" if it can."""
        if not self.takes_reports:
            return f"{self} is not open in a live plan."
        if not self.original_date:
            return f"{self} has no date yet."
        if self.came_from or self.carried_by.exists():
            return f"{self} was carried forward with its first date: it stays."
        if self.updates.exists() or self.agreed_date:
            return f"{self} has been reported on or re-dated: its first date stays."
        if self.exception_reports.undecided().filter(kind="new_date").exists():
            return "A request for a new date is undecided. The date stays until it is decided."
        return ""

    @property
    def times_redated(self) -> int:
        return self.earlier_new_dates + self.exception_reports.granted_new_dates().count()

    @cached_property
    def came_from(self) -> list[Any]:
        """The Successors by which it goes on with earlier actions, by decisions in force."""
        return [one for one in self.predecessors.standing() if not one.ending.decision.is_waiting]

    @cached_property
    def standing_ending(self) -> Any:
        """The ActionEnding that is decided and has not ended it yet, or None."""
        return self.endings.standing().first()

    @property
    def redated_in_words(self) -> str:
        times = self.new_dates  # of complete()
        if times is None:
            times = self.times_redated
        return {0: "", 1: "Re-dated once"}.get(times, f"Re-dated {times} times")

    @property
    def moved_in_short(self) -> str:
        """Where it was moved: its original date and, if it is complete(), how often; "" if it was not."""
        if not self.agreed_date:
            return ""
        times = {0: "", 1: ", re-dated once"}.get(self.new_dates or 0, f", re-dated {self.new_dates} times")
        return f"originally {day_in_short(self.original_date) or 'no date'}{times}"

    def record_update(self, update: ProgressUpdate) -> None:
        """Record an update; its rating becomes the action's, and an action not started is now in progress.

        Raises:
            ValidationError: the action is not open, or it repeats the last update word for word.
        """
        if self.why_no_reports:
            raise ValidationError(self.why_no_reports)
        update.action = self
        if update.nil_return:
            update.save()
            return
        counting = ProgressUpdate.objects.keys_that_count({self.pk: None})
        last = ProgressUpdate.objects.get(pk=counting[0][0]) if counting else None
        if last and last.reported_values() == update.reported_values():
            raise ValidationError(
                f"This is word for word the last update, of {day_in_words(last.reported.clock)}. "
                "If there is nothing new to report, send a nil return."
            )
        update.save()
        self.take_rating_of(update)

    def record_correction(self, update: ProgressUpdate, corrected: ProgressUpdate) -> None:
        """Record an update that says anew what this one, which stands, said.

        Raises:
            ValidationError: the action is not open, or the update stands no longer or says the same.
        """
        if not self.is_open:
            raise ValidationError(self.why_no_reports)
        if not ProgressUpdate.objects.standing().filter(pk=corrected.pk).exists():
            raise ValidationError("That update does not count any more: what replaced it can be corrected.")
        if corrected.reported_values() == update.reported_values():
            raise ValidationError("This says the same as before.")
        update.action = self
        update.first = corrected.first or corrected
        # A correction that is not so stays the last of them: they are one line.
        update.corrects = update.first.corrections.order_by("-change_id").first() or update.first
        update.save()
        self.take_rating()

    def take_rating(self) -> None:
        """Give it the rating that the last update that counts reports, or that it had before any.

        That may be one on an action that it goes on with. An action not started is in progress once there is
        such an update. If none counts any more, and nothing but updates started it, it is not started.
        """
        counting = ProgressUpdate.objects.keys_that_count(line_of(self.pk))
        if said := [key for key, is_nil in counting if not is_nil]:
            self.take_rating_of(ProgressUpdate.objects.get(pk=said[0]))
            return
        if first := self.updates.filter(nil_return=False).order_by("change_id").first():
            before = history_of(Action)._default_manager.filter(id=self.pk, change__lt=first.change_id)
            was = before.latest("change")
            self.rating = was.rating
            was_moved = self.exception_reports.filter(kind__in=("completion", "reopening")).exists()
            if self.status == self.Status.IN_PROGRESS and not was_moved:
                self.status = was.status
        elif came := self.predecessors.in_force().select_related("ending__action").first():
            self.rating = came.ending.action.rating
        self.save()

    def take_rating_of(self, update: ProgressUpdate) -> None:
        self.rating = update.rating
        if self.status == self.Status.NOT_STARTED:
            self.status = self.Status.IN_PROGRESS
        self.save()


# What an action in a plan can have.
STATUSES = [(value, label) for value, label in Action.Status.choices if value != Action.Status.DISCARDED]
