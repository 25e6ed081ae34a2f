"""What was decided while a measure was read: the dated notes on its chart, and the list of them beside it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.text import capfirst

from actions.models import Action, ActionEnding, ExceptionStep, Kind, PlanDecision, State
from actions.sentences import GRANTED, MOVED, REFUSED, THINGS
from gscp import clock
from gscp.dates import day_in_words
from gscp.facts import fact_of
from subgroups.models import Baseline, Measure
from subgroups.periods import Period
from subgroups.series import Series

CHANGE_AN_ACTION = [kind for kind in Kind if kind != Kind.EXCEPTION]
THIS_MEASURE = "this measure"


class Event(NamedTuple):
    day: date
    words: str
    about: Any  # whose page tells more, or None
    is_baseline: bool = False


class Note(NamedTuple):
    number: int
    period: Period
    event: Event


Events = dict[int | None, list[Event]]  # by the key of a measure or of a group


def notes_of(series: Series) -> tuple[Note, ...]:
    """What was decided since a series began, day by day; in a period that is not over, too."""
    measure = series.measure
    about_measures, about_actions = decided_meanwhile()
    events = [baseline_event(baseline) for baseline in series.baselines]
    events += [*about_measures.get(measure.pk, ()), *about_actions.get(measure.group_id, ())]
    events = sorted((one for one in events if one.day <= clock.today()), key=lambda event: event.day)
    dated = [(measure.period(event.day), event) for event in events]
    first = series.cells[0].period.first_day if series.cells else date.max
    shown = [(period, event) for period, event in dated if period and period.first_day >= first]
    return tuple(Note(number, *one) for number, one in enumerate(shown, start=1))


def baseline_event(baseline: Baseline) -> Event:
    meeting = baseline.meeting
    by = f", decided by the {meeting.group} on {day_in_words(meeting.date)}" if meeting else ""
    words = f"A new baseline begins{by}: “{baseline.why}”."
    return Event(baseline.period, words, meeting, is_baseline=True)


@fact_of(
    "actions.exceptionstep",
    "actions.exceptionreport",
    "actions.confirmation",
    "actions.actionending",
    "actions.plandecision",
    "actions.action",
    "actions.businessplan",
    "subgroups.measure",
    "subgroups.meeting",
    "subgroups.group",
)
def decided_meanwhile() -> tuple[Events, Events]:
    """What meetings decided, and is in force: by measure about it, and by group what changed its actions.

    Only of groups that have measures. An action counts for the group that was responsible for it when the
    decision was entered.
    """
    about_measures: Events = defaultdict(list)
    about_actions: Events = defaultdict(list)
    with_measures = Q(change__group__in=Measure.objects.order_by().values("group"))
    granted = Q(report__kind__in=CHANGE_AN_ACTION, to_state=State.GRANTED) & with_measures
    steps = ExceptionStep.objects.in_force().filter(Q(report__measure__isnull=False) | granted)
    about = ("report__action__plan", "meeting__group", "to_group", "confirmation", "change")
    for step in steps.select_related(*about).order_by("change_id"):
        assert step.meeting  # those of meetings alone are read
        report, group = step.report, step.change.group
        of = about_measures[report.measure_id] if report.measure_id else about_actions[group]
        of.append(Event(step.meeting.date, words_of(step), report))
    endings = ActionEnding.objects.filter(
        with_measures, fate=ActionEnding.Fate.WITHDRAWN, decision__state=PlanDecision.State.IN_FORCE
    )
    for ending in endings.select_related("action__plan", "decision__meeting__group", "change").order_by("pk"):
        decision = ending.decision
        words = GRANTED[Kind.WITHDRAWAL].format(who=f"The {decision.group}", ref=ref_of(ending.action))
        about_actions[ending.change.group].append(Event(decision.meeting.date, f"{words}.", decision))
    return dict(about_measures), dict(about_actions)


def words_of(step: ExceptionStep) -> str:
    """The decision in a sentence, and what its chair has not said of it yet, or denies. No typed text."""
    report = step.report
    sentence = {
        State.GRANTED: GRANTED[report.kind],
        State.REFUSED: REFUSED[report.kind],
        State.RETURNED: MOVED["return"],
        State.WAITING: MOVED["escalate"],
    }[State(step.to_state)]
    ref = ref_of(report.action) if report.action else THIS_MEASURE
    words = sentence.format(
        who=f"the {step.group}",
        ref=ref,
        thing=THINGS[report.kind].format(ref=ref),
        dates=day_in_words(report.forecast),
        next=f"the {step.to_group}",
    )
    chair = " The chair says this is not so." if step.is_not_so else ""
    waits = " Not confirmed by the chair yet." if step.waits_for_chair else ""
    return f"{capfirst(words)}.{chair}{waits}"


def ref_of(action: Action) -> str:
    return f"{action.ref} of {action.plan.label}"
