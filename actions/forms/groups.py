"""The form by which the Business Manager keeps a group, and who decides in its place when it ends."""

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from actions.models import ExceptionReport
from gscp import clock
from gscp.words import numbered
from subgroups.forms import NamedForm, day_field
from subgroups.models import Group, User


class GroupForm(NamedForm):
    subject: Group

    established_on = day_field(
        label="In place since",
        help_text="Until this day, or as long as there is none, the chair of the group above acts for it.",
    )
    ended_on = day_field(
        label=Group.form_labels["ended_on"],
        help_text="Its last day is the day before. What it had to decide goes to the next group above.",
    )

    class Meta:
        model = Group
        fields = [
            "name", "aliases", "reports_to", "takes_decisions", "accepts_high", "chair_may_proceed",
            "established_on", "ended_on",
        ]  # fmt: skip
        labels = {"chair_may_proceed": "Its chair may go on without a quorum, and gives the reason"}
        help_texts = {
            "takes_decisions": "What is asked about the actions of the groups that report to it comes to it.",
            "accepts_high": "Groups below escalate completion and withdrawal of High priority to it.",
        }

    def __init__(self, *args, subject, **kwargs):
        super().__init__(*args, subject=subject, **kwargs)
        if not subject.pk:
            del self.fields["ended_on"]
        # Sent again, the form of the first group still is one: it has no group above.
        has_groups = "reports_to" in self.data if self.is_bound else Group.objects.exists()
        self.is_first = not subject.pk and not has_groups
        if self.is_first:
            self.be_of_first_group()
        elif subject.pk and subject.is_top:  # it is always there and always decides
            for name in ("reports_to", "takes_decisions", "established_on", "ended_on"):
                del self.fields[name]
        else:
            # A slip would take the decisions of the top group away, and no form could give them back.
            above = self.fields["reports_to"]
            above.required = True
            above.empty_label = "Choose one"  # type: ignore[attr-defined]  # a ModelChoiceField
            above.help_text = "Only whoever runs the server puts a group above the top one."

    def be_of_first_group(self) -> None:
        self.lead = "This is the top group. It takes the last decisions, and the other groups report to it."
        del self.fields["reports_to"], self.fields["takes_decisions"]
        self.fields["established_on"].required = True
        self.fields["established_on"].help_text = "The first day on which it could meet."
        # Where the day is wrong, only that is said.
        self.instance.takes_decisions, self.instance.established_on = True, clock.today()

    def write(self) -> None:
        group = self.instance
        if self.is_first and Group.objects.exists():
            raise ValidationError("Another group is on record by now. Go back, and add this one below it.")
        if group.pk is None:
            group.slug = free_slug(group.name)
        else:
            group.check_days_of_meetings()
        group.save()
        pass_on_reports(self.user, self.cleaned_data["reason"])


def pass_on_reports(by: User, reason: str) -> None:
    """Put what is before a group that cannot decide it before the next one above, when groups have changed.

    That group decides no longer, or has come to answer for the action itself. What is before it is what is
    undecided, and what it could have ratified: the next group decides anew.
    """
    for report in ExceptionReport.objects.undecided_or_provisional().for_pages():
        if not report.with_group.decides() or report.is_with_answering_group:
            report.pass_on(by, reason)


def free_slug(name: str) -> str:
    base = slugify(name)[:40] or "group"
    # "new" is the address of the form.
    taken = {"new", *Group.objects.values_list("slug", flat=True)}
    return next(slug for slug in numbered(base) if slug not in taken)
