"""The forms by which the Business Manager keeps meetings."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.text import capfirst

from actions.deadlines import announced, meetings_by_group
from actions.models import BusinessPlan, ExceptionReport
from actions.models.plan_decision import has_decisions_in_force
from gscp import clock
from gscp.dates import closing_in_words, day_in_words, moment_in_words, moment_of
from gscp.forms import RecordForm, TimeField, date_field, reason_field
from gscp.record import Change, ChangeQuerySet
from gscp.widgets import DateParts, TimeBox
from subgroups.models import Attendance, Group, Meeting, Partner, Post
from subgroups.models.groups import groups_by_key

NOT_IN_FORCE = (
    "Not enough partners are here: a decision is not in force until a meeting with enough partners agrees it."
)


class MeetingForm(RecordForm, forms.ModelForm):
    subject: Meeting
    heading, button = "Record a meeting", "Record meeting"
    closes_now = False  # for want of a day that was typed, since the usual one has passed

    papers_close = date_field(required=True, label="Day on which papers close")
    closing_time = TimeField(
        label="At",
        widget=TimeBox({"class": "govuk-input--width-5"}),
        help_text="For example 5pm or 17:00.",
    )
    as_it_stands = forms.BooleanField(
        label="Yes, record it as it stands", required=False, widget=forms.HiddenInput
    )
    reason = reason_field(help_text="Why it is changed.")
    # The first is shown where it is asked, and the others say themselves what it means to leave them empty.
    not_marked_optional = {"as_it_stands", "papers_close", "closing_time"}

    class Meta:
        model = Meeting
        fields = ["group", "date", "note", "called_off"]
        labels = {"group": "Group", "called_off": "It is called off"} | Meeting.form_labels
        widgets = {"date": DateParts, "note": forms.TextInput}

    field_order = [
        "group", "date", "papers_close", "closing_time", "note", "called_off", "as_it_stands", "reason",
    ]  # fmt: skip

    def __init__(self, *args, subject: Meeting, **kwargs):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        self.recorded_closing = subject.papers_close
        if not subject.pk:
            del self.fields["called_off"], self.fields["reason"]  # an ordinary meeting needs none
            day, at = self.fields["papers_close"], self.fields["closing_time"]
            day.required = at.required = False
            day.help_text = (
                "Needed for a group’s first meeting. Later, left empty, it is as many days before as last "
                "time, or now if that has passed."
            )
            at.help_text += " Leave it empty for the time of last time, or 5pm."
        else:
            self.heading, self.button = "Change a meeting", "Record change"
            del self.fields["group"]  # another group's meeting is another meeting
            closing = timezone.localtime(subject.papers_close)
            self.initial.update(papers_close=closing.date(), closing_time=closing.time())

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        held, closing = data.get("date"), data.get("papers_close")
        first = BusinessPlan.objects.listed().order_by("first_day").first()
        for name, on in (("date", held), ("papers_close", closing)):
            if on and first and not first.first_day.year - 1 <= on.year <= clock.today().year + 10:
                self.add_error(name, "That is no day of a plan. Check the year.")
        if held and first and held < first.first_day:
            starts_on = day_in_words(first.first_day)
            self.add_error("date", f"That is before the first plan, which starts on {starts_on}.")
        group = data.get("group") if "group" in self.fields else self.subject.group
        if group:
            self.instance.group = group
        if held and group and not group.is_in_place(held):
            self.add_error("date", f"The {group} is not in place on that day.")
        if held and closing and closing < held - timedelta(days=92):
            self.add_error("papers_close", "That is over three months before the meeting. Check it.")
        if held and group and not {"date", "papers_close", "closing_time"} & self.errors.keys():
            of_called_off = None if self.subject.pk else self.closing_of_called_off(held, group)
            papers_close = of_called_off or self.closing(held, group)
            if papers_close and self.subject.pk:
                self.check_past(held, papers_close)
            # The day and the time are one column, which the model's own checks look at next.
            if papers_close:
                self.instance.papers_close = papers_close
        return data

    def closing(self, held: date, group: Group) -> datetime | None:
        """When papers close: as it was typed, and where it was not, as before the group's last meeting."""
        day, at = self.cleaned_data["papers_close"], self.cleaned_data["closing_time"]
        is_typed = day is not None and at is not None
        earlier = [one for one in meetings_by_group().get(group.pk, []) if one.date < held]
        # One that was recorded at short notice, after its papers close, sets no example.
        last = max(announced(earlier) or earlier, key=lambda one: (one.date, one.pk), default=None)
        if last and not is_typed:
            closed = timezone.localtime(last.papers_close)
            day, at = day or held - (last.date - closed.date()), at or closed.time()
        if day is None:
            self.add_error("papers_close", "No earlier meeting of this group is on record: say the day.")
            return None
        if (day, at) == (self.initial.get("papers_close"), self.initial.get("closing_time")):
            return self.recorded_closing  # it may be in an hour that clocks showed twice
        try:
            closes = moment_of(day, at or time(17))
        except ValidationError as error:
            self.add_error("closing_time", error)
            return None
        if self.cleaned_data["papers_close"] is None and closes <= clock.now() and held >= clock.today():
            # Called at short notice. A time alone was meant for another day than this one.
            if self.cleaned_data["closing_time"]:
                self.add_error("papers_close", f"{day_in_words(day)} has passed: say the day as well.")
            closes = clock.now().replace(second=0, microsecond=0)
            self.closes_now = True
        return closes

    def closing_of_called_off(self, held: date, group: Group) -> datetime | None:
        """That of a meeting of that day that was called off, if its papers have closed: it stays."""
        called_off = Meeting.objects.filter(called_off=True, group=group, date=held).order_by("pk").first()
        if called_off is None or called_off.papers_close > clock.now():
            return None
        day = self.cleaned_data["papers_close"]
        if day and day != timezone.localdate(called_off.papers_close):
            closed = moment_in_words(called_off.papers_close)
            self.add_error("papers_close", f"Papers for that day closed on {closed}: that stays.")
        return called_off.papers_close

    def check_past(self, held: date | None, papers_close: datetime) -> None:
        meeting, was = self.subject, self.initial
        recorded = self.recorded_closing
        if recorded <= clock.now():
            closed = f"Papers closed on {moment_in_words(recorded)}: that stays"
            if recorded != papers_close and meeting.papers_were_used:
                self.add_error("papers_close", f"{closed}.")
            elif recorded != papers_close and held != was["date"]:
                anew = "For papers that close anew, call it off and record another."
                self.add_error("papers_close", f"{closed} when the meeting is moved. {anew}")
            elif recorded != papers_close and papers_close < meeting.put_on_record <= recorded:
                self.add_error("papers_close", "Papers cannot close before the meeting was on record.")
        elif papers_close <= clock.now():
            self.add_error("papers_close", "That has passed, and papers are still open: give a time to come.")
        if held != was["date"] and was["date"] <= clock.today():
            self.add_error("date", f"Its day has come and stays. {self.way_out_of_a_wrong_day}")

    @property
    def way_out_of_a_wrong_day(self) -> str:
        if self.subject.has_decided:
            return "Decisions were entered at it. Say in its note which day is right."
        return "Call it off, and record another."

    def history_reason(self) -> str:
        return self.cleaned_data.get("reason", "")

    def success_message(self) -> str:
        if self.instance.called_off:
            return "Recorded: the meeting is called off."
        close = "closed" if self.instance.papers_closed else "close"
        said = f"Meeting recorded. Papers {close} {closing_in_words(self.instance.papers_close)}."
        return (
            f"{said} What is reported from now on is not in them, and is not late."
            if self.closes_now
            else said
        )

    def questions(self) -> Iterator[str]:
        """What may be meant as it is, and may be a slip."""
        meeting = self.instance
        if meeting.pk and meeting.papers_close != self.recorded_closing <= clock.now():
            closed = f"Papers closed on {moment_in_words(self.recorded_closing)}."
            follows = "Whether a report is late then goes by the new time, and so do the papers."
            yield f"{closed} Change that only if it was a slip. {follows} Tick to confirm."
        if meeting.papers_closed and meeting.papers_close != self.recorded_closing and not self.closes_now:
            closing = f"Papers would close in the past: {moment_in_words(meeting.papers_close)}."
            since = "is late" if meeting.pk else "is not in them"
            yield f"{closing} What was entered since {since}. Tick to confirm."
        if meeting.called_off and not self.initial["called_off"] and meeting.attendances.exists():
            yield (
                "It is on record who was there. Call it off only if that was a slip, "
                "for example of the day. Tick to confirm."
            )
        others = Meeting.objects.not_called_off().filter(group=meeting.group, date=meeting.date)
        if meeting.date != self.initial.get("date") and others.exclude(pk=meeting.pk).exists():
            yield "That group meets on that day already. Tick to record a second meeting."

    def show_refusal(self, error: ValidationError) -> None:
        if "as_it_stands" in error.update_error_dict({}):
            self.fields["as_it_stands"].widget = forms.CheckboxInput()
        super().show_refusal(error)

    def write(self) -> None:
        # Not in clean(): sent again, the form would find the meeting that it recorded the first time.
        questions = list(self.questions())
        if questions and not self.cleaned_data["as_it_stands"]:
            raise ValidationError({"as_it_stands": questions})
        self.instance.save()


