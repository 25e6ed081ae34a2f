"""The rules that find what is off plan.

Each rule the partnership would recognise stands once, under its own name: the query that finds
the actions, and the sentence that says why one is there. Rules find by query and make no rows;
the page, the counts and the tests read the same table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import (
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    When,
)

from actions.models import Action, ActionQuerySet, ProgressUpdate, Rating, not_reported_since
from gscp import clock
from gscp.dates import day
from gscp.models import REASON, Change, ChangeText
from subgroups.models import Meeting

WORSE = {Rating.GREEN: 1, Rating.AMBER: 2, Rating.RED: 3}


@dataclass(frozen=True)
class Reporting:
    """What the rules look at: a day, and where the ledger stood when papers last closed."""

    on: date
    meeting: Meeting | None
    closed_at: int

    @classmethod
    def now(cls) -> Reporting:
        meeting = Meeting.objects.reported_to().last_closed(clock.now())
        return cls(clock.today(), meeting, Change.objects.head_at(meeting.papers_close) if meeting else 0)

    @property
    def papers(self) -> str:
        return f"papers closed for the meeting of {day(self.meeting.date)}" if self.meeting else ""


@dataclass(frozen=True)
class Rule:
    name: str
    title: str
    found: Callable[[Reporting], Q]
    why: Callable[[Action, Reporting], str]


def late(action: Action, reporting: Reporting) -> str:
    days = (reporting.on - action.due).days
    return f"Due {day(action.due)}: {days} day{'' if days == 1 else 's'} late and not complete."


def silent(action: Action, reporting: Reporting) -> str:
    last = f"; the last one is of {day(action.reported_at)}" if action.reported_at else ""
    return f"No update since {reporting.papers}{last}."


def given(action: Action) -> str:
    return f". Reason given: “{action.rating_reason}”" if action.rating_reason else "."


NEVER = Q(pk__in=[])

RULES = [
    Rule("past_date", "Past its date", lambda r: Q(due__lt=r.on), late),
    Rule(
        "no_date",
        "No date and no review date",
        lambda r: Q(due=None, review_date=None),
        lambda a, r: "It has no date and no review date, so it can never be late.",
    ),
    Rule(
        "red",
        "Rated red",
        lambda r: Q(rating=Rating.RED),
        lambda a, r: f"Rated red{given(a)}",
    ),
    Rule(
        "worse",
        "Rating worse than when papers last closed",
        lambda r: Q(rank__gt=F("rank_then")) if r.meeting else NEVER,
        lambda a, r: (
            f"Was {Rating(a.rating_then).label.lower()} when {r.papers}, "
            f"now {a.get_rating_display().lower()}{given(a)}"
        ),
    ),
    Rule(
        "silent",
        "No update since papers last closed",
        lambda r: not_reported_since(r.closed_at) if r.meeting else NEVER,
        silent,
    ),
    Rule(
        "blocked",
        "Blocked, with nobody named to unblock it",
        lambda r: Q(unblocker="") & ~Q(blocker=""),
        lambda a, r: f"Blocked, and nobody is named who can remove it: {a.blocker}",
    ),
    Rule(
        "no_owner",
        "Owner not in place yet",
        lambda r: Q(subgroup__established_on=None) | Q(subgroup__established_on__gt=r.on),
        lambda a, r: (
            f"The {a.subgroup} is not in place yet; until then the chair of the "
            f"{a.subgroup.acting_body(r.on)} acts for it."
        ),
    ),
]
BY_NAME = {rule.name: rule for rule in RULES}


def rank(field: str) -> Case:
    whens = [When(**{field: rating}, then=value) for rating, value in WORSE.items()]
    return Case(*whens, output_field=IntegerField())


def examined(actions: ActionQuerySet, reporting: Reporting) -> ActionQuerySet:
    """The open actions with what the rules look at, and for each rule a boolean `is_<name>`."""
    then = Action.history.filter(id=OuterRef("pk"), change__lte=reporting.closed_at).order_by("-change")
    said = ProgressUpdate.objects.filter(action=OuterRef("pk"), nil_return=False).order_by("-change")
    reported_in = ProgressUpdate.objects.filter(action=OuterRef(OuterRef("pk"))).values("change")
    reason = ChangeText.objects.filter(field=REASON, change__in=reported_in).order_by("-change")
    return (
        actions.open()
        .with_due()
        .with_last_update()
        .annotate(
            rating_then=Subquery(then.values("rating")[:1]),
            blocker=Subquery(said.values("blocker")[:1]),
            unblocker=Subquery(said.values("unblocker")[:1]),
            rating_reason=Subquery(reason.values("value")[:1]),
        )
        .annotate(rank=rank("rating"), rank_then=rank("rating_then"))
        .annotate(
            **{
                f"is_{rule.name}": ExpressionWrapper(rule.found(reporting), output_field=BooleanField())
                for rule in RULES
            }
        )
    )


def exceptions(actions: ActionQuerySet, reporting: Reporting) -> ActionQuerySet:
    """Those of the actions that at least one rule finds, each with its `is_<name>`."""
    off_plan = Q()
    for rule in RULES:
        off_plan |= Q(**{f"is_{rule.name}": True})
    return examined(actions, reporting).filter(off_plan)


def reasons(action: Action, reporting: Reporting) -> list[tuple[Rule, str]]:
    """Why an examined action is off plan: each rule that found it, and its sentence."""
    return [(rule, rule.why(action, reporting)) for rule in RULES if getattr(action, f"is_{rule.name}")]


def counts(exceptions: ActionQuerySet) -> list[tuple[Rule, int]]:
    """How many actions each rule found, in one query."""
    found = exceptions.aggregate(
        **{rule.name: Count("pk", filter=Q(**{f"is_{rule.name}": True})) for rule in RULES}
    )
    return [(rule, found[rule.name]) for rule in RULES]
