"""The rules that find which measures need a decision, beside those that find actions (actions/rules.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst

from actions.deadlines import deadlines_by_group
from actions.measure_chart import signal_in_words
from gscp import clock
from gscp.dates import day_in_words
from gscp.facts import fact
from gscp.words import lower_first
from subgroups.confirmed import before_changes, last_confirmed
from subgroups.models import Group, Measure, Origin
from subgroups.models.measures import IMPACT_BY, REGISTERS
from subgroups.models.registers import TrainingEvent, WithNumbers
from subgroups.periods import Period
from subgroups.published import PublishedSeries
from subgroups.register_numbers import since_confirmed, unconfirmed_since
from subgroups.scorecard import all_series, lines_of
from subgroups.series import Line, Series, Standing
from subgroups.worked_out import LINES


@dataclass(frozen=True)
class MeasureRule:
    title: str
    meaning: str  # for the help page
    finds: Callable[[Line], str]  # the sentence why it is found; "" where it is not
    tells_figure: bool = True  # whether its title narrows a figure down, which may be a small one


@dataclass(frozen=True)
class Found:
    """A measure that a rule finds, with each rule and its sentence."""

    line: Line
    reasons: tuple[tuple[str, str], ...]  # title of the rule, sentence

    @property
    def measure(self) -> Measure:
        return self.line.measure


def off_target(line: Line) -> str:
    if line.standing != Standing.OFF_TARGET or not line.cell:
        return ""
    target = f"the target is {line.target_in_words}, within {line.tolerance_in_words}"
    return f"{line.cell.in_words} in {line.period}: {target}."


def worse(line: Line) -> str:
    if line.limits or not line.got_worse or not line.cell or not line.before:
        return ""
    return f"{line.before.in_words} in {line.before.period}, {line.cell.in_words} in {line.period}."


def signal(line: Line) -> str:
    if not line.signal_is_bad:
        return ""
    return f"{capfirst(signal_in_words(line.series, line.signal))}, in {line.period}."


def not_supplied(line: Line) -> str:
    series, measure = line.series, line.measure
    closed = deadlines_by_group()[measure.group_id].last_closed
    due = due_period(series, timezone.localdate(closed.papers_close)) if closed else None
    cell = series.cell(due) if due else None
    if not closed or cell is None or measure.origin != Origin.ENTERED:
        return ""
    # That there is no figure takes the word of two persons.
    none_alone = cell.said_to_have_none
    lacking = [*cell.lacking, *none_alone]
    if not lacking:
        return ""
    papers = f"when papers closed for {day_in_words(closed.date)}"
    if not cell.agencies:
        missing = f"There was no figure for {due} {papers}."
    else:
        missing = f"For {due} there was no figure of {', '.join(map(str, lacking))} {papers}."
    if not none_alone:
        return missing
    whose = f" to {', '.join(map(str, none_alone))}" if cell.agencies else ""
    return f"{missing} That it does not apply{whose} is not confirmed yet."


def due_period(series: Series, day: date) -> Period | None:
    """The last period of a measure whose figures were due before this day."""
    due = [cell.period for cell in series.cells if series.measure.due_on(cell.period) < day]
    return due[-1] if due else None


def impact_unanswered(line: Line) -> str:
    if line.measure.origin != Origin.IMPACT:
        return ""
    late = [(event, by) for event, by in events_without_impact() if event.group_id == line.measure.group_id]
    if not late:
        return ""
    days = [(event.title, day_in_words(event.held_on), day_in_words(by)) for event, by in late]
    events = ", ".join(f"{title} (held on {held}, to be asked by {by})" for title, held, by in days)
    return f"What this training changed is not on record, or not confirmed. Training: {events}."


def changed(line: Line) -> str:
    measure = line.measure
    if measure.changed_on:
        return f"It was changed on {day_in_words(measure.changed_on)}. Nobody else has confirmed that yet."
    if (measure.group_id, LINES.get(measure.origin)) in registers_changed():
        return "The register was changed where it had been confirmed. Nobody else has confirmed that yet."
    return ""


MEASURE_RULES = (
    MeasureRule(
        "Off target",
        "The last figure is further from its target than the measure allows.",
        off_target,
    ),
    MeasureRule(
        "Worse than the period before",
        "The last figure is worse than the one before by more than the measure allows. "
        "From 13 figures under one definition on, the limits say that better.",
        worse,
    ),
    MeasureRule(
        "Different from usual",
        "The last figure is not as usual, by the rules of Making Data Count, and not better.",
        signal,
    ),
    MeasureRule(
        "Figure not supplied",
        "Papers closed, and a figure that was due by then had not come.",
        not_supplied,
        tells_figure=False,
    ),
    MeasureRule(
        "Impact of training outstanding",
        "Eight weeks after a training it is not on record, or not confirmed, what difference it made.",
        impact_unanswered,
        tells_figure=False,
    ),
    MeasureRule(
        "Changed, and not confirmed",
        "Somebody changed what the measure says or how it is judged, or its register where that had been "
        "confirmed, and nobody else has confirmed that.",
        changed,
        tells_figure=False,
    ),
)
NOT_CONFIRMED = "What was entered since is not confirmed yet."
NONE_SINCE = "There has been no whole figure since."


@fact
def events_without_impact() -> tuple[tuple[TrainingEvent, date], ...]:
    """Each with the day by which its impact was to be asked about."""
    # Whose impact was asked about, and confirmed, is not outstanding: those are most.
    may_be = Q(impact_on=None) | Q(impact_asked="0") | Q(confirmed_by=None)
    events = TrainingEvent.objects.filter(may_be).order_by("held_on").prefetch_related("places")
    since, today = since_confirmed(TrainingEvent, events), clock.today()
    found = []
    for event in events:
        # What nobody has confirmed yet puts nothing off: a later day, or that somebody was asked.
        by = min([event.held_on, *since[event.pk].days_left]) + IMPACT_BY
        is_confirmed = not any(name.startswith("impact") for name in since[event.pk].columns)
        if by < today and not (event.impact_is_asked and is_confirmed):
            found.append((event, by))
    return tuple(found)


@fact
def registers_changed() -> set[tuple[int, type[WithNumbers] | None]]:
    """By group and model, the registers with a line that was confirmed, and changed since."""
    changed = [line for line, since in unconfirmed_since() if since.was_confirmed and since.is_changed]
    return {(line.group_id, type(line)) for line in changed}


@fact
def measures_found() -> tuple[Found, ...]:
    """The measures that a rule finds, group by group, each as its scorecard has it."""
    found, today = [], clock.today()
    for of_group in all_series().values():
        for series in of_group:
            if not series.measure.is_read and not series.measure.is_unconfirmed:
                continue
            line = series.last_line(today) or Line(series, series.measure.first_period)
            if reasons := tuple(reasons_of(line)):
                found.append(Found(line, reasons))
    return tuple(found)


def reasons_of(line: Line) -> Iterator[tuple[str, str]]:
    """Of each rule that finds it the title and why.

    What a confirmed figure said stays until another is; and what any figure said until there is another
    whole one. That none came, or that none applies, does not end it.
    """
    confirmed = confirmed_lines().get((line.measure.pk, line.period))
    before = Line(before_changes(line.series), line.period) if line.measure.changed_on else None
    for rule in MEASURE_RULES:
        # That a figure came takes one person; that none is due, or none of an agency, takes two.
        others = [(before, NOT_CONFIRMED)]
        if rule.tells_figure:
            spoken = last_whole(confirmed) if confirmed else None
            others = [(confirmed, NOT_CONFIRMED), (last_whole(line), NONE_SINCE), (spoken, NOT_CONFIRMED)]
        found = ((rule.finds(one), note) for one, note in ((line, ""), *others) if one)
        if said := next((f"{sentence} {note}".strip() for sentence, note in found if sentence), ""):
            yield rule.title, said


@fact
def confirmed_lines() -> dict[tuple[int, Period], Line]:
    """By measure and period of a last line that waits to be confirmed, what it was when it last was."""
    found, today = {}, clock.today()
    for series in (one for of_group in all_series().values() for one in of_group):
        # An earlier figure may move the limits.
        waits = series.measure.changed_on or any(cell.is_unconfirmed for cell in series.cells)
        line = series.last_line(today) if waits else None
        if line and (confirmed := last_confirmed(line)):
            found[series.measure.pk, line.period] = confirmed
    return found


def last_whole(line: Line) -> Line | None:
    """The line of the last whole figure; None where its own is whole, or none was."""
    if line.cell and line.cell.is_whole:
        return None
    whole = [cell.period for cell in line.series.over_by(line.period.last_day) if cell.is_whole]
    return Line(line.series, whole[-1]) if whole else None


def confirmed_in_words(line: Line) -> str:
    """What stands confirmed beside a line that waits for that; "" if it is the same.

    Of what leaves the site the figures of another period alone: two of one would give a small one away.
    """
    confirmed = confirmed_lines().get((line.measure.pk, line.period))
    if isinstance(line.series, PublishedSeries) and confirmed:
        cell = line.series.cell(confirmed.period)
        is_other = cell and confirmed.period != line.period and not cell.is_unconfirmed
        confirmed = Line(line.series, confirmed.period) if is_other and not line.measure.changed_on else None
    if not confirmed or not confirmed.cell or said_of(confirmed) == said_of(line):
        return ""
    standing = lower_first(confirmed.standing.value)
    return f"Confirmed last: {confirmed.cell.in_words} in {confirmed.period}, {standing}"


def said_of(line: Line) -> tuple[object, ...]:
    return line.period, line.cell and line.cell.value, line.standing


def awaited_from_registers(groups: Iterable[Group]) -> list[Line]:
    """Of these groups, the measures whose next figure is to come from the register."""
    today = clock.today()
    lines = [line for group in groups for line in lines_of(all_series().get(group.pk, ()), today)]
    return [line for line in lines if line.awaited and line.measure.origin in REGISTERS]


def why_found(measure: Measure) -> tuple[tuple[str, str], ...]:
    return next((one.reasons for one in measures_found() if one.measure.pk == measure.pk), ())


def found_by(measure: Measure) -> str:
    """The rules that find it, for a request, which leaves the site: none whose title tells a figure."""
    open_titles = {rule.title for rule in MEASURE_RULES if not rule.tells_figure}
    return ", ".join(title for title, _ in why_found(measure) if title in open_titles)
