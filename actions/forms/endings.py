"""Forms of the end of a plan's year: what becomes of each open action, and the closing of the plan."""

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.decisions import NamesMeeting, meeting_field, waits_for_chair
from actions.models import Action, ActionEnding, BusinessPlan, FurtherAction, PlanDecision
from actions.models.ending import check_not_locked, why_not_ended
from actions.models.going_on import check_otherwise, copies_in, otherwise, told_to_go_on
from actions.models.lapsing import ToLapse, draft_among, to_lapse
from actions.models.last_word import check_ended_by
from actions.models.plan_decision import drafts_not_adopted
from actions.models.since_copied import Beside, side_by_side
from actions.models.taking_up import take_up
from gscp.forms import RecordForm, reason_field
from gscp.record import Change, ChangeQuerySet
from subgroups.models import Group

Fate = ActionEnding.Fate
NO_PLAN = "No plan that ends later is there yet. Make the draft of the next one first."
NO_DRAFT = (
    "No draft is there, or a meeting has adopted it. Make a draft first, "
    "or say on the pages of their actions which action took them up."
)
FURTHER_HINTS = {
    FurtherAction.Fate.TAKEN_UP: "Each becomes an action of the draft, with the priority and lead of today.",
    FurtherAction.Fate.DROPPED: "It is no longer wanted. Say why.",
}
HINTS = {
    Fate.CARRIED_FORWARD: "It goes on in the next plan with its first date, its new dates and its history.",
    Fate.MERGED: "It becomes a part of another action, which goes on.",
    Fate.SPLIT: "It goes on as two or more actions of the next plan, each with its dates.",
    Fate.WITHDRAWN: "It will not be done.",
}


def in_number(count: int) -> str:
    return f"{count:,} action{'' if count == 1 else 's'}"


def named(action: Action) -> str:
    words = action.title or action.text
    return f"{action.ref} {words if len(words) <= 80 else f'{words[:79]}…'}"


def later_plans(plan: BusinessPlan) -> list[BusinessPlan]:
    """The plans in which its actions can go on, the next one first."""
    later = BusinessPlan.objects.going_on().filter(last_day__gt=plan.last_day)
    return list(later.order_by("last_day", "label"))