class AttendanceForm(RecordForm):
    """Of each partner of the meeting's day: whether it was present and, if so, by which post or deputy."""

    subject: Meeting
    not_marked_optional = {"reason"}  # shown where one is needed
    fields_template = "actions/attendance_fields.html"

    why_it_went_on = reason_field(
        label="Why the chair went on without a quorum",
        required=False,
        help_text="Only if there was no quorum. What is decided then takes effect at once.",
    )
    reason = reason_field(label="Reason for a correction", required=False)

    def __init__(self, *args, subject: Meeting, **kwargs):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = capfirst(subject.who_came), f"Record {subject.who_came}"
        self.attendances = subject.attendance_by_partner
        self.partners = list(Partner.objects.current_on(subject.date))
        posts = Post.objects.with_partners()
        groups = groups_by_key().values()  # once: each time a form that is sent asks whether they are as kept
        self.near = {group.pk for group in groups if subject.group in group.line[:2]}
        for partner in self.partners:
            self.add_fields(partner, [post for post in posts if self.may_attend_by(post, partner)])
        self.order_fields([name for name in self.fields if name not in ("why_it_went_on", "reason")])
        self.initial["why_it_went_on"] = subject.why_it_went_on
        if not (subject.group.chair_may_proceed or subject.why_it_went_on):
            del self.fields["why_it_went_on"]
        if not self.attendances:
            self.fields["reason"].widget = forms.HiddenInput()

    def may_attend_by(self, post: Post, partner: Partner) -> bool:
        """Whether it is of the group, or of one that reports to it, and of the partner or of none."""
        if (known := self.attendances.get(partner.pk)) and known.post_id == post.pk:
            return True
        is_of_none = post.partner is None and post.group_id == self.subject.group_id
        return is_of_none or (post.group_id in self.near and post.represents(partner, self.subject.date))

    def add_fields(self, partner: Partner, posts: list[Post]) -> None:
        known = self.attendances.get(partner.pk) or Attendance()
        self.fields[f"partner_{partner.pk}"] = forms.ChoiceField(
            label=partner.name,
            choices=Attendance.Presence.choices,
            widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
            error_messages={"required": f"Say whether {partner.name} was there."},
        )
        self.fields[f"post_{partner.pk}"] = forms.TypedChoiceField(
            label=f"By which post of {partner}",
            choices=[("", "Not said"), *((post.pk, post.name) for post in posts)],
            coerce=int,
            empty_value=None,
            required=False,
        )
        self.fields[f"deputy_{partner.pk}"] = forms.CharField(
            label=f"Or by which deputy of {partner}",
            max_length=120,
            required=False,
            help_text="By title, not by name: for example Deputy Chief Nurse.",
        )
        self.initial[f"partner_{partner.pk}"] = known.presence
        self.initial[f"post_{partner.pk}"] = known.post_id
        self.initial[f"deputy_{partner.pk}"] = known.deputy

    def partner_rows(self) -> list[tuple[BoundField, list[BoundField], bool]]:
        """Of each partner: whether it is present, by whom, and whether that is shown at once."""
        rows = []
        for partner in self.partners:
            present, *by_whom = (self[f"{name}_{partner.pk}"] for name in ("partner", "post", "deputy"))
            rows.append((present, by_whom, any(field.value() or field.errors for field in by_whom)))
        return rows

    def other_fields(self) -> list[BoundField]:
        return [field for field in self.visible_fields() if field.name in ("confirmed", *self.base_fields)]

    def changes_to_have_seen(self) -> ChangeQuerySet:
        attendance = {"model": Attendance._meta.label_lower, "group": self.subject.group_id}
        return super().changes_to_have_seen() | Change.objects.filter(**attendance)

    def history_reason(self) -> str:
        return self.cleaned_data["reason"]  # "" unless it corrects what is on record

    def success_message(self) -> str:
        recorded = f"Recorded {self.subject.who_came}."
        if not self.subject.is_of_deciding_group:
            return recorded
        in_force = not self.shortfalls or self.subject.why_it_went_on
        if not in_force:
            return f"{recorded} {NOT_IN_FORCE}"
        waiting = ExceptionReport.objects.waiting_for(self.subject.group).for_pages()
        count = sum(one.waits_for_quorum and one.can_be_decided_at(self.subject) for one in waiting)
        if count:
            s, them = ("", "it") if count == 1 else ("s", "them")
            recorded += f" {count:,} decision{s} not in force yet: this meeting can put {them} in force."
        return f"{recorded} Decisions can be entered now."

    def write(self) -> None:
        meeting, data = self.subject, self.cleaned_data
        if self.attendances and not data["reason"]:
            raise ValidationError({"reason": "Give the reason for the correction."})
        if meeting.date > clock.today():
            raise ValidationError(f"The meeting of {day_in_words(meeting.date)} has not been held yet.")
        rows = [self.attendance_of(partner) for partner in self.partners]
        present = [row.partner for row in rows if row.is_present]
        if not present:
            raise ValidationError("Say who was present. If nobody was, call the meeting off.")
        shortfalls = self.shortfalls = meeting.shortfalls_with(present)
        meeting.why_it_went_on = data.get("why_it_went_on", "")
        if meeting.why_it_went_on and not shortfalls:
            raise ValidationError({"why_it_went_on": "There was a quorum, so this needs no reason."})
        if shortfalls and not meeting.why_it_went_on:
            self.check_needs_no_quorum()
        for row in rows:
            row.save()
        meeting.save()

    def check_needs_no_quorum(self) -> None:
        """Raises ValidationError where something that the meeting decided stands on its quorum."""
        meeting, quorate = self.subject, "Decisions of this meeting took effect because it was quorate."
        if meeting.plan_decisions.in_force().exists() or meeting.baselines.standing().exists():
            stays = "What it decided about a plan or a measure stays, and so does who was there."
            raise ValidationError(f"{quorate} {stays}")
        if has_decisions_in_force(meeting):
            corrects = "If it was not, the group corrects them at its next meeting. Then correct this."
            raise ValidationError(f"{quorate} {corrects}")
        if meeting.plan_decisions.waiting().exists():
            raise ValidationError(
                "What this meeting decided about a plan waits for its chair. "
                "If the meeting was not quorate, take that back first."
            )

    def attendance_of(self, partner: Partner) -> Attendance:
        row = self.attendances.get(partner.pk) or Attendance(meeting=self.subject)
        row.partner = partner  # it may name one that this one was found to have succeeded by then
        row.presence = self.cleaned_data[f"partner_{partner.pk}"]
        row.post_id = self.cleaned_data[f"post_{partner.pk}"]
        row.deputy = self.cleaned_data[f"deputy_{partner.pk}"]
        return row
