"""The form that changes a published action: as a slip that is corrected, or as a meeting agreed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.decisions import NamesMeeting, meeting_field, waits_for_chair
from actions.forms.groups import pass_on_reports
from actions.forms.words import WordsForm
from actions.models import Action, Amendment, PlanDecision
from actions.models.amendment import (
    LABELS,
    LEADS,
    NO_SLIP,
    OWNERS,
    WORDS,
    before_slips,
    locks,
    why_no_agreed_change,
)
from actions.models.last_word import BY_A_MEETING, check_agreed_by
from gscp.words import keeps_half

SLIP, AGREED = "slip", "agreed"
CHOOSE_AGREED = "What changes the meaning is agreed at a meeting: choose “A meeting agreed a change”."


class AmendForm(WordsForm, NamesMeeting):
    button = "Record change"

    kind = forms.ChoiceField(
        label="What kind of change is it?",
        choices=[(SLIP, "A slip is corrected"), (AGREED, "A meeting agreed a change")],
        widget=forms.RadioSelect,
    )
    meeting = meeting_field(required=False, help_text="Only where a meeting agreed it.")

    field_order = ["kind", "meeting", *WORDS[:8], LEADS, OWNERS, *WORDS[8:], "reason"]
    not_marked_optional = {"meeting"}

    def __init__(self, *args: Any, subject: Action, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading = f"Change {subject}"
        self.fields["kind"].widget.option_hints = {
            SLIP: "The plan was typed or printed wrongly. It is put right at once. "
            "At least half of the words stay.",
            AGREED: "The published words stay beside it. It counts once the chair confirms it.",
        }
        self.fields["timescale"].help_text = "The date stays. To move it, ask for a new date."
        self.offer_meetings()
        self.why_slip_only = why_no_agreed_change(subject)
        if self.why_slip_only:
            self.leave_only("kind", SLIP)
        if self.only_choices:
            del self.fields["meeting"]
        self.locked = {LABELS[name]: why for name, why in locks(subject).items() if name in self.fields}
        # What was typed before it was locked stays: sent twice, the form is the same act.
        left_out = [*locks(subject), *(BY_A_MEETING if self.why_slip_only else ())]
        for name in [name for name in left_out if self.add_prefix(name) not in self.data]:
            self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("kind") == AGREED and not data.get("meeting") and "meeting" not in self.errors:
            self.add_error("meeting", "Choose the meeting that agreed it.")
        if data.get("kind") == SLIP and data.get("meeting"):
            self.add_error("meeting", "A slip needs no meeting. Clear the meeting, or choose the other kind.")
        return data

    def success_message(self) -> str:
        labels, decision = self.amendment.labels, self.amendment.decision
        if decision is None:
            return f"{self.subject}: corrected ({labels})."
        return f"{self.subject}: recorded ({labels}). {waits_for_chair(decision)}"

    def names_changed(self, before: Action) -> list[str]:
        names = [
            name
            for name in WORDS
            if name in self.fields and as_sent(getattr(self.instance, name)) != as_sent(getattr(before, name))
        ]
        now = {LEADS: self.leads_now, OWNERS: self.owners_now}
        return names + [
            name
            for name in (LEADS, OWNERS)
            if name in self.fields and [str(one.pk) for one in self.chosen(name)] != now[name]
        ]

    def write(self) -> None:
        data = self.cleaned_data
        before = Action.objects.select_related("plan", "theme", "driver", "group").get(pk=self.subject.pk)
        if not before.plan.is_live:
            raise ValidationError(f"{before.plan} is {before.plan.get_status_display().lower()}.")
        names = self.names_changed(before)
        if not names:
            raise ValidationError("This changes nothing, so there is nothing to record.")
        locked = locks(before)
        for name in names:
            if name in locked:
                raise ValidationError({name: locked[name]})
            if data["kind"] == SLIP and name in BY_A_MEETING:
                raise ValidationError({name: self.why_slip_only or NO_SLIP})
        if data["kind"] == SLIP:
            self.refuse_new_meaning(names, before)
        new = {name: getattr(self.instance, name) for name in names if name in WORDS}
        who = [self.chosen(name) if name in self.fields else [] for name in (LEADS, OWNERS)]
        decision = None
        if data["kind"] == AGREED:
            if why := why_no_agreed_change(before):
                raise ValidationError(why)
            decision = self.decision(before.plan, PlanDecision.Kind.AMENDMENT)
            check_agreed_by(decision.group, [(before, new | ({LEADS: who[0]} if LEADS in names else {}))])
            decision.enter(self.user)
        self.amendment = amend(before, names, new, who, decision)
        if decision is None:
            self.amendment.apply()
            pass_on_reports(self.user, data["reason"])

    def refuse_new_meaning(self, names: list[str], before: Action) -> None:
        """Held against what was there before the first slip: many of them are no new meaning either."""
        first = before_slips(before)
        for name in names:
            was, now = first.get(name, getattr(before, name, None)), getattr(self.instance, name, None)
            if isinstance(was, str) and isinstance(now, str) and not keeps_half(was, now):
                field = name if self.why_slip_only else "kind"  # the error leads to the choice that is right
                raise ValidationError(
                    {field: f"{few_words_stay(name)} {self.why_slip_only or CHOOSE_AGREED}"}
                )


def few_words_stay(name: str) -> str:
    return f"Less than half of the words of “{LABELS[name]}” stay the same: that is no slip."


def as_sent(value: Any) -> Any:
    """A text as a form sends it back unchanged: a printed one may have other line breaks."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else value


def amend(
    action: Action, names: list[str], new: dict[str, Any], who: list[list[Any]], decision: PlanDecision | None
) -> Amendment:
    """Record the new values of these, and of who leads and owns it."""
    columns = {"to_group" if name == "group" else name: value for name, value in new.items()}
    amendment = Amendment(action=action, decision=decision, changed=" ".join(names), **columns)
    amendment.save()
    amendment.add_who(*who)
    return amendment
