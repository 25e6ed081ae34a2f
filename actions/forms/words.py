"""The form of an action's words and of who is to do it: in a draft, as a slip or as an amendment."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.base import ActionForm
from actions.forms.keeping import KEPT_REASON
from actions.models import Action
from actions.models.amendment import LEADS, OWNERS, WORDS
from actions.models.coming import ends_to_come
from actions.models.who import assign, owners_of
from gscp import clock
from gscp.forms import date_field, reason_field
from gscp.record import Change, ChangeQuerySet
from subgroups.models import Audit, Group, Partner, Post


class WordsForm(ActionForm, forms.ModelForm):
    """Its fields and what is common; a subclass says where they go."""

    keeps_draft = True

    leads = forms.MultipleChoiceField(
        label="Posts that lead it", required=False, widget=forms.CheckboxSelectMultiple
    )
    owners = forms.MultipleChoiceField(
        label="Partners that own it", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = reason_field()

    field_order = ["ref", *WORDS[:8], LEADS, OWNERS, *WORDS[8:]]

    class Meta:
        model = Action
        fields = list(WORDS)
        labels = {"who": "Who, as printed", "timescale": "Timescale, as printed"}
        help_texts = {
            "who": "Left empty, it is made of the posts and partners above. Else it stays as it is."
        }
        widgets = {
            "title": forms.TextInput,
            "text": forms.Textarea(attrs={"rows": 4}),
            **dict.fromkeys(("outcome", "known_by", "who"), forms.Textarea(attrs={"rows": 2})),
            "timescale": forms.TextInput,
        }

    def __init__(self, *args: Any, subject: Action, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        plan = subject.plan
        self.posts, self.partners = posts_to_lead(subject), partners_to_own(subject)
        self.leads_now = [str(post.pk) for post in subject.lead_posts] if subject.pk else []
        self.owners_now = [str(partner.pk) for partner in owners_of(subject)] if subject.pk else []
        self.choose("leads", self.posts, self.leads_now)
        self.choose("owners", self.partners, self.owners_now)
        querysets = {
            "theme": plan.themes.all(),
            "driver": plan.drivers.all(),
            "group": Group.objects.filter(ended_on=None) | Group.objects.filter(pk=subject.group_id),
        }
        for name, queryset in querysets.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]  # a ModelChoiceField
        for name in ("theme", "driver"):
            self.fields[name].label_from_instance = short_text  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["who"].required = False

    def choose(self, name: str, rows: Iterable[Any], now: list[str]) -> None:
        self.fields[name].choices = [(str(row.pk), str(row)) for row in rows]  # type: ignore[attr-defined]  # a ChoiceField
        self.initial.setdefault(name, now)

    def chosen(self, name: str) -> list[Any]:
        """The posts or partners that were ticked, those that were there before first."""
        rows, now = (self.posts, self.leads_now) if name == "leads" else (self.partners, self.owners_now)
        by_key = {str(row.pk): row for row in rows}
        in_order = dict.fromkeys([*now, *by_key])
        ticked = self.cleaned_data.get(name, now)  # a field that is locked is not in the form
        return [by_key[key] for key in in_order if key in ticked]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "who" in data and not data["who"] and not self.errors:
            leading = self.chosen("leads")  # the title of a post names its partner
            owning = [one for one in self.chosen("owners") if one not in [post.partner for post in leading]]
            named = [*(post.title for post in leading), *map(str, owning)]
            data["who"] = "\n".join(dict.fromkeys(named)) or str(data.get("group") or self.subject.group)
            if len(data["who"]) > 500:
                self.add_error("who", "Write who does it in 500 characters or fewer.")
        return data


class WholeActionForm(WordsForm):
    """An action with its number and its dates."""

    original_date = date_field(
        label="Date by which it should be complete",
        help_text="For example 30 9 2022. It is never overwritten.",
    )
    review_date = date_field(label="Review date", help_text="When to check that it is still needed.")

    field_order = [
        "ref", *WORDS[:7], "audit", "group", LEADS, OWNERS, "who", "timescale", "precision", "original_date",
        "review_date",
    ]  # fmt: skip

    class Meta(WordsForm.Meta):
        fields = ["ref", *WORDS, "audit", "precision", "original_date", "review_date"]
        labels = WordsForm.Meta.labels | {
            "ref": "Number", "precision": "How exact the timescale is", "audit": "Audit that it comes from",
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        audits: Any = self.fields["audit"]
        audits.queryset = Audit.objects.exclude(done_on=None)
        if not audits.queryset.exists():
            del self.fields["audit"]
        if not self.subject.pk:
            self.initial["ref"] = self.initial["ref"] or self.subject.plan.next_ref

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return super().changes_to_have_seen() if self.subject.pk else Change.objects.none()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("original_date", "review_date"):
            if name in self.changed_data:
                self.check_day(name, data.get(name), may_be_past=True)
        return data


class DraftActionForm(WholeActionForm):
    """An action of a draft: all of it, and it is recorded at once."""

    left_out = forms.BooleanField(
        label="Leave it out of the plan",
        required=False,
        help_text="It stays in view as withdrawn.",
    )
    reason = reason_field(label="Why you change the draft", help_text=KEPT_REASON)
    draft_button, draft_saved = "Finish it later", "Kept for you to finish. Saved"

    field_order = [*WholeActionForm.field_order, "left_out", "reason"]

    def __init__(self, *args: Any, subject: Action, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading = f"Edit {subject}" if subject.pk else "Add an action"
        self.button = "Record change" if subject.pk else "Add the action"
        self.initial["left_out"] = subject.status == Action.Status.WITHDRAWN
        came = bool(subject.pk and subject.came_from)
        if came or (subject.pk and subject.pk in ends_to_come(subject.plan)):
            # A meeting decided that it goes on here, with its dates.
            of = "It goes on with an action of an earlier plan."
            self.lead = f"{of} Its first date stays." if came else f"{of} The dates of that come with it."
            for name in ("left_out", "original_date", "precision"):
                del self.fields[name]
        if not subject.pk:
            del self.fields["left_out"]

    def success_message(self) -> str:
        return f"{self.instance} recorded in the draft."

    def write(self) -> None:
        action, data = self.instance, self.cleaned_data
        if not action.plan.is_draft:
            raise ValidationError(action.plan.why_frozen or f"{action.plan} is published meanwhile.")
        if "left_out" in self.fields:
            was_left_out = action.status == Action.Status.WITHDRAWN
            if data["left_out"] != was_left_out:
                action.status = Action.Status.NOT_STARTED if was_left_out else Action.Status.WITHDRAWN
        action.who = data.get("who", action.who)
        action.save()
        assign(action, self.chosen("leads"), self.chosen("owners"))


def short_text(row: Any) -> str:
    return row.text if len(row.text) <= 100 else f"{row.text[:99]}…"


def posts_to_lead(action: Action) -> list[Post]:
    """Those that lead it, in their order, and then all others that could."""
    leading = action.lead_posts if action.pk else []
    others = Post.objects.filter(group__isnull=False).exclude(pk__in=[post.pk for post in leading])
    return [*leading, *others.exclude(role__in=Post.HELD_ALONE).select_related("partner__succeeded_by")]


def partners_to_own(action: Action) -> list[Partner]:
    current = list(Partner.objects.current_on(clock.today()).order_by("name"))
    return list(dict.fromkeys([*(owners_of(action) if action.pk else ()), *current]))
