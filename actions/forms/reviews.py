"""Forms about what reviews recommend: the words, agencies' answers, actions, and what meetings say."""

from typing import Any

from django import forms

from actions.forms.decisions import NamesMeeting, meeting_field, waits_for_chair
from actions.models import (
    Action,
    AgencyAnswer,
    BusinessPlan,
    PlanDecision,
    Recommendation,
    RecommendationOutcome,
    RecommendedAction,
    ReviewAnswers,
    StrategicDriver,
)
from actions.models.outcome import closing_groups
from gscp import clock
from gscp.forms import RecordForm, reason_field
from gscp.permissions import speaks_for_agency
from gscp.record import Change, ChangeQuerySet
from subgroups.models import Partner

Outcome = RecommendationOutcome.Outcome
HINTS = {
    Outcome.IMPLEMENTED: "Its actions are complete, and a check or evidence shows what difference they made.",
    Outcome.OVERTAKEN: "Something else took its place. Say what.",
    Outcome.NOT_IMPLEMENTED: "It is not done, and will not be. Say below which risk the group accepts.",
}


NONE_ABOVE = "There is no meeting yet of a group above those that act on it, at which enough partners were."


class RecommendationForm(RecordForm, forms.ModelForm):
    subject: Recommendation
    keeps_draft = True

    agencies = forms.MultipleChoiceField(
        label="Agencies that it is for", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = reason_field(label="Why you change it")

    field_order = ["number", "text", "scope", "source", "agencies", "reason"]

    class Meta:
        model = Recommendation
        fields = ["number", "text", "scope", "source"]
        labels = {
            "text": "What it says",
            "scope": "For whom it is",
            "source": "Where the review says it",
        }
        help_texts = {
            "number": "As the review prints it.",
            "text": "In the words of the review.",
            "source": "For example: paragraph 6.2.",
        }
        widgets = {
            "number": forms.TextInput,
            "text": forms.Textarea(attrs={"rows": 4}),
            "scope": forms.RadioSelect,
            "source": forms.TextInput,
        }

    def __init__(self, *args: Any, subject: Recommendation, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        answers = subject.answers.select_related("partner__succeeded_by") if subject.pk else ()
        # Who came in the place of one that was asked answers for it.
        asked = {key for one in answers for key in (one.partner_id, one.agency.pk)}
        today = clock.today()
        self.partners = {
            str(one.pk): one for one in Partner.objects.all() if one.holds_on(today) and one.pk not in asked
        }
        field: Any = self.fields["agencies"]
        field.choices = [(key, one.name) for key, one in self.partners.items()]
        if subject.pk:
            self.heading, self.button = f"Correct {str(subject).lower()}", "Record change"
            field.label = "Ask these agencies, too"
            if not self.partners:
                del self.fields["agencies"]
        else:
            self.heading, self.button = "Add a recommendation", "Add recommendation"
            field.required = True
            field.error_messages["required"] = "Tick the agencies that have to answer it."
            del self.fields["reason"]

    def history_reason(self) -> str:
        return self.cleaned_data.get("reason", "")

    def success_message(self) -> str:
        return f"{self.instance}: recorded."

    def write(self) -> None:
        self.instance.save()
        for key in self.cleaned_data.get("agencies", ()):
            AgencyAnswer(recommendation=self.instance, partner=self.partners[key]).save()


class AnswerForm(RecordForm, forms.ModelForm):
    subject: AgencyAnswer
    button = "Record answer"
    keeps_draft = True

    class Meta:
        model = AgencyAnswer
        fields = ["answer", "reason"]
        labels = {"answer": "What it answers", "reason": "Why"}
        help_texts = {"reason": "If it is accepted in part: which part is not, and why."}
        widgets = {"answer": forms.RadioSelect, "reason": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, subject: AgencyAnswer, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        self.heading = f"What {subject.agency} answers"
        for name in ("answer", "reason"):
            self.fields[name].required = True
        self.fields["answer"].choices = AgencyAnswer.Answer.choices  # type: ignore[attr-defined]  # none is no answer
        if subject.on_behalf and not self.on_behalf:
            self.lead = "This was recorded for you. If it is so, send it as it is. If not, change it first."
        elif subject.answer:
            self.lead = "The answer of before stays on record. A meeting then agrees the answers anew."

    @property
    def on_behalf(self) -> bool:
        return not speaks_for_agency.test(self.user, self.subject)

    def history_reason(self) -> str:
        return ""  # the answer has its reason

    def success_message(self) -> str:
        what = str(self.subject.recommendation).lower()
        if self.instance.on_behalf:
            return f"The answer of {self.subject.agency} to {what} is recorded. It is asked to confirm it."
        return f"{self.subject.agency} answered {what}."

    def write(self) -> None:
        self.instance.on_behalf = self.on_behalf
        self.instance.save()


def yes_or_no(**options: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        **options,
    )


class RecommendedActionForm(RecordForm):
    """That an action comes from it, held to four questions; the record answers who leads it and by when."""

    subject: RecommendedAction

    action = forms.ChoiceField(label="Action")
    is_specific = yes_or_no(
        label="Does it say clearly what will be different?", help_text="Somebody who was not there can tell."
    )
    is_measurable = yes_or_no(
        label="Does it say how we will know?", help_text="A number, a check, or something that can be seen."
    )
    lacking = forms.CharField(
        label="What is missing in its words",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="If one answer is No.",
    )
    comes_from_it = yes_or_no(label="Does it come from this recommendation?")
    reason = reason_field(label="Why you change it")

    not_marked_optional = {"lacking"}

    def __init__(self, *args: Any, subject: RecommendedAction, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        if subject.pk:
            self.heading, self.button = f"{subject.action}: is the answer good enough?", "Record change"
            for name in ("is_specific", "is_measurable"):
                self.initial[name] = "yes" if getattr(subject, name) else "no"
            self.initial["lacking"] = subject.lacking
            self.initial["comes_from_it"] = "yes" if subject.stands else "no"
            del self.fields["action"]
            return
        self.heading, self.button = f"An action for {str(subject.recommendation).lower()}", "Record action"
        self.lead = "The record itself says who leads the action, and by when."
        del self.fields["comes_from_it"], self.fields["reason"]
        named = subject.recommendation.recommended_actions.values("action")
        actions = Action.objects.filter(plan__in=BusinessPlan.objects.listed()).exclude(pk__in=named)
        self.actions = {str(one.pk): one for one in actions.select_related("plan", "group")}
        field: Any = self.fields["action"]
        field.choices = [("", "Choose one"), *((key, told(one)) for key, one in self.actions.items())]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        good = data.get("is_specific"), data.get("is_measurable")
        if False in good and not data.get("lacking"):
            self.add_error("lacking", "Say what is missing.")
        elif good == (True, True) and data.get("lacking"):
            self.add_error("lacking", "You said that it says both. Leave this empty, or say No above.")
        return data

    def history_reason(self) -> str:
        return self.cleaned_data.get("reason", "")

    def success_message(self) -> str:
        return f"{self.subject.action}: recorded."

    def write(self) -> None:
        data, row = self.cleaned_data, self.subject
        if not row.pk:
            row.action = self.actions[data["action"]]
        row.is_specific, row.is_measurable = data["is_specific"], data["is_measurable"]
        row.lacking, row.stands = data["lacking"], data.get("comes_from_it", True)
        row.save()


def told(action: Action) -> str:
    words = action.title or action.text
    return f"{action.ref} of {action.plan.label}: {words[:80]}{'…' if len(words) > 80 else ''}"


class AgreeAnswersForm(NamesMeeting):
    subject: StrategicDriver
    heading = "A meeting agreed the answers"
    button = "Enter the decision"

    meeting = meeting_field(label="Meeting that agreed them")
    reason = reason_field(label="What the meeting said")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        missing = AgencyAnswer.objects.missing().filter(recommendation__driver=self.subject).count()
        if missing:
            self.lead = f"Answers not recorded yet: {missing}. Those that come later are agreed anew."
        self.offer_meetings()

    def changes_to_have_seen(self) -> ChangeQuerySet:  # each answer that is agreed
        answers = AgencyAnswer.objects.filter(recommendation__driver=self.subject)
        return super().changes_to_have_seen() | Change.objects.of_rows(answers)

    def success_message(self) -> str:
        return f"Recorded. {waits_for_chair(self.entered)}"

    def write(self) -> None:
        self.entered = self.decision(self.subject.plan, PlanDecision.Kind.ANSWERS)
        self.entered.enter(self.user)
        ReviewAnswers(decision=self.entered, driver=self.subject).enter()


class OutcomeForm(NamesMeeting):
    subject: Recommendation
    button = "Enter the decision"
    keeps_draft = True
    shows_answers = True  # with its actions, as they stand

    meeting = meeting_field()
    outcome = forms.ChoiceField(label="What became of it", widget=forms.RadioSelect)
    reason = reason_field(label="Why, in the words of the meeting")
    risk = forms.CharField(
        label="The risk that the group accepts",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only if it is not implemented: what can happen to children, since it is not done.",
    )

    not_marked_optional = {"risk"}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        about, field = self.subject, self.fields["outcome"]
        self.heading = f"Close {str(about).lower()}" if about.is_open else f"Open {str(about).lower()} again"
        closed = [choice for choice in Outcome.choices if choice[0] != Outcome.REOPENED]
        field.choices = closed if about.is_open else [(Outcome.REOPENED, Outcome.REOPENED.label)]  # type: ignore[attr-defined]  # a ChoiceField
        field.widget.option_hints = HINTS
        if not about.is_open:
            self.leave_only("outcome", Outcome.REOPENED)
            del self.fields["risk"]
        self.lead = "A group above those that act on it decides this. It counts once the chair confirms it."
        self.offer_meetings()
        closing = closing_groups(about)
        above = {pk: one for pk, one in self.meetings.items() if one.group in closing}
        if self.meetings and not above:
            self.fields["meeting"].help_text = NONE_ABOVE
        self.meetings, meeting = above, self.fields["meeting"]
        meeting.choices = [("", "Choose one"), *((pk, str(one)) for pk, one in above.items())]  # type: ignore[attr-defined]  # a ChoiceField

    def changes_to_have_seen(self) -> ChangeQuerySet:
        actions = Action.objects.filter(pk__in=[action.pk for action in self.subject.actions])
        return super().changes_to_have_seen() | Change.objects.of_rows(actions)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        not_done, risk = data.get("outcome") == Outcome.NOT_IMPLEMENTED, data.get("risk")
        if not_done and not risk:
            self.add_error("risk", "Say which risk the group accepts.")
        elif risk and data.get("outcome") and not not_done:
            self.add_error("risk", "Leave this empty: a risk is accepted where it is not implemented.")
        return data

    def success_message(self) -> str:
        return f"Recorded. {waits_for_chair(self.entered)}"

    def write(self) -> None:
        data = self.cleaned_data
        self.entered = self.decision(self.subject.driver.plan, PlanDecision.Kind.OUTCOME)
        self.entered.enter(self.user)
        RecommendationOutcome(
            recommendation=self.subject,
            decision=self.entered,
            outcome=data["outcome"],
            risk=data.get("risk", ""),
        ).enter()