class EndForm(NamesMeeting):
    """What becomes of the ticked actions. Sent once, it shows what it would record; sent again, it does."""

    subject: BusinessPlan
    fields_template = "actions/end_fields.html"
    not_marked_optional = {"plan", "into", "parts"}
    button = "Check it first"
    lead = "Say of each open action what becomes of it. A meeting has decided it."

    actions = forms.MultipleChoiceField(label="Actions", widget=forms.CheckboxSelectMultiple)
    fate = forms.ChoiceField(
        label="What becomes of the ticked actions", choices=Fate.choices, widget=forms.RadioSelect
    )
    plan = forms.TypedChoiceField(
        label="Plan that they go on in", required=False, coerce=int, empty_value=None,
        help_text="Only if they are carried forward or split.",
    )  # fmt: skip
    into = forms.TypedChoiceField(
        label="Action that they are merged into", required=False, coerce=int, empty_value=None,
        help_text="Only if they are merged.",
    )  # fmt: skip
    parts = forms.CharField(
        label="Actions that it is split into", required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only if it is split: each new action on a line of its own. Tick one action for it.",
    )  # fmt: skip
    meeting = meeting_field()
    reason = reason_field()
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    field_order = ["actions", "fate", "plan", "into", "parts", "meeting", "reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.heading = f"End the year of {self.subject}"
        self.offer_meetings()
        self.open = list(self.subject.actions.open().select_related("plan", "group"))
        ending = ActionEnding.objects.standing().filter(action__plan=self.subject).values_list("action")
        decided = {action for (action,) in ending}
        self.to_end = {action.pk: action for action in self.open if action.pk not in decided}
        self.plans = {plan.pk: plan for plan in later_plans(self.subject)}
        others = (
            Action.objects.open().filter(plan__in=BusinessPlan.objects.going_on()).exclude(pk__in=decided)
        )
        self.others = {action.pk: action for action in others.select_related("plan")}
        self.offer("actions", [(pk, named(action)) for pk, action in self.to_end.items()])
        self.offer("plan", [("", "Choose one"), *((pk, str(plan)) for pk, plan in self.plans.items())])
        into = [(pk, f"{named(action)} ({action.plan.label})") for pk, action in self.others.items()]
        self.offer("into", [("", "Choose one"), *into])
        self.fields["fate"].widget.option_hints = HINTS
        self.preview: list[tuple[Action, str]] = []
        self.lapsing: list[ToLapse] = []
        self.beside: list[Beside] = []
        if not self.plans:
            self.fields["plan"].help_text = NO_PLAN

    def offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def changes_to_have_seen(self) -> ChangeQuerySet:  # a report on an action may change what becomes of it
        return Change.objects.filter(plan=self.subject.pk)

    @property
    def group(self) -> Group:
        return self.meetings[self.cleaned_data["meeting"]].group

    @property
    def ticked(self) -> list[Action]:
        keys = self.cleaned_data.get("actions") or []
        return [action for pk, action in self.to_end.items() if str(pk) in keys]

    def where(self) -> dict[str, Any]:
        data = self.cleaned_data
        plan, into = self.plans.get(data.get("plan") or 0), self.others.get(data.get("into") or 0)
        return {"plan": plan, "into": into, "parts": (data.get("parts") or "").splitlines()}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        if data["fate"] == Fate.SPLIT and len(self.ticked) > 1:
            self.add_error("actions", "Tick one action to be split.")
            return data
        self.show_first(data["fate"], **self.where())
        return data

    def show_first(self, fate: str, plan: BusinessPlan | None, **where: Any) -> None:
        """Work out what would be recorded, or why it cannot be; by a few queries, however many are ticked."""
        decision = PlanDecision(plan=self.subject, kind=PlanDecision.Kind.ENDING)
        ends = [ActionEnding(action=action, decision=decision, fate=fate) for action in self.ticked]
        for why in why_not_ended(self.ticked, self.subject).values():
            self.add_error(None, why)
        try:
            rows = [(ending, ending.successors_in(plan, **where)) for ending in ends]
            check_not_locked([one for _, successors in rows for one in successors])
            check_ended_by(self.group, ends)
            goes_on = fate in (Fate.CARRIED_FORWARD, Fate.SPLIT)
            copies = copies_in(plan, self.ticked) if plan and goes_on else []
            first = {ending.action_id: successors[0].text for ending, successors in rows if successors}
            told = told_to_go_on(copies, first)
            self.going_on = {old.pk: words for (old, _), words in zip(copies, told, strict=True)}
            self.taken = set(plan.refs_taken) if plan and goes_on else set()
            if plan and not plan.is_draft:
                check_otherwise(self.group, otherwise(copies))
        except ValidationError as error:
            self.show_refusal(error)
        if self.errors:
            return
        self.beside = side_by_side(copies) if fate == Fate.CARRIED_FORWARD else []
        self.preview = [(ending.action, self.told(ending.action, successors)) for ending, successors in rows]
        self.lapsing = to_lapse((ending, draft_among(successors)) for ending, successors in rows)
        self.button = f"Enter it for {in_number(len(self.preview))}"

    def told(self, action: Action, successors: list[Any]) -> str:
        """What becomes of an action, in words."""
        fate = self.cleaned_data["fate"]
        if fate == Fate.MERGED:
            into = successors[0].to_action
            return f"Merged into {into.ref} of the {into.plan}"
        to = f" in the {successors[0].to_plan}" if successors else ""
        told = self.going_on.get(action.pk)
        if fate == Fate.SPLIT:
            first = f". The first {told}" if told else ""
            return f"Split into {len(successors)} actions{to}{first}"
        going_on = f", where it {told}" if told else ""
        if fate == Fate.CARRIED_FORWARD and not told and action.ref in self.taken:
            going_on = f", as a new action beside the {action.ref} that is there"
        return f"{Fate(fate).label}{to.replace(' in ', ' to ', 1)}{going_on}"

    def record(self) -> bool:
        """Show what it would record, until that was shown; then record it."""
        data = self.cleaned_data
        chosen = sorted((name, str(data[name])) for name in self.fields if name in EndForm.field_order)
        digest = hashlib.sha256(repr(chosen).encode()).hexdigest()
        if data.get("shown") == digest:
            return super().record()
        self.set_sent_value("shown", digest)
        return False

    def success_message(self) -> str:
        left = len(self.to_end) - len(self.preview)
        then = f"{in_number(left)} left to decide." if left else "It is decided how each open action ends."
        return f"Recorded for {in_number(len(self.preview))}. {waits_for_chair(self.entered)} {then}"

    def write(self) -> None:
        self.entered = self.decision(self.subject, PlanDecision.Kind.ENDING)
        self.entered.enter(self.user)
        for action in self.ticked:
            ending = ActionEnding(action=action, decision=self.entered, fate=self.cleaned_data["fate"])
            ending.enter(**self.where())


class FurtherActionsForm(RecordForm):
    """What became of further actions of the plan: a draft takes up the ticked ones, or they are settled."""

    subject: BusinessPlan
    not_marked_optional = {"plan"}
    button = "Record what became of them"
    lead = "Say of each one what became of it, before a meeting closes the plan."

    further = forms.MultipleChoiceField(label="Further actions", widget=forms.CheckboxSelectMultiple)
    fate = forms.ChoiceField(
        label="What became of the ticked ones",
        choices=[one for one in FurtherAction.Fate.choices if one[0] != FurtherAction.Fate.IDENTIFIED],
        widget=forms.RadioSelect,
    )
    plan = forms.TypedChoiceField(
        label="Draft that takes them up", required=False, coerce=int, empty_value=None,
        help_text="Only if they are taken up.",
    )  # fmt: skip
    reason = reason_field()

    field_order = ["further", "fate", "plan", "reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.heading = f"Further actions of {self.subject}"
        self.left = {further.pk: further for further in further_actions_left(self.subject)}
        self.drafts = {plan.pk: plan for plan in drafts_not_adopted()}
        fields: dict[str, Any] = self.fields
        fields["fate"].widget.option_hints = FURTHER_HINTS
        fields["further"].choices = [
            (pk, f"{further.text} (further action of {further.action.ref})")
            for pk, further in self.left.items()
        ]
        chosen = [("", "Choose one"), *((pk, str(plan)) for pk, plan in self.drafts.items())]
        fields["plan"].choices = chosen
        if not self.drafts:
            fields["plan"].help_text = NO_DRAFT

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.filter(plan=self.subject.pk, model=FurtherAction._meta.label_lower)

    @property
    def draft(self) -> BusinessPlan | None:
        return self.drafts.get(self.cleaned_data.get("plan") or 0)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        is_taken_up = data.get("fate") == FurtherAction.Fate.TAKEN_UP
        if is_taken_up and not self.draft and "plan" not in self.errors:
            self.add_error("plan", "Choose the draft that takes them up.")
        if data.get("fate") and self.draft and not is_taken_up:
            self.add_error("plan", "Choose a draft only if they are taken up.")
        return data

    def success_message(self) -> str:
        count = len(self.cleaned_data["further"])
        told = f"{count:,} further action{'' if count == 1 else 's'}"
        if not self.draft:
            return f"{told}: {FurtherAction.Fate(self.cleaned_data['fate']).label.lower()}."
        taken_up = f"{told} taken up in the {self.draft}."
        return f"{taken_up} Open {'it' if count == 1 else 'each'} there, and say what is wanted by when."

    def write(self) -> None:
        data = self.cleaned_data
        for key in data["further"]:
            further = self.left[int(key)]
            if self.draft:
                take_up(further, self.draft, data["reason"])
            else:
                further.settle(data["fate"], data["reason"])


def further_actions_left(plan: BusinessPlan) -> list[FurtherAction]:
    return list(FurtherAction.objects.left().filter(action__plan=plan))


class CloseForm(NamesMeeting):
    subject: BusinessPlan
    button = "Enter the decision"
    lead = "Once the chair confirms it, nobody changes the plan any more. All of it can still be read."

    meeting = meeting_field(label="Meeting that decided to close it")
    reason = reason_field(label="What the meeting said")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.heading = f"Close {self.subject}"
        self.offer_meetings()

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.filter(plan=self.subject.pk)

    def success_message(self) -> str:
        return f"Recorded: the {self.entered.group} closes it. {waits_for_chair(self.entered)}"

    def write(self) -> None:
        self.entered = self.decision(self.subject, PlanDecision.Kind.CLOSING)
        self.entered.enter(self.user)
