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
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from actions.models import (
    Action,
    ActionQuerySet,
    ExceptionStep,
    Kind,
    ProgressUpdate,
    Rating,
    State,
    not_reported_since,
)
from gscp import clock
from gscp.dates import day
from gscp.permissions import CHAIRS
from gscp.record import REASON, Change, ChangeText
from subgroups.models import Meeting, PostHolding

WORSE = {Rating.GREEN: 1, Rating.AMBER: 2, Rating.RED: 3}


@dataclass(frozen=True)
class Reporting:
    """What the rules look at: a day, and where the ledger stood when papers closed.

    The meetings are the Management Group's. What is reported for one are the entries after the papers
    before its own closed (`since`, `opened_at`); those after its own did are late for it.
    """

    on: date
    coming: Meeting | None  # today's or the next, whether or not its papers have closed
    since: int  # of that one, recorded or not
    before: Meeting | None  # the one whose papers closed before those of `meeting`
    meeting: Meeting | None  # whose papers closed last
    opened_at: int
    met: Meeting | None  # held last, before today
    met_opened_at: int
    met_at: int  # when its papers closed: what it had before it

    @classmethod
    def now(cls) -> Reporting:
        now, today = clock.now(), clock.today()
        # Ledger time never runs backwards, so the latest by time is the one with the highest number.
        entries = Change.objects.filter(at__lte=OuterRef("papers_close")).order_by("-at", "-number")
        meetings = list(
            Meeting.objects.setting_deadlines()
            .annotate(
                head=Coalesce(Subquery(entries.values("number")[:1]), 0),
                was_held=Exists(Meeting.objects.held().filter(pk=OuterRef("pk"))),
            )
            .order_by("papers_close")
        )
        closed = [m for m in meetings if m.papers_close <= now]
        before, meeting = [None, None, *closed][-2:]
        coming = min((m for m in meetings if m.date >= today), key=lambda m: m.date, default=None)
        past = [m for m in meetings if m.date < today and m.was_held]
        met = max(past, key=lambda m: m.date, default=None)

        def opened_at(meeting: Meeting | None) -> int:
            """When papers last closed before its own, or for one not recorded yet, at all."""
            heads = [m.head for m in closed if meeting is None or m.papers_close < meeting.papers_close]
            return heads[-1] if heads else 0

        return cls(
            on=today,
            coming=coming,
            since=opened_at(coming),
            before=before,
            meeting=meeting,
            opened_at=opened_at(meeting),
            met=met,
            met_opened_at=opened_at(met),
            met_at=met.head if met else 0,
        )


@dataclass(frozen=True)
class Rule:
    """A rule that finds actions: `condition` is the query, `sentence` says why an action is there.

    It looks at actions in one of `statuses`.
    """

    name: str
    title: str
    condition: Callable[[Reporting], Q]
    sentence: Callable[[Action, Reporting], str]
    statuses: tuple[str, ...] = Action.OPEN


def late(action: Action, reporting: Reporting) -> str:
    days = (reporting.on - action.due).days
    return f"Due {day(action.due)}: {days} day{'' if days == 1 else 's'} late and not complete."


def of(meeting: Meeting | None) -> str:
    assert meeting  # the rules that name one find nothing without it
    return f"the meeting of {day(meeting.date)}"


def silent(action: Action, reporting: Reporting) -> str:
    begun = f"Not reported for {of(reporting.meeting)}: no update"
    if not (reporting.before and action.reported_at):
        return f"{begun} yet."
    since = f"since papers closed on {day(reporting.before.papers_close)}"
    return f"{begun} {since}; the last one is of {day(action.reported_at)}."


def redated(action: Action, reporting: Reporting) -> str:
    original = day(action.original_date) or "never set"
    return (
        f"Re-dated {action.new_dates} times: the original date was {original}, "
        f"the agreed date is {day(action.agreed_date)}."
    )


def contradicting(action: Action, reporting: Reporting) -> str:
    rated = f"Rated {action.get_rating_display().lower()} on {day(action.rated_at)}"
    still = "not complete" if action.due < reporting.on else f"forecast for {day(action.forecast)}"
    return f"{rated}, though due on {day(action.due)} and {still}."


def not_in_place(reporting: Reporting) -> Q:
    return Q(subgroup__established_on=None) | Q(subgroup__established_on__gt=reporting.on)


def unheld(reporting: Reporting) -> Q:
    """Nobody holds the post that leads it or, where none does, a chair of its subgroup."""
    held = PostHolding.objects.on(reporting.on)
    chaired = held.filter(post__role__in=CHAIRS).values("post__subgroup")
    return ~(Q(lead_post__in=held.values("post")) | Q(lead_post=None, subgroup__in=chaired))


def vacant(action: Action, reporting: Reporting) -> str:
    if action.lead_post:
        return f"Nobody holds the post that leads it: {action.lead_post}."
    return f"No post leads it, and the {action.subgroup} has neither a chair nor a vice-chair."


def given(reason: str | None) -> str:
    return f". Reason given: “{reason}”" if reason else "."


NEVER = Q(pk__in=[])

