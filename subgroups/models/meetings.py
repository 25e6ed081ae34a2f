"""When a group meets, when papers close for the meeting, and which partners were present."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from itertools import pairwise
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from gscp import clock
from gscp.dates import day_in_words
from gscp.record import Change, FreeText, History, Tracked, TrackedQuerySet, history_of
from gscp.words import numbered
from subgroups.models.groups import Group
from subgroups.models.partners import Partner
from subgroups.models.posts import Post
from subgroups.models.quorum import QuorumPart, Shortfall


def closings_of(column: Callable[[str], Any]) -> Q:
    """The history rows that say when a meeting's papers close: its own, and others of that day and closing.

    Args:
        column: gives the value of a column of the meeting.
    """
    same = {name: column(name) for name in ("group_id", "date", "papers_close")}
    return Q(change__lte=column("change_id")) & (Q(id=column("pk")) | Q(**same))


class MeetingQuerySet(TrackedQuerySet["Meeting"]):
    def of(self, group: Group) -> Self:
        return self.not_called_off().filter(group=group).select_related("group")

    def at_address(self, address: str) -> Self:
        """The one whose page is there, of each group: a meeting keeps its address when its day is moved."""
        is_day = len(address) == len("2021-06-15")
        of_its_day = Q(own_address="", date=address) if is_day else Q(pk=None)
        return self.filter(Q(own_address=address) | of_its_day)

    def find(self, slug: str, address: str) -> Meeting:
        """The one of this group at an address or, if there is none, one that was moved to that day.

        Raises:
            Http404: there is neither.
        """
        of_group = self.filter(group__slug=slug).order_by("pk")
        meeting = of_group.at_address(address).first()
        if meeting is None and len(address) == len("2021-06-15"):
            meeting = of_group.filter(date=address).first()
        if meeting is None:
            raise Http404
        return meeting

    def with_attendance(self) -> Self:
        """With all that says who was present and whether that was a quorum."""
        return self.select_related("group").prefetch_related(
            "attendances__partner__succeeded_by",
            "attendances__post",
            "group__quorum_parts__named__partner__succeeded_by",
        )

    def not_called_off(self) -> Self:
        return self.filter(called_off=False)

    def with_papers_closed(self) -> Self:
        return self.filter(papers_close__lte=clock.now())

    def begun(self) -> Self:
        return self.not_called_off().filter(date__lte=clock.today()).order_by("-date", "-pk")

    def held(self) -> Self:
        """Today's meetings, and earlier ones at which somebody was present, the latest first."""
        present = Attendance.objects.present().filter(meeting=OuterRef("pk"))
        return self.begun().filter(Q(date=clock.today()) | Exists(present))

    def before(self, meeting: Meeting) -> Meeting | None:
        """The last one held before it: of two on one day, the one recorded first comes first."""
        earlier = Q(date__lt=meeting.date) | Q(date=meeting.date, pk__lt=meeting.pk)
        return self.held().filter(earlier).first()

    def without_attendance(self) -> Self:
        return self.begun().filter(attendances=None)

    def upcoming(self) -> Self:
        return self.not_called_off().filter(date__gt=clock.today()).order_by("date", "pk")

    def today_or_next(self) -> Meeting | None:
        return self.filter(date__gte=clock.today()).order_by("date", "pk").first()


