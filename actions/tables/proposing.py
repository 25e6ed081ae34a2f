"""The third stage of an import: what it would add to a plan, change in it and leave alone.

It reads the record and writes nothing: recording.py records what is proposed. A table changes only what it
has a column for, so that one with fewer columns empties nothing.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from actions.models import Action, BusinessPlan
from actions.models.coming import dates_to_come, ends_to_come
from actions.tables.pairing import paired
from actions.tables.published import WORKED_OUT
from actions.tables.understood import Doubt, Understood
from actions.tables.wanted import OnRecord, Wanted, Wanting
from gscp import clock
from gscp.dates import day_in_words
from subgroups.models import Partner

# A draft's action has no rating or status, whatever these are read as.
OF_REPORTS = {"ratings", "likely ratings", "statuses", "likely statuses"}
ONLY_PRINTED = "Only the printed words are recorded: an action of a draft has no status and no rating."
OF_OUR_FILES = {"Lead Posts", "Owning Partners", "Due Now"}  # no other table has all of these
# Whose cells stand, or may stand, among the other columns of an action.
KEPT_BESIDE = ("extra", "status", "rating", "progress", "due", "review", "precision")
# By column of an action: its words, and the field of the table that says it.
COLUMNS = {
    "title": ("Title", "title"),
    "text": ("Action", "action"),
    "outcome": ("Outcome wanted", "outcome"),
    "known_by": ("How it will be known", "known_by"),
    "priority": ("Priority", "priority"),
    "who": ("Who", "who"),
    "timescale": ("Timescale", "due"),
    "precision": ("Timescale read as", "due"),
    "original_date": ("Date", "due"),
    "review_date": ("Review date", "review"),
}


@dataclass(frozen=True)
class Difference:
    """What a table changes in an action. `name` is its column, or what else hangs on it."""

    name: str
    label: str
    old: str
    new: str


@dataclass
class Changed:
    action: Action
    wanted: Wanted
    differences: list[Difference]


@dataclass
class Proposal:
    plan: BusinessPlan | None
    in_order: list[tuple[Wanted, Action | None]] = field(default_factory=list)  # as printed; None: it is new
    added: list[Wanted] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    same: list[Action] = field(default_factory=list)
    missing: list[Action] = field(default_factory=list)  # of the plan and not in the table: they are left
    doubts: list[Doubt] = field(default_factory=list)  # of reading, and of proposing

    @property
    def must_be_answered(self) -> list[Doubt]:
        return [doubt for doubt in self.doubts if doubt.must]

    @property
    def count(self) -> int:
        """How many actions would be recorded."""
        return len(self.added) + len(self.changed)

    @property
    def kept(self) -> list[tuple[str, int]]:
        """The columns that new actions keep as printed, and how many cells of each."""
        return list(Counter(heading for wanted in self.added for heading in wanted.other).items())


def propose(
    understood: Understood, plan: BusinessPlan | None, answers: dict[str, Any], record: OnRecord
) -> Proposal:
    """What these rows would do to the plan; to none, all of them would be added."""
    wanting = Wanting(understood, record, answers)
    wanted = wanting.all()
    proposal = Proposal(plan)
    there = actions_with_parts(plan) if plan else []
    pairs = paired(wanted, there, wanting)
    has = {column.field for column in understood.columns}
    if any(row.theme for row in understood.actions):
        has.add("theme")
    keep_who(wanted, pairs)
    dated = dates_to_come(plan, ends_to_come(plan)) if plan else set()
    headings = {column.header for column in understood.columns}
    comparing = Comparing(has, wanting.headers, dated, WORKED_OUT if headings >= OF_OUR_FILES else set())
    for one in wanted:
        action = pairs.get(id(one))
        proposal.in_order.append((one, action))
        if action is None:
            wanting.ask_group(one)
            proposal.added.append(one)
        elif differences := comparing.differences(action, one):
            proposal.changed.append(Changed(action, one, differences))
        else:
            proposal.same.append(action)
        day = one.values["original_date"]
        if plan and day and day < plan.first_day:
            wanting.questions.ask(
                "before the plan",
                one.row.cells.get("day") or one.cell("due"),
                f"{one.ref}: {day_in_words(day)}",
            )
    found = {action.pk for action in pairs.values()}
    proposal.missing = [action for action in there if action.pk not in found]
    if any(doubt.asks == "refs" and doubt.must for doubt in understood.doubts):
        wanting.questions.found.pop("number again", None)  # what to do with the numbers is asked already
    choices = sorted(str(group) for group in record.groups)
    of_reading = [
        replace(doubt, must=False, message=f"{doubt.message} {ONLY_PRINTED}")
        if doubt.kind in OF_REPORTS
        else doubt
        for doubt in understood.doubts
    ]
    proposal.doubts = [*of_reading, *wanting.questions.doubts(choices)]
    proposal.doubts.sort(key=lambda doubt: not doubt.must)
    return proposal


def keep_who(wanted: list[Wanted], pairs: dict[int, Action]) -> None:
    """An action of the plan has its group and leads: where a row names nobody, they stay as they are."""
    for one in wanted:
        action = pairs.get(id(one))
        if action and not one.row.printed_who and not one.row.who:
            one.values["who"] = action.who


def actions_with_parts(plan: BusinessPlan) -> list[Action]:
    actions = plan.actions.for_pages()
    return list(actions.prefetch_related("further_actions", "milestones", "other_columns"))


class Comparing:
    def __init__(
        self, has: set[str], headers: dict[str, set[str]], dated: set[int], passed_over: set[str]
    ) -> None:
        """`dated` has the keys of actions whose dates come from those that they go on with.

        `passed_over` has the headings of what our own files work out, which changes no action.
        """
        self.has, self.dated, self.passed_over = has, dated, passed_over
        self.headings = set().union(*(headers[name] for name in KEPT_BESIDE))
        self.today = clock.today()
        self.successors: dict[int, Partner] = {}

    def differences(self, action: Action, wanted: Wanted) -> list[Difference]:
        return [
            one
            for one in (*self.of_columns(action, wanted), *self.of_parts(action, wanted))
            if one.old != one.new
        ]

    def of_columns(self, action: Action, wanted: Wanted) -> list[Difference]:
        found = [Difference("ref", "Number", action.ref, wanted.ref)] if wanted.is_renumbered else []
        cells = wanted.row.cells
        is_same_timescale = bool(action.timescale) and action.timescale == wanted.values["timescale"]
        is_same_timescale = is_same_timescale and "day" not in cells  # which another column gives
        only_words = {"review"} & cells.keys() if not wanted.values["review_date"] else set()
        for name, (label, column) in COLUMNS.items():
            if column not in self.has - only_words or (is_same_timescale and column == "due"):
                continue
            if action.pk in self.dated and name in ("original_date", "precision"):
                continue
            found.append(Difference(name, label, shown(getattr(action, name)), shown(wanted.values[name])))
        if "driver" in self.has:
            found.append(Difference("driver", "Strategic driver", action.driver.text, wanted.driver[1]))
        if "kind" in self.has and wanted.row.fields.get("kind"):
            old, new = action.driver.kind, wanted.driver[0]
            found.append(Difference("kind", "Kind of driver", old, new))
        if "theme" in self.has:
            found.append(
                Difference("theme", "Theme", action.theme.text if action.theme else "", wanted.theme)
            )
        if "group" in self.has and wanted.row.fields.get("group") and wanted.group:
            found.append(Difference("group", "Responsible group", str(action.group), str(wanted.group)))
        return found

    def of_parts(self, action: Action, wanted: Wanted) -> list[Difference]:
        found = []
        # Where the printed words are the same, whoever was chosen for them since is left alone.
        if "who" in self.has and action.who != wanted.values["who"]:
            leads = [lead.post.name for lead in action.current_leads]
            found.append(
                Difference("leads", "Lead posts", listed(leads), listed(post.name for post in wanted.posts))
            )
            owners = sorted(self.successor(one.partner).name for one in action.current_ownerships)
            partners = sorted({self.successor(partner).name for partner in wanted.partners})
            found.append(Difference("owners", "Owners", listed(owners), listed(partners)))
        if "further_actions" in self.has:
            texts = [one.text for one in action.further_actions.all() if one.fate != one.Fate.DROPPED]
            if wanted.further not in texts and (wanted.further or texts):
                found.append(Difference("further", "Further actions", "\n".join(texts), wanted.further))
        if "milestones" in self.has:
            old = [(one.due, one.text) for one in sorted(action.milestones.all(), key=lambda one: one.pk)]
            if new := [one for one in wanted.milestones if one not in old]:
                found.append(Difference("milestones", "Milestones", in_lines(old), in_lines(new)))
        found += self.of_others(action, wanted)
        return found

    def of_others(self, action: Action, wanted: Wanted) -> list[Difference]:
        there = {one.heading: one.text for one in action.other_columns.all()}
        headings = [
            *wanted.other,
            *(one for one in there if one in self.headings and one not in wanted.other),
        ]
        return [
            Difference("other", heading, there.get(heading, ""), wanted.other.get(heading, ""))
            for heading in headings
            if heading not in self.passed_over
        ]

    def successor(self, partner: Partner) -> Partner:
        if partner.pk not in self.successors:
            self.successors[partner.pk] = partner.successor_on(self.today)
        return self.successors[partner.pk]


def shown(value: Any) -> str:
    if isinstance(value, date):
        return day_in_words(value)
    return str(value or "")


def listed(names: Any) -> str:
    return "\n".join(names)


def in_lines(milestones: list[tuple[date | None, str]]) -> str:
    return "\n".join(f"{shown(day)}: {text}" if day else text for day, text in milestones)