RULES = [
    Rule("past_date", "Past its date", lambda r: Q(due__lt=r.on), late),
    Rule(
        "no_date",
        "No date and no review date",
        lambda r: Q(due=None, review_date=None),
        lambda a, r: "It has no date and no review date, so it can never be late.",
    ),
    Rule("redated", "Re-dated more than once", lambda r: Q(new_dates__gt=1), redated),
    Rule(
        "red",
        "Rated red",
        lambda r: Q(rating=Rating.RED),
        lambda a, r: f"Reported red on {day(a.rated_at)}{given(a.rating_reason)}",
    ),
    Rule(
        "worse",
        "Rating worse than at the last meeting",
        lambda r: Q(rank__gt=F("rank_then")),
        lambda a, r: (
            f"Was {Rating(a.rating_then).label.lower()} when papers closed for {of(r.met)}, "
            f"now {a.get_rating_display().lower()}{given(a.rating_reason)}"
        ),
    ),
    Rule(
        "contradicts",
        "Rating contradicts the dates",
        lambda r: (
            Q(rating__in=[Rating.GREEN, Rating.AMBER], due__lt=r.on)
            | Q(rating=Rating.GREEN, forecast__gt=F("due"))
        ),
        contradicting,
    ),
    Rule(
        "silent",
        "Not reported",
        lambda r: not_reported_since(r.opened_at) if r.meeting else NEVER,
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
        not_in_place,
        lambda a, r: (
            f"The {a.subgroup} is not in place yet; until then the chair of the "
            f"{a.subgroup.acting_body(r.on)} acts for it."
        ),
    ),
    Rule("vacant", "Post vacant", lambda r: unheld(r) & ~not_in_place(r), vacant),
    Rule(
        "reopened",
        "Reopened",
        lambda r: Q(reopened_in__gt=F("completed_in")),
        lambda a, r: f"Reopened on {day(a.reopened_at)}{given(a.reopened_for)}",
    ),
    Rule(
        "no_evidence",
        "Complete without evidence",
        # What was completed before it was reopened is no evidence for being complete again.
        lambda r: Q(completed_in__lte=F("reopened_in")),
        lambda a, r: "Complete on the plan, though no completion with evidence has been accepted.",
        statuses=(Action.Status.COMPLETE,),
    ),
]
BY_NAME = {rule.name: rule for rule in RULES}


def rank(field: str) -> Case:
    whens = [When(**{field: rating}, then=value) for rating, value in WORSE.items()]
    return Case(*whens, output_field=IntegerField())


def granted(kind: str) -> QuerySet[ExceptionStep]:
    """The decisions that stand and granted the action what was asked for, the latest first."""
    return ExceptionStep.objects.filter(
        report__action=OuterRef("pk"),
        report__kind=kind,
        report__state__in=[State.GRANTED, State.DONE],
        to_state=State.GRANTED,
    ).order_by("-change_id")


def with_rule_columns(actions: ActionQuerySet, reporting: Reporting) -> ActionQuerySet:
    """The actions with what the rules look at, and for each rule a boolean `is_<name>`."""
    then = Action.history.filter(id=OuterRef("pk"), change__lte=reporting.met_at).order_by("-change_id")
    said = ProgressUpdate.objects.filter(action=OuterRef("pk"), nil_return=False).order_by("-change_id")
    reported_in = ProgressUpdate.objects.filter(action=OuterRef(OuterRef("pk"))).values("change")
    reason = ChangeText.objects.filter(field=REASON, change__in=reported_in).order_by("-change_id")
    completion, reopening = granted(Kind.COMPLETION), granted(Kind.REOPENING)
    new_dates = granted(Kind.NEW_DATE).order_by().values("report__action")
    return (
        actions.with_due()
        .with_last_update()
        .annotate(
            rating_then=Subquery(then.values("rating")[:1]),
            blocker=Subquery(said.values("blocker")[:1]),
            unblocker=Subquery(said.values("unblocker")[:1]),
            forecast=Subquery(said.values("forecast")[:1]),
            rating_reason=Subquery(reason.values("value")[:1]),
            new_dates=Subquery(new_dates.values(count=Count("report", distinct=True))),
            completed_in=Coalesce(Subquery(completion.values("change")[:1]), 0, output_field=IntegerField()),
            reopened_in=Coalesce(Subquery(reopening.values("change")[:1]), 0, output_field=IntegerField()),
            reopened_at=Subquery(reopening.values("change__at")[:1]),
            reopened_for=Subquery(reopening.values("reason")[:1]),
        )
        .annotate(rank=rank("rating"), rank_then=rank("rating_then"))
        .annotate(
            **{
                f"is_{rule.name}": ExpressionWrapper(
                    Q(status__in=rule.statuses) & rule.condition(reporting), output_field=BooleanField()
                )
                for rule in RULES
            }
        )
    )


def exceptions(actions: ActionQuerySet, reporting: Reporting) -> ActionQuerySet:
    """Those of the actions that at least one rule finds, each with its `is_<name>`."""
    off_plan = Q()
    for rule in RULES:
        off_plan |= Q(**{f"is_{rule.name}": True})
    return with_rule_columns(actions, reporting).filter(off_plan)


def reasons(action: Action, reporting: Reporting) -> list[tuple[Rule, str]]:
    """Why an examined action is off plan: each rule that found it, and its sentence."""
    return [(rule, rule.sentence(action, reporting)) for rule in RULES if getattr(action, f"is_{rule.name}")]


def why_off_plan(action: Action) -> list[tuple[Rule, str]]:
    """The same of any action, as it stands today."""
    reporting = Reporting.now()
    actions = Action.objects.filter(pk=action.pk).select_related("subgroup__reports_to", "lead_post")
    return [reason for found in exceptions(actions, reporting) for reason in reasons(found, reporting)]


def counts(exceptions: ActionQuerySet) -> list[tuple[Rule, int]]:
    """How many actions each rule found, in one query."""
    found = exceptions.aggregate(
        **{rule.name: Count("pk", filter=Q(**{f"is_{rule.name}": True})) for rule in RULES}
    )
    return [(rule, found[rule.name]) for rule in RULES]
