"""Checks an export of the ledger for what was changed of plans: python plan_checker.py FILE

Let checker.py check the file first: this one takes the lines as they are. It needs Python alone. It ends with
0 if every change of a published plan has in its act what may bring it. That is a decision that its chair
confirmed, a decision on a request, or the correction of a slip. Otherwise it ends with 1, and says which has
not.

It compares dates and ends with those that were granted. Of words it compares which changed, and not with what
was agreed. It cannot tell who might decide, or whether enough partners were there: the tracker's own
verification does.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

PLAN, ACTION, DECISION = "actions.businessplan", "actions.action", "actions.plandecision"
OPEN = ("not_started", "in_progress", "proposed_complete")
DECIDES = {"live": "publication", "closed": "closing"}  # by a plan's status, the decision that gives it
# By the kind of a request, the status that it gives an action once it is granted. A new date gives that date.
GIVES = {"completion": "complete", "reopening": "in_progress", "withdrawal": "withdrawn"}
STEP, REPORT, ENDING = "actions.exceptionstep", "actions.exceptionreport", "actions.actionending"
YOUNGER_COLUMN = "earlier_new_dates"  # older actions were recorded before there were decisions about plans
NEW = ""  # in place of a column: that there is such a record


class Rule(NamedTuple):
    """Which words of ALLOWS may stand for a change in a published plan; and what is said if none does."""

    words: tuple[str, ...]
    lack: str


NEITHER, NO_DECISION = "neither a slip nor a decision in force says so", "no decision in force says so"
FIXED = Rule((), "nothing changes that in a published plan")
NONE_ADDED = Rule((), "nothing adds such a record to a published plan")
SAID_OR_GONE_ON, SAID_OR_CAME = Rule(("said", "gone_on"), NEITHER), Rule(("said", "came"), NEITHER)
DECIDED, CAME = Rule(("decided",), NO_DECISION), Rule(("came",), NO_DECISION)
RULES: dict[str, dict[str, Rule]] = {
    PLAN: dict.fromkeys(
        ("label", "title", "introduction", "first_day", "last_day")
        + ("green_means", "amber_means", "red_means"),
        FIXED,
    ),
    "actions.strategicdriver": {NEW: DECIDED, "kind": FIXED, "text": FIXED},
    "actions.theme": {NEW: DECIDED, "text": FIXED, "position": FIXED, "lead_post_id": FIXED},
    ACTION: {
        NEW: CAME,
        **dict.fromkeys(("title", "text", "outcome", "known_by", "priority"), SAID_OR_GONE_ON),
        **dict.fromkeys(("theme_id", "driver_id", "group_id", "who", "timescale"), SAID_OR_GONE_ON),
        **dict.fromkeys(("plan_id", "ref", "slug", "position"), FIXED),
        **dict.fromkeys(("precision", YOUNGER_COLUMN), CAME),
        "original_date": Rule(("empty", "came", "unreported"), "a first date stays once there is a report"),
        "agreed_date": Rule(("requested", "came"), NO_DECISION),
        "status": Rule(("ended", "requested"), NO_DECISION),
    },
    "actions.actionlead": {
        NEW: SAID_OR_CAME,
        "post_id": FIXED,
        "position": SAID_OR_CAME,
        "ended_on": SAID_OR_CAME,
    },
    "actions.ownership": {NEW: SAID_OR_CAME, "partner_id": FIXED, "ended_on": SAID_OR_CAME},
    "actions.milestone": {"text": FIXED, "due": Rule(("empty",), "a day that was given stays")},
    "actions.furtheraction": {NEW: NONE_ADDED, "text": FIXED},
    "actions.othercolumn": {NEW: NONE_ADDED, "heading": FIXED, "text": FIXED},
}
# By kind, what is entered in the act of another record: that one's kind, and the column of its key.
ENTERED: dict[str, tuple[str, str]] = {
    DECISION: ("", ""),
    "actions.amendment": (DECISION, "decision_id"),
    "actions.amendedwho": ("actions.amendment", "amendment_id"),
    "actions.addition": (DECISION, "decision_id"),
    "actions.addedwho": ("actions.addition", "addition_id"),
    ENDING: (DECISION, "decision_id"),
    "actions.successor": (ENDING, "ending_id"),
    REPORT: ("", ""),
    STEP: ("", ""),
    "actions.confirmation": ("", ""),
}
# Rows of these kinds are covered by an amendment that names who leads or owns an action.
WHO = {"actions.actionlead": "leads", "actions.ownership": "owners"}


@dataclass
class Entry:
    number: int
    act: str
    actor: Any
    model: str
    pk: int
    plan: Any
    row: dict[str, Any]
    before: "Entry | None" = None

    @property
    def action(self) -> Any:
        return self.row.get("action_id", self.pk)

    @property
    def changed(self) -> list[str]:
        """The columns with another value than before; a text has another commitment then."""
        if self.before is None:
            return [NEW]
        return [name for name in RULES[self.model] if self.differs(name)]

    def differs(self, name: str) -> bool:
        old = self.before.row if self.before else {}
        return name in old and old[name] != self.row.get(name)


def entries(lines: Iterable[str]) -> Iterator[Entry]:
    """Those of an export. Raises ValueError where it was cut off."""
    last: Any = None
    for text in lines:
        last = json.loads(text)
        if "line" in last:
            line = json.loads(last["line"])
            who, plan, pk = line["actor"]["id"], line["concerns"]["plan"], line["object"]["id"]
            yield Entry(line["number"], line["act"], who, line["model"], pk, plan, line["row"])
    if last is None or "head" not in last:
        raise ValueError("It has no last line.")


@dataclass
class Said:
    """What one act says of plans."""

    kinds: set[tuple[Any, str]] = field(default_factory=set)  # plan, and kind of a decision in force
    names: dict[Any, set[str]] = field(default_factory=lambda: defaultdict(set))  # by action what changes
    ended: set[tuple[Any, str]] = field(default_factory=set)  # action, and what becomes of it
    added: set[Any] = field(default_factory=set)  # actions
    went_on: dict[Any, list[Any]] = field(default_factory=lambda: defaultdict(list))  # by action earlier ones
    decisions: set[Any] = field(default_factory=set)  # about plans, that came into force
    reworded: set[Any] = field(default_factory=set)  # requests of which who asked changed the words
    granted: set[tuple[Any, str, Any]] = field(default_factory=set)  # action, column, and value


class Record:
    """The record up to an act."""

    def __init__(self) -> None:
        self.latest: dict[str, dict[int, Entry]] = defaultdict(dict)  # by model and id
        self.statuses: dict[Any, str] = {}  # of plans, before the act
        self.loaded: set[Any] = set()  # plans that a command recorded as they had been published
        self.to_end: dict[Any, set[tuple[Any, str]]] = defaultdict(set)  # by the plan in which it goes on
        self.gone_on: set[Any] = set()  # actions in which earlier ones went on
        self.reported: set[Any] = set()  # actions with an update
        self.entered: dict[tuple[str, Any], str] = {}  # by model and id, the act
        self.given_back: dict[int, Any] = {}  # by the step that granted it, what the action had before
        self.last_older = 0  # the last entry of before there were decisions about plans
        self.is_younger = (
            False  # whether there is one of after: a line that lacks the column then is no older
        )

    def of(self, model: str, column: str, key: int) -> list[Entry]:
        """The records of this kind that hold this key in that column."""
        return [one for one in self.latest[model].values() if one.row[column] == key]

    def enter(self, act: list[Entry]) -> None:
        for entry in act:
            entry.before = self.latest[entry.model].get(entry.pk)
            self.latest[entry.model][entry.pk] = entry
            if entry.model in ENTERED:
                self.entered.setdefault((entry.model, entry.pk), entry.act)
            if entry.model == ACTION:
                self.is_younger |= YOUNGER_COLUMN in entry.row
                self.last_older = self.last_older if self.is_younger else entry.number

    def leave(self, act: list[Entry], said: Said) -> None:
        self.gone_on |= {*said.went_on}
        for entry in act:
            entry.before = None  # so that it is not kept
            if entry.model == PLAN:
                self.statuses[entry.pk] = entry.row["status"]
            if entry.model == "actions.progressupdate":
                self.reported.add(entry.action)

    def said_in(self, act: list[Entry]) -> Said:
        said = Said()
        words = [one.row for one in act if one.model == "actions.confirmation"]
        # Older ones have not all of these columns.
        confirmed = {row.get("plan_decision_id") for row in words if row.get("is_so") is True}
        for one in act:
            row = one.row
            if one.model == DECISION and row["state"] == "in_force" and one.pk in confirmed:
                said.kinds.add((row["plan_id"], row["kind"]))
                said.decisions.add(one.pk)
                self.decide(one, said)
            if one.model == "actions.amendment" and row["decision_id"] is None and one.before is None:
                said.names[one.action] |= {*row["changed"].split()}
            if one.model == STEP and row["move"] == "change":
                said.reworded.add(row["report_id"])
            if one.model == STEP and row["meeting_id"] and row["provisional"] is False:
                self.grant(one, said)
        return said

    def grant(self, step: Entry, said: Said) -> None:
        """What a decision in force on a request gives the action, or gives back where it corrects one."""
        report = self.latest[REPORT][step.row["report_id"]].row
        column = "agreed_date" if report["kind"] == "new_date" else "status"
        if report["kind"] != "new_date" and report["kind"] not in GIVES:
            return
        if step.row["to_state"] == "granted":
            said.granted.add((report["action_id"], column, GIVES.get(report["kind"], report["forecast"])))
            self.given_back[step.pk] = self.row_before(step.number, report["action_id"])[column]
        corrected = self.corrected_by(step.row)
        if corrected in self.given_back:
            said.granted.add((report["action_id"], column, self.given_back[corrected]))

    def corrected_by(self, step: dict[str, Any]) -> Any:
        """The decision that this one corrects, or that a correction does to which it gives effect."""
        while step["move"] in ("ratify", "agree") and step["points_to_id"] is not None:
            step = self.latest[STEP][step["points_to_id"]].row
        return step["points_to_id"] if step["move"] == "correct" else None

    def row_before(self, number: int, action: int) -> dict[str, Any]:
        """Of an action, as it stood before this entry of an act."""
        entry: Entry | None = self.latest[ACTION][action]
        while entry and entry.number > number:
            entry = entry.before
        return entry.row if entry else {}

    def decide(self, decision: Entry, said: Said) -> None:
        for one in self.of("actions.amendment", "decision_id", decision.pk):
            said.names[one.action] |= {*one.row["changed"].split()}
        for one in self.of("actions.addition", "decision_id", decision.pk):
            said.added.add(one.row["to_action_id"])
        for ending in self.of("actions.actionending", "decision_id", decision.pk):
            ended = (ending.action, ending.row["fate"])
            said.ended.add(ended)
            for one in self.of("actions.successor", "ending_id", ending.pk):
                said.went_on[one.row["to_action_id"]].append(ending.action)
                self.to_end[one.row["to_plan_id"]].add(ended)
        if decision.row["kind"] == DECIDES["live"]:  # what goes on in a draft ends now
            said.ended |= self.to_end[decision.row["plan_id"]]


def is_said(record: Record, said: Said, entry: Entry, name: str) -> bool:
    who = {"leads", "owners"} if name == "position" else {WHO.get(entry.model, name.removesuffix("_id"))}
    return bool(said.names[entry.action] & who)


def is_as_it_was(record: Record, said: Said, entry: Entry, name: str) -> bool:
    """Whether an earlier action comes to go on in this one, which takes its group and its priority from that.

    Other words are committed to, or are of a row of the plan itself: they cannot be compared.
    """
    olds = [record.latest[ACTION][old].row for old in said.went_on.get(entry.action, ())]
    return any(name not in ("group_id", "priority") or old[name] == entry.row[name] for old in olds)


def is_ended(record: Record, said: Said, entry: Entry, name: str) -> bool:
    """Whether it stayed open, or a decision of this act says what became of it.

    What is opened again may have been proposed complete before, and is in progress now.
    """
    old, new = entry.before.row["status"] if entry.before else "", entry.row["status"]
    is_opened = any((entry.action, name, status) in said.granted for status in OPEN)
    return new in OPEN and (old in OPEN or is_opened) or (entry.action, new) in said.ended


def is_unreported(record: Record, said: Said, entry: Entry, name: str) -> bool:
    agreed = entry.before.row["agreed_date"] if entry.before else None
    return agreed is None and entry.action not in record.reported | record.gone_on


ALLOWS: dict[str, Callable[[Record, Said, Entry, str], bool]] = {
    "said": is_said,
    "decided": lambda record, said, entry, name: bool(said.kinds),
    "came": lambda record, said, entry, name: entry.action in said.added | {*said.went_on},
    "gone_on": is_as_it_was,
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
    if not needs_none and (entry.pk, DECIDES.get(new)) not in said.kinds:
        yield f"it became {new}, and no decision says so that its chair confirmed."


def change_findings(record: Record, said: Said, entry: Entry) -> Iterator[str]:
    """What is wrong with an entry about something in a plan that was published before its act."""
    plans = [entry.plan, *([entry.before.plan] if entry.before else [])]
    statuses = [record.statuses.get(plan, "draft") for plan in plans]
    status = next((one for one in statuses if one != "draft"), "draft")
    is_loaded = entry.before is None and entry.actor is None and entry.plan in record.loaded
    if status == "draft" or (is_loaded and status == "live"):
        return
    if status != "live" and entry.changed:
        yield f"it was saved, and its plan was {status} before."
        return
    for name in entry.changed:
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
    if entry.model == REPORT:  # its steps lead to its state
        is_free = name in ("state", "with_group_id")
        return is_free or (name not in ("action_id", "kind", "found_by") and entry.pk in said.reworded)
    if entry.model == DECISION and name in ("state", "why_taken_back"):
        is_in_force = name == "state" and entry.pk in said.decisions
        return old["state"] == "waiting" and (row["state"] == "taken_back" or is_in_force)
    if name == "to_action_id" and old[name] is None:
        ending = record.latest[ENDING][row["ending_id"]].row if "ending_id" in row else row
        return ending["decision_id"] in said.decisions
    return False


def what_happened(entry: Entry, name: str) -> str:
    if name == "status":
        return f"it became “{entry.row['status']}”"
    return f"its “{name.removesuffix('_id')}” changed" if name != NEW else "it was added"


def check(lines: Iterable[str]) -> list[str]:
    """What is wrong with the changes of plans in an export that checker.py has found to hold."""
    record, wrong = Record(), []
    for _, entries_of_act in groupby(entries(lines), attrgetter("act")):
        act = list(entries_of_act)
        record.enter(act)
        said = record.said_in(act)
        for entry in act:
            found = list(status_findings(record, said, entry)) if entry.model == PLAN else []
            found += change_findings(record, said, entry) if entry.model in RULES else []
            found += entered_findings(record, said, entry) if entry.model in ENTERED else []
            wrong += [(entry.number, f"{entry.model} {entry.pk}: {what}") for what in found]
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
