"""Forms about what a meeting decided about a plan: enter it, confirm it, say it is not so, take it back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from actions.forms.chain import what_followed
from actions.forms.groups import pass_on_reports
from actions.models import ActionEnding, BusinessPlan, Confirmation, PlanDecision
from actions.models.began_later import tell_what_began_later
from actions.models.ending import ends_that_wait_to_go_on_in, take_effect_with
from actions.models.going_on import check_dates_confirmed, check_going_on, open_before
from actions.models.outcome import changes_about, check_confirmed_by
from actions.models.plan_decision import MOST_NAMED, OF_REVIEWS, group_that_adopts, listed
from actions.models.taken_out import not_taken_out
from gscp.forms import RecordForm, reason_field
from gscp.record import Change, ChangeQuerySet
from gscp.words import lower_first
from subgroups.models import Attendance, Meeting

MOST_MEETINGS = 40
NO_MEETING = (
    "No meeting that could decide it is on record yet. Record the meeting and who was there, then come back."
)


def meetings_to_name() -> list[Meeting]:
    """Those that can have decided: held, of a group that decides, with enough partners; the latest first."""
    held = Meeting.objects.held().filter(group__takes_decisions=True).with_attendance()[:MOST_MEETINGS]
    return [meeting for meeting in held if meeting.decisions_take_effect and meeting.group.decides()]


def meeting_field(**options: Any) -> forms.TypedChoiceField:
    options = {"label": "Meeting that decided it"} | options
    return forms.TypedChoiceField(coerce=int, empty_value=None, **options)


class NamesMeeting(RecordForm):
    """A form with a field `meeting`; its choices are made when it is shown, of what is on record then."""

    def offer_meetings(self) -> None:
        self.meetings = {meeting.pk: meeting for meeting in meetings_to_name()}
        field: Any = self.fields["meeting"]
        field.choices = [("", "Choose one"), *((pk, str(one)) for pk, one in self.meetings.items())]
        if not self.meetings:
            link = '{} <a class="govuk-link" href="{}">Meetings</a>'
            field.help_text = format_html(link, NO_MEETING, reverse("meetings"))

    def decision(self, plan: BusinessPlan, kind: str) -> PlanDecision:
        meeting = self.meetings[self.cleaned_data["meeting"]]
        return PlanDecision(plan=plan, kind=kind, meeting=meeting, reason=self.cleaned_data["reason"])


def waits_for_chair(decision: PlanDecision) -> str:
    [told] = tell_what_began_later([decision])
    return f"Not in force until the chair of the {decision.group} confirms it. {told.began_later}".rstrip()


def left_open_before(draft: BusinessPlan) -> str:
    """The numbers of what the draft copied, is open in an earlier plan, and of which no end is entered."""
    to_end = set(ActionEnding.objects.standing().order_by().values_list("action", flat=True))
    left = [old.ref for old, copy in open_before(draft) if copy.is_open and old.pk not in to_end]
    return listed(left[: MOST_NAMED + 1])


class PublishForm(NamesMeeting):
    subject: BusinessPlan
    button = "Enter the decision"

    meeting = meeting_field()
    reason = reason_field(label="What the meeting said", help_text="For example: adopted as it was drafted.")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.heading = f"Publish {self.subject}"
        self.lead = (
            "The draft stays as it is until the chair confirms. After that its words are “as published”."
        )
        if twice := left_open_before(self.subject):
            self.lead += f" Copied, and still open in an earlier plan: {twice}."
            self.lead += " Carry them forward there first, or they stand in both."
        self.offer_meetings()
        if self.meetings and (group := group_that_adopts()):
            self.fields[
                "meeting"
            ].help_text = f"The {group} adopts plans. If another group adopted this one, choose its meeting."

    def changes_to_have_seen(self) -> ChangeQuerySet:  # all of the draft: these words are published
        return Change.objects.filter(plan=self.subject.pk)

    def success_message(self) -> str:
        return f"Recorded: the {self.entered.group} adopted it. {waits_for_chair(self.entered)}"

    def write(self) -> None:
        self.entered = self.decision(self.subject, PlanDecision.Kind.PUBLICATION)
        check_going_on(self.entered)
        self.entered.enter(self.user)


# What follows, once a decision is in force.
IN_FORCE: dict[str, str] = {
    PlanDecision.Kind.PUBLICATION: "The plan is live: its actions are reported on from now.",
    PlanDecision.Kind.AMENDMENT: "What was published stays beside it.",
    PlanDecision.Kind.ADDITION: "It is an action of the plan from now.",
    PlanDecision.Kind.ENDING: "What becomes of it stands below.",
    PlanDecision.Kind.CLOSING: "The plan is kept as it was, and can still be read.",
    PlanDecision.Kind.ANSWERS: "The answers are agreed. If one changes, they are agreed anew.",
    PlanDecision.Kind.OUTCOME: "It stands on the page of the recommendation.",
}


class OfDecision(RecordForm):
    subject: PlanDecision

    def changes_to_have_seen(self) -> ChangeQuerySet:
        present = self.subject.meeting.attendances.all()
        seen = super().changes_to_have_seen() | Change.objects.of_rows(present)
        return seen | changes_about(self.subject) if self.subject.kind in OF_REVIEWS else seen


class ConfirmDecisionForm(OfDecision):
    """With an adoption what goes on in its plan is confirmed, if that is for the same chair to say."""

    heading, button = "Confirm this decision", "Confirm decision"

    @cached_property
    def with_it(self) -> list[PlanDecision]:
        is_adoption = self.subject.kind == PlanDecision.Kind.PUBLICATION
        ends = ends_that_wait_to_go_on_in(self.subject.plan) if is_adoption else ()
        return [one for one in ends if self.user.has_perm("confirm", one)]

    def changes_to_have_seen(self) -> ChangeQuerySet:
        ends = PlanDecision.objects.filter(pk__in=[one.pk for one in self.with_it])
        present = Attendance.objects.filter(meeting__plan_decisions__in=ends)
        changes = Change.objects
        return super().changes_to_have_seen() | changes.of_rows(ends) | changes.of_rows(present)

    def success_message(self) -> str:
        names = "; ".join(lower_first(one.named) for one in self.with_it)
        with_it = f" Confirmed with it: {names}." if names else ""
        then = f"{IN_FORCE[self.subject.kind]}{with_it}{what_followed(self.made)}"
        return f"{self.subject.named}: confirmed. It is in force. {then}"

    def history_reason(self) -> str:
        return ""  # that it is confirmed says all

    def show_refusal(self, error: ValidationError) -> None:
        super().show_refusal(ValidationError(error.messages))  # the fields' names are of another form

    def write(self) -> None:
        check_going_on(self.subject)
        check_dates_confirmed(self.subject)
        check_confirmed_by(self.subject, self.user)
        self.made = Confirmation.of(self.subject, self.user)
        self.made.save()
        self.subject.come_into_force()
        # While the adoption waits, nothing comes into its plan. What is in that while it is a draft, with a
        # date of its own or without, still goes on with an action; of a live plan it would be another.
        for ends in self.with_it:
            self.confirm_with_it(ends)
        self.subject.take_effect()
        take_effect_with(self.subject, self.user)
        # Whoever answers for an action now may have something before them that they cannot decide.
        pass_on_reports(self.user, not_taken_out(self.subject.reason))

    def confirm_with_it(self, ends: PlanDecision) -> None:
        try:
            check_going_on(ends)
            Confirmation.of(ends, self.user).save()
            ends.come_into_force()
            take_effect_with(ends, self.user)
        except ValidationError as error:
            raise ValidationError([f"{ends.named}: {message}" for message in error.messages]) from error


class NotSoDecisionForm(OfDecision):
    heading, button = "This is not so", "Say that it is not so"
    lead = "Say what is wrong. It will never come into force. It stays on record, with what you say."
    why = reason_field(label="What is wrong with it")

    def success_message(self) -> str:
        return (
            f"{self.subject.named}: you said that it is not so. It is taken back. "
            "The Business Manager is asked to enter what is so."
        )

    def history_reason(self) -> str:
        return ""  # why it is not so says all

    def write(self) -> None:
        Confirmation.of(self.subject, self.user, self.cleaned_data["why"]).take_effect()


class TakeBackForm(OfDecision):
    heading, button = "Take it back", "Take it back"
    lead = "For a decision that was entered by mistake. It stays on record and never comes into force."
    reason = reason_field()

    def success_message(self) -> str:
        return f"{self.subject.named}: taken back."

    def write(self) -> None:
        self.subject.take_back(self.cleaned_data["reason"])
