"""The forms by which progress is reported."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.deadlines import Deadlines, deadlines_of
from actions.forms.base import ActionForm
from actions.lateness import expected, late_for
from actions.models import Action, Kind, ProgressUpdate, Rating
from actions.models.line import line_of
from actions.reporting import count_from, not_expected, not_reported
from gscp import clock
from gscp.dates import closing_in_words, day_and_month, day_in_words
from gscp.forms import date_field, reason_field, with_example
from gscp.permissions import chairs_or_leads
from gscp.record import is_like_tombstone
from gscp.words import TWO_LETTERS

YES, NO = "yes", "no"


class ReportForm(ActionForm):
    """What forms of an update have in common: what was reported last, on whose behalf, what happens next."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # As its reader saw it: sent twice, the form is the same act.
        seen = str(self.data.get(self.add_prefix("seen"), ""))
        is_number = seen.isdecimal() and len(seen) < 16  # what an entry's number can be, as the field has it
        updates = ProgressUpdate.objects.all()
        counting = updates.keys_that_count(line_of(self.subject.pk), int(seen) if is_number else None)
        said = next((key for key, is_nil in counting if not is_nil), None)
        nil = next((key for key, is_nil in counting[:1] if is_nil), None)
        if not self.is_bound:  # for the page; once it is sent, there is none as a rule
            updates = updates.select_related("change", "confirmation")
        rows = updates.in_bulk([key for key in (said, nil) if key])
        for row in rows.values():
            row.action = self.subject
        # The last that said something, and a nil return that came after it.
        self.last, self.last_nil = rows.get(said or 0), rows.get(nil or 0)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.subject.why_no_reports:  # it ended while this was written
            self.add_error(None, self.subject.why_no_reports)
        return data

    @property
    def on_behalf(self) -> bool:
        return not chairs_or_leads.test(self.user, self.subject)

    @property
    def deadlines(self) -> Deadlines:
        return deadlines_of(self.subject.group)

    def late_for(self, moment: datetime) -> date | None:
        """The day of the meeting for which a report at this moment is late, if it is."""
        return late_for(self.subject.pk, self.subject.group_id, moment)

    @property
    def late_now(self) -> date | None:
        return self.late_for(clock.now())

    @property
    def was_expected(self) -> bool:
        """Whether a report was expected when papers closed for the coming meeting."""
        meeting: Any = self.deadlines.next_meeting  # of meetings_in_order()
        asked = (self.subject.pk, meeting.closing_entry, None) if meeting else None
        return asked is not None and bool(expected([asked]))

    def report(self, update: ProgressUpdate) -> None:
        update.entered_by = self.user
        update.on_behalf = self.on_behalf
        self.subject.record_update(update)
        self.update = update

    def success_message(self) -> str:
        said = [self.recorded_in_words(), self.expected_in_words(), self.next_in_words()]
        return " ".join(filter(None, said))

    def expected_in_words(self) -> str:
        """What to ask for where it is expected after its date, and nothing is asked yet."""
        day, due = self.update.forecast, self.subject.due
        asked = self.subject.exception_reports.undecided().filter(kind=Kind.NEW_DATE)
        if not day or not due or day <= due or asked.exists():
            return ""
        return (
            f"You expect it after its date of {day_in_words(due)}: ask for a new date on the action’s page."
        )

    def recorded_in_words(self) -> str:
        if late := self.late_for(self.recorded_at):
            return (
                f"{self.update} recorded, after papers closed: late for {day_and_month(late)}. "
                "The papers of that meeting do not have it."
            )
        meeting = self.deadlines.next_meeting
        if not meeting:
            return f"{self.update} recorded. No coming meeting is recorded."
        if meeting.papers_closed and self.was_expected:
            return (
                f"{self.update} recorded, after papers closed for {day_and_month(meeting.date)}. "
                "It is not late. Those papers do not have it."
            )
        if meeting.papers_closed:
            return (
                f"{self.update} recorded. It is not late: the action was not open in a plan when papers "
                f"closed for {day_and_month(meeting.date)}."
            )
        return (
            f"{self.update} recorded for the meeting of the {meeting.group} on {day_in_words(meeting.date)}. "
            f"It goes into its papers, which close {closing_in_words(meeting.papers_close)}."
        )

    def next_in_words(self) -> str:
        if self.on_behalf:
            return f"Next, the chair of the {self.subject.group.acting_group()} is asked to confirm it."
        count = count_from(not_reported(), self.user)
        if not count and (new := count_from(not_expected(), self.user)):
            return f"{new} new action{'' if new == 1 else 's'} since papers closed: see “Due from you”."
        if not count:
            return "You have no other action to report."
        return f"{count} more action{'' if count == 1 else 's'} to report: see “Due from you”."


