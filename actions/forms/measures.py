"""The forms by which a group's measures are kept: what they say, their targets, a new baseline."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from actions.forms.values import ValueField
from gscp import clock
from gscp.forms import RecordForm, date_field, reason_field, with_example
from gscp.record import Change, ChangeQuerySet, Tracked, number_of
from subgroups.measure_changes import before_unconfirmed
from subgroups.models import Measure, MeasureAgency, Partner, Target
from subgroups.models.measures import MOST_DAYS, REGISTERS
from subgroups.periods import Frequency, Period
from subgroups.scorecard import series_of_measure


def typed(measure: Measure, value: int | None) -> str:
    """A value on record as it stands in its box."""
    if value is None:
        return ""
    return measure.in_words(value).removesuffix("%") if measure.is_share else str(value)


def first_asked(measure: Measure) -> Period:
    """The first period of a measure on record that somebody was asked for a figure of."""
    first_day, frequency = measure.as_read["first_day"], Frequency(measure.as_read["frequency"])
    return Period.holding(max(first_day, measure.added_on or first_day), frequency)


def is_read_already(measure: Measure) -> bool:
    """Whether a figure is on record, or one was asked for of a period that is over."""
    if not measure.pk:
        return False
    return first_asked(measure).last_day < clock.today() or measure.has_readings


def is_edited(row: Tracked) -> bool:
    columns = [field.attname for field in row._meta.concrete_fields]
    return any(getattr(row, name) != row.as_read[name] for name in columns)


class MeasureForm(RecordForm, forms.ModelForm):
    """A new measure of a group, or another definition of one."""

    subject: Measure
    not_marked_optional = {"denominator"}  # a share needs it

    agencies = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Agencies with a figure of their own",
        help_text="Tick none if there is one figure for all. Once there are figures, a change holds from the "
        "period that is running.",
    )
    is_share = forms.TypedChoiceField(
        label="What kind of figure",
        choices=[("share", "A share: so many out of so many"), ("count", "A number")],
        widget=forms.RadioSelect,
        help_text="Numbers of agencies are added up: choose a number for counts, not for averages.",
    )
    tolerance = ValueField(
        required=False,
        max_length=12,
        label="How far off target is still all right",
        help_text="In percentage points of a share. Left empty: not at all.",
    )
    baseline = ValueField(
        required=False,
        max_length=12,
        label="Where it began",
        help_text="The figure before the work began, if known.",
    )
    first_day = date_field(
        required=True, label="First period", help_text=with_example("Any day of that period, for example {}.")
    )
    ended_on = date_field(
        label="No longer read from", help_text="Any day of the first period without a reading."
    )
    reason = reason_field()

    class Meta:
        model = Measure
        fields = [
            "name", "definition", "numerator", "denominator", "unit", "better", "frequency", "origin",
            "source", "supplied_by", "days_to_supply", "first_day", "ended_on",
        ]  # fmt: skip
        labels = {
            "definition": "What it says, and what it does not",
            "numerator": "What is counted",
            "denominator": "Out of what",
            "unit": "Unit",
            "better": "Which way is good",
            "frequency": "How often it is read",
            "origin": "How its figures come about",
            "source": "Where the figures come from",
            "supplied_by": "The post that supplies them",
            "days_to_supply": "Days after the period by which they are due",
        }
        help_texts = {
            "numerator": "For example: contacts at the right threshold.",
            "denominator": "Of a share alone. For example: contacts that were looked at.",
            "unit": "Of a number alone. For example: days.",
            "supplied_by": "Left empty, it is the chair of the group.",
        }
        widgets = {
            "name": forms.TextInput,
            "definition": forms.Textarea(attrs={"rows": 3}),
            "numerator": forms.TextInput,
            "denominator": forms.TextInput,
            "unit": forms.TextInput,
            "source": forms.TextInput,
            "better": forms.RadioSelect,
            "frequency": forms.RadioSelect,
            "origin": forms.RadioSelect,
        }

    field_order = [
        "name", "definition", "is_share", "numerator", "denominator", "unit", "better", "tolerance",
        "baseline", "frequency", "origin", "agencies", "source", "supplied_by", "days_to_supply", "first_day",
        "ended_on",
    ]  # fmt: skip

    def __init__(self, *args: Any, subject: Measure, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        self.heading = (
            f"Change the measure: {subject}" if subject.pk else f"New measure of the {subject.group}"
        )
        self.button = "Record measure"
        self.is_read_already = is_read_already(subject)
        today = clock.today()
        fields: Any = self.fields
        fields["supplied_by"].queryset = subject.group.posts.all()
        self.partners = {str(partner.pk): partner for partner in Partner.objects.current_on(today)}
        fields["agencies"].choices = [(key, str(partner)) for key, partner in self.partners.items()]
        named = [str(one.partner.successor_on(today).pk) for one in self.named()]
        self.initial.update(agencies=named, tolerance=typed(subject, subject.tolerance))
        self.initial.update(baseline=typed(subject, number_of(subject.baseline)))
        if subject.pk:
            self.initial["is_share"] = "share" if subject.is_share else "count"
            if self.is_read_already:
                del self.fields["tolerance"], self.fields["days_to_supply"]
                for name in {*Measure.FIXED_BY_READINGS} & fields.keys():
                    fields[name].disabled = True
                self.lead = (
                    "To change how far off target it may be, or when figures are due, set a target. If you "
                    "change what it says, figures of before are not compared with those that come after, and "
                    "limits begin anew. A new name changes neither."
                )
            if subject.exception_reports.undecided().exists():
                # Who supplies it answers for it, and so does not decide on it.
                fields["supplied_by"].disabled = True
                fields["supplied_by"].help_text = "A request about it is undecided: this stays until then."
        else:
            del self.fields["ended_on"]
        sent = self.data.get(self.add_prefix("is_share")) if self.is_bound else None
        is_share = sent == "share" if sent else subject.is_share
        for name in {"tolerance", "baseline"} & fields.keys():
            fields[name].is_share = is_share

    def named(self) -> list[MeasureAgency]:
        if not self.subject.pk:
            return []
        return list(self.subject.agencies.filter(ended_on=None).select_related("partner__succeeded_by"))

    def changes_to_have_seen(self) -> ChangeQuerySet:
        agencies = MeasureAgency.objects.filter(measure=self.subject.pk)
        return super().changes_to_have_seen() | Change.objects.of_rows(agencies)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("is_share") == "share" and not data.get("denominator"):
            self.add_error("denominator", "Say out of what.")
        if data.get("is_share") == "count":
            data["denominator"] = ""
        if self.is_read_already and bool(data.get("agencies")) != self.subject.as_read["by_agency"]:
            one_for_all = "one figure for all" if data.get("agencies") else "a figure for each agency"
            told = f"Figures were asked for already, with {one_for_all}: end it, and begin another measure."
            self.add_error("agencies", told)
        self.check_agencies(data.get("origin"), set(data.get("agencies") or ()))
        baseline = data.get("baseline")
        if "tolerance" in self.fields:
            self.instance.tolerance = data.get("tolerance") or 0
        self.instance.baseline = "" if baseline is None else str(baseline)
        self.instance.denominator = data.get("denominator", "")
        self.instance.by_agency = bool(data.get("agencies"))
        return data

    def check_agencies(self, origin: str | None, chosen: set[str]) -> None:
        """Two measures from one register have the same agencies: a small number could be worked out else."""
        if origin not in REGISTERS or not chosen:
            return
        today = clock.today()
        others = self.subject.group.measures.filter(origin=origin, by_agency=True).exclude(pk=self.subject.pk)
        for other in others.not_ended_by(today):
            if {str(partner.pk) for partner in other.agencies_on(today)} != chosen:
                told = f"“{other}” is worked out from the same register. Choose the agencies that it has."
                self.add_error("agencies", f"{told} Else small numbers could be worked out from the two.")

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if self.subject.pk and day > self.subject.as_read["first_day"]:
            if before := before_unconfirmed([self.subject]).get(self.subject.pk):
                self.instance.confirmed_first_day = before.first_day
                if day <= before.first_day:
                    return day
            self.check_was_not_asked(day > first_asked(self.subject).last_day)
        return day

    def clean_ended_on(self) -> date | None:
        day: date | None = self.cleaned_data["ended_on"]
        if day and day != self.initial["ended_on"]:
            self.check_was_not_asked(day < self.subject.period_running.first_day)
        return day

    def check_was_not_asked(self, leaves_out: bool) -> None:
        """Raises ValidationError where a period over is left out: of that, a figure was asked for."""
        running = self.subject.period_running
        if leaves_out and first_asked(self.subject).first_day < running.first_day:
            raise ValidationError(f"Before {running} figures were asked for already.")

    def write(self) -> None:
        measure, today = self.instance, clock.today()
        chosen = [self.partners[key] for key in self.cleaned_data["agencies"]]
        kept = {one.partner.successor_on(today).pk: one for one in self.named()}
        if not measure.pk:
            last = measure.group.measures.order_by("position").last()
            measure.position = last.position + 1 if last else 1
            measure.added_on = today
        elif self.is_read_already and (is_edited(measure) or kept.keys() != {one.pk for one in chosen}):
            measure.mark_changed()
        measure.save()
        for key, row in kept.items():
            if key not in [partner.pk for partner in chosen]:
                row.ended_on = today
                row.save()
        first_day = measure.period_running.first_day if self.is_read_already else None
        for partner in chosen:
            if partner.pk not in kept:
                MeasureAgency(measure=measure, partner=partner, first_day=first_day).save()

    def act_scope(self) -> list:
        return [*super().act_scope(), self.subject.group_id]

    def success_message(self) -> str:
        return f"{self.instance} recorded."


class FromPeriodForm(RecordForm, forms.ModelForm):
    """Something that holds from a period of a measure on."""

    subject: Measure
    day = date_field(
        required=True, label="From", help_text=with_example("Any day of the first period, for example {}.")
    )

    def __init__(self, *args: Any, subject: Measure, **kwargs: Any):
        instance = self._meta.model(measure=subject)
        super().__init__(*args, subject=subject, instance=instance, **kwargs)

    def changes_to_have_seen(self) -> ChangeQuerySet:
        of_measure = self._meta.model.objects.filter(measure=self.subject.pk)
        return super().changes_to_have_seen() | Change.objects.of_rows(of_measure)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        period = self.subject.period(day)
        if period is None:
            raise ValidationError(
                f"{self.subject} is not read in {Period.holding(day, self.subject.frequency)}."
            )
        self.instance.period = period.first_day
        self.check_period(period)
        return day

    def mark_changed(self) -> None:
        self.subject.mark_changed()
        self.subject.save()

    def check_period(self, period: Period) -> None:
        """Raises ValidationError where nothing can begin with this period."""

    def success_message(self) -> str:
        return f"{self.instance} recorded."


class TargetForm(FromPeriodForm):
    heading, button = "New target", "Record target"

    value = ValueField(
        required=False, max_length=12, label="Target", help_text="Left empty, there is no target from then."
    )
    tolerance = ValueField(
        required=False,
        max_length=12,
        label="How far off target is still all right",
        help_text="Left empty, as before.",
    )
    days_to_supply = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        label="Days after the period by which figures are due",
        help_text="Left empty, as before.",
    )
    reason = reason_field()

    class Meta:
        model = Target
        fields: list[str] = []

    field_order = ["day", "value", "tolerance", "days_to_supply", "reason"]

    def __init__(self, *args: Any, subject: Measure, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.over: list[Period] = []
        series = series_of_measure(subject)
        self.initial["value"] = typed(subject, series.target(subject.period_running))
        for name in ("value", "tolerance"):
            field: Any = self.fields[name]
            field.is_share = subject.is_share

    def check_period(self, period: Period) -> None:
        """A period that is over stays held to its target; where there was none, one may reach back."""
        last = self.subject.last_ended_period(clock.today())
        if last is None or not is_read_already(self.subject):
            return  # as long as nothing was read, what is set is only being made ready
        series = series_of_measure(self.subject)
        ends = min((one.period for one in series.targets if one.period > period.first_day), default=date.max)
        self.over = [one for one in period.until(last) if one.first_day < ends]
        if self.over and series.target(self.over[-1]) is not None:
            raise ValidationError(
                f"{self.over[-1]} is over, and stays held to the target of then. Begin later."
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("tolerance", "days_to_supply"):
            if self.over and data.get(name) is not None:
                self.add_error(name, "Some of that time is over already: begin later.")
        return data

    def write(self) -> None:
        """Of a period that has a target already, that is changed."""
        there = Target.objects.filter(measure=self.subject, period=self.instance.period).first()
        target = there or self.instance
        target.value = self.cleaned_data["value"]
        for name in ("tolerance", "days_to_supply"):
            if self.cleaned_data[name] is not None:  # else as before
                setattr(target, name, self.cleaned_data[name])
        is_new = there is None or is_edited(target)
        target.save()
        if is_new and is_read_already(self.subject):
            self.mark_changed()
