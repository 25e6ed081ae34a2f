"""Which box of a form each figure of a table belongs into; and of the others, why they have none."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError

from actions.forms.readings import IN_THREES, CountField, Line, period_by
from actions.tables.cells import Table
from actions.tables.figures import (
    COUNTED,
    PERCENT,
    PERIOD,
    SAID,
    WHOLE,
    Figures,
    Said,
    Text,
    Words,
    close,
    figures_in,
)
from actions.tables.timescales import read_timescale
from actions.tables.wording import plain
from gscp.record import TOMBSTONE, history_of
from subgroups.models import Group, Measure, Origin, Partner
from subgroups.periods import Frequency, Period
from subgroups.scorecard import all_series

ALL = {"", "all", "total", "totals", "grand total", "overall", "sum"}
PERCENTAGE = re.compile(r"([0-9]{1,9}(?:\.([0-9]{1,9}))?) ?(%?)")


def partners_by_spelling() -> dict[str, Partner]:
    """By each of their names: those of today first, then their other spellings, then former names."""
    partners = Partner.objects.with_successors()
    found: dict[str, Partner] = {}
    for partner in partners:
        found.setdefault(plain(partner.name), partner)
    for partner in partners:
        for spelling in partner.spellings:
            found.setdefault(plain(spelling), partner)
    by_key = {partner.pk: partner for partner in partners}
    rows = history_of(Partner)._base_manager.order_by("change_id")
    for key, name, aliases in rows.values_list("id", "name", "aliases"):
        for spelling in (name, *aliases.splitlines()):
            if key in by_key and spelling != TOMBSTONE:
                found.setdefault(plain(spelling), by_key[key])
    found.pop("", None)
    return found


def meaning(text: str) -> Any:
    """Of a box: “1,204” and “1204” are the same."""
    try:
        return CountField().clean(IN_THREES.sub("", text))
    except ValidationError:
        return text.strip()


class NotRead(Exception):
    """A row of a table has no box, and why; where in the table that stands."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.message, self.where = message, where


