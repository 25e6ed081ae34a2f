"""Checks an export of the ledger for what was changed of plans: python plan_checker.py FILE

Let checker.py check the file first: this one takes the lines as they are. It needs Python alone. It ends with
0 if every change of a published plan has in its act what may bring it. That is a decision that its chair
confirmed, a decision on a request, or the correction of a slip. Otherwise it ends with 1, and says which has
not.

plan_record.py has to lie beside it. It compares words with those that were agreed, dates and ends with those
that were granted, and what came into a plan with what it came from. It cannot tell who might decide, or
whether enough partners were there: the tracker's own verification does.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING or __name__ != "__main__":
    from scrutiny import plan_record
else:
    sys.path.insert(0, str(Path(__file__).parent))  # where Python does not by itself
    import plan_record

Entry = plan_record.Entry
Record = plan_record.Record
Said = plan_record.Said
NEW = ""  # in place of a column: that there is such a record


class Rule(NamedTuple):
    """Which words of ALLOWS may stand for a change in a published plan; and what is said if none does."""

    words: tuple[str, ...]
    lack: str


NEITHER, NO_DECISION = "neither a slip nor a decision in force says so", "no decision in force says so"
FIXED = Rule((), "nothing changes that in a published plan")
NONE_ADDED = Rule((), "nothing adds such a record to a published plan")
SAID_OR_CAME, WHO_IS_SAID = Rule(("said", "came"), NEITHER), Rule(("who", "came"), NEITHER)
SAID_BY_A_MEETING = Rule(("said", "came"), NO_DECISION)
WHO_IS_DECIDED = Rule(("who", "came"), NO_DECISION)
WITH_ONE, CAME = Rule(("with_one",), NO_DECISION), Rule(("came",), NO_DECISION)
RULES: dict[str, dict[str, Rule]] = {
    "actions.businessplan": dict.fromkeys(
        ("label", "title", "introduction", "first_day", "last_day")
        + ("green_means", "amber_means", "red_means"),
        FIXED,
    ),
    "actions.strategicdriver": {NEW: WITH_ONE, "kind": FIXED, "text": FIXED},
    "actions.theme": {NEW: WITH_ONE, "text": FIXED, "position": FIXED, "lead_post_id": FIXED},
    "actions.action": {
        NEW: CAME,
        **dict.fromkeys(plan_record.WORDS, SAID_OR_CAME),
        **dict.fromkeys(("priority", "group_id"), SAID_BY_A_MEETING),
        **dict.fromkeys(("plan_id", "ref", "slug", "position", "audit_id"), FIXED),
        **dict.fromkeys(("precision", plan_record.YOUNGER_COLUMN), CAME),
        "original_date": Rule(("empty", "came", "unreported"), "a first date stays once there is a report"),
        "agreed_date": Rule(("requested", "came"), NO_DECISION),
        "status": Rule(("ended", "requested"), NO_DECISION),
    },
    "actions.actionlead": {
        NEW: WHO_IS_DECIDED,
        "post_id": FIXED,
        "position": SAID_BY_A_MEETING,
        "ended_on": WHO_IS_DECIDED,
    },
    "actions.ownership": {NEW: WHO_IS_SAID, "partner_id": FIXED, "ended_on": WHO_IS_SAID},
    "actions.milestone": {"text": FIXED, "due": Rule(("empty",), "a day that was given stays")},
    "actions.furtheraction": {NEW: NONE_ADDED, "text": FIXED},
    "actions.othercolumn": {NEW: NONE_ADDED, "heading": FIXED, "text": FIXED},
}
# By kind, what is entered in the act of another record: that one's kind, and the column of its key.
ENTERED: dict[str, tuple[str, str]] = {
    "actions.plandecision": ("", ""),
    "actions.amendment": ("actions.plandecision", "decision_id"),
    "actions.amendedwho": ("actions.amendment", "amendment_id"),
    "actions.addition": ("actions.plandecision", "decision_id"),
    "actions.addedwho": ("actions.addition", "addition_id"),
    "actions.actionending": ("actions.plandecision", "decision_id"),
    "actions.successor": ("actions.actionending", "ending_id"),
    "actions.reviewanswers": ("actions.plandecision", "decision_id"),
    "actions.recommendationoutcome": ("actions.plandecision", "decision_id"),
    "actions.exceptionreport": ("", ""),
    "actions.exceptionstep": ("", ""),
    "actions.confirmation": ("", ""),
    "actions.progressupdate": ("", ""),
}


def is_said(record: Record, said: Said, entry: Entry, name: str) -> bool:
    """Whether a slip or an agreed change of this act says so. A text of one may have been taken out."""
    if name == "position":
        return any(said.words[entry.action, model] for model in plan_record.WHO)
    new, words = record.value(entry.row, name), said.words[entry.action, name]
    return new in words or bool(words) and plan_record.TAKEN_OUT in (new, *words)


def who_is_said(record: Record, said: Said, entry: Entry, name: str) -> bool:
    """Whether one of this act names who does it after the act."""
    return record.who(entry.model, entry.action, "") in said.words[entry.action, entry.model]


def is_with_one(record: Record, said: Said, entry: Entry, name: str) -> bool:
    """Whether an action came in this act that has this driver or theme."""
    column = "theme_id" if entry.model == plan_record.OF_PLAN["theme_id"] else "driver_id"
    return any(record.latest[plan_record.ACTION][action].row[column] == entry.pk for action in said.came)


def is_ended(record: Record, said: Said, entry: Entry, name: str) -> bool:
    """Whether it stayed open, or a decision of this act says what became of it.

    What is opened again may have been proposed complete before, and is in progress now.
    """
    old, new = entry.before.row["status"] if entry.before else "", entry.row["status"]
    is_opened = any((entry.action, name, status) in said.granted for status in plan_record.OPEN)
    return (
        new in plan_record.OPEN
        and (old in plan_record.OPEN or is_opened)
        or (entry.action, new) in said.ended
    )


def is_unreported(record: Record, said: Said, entry: Entry, name: str) -> bool:
    agreed = entry.before.row["agreed_date"] if entry.before else None
    return agreed is None and entry.action not in record.reported | record.gone_on


ALLOWS: dict[str, Callable[[Record, Said, Entry, str], bool]] = {
    "said": is_said,
    "who": who_is_said,
    "with_one": is_with_one,
    "came": lambda record, said, entry, name: entry.action in said.came,
    "requested": lambda record, said, entry, name: (entry.action, name, entry.row[name]) in said.granted,
    "ended": is_ended,
    "empty": lambda record, said, entry, name: entry.before is None or entry.before.row[name] is None,
    "unreported": is_unreported,
}


def status_findings(record: Record, said: Said, entry: Entry) -> Iterator[str]:
    old, new = entry.before.row["status"] if entry.before else "draft", entry.row["status"]
    if entry.before is None and new == "live" and entry.actor is None:
        record.loaded.add(entry.pk)
        return
    needs_none = old == new or (old, new) == ("draft", "discarded")
    if not needs_none and (entry.pk, plan_record.DECIDES.get(new)) not in said.kinds:
        yield f"it became {new}, and no decision says so that its chair confirmed."


def change_findings(record: Record, said: Said, entry: Entry) -> Iterator[str]:
    """What is wrong with an entry about something in a plan that was published before its act."""
    plans = [entry.plan, *([entry.before.plan] if entry.before else [])]
    statuses = [record.statuses.get(plan, "draft") for plan in plans]
    status = next((one for one in statuses if one != "draft"), "draft")
    is_loaded = entry.before is None and entry.actor is None and entry.plan in record.loaded
    if status == "draft" or (is_loaded and status == "live"):
        return
    changed = changed_columns(entry)
    if status != "live" and changed:
        yield f"it was saved, and its plan was {status} before."
        return
    for name in changed:
        rule = RULES[entry.model].get(name)
        if rule and not any(ALLOWS[word](record, said, entry, name) for word in rule.words):
            yield f"{what_happened(entry, name)}, and {rule.lack}."


def entered_findings(record: Record, said: Said, entry: Entry) -> Iterator[str]:
    """What is wrong with an entry about what was entered of a decision or a request."""
    if entry.before is None:
        model, key = ENTERED[entry.model]
        if model and record.entered.get((model, entry.row[key]), entry.act) != entry.act:
            yield "it was added to what had been entered before."
        return
    for name in entry.row:
        if name == "change_id" or name.startswith("history_") or not entry.differs(name):
            continue
        if not may_change(record, said, entry, entry.before.row, name):
            yield f"{what_happened(entry, name)}, and that stays as it was entered."


def may_change(record: Record, said: Said, entry: Entry, old: dict[str, Any], name: str) -> bool:
    """Whether the act by which this comes into force, is taken back or is asked anew changes this column."""
    row = entry.row
    if entry.model == plan_record.REPORT:  # its steps lead to its state
        is_free = name in ("state", "with_group_id") or (name == "impact_check_on" and entry.pk in said.moved)
        fixed = ("action_id", "kind", "found_by", "after_check_id")
        return is_free or (name not in fixed and entry.pk in said.reworded)
    if entry.model == plan_record.DECISION and name in ("state", "why_taken_back"):
        is_in_force = name == "state" and entry.pk in said.decisions
        return old["state"] == "waiting" and (row["state"] == "taken_back" or is_in_force)
    if name == "to_action_id" and old[name] is None:
        ending = record.latest[plan_record.ENDING][row["ending_id"]].row if "ending_id" in row else row
        return ending["decision_id"] in said.decisions
    return False


def changed_columns(entry: Entry) -> list[str]:
    """Those with another value than before; a text has another commitment then."""
    return [NEW] if entry.before is None else [name for name in RULES[entry.model] if entry.differs(name)]


def what_happened(entry: Entry, name: str) -> str:
    if name == "status":
        return f"it became “{entry.row['status']}”"
    return f"its “{name.removesuffix('_id')}” changed" if name != NEW else "it was added"


def check(lines: Iterable[str]) -> list[str]:
    """What is wrong with the changes of plans in an export that checker.py has found to hold."""
    record, wrong = Record(), []
    for _, entries_of_act in groupby(plan_record.entries(lines), attrgetter("act")):
        act = list(entries_of_act)
        record.enter(act)
        said = record.said_in(act)
        for entry in act:
            found = list(status_findings(record, said, entry)) if entry.model == plan_record.PLAN else []
            found += change_findings(record, said, entry) if entry.model in RULES else []
            found += entered_findings(record, said, entry) if entry.model in ENTERED else []
            wrong += [(entry.number, f"{entry.model} {entry.pk}: {what}") for what in found]
        wrong += record.came_otherwise(said)
        record.leave(act, said)
    return [f"Entry {number}: {what}" for number, what in wrong if number > record.last_older]


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Give the file that export_ledger wrote.", file=sys.stderr)
        return 1
    try:
        with Path(arguments[0]).open(encoding="utf-8", newline="\n") as lines:
            wrong = check(lines)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        wrong = [f"It cannot be read: let checker.py check it first ({type(error).__name__})."]
    for what in wrong:
        print("".join(c if c.isprintable() else "?" for c in what), file=sys.stderr)
    if not wrong:
        print("Every change of a published plan has the decision or the slip that it needs.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
