"""When a body meets, when papers close before it, and who was present."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from gscp import clock
from gscp.dates import day
from gscp.record import FreeText, History, Tracked, TrackedQuerySet
from subgroups.models.bodies import Subgroup
from subgroups.models.partners import Partner


class MeetingQuerySet(TrackedQuerySet["Meeting"]):
    def setting_deadlines(self):
        """The Management Group's meetings: the closing of their papers is the deadline of every report."""
        return self.of_tier(Subgroup.Tier.MANAGEMENT_GROUP)

    def of_tier(self, tier: str):
        return self.not_called_off().filter(subgroup__tier=tier).select_related("subgroup")

    def not_called_off(self):
        return self.filter(called_off=False)

    def closed(self):
        """Their papers have closed."""
        return self.filter(papers_close__lte=clock.now())

    def begun(self):
        """Their day has come; the latest first."""
        return self.not_called_off().filter(date__lte=clock.today()).order_by("-date")

    def held(self):
        """Of those, today's, and where somebody was present."""
        present = Attendance.objects.filter(meeting=OuterRef("pk"), present=True)
        return self.begun().filter(Q(date=clock.today()) | Exists(present))

    def without_attendance(self):
        """Their day has come, and nobody's attendance is on record."""
        return self.begun().filter(attendances=None)

    def upcoming(self):
        return self.not_called_off().filter(date__gt=clock.today()).order_by("date")

    def today_or_next(self) -> Meeting | None:
        """Today's, or else the next one."""
        return self.filter(date__gte=clock.today()).order_by("date").first()


class Meeting(Tracked):
    subgroup = models.ForeignKey(Subgroup, models.PROTECT, related_name="meetings", verbose_name="Body")
    date = models.DateField()
    papers_close = models.DateTimeField()
    note = FreeText(max_length=200, blank=True)
    called_off = models.BooleanField("called off", default=False)

    objects = MeetingQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["subgroup", "date"],
                name="one_meeting_of_a_body_a_day",
                violation_error_message="That body meets on that day already.",
            )
        ]

    def __str__(self):
        return f"{self.subgroup}, {day(self.date)}"

    def get_absolute_url(self):
        return reverse("meeting_detail", args=[self.subgroup.slug, self.date])

    def clean(self):
        if self.papers_close and self.date and timezone.localdate(self.papers_close) > self.date:
            raise ValidationError({"papers_close": "Papers close before the meeting, not after it."})

    def concerns(self):
        return {"subgroup": self.subgroup_id}

    @property
    def papers_closed(self) -> bool:
        return self.papers_close <= clock.now()

    @property
    def decides(self) -> bool:
        """The Executive and the Management Group decide; a subgroup reports."""
        return self.subgroup.tier != Subgroup.Tier.SUBGROUP

    @property
    def present(self) -> list[Partner]:
        return [attendance.partner for attendance in self.attendances.all() if attendance.present]

    @property
    def is_quorate(self) -> bool:
        """All three safeguarding partners are present."""
        return Partner.are_quorate(self.present)

    def next_held(self) -> Meeting | None:
        """The meeting this body has held, or holds today, after this one."""
        return self.subgroup.meetings.held().filter(date__gt=self.date).last()

    def check_can_decide(self) -> None:
        """Decisions are entered at the meeting, or until the body meets again.

        Raises:
            ValidationError: it has not begun, nobody's attendance is on record, or the body has met since.
        """
        if self.called_off:
            raise ValidationError(f"The meeting of {day(self.date)} was called off.")
        if self.date > clock.today():
            raise ValidationError(f"The meeting of {day(self.date)} has not been held yet.")
        if later := self.next_held():
            raise ValidationError(
                f"The {self.subgroup} has met since, on {day(later.date)}: enter it at that meeting."
            )
        if not self.present:
            raise ValidationError("Record first which partners are present.")


class Attendance(Tracked):
    """Whether a partner was present at a meeting."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    present = models.BooleanField(default=False)

    part_of = ("meeting",)
    history = History()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "partner"], name="a_partner_attends_a_meeting_once")
        ]

    def __str__(self):
        return f"{self.partner} at {self.meeting}"