class FigureFinder:
    def __init__(self, group: Group, lines: list[Line], month: date) -> None:
        self.group, self.month = group, month
        self.lines = {(line.measure.pk, line.agency.pk if line.agency else None): line for line in lines}
        self.measures = {plain(str(line.measure)): line.measure for line in lines}
        self.partners = partners_by_spelling()
        self.figures = Figures()
        self.why: dict[str, list[str]] = defaultdict(list)  # by message: where in the table it holds
        self.found: dict[str, list[Text]] = defaultdict(list)  # by box
        self.said: dict[int, dict[str, str]] = defaultdict(dict)  # by measure: its commentary, and where
        self.places: dict[str, str] = {}

    def find(self, tables: list[Table]) -> FigureFinder:
        measures = list(self.measures.values())
        words = Words(
            agencies=frozenset(self.partners),
            counted=frozenset(plain(one.numerator) for one in measures),
            wholes=frozenset(plain(one.denominator) for one in measures if one.is_share),
            one_measure=len(measures) == 1,
        )
        self.figures = figures_in(tables, words)
        for said in self.figures.rows:
            try:
                measure = self.measure(said)
                self.take(measure, self.line(measure, said), said)
            except NotRead as not_read:
                self.why[not_read.message].append(not_read.where)
        return self

    def notes(self) -> list[str]:
        """Why some of it is in no box: row and column, and a sentence."""
        notes = []
        for message, wheres in self.why.items():
            places = list(dict.fromkeys(wheres))
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            notes.append(f"{places[0]}{more}: {message}")
        return [*self.figures.notes, *notes]

    def line(self, measure: Measure, said: Said) -> Line | None:
        """The line of the form that a row is about; None for what it says of all agencies of a measure.

        Raises:
            NotRead: there is none.
        """
        period = self.period(measure, said)
        agency = self.agency(measure, period, said)
        if measure.by_agency and agency is None:
            return None
        line = self.lines.get((measure.pk, agency.pk if agency else None))
        if line is None:
            raise NotRead(self.why_no_line(measure, agency, period), said.where)
        return line

    def why_no_line(self, measure: Measure, agency: Partner | None, period: Period) -> str:
        if agency and not agency.holds_on(period.last_day):
            return f"{agency} was no partner at the end of {period}."
        if agency and agency not in measure.agencies_on(period.last_day):
            return f"“{measure}” has no figure of {agency}."
        of = f" of {agency}" if agency else ""
        return f"the figure{of} for “{measure}” is entered already: correct it on the measure's page."

    def measure(self, said: Said) -> Measure:
        if said.measure is None:
            if len(self.measures) == 1:
                return next(iter(self.measures.values()))
            raise NotRead("the measure is not named.", said.where)
        text, word = said.measure.text, plain(said.measure.text)
        if found := self.measures.get(word):
            return found
        if message := self.why_not_here(word):
            raise NotRead(message, said.measure.where)
        if near := close(word, frozenset(self.measures)):
            self.why[f"“{text}” was read as “{self.measures[near]}”."].append(said.measure.where)
            return self.measures[near]
        raise NotRead(f"“{text}” is no measure of the {self.group}.", said.measure.where)

    def why_not_here(self, word: str) -> str:
        """Of a measure that has no box here: why; "" if there is no such measure."""
        for group, of_group in all_series().items():
            for series in of_group:
                measure = series.measure
                if plain(str(measure)) != word:
                    continue
                if group != self.group.pk:
                    return f"“{measure}” is a measure of the {measure.group}."
                if measure.origin != Origin.ENTERED:
                    return f"“{measure}” is worked out from the register: it is not entered here."
                if not (period := period_by(series, self.month)):
                    return f"“{measure}” was not read yet by then."
                return f"“{measure}” is entered already for {period}: correct it on the measure's page."
        return ""

    def period(self, measure: Measure, said: Said) -> Period:
        """That of the form's boxes; the row may name it, too."""
        period = next(line.period for line in self.lines.values() if line.measure == measure)
        if not (named := said.texts.get(PERIOD)) or plain(named.text) == plain(str(period)):
            return period
        year = Period.holding(period.first_day, Frequency.YEAR)
        due = read_timescale(named.text, named.day, (year.first_day, year.last_day)).due
        if due.date and Period.holding(date.fromisoformat(due.date), measure.frequency) == period:
            return period
        raise NotRead(f"“{named.text}” is not {period}, which these boxes are of.", named.where)

    def agency(self, measure: Measure, period: Period, said: Said) -> Partner | None:
        """The partner on the last day of the period, by any of its names; None for all together."""
        text, where = (said.agency.text, said.agency.where) if said.agency else ("", said.where)
        word = plain(text).removesuffix(" agencies").removesuffix(" partners")
        if word in ALL or word == plain(str(self.group)):
            if measure.by_agency and {COUNTED, WHOLE} & said.texts.keys():
                message = f"“{measure}” has a figure of each agency, and its total is worked out: name one."
                raise NotRead(message, where)
            return None
        near = word if word in self.partners else close(word, frozenset(self.partners))
        if not near:
            raise NotRead(f"no partner is called “{text}”.", where)
        if not measure.by_agency:
            raise NotRead(f"“{measure}” has one figure, without agencies.", where)
        agency = self.partners[near].successor_on(period.last_day)
        if near != word:
            self.why[f"“{text}” was read as {agency}."].append(where)
        return agency

    def take(self, measure: Measure, line: Line | None, said: Said) -> None:
        texts = said.texts
        if SAID in texts:
            of = f"{line.agency}: " if line and line.agency else ""
            self.said[measure.pk].setdefault(f"{of}{texts[SAID].text}", texts[SAID].where)
        if line is None:
            return
        for name, box in ((COUNTED, "count"), (WHOLE, "whole")):
            if name in texts and (box == "count" or measure.is_share):
                self.found[f"{box}_{line.name}"].append(texts[name])
        if measure.is_share and COUNTED in texts and WHOLE not in self.figures.columns | texts.keys():
            self.why[f"“{measure}” is a share, and there is no column “Out of”."].append(said.where)
        if PERCENT in texts:
            self.check_percentage(measure, texts)

    def check_percentage(self, measure: Measure, texts: dict[str, Text]) -> None:
        read = [meaning(texts[name].text) if name in texts else None for name in (COUNTED, WHOLE)]
        digits = [getattr(one, "digits", "") for one in read]
        printed = PERCENTAGE.fullmatch(texts[PERCENT].text)
        if not (all(digits) and printed and measure.is_share):
            return
        value = measure.value(*map(int, digits))
        if value is None:
            return
        given, rounding = Fraction(printed[1]), Fraction(1, 2 * 10 ** len(printed[2] or ""))
        percent = value / 10
        alike = abs(percent - given) <= rounding or (
            not printed[3] and abs(percent / 100 - given) <= rounding
        )
        if not alike:
            message = (
                f"{texts[PERCENT].text} is not what {texts[COUNTED].text} of {texts[WHOLE].text} gives: "
            )
            self.why[f"{message}{measure.in_words(value)}."].append(texts[PERCENT].where)

    def put_into(self, sent: Any, before: dict[str, str]) -> dict[str, str]:
        """Put them into the boxes, where nobody typed something else.

        `before` is what earlier tables put there, by box; that with these is returned.
        """
        filled = dict(before)
        for box, texts in self.found.items():
            text, typed = texts[0], sent.get(box, "").strip()
            if len({meaning(one.text) for one in texts}) > 1:
                others = ", ".join(one.where for one in texts[1:])
                self.why[f"there is another figure for the same at {others}: neither was taken."].append(
                    text.where
                )
            elif typed and meaning(typed) != meaning(text.text) and typed != before.get(box):
                self.why[f"“{typed}” stands in the box already, so “{text.text}” was not put in."].append(
                    text.where
                )
            else:
                sent[box] = filled[box] = IN_THREES.sub("", text.text)
                self.places[box] = text.where
        for key, said in self.said.items():
            box = f"said_{key}"
            new = [text for text in said if text not in sent.get(box, "")]
            sent[box] = "\n".join(filter(None, [sent.get(box, "").strip(), *new]))
            if new:
                self.places[box] = next(iter(said.values()))
        return filled
