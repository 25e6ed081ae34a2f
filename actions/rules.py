"""The rules that find what is off plan.

Each rule is one entry of RULES: the query that finds actions, and the sentence that says why an action
is there. Pages, counts and tests read this table. Rules save nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    ActionLead,
    ActionQuerySet,
    ExceptionReport,
    ExceptionStep,
    Kind,
    ProgressUpdate,
    Rating,
    State,
    not_reported_after,
)
from actions.models.chain import GRANTED_OR_DONE
from actions.reporting import Deadlines
from gscp.dates import day_in_words
from gscp.permissions import CHAIRS
from gscp.record import REASON, ChangeText
from subgroups.models import Meeting, PostHolding

RANKS = {Rating.GREEN: 1, Rating.AMBER: 2, Rating.RED: 3}  # the worse, the higher


@dataclass(frozen=True)
class Rule:
    name: str
    title: str
    condition: Callable[[Deadlines], Q]
    sentence: Callable[[Action, Deadlines], str]  # why an action is off plan
    statuses: tuple[str, ...] = Action.OPEN  # of the actions it looks at
    of_register: bool = False  # the register itself lacks something: the Business Manager's page counts it


def past_date_sentence(action: Action, deadlines: Deadlines) -> str:
    days = (deadlines.today - action.due).days
    return f"Due {day_in_words(action.due)}: {days} day{'' if days == 1 else 's'} late and not complete."


def meeting_of(meeting: Meeting | None) -> str:
    assert meeting  # a rule that names a meeting finds no action while there is none
    return f"the meeting of {day_in_words(meeting.date)}"


def silent_sentence(action: Action, deadlines: Deadlines) -> str:
    begun = f"Not reported for {meeting_of(deadlines.last_closed)}: no update"
    if not (deadlines.closed_before and action.reported_at):
        return f"{begun} yet."
    since = f"since papers closed on {day_in_words(deadlines.closed_before.papers_close)}"
    return f"{begun} {since}; the last one is of {day_in_words(action.reported_at)}."


def redated_sentence(action: Action, deadlines: Deadlines) -> str:
    original = day_in_words(action.original_date) or "never set"
    return (
        f"Re-dated {action.new_dates} times: the original date was {original}, "
        f"the agreed date is {day_in_words(action.agreed_date)}."
    )


def contradicts_sentence(action: Action, deadlines: Deadlines) -> str:
    rated = f"Rated {action.get_rating_display().lower()} on {day_in_words(action.rated_at)}"
    forecast = f"forecast for {day_in_words(action.forecast)}"
    still = "not complete" if action.due < deadlines.today else forecast
    return f"{rated}, though due on {day_in_words(action.due)} and {still}."


def not_in_place(deadlines: Deadlines) -> Q:
    return Q(group__established_on=None) | Q(group__established_on__gt=deadlines.today)


def has_no_holder(deadlines: Deadlines) -> Q:
    # A post that leads it or, where none does, a post of a chair of its subgroup.
    held = PostHolding.objects.current_on(deadlines.today)
    chaired = held.filter(post__role__in=CHAIRS).values("post__group")
    leads = ActionLead.objects.filter(action=OuterRef("pk"), ended_on=None)
    vacant = Exists(leads.exclude(post__in=held.values("post")))
    return Q(vacant) | (~Exists(leads) & ~Q(group__in=chaired))


def vacant_sentence(action: Action, deadlines: Deadlines) -> str:
    vacant = [str(lead.post) for lead in action.current_leads if not lead.is_held]
    if vacant:
        return f"Nobody holds the post that leads it: {', '.join(vacant)}."
    return f"No post leads it, and the {action.group} has neither a chair nor a vice-chair."


def reason_given(reason: str | None) -> str:
    return f". Reason given: “{reason}”" if reason else "."


NO_ACTION = Q(pk__in=[])

RULES = [
    Rule("past_date", "Past its date", lambda d: Q(due__lt=d.today), past_date_sentence),
    Rule(
        "no_date",
        "No date and no review date",
        lambda d: Q(due=None, review_date=None),
        lambda a, d: "It has no date and no review date, so it can never be late.",
        of_register=True,
    ),
    Rule("redated", "Re-dated more than once", lambda d: Q(new_dates__gt=1), redated_sentence),
    Rule(
        "red",
        "Rated red",
        lambda d: Q(rating=Rating.RED),
        lambda a, d: f"Reported red on {day_in_words(a.rated_at)}{reason_given(a.rating_reason)}",
    ),
    Rule(
        "worse",
        "Rating worse than at the last meeting",
        lambda d: Q(rank__gt=F("rank_then")),
        lambda a, d: (
            f"Was {Rating(a.rating_then).label.lower()} when papers closed for {meeting_of(d.last_held)}, "
            f"now {a.get_rating_display().lower()}{reason_given(a.rating_reason)}"
        ),
    ),
    Rule(
        "contradicts",
        "Rating contradicts the dates",
        lambda d: (
            Q(rating__in=[Rating.GREEN, Rating.AMBER], due__lt=d.today)
            | Q(rating=Rating.GREEN, forecast__gt=F("due"))
        ),
        contradicts_sentence,
    ),
    Rule(
        "silent",
        "Not reported",
        lambda d: not_reported_after(d.last_closed_after_entry) if d.last_closed else NO_ACTION,
        silent_sentence,
    ),
    Rule(
        "blocked",
        "Blocked, with nobody named to unblock it",
        lambda d: Q(unblocker="") & ~Q(blocker=""),
        lambda a, d: f"Blocked, and nobody is named who can remove it: {a.blocker}",
    ),
    Rule(
        "no_owner",
        "Owner not in place yet",
        not_in_place,
        lambda a, d: (
            f"The {a.group} is not in place yet; until then the chair of the "
            f"{a.group.acting_group(d.today)} acts for it."
        ),
        of_register=True,
    ),
    Rule(
        "vacant",
        "Post vacant",
        lambda d: has_no_holder(d) & ~not_in_place(d),
        vacant_sentence,
        of_register=True,
    ),
    Rule(
        "reopened",
        "Reopened",
        lambda d: Q(reopened_in__gt=F("completed_in")),
        lambda a, d: f"Reopened on {day_in_words(a.reopened_at)}{reason_given(a.reopened_for)}",
    ),
    Rule(
        "no_evidence",
        "Complete without evidence",
        # A completion granted before the action was reopened is no evidence for its being complete again.
        lambda d: Q(completed_in__lte=F("reopened_in")),
        lambda a, d: "Complete on the plan, though no completion with evidence has been accepted.",
        statuses=(Action.Status.COMPLETE,),
        of_register=True,
    ),
]


def rating_rank(field: str) -> Case:
    whens = [When(**{field: rating}, then=value) for rating, value in RANKS.items()]
    return Case(*whens, output_field=IntegerField())


def granted_steps(kind: str) -> QuerySet[ExceptionStep]:
    """Decisions in force that granted the outer query's action this kind of report, the latest first."""
    return ExceptionStep.objects.filter(
        report__action=OuterRef("pk"),
        report__kind=kind,
        report__state__in=GRANTED_OR_DONE,
        to_state=State.GRANTED,
    ).order_by("-change_id")


