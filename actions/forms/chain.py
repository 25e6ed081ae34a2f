"""Forms: ask a group for a decision, make a move without a meeting, record what a meeting decided."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from actions.asked_late import ASKED, late_now
from actions.forms.base import ActionForm
from actions.models import (
    Action,
    Confirmation,
    ExceptionReport,
    ExceptionStep,
    Kind,
    ProgressUpdate,
    State,
    asking,
)  # fmt: skip
from actions.models.chain import ENTERED_FOR_CHAIR, LAPSE, MOVES, MOVES_BY_NAME, PUT_BACK, Move
from actions.models.impact import BEFORE_COMPLETION
from actions.models.impact_choices import How
from actions.models.line import line_of
from actions.rules import Rule
from gscp import clock
from gscp.dates import day_and_month, day_in_words
from gscp.forms import RecordForm, date_field, reason_field, with_example
from gscp.record import Change, ChangeQuerySet
from gscp.words import has_words, lower_first
from subgroups.models import Baseline, Measure, MeasureAgency, Meeting, Reading, Target
from subgroups.scorecard import OF_REGISTERS

NO_ADDRESS = "Give the address of a web page, without a user name."
LINK = re.compile(r"\S*[.:/]\S*")
NO_CHECKER = "Say who will check it."
NO_WAY = "Choose how it will be checked."
NO_DAY = "Give the day of the check too, or leave out who checks it and how."
NOT_MEASURED = "Choose a measure only if one will show it, above."
BOTH = "You gave the difference it made and a day on which to check that. Keep one of the two."
PLANNED = ("impact_check_by", "impact_check_how", "impact_check_measure")  # of an impact check
OF_CHECK = ("impact_check_on", *PLANNED)
OPTIONAL = {(Kind.EXCEPTION, "forecast"), *((Kind.COMPLETION, name) for name in ("impact", *OF_CHECK))}


def plain_address(address: str) -> None:
    # A browser would not open it as a page, or would send a user name and password.
    try:
        parts = urlsplit(address)
    except ValueError:  # the host is no address
        raise ValidationError(NO_ADDRESS) from None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise ValidationError(NO_ADDRESS)


class EvidenceField(forms.CharField):
    """A link, or in words who keeps it. What has no space is a link if it has a dot, a colon or a slash."""

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if LINK.fullmatch(value):
            value = forms.URLField(assume_scheme="https", error_messages={"invalid": NO_ADDRESS}).clean(value)
            plain_address(value)
        elif value:
            has_words(value)
        return value


class AskForm(ActionForm, forms.ModelForm):
    button = "Send it"
    keeps_draft = True
    not_marked_optional = {"impact", *OF_CHECK}

    evidence = EvidenceField(
        max_length=1000,
        help_text="A link, or in words who keeps it. For example: the minutes, with the Business Unit.",
    )
    forecast = date_field(help_text=with_example("For example {}."))
    impact_check_on = date_field(
        help_text="Fill this in only if it is too early to say what difference it made."
    )

    class Meta:
        model = ExceptionReport
        fields = [
            "what", "cause", "effect", "recovery", "forecast",
            "asked_for", "evidence", "impact", *OF_CHECK,
        ]  # fmt: skip
        widgets = dict.fromkeys(
            ("what", "cause", "effect", "recovery", "asked_for", "impact"), forms.Textarea(attrs={"rows": 3})
        ) | {"impact_check_by": forms.TextInput, "impact_check_how": forms.RadioSelect}
        help_texts = {
            "impact": "Once this is sent, add a link or a file that shows it.",
            "impact_check_by": "A post or a group, not who did the action.",
            "impact_check_measure": "Only where a measure of the scorecards will show it.",
        }

    def __init__(self, *args, report: ExceptionReport, found_by: Iterable[Rule] = (), **kwargs):
        self.kind = Kind(report.kind)
        # Not the rules' sentences, which quote what was reported: a name in it would be copied unseen.
        report.found_by = report.found_by or ", ".join(rule.title for rule in found_by)
        super().__init__(*args, subject=report.about, instance=report, **kwargs)
        self.heading = report.terms.label
        labels = report.terms.fields
        fields_of_other_kinds = AskForm.base_fields.keys() - RecordForm.base_fields.keys() - labels.keys()
        for name in fields_of_other_kinds:
            del self.fields[name]
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].required = (
                self.kind,
                name,
            ) not in OPTIONAL and name not in self.fields_taken_out
            if isinstance(self.fields[name].widget, forms.Textarea):
                self.fields[name].validators.append(has_words)
        if self.kind == Kind.COMPLETION:
            self.offer_checks(report)
        if self.kind == Kind.NEW_DATE and not report.pk:
            self.initial["forecast"] = expected_later(report.about)

    def offer_checks(self, report: ExceptionReport) -> None:
        self.fields["impact_check_how"].choices = How.choices  # type: ignore[attr-defined]  # a ChoiceField
        in_use = Q(pk__in=Measure.objects.not_ended_by(clock.today())) | Q(pk=report.impact_check_measure_id)
        measures = Measure.objects.filter(in_use).select_related("group")
        self.fields["impact_check_measure"].queryset = measures  # type: ignore[attr-defined]  # of rows

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("forecast", "impact_check_on"):
            if name in self.fields:
                self.check_day(name, data.get(name))
        if self.kind == Kind.COMPLETION:
            self.check_planned(data)
        day, due = data.get("forecast"), self.subject.due
        if self.kind == Kind.NEW_DATE and day and due and day < due:
            later = f"{self.subject} is due on {day_in_words(due)}: ask for a later date."
            self.add_error("forecast", later)
        impact = ("impact", "impact_check_on")
        given = [name for name in impact if data.get(name) or name in self.fields_taken_out]
        if self.kind == Kind.COMPLETION and not self.errors and not given:
            self.add_error("impact", "Say what difference it made, or else when that will be checked.")
        elif self.kind == Kind.COMPLETION and len(given) > 1:
            self.add_error("impact", BOTH)
        return data

    def check_day(self, name: str, day: date | None, *, may_be_past: bool = False) -> None:
        if name == "impact_check_on" and day and day < clock.today():
            if "impact_check_on" in self.changed_data:
                self.add_error(name, BEFORE_COMPLETION)
            return
        super().check_day(name, day, may_be_past=may_be_past)

    def check_planned(self, data: dict[str, Any]) -> None:
        """A day is given with by whom and how; what is not for a day is for none."""
        on = data.get("impact_check_on")
        for name, missing in zip(PLANNED[:2], (NO_CHECKER, NO_WAY), strict=True):
            if on and not data.get(name) and name not in (*self.errors, *self.fields_taken_out):
                self.add_error(name, missing)
        if not on and not self.errors.keys() & {*OF_CHECK} and any(data.get(name) for name in PLANNED):
            self.add_error("impact_check_on", NO_DAY)
        is_measured = data.get("impact_check_how") == How.MEASURE
        if is_measured and not data.get("impact_check_measure"):
            self.add_error("impact_check_measure", "Choose the measure.")
        elif data.get("impact_check_measure") and not is_measured:
            self.add_error("impact_check_measure", NOT_MEASURED)

    def success_message(self) -> str:
        group = self.instance.with_group
        sent = f"{self.instance} sent to the {group}."
        meeting = Meeting.objects.of(group).today_or_next()
        when = f"It meets on {day_in_words(meeting.date)}" if meeting else "No meeting of it is recorded yet"
        late = "Its papers have closed: this is marked late." if late_now(group) else ""
        to_confirm = ""
        if self.on_behalf:
            to_confirm = (
                f"The chair of the {self.instance.group.acting_group()} is asked to confirm it first."
            )
        own = self.instance.own_decision_in_words
        return " ".join(filter(None, [sent, f"{when}.", late, to_confirm, own]))

    @property
    def on_behalf(self) -> bool:
        return not asking.speaks_for_itself(self.instance, self.user)

    def act_scope(self) -> list:
        return [*super().act_scope(), self.kind.value]

    def history_reason(self) -> str:
        return ""  # what is asked says why

    def write(self) -> None:
        self.instance.ask(self.user)


def expected_later(action: Action) -> date | None:
    """The day that the last update expects, if the action is due before it."""
    counting = ProgressUpdate.objects.keys_that_count(line_of(action.pk))
    said = next((key for key, is_nil in counting if not is_nil), None)
    day = ProgressUpdate.objects.get(pk=said).forecast if said else None
    return day if day and action.due and day > action.due else None


def what_followed(made: ExceptionStep | Confirmation) -> str:
    """What lapsed or was put back with what was recorded just now, in sentences."""
    steps = ExceptionStep.objects.filter(move__in=(LAPSE, PUT_BACK), change__act=made.change.act)
    followed = list(steps.select_related("report__action__plan"))
    said = ""
    own = made.report_id if isinstance(made, ExceptionStep) else None
    if isinstance(made, ExceptionStep) and any(step.report_id == own for step in followed):
        action = made.report.about
        said = f" It lapsed at once: {action} is {lower_first(action.get_status_display())}."
    for move, label in ((LAPSE, "Lapsed with it"), (PUT_BACK, "It stands again")):
        others = [str(s.report) for s in followed if s.move == move and s.report_id != own]
        if others:
            said += f" {label}: {', '.join(others)}."
    return said


class MoveForm(ActionForm):
    keeps_draft = True
    reason = reason_field()

    def __init__(self, *args, report: ExceptionReport, move: Move, **kwargs):
        super().__init__(*args, subject=report.about, **kwargs)
        self.report, self.move = report, move
        self.heading = self.button = move.label_for(report)
        self.fields["reason"].label = move.reason_label

    @property
    def on_behalf(self) -> bool:
        is_for_chair = self.move.name in ENTERED_FOR_CHAIR
        return is_for_chair and not asking.speaks_for_itself(self.report, self.user)

    def success_message(self) -> str:
        said = f"{self.report}: {lower_first(self.move.result)}.{what_followed(self.step)}"
        if self.move.name in ASKED and (late := late_now(self.report.with_group, self.report)):
            said += f" Papers have closed: this is marked late for {day_and_month(late)}."
        return f"{said} The chair is asked to confirm it." if self.on_behalf else said

    def act_scope(self) -> list:
        return [*super().act_scope(), self.report.pk, self.move.name]

    def write(self) -> None:
        self.step = self.report.make_move(self.move, self.user, self.cleaned_data["reason"])


class DecisionForm(ActionForm):
    button = "Record decision"
    keeps_draft = True

    move = forms.ChoiceField(label="Decision", widget=forms.RadioSelect)
    reason = reason_field()

    def __init__(self, *args, report: ExceptionReport, meeting: Meeting, **kwargs):
        self.report, self.meeting = report, meeting
        super().__init__(*args, subject=report.about, **kwargs)
        # One that this may put in force or correct.
        self.existing_decision = report.provisional_decision or report.decision_in_force
        self.heading = report.decision_heading
        moves = [move for move in report.moves_for(self.user) if move.is_decision]
        if (
            not meeting.decisions_take_effect
        ):  # without enough partners it cannot put anything in force either
            moves = [move for move in moves if move.name != "ratify"]
        # Every decision is accepted, though only possible moves are shown: the move of a form sent twice is
        # possible no longer, and the form must still reach record(), which tells that it was recorded before.
        self.fields["move"].choices = [(move.name, move.label) for move in MOVES if move.is_decision]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["move"].widget.choices = [(move.name, move.label_for(report)) for move in moves]
        self.fields["move"].widget.option_hints = {move.name: self.help_of(move) for move in moves}
        self.moves = moves
        if any(move.name == "return" for move in moves):
            self.fields["reason"].help_text = "If you return it, write the question."
        if len(moves) == 1:
            self.leave_only("move", moves[0].name)
        if self.only_choices.get("move") == "correct":
            self.button = "Record correction"

    @property
    def only_move_in_words(self) -> str:
        if not self.only_choices:
            return ""
        return f"{self.moves[0].label_for(self.report)}: {lower_first(self.help_of(self.moves[0]))}"

    def help_of(self, move: Move) -> str:
        """What it does; of a refusal on an action that has ended since, that no group decides anew."""
        report, action = self.report, self.report.action
        is_of_refusal = move.name == "correct" and report.state == State.REFUSED
        if is_of_refusal and action and not report.terms.can_stand(action.status):
            status = action.get_status_display().lower()
            return f"The action is {status}, so what was asked lapses at once, and no group decides anew."
        return move.help

    def changes_to_have_seen(self) -> ChangeQuerySet:
        # Who is present, or that the chair went on without a quorum, makes the decision provisional or not.
        changes, measure = Change.objects, self.report.measure_id
        seen = super().changes_to_have_seen() | changes.of_rows(self.meeting.attendances.all())
        seen |= changes.of_rows(Meeting.objects.filter(pk=self.meeting.pk))
        if measure:
            seen |= changes.of_rows(Measure.objects.filter(pk=measure))
            for model in (Reading, Target, Baseline, MeasureAgency):
                seen |= changes.of_rows(model._default_manager.filter(measure=measure))
            registers = [model._meta.label_lower for model in OF_REGISTERS]  # its figures may come from these
            seen |= changes.filter(model__in=registers, group=self.report.about.group_id)
        return seen

    @property
    def on_behalf(self) -> bool:
        return self.meeting.group not in self.user.chaired_groups

    def success_message(self) -> str:
        said = f"Decision on {self.report} recorded: {lower_first(self.step.get_move_display())}."
        if self.step.needs_agreement:
            said += f" Not in force until the holder of another post of the {self.meeting.group} agrees."
        elif self.step.provisional:
            said += " Not in force until a meeting with enough partners agrees it."
        said += what_followed(self.step)
        return f"{said} The chair is asked to confirm it." if self.step.on_behalf else said

    def act_scope(self) -> list:
        return [*super().act_scope(), self.report.pk, self.meeting.pk]

    def write(self) -> None:
        move, reason = MOVES_BY_NAME[self.cleaned_data["move"]], self.cleaned_data["reason"]
        self.step = self.report.make_move(move, self.user, reason, self.meeting)
