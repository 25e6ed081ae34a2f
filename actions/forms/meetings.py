"""The forms by which the Business Manager keeps meetings."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from actions.models import BusinessPlan
from gscp import clock
from gscp.dates import day_in_words, moment_in_words
from gscp.forms import RecordForm, date_field, reason_field
from gscp.record import Change, ChangeQuerySet
from gscp.widgets import DateParts
from subgroups.models import Attendance, Meeting, Partner


class MeetingForm(RecordForm, forms.ModelForm):
    subject: Meeting
    heading, button = "Record a meeting", "Record meeting"

    papers_close = date_field(required=True, label="Day on which papers close")
    closing_time = forms.TimeField(
        label="At",
        initial=time(17),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M"),
        help_text="For example 17:00",
        error_messages={"invalid": "Write the time as 17:00."},
    )
    reason = reason_field(help_text="Why it is recorded or changed.")

    class Meta:
        model = Meeting
        fields = ["group", "date", "note", "called_off"]
        labels = {"group": "Group", "date": "Day of the meeting", "called_off": "It is called off"}
        widgets = {"date": DateParts, "note": forms.TextInput}

    field_order = ["group", "date", "papers_close", "closing_time", "note", "called_off", "reason"]

    def __init__(self, *args, subject: Meeting, **kwargs):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        if not subject.pk:
            del self.fields["called_off"]
        else:
            self.heading, self.button = "Change a meeting", "Record change"
            del self.fields["group"]  # another group's meeting is another meeting
            closing = timezone.localtime(subject.papers_close)
            self.initial.update(papers_close=closing.date(), closing_time=closing.time())

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        held, closing = data.get("date"), data.get("papers_close")
        first = BusinessPlan.objects.order_by("first_day").first()
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
        if closing and data.get("closing_time"):
            papers_close = timezone.make_aware(datetime.combine(closing, data["closing_time"]))
            if self.subject.pk:
                self.check_past(held, papers_close)
            # The day and the time are one column, which the model's own checks look at next.
            self.instance.papers_close = papers_close
        return data

    def check_past(self, held: date | None, papers_close: datetime) -> None:
        meeting, was = self.subject, self.initial
        if meeting.papers_close <= clock.now() and meeting.papers_close != papers_close:
            closed = moment_in_words(meeting.papers_close)
            self.add_error("papers_close", f"Papers closed on {closed}: that stays.")
        if held != was["date"] and was["date"] <= clock.today():
            self.add_error("date", "Its day has come and stays. Call it off, and record another.")
        if self.cleaned_data.get("called_off") and meeting.attendances.exists():
            self.add_error("called_off", "It was held: who was present is on record.")

    def success_message(self) -> str:
        return "Meeting recorded."

    def write(self) -> None:
        self.instance.save()


class AttendanceForm(RecordForm):
    subject: Meeting
    heading, button = "Who is present", "Record attendance"

    present = forms.MultipleChoiceField(
        label="Partners present", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = reason_field(label="Reason for a correction", required=False)

    def __init__(self, *args, subject: Meeting, **kwargs):
        super().__init__(*args, subject=subject, **kwargs)
        self.attendances = {row.partner_id: row for row in subject.attendances.all()}
        partners = Partner.objects.current_on(subject.date) | Partner.objects.filter(pk__in=self.attendances)
        self.partners = list(partners.distinct())
        self.fields["present"].choices = [(partner.pk, partner.name) for partner in self.partners]  # type: ignore[attr-defined]  # a ChoiceField
        self.initial["present"] = [pk for pk, row in self.attendances.items() if row.present]
        if not self.attendances:
            self.fields["reason"].widget = forms.HiddenInput()

    def changes_to_have_seen(self) -> ChangeQuerySet:
        attendance = {"model": Attendance._meta.label_lower, "group": self.subject.group_id}
        return super().changes_to_have_seen() | Change.objects.filter(**attendance)

    def history_reason(self) -> str:
        return self.cleaned_data["reason"] or "Attendance"

    def success_message(self) -> str:
        return "Attendance recorded."

    def write(self) -> None:
        if self.attendances and not self.cleaned_data["reason"]:
            raise ValidationError({"reason": "Give the reason for the correction."})
        if self.subject.called_off:
            raise ValidationError("It was called off: nobody was present.")
        if self.subject.date > clock.today():
            raise ValidationError(f"The meeting of {day_in_words(self.subject.date)} has not been held yet.")
        if not self.cleaned_data["present"]:
            raise ValidationError({"present": "Tick who was present. If nobody was, call the meeting off."})
        present = [partner for partner in self.partners if str(partner.pk) in self.cleaned_data["present"]]
        in_force = self.subject.decisions.filter(provisional=False).exists()
        if in_force and not Partner.is_quorum(present):
            raise ValidationError(
                "Decisions of this meeting took effect because it was quorate. If it was not, "
                "the group corrects them at its next meeting."
            )
        for partner in self.partners:
            row = self.attendances.get(partner.pk) or Attendance(meeting=self.subject, partner=partner)
            row.present = partner in present
            row.save()
