"""The forms of what a group keeps a register of: audits, training and its impact, checks, escalations."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from actions.forms.small_numbers import SmallNumbersForm
from actions.forms.values import FigureField
from gscp import clock
from gscp.dates import day_in_words
from gscp.forms import date_field, reason_field, with_example
from gscp.record import TOMBSTONE, Change, ChangeQuerySet, Tracked, number_of
from gscp.words import folded_words
from subgroups.models import (
    Audit,
    AuditResult,
    Escalations,
    Partner,
)
from subgroups.periods import Frequency, Period
from subgroups.register_numbers import confirmed_columns
from subgroups.small import is_small


class RegisterForm(SmallNumbersForm, forms.ModelForm):
    """A line of a register: a new one, or what became of one."""

    subject: Any
    told_apart_by: tuple[str, ...] = ()  # no two lines of a group have all of these alike

    def __init__(self, *args: Any, subject: Any, **kwargs: Any):
        super().__init__(*args, subject=subject, instance=subject, **kwargs)
        if subject.pk:
            self.fields["reason"] = reason_field()
        self.put_last()

    def put_last(self) -> None:
        last = ["reason", "confirmed", "small_confirmed"]
        self.order_fields([*(name for name in self.fields if name not in last), *last])

    def full_clean(self) -> None:
        """Ask about small numbers last: what is compared before finds no number in a box with an error."""
        super().full_clean()
        if self.is_bound:
            self.ask_about_small({name: self.cleaned_data[name] for name in self.small_ones()})

    def small_ones(self) -> list[str]:
        """The boxes in which a small number was typed; one that is on record was asked about before.

        Of a whole and its part also the box of the part, where little of the whole is left.
        """
        typed = {*self.changed_data}
        figures = {
            name: number_of(self.cleaned_data.get(name, ""))
            for name, field in self.fields.items()
            if isinstance(field, FigureField)
        }
        small = [name for name, figure in figures.items() if name in typed and is_small(figure or 0)]
        for whole, part in self.wholes():
            of, count = figures[whole], figures[part]
            if typed & {whole, part} and of is not None and count is not None and is_small(of - count):
                small.append(part)
        return [*dict.fromkeys(small)]

    def wholes(self) -> list[tuple[str, str]]:
        """The boxes of which one has a whole, and the other a part of it."""
        return []

    def history_reason(self) -> str:
        return self.cleaned_data.get("reason", "")  # what is new says itself what it is

    def act_scope(self) -> list:
        return [*super().act_scope(), self.subject.group_id]

    def write(self) -> None:
        self.check_is_no_other()
        # A box of a number may belong to an agency: where one was typed, all are confirmed anew.
        boxes = {name for name, field in self.fields.items() if isinstance(field, FigureField)}
        model = type(self.instance)
        columns = {name.removesuffix("_id") for name in confirmed_columns(model)}
        if (boxes | columns) & {*self.changed_data}:
            self.instance.confirmed_by = self.instance.part_confirmed_by = None
        self.instance.save()

    def check_is_no_other(self) -> None:
        """Raises ValidationError where the register has this line already: it would be counted twice."""
        if not self.told_apart_by:
            return
        texts = [name for name in self.told_apart_by if isinstance(self.fields[name].widget, forms.TextInput)]
        alike = {name: getattr(self.instance, name) for name in self.told_apart_by if name not in texts}
        others = type(self.instance)._default_manager.filter(group=self.instance.group, **alike)
        line = [folded_words(getattr(self.instance, name)) for name in texts]
        rows = others.exclude(pk=self.instance.pk).values_list(*texts)
        if line in [[*map(folded_words, row)] for row in rows]:
            raise ValidationError("This line is on the register already. Change that one instead.")

    def success_message(self) -> str:
        return f"{self.instance} recorded."


def partners_on(day: date) -> list[Partner]:
    """Those that held on this day; the first ones on record, if it is before them."""
    partners = list(Partner.objects.not_cancelled())
    first = min((one.started_on for one in partners), default=day)
    return [one for one in partners if one.holds_on(max(day, first))]


class ByAgencyForm(RegisterForm):
    """A line with figures for each agency: `columns` of `by_agency`, a model with a row for an agency.

    Its agencies are the partners of the day of the line. Sent with another day it comes back if there were
    other partners then, with their boxes: `offered` has the keys of those whose boxes its page had.
    """

    offered = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10_000)

    by_agency: type[Tracked]
    columns: dict[str, str] = {}  # by name, the words of its label
    related: str  # the name under which the rows belong to the line
    day_box: str  # of the day of the line

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows = {row.partner_id: row for row in self.of_line()} if self.subject.pk else {}
        self.offer(self.data)

    def of_line(self) -> Any:
        return getattr(self.subject, self.related).select_related("partner")

    def offer(self, typed: Any) -> None:
        """Have boxes for the partners of the day, for those with a row and where something is typed."""
        self.day = self.day_typed(typed) or getattr(self.subject, self.day_box) or clock.today()
        self.of_day = partners_on(self.day)
        named = {row.partner_id: row.partner for row in self.rows.values()}
        left = [one for one in Partner.objects.all() if any(map(typed.get, self.boxes(one.pk)))]
        self.partners = named | {one.pk: one for one in (*self.of_day, *left)}
        for key, partner in self.partners.items():
            for name, words in self.columns.items():
                box = f"{name}_{key}"
                self.fields[box] = FigureField(label=f"{partner}: {words}", required=False)
                self.initial[box] = getattr(self.rows.get(key), name, "")
        self.initial["offered"] = " ".join(map(str, self.partners))
        self.not_marked_optional = {box for key in self.partners for box in self.boxes(key)}
        self.put_last()

    def day_typed(self, typed: Any) -> date | None:
        field = self.fields[self.day_box]
        sent = field.widget.value_from_datadict(typed, MultiValueDict(), self.add_prefix(self.day_box))
        try:
            return field.clean(sent)
        except ValidationError:
            return None

    def fill(self, typed: QueryDict) -> None:
        self.offer(typed)
        super().fill(typed)
        self.initial["offered"] = " ".join(map(str, self.partners))

    def boxes(self, key: int) -> list[str]:
        return [f"{name}_{key}" for name in self.columns]

    def changes_to_have_seen(self) -> ChangeQuerySet:
        owner = self.by_agency.part_of[0]
        rows = self.by_agency.objects.filter(**{owner: self.subject.pk})
        return super().changes_to_have_seen() | Change.objects.of_rows(rows)

    def given(self, key: int) -> dict[str, str]:
        """The figures of an agency; one that was taken out of the record stays so while its box is empty."""
        on_record = {name: getattr(self.rows.get(key), name, "") for name in self.columns}
        return {
            name: self.cleaned_data.get(f"{name}_{key}") or (TOMBSTONE if figure == TOMBSTONE else "")
            for name, figure in on_record.items()
        }

    def needs_all(self, given: dict[str, str]) -> bool:
        """Whether an agency that has one of these figures must have the others."""
        return True

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for key, partner in self.partners.items():
            self.check_agency(partner, self.given(key))
        shown = data.get("offered", "").split()
        new = [str(one) for one in self.of_day if str(one.pk) not in shown]
        self.set_sent_value("offered", self.initial["offered"])
        if new:
            told = f"Also a partner on {day_in_words(self.day)}: {', '.join(new)}."
            self.add_error(None, f"{told} Enter its numbers, or leave them empty. Then send this again.")
        return data

    def check_agency(self, partner: Partner, given: dict[str, str]) -> None:
        box, row = f"{next(iter(self.columns))}_{partner.pk}", self.rows.get(partner.pk)
        missing = [name for name, figure in given.items() if not figure]
        if not self.errors.keys().isdisjoint(self.boxes(partner.pk)):
            return  # what a box holds was refused
        if not any(given.values()):
            if row:
                self.add_error(box, f"{partner} has numbers on record: write 0 rather than leave them empty.")
        elif missing and self.needs_all(given):
            self.add_error(f"{missing[0]}_{partner.pk}", f"{partner}: fill in each number, or none.")
        elif partner not in self.of_day and not row:
            self.add_error(
                box, f"{partner} was no partner on {day_in_words(self.day)}: leave its numbers empty."
            )
        elif partner not in self.of_day and self.day < partner.started_on and {*given.values()} != {"0"}:
            self.add_error(
                box, f"{partner} was no partner yet on {day_in_words(self.day)}: write 0 for its numbers."
            )

    def write(self) -> None:
        super().write()
        owner = self.by_agency.part_of[0]
        for key, partner in self.partners.items():
            given = self.given(key)
            if not any(given.values()):
                continue
            row: Any = self.rows.get(key) or self.by_agency(**{owner: self.instance, "partner": partner})
            for name, figure in given.items():
                setattr(row, name, figure)
            try:
                row.save()
            except ValidationError as error:
                told = error.message_dict.items()
                boxes = {name: f"{name}_{key}" for name in self.columns}
                raise ValidationError(
                    {boxes.get(name, NON_FIELD_ERRORS): words for name, words in told}
                ) from None


class AuditForm(ByAgencyForm):
    told_apart_by = ("focus", "planned_for")
    by_agency, related, day_box = AuditResult, "results", "done_on"
    columns = {"right": "decisions that were right", "wrong": "decisions that were wrong"}
    planned_for = date_field(required=True, label="Planned for", help_text=with_example("For example {}."))
    done_on = date_field(label="Done on", help_text="Leave it empty until it is done.")
    sample_size = FigureField(
        label="How many cases were looked at",
        required=False,
        help_text="In one case several agencies may have decided something. So there can be more decisions.",
    )

    class Meta:
        model = Audit
        fields = ["focus", "planned_for", "re_audit_of", "done_on", "sample_size", "findings"]
        labels = {
            "focus": "What it looks at",
            "re_audit_of": "It looks again at",
            "findings": "What it found",
        }
        widgets = {"focus": forms.TextInput, "findings": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, subject: Audit, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = ("Audit" if subject.pk else "Plan an audit"), "Record audit"
        again: Any = self.fields["re_audit_of"]
        again.queryset = Audit.objects.filter(group=subject.group, done_on__isnull=False).exclude(
            pk=subject.pk
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        counted = any(figure for key in self.partners for figure in self.given(key).values())
        if counted and not data.get("done_on"):
            self.add_error("done_on", "Say when it was done, or leave the numbers empty.")
        return data


class EscalationsForm(RegisterForm):
    month = date_field(required=True, label="Month", help_text=with_example("Any day of it, for example {}."))
    told_apart_by = ("month", "stage", "theme", "raised_by", "raised_with")
    by_mistake = "If the line was recorded by mistake, write 0 for both numbers."
    count = FigureField(label="How many were settled", help_text=by_mistake)
    days = FigureField(label="Days they took, all together")

    class Meta:
        model = Escalations
        fields = ["month", "stage", "theme", "raised_by", "raised_with", "count", "days"]
        labels = {
            "stage": "Where they were settled",
            "theme": "What they were about",
            "raised_by": "The agency that raised them",
            "raised_with": "The agency they were raised with",
        }
        help_texts = {"theme": "In general words, never a case. For example: thresholds."}
        widgets = {"theme": forms.TextInput, "stage": forms.RadioSelect}

    def __init__(self, *args: Any, subject: Escalations, **kwargs: Any):
        super().__init__(*args, subject=subject, **kwargs)
        self.heading, self.button = "Escalations of a month", "Record escalations"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("month"):
            month = Period.holding(data["month"], Frequency.MONTH)
            data["month"] = month.first_day
            of_month = [*partners_on(month.first_day), *partners_on(month.last_day)]
            for name in ("raised_by", "raised_with"):
                if (partner := data.get(name)) and partner not in of_month:
                    self.add_error(name, f"{partner} was no partner in {month}.")
        return data