def with_rule_columns(actions: ActionQuerySet, deadlines: Deadlines) -> ActionQuerySet:
    """The actions with what the rules look at, and for each rule a boolean `is_<name>`."""
    at_last_meeting = Action.history.filter(id=OuterRef("pk"), change__lte=deadlines.last_held_closing_entry)
    at_last_meeting = at_last_meeting.order_by("-change_id")
    updates = ProgressUpdate.objects.latest_of(OuterRef("pk")).filter(nil_return=False)
    reported_in = ProgressUpdate.objects.filter(action=OuterRef(OuterRef("pk"))).values("change")
    reason = ChangeText.objects.filter(field=REASON, change__in=reported_in).order_by("-change_id")
    completion, reopening = granted_steps(Kind.COMPLETION), granted_steps(Kind.REOPENING)
    new_dates = ExceptionReport.objects.granted_new_dates().filter(action=OuterRef("pk")).order_by()
    return (
        actions.with_due()  # type: ignore[no-redef]  # declared on the model
        .with_last_update()
        .annotate(
            rating_then=Subquery(at_last_meeting.values("rating")[:1]),
            blocker=Subquery(updates.values("blocker")[:1]),
            unblocker=Subquery(updates.values("unblocker")[:1]),
            forecast=Subquery(updates.values("forecast")[:1]),
            rating_reason=Subquery(reason.values("value")[:1]),
            new_dates=Subquery(new_dates.values("action").values(count=Count("pk"))),
            completed_in=Coalesce(Subquery(completion.values("change")[:1]), 0, output_field=IntegerField()),
            reopened_in=Coalesce(Subquery(reopening.values("change")[:1]), 0, output_field=IntegerField()),
            reopened_at=Subquery(reopening.values("change__at")[:1]),
            reopened_for=Subquery(reopening.values("reason")[:1]),
        )
        .annotate(rank=rating_rank("rating"), rank_then=rating_rank("rating_then"))
        .annotate(
            **{
                f"is_{rule.name}": ExpressionWrapper(
                    Q(status__in=rule.statuses) & rule.condition(deadlines), output_field=BooleanField()
                )
                for rule in RULES
            }
        )
    )


def off_plan(actions: ActionQuerySet, deadlines: Deadlines) -> ActionQuerySet:
    """The actions that at least one rule finds, with the columns of with_rule_columns()."""
    found_by_any = Q()
    for rule in RULES:
        found_by_any |= Q(**{f"is_{rule.name}": True})
    return with_rule_columns(actions, deadlines).filter(found_by_any)


def reasons(action: Action, deadlines: Deadlines) -> list[tuple[Rule, str]]:
    """For an action of off_plan(): each rule that finds it, and the rule's sentence."""
    return [(rule, rule.sentence(action, deadlines)) for rule in RULES if getattr(action, f"is_{rule.name}")]


def why_off_plan(action: Action) -> list[tuple[Rule, str]]:
    deadlines = Deadlines.now()
    actions = Action.objects.filter(pk=action.pk).select_related("group__reports_to")
    found = off_plan(actions, deadlines).first()
    return reasons(found, deadlines) if found else []


def counts(actions: ActionQuerySet) -> list[tuple[Rule, int]]:
    """How many of the actions of off_plan() each rule finds; one query."""
    by_rule = actions.aggregate(
        **{rule.name: Count("pk", filter=Q(**{f"is_{rule.name}": True})) for rule in RULES}
    )
    return [(rule, by_rule[rule.name]) for rule in RULES]
