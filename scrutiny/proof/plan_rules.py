"""What may change what in a published plan: by kind of record and column, in RULES at the end."""

from collections.abc import Callable
from dataclasses import dataclass

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
from gscp.record import Tracked, history_of
from scrutiny.proof.came import is_same
from scrutiny.proof.decided import Decided
from scrutiny.proof.published import Saved

OF_PLAN = (
    "label", "title", "introduction", "first_day", "last_day", "green_means", "amber_means", "red_means",
)  # fmt: skip
# Whether a row was saved as it may be: the new value of this column or, where the row is new, the row.
Allows = Callable[[Saved, str, Decided], bool]


def never(saved: Saved, name: str, decided: Decided) -> bool:
    return False


def where_none_was(saved: Saved, name: str, decided: Decided) -> bool:
    return getattr(saved.before, name) is None


def with_what_came(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether in the same act an action of it came: its driver or its theme may be a new one."""
    column = "theme" if isinstance(saved.row, history_of(Theme)) else "driver"
    rows = history_of(Action)._base_manager.filter(**{column: saved.row.id, "change__act": saved.act})
    return any((action, saved.act) in decided.came for action in rows.values_list("id", flat=True))


def as_it_came(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether by a decision of this act it was added, or goes on with an earlier one: see came.py."""
    return decided.arrived(saved)


def as_said(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether a slip, where one may, or an agreed change of this act gives the action this value."""
    value, column = saved.value(name), "to_group_id" if name == "group" else saved.column(name)
    new = [getattr(one, column) for one in decided.amendments_of(saved, name)]
    return any(is_same(value, one) for one in new)


def as_said_or_came(saved: Saved, name: str, decided: Decided) -> bool:
    return as_said(saved, name, decided) or as_it_came(saved, name, decided)


def who_is_said(saved: Saved, name: str, decided: Decided) -> bool:
    """Whether a slip or an agreed change of this act names who does it then, or the action came with them."""
    if as_it_came(saved, name, decided):
        return True
    of_what = LEADS if isinstance(saved.row, history_of(ActionLead)) else OWNERS
    amendments = decided.amendments_of(saved, of_what)
    named = [decided.who.named(of_what, decided.named[one.id, one.in_act]) for one in amendments]
    return (
        bool(named)
        and decided.who.at(saved.action, decided.first_and_last_of(saved.act)[1])[of_what] in named
    )


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
    StrategicDriver: {NEW: Rule(with_what_came, DECIDED), "kind": FIXED, "text": FIXED},
    Theme: {NEW: Rule(with_what_came, DECIDED), "text": FIXED, "position": FIXED, "lead_post": FIXED},
    Action: {
        NEW: Rule(as_it_came, DECIDED),
        **dict.fromkeys(WORDS, Rule(as_said_or_came, SAID)),
        **dict.fromkeys(("priority", "group"), Rule(as_said_or_came, DECIDED)),
        **dict.fromkeys(("plan", "ref", "slug", "position", "audit"), FIXED),
        **dict.fromkeys(("precision", "earlier_new_dates"), Rule(as_it_came, DECIDED)),
        "original_date": Rule(until_it_is_reported, "a first date stays once there is a report"),
        "agreed_date": Rule(as_granted, DECIDED),
        "status": Rule(as_it_ended, DECIDED),
    },
    ActionLead: {
        NEW: Rule(who_is_said, DECIDED),
        "post": FIXED,
        "position": Rule(order_is_said, DECIDED),
        "ended_on": Rule(who_is_said, DECIDED),
    },
    Ownership: {NEW: Rule(who_is_said, SAID), "partner": FIXED, "ended_on": Rule(who_is_said, SAID)},
    Milestone: {"text": FIXED, "due": Rule(where_none_was, "a day that was given stays")},
    FurtherAction: {NEW: NONE_ADDED, "text": FIXED},
    OtherColumn: {NEW: NONE_ADDED, "heading": FIXED, "text": FIXED},
}