class ProgressUpdateForm(ReportForm, forms.ModelForm):
    heading, button = "Update progress", "Record update"
    keeps_draft = True
    forecast_may_be_past = False

    reason = reason_field(
        label="Reason for this rating",
        required=False,
        validators=[],
        help_text="Needed for a first rating and when the rating changes.",
    )
    still_blocked = forms.ChoiceField(
        label="Is this still in the way?",
        choices=[(YES, "Yes, it stays on record"), (NO, "No, it is gone")],
        widget=forms.RadioSelect,
        required=False,
    )
    forecast = date_field(
        label="Forecast date",
        help_text=with_example("When you now expect it to be complete, for example {}."),
    )
    # The question whether a rating is right that contradicts the dates, and what was asked about.
    dates_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    rating_is_right = forms.BooleanField(
        widget=forms.HiddenInput, required=False, label="I have looked at the dates: this rating is right"
    )

    field_order = ["done", "difference", "rating", "reason", "next_step", "still_blocked"]
    # Needed, or answered already, so not marked "(optional)".
    not_marked_optional = {"done", "difference", "rating", "reason", "still_blocked"}

    class Meta:
        model = ProgressUpdate
        fields = [name for name in ProgressUpdate.REPORTED_FIELDS if name != "nil_return"]
        help_texts = {
            "difference": (
                "Not what was done, but what changed for them. "
                "If it is too early to say, say when it will be known."
            ),
            "unblocker": "A post or an organisation. A blocked action is off plan until you say who.",
        }
        widgets = {
            "done": forms.Textarea(attrs={"rows": 4}),
            "difference": forms.Textarea(attrs={"rows": 4}),
            "next_step": forms.Textarea(attrs={"rows": 2}),
            "blocker": forms.Textarea(attrs={"rows": 2}),
            "unblocker": forms.TextInput,
            "rating": forms.RadioSelect,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rating = self.fields["rating"]
        rating.choices = [(value, label) for value, label in rating.choices if value]  # type: ignore[attr-defined]  # a ChoiceField
        rating.widget.option_hints = dict(self.subject.plan.rating_key)
        # static/scripts/reasons.js shows it with the change that needs it.
        self.fields["reason"].widget.attrs |= {"data-shown-by": "rating", "data-unless": self.subject.rating}
        self.ask_about_blocker()

    def ask_about_blocker(self) -> None:
        """What is in the way stays until a report says that it is gone: the new update repeats it."""
        self.last_blocker = self.last.blocker if self.last else ""
        if is_like_tombstone(self.last_blocker):  # taken out of the record, so it cannot be repeated
            self.fields["blocker"].help_text = "What was in the way was taken out of the record. Say it anew."
            self.last_blocker = ""
        if not self.last_blocker:
            del self.fields["still_blocked"]
            return
        self.fields["still_blocked"].help_text = f"“{self.last_blocker}”"
        self.fields["still_blocked"].initial = YES
        self.fields["blocker"].label = "What else is in the way"
        if self.last and self.last.unblocker:
            who = self.last.unblocker
            self.fields["unblocker"].help_text = f"A post or an organisation. If empty, it stays: {who}"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_day("forecast", data.get("forecast"), may_be_past=self.forecast_may_be_past)
        needed = {
            "done": "Say what was done. If there is nothing to report, send a nil return instead.",
            "difference": "Say what difference it made for children, or when that will be known.",
            "rating": "Choose a rating.",
        }
        if data.get("rating") and data["rating"] != self.subject.rating:
            needed["reason"] = "Give the reason for the rating."
        for name, message in needed.items():
            if name not in self.errors and not TWO_LETTERS.search(data.get(name) or ""):
                self.add_error(name, message)
        if (
            self.needs_reason(data.get("rating"))
            and "reason" not in self.errors
            and not TWO_LETTERS.search(data.get("reason") or "")
        ):
            self.add_error("reason", "Give the reason for the rating.")
        self.repeat_blocker(data)
        if data.get("unblocker") and "blocker" not in self.errors and not data.get("blocker"):
            self.add_error("blocker", "Say what is in the way, or clear who can remove it.")
        self.ask_about_rating(data)
        return data

    def needs_reason(self, rating: str | None) -> bool:
        return bool(rating) and rating != self.subject.rating

    def repeat_blocker(self, data: dict[str, Any]) -> None:
        if not self.last_blocker or data.get("still_blocked") == NO or "blocker" in self.errors:
            return
        together = data.get("blocker", "")
        if self.last_blocker not in together:
            together = f"{self.last_blocker}\n{together}".strip()
        most = ProgressUpdate._meta.get_field("blocker").max_length or 0
        if len(together) > most:
            self.add_error(
                "blocker", f"With what is still in the way, this must be {most:,} characters or fewer."
            )
        data["blocker"] = together
        unblocker = self.last.unblocker if self.last else ""
        data["unblocker"] = data.get("unblocker") or ("" if is_like_tombstone(unblocker) else unblocker)

    def ask_about_rating(self, data: dict[str, Any]) -> None:
        """A rating that contradicts the dates is accepted once the writer says that it is right."""
        contradiction = self.contradiction(data)
        if not contradiction:
            return
        self.fields["rating_is_right"].widget = forms.CheckboxInput()
        asked_about = f"{data['rating']} {data.get('forecast')} {self.subject.due}"
        if data.get("rating_is_right") and data.get("dates_shown") == asked_about:
            return
        self.set_sent_value("dates_shown", asked_about)
        self.set_sent_value("rating_is_right", "")
        self.add_error("rating", f"{contradiction} Change the rating, or say below that it is right.")

    def contradiction(self, data: dict[str, Any]) -> str:
        # The same as the rule “Rating contradicts the dates” of actions/rules.py.
        due, rating, forecast = self.subject.due, data.get("rating"), data.get("forecast")
        if not due or not rating or rating == Rating.RED:
            return ""
        rated = f"You rate it {Rating(rating).label.lower()}"
        if due < clock.today():
            return f"{rated}, but it was due on {day_in_words(due)} and is not complete."
        if rating == Rating.GREEN and forecast and forecast > due:
            expected = f"you expect it on {day_in_words(forecast)}"
            return f"{rated}, but {expected} and it is due on {day_in_words(due)}."
        return ""

    def write(self) -> None:
        self.report(self.save(commit=False))


class NilReturnForm(ReportForm):
    heading, button = "Nothing to report", "Record nil return"

    def history_reason(self) -> str:
        return ""

    def write(self) -> None:
        self.report(ProgressUpdate(nil_return=True))


def dates_to_set(action: Action) -> str:
    """What can be set of its dates, as a button says it."""
    if action.original_date:
        return "Set a review date"
    return "Set the first date" if action.review_date else "Set dates"


class ActionDatesForm(ActionForm, forms.ModelForm):
    """Sets the dates that the published plan left out; a date that is set is not asked for."""

    button = "Record dates"

    original_date = date_field(
        help_text=with_example(
            "The day by which it should be complete, for example {}. It is never overwritten."
        ),
    )
    review_date = date_field(
        label="Review date", help_text="For an ongoing action: when to check that it is still needed."
    )
    reason = reason_field(help_text="Where the date comes from.")

    class Meta:
        model = Action
        fields = ["original_date", "review_date"]

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        self.heading = dates_to_set(subject)
        for name in ("original_date", "review_date"):
            if getattr(subject, name):
                del self.fields[name]
        dates = [name for name in self.fields if name in self._meta.fields]  # type: ignore[operator]  # a list
        self.not_marked_optional = set(dates)  # one of them is needed
        if len(dates) == 1:
            self.button = "Record the date"
            self.fields[dates[0]].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("original_date", "review_date"):
            self.check_day(name, data.get(name), may_be_past=True)
        if not self.errors and not data.get("original_date") and not data.get("review_date"):
            self.add_error(next(iter(self.fields)), "Give a date.")
        return data

    def success_message(self) -> str:
        return f"Dates of {self.subject} recorded."

    def write(self) -> None:
        if not self.subject.is_open:
            status = self.subject.get_status_display().lower()
            raise ValidationError(f"{self.subject} is {status}: it is given no dates.")
        if self.subject.plan.is_draft:
            raise ValidationError(
                f"{self.subject.plan} is a draft: its actions get their dates with their words."
            )
        self.instance.save()