class Meeting(Tracked):
    group = models.ForeignKey(Group, models.PROTECT, related_name="meetings", verbose_name="Group")
    date = models.DateField()
    # Of one that was moved, or is not the first of its group on a day; the others have their day.
    own_address = models.SlugField("address", max_length=20, blank=True, default="")
    papers_close = models.DateTimeField()
    note = FreeText(max_length=200, blank=True)
    called_off = models.BooleanField("called off", default=False)
    why_it_went_on = FreeText("why the chair went on without a quorum", max_length=2000, blank=True)

    objects = MeetingQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    form_labels = {"date": "Day of the meeting"}
    history = History()

    class Meta:
        ordering = ["date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "date"], condition=Q(own_address=""), name="one_meeting_at_a_day"
            ),
            models.UniqueConstraint(
                fields=["group", "own_address"], condition=~Q(own_address=""), name="one_meeting_an_address"
            ),
        ]

    def __str__(self) -> str:
        name = f"{self.group}, {day_in_words(self.date)}"
        day, number = self.own_address[:10], self.own_address[11:]
        return f"{name}, meeting {number}" if number and day == str(self.date) else name

    def get_absolute_url(self) -> str:
        return reverse("meeting_detail", args=[self.group.slug, self.address])

    def clean(self) -> None:
        if self.papers_close and self.date and timezone.localdate(self.papers_close) > self.date:
            raise ValidationError({"papers_close": "Papers close before the meeting, not after it."})
        # Asked here too, where recording() lets one writer in at a time: it may have decided meanwhile.
        if self.called_off and self.has_decided:
            raise ValidationError({"called_off": "It was held: what it decided is on record."})
        if self.pk and not self.called_off and self.as_read.get("called_off") and self.attendances.exists():
            # Partners, quorum and group may have changed since, as it counted for nothing.
            told = "It was called off though it is on record who was there: record another meeting instead."
            raise ValidationError({"called_off": told})

    def save(self, **kwargs: Any) -> None:
        """Save it; what was printed of it names its address, so it keeps that when it is moved.

        Raises: what Tracked.save() does.
        """
        if self._state.adding:
            others = Meeting.objects.filter(group=self.group)
            addresses = numbered(str(self.date))
            free = next(one for one in addresses if not others.at_address(one).exists())
            self.own_address = "" if free == str(self.date) else free
        elif not self.own_address and str(self.as_read.get("date", self.date)) != str(self.date):
            self.own_address = str(self.as_read["date"])
        super().save(**kwargs)

    def concerns(self) -> dict[str, int | None]:
        return {"group": self.group_id}

    @property
    def address(self) -> str:
        return self.own_address or str(self.date)

    @property
    def papers_issued(self) -> Any:  # one of its history rows, or None
        """The meeting as it was when its papers closed or, if it was recorded later, when that was recorded.

        Where their closing was corrected to a time to come, that is as it was at the one before.
        None where they have not closed, or where it was called off before that.
        """
        closed = [self.papers_close] if self.papers_closed else self.earlier_closings
        if not closed:
            return None
        rows = history_of(Meeting)._base_manager.filter(id=self.pk, papers_close=closed[-1])
        by_then = rows.filter(change__lte=Change.objects.last_number(closed[-1]))
        row = by_then.order_by("change_id").last() or rows.order_by("change_id").first()
        return None if row is None or row.called_off else row

    def closing_recorded_at(self, closing: datetime) -> datetime | None:
        """When this closing was put on record, if it had passed by then; None if that was in time."""
        first = self.rows_so_far().filter(papers_close=closing).first()
        return first.history_date if first and first.history_date > closing else None

    @property
    def papers_were_used(self) -> bool:
        """Whether it was held with them: from then on their closing stays."""
        return self.attendances.exists() or self.decisions.exists()

    @property
    def has_decided(self) -> bool:
        """Whether a decision was entered at it, in force or not: then it cannot have been a mistake."""
        made = (self.decisions, self.plan_decisions, self.baselines)
        return self.pk is not None and any(decisions.exists() for decisions in made)

    @property
    def closed_when_recorded(self) -> bool:
        """Whether each closing of its papers came on record once it had passed: nobody could report in time.

        One that is recorded anew for the day of a meeting that was called off has the closing of that one.
        """
        if "had_closed" in vars(self):  # of meetings_in_order(), which asks for all at once
            return bool(vars(self)["had_closed"])
        rows = history_of(Meeting)._base_manager.filter(closings_of(lambda name: getattr(self, name)))
        closings = rows.order_by().values_list("papers_close", "change__at")
        return all(closing < recorded for closing, recorded in closings)

    @property
    def put_on_record(self) -> Any:  # a moment
        return self.rows_so_far().values_list("history_date", flat=True)[0]

    @property
    def earlier_closings(self) -> list[datetime]:
        """Closings that had passed when they were corrected, the first one first."""
        rows = self.rows_so_far().values_list("papers_close", "history_date")
        passed = [was for (was, _), (now, at) in pairwise(rows) if was != now and was <= at]
        return [closing for closing in dict.fromkeys(passed) if closing != self.papers_close]

    @property
    def first_day(self) -> Any:  # a day, or None
        """The day on which it was to be before it was moved."""
        first = self.rows_so_far().values_list("date", flat=True)[0]
        return first if first != self.date else None

    def rows_so_far(self) -> models.QuerySet[Any]:
        rows = history_of(Meeting)._base_manager.filter(id=self.pk, change__lte=self.change_id)
        return rows.order_by("change_id")  # not "change", whose table looking_back() cuts off

    @property
    def who_came(self) -> str:
        """How pages speak of who is present: as long as its day goes on, and after that."""
        return "who was there" if self.date < clock.today() else "who is here"

    @property
    def papers_closed(self) -> bool:
        return self.papers_close <= clock.now()

    @property
    def is_today(self) -> bool:
        return self.date == clock.today()

    @property
    def is_of_deciding_group(self) -> bool:
        return self.group.takes_decisions

    @property
    def attendance_by_partner(self) -> dict[int, Attendance]:
        """Its rows by the partner of the meeting's day: a row may name one that was succeeded by then.

        Where a succession was recorded later, both may have one: its successor's counts.
        """
        rows: dict[int, Attendance] = {}
        for row in self.attendances.all():
            partner = row.partner.successor_on(self.date)
            if partner.pk not in rows or row.partner == partner:
                rows[partner.pk] = row
        return rows

    def attended(self, presence: str) -> list[Attendance]:
        return [row for row in self.attendance_by_partner.values() if row.presence == presence]

    @property
    def present(self) -> list[Attendance]:
        return self.attended(Attendance.Presence.PRESENT)

    @property
    def apologies(self) -> list[Partner]:
        return [attendance.partner for attendance in self.attended(Attendance.Presence.APOLOGIES)]

    @property
    def absent(self) -> list[Partner]:
        return [attendance.partner for attendance in self.attended(Attendance.Presence.ABSENT)]

    @property
    def partners_present(self) -> list[Partner]:
        return [attendance.partner for attendance in self.present]

    @property
    def shortfalls(self) -> list[Shortfall]:
        return self.shortfalls_with(self.partners_present)

    def shortfalls_with(self, present: Collection[Partner]) -> list[Shortfall]:
        """What a quorum lacks if these are present, by the group's rule of the meeting's own day."""
        lacking = (part.shortfall(present, self.date) for part in self.quorum_parts)
        return [shortfall for shortfall in lacking if shortfall]

    @property
    def quorum_parts(self) -> list[QuorumPart]:
        return self.group.quorum_on(self.date)

    @property
    def is_quorate(self) -> bool:
        return bool(self.present) and not self.shortfalls

    @property
    def decisions_take_effect(self) -> bool:
        return self.is_quorate or bool(self.why_it_went_on)

    @property
    def quorum_in_words(self) -> str:
        """Whether who was present was a quorum and, if not, whom it lacked; "" if nothing is known of it."""
        if not self.present or not self.quorum_parts:
            return ""
        if not self.shortfalls:
            return "Quorate."
        lacked = f"Not quorate: {'; '.join(map(str, self.shortfalls))}."
        if self.why_it_went_on:
            return f"{lacked} The chair went on all the same: {self.why_it_went_on}"
        return f"{lacked} What it decides is not in force until a meeting with a quorum agrees it."

    def next_held(self) -> Meeting | None:
        return self.group.meetings.held().filter(date__gt=self.date).last()

    def check_can_decide(self) -> None:
        """Check that a decision can be entered: on the day of the meeting, or until the group meets again.

        Raises:
            ValidationError: it was called off, was not held or has no attendance, or the group met since.
                Or the group decides no longer.
        """
        if not self.group.decides():
            raise ValidationError(f"The {self.group} takes no decisions any more.")
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


