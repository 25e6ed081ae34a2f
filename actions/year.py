"""The year of an action as a picture: when it was reported on and how, its dates, what was asked and decided.

A picture is as wide as there is room for: places along it are in hundredths of its width. Its words are those
of the table below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateformat import format as formatted

from actions.late_spells import Spell, late_spells
from actions.lineage import show_what_comes
from actions.models import Action, BusinessPlan, ExceptionStep, Kind, ProgressUpdate, Rating
from actions.models.chain import GRANTED_OR_DONE, RAISE
from gscp import clock
from gscp.dates import day_in_short
from gscp.facts import fact
from gscp.words import lower_first
from subgroups.models import Meeting
from subgroups.models.groups import groups_by_key

SHIFT = 8  # half the width of a shape
MOST_MARKS = 60  # of a kind beside each other: closer ones would hide each other
MOST_MONTHS = 12  # that are named along a picture
BEFORE, AFTER = ", before the picture begins", ", after the end of the picture"
MOST_WITH_YEAR = 6  # of those that have their year beside them, where a picture is narrow
# The shapes, in words.
KEY = (
    ("green", "Reported green"),
    ("amber", "Reported amber"),
    ("red", "Reported red"),
    ("nil", "Nil return"),
    ("due", "Original date"),
    ("moved", "New date, agreed"),
    ("review", "Review date"),
    ("asked", "A decision was asked for"),
    ("decided", "A meeting decided"),
    ("meeting", "Meeting of a group that decides"),
)


Event = tuple[date, str, str]  # day, kind, words
Events = dict[int, list[Event]]


class Mark(NamedTuple):
    day: date
    at: str
    kind: str  # which shape: templates/actions/year_marks.html
    words: str
    shift: int = 0  # to the right, so that a nil return and the rating just before it are both seen

    def moved(self, shift: int) -> Mark:
        return Mark(self.day, self.at, self.kind, self.words, shift)

    @property
    def is_outside(self) -> bool:
        return self.words.endswith((BEFORE, AFTER))


class Late(NamedTuple):
    since: Mark
    until: str  # its other end


class Row(NamedTuple):
    reports: tuple[Mark, ...] = ()
    dates: tuple[Mark, ...] = ()
    decisions: tuple[Mark, ...] = ()
    late: tuple[Late, ...] = ()

    @property
    def marks(self) -> list[Mark]:
        late = [one.since for one in self.late]
        return in_order([*self.reports, *self.dates, *late, *self.decisions])

    @property
    def dates_inside(self) -> list[Mark]:
        return [mark for mark in self.dates if not mark.is_outside]

    @property
    def dates_outside(self) -> list[Mark]:
        return [mark for mark in self.dates if mark.is_outside]

    @property
    def told(self) -> str:
        return ". ".join(mark.words for mark in self.marks) or "No date, report or decision is on record yet"


def in_order(marks: Iterable[Mark]) -> list[Mark]:
    """By their days; those of one day as they come."""
    return sorted(marks, key=attrgetter("day"))


def late_in_words(first: date, until: date | None) -> str:
    if until is None:
        return f"Late since {day_in_short(first)}"
    return f"Late from {day_in_short(first)} until {day_in_short(until)}"


@dataclass(frozen=True)
class Scale:
    """The days that a picture shows.

    What was reported or decided before or after stands at its end. A date that lies there is said below it:
    at the end it would read as a date of that day.
    """

    first: date
    last: date

    def at(self, day: date) -> str:
        share = (day - self.first).days / ((self.last - self.first).days or 1)
        return f"{100 * min(max(share, 0), 1):.2f}%"

    @property
    def days_a_mark(self) -> float:
        return max((self.last - self.first).days / MOST_MARKS, 1)

    def months(self) -> list[tuple[str, str]]:
        """Where the months begin, and their names: at most MOST_MONTHS, or every third, fourth and so on."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        most = MOST_MONTHS if months <= MOST_MONTHS else MOST_WITH_YEAR
        step = -(-months // most)
        named = "M" if step == 1 else "M y"
        first = self.first.month - 1 + (self.first.day > 1)
        begin = [
            date(self.first.year + month // 12, month % 12 + 1, 1)
            for month in range(first, first + months, step)
        ]
        shown = [day for day in begin if day <= self.last]
        room = (self.last - self.first) / most * 0.9  # a name that begins later would run out of the picture
        fitting = [day for day in shown if day <= self.last - room] or shown
        return [(self.at(day), formatted(day, named)) for day in fitting]

    def marks(self, events: Iterable[Event]) -> tuple[Mark, ...]:
        marks = [Mark(day, self.at(day), kind, f"{words}{self.beyond(day)}") for day, kind, words in events]
        return tuple(in_order(marks))

    def late(self, spells: Iterable[Spell]) -> tuple[Late, ...]:
        """Those of which the picture has a part. Each is drawn from the end of the day before it."""
        return tuple(
            Late(
                Mark(first, self.at(first - timedelta(days=1)), "late", late_in_words(first, until)),
                self.at(until or clock.today()),
            )
            for first, until in spells
            if first <= self.last and (until or clock.today()) >= self.first
        )

    def beyond(self, day: date) -> str:
        if self.first <= day <= self.last:
            return ""
        return AFTER if day > self.last else BEFORE


@dataclass(frozen=True)
class Year:
    scale: Scale
    months: list[tuple[str, str]]
    ends: str  # where the plan ends
    today: str  # "" if it lies outside
    meetings: tuple[Mark, ...]
    rows: dict[int, Row]

    @property
    def only(self) -> Row:
        (row,) = self.rows.values()
        return row

    @property
    def marks(self) -> list[Mark]:
        """All of a picture of one action, day by day."""
        return in_order([*self.only.marks, *self.meetings])


@fact
def year_of(plan: BusinessPlan, keys: tuple[int, ...], groups: tuple[int, ...]) -> Year:
    """The year of these actions of the plan, and the meetings of these groups."""
    actions = list(plan.actions.filter(pk__in=keys).order_by("position", "pk"))
    show_what_comes(actions)
    scale = scale_of(plan, actions)
    reports, (dates, decisions) = reports_on(keys, scale), asked_and_decided(keys)
    late = late_spells(keys)
    rows = {
        action.pk: Row(
            side_by_side(scale.marks(reports[action.pk]), scale.days_a_mark),
            scale.marks(dates_of(action, dates[action.pk])),
            scale.marks(decisions[action.pk]),
            scale.late(late[action.pk]),
        )
        for action in actions
    }
    meetings = Meeting.objects.not_called_off().filter(
        group__in=groups, date__range=(scale.first, scale.last)
    )
    named = groups_by_key()
    held = [
        (day, "meeting", f"Meeting of the {named[group]}, {day_in_short(day)}")
        for day, group in meetings.values_list("date", "group")
    ]
    is_in_it = scale.first <= clock.today() <= scale.last
    return Year(
        scale=scale,
        months=scale.months(),
        ends=scale.at(plan.last_day),
        today=scale.at(clock.today()) if is_in_it else "",
        meetings=scale.marks(held),
        rows=rows,
    )


def scale_of(plan: BusinessPlan, actions: Iterable[Action]) -> Scale:
    """The days of the plan, and half as many after it at most, where an action is due later."""
    days = [action.due for action in actions if action.due] + [plan.last_day]
    longest = plan.last_day + (plan.last_day - plan.first_day) / 2
    return Scale(plan.first_day, min(max(days), longest))


def dates_of(action: Action, agreed: Sequence[Event]) -> list[Event]:
    return [*first_dates(action), *agreed, *date_brought_along(action, agreed)]


def first_dates(action: Action) -> Iterable[Event]:
    if action.original_date:
        yield action.original_date, "due", f"Original date: {day_in_short(action.original_date)}"
    elif action.review_date:
        yield action.review_date, "review", f"Review date: {day_in_short(action.review_date)}"


def date_brought_along(action: Action, agreed: Sequence[Event]) -> Iterable[Event]:
    """The date that counts, where it was agreed for an action with which this one goes on."""
    if action.agreed_date and action.agreed_date not in [day for day, _, _ in agreed]:
        said = f"New date: {day_in_short(action.agreed_date)}, agreed in an earlier plan"
        yield action.agreed_date, "moved", said


def reports_on(keys: Sequence[int], scale: Scale) -> Events:
    """The reports on each action. Of several in a few days the last stands for all, and says so.

    A nil return says nothing of the rating: it stands beside the report before it.
    """
    updates = ProgressUpdate.objects.filter(action__in=keys).in_order()
    reported = Coalesce("first__change__clock", "change__clock")
    together: dict[tuple[int, int], list[tuple[date, str, str]]] = defaultdict(list)
    columns = updates.values_list("action", "rating", "nil_return", reported, "first", "change__clock")
    for action, rating, is_nil, moment, first, entered in columns:
        day = timezone.localdate(moment)
        slot = int((day - scale.first).days / scale.days_a_mark)
        corrected = f", as corrected on {day_in_short(timezone.localdate(entered))}" if first else ""
        together[action, slot].append((day, "nil" if is_nil else rating, corrected))
    events: Events = defaultdict(list)
    for (action, _), reports in together.items():
        rated = max((place for place, (_, kind, _) in enumerate(reports, 1) if kind != "nil"), default=0)
        for some in filter(None, (reports[:rated], reports[rated:])):
            day, kind, corrected = some[-1]
            said = "Nil return" if kind == "nil" else f"Reported {Rating(kind).label.lower()}"
            of = f", the last of {len(some)} reports" if len(some) > 1 else ""
            events[action].append((day, kind, f"{said}, {day_in_short(day)}{corrected}{of}"))
    return events


def side_by_side(reports: Iterable[Mark], days: float) -> tuple[Mark, ...]:
    """Those in their order, a nil return and a rating within so many days before it moved apart."""
    marks: list[Mark] = []
    for mark in sorted(reports, key=lambda one: (one.day, one.kind == "nil")):
        before = marks[-1] if marks else None
        if mark.kind == "nil" and before and before.kind != "nil" and (mark.day - before.day).days <= days:
            marks[-1], mark = before.moved(-SHIFT), mark.moved(SHIFT)
        marks.append(mark)
    return tuple(marks)


def asked_and_decided(keys: Sequence[int]) -> tuple[Events, Events]:
    """Of each action, the new dates that were agreed; and what was asked and what meetings decided."""
    dates: Events = defaultdict(list)
    entered: dict[int, list[tuple[int, Event]]] = defaultdict(list)  # with their entries
    agreed_on: dict[int, date] = {}
    steps = ExceptionStep.objects.filter(report__action__in=keys, meeting__isnull=False)
    for step in steps.select_related("report", "meeting__group", "to_group", "points_to").order_by(
        "change_id"
    ):
        assert step.meeting  # those alone are read
        day, asked = step.meeting.date, lower_first(step.report.get_kind_display())
        agreed_on[step.report_id] = day
        decided = f"{step.meeting.group}, {day_in_short(day)}: {asked}, {lower_first(step.result)}"
        entered[step.report.about_id].append((step.change_id, (day, "decided", decided)))
    asking = ExceptionStep.objects.filter(report__action__in=keys, move=RAISE)
    for step in asking.select_related("report", "change").order_by("change_id"):
        report, day = step.report, timezone.localdate(step.change.clock)
        kind, forecast = lower_first(report.get_kind_display()), day_in_short(report.forecast)
        is_new_date = report.kind == Kind.NEW_DATE
        what = f"{kind}, {forecast}" if is_new_date else kind
        said = f"Asked on {day_in_short(day)}: {what}"
        entered[report.about_id].append((step.change_id, (day, "asked", said)))
        is_granted = report.state in GRANTED_OR_DONE and report.pk in agreed_on
        if is_new_date and is_granted and report.forecast:
            agreed = f"New date: {forecast}, agreed {day_in_short(agreed_on[report.pk])}"
            dates[report.about_id].append((report.forecast, "moved", agreed))
    decisions: Events = defaultdict(list)
    for action, events in entered.items():
        decisions[action] = [event for _, event in sorted(events)]
    return dates, decisions
