"""The record up to an act, and what that act says of plans, as the lines of an export have them.

For plan_checker.py, beside which it lies. It needs Python alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

PLAN, ACTION, DECISION = "actions.businessplan", "actions.action", "actions.plandecision"
OPEN = ("not_started", "in_progress", "proposed_complete")
DECIDES = {"live": "publication", "closed": "closing"}  # by a plan's status, the decision that gives it
# By the kind of a request, the status that it gives an action once it is granted. A new date gives that date.
GIVES = {"completion": "complete", "reopening": "in_progress", "withdrawal": "withdrawn"}
STEP, REPORT, ENDING = "actions.exceptionstep", "actions.exceptionreport", "actions.actionending"
YOUNGER_COLUMN = "earlier_new_dates"  # older actions were recorded before there were decisions about plans
LEAD, OWNER = "actions.actionlead", "actions.ownership"
ADDITION, AMENDMENT = "actions.addition", "actions.amendment"
WORDS = (
    "title",
    "text",
    "outcome",
    "known_by",
    "priority",
    "theme_id",
    "driver_id",
    "group_id",
    "who",
    "timescale",
)
DATES = ("precision", "original_date", "agreed_date")
OF_PLAN = {"theme_id": "actions.theme", "driver_id": "actions.strategicdriver"}  # the same by their words
GOES_ON = "the action that goes on in it had another"
TAKEN_OUT = "[taken out of the record]"
COMPARED = (ACTION, ADDITION, AMENDMENT, "actions.successor", *OF_PLAN.values())  # texts of these are
# Rows of these kinds are covered by an amendment that names who leads or owns an action.
WHO = {LEAD: "leads", OWNER: "owners"}
BY_A_MEETING = {"priority", "group", "leads"}  # they decide who has the last word: no slip changes them


@dataclass
class Entry:
    number: int
    act: str
    actor: Any
    model: str
    pk: int
    plan: Any
    row: dict[str, Any]
    texts: dict[str, str]  # those that it entered, by column
    before: "Entry | None" = None

    @property
    def action(self) -> Any:
        return self.row.get("action_id", self.pk)

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
            texts = {one["field"]: one.get("value", TAKEN_OUT) for one in last["texts"]}
            texts = texts if line["model"] in COMPARED else {}
            yield Entry(line["number"], line["act"], who, line["model"], pk, plan, line["row"], texts)
    if last is None or "head" not in last:
        raise ValueError("It has no last line.")


class Came(NamedTuple):
    """By column of an action the values that it may have come with, and what is said of any other."""

    allowed: dict[str, list[Any]]
    what: str


@dataclass
class Said:
    """What one act says of plans."""

    kinds: set[tuple[Any, str]] = field(default_factory=set)  # plan, and kind of a decision in force
    # By action, and a column or the kind of who does it, what slips and agreed changes say.
    words: dict[tuple[Any, str], list[Any]] = field(default_factory=lambda: defaultdict(list))
    ended: set[tuple[Any, str]] = field(default_factory=set)  # action, and what becomes of it
    came: dict[Any, list[Came]] = field(default_factory=lambda: defaultdict(list))  # by action
    went_on: set[Any] = field(default_factory=set)  # actions in which earlier ones go on
    decisions: set[Any] = field(default_factory=set)  # about plans, that came into force
    reworded: set[Any] = field(default_factory=set)  # requests of which who asked changed the words
    moved: set[Any] = field(default_factory=set)  # completions whose impact check has another day
    granted: set[tuple[Any, str, Any]] = field(default_factory=set)  # action, column, and value


class Record:
    """The record up to an act."""

    def __init__(self) -> None:
        self.latest: dict[str, dict[int, Entry]] = defaultdict(dict)  # by model and id
        self.statuses: dict[Any, str] = {}  # of plans, before the act
        self.loaded: set[Any] = set()  # plans that a command recorded as they had been published
        # By the plan in which it goes on: an action, what becomes of it, and the successor.
        self.to_end: dict[Any, list[tuple[Any, str, Entry]]] = defaultdict(list)
        self.texts: dict[tuple[int, str], str] = {}  # by entry and column
        self.gone_on: set[Any] = set()  # actions in which earlier ones went on
        self.reported: set[Any] = set()  # actions with an update
        self.entered: dict[tuple[str, Any], str] = {}  # by model and id, the act
        self.given_back: dict[int, Any] = {}  # by the step that granted it, what the action had before
        self.carried: dict[int, Any] = {}  # by the step that reopened one in a closed plan, the new action
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
            self.texts |= {(entry.number, name): text for name, text in entry.texts.items()}
            self.entered.setdefault((entry.model, entry.pk), entry.act)
            if entry.model == ACTION:
                self.is_younger |= YOUNGER_COLUMN in entry.row
                self.last_older = self.last_older if self.is_younger else entry.number

    def leave(self, act: list[Entry], said: Said) -> None:
        self.gone_on |= said.went_on
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
            if one.model == AMENDMENT and row["decision_id"] is None and one.before is None:
                self.amend(one, said)
            if one.model == STEP and row["move"] == "change":
                said.reworded.add(row["report_id"])
            if one.model == STEP and row["move"] == "move-impact-check":
                said.moved.add(row["report_id"])
            if one.model == STEP and row["meeting_id"] and row["provisional"] is False:
                self.grant(one, said)
        return said

    def grant(self, step: Entry, said: Said) -> None:
        """What a decision in force on a request gives the action, or gives back where it corrects one."""
        report = self.latest[REPORT][step.row["report_id"]].row
        column = "agreed_date" if report["kind"] == "new_date" else "status"
        if report["kind"] != "new_date" and report["kind"] not in GIVES:
            return
        if new := step.row.get("carried_to_id"):  # it goes on in another plan, and stays as it is in its own
            came = Came(self.as_reopened(report["action_id"], step.act), GOES_ON)
            said.came[new].append(came)
            said.went_on.add(new)
            self.carried[step.pk] = new
            return
        if (carried := self.carried.get(self.corrected_by(step.row))) is not None:
            said.granted.add((carried, "status", "withdrawn"))
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

    def amend(self, one: Entry, said: Said) -> None:
        row = one.row | {"group_id": one.row["to_group_id"]}
        named = self.of("actions.amendedwho", "amendment_id", one.pk)
        values = {name: self.value(row, name) for name in WORDS}
        values |= {model: self.named(model, named) for model in WHO}
        for name, value in values.items():
            changes = WHO.get(name, name.removesuffix("_id"))
            is_slip = row["decision_id"] is None
            if changes in row["changed"].split() and not (is_slip and changes in BY_A_MEETING):
                said.words[one.action, name].append(value)

    def decide(self, decision: Entry, said: Said) -> None:
        for one in self.of(AMENDMENT, "decision_id", decision.pk):
            self.amend(one, said)
        for one in self.of(ADDITION, "decision_id", decision.pk):
            if new := one.row["to_action_id"]:
                said.came[new].append(Came(self.as_added(one), "it was added with another"))
        for ending in self.of(ENDING, "decision_id", decision.pk):
            said.ended.add((ending.action, ending.row["fate"]))
            for one in self.of("actions.successor", "ending_id", ending.pk):
                goes_on = (ending.action, ending.row["fate"], one)
                said.went_on.add(one.row["to_action_id"])
                self.to_end[one.row["to_plan_id"]].append(goes_on)
                if self.statuses.get(one.row["to_plan_id"], "draft") != "draft":
                    self.go_on(*goes_on, decision.act, said)
        if decision.row["kind"] == DECIDES["live"]:  # what goes on in a draft ends now
            for goes_on in self.to_end[decision.row["plan_id"]]:
                said.ended.add(goes_on[:2])
                self.go_on(*goes_on, decision.act, said)

    def go_on(self, old: Any, fate: str, successor: Entry, act: str, said: Said) -> None:
        """What is merged into another leaves that as it is."""
        new = successor.row["to_action_id"]
        if fate != "merged" and new:
            said.came[new].append(Came(self.as_it_was(old, successor, act), GOES_ON))

    def as_added(self, one: Entry) -> dict[str, list[Any]]:
        row = one.row | {"group_id": one.row["to_group_id"], "agreed_date": None, YOUNGER_COLUMN: 0}
        row |= {"status": "not_started", "rating": ""}
        names = (*WORDS, *DATES, "ref", "review_date", "audit_id", YOUNGER_COLUMN, "status", "rating")
        values = {name: [self.value(row, name)] for name in names}
        if row["driver_id"] is None:
            values["driver_id"] = [self.value(row, "driver_text")]
        named = self.of("actions.addedwho", "addition_id", one.pk)
        return values | {model: [self.named(model, named)] for model in WHO}

    def as_it_was(self, old: Any, successor: Entry, act: str) -> dict[str, list[Any]]:
        """As the earlier one was before the act or, but for dates, as this one was; {} if that had ended."""
        earlier, own = (before(self.latest[ACTION][key], act) for key in (old, successor.row["to_action_id"]))
        if earlier is None or earlier.row["status"] not in OPEN:
            return {}
        row = earlier.row | ({"text": successor.row["text"]} if successor.row["text"] else {})
        rows = [row, *([own.row] if own else [])]
        names = (*WORDS, "review_date", "audit_id", "rating")
        values = {name: [self.value(one, name) for one in rows] for name in names}
        values |= {model: [self.who(model, one.pk, act) for one in (earlier, own) if one] for model in WHO}
        then = before(successor, act)
        if successor.row["text"] and not (then and then.row["to_action_id"]):
            values["text"] = [self.value(successor.row, "text")]  # a part says what was decided
        status = "not_started" if row["status"] == "not_started" else "in_progress"
        is_used = own and (own.pk in self.reported or self.of(REPORT, "action_id", own.pk))
        if own and is_used and own.row["status"] != "not_started":
            status = own.row["status"]
        times = row.get(YOUNGER_COLUMN, 0) + self.new_dates_granted(old)
        values |= {YOUNGER_COLUMN: [times], "status": [status]} | {name: [row[name]] for name in DATES}
        if own and not row["original_date"]:
            values |= {name: [row[name], own.row[name]] for name in ("precision", "original_date")}
        if own and self.new_dates_granted(own.pk):
            values["agreed_date"].append(own.row["agreed_date"])
        return values

    def as_reopened(self, old: Any, act: str) -> dict[str, list[Any]]:
        """As the action of a closed plan was that goes on in it."""
        earlier = before(self.latest[ACTION][old], act)
        if earlier is None:
            return {}
        row = earlier.row
        values = {name: [self.value(row, name)] for name in (*WORDS, "review_date", "audit_id", "rating")}
        values |= {model: [self.who(model, old, act)] for model in WHO} | {
            name: [row[name]] for name in DATES
        }
        times = row.get(YOUNGER_COLUMN, 0) + self.new_dates_granted(old)
        return values | {YOUNGER_COLUMN: [times], "status": ["in_progress"]}

    def new_dates_granted(self, action: Any) -> int:
        requests = [one for one in self.of(REPORT, "action_id", action) if one.row["kind"] == "new_date"]
        return sum(one.row["state"] in ("granted", "done") for one in requests)

    def value(self, row: dict[str, Any], name: str) -> Any:
        """A text in words, and what an action has of its plan, too."""
        value = row.get(name)
        if name in OF_PLAN:
            return self.value(self.latest[OF_PLAN[name]][value].row, "text") if value else ""
        return self.texts.get((value["entry"], name), TAKEN_OUT) if isinstance(value, dict) else value

    def who(self, model: str, action: Any, act: str) -> list[Any]:
        """The posts that led the action before this act, in their order, or its owners; "" for today."""
        rows = [before(one, act) for one in self.of(model, "action_id", action)]
        return self.named(model, [one for one in rows if one and one.row["ended_on"] is None])

    def named(self, model: str, rows: list[Entry]) -> list[Any]:
        """Of partners the ones that are in their place."""
        if model == LEAD:
            in_order = sorted(rows, key=lambda one: (one.row.get("position", 1), one.pk))
            return [one.row["post_id"] for one in in_order if one.row["post_id"]]
        return sorted({self.last_of(one.row["partner_id"]) for one in rows if one.row["partner_id"]})

    def last_of(self, partner: int) -> int:
        passed: set[int] = set()
        while partner not in passed:
            passed.add(partner)
            partner = self.latest["subgroups.partner"][partner].row.get("succeeded_by_id") or partner
        return partner

    def came_otherwise(self, said: Said) -> Iterator[tuple[int, str]]:
        """What came into a published plan, and is not what it came from."""
        for action, came in said.came.items():
            entry = self.latest[ACTION][action]
            for name, values, what in [(*one, each.what) for each in came for one in each.allowed.items()]:
                new = self.who(name, action, "") if name in WHO else self.value(entry.row, name)
                if new not in values and TAKEN_OUT not in (new, *values):
                    shown = WHO.get(name, name.removesuffix("_id"))
                    yield entry.number, f"{ACTION} {action}: it came with this “{shown}”, and {what}."


def before(entry: Entry | None, act: str) -> Entry | None:
    while entry and entry.act == act:
        entry = entry.before
    return entry
