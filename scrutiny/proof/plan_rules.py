"""What may change what in a published plan: by kind of record and column, in RULES at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from actions.models import (
    Action,
    ActionLead,
    BusinessPlan,
    FurtherAction,
    Milestone,
    OtherColumn,
    Ownership,
    ProgressUpdate,
    StrategicDriver,
    Theme,
)
from actions.models.amendment import LEADS, OWNERS, WORDS
from gscp.record import Tracked, history_of, is_like_tombstone
from scrutiny.proof.decided import Decided, row_before
from scrutiny.proof.published import Saved

OF_PLAN = (
    "label", "title", "introduction", "first_day", "last_day", "green_means", "amber_means", "red_means",
)  # fmt: skip
TEXTS_OF: dict[str, type[Theme | StrategicDriver]] = {"theme": Theme, "driver": StrategicDriver}
# Whether a row was saved as it may be: the new value of this column or, where the row is new, the row.
Allows = Callable[[Saved, str, Decided], bool]


def never(saved: Saved, name: str, decided: Decided) -> bool:
    return False


def where_none_was(saved: Saved, name: str, decided: Decided) -> bool:
    return getattr(saved.before, name) is None


def with_a_decision(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether a decision came into force in the same act: with a new action its driver may be a new one."""
    return saved.act in decided.acts


def as_it_came(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether by a decision of this act the action was added, or an earlier one goes on in it."""
    return decided.arrived(saved)


def as_said(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether a slip or an agreed change of this act gives the action this value."""
    value, column = saved.value(name), "to_group_id" if name == "group" else saved.column(name)
    new = [getattr(one, column) for one in decided.amendments_of(saved, name)]
    return any(value == one or is_taken_out(value) or is_taken_out(one) for one in new)


def is_taken_out(value: Any) -> bool:
    # A text may have been taken out of one of the two alone.
    return isinstance(value, str) and is_like_tombstone(value)


def as_said_or_gone_on(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether it is said, or an earlier action that comes to go on in this one in this act has that value.

    A theme and a driver are those of the plan: their words are those of the earlier action's.
    """
    olds = decided.predecessors.get((saved.action, saved.act), [])
    olds = [row_before(Action, old, saved.number) for old in olds]
    if name in TEXTS_OF:
        return as_said(saved, name, decided) or same_text(TEXTS_OF[name], saved.value(name), olds, name)
    return as_said(saved, name, decided) or saved.value(name) in [
        getattr(o, saved.column(name)) for o in olds
    ]


def same_text(model: type[Theme | StrategicDriver], key: int | None, olds: list[Any], name: str) -> bool:
    keys = [key, *(getattr(old, f"{name}_id") for old in olds)]
    texts = dict(model._base_manager.filter(pk__in=[one for one in keys if one]).values_list("pk", "text"))
    new, *before = [texts.get(one) for one in keys]
    return any(new == one or is_taken_out(one) for one in before)


def who_is_said(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether a slip or an agreed change of this act says so, or the action came with these."""
    if as_it_came(saved, name, decided):
        return True
    row, is_lead = saved.row, isinstance(saved.row, history_of(ActionLead))
    of_what, who = (LEADS, row.post_id) if is_lead else (OWNERS, row.partner_id)
    for amendment in decided.amendments_of(saved, of_what):
        rows = decided.named[amendment.id, amendment.in_act]
        named = {one.post_id if is_lead else one.partner_id for one in rows}
        # One that names a partner whose successor owns it by now ends that row and begins another.
        if (who in named) == (row.ended_on is None) or (not is_lead and row.ended_on):
            return True
    return False


def order_is_said(saved: Saved, name: str, decided: Decided) -> bool:
    amendments = [*decided.amendments_of(saved, LEADS), *decided.amendments_of(saved, OWNERS)]
    return bool(amendments) or as_it_came(saved, name, decided)


def as_granted(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether in this act it was granted or given back, or the action came so."""
    return saved.value(name) in decided.granted(saved, name) or as_it_came(saved, name, decided)


def as_it_ended(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether it stayed open, or a decision of this act says what became of it."""
    new, granted = saved.row.status, decided.granted(saved, name)
    if new in Action.OPEN and saved.before.status in Action.OPEN:
        return True
    # What is opened again may have been proposed complete before, and is in progress now.
    is_opened = new in Action.OPEN and any(one in Action.OPEN for one in granted)
    return is_opened or new in granted or (saved.action, saved.act, new) in decided.ended


def until_it_is_reported(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether the first date was missing, or came with an earlier action, or was still to be corrected."""
    if where_none_was(saved, name, decided) or as_it_came(saved, name, decided):
        return True
    reports = history_of(ProgressUpdate)._base_manager.filter(action_id=saved.action)
    is_reported = reports.filter(change_id__lt=saved.number).exists()
    return saved.before.agreed_date is None and not (is_reported or decided.had_gone_on(saved))


@dataclass(frozen=True)
class Rule:
    allows: Allows
    lack: str  # what is said where it does not


NEW = ""  # in place of a column: that there is such a record
FIXED = Rule(never, "nothing changes that in a published plan")
NONE_ADDED = Rule(never, "nothing adds such a record to a published plan")
DECIDED = "no decision in force says so"
SAID = "neither a slip nor a decision in force says so"

RULES: dict[type[Tracked], dict[str, Rule]] = {
    BusinessPlan: dict.fromkeys(OF_PLAN, FIXED),
    StrategicDriver: {NEW: Rule(with_a_decision, DECIDED), "kind": FIXED, "text": FIXED},
    Theme: {NEW: Rule(with_a_decision, DECIDED), "text": FIXED, "position": FIXED, "lead_post": FIXED},
    Action: {
        NEW: Rule(as_it_came, DECIDED),
        **dict.fromkeys(WORDS, Rule(as_said_or_gone_on, SAID)),
        **dict.fromkeys(("plan", "ref", "slug", "position"), FIXED),
        **dict.fromkeys(("precision", "earlier_new_dates"), Rule(as_it_came, DECIDED)),
        "original_date": Rule(until_it_is_reported, "a first date stays once there is a report"),
        "agreed_date": Rule(as_granted, DECIDED),
        "status": Rule(as_it_ended, DECIDED),
    },
    ActionLead: {
        NEW: Rule(who_is_said, SAID),
        "post": FIXED,
        "position": Rule(order_is_said, SAID),
        "ended_on": Rule(who_is_said, SAID),
    },
    Ownership: {NEW: Rule(who_is_said, SAID), "partner": FIXED, "ended_on": Rule(who_is_said, SAID)},
    Milestone: {"text": FIXED, "due": Rule(where_none_was, "a day that was given stays")},
    FurtherAction: {NEW: NONE_ADDED, "text": FIXED},
    OtherColumn: {NEW: NONE_ADDED, "heading": FIXED, "text": FIXED},
}