class AttendanceQuerySet(TrackedQuerySet["Attendance"]):
    def present(self) -> Self:
        return self.filter(presence=Attendance.Presence.PRESENT)


class Attendance(Tracked):
    """Whether a partner was present at a meeting and, if so, by which post or by which deputy."""

    class Presence(models.TextChoices):
        PRESENT = "present", "Present"
        APOLOGIES = "apologies", "Apologies"
        ABSENT = "absent", "Absent"

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="attendances")
    presence = models.CharField(max_length=10, choices=Presence)
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    deputy = FreeText("deputy, by title", max_length=120, blank=True)

    objects = AttendanceQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("meeting",)
    history = History()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "partner"], name="a_partner_attends_a_meeting_once")
        ]

    def __str__(self) -> str:
        return f"{self.partner} at {self.meeting}"

    def clean(self) -> None:
        if Meeting.objects.filter(pk=self.meeting_id, called_off=True).exists():
            raise ValidationError("It was called off: nobody was present.")
        if self.post and self.deputy:
            raise ValidationError(f"{self.partner}: name the post or the deputy, not both.")
        if (self.post or self.deputy) and not self.is_present:
            raise ValidationError(f"{self.partner}: only who is present is there by a post or a deputy.")

    @property
    def is_present(self) -> bool:
        return self.presence == self.Presence.PRESENT

    @property
    def by_whom(self) -> str:
        return self.post.name if self.post else self.deputy
