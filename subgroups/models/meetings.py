"""When a group meets, when papers close for the meeting, and which partners were present."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from gscp import clock
from gscp.dates import day_in_words
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models.groups import Group
from subgroups.models.partners import Partner


class MeetingQuerySet(TrackedQuerySet["Meeting"]):
    def setting_deadlines(self) -> Self:
        # When papers of the Management Group close is the deadline of every report.
        deciding = self.not_called_off().filter(group__takes_decisions=True)
        return deciding.exclude(group__reports_to=None).select_related("group")

    def of(self, group: Group) -> Self:
        return self.not_called_off().filter(group=group).select_related("group")

    def not_called_off(self) -> Self:
        return self.filter(called_off=False)

    def with_papers_closed(self) -> Self:
        return self.filter(papers_close__lte=clock.now())

    def begun(self) -> Self:
        return self.not_called_off().filter(date__lte=clock.today()).order_by("-date")

    def held(self) -> Self:
        """Today's meetings, and earlier ones at which somebody was present, the latest first."""
        present = Attendance.objects.filter(meeting=OuterRef("pk"), present=True)
        return self.begun().filter(Q(date=clock.today()) | Exists(present))

    def without_attendance(self) -> Self:
        return self.begun().filter(attendances=None)

    def upcoming(self) -> Self:
        return self.not_called_off().filter(date__gt=clock.today()).order_by("date")

    def today_or_next(self) -> Meeting | None:
        return self.filter(date__gte=clock.today()).order_by("date").first()


class Meeting(Tracked):
    group = models.ForeignKey(Group, models.PROTECT, related_name="meetings", verbose_name="Group")
    date = models.DateField()
    papers_close = models.DateTimeField()
    note = FreeText(max_length=200, blank=True)
    called_off = models.BooleanField("called off", default=False)

    objects = MeetingQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    history = History()

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "date"],
                name="one_meeting_of_a_group_a_day",
                violation_error_message="That group meets on that day already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}, {day_in_words(self.date)}"

    def get_absolute_url(self) -> str:
        return reverse("meeting_detail", args=[self.group.slug, self.date])

    def clean(self) -> None:
        if self.papers_close and self.date and timezone.localdate(self.papers_close) > self.date:
            raise ValidationError({"papers_close": "Papers close before the meeting, not after it."})

    def concerns(self) -> dict[str, int | None]:
        return {"group": self.group_id}

    @property
    def papers_closed(self) -> bool:
        return self.papers_close <= clock.now()

    @property
    def is_of_deciding_group(self) -> bool:
        return self.group.takes_decisions

    @property
    def partners_present(self) -> list[Partner]:
        return [attendance.partner for attendance in self.attendances.all() if attendance.present]

    @property
    def is_quorate(self) -> bool:
        return Partner.is_quorum(self.partners_present)

    def next_held(self) -> Meeting | None:
        return self.group.meetings.held().filter(date__gt=self.date).last()

    def check_can_decide(self) -> None:
        """Check that a decision can be entered: on the day of the meeting, or until the group meets again.

        Raises:
            ValidationError: it was called off, was not held or has no attendance, or the group met since.
        """
        if self.called_off:
            raise ValidationError(f"The meeting of {day_in_words(self.date)} was called off.")
        if self.date > clock.today():
            raise ValidationError(f"The meeting of {day_in_words(self.date)} has not been held yet.")
        if later := self.next_held():
            raise ValidationError(
                f"The {self.group} has met since, on {day_in_words(later.date)}: enter it at that meeting."
            )
        if not self.partners_present:
            raise ValidationError("Record first which partners are present.")


class Attendance(Tracked):
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    present = models.BooleanField(default=False)

    part_of = ("meeting",)
    history = History()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "partner"], name="a_partner_attends_a_meeting_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} at {self.meeting}"
