"""The form of readings: a period of a scorecard as one grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict

from actions.forms.small_numbers import SmallNumbersForm
from actions.forms.values import count_of
from gscp import clock
from gscp.permissions import chairs_or_leads, is_business_manager
from gscp.record import Change, ChangeQuerySet
from subgroups.cells import FEW_CASES, Cell
from subgroups.models import Answer, Group, Measure, Origin, Partner, Reading, User
from subgroups.periods import Frequency, Period
from subgroups.scorecard import all_series, series_of_measure
from subgroups.series import Series

IN_THREES = re.compile("(?<=[0-9]) (?=[0-9]{3}(?![0-9]))")  # of a cell, which holds one number
SAID: dict[str, Answer] = {
    **dict.fromkeys(("n/a", "na", "not applicable", "[z]", "z"), Answer.NOT_APPLICABLE),
    **dict.fromkeys(("not supplied", "missing", "[x]", "x"), Answer.NOT_SUPPLIED),
}
HOW = "A number, or “n/a”, or “not supplied”."
MONTHS_BACK = 12  # in which readings that were never entered are still asked for
BOXES = ("count_", "whole_", "said_")
WORDS_MEANWHILE = "The figure was entered meanwhile. Copy these words, and empty this box."


class Entered(NamedTuple):
    answer: Answer
    digits: str = ""


class CountField(forms.CharField):
    """A count as people type or paste it: 1,204, n/a, not supplied."""

    widget = forms.TextInput

    def __init__(self, about: str = "", **options: Any):
        self.about = about  # what an error in the list of all errors is about
        super().__init__(required=False, max_length=20, **options)

    def to_python(self, value: Any) -> Any:
        said = str(value or "").strip()
        if not said:
            return None
        if answer := SAID.get(said.casefold()):
            return Entered(answer)
        return Entered(Answer.FIGURE, str(count_of(said, "“n/a” or “not supplied”")))


@dataclass(frozen=True)
class Line:
    """What is to be entered of one measure in one period: of all, or of an agency."""

    measure: Measure
    period: Period
    agency: Partner | None
    stands: Reading | None = field(default=None, compare=False)  # what is entered already

    @property
    def name(self) -> str:
        return f"{self.measure.pk}_{self.agency.pk if self.agency else 'all'}"

    @property
    def boxes(self) -> tuple[str, str]:
        return f"count_{self.name}", f"whole_{self.name}"

    def reading(self, **columns: Any) -> Reading:
        return Reading(measure=self.measure, partner=self.agency, period=self.period.first_day, **columns)


def lines_of_month(group: Group, month: date) -> list[Line]:
    """Of the measures of a group the last periods that were over by the end of a month, with what stands."""
    return [
        Line(series.measure, period, agency, reading)
        for series in all_series().get(group.pk, ())
        if (period := period_by(series, month)) and (cell := series.cell(period))
        for agency, reading in asked_for(series, cell)
    ]


def supplied_by(user: User, lines: Iterable[Line]) -> list[Line]:
    """Those of measures that this user may supply: of a post that supplies one measure, not of all."""
    return [line for line in lines if user.has_perm("supply_readings", line.measure)]


def lines_to_enter(group: Group, month: date | None = None) -> list[Line]:
    """Those where no reading stands yet, by the end of this month or, without one, by now."""
    return [line for line in lines_of_month(group, month or clock.today()) if line.stands is None]


def asked_for(series: Series, cell: Cell) -> list[tuple[Partner | None, Reading | None]]:
    """The agencies, or None for all, each with its reading in a period; none where they are worked out."""
    if series.measure.origin != Origin.ENTERED:
        return []
    if not series.measure.by_agency:
        return [(None, cell.readings.get(None))]
    return [(agency, cell.readings.get(agency.pk)) for agency in cell.agencies]


def missing_elsewhere(group: Group, month: date) -> list[tuple[Period, int]]:
    """How many readings of the last year were never entered, by the month in which their period ended.

    The oldest first, and without those that are entered with the readings of this month.
    """
    earliest = Period.holding(clock.today(), Frequency.MONTH).before(MONTHS_BACK).first_day
    missing: Counter[Period] = Counter()
    for series in all_series().get(group.pk, ()):
        here = period_by(series, month)
        for cell in series.cells:
            if cell.period != here and cell.period.last_day >= earliest:
                ended = Period.holding(cell.period.last_day, Frequency.MONTH)
                missing[ended] += sum(reading is None for _, reading in asked_for(series, cell))
    return sorted((ended, count) for ended, count in missing.items() if count)


def period_by(series: Series, month: date) -> Period | None:
    """The last period of a measure that was over at the end of this month."""
    over = series.over_by(month)
    return over[-1].period if over else None


def many_before(line: Line) -> str:
    """What is asked of a whole of none; "" where the last one on record is of few cases, or there is none."""
    key = line.agency.pk if line.agency else None
    over = [one for one in series_of_measure(line.measure).cells if one.period < line.period]
    wholes = [(cell.period, figure.counts) for cell in over if (figure := cell.readings.get(key))]
    period, counts = next(((one, two) for one, two in reversed(wholes) if two), (None, (0, 0)))
    if not counts[1] or counts[1] < FEW_CASES:
        return ""
    return f"There were {counts[1]:,} in {period}. Check that there were none, and confirm below."


class ReadingFields(SmallNumbersForm):
    """Boxes of readings, and the question where a number is small."""

    def add_boxes(self, line: Line) -> None:
        measure = line.measure
        about = f"{measure}, {line.agency}" if line.agency else f"{measure}"
        self.fields[f"count_{line.name}"] = CountField(about, label=f"{about}: {measure.numerator}")
        if measure.is_share:
            self.fields[f"whole_{line.name}"] = CountField(about, label=f"{about}: {measure.denominator}")

    def entered(self, line: Line) -> Reading | None:
        """The reading that was typed into the boxes of a line; None if nothing was."""
        boxes = [self.cleaned_data.get(f"{name}_{line.name}") for name in ("count", "whole")]
        answers = [box.answer for box in boxes if box]
        if not answers:
            return None
        numerator, denominator = (box.digits if box else "" for box in boxes)
        # Of two answers that contradict each other none is taken: a figure without a number is refused.
        if Answer.FIGURE in answers or len(set(answers)) > 1:
            return line.reading(answer=Answer.FIGURE, numerator=numerator, denominator=denominator)
        return line.reading(answer=answers[0])

    def check_line(self, line: Line) -> None:
        if (reading := self.entered(line)) is None:
            return
        names = {"numerator": f"count_{line.name}", "denominator": f"whole_{line.name}"}
        if not self.errors.keys().isdisjoint(names.values()):
            return  # what a box holds was refused
        if reading.answer == Answer.FIGURE:
            try:
                reading.check_figures()
            except ValidationError as error:
                for column, messages in error.message_dict.items():
                    self.add_error(names.get(column), messages)
                return
        if reading.denominator == "0" and (before := many_before(line)):
            self.none[names["denominator"]] = f"{before} If no figure came, write “not supplied”."
        if reading.is_small:
            self.small[names["numerator"]] = (reading.numerator, reading.denominator)

    def check_lines(self, lines: list[Line]) -> None:
        self.small: dict[str, tuple[str, str]] = {}
        self.none: dict[str, str] = {}
        for line in lines:
            self.check_line(line)
        self.ask_about_small(self.small, self.none)


class ReadingsForm(ReadingFields):
    """All that a group has to enter for the periods that were over by a month, and was not entered yet.

    What somebody else entered since its boxes were filled in keeps them, and cannot be recorded from them.
    """

    subject: Group
    button = "Record readings"
    keeps_draft = True
    fields_template = "actions/readings_grid.html"

    def __init__(self, *args: Any, subject: Group, month: date, **kwargs: Any):
        self.month = month
        self.own_lines = supplied_by(kwargs["user"], lines_of_month(subject, month))
        self.lines = [line for line in self.own_lines if line.stands is None]
        super().__init__(*args, subject=subject, **kwargs)
        self.heading = "Enter figures"
        self.take_in([line for line in self.own_lines if f"count_{line.name}" in self.data], self.data)

    def fill(self, typed: QueryDict) -> None:
        to_enter = {line.measure for line in self.lines}
        names = {name for name, text in typed.items() if str(text).strip()}
        self.take_in(
            [
                line
                for line in self.own_lines
                if names.intersection(line.boxes)
                or (line.measure not in to_enter and f"said_{line.measure.pk}" in names)
            ],
            typed,
        )
        super().fill(typed)

    def take_in(self, others: list[Line], typed: Any) -> None:
        """Give boxes to the lines to enter, and to these; what was typed for another is to be copied."""
        kept = {*self.lines, *others}
        self.lines = [line for line in self.own_lines if line in kept]
        for line in self.lines:
            if f"count_{line.name}" not in self.fields:
                self.add_boxes(line)
            self.fields.setdefault(f"said_{line.measure.pk}", words_field(f"{line.measure}: what it says"))
        # The page says once that each can be left empty.
        self.not_marked_optional = {name for name in self.fields if name.startswith(("count_", "whole_"))}
        texts = [text for name, text in typed.items() if name.startswith(BOXES) and name not in self.fields]
        self.not_here = [text for text in texts if text.strip()]

    def measures(self) -> Iterator[tuple[Measure, Period, list[tuple[Line, list[Any], bool]], Any]]:
        """Of each measure its period, each line, and the box of what it says.

        Each line with its boxes, and whether this user may correct what stands there.
        """
        for measure, of_measure in groupby(self.lines, key=attrgetter("measure")):
            lines = list(of_measure)
            rows = [(line, self.boxes(line), self.may_correct(line)) for line in lines]
            said = self[f"said_{measure.pk}"]
            is_open = said.value() or any(boxes for _, boxes, _ in rows)
            yield measure, lines[0].period, rows, said if is_open else None

    def may_correct(self, line: Line) -> bool:
        # What was put together of several is corrected on the measure's page, where each stands.
        of_one = line.stands if line.stands and line.stands.pk else None
        return of_one is not None and self.user.has_perm("correct_reading", of_one)

    def boxes(self, line: Line) -> list[Any]:
        """None where a figure stands and nothing was typed."""
        boxes = [self[name] for name in line.boxes if name in self.fields]
        return boxes if line.stands is None or any(box.value() for box in boxes) else []

    def questions(self) -> list[Any]:
        """The boxes that are asked about what was typed."""
        asked = {"confirmed", "why_it_stands", "small_confirmed"} - self.not_asked
        return [field for field in self.visible_fields() if field.name in asked]

    def act_scope(self) -> list:
        return [*super().act_scope(), self.month]  # each month has boxes of the same names

    def changes_to_have_seen(self) -> ChangeQuerySet:
        """Those about the measures in this form, and about their readings in its periods."""
        in_form = Q(pk__in=[])
        for measure, period in {(line.measure.pk, line.period.first_day) for line in self.lines}:
            in_form |= Q(measure=measure, period=period)
        measures = Measure.objects.filter(pk__in={line.measure.pk for line in self.lines})
        changes = Change.objects
        return changes.of_rows(Reading.objects.filter(in_form)) | changes.of_rows(measures)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.small = {}
        if not self.errors and Change.objects.filter(act=self.act_id).exists():
            return data  # it was sent before, and record() says so
        self.check_lines([line for line in self.lines if line.stands is None])
        for measure, of_measure in groupby(self.lines, key=attrgetter("measure")):
            self.check_said(measure, list(of_measure))
        self.check_seen()
        if self.not_here:
            self.add_error(
                None, "A figure that you typed is not asked for any more. Copy it, then send this again."
            )
        return data

    def check_said(self, measure: Measure, lines: list[Line]) -> None:
        taken = [line for line in lines if line.stands and self.boxes(line)]
        for line in taken:
            self.add_error(f"count_{line.name}", entered_meanwhile(line))
        to_enter, name = [line for line in lines if line.stands is None], f"said_{measure.pk}"
        if not self.cleaned_data.get(name) or any(self.entered(line) for line in to_enter):
            return
        of_one_that_stands = taken or not to_enter
        self.add_error(
            name, WORDS_MEANWHILE if of_one_that_stands else "Enter a figure, or say that none was supplied."
        )

    def check_seen(self) -> None:
        """What was recorded meanwhile is told with all else that is wrong, not once that is right."""
        if (seen := self.cleaned_data.get("seen")) is None:
            return
        if self.to_have_seen().filter(number__gt=seen).exists():
            self.show_newer()
        else:  # with fewer measures in the form the latest change may be an earlier one
            self.cleaned_data["seen"] = self.to_have_seen().last_number()

    def history_reason(self) -> str:
        return ""  # the figures and what is said of them are all there is

    def write(self) -> None:
        for line in self.lines:
            if reading := self.entered(line):
                reading.entered_by = self.user
                reading.on_behalf = not chairs_or_leads.test(self.user, line.measure)
                reading.commentary = self.cleaned_data.get(f"said_{line.measure.pk}", "")
                reading.save()

    def success_message(self) -> str:
        return f"Recorded. {who_confirms(self.user, self.subject)}"


def entered_meanwhile(line: Line) -> str:
    assert line.stands
    return (
        f"Somebody entered this meanwhile: {line.stands.in_words}. "
        "Yours is not recorded. Copy it, and empty these boxes. To change what stands, use “Correct it”."
    )


def who_confirms(user: User, group: Group) -> str:
    """After figures were entered by this user: as gscp/permissions.py has it."""
    doer = group.acting_group()
    if is_business_manager(user):
        return f"Somebody who holds a post of the {doer} confirms what you entered."
    return f"The Business Manager, or somebody else with a post of the {doer}, confirms what you entered."


def words_field(label: str, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, required=required, max_length=2000, widget=widget)
