"""The forms by which the partnership is kept: partners, groups, posts and who holds them."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gscp import clock
from gscp.dates import day_in_words
from gscp.forms import RecordForm, date_field, reason_field, with_example
from gscp.record import Change, ChangeQuerySet
from subgroups.models import Group, Partner, Partnership, Post, PostHolding, QuorumPart, User


def refuse_unlikely_year(value: date) -> None:
    # A slip: nobody alive was there, or it is more than ten years off.
    if not 1900 <= value.year <= clock.today().year + 10:
        raise ValidationError("Check the year.")


def day_field(**options: Any) -> forms.DateField:
    return date_field(validators=[refuse_unlikely_year], **options)


class ReasonForm(RecordForm):
    reason = reason_field()


class PartnershipForm(ReasonForm, forms.ModelForm):
    heading = "The partnership"

    class Meta:
        model = Partnership
        fields = ["name", "short_name", "access_contact", "data_contact"]
        labels = {
            "short_name": "Short name",
            "access_contact": "Whom to ask for access",
            "data_contact": "Whom to ask about data",
        }
        help_texts = {
            "name": "It stands at the top of every page and of the papers.",
            "short_name": "Before the words “business plan”, at the top of every page.",
            "access_contact": "For example: the Business Unit, and its e-mail.",
            "data_contact": "It stands at the foot of every page.",
        }
        widgets = dict.fromkeys(fields, forms.TextInput)

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)

    def write(self) -> None:
        self.instance.save()

    def success_message(self) -> str:
        return "Recorded."


class NamedForm(ReasonForm, forms.ModelForm):
    aliases = forms.CharField(
        label=Partner.form_labels["aliases"],
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One spelling per line. It is found by any of them.",
    )

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, **{"instance": subject} | kwargs, subject=subject)
        self.fields["name"].widget = forms.TextInput()
        self.heading = f"Edit {subject}" if subject.pk else f"Add a {subject._meta.verbose_name}"

    def clean_aliases(self) -> str:
        return "\n".join(filter(None, map(str.strip, self.cleaned_data["aliases"].splitlines())))

    def write(self) -> None:
        self.instance.save()

    def success_message(self) -> str:
        return f"{self.instance} recorded."


class PartnerForm(NamedForm):
    subject: Partner

    started_on = day_field(label="From", required=True)
    ended_on = day_field(label="No longer a partner from")

    class Meta:
        model = Partner
        fields = ["name", "aliases", "kind", "started_on", "ended_on"]

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, **kwargs)
        if subject.pk:
            self.fields["name"].help_text = "To correct it. A new name from a day on is a succession."
        if subject.succeeded_by:  # the day of the succession can be corrected, not taken away
            self.fields["ended_on"].required = True
            self.fields["ended_on"].label = f"Succeeded by {subject.succeeded_by} on"
            self.fields["ended_on"].help_text = "The first day under that name."
        if not subject.pk:
            del self.fields["ended_on"]
        has_predecessor = bool(subject.pk) and subject.predecessors.exists()
        if has_predecessor or subject.succeeded_by:
            del self.fields["kind"]  # a succession stays of one kind
        if has_predecessor:
            del self.fields["started_on"]  # corrected with the end of its predecessor

    def write(self) -> None:
        if self.subject.succeeded_by:
            on, self.instance.ended_on = self.instance.ended_on, self.initial["ended_on"]
            self.instance.set_succession_date(self.instance.succeeded_by, on)
        else:
            super().write()


class SuccessionForm(NamedForm):
    """A partner's place passes to a new one, the form's instance, or to one there is already."""

    subject: Partner

    button = "Record succession"

    started_on = day_field(
        label="From",
        required=True,
        help_text=with_example("The first day under the new name, for example {}."),
    )

    class Meta:
        model = Partner
        fields = ["name", "aliases", "started_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, instance=Partner())
        self.heading = f"Who succeeds {self.subject}"
        self.fields["name"].label = "Name of the successor"
        self.fields["name"].help_text = "A new partner, or in any of its spellings one there is already."
        self.fields["aliases"].help_text = "Of a new partner, one per line. It is found by any of them."

    def write(self) -> None:
        try:
            successor = Partner.objects.get_by_spelling(self.instance.name)
        except Partner.DoesNotExist:
            successor = self.instance
        else:
            if self.instance.aliases:
                raise ValidationError({"aliases": f"{successor} is there already: add them on its own page."})
        self.subject.be_succeeded_by(successor, self.cleaned_data["started_on"])


class QuorumForm(ReasonForm):
    """The whole rule of a group: each of its parts, and room for one more. A part without partners goes."""

    subject: Group
    button = "Record quorum"

    on = day_field(
        label="From",
        required=True,
        help_text="The first day for which it holds. Earlier meetings keep the rule of their day.",
    )

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading = f"Quorum of the {subject}"
        self.lead = (
            "A meeting has a quorum if every part of this rule is met. Without a part, it always has one."
        )
        self.initial["on"] = today = clock.today()
        parts = subject.quorum_on(today)
        named = [part.partners_on(today) for part in parts]
        self.partners = {
            str(p.pk): p for p in sorted({*Partner.objects.current_on(today), *sum(named, [])}, key=str)
        }
        for number, partners in enumerate([*named, []], start=1):
            self.fields[f"partners_{number}"] = forms.MultipleChoiceField(
                label=f"Part {number}: of these partners",
                choices=[(key, partner.name) for key, partner in self.partners.items()],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            self.fields[f"at_least_{number}"] = forms.IntegerField(
                label=f"Part {number}: at least this many",
                min_value=1,
                max_value=99,
                required=False,
                help_text="Needed where partners are ticked.",
            )
            self.initial[f"partners_{number}"] = [str(partner.pk) for partner in partners]
            self.initial[f"at_least_{number}"] = parts[number - 1].at_least if partners else None
        self.not_marked_optional = {name for name in self.fields if name.startswith("at_least_")}
        self.order_fields(["on", *(name for name in self.fields if name[-1].isdigit()), "reason"])

    def changes_to_have_seen(self) -> ChangeQuerySet:
        parts = {"model": QuorumPart._meta.label_lower, "group": self.subject.pk}
        return super().changes_to_have_seen() | Change.objects.filter(**parts)

    def write(self) -> None:
        numbers = [name.removeprefix("partners_") for name in self.fields if name.startswith("partners_")]
        rule = []
        for number in numbers:
            partners = [self.partners[key] for key in self.cleaned_data[f"partners_{number}"]]
            at_least = self.cleaned_data[f"at_least_{number}"]
            if partners and not at_least:
                raise ValidationError({f"at_least_{number}": "Say how many of them are needed."})
            if partners:
                rule.append((at_least, partners))
        QuorumPart.set_rule(self.subject, rule, self.cleaned_data["on"])

    def success_message(self) -> str:
        return f"Quorum of the {self.subject} recorded."


class PostForm(NamedForm):
    not_marked_optional = {"group"}

    class Meta:
        model = Post
        fields = ["name", "aliases", "role", "group", "partner"]
        labels = {"group": "Group"} | Post.form_labels
        help_texts = {
            "group": "Needed for a chair, a vice-chair or a member.",
            "partner": "One that was succeeded may stay: pages show its successor from its day on.",
        }

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, **kwargs)
        # What its holder may do comes from these: another role or group is another post, handed over.
        if subject.pk and subject.holdings.exists():
            del self.fields["role"], self.fields["group"]


class HandoverForm(ReasonForm):
    subject: Post
    button = "Record handover"
    not_marked_optional = {"name"}

    on = day_field(
        label="Date",
        required=True,
        help_text=(
            "The first day of the next holder. "
            "To correct the day of the last handover, enter it again with the right one."
        ),
    )
    email = forms.EmailField(
        label="E-mail of the next holder",
        required=False,
        help_text="Left empty, nobody holds it from then.",
    )
    name = forms.CharField(
        label="Name of the next holder",
        required=False,
        max_length=120,
        help_text="Needed where there is no account with this e-mail yet: one is opened.",
    )
    field_order = ["on", "email", "name"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.heading = f"Hand over {self.subject}"
        if not self.subject.holdings.exists():
            self.be_of_first_holder()
        held = self.subject.holdings.held_on(clock.today()).select_related("user").first()
        self.lead = "Nobody holds it today."
        if not held:
            self.fields["email"].help_text = ""
        else:
            self.lead = f"{held.user} has held it since {day_in_words(held.started_on)}."
            self.fields["on"].help_text += " The present one holds it until the day before."
        if self.subject.group and self.subject.group.takes_decisions:
            # Without whoever leaves: from the day of the handover they accept nobody.
            next_holding = PostHolding(post=self.subject, user=held.user if held else None)
            # Where nobody else is in force, who accepts depends on the day that is typed.
            if next_holding.acceptors or not (held and held.is_in_force):
                acceptors = next_holding.accepted_by_in_words
                self.lead += f" The next holder decides once they are accepted by {acceptors}."
        self.new_account: User | None = None

    def clean_email(self) -> str:
        """A post may be vacant, but for that of who fills posts: there would be nobody to fill it."""
        email: str = self.cleaned_data["email"]
        if not email and self.subject.role == Post.Role.BUSINESS_MANAGER:
            raise ValidationError("Say who holds it next: only a Business Manager can fill a post.")
        return email

    def be_of_first_holder(self) -> None:
        self.heading, self.button = f"Who holds {self.subject}", "Record holder"
        self.fields["on"].help_text = "The first day on which they hold it."
        self.initial["on"] = clock.today()  # nobody holds it who would lose it
        self.fields["email"].label, self.fields["name"].label = "E-mail of the holder", "Name of the holder"
        self.fields["email"].required = True

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if name and not self.data.get(self.add_prefix("email")):
            raise ValidationError("Give the e-mail as well, or clear the name.")
        return name

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.of_rows(self.subject.holdings.all())

    def write(self) -> None:
        email, holder, is_new = self.cleaned_data["email"], None, False
        if email:
            holder, is_new = User.objects.get_or_create_account(email, self.cleaned_data["name"])
        self.subject.hand_over(self.cleaned_data["on"], holder)
        self.new_account = holder if is_new else None
        self.waiting = next((held for held in self.subject.holdings.waiting() if held.user == holder), None)

    def success_message(self) -> str:
        who = self.cleaned_data["email"] or "nobody"
        said = f"{self.subject}: {who} holds it from {day_in_words(self.cleaned_data['on'])}."
        if self.waiting:
            acceptors = self.waiting.accepted_by_in_words
            said += f" They decide nothing from it until they are accepted by {acceptors}."
        return said


class AcceptanceForm(RecordForm):
    """Another holder of the group says that this person is to decide from this post."""

    subject: PostHolding
    button = "Accept this person"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.heading = f"Accept {self.subject.user} as {self.subject.post}"

    def history_reason(self) -> str:
        return ""

    def write(self) -> None:
        if not self.subject.user.has_usable_password():
            # Whoever made the account has its link: they could choose the password and decide.
            raise ValidationError(
                f"{self.subject.user} has not chosen a password yet. Accept them once they say that they did."
            )
        self.subject.accept()

    def success_message(self) -> str:
        day = day_in_words(max(self.subject.started_on, clock.today()))
        return f"Accepted. {self.subject.user} decides as {self.subject.post} from {day}."
