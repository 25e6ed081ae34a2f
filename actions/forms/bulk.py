"""The same change to several actions: chosen first, then shown, then recorded as one act."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.amending import amend
from actions.forms.decisions import NamesMeeting, meeting_field, waits_for_chair
from actions.forms.keeping import KEPT_REASON
from actions.forms.words import short_text
from actions.models import Action, BusinessPlan, PlanDecision
from actions.models.amendment import LABELS, LEADS, OWNERS, in_words, locks, values_of, why_no_agreed_change
from actions.models.last_word import BY_A_MEETING, check_agreed_by
from actions.models.who import assign, owners_of
from gscp import clock
from gscp.bounds import BoundedForm
from gscp.forms import reason_field
from gscp.record import Change, ChangeQuerySet
from subgroups.models import Group, Partner, Post

CHANGES = {
    "priority": "Priority",
    "theme": "Theme",
    "group": "Responsible group",
    LEADS: "Posts that lead it",
    OWNERS: "Partners that own it",
}
# Of an action: itself, its value in words, the new one in words.
Row = tuple[Action, str, str]


class BulkChoice(BoundedForm):
    """What is changed on all that are ticked, and to what; it stands in the address."""

    not_marked_optional = {"priority", "theme", "group", LEADS, OWNERS}  # one of them is used

    change = forms.ChoiceField(
        label="What to change", choices=list(CHANGES.items()), widget=forms.RadioSelect
    )
    priority = forms.ChoiceField(
        label="New priority", choices=[("", "None given"), *Action.Priority.choices], required=False
    )
    theme: Any = forms.ModelChoiceField(None, label="New theme", required=False, empty_label="None")
    group: Any = forms.ModelChoiceField(
        None, label="New responsible group", required=False, empty_label="None"
    )
    leads: Any = forms.ModelMultipleChoiceField(
        None, label="Posts that lead it from then on", required=False, widget=forms.CheckboxSelectMultiple
    )
    owners: Any = forms.ModelMultipleChoiceField(
        None, label="Partners that own it from then on", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, plan: BusinessPlan, **kwargs: Any):
        super().__init__(*args, **kwargs)
        posts = Post.objects.filter(group__isnull=False).select_related("partner__succeeded_by")
        choices: dict[str, Any] = {
            "theme": plan.themes.all(),
            "group": Group.objects.filter(ended_on=None),
            LEADS: posts.exclude(role__in=Post.HELD_ALONE),
            OWNERS: Partner.objects.current_on(clock.today()),
        }
        fields: Any = self.fields
        for name, queryset in choices.items():
            fields[name].queryset = queryset
        fields["theme"].label_from_instance = short_text

    def clean(self) -> dict[str, Any]:
        data: Any = super().clean()
        if data.get("change") == "group" and not data.get("group") and "group" not in self.errors:
            self.add_error("group", "Choose the new responsible group.")
        return data

    @property
    def name(self) -> str:
        return self.cleaned_data["change"]

    @property
    def new(self) -> Any:
        value = self.cleaned_data[self.name]
        return list(value) if self.name in (LEADS, OWNERS) else value

    def rows(self, actions: Sequence[Action]) -> tuple[list[Row], list[tuple[Action, str]]]:
        """Those that would change, and those that are locked, with the reason. Others have the value."""
        changed, locked = [], []
        for action in actions:
            if self.value_of(action) == self.new:
                continue
            if why := locks(action).get(self.name) or why_no_agreed_change(action):
                locked.append((action, why))
            else:
                old, new = (in_words(self.name, one) for one in (self.value_of(action), self.new))
                changed.append((action, old, new))
        return changed, locked

    def value_of(self, action: Action) -> Any:
        return values_of(action)[self.name]


class BulkForm(NamesMeeting):
    subject: BusinessPlan
    heading = "Change several actions"

    meeting = meeting_field()
    reason = reason_field()

    def __init__(self, *args: Any, choice: BulkChoice, rows: list[Row], ticked: list[int], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.choice, self.rows, self.ticked = choice, rows, ticked
        self.button = f"Change {len(rows)} action{'' if len(rows) == 1 else 's'}"
        if self.subject.is_draft:
            del self.fields["meeting"]
            self.fields["reason"].help_text = KEPT_REASON
        else:
            self.offer_meetings()

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.filter(plan=self.subject.pk)

    def act_scope(self) -> list:
        new = in_words(self.choice.name, self.choice.new)
        return [*super().act_scope(), self.choice.name, new, self.ticked]

    def success_message(self) -> str:
        count = len(self.rows)
        done = f"{LABELS[self.choice.name]}: {count} action{'' if count == 1 else 's'}".capitalize()
        return f"{done}. {waits_for_chair(self.entered)}" if self.entered else f"{done} changed."

    def write(self) -> None:
        self.entered: PlanDecision | None = None
        if self.subject.is_frozen:
            raise ValidationError(self.subject.why_frozen)
        name, new = self.choice.name, self.choice.new
        if self.subject.is_live and self.rows:
            self.entered = self.decision(self.subject, PlanDecision.Kind.AMENDMENT)
            if name in BY_A_MEETING:
                check_agreed_by(self.entered.group, [(action, {name: new}) for action, _, _ in self.rows])
            self.entered.enter(self.user)
        for action, _, _ in self.rows:
            who = [new if name == one else [] for one in (LEADS, OWNERS)]
            if self.entered:
                amend(action, [name], {} if name in (LEADS, OWNERS) else {name: new}, who, self.entered)
            elif name in (LEADS, OWNERS):
                leads = new if name == LEADS else action.lead_posts
                assign(action, leads, new if name == OWNERS else owners_of(action))
            else:
                setattr(action, name, new)
                action.save()
