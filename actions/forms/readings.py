"""Forms of readings: a period of a scorecard as one grid, a correction, the word of a second person."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError

from gscp import clock
from gscp.forms import RecordForm
from gscp.record import Change, ChangeQuerySet
from subgroups.models import Answer, Group, Measure, Origin, Partner, Reading
from subgroups.periods import Frequency, Period
from subgroups.scorecard import Cell, Series, all_series

# 1204; 1,204 and 1 204, in threes; a spreadsheet's 1204.0. What has another number of digits is a slip.
COUNT = re.compile("([0-9]{1,9}|[0-9]{1,3}(?:[,' \u00a0\u2009\u202f][0-9]{3}){1,2})(?:\\.00?)?")
DASHES = set("-–—−‐‑")
SAID: dict[str, Answer] = {
    **dict.fromkeys(("n/a", "na", "not applicable", "[z]", "z"), Answer.NOT_APPLICABLE),
    **dict.fromkeys(("not supplied", "missing", "[x]", "x"), Answer.NOT_SUPPLIED),
}
HOW = "A number, or “n/a”, or “not supplied”."
MONTHS_BACK = 12  # in which readings that were never entered are still asked for
SMALL_ASKED = "I have checked: this small number points at nobody"


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
        if said.endswith("%"):
            raise ValidationError("Write the count, not the percentage: it is worked out.", code="invalid")
        if DASHES.issuperset(said):
            raise ValidationError("A dash can mean several things: write 0, “n/a” or “not supplied”.")
        if not (count := COUNT.fullmatch(said)):
            raise ValidationError(f"“{said}” is no whole number. {HOW}", code="invalid")
        return Entered(Answer.FIGURE, str(int(re.sub("[^0-9]", "", count[1]))))


@dataclass(frozen=True)
class Line:
    """What is to be entered of one measure in one period: of all, or of an agency."""

    measure: Measure
    period: Period
    agency: Partner | None

    @property
    def name(self) -> str:
        return f"{self.measure.pk}_{self.agency.pk if self.agency else 'all'}"

    def reading(self, **columns: Any) -> Reading:
        return Reading(measure=self.measure, partner=self.agency, period=self.period.first_day, **columns)


def lines_to_enter(group: Group, month: date | None = None) -> list[Line]:
    """Of the measures of a group the last periods that were over by then, where no reading stands yet.

    By the end of this month or, without one, by now.
    """
    month = month or clock.today()
    return [
        Line(series.measure, period, agency)
        for series in all_series().get(group.pk, ())
        if (period := period_by(series, month)) and (cell := series.cell(period))
        for agency in not_entered(series, cell)
    ]


def not_entered(series: Series, cell: Cell) -> list[Partner | None]:
    """The agencies without a reading in a period, or None for all; none where readings are worked out."""
    if series.measure.origin != Origin.ENTERED:
        return []
    agencies = cell.agencies if series.measure.by_agency else [None]
    return [agency for agency in agencies if (agency.pk if agency else None) not in cell.readings]


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
                missing[ended] += len(not_entered(series, cell))
    return sorted((ended, count) for ended, count in missing.items() if count)


def period_by(series: Series, month: date) -> Period | None:
    """The last period of a measure that was over at the end of this month."""
    over = [cell.period for cell in series.cells if cell.period.last_day <= month]
    return over[-1] if over else None


class ReadingFields(RecordForm):
    """Boxes of readings, and the question where a number is small."""

    numbers_shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    small_confirmed = forms.BooleanField(required=False, label=SMALL_ASKED)
    asks_about_small = False

    @property
    def not_asked(self) -> set[str]:
        return super().not_asked | (set() if self.asks_about_small else {"small_confirmed"})

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
        if reading.is_small:
            self.small[names["numerator"]] = (reading.numerator, reading.denominator)

    def ask_about_small(self) -> None:
        digest = hashlib.sha256(repr(sorted(self.small.items())).encode()).hexdigest()
        same = self.cleaned_data.get("numbers_shown") == digest
        self.asks_about_small = bool(self.small)
        if not self.small or (same and self.cleaned_data.get("small_confirmed")):
            return
        self.set_sent_value("numbers_shown", digest)
        self.set_sent_value("small_confirmed", "")
        for name in self.small:
            self.add_error(
                name,
                "A number from 1 to 5 can point at a child. It is hidden in all that leaves this site. "
                "Check it, and confirm below.",
            )

    def check_lines(self, lines: list[Line]) -> None:
        self.small: dict[str, tuple[str, str]] = {}
        for line in lines:
            self.check_line(line)
        self.ask_about_small()


class ReadingsForm(ReadingFields):
    """All that a group has to enter for the periods that were over by a month, and was not entered yet."""

    subject: Group
    button = "Record readings"
    keeps_draft = True
    fields_template = "actions/readings_grid.html"

    def __init__(self, *args: Any, subject: Group, month: date, on_behalf: bool, **kwargs: Any):
        self.lines = lines_to_enter(subject, month)
        self.month, self.on_behalf = month, on_behalf
        super().__init__(*args, subject=subject, **kwargs)
        self.heading = "Enter figures"
        for line in self.lines:
            self.add_boxes(line)
        for measure in dict.fromkeys(line.measure for line in self.lines):
            self.fields[f"said_{measure.pk}"] = forms.CharField(
                label=f"{measure}: what it says",
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        # The page says once that each can be left empty.
        self.not_marked_optional = {name for name in self.fields if name.startswith(("count_", "whole_"))}

    def measures(self) -> Iterator[tuple[Measure, Period, list[tuple[Line, list[Any]]], Any]]:
        """Of each measure its period, of each of its lines the boxes, and the box of what it says."""
        for measure, lines in groupby(self.lines, key=attrgetter("measure")):
            rows = [(line, self.boxes(line)) for line in lines]
            yield measure, rows[0][0].period, rows, self[f"said_{measure.pk}"]

    def boxes(self, line: Line) -> list[Any]:
        names = (f"count_{line.name}", f"whole_{line.name}")
        return [self[name] for name in names if name in self.fields]

    def questions(self) -> list[Any]:
        """The boxes that are asked about what was typed."""
        asked = {"confirmed", "small_confirmed"} - self.not_asked
        return [field for field in self.visible_fields() if field.name in asked]

    def act_scope(self) -> list:
        return [*super().act_scope(), self.month]  # each month has boxes of the same names

    def changes_to_have_seen(self) -> ChangeQuerySet:
        labels = [Reading._meta.label_lower, Measure._meta.label_lower]
        return Change.objects.filter(model__in=labels, group=self.subject.pk)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_lines(self.lines)
        for measure in dict.fromkeys(line.measure for line in self.lines):
            of_measure = [line for line in self.lines if line.measure == measure]
            if data.get(f"said_{measure.pk}") and not any(map(self.entered, of_measure)):
                self.add_error(f"said_{measure.pk}", "Enter a figure, or say that none was supplied.")
        return data

    def history_reason(self) -> str:
        return ""  # the figures and what is said of them are all there is

    def write(self) -> None:
        for line in self.lines:
            if reading := self.entered(line):
                reading.entered_by, reading.on_behalf = self.user, self.on_behalf
                reading.commentary = self.cleaned_data.get(f"said_{line.measure.pk}", "")
                reading.save()

    def success_message(self) -> str:
        return "Recorded. Somebody else confirms these figures."


class CorrectionForm(ReadingFields):
    """A second reading for a period: both stay in view."""

    subject: Reading
    heading, button = "Correct a reading", "Record correction"

    def __init__(self, *args: Any, subject: Reading, on_behalf: bool, **kwargs: Any):
        self.line = Line(subject.measure, subject.its_period, subject.partner)
        self.on_behalf = on_behalf
        super().__init__(*args, subject=subject, **kwargs)
        self.lead = f"{subject}. Now: {subject.in_words}."
        self.add_boxes(self.line)
        said = {"what_was_wrong": "What was wrong", "commentary": "What it says"}
        for name, label in said.items():
            self.fields[name] = forms.CharField(
                label=label,
                required=name == "what_was_wrong",
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.initial["commentary"] = subject.commentary

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_lines([self.line])
        if not self.errors and self.entered(self.line) is None:
            self.add_error(f"count_{self.line.name}", f"Enter what is right. {HOW}")
        return data

    def history_reason(self) -> str:
        return ""  # what was wrong says why

    def write(self) -> None:
        reading = self.entered(self.line)
        assert reading  # clean() asked for it
        said = {name: self.cleaned_data[name] for name in ("what_was_wrong", "commentary")}
        self.subject.correct(reading, by=self.user, on_behalf=self.on_behalf, **said)

    def success_message(self) -> str:
        return "Corrected. Both figures stay on record. Somebody else confirms the new one."


class ReadingsConfirmForm(RecordForm):
    """Somebody else than who entered them says that these readings are right."""

    subject: Group
    heading, button = "Confirm readings", "Confirm these readings"

    def __init__(self, *args: Any, subject: Group, readings: list[Reading], **kwargs: Any):
        self.readings = readings
        super().__init__(*args, subject=subject, **kwargs)

    def changes_to_have_seen(self) -> ChangeQuerySet:
        return Change.objects.filter(model=Reading._meta.label_lower, group=self.subject.pk)

    def history_reason(self) -> str:
        return ""

    def write(self) -> None:
        for reading in self.readings:
            reading.confirmed_by = self.user
            reading.save()

    def success_message(self) -> str:
        return "Confirmed."
