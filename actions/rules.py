"""The rules that find what is off plan.

Each rule is one entry of RULES: the condition under which it finds an action, and the sentence that says why.
A condition is SQL over the columns that actions/findings_sql.py works out, once for all rules. Pages, counts
and tests read this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst

from actions.deadlines import Deadlines
from actions.models import Action, Rating
from gscp.dates import day_in_words
from subgroups.models import Meeting


@dataclass(frozen=True)
class Rule:
    name: str
    title: str
    condition: str  # SQL, over the columns of actions/findings_sql.py
    meaning: str  # the condition in words, for the help page
    sentence: Callable[[Action, Deadlines], str]  # why an action is off plan
    statuses: tuple[str, ...] = Action.OPEN  # of the actions it looks at
    of_register: bool = False  # the register itself lacks something: the Business Manager's page counts it
    short: str = ""  # the title for a row of a list, where that is too long

    @property
    def in_short(self) -> str:
        return self.short or self.title

    def __reduce__(self) -> tuple[Any, ...]:  # a function in it cannot be pickled
        return rule_named, (self.name,)


def past_date_sentence(action: Action, deadlines: Deadlines) -> str:
    days = (deadlines.today - action.due).days
    return f"Due {day_in_words(action.due)}: {days} day{'' if days == 1 else 's'} late and not complete."


def meeting_of(meeting: Meeting | None) -> str:
    assert meeting  # a rule that names a meeting finds no action while there is none
    return f"the meeting of {day_in_words(meeting.date)}"


def silent_sentence(action: Action, deadlines: Deadlines) -> str:
    begun = f"No update for {meeting_of(deadlines.last_closed)}"
    if not (deadlines.closed_before and action.reported_at):
        return f"{begun} yet."
    since = f"since papers closed on {day_in_words(deadlines.closed_before.papers_close)}"
    return f"{begun} {since}. The last one is of {day_in_words(action.reported_at)}."


def redated_sentence(action: Action, deadlines: Deadlines) -> str:
    original = day_in_words(action.original_date) or "never set"
    return (
        f"{action.new_dates} times: the original date was {original}, "
        f"the agreed date is {day_in_words(action.agreed_date)}."
    )


def rated_in_words(verb: str, action: Action) -> str:
    rating = action.get_rating_display().lower()
    return f"{verb} {rating} on {day_in_words(action.rated_at)}"


def contradicts_sentence(action: Action, deadlines: Deadlines) -> str:
    rated = rated_in_words("Rated", action)
    forecast = f"forecast for {day_in_words(action.forecast)}"
    still = "not complete" if action.due < deadlines.today else forecast
    return f"{rated}, though due on {day_in_words(action.due)} and {still}."


def vacant_sentence(action: Action, deadlines: Deadlines) -> str:
    vacant = [str(lead.post) for lead in action.current_leads if not lead.is_held]
    if vacant:
        return f"Nobody holds the post that leads it: {', '.join(vacant)}."
    return f"No post leads it, and the {action.group} has neither a chair nor a vice-chair."


def unchecked_sentence(action: Action, deadlines: Deadlines) -> str:
    completion = action.unchecked
    how = f" {completion.how_it_is_checked}" if completion.how_it_is_checked else ""
    days = (deadlines.today - completion.impact_check_on).days
    moved = f" {capfirst(completion.check_moved_in_words)}." if completion.check_moves else ""
    return (
        f"To be checked on {day_in_words(completion.impact_check_on)}{how}: "
        f"{days} day{'' if days == 1 else 's'} late and not checked.{moved}"
    )


def reason_given(reason: str | None) -> str:
    return f". Reason given: “{reason}”" if reason else "."


NOT_IN_PLACE = "in_place = 0"
RANK = "CASE {} WHEN 'green' THEN 1 WHEN 'amber' THEN 2 WHEN 'red' THEN 3 END"  # the worse, the higher

RULES = [
    Rule(
        "past_date",
        "Past its date",
        "due < %(today)s",
        "The agreed date is before today, and the action is not complete. Days late count from that date.",
        past_date_sentence,
    ),
    Rule(
        "no_date",
        "No date and no review date",
        "due IS NULL AND review_date IS NULL",
        "The action has neither a date to be complete by nor a date to look at it again.",
        lambda a, d: "Without a date it can never be late.",
        of_register=True,
        short="No date, no review date",
    ),
    Rule(
        "review_passed",
        "Review date has passed",
        "review_date < %(today)s",
        "The day on which it was to be looked at again has passed. No review was recorded since.",
        lambda a, d: f"It was to be reviewed on {day_in_words(a.review_date)}: no review is recorded yet.",
        of_register=True,
    ),
    Rule(
        "redated",
        "Re-dated more than once",
        "new_dates > 1",
        "Meetings have agreed a new date for it two times or more.",
        redated_sentence,
    ),
    Rule(
        "red",
        "Rated red",
        "rating = 'red'",
        "The last rating that was reported is red.",
        lambda a, d: f"{rated_in_words('Reported', a)}{reason_given(a.rating_reason)}",
    ),
    Rule(
        "worse",
        "Rating worse than at the last meeting",
        f"{RANK.format('rating')} > {RANK.format('rating_then')}",
        "The rating is worse than it was when papers closed for the last meeting that was held.",
        lambda a, d: (
            f"Was {Rating(a.rating_then).label.lower()} when papers closed for {meeting_of(d.last_held)}, "
            f"now {a.get_rating_display().lower()}{reason_given(a.rating_reason)}"
        ),
        short="Worse than last meeting",
    ),
    Rule(
        "contradicts",
        "Rating contradicts the dates",
        "rating IN ('green', 'amber') AND due < %(today)s OR rating = 'green' AND forecast > due",
        "It is rated green or amber, but its date has passed. Or it is rated green, but the chair expects it "
        "to be done after its date.",
        contradicts_sentence,
    ),
    Rule(
        "silent",
        "Not reported",
        "papers_closed = 1 AND (reported IS NULL OR reported <= last_counts_from) AND expected_last",
        "Papers closed, and no update or nil return has come since papers closed for the meeting before. "
        "An action that was not open in a plan when papers closed is not meant.",
        silent_sentence,
    ),
    Rule(
        "blocked",
        "Blocked, with nobody named to unblock it",
        "blocker <> '' AND unblocker = ''",
        "The last update says what is in the way, but not who can remove it.",
        lambda a, d: f"What is in the way: {a.blocker}",
        short="Blocked, nobody named",
    ),
    Rule(
        "no_owner",
        "Owner not in place",
        NOT_IN_PLACE,
        "The group that should do it is not in place: it has not begun, or it has ended.",
        lambda a, d: (
            f"The {a.group} {a.group.why_another_acts}: "
            f"the chair of the {a.group.acting_group(d.today)} acts for it."
        ),
        of_register=True,
    ),
    Rule(
        "vacant",
        "Post vacant",
        # A post that leads it or, where none does, a post of a chair of its group.
        f"COALESCE(leads_are_held, has_chair) = 0 AND NOT {NOT_IN_PLACE}",
        "Nobody holds a post that leads it. Or no post leads it, and its group has no chair or vice-chair.",
        vacant_sentence,
        of_register=True,
    ),
    Rule(
        "reopened",
        "Reopened",
        "reopened_in > completed_in",
        "It was complete, and a meeting agreed to open it again.",
        lambda a, d: f"On {day_in_words(a.reopened_at)}{reason_given(a.reopened_for)}",
    ),
    Rule(
        "no_evidence",
        "Complete without evidence",
        # A completion granted before the action was reopened is no evidence for its being complete again.
        "completed_in <= reopened_in",
        "The plan says complete, but no meeting has accepted evidence for that.",
        lambda a, d: "Complete on the plan, though no completion with evidence has been accepted.",
        statuses=(Action.Status.COMPLETE,),
        of_register=True,
    ),
    Rule(
        "impact_unchecked",
        "Impact not checked",
        "impact_due < %(today)s",
        "It is complete. The day on which its impact was to be checked has passed, and it was not checked.",
        unchecked_sentence,
        statuses=(Action.Status.COMPLETE,),
    ),
]


def rule_named(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)
