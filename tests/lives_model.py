"""The chain as the domain has it, in plain Python: who may do what when, and what follows from it.

Written from the words, not from the tables in actions/models/chain.py, and no part of the database. What
tests/lives.py does to the record, it does to this model as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

MANAGEMENT_GROUP, EXECUTIVE, MASH = "management-group", "executive", "mash"
BUSINESS_MANAGER, SCRUTINEER = "business.manager", "scrutineer"
CHAIRS = {
    "executive": EXECUTIVE,
    "management.chair": MANAGEMENT_GROUP,
    "mash.chair": MASH,
    "cem.chair": "cem",
    "qiip.chair": "qiip",
    "resolution.chair": "resolution",
}
NAMES = [*CHAIRS, BUSINESS_MANAGER, SCRUTINEER]
SUBGROUPS = [MASH, "cem", "qiip", "resolution"]
WITH_A_GROUP = {"management_group": MANAGEMENT_GROUP, "executive": EXECUTIVE}
KINDS = ["exception", "new_date", "completion", "reopening", "withdrawal"]
DECISIONS = ["return", "escalate", "grant", "refuse", "ratify", "correct"]
MOVES = [*DECISIONS, "answer", "take-back", "done", "check-impact"]
SAFEGUARDING = ["council", "police", "health"]

MeetingKey = tuple[str, date]


@dataclass
class Step:
    move: str
    to: str
    meeting: MeetingKey | None = None
    provisional: bool = False
    day: date = field(default=date.min, compare=False)


@dataclass(eq=False)
class Report:
    action: Work
    kind: str
    askers: set[str]  # who asked for it, or answered for it
    forecast: date | None
    impact: str
    group: str  # the one it is with, or that decided it or asked its question
    state: str
    steps: list[Step]

    def __repr__(self):
        return f"{self.kind} {self.state}"

    @property
    def undecided(self) -> bool:
        return self.state in (*WITH_A_GROUP, "returned")

    @property
    def provisional(self) -> Step | None:
        return self.steps[-1] if self.steps[-1].provisional else None


@dataclass(eq=False)
class Work:
    """An action. `stage` is its status but for what is proposed; `granted` and `dated` hold what was
    decided on stage and date and still stands, each with what it took the place of."""

    group: str
    lead: str
    priority: str
    stage: str
    original: date | None
    agreed: date | None = None
    reports: list[Report] = field(default_factory=list)
    granted: list[tuple[Report, str]] = field(default_factory=list)
    dated: list[tuple[Report, date | None]] = field(default_factory=list)

    def __repr__(self):
        return f"{self.group}, led by {self.lead or 'nobody'}, {self.priority}, {self.status}"

    @property
    def is_open(self) -> bool:
        return self.stage in ("not_started", "in_progress")

    @property
    def status(self) -> str:
        """An open action is proposed complete exactly while a completion is undecided."""
        return "proposed_complete" if self.is_open and self.is_undecided("completion") else self.stage

    def is_undecided(self, kind: str, but: Report | None = None) -> bool:
        return any(r.undecided and r.kind == kind for r in self.reports if r is not but)


class Model:
    """Who may do what when, and what follows from it."""

    def __init__(self, today: date, actions: list[Work], meetings: list[MeetingKey]):
        self.today = today
        self.actions = actions
        self.meetings: dict[MeetingKey, list[str] | None] = dict.fromkeys(meetings)
        self.called_off: set[MeetingKey] = set()
        self.mash_since: date | None = None
        self.chairs = {group: {name} for name, group in CHAIRS.items()}

    @property
    def reports(self) -> list[Report]:
        return [report for action in self.actions for report in action.reports]

    # Who

    def acting(self, action: Work) -> str:
        """The group whose chair acts for the responsible subgroup: the one above while it is not in place."""
        in_place = action.group != MASH or (self.mash_since and self.mash_since <= self.today)
        return action.group if in_place else MANAGEMENT_GROUP

    def asks(self, who: str, action: Work) -> bool:
        return who in self.chairs[self.acting(action)] and who != SCRUTINEER

    def answers_for(self, who: str, report: Report) -> bool:
        leads = CHAIRS.get(who) == report.action.lead
        return who in report.askers or leads or who in self.chairs[self.acting(report.action)]

    def decides(self, who: str, report: Report) -> bool:
        seated = who in self.chairs[report.group] or who == BUSINESS_MANAGER
        return seated and who != SCRUTINEER and not self.answers_for(who, report)

    def checks_impact(self, who: str, report: Report) -> bool:
        seated = who in self.chairs[MANAGEMENT_GROUP] | self.chairs[EXECUTIVE]
        return seated and who != SCRUTINEER and not self.answers_for(who, report)

    def is_managements_own(self, action: Work) -> bool:
        return MANAGEMENT_GROUP in (self.acting(action), action.lead)

    # Asking

    def fits(self, action: Work, kind: str) -> bool:
        """What is closed can be reopened, and everything else is asked of what is open."""
        return action.is_open != (kind == "reopening")

    def may_ask(self, who: str, action: Work, kind: str, forecast: date | None) -> bool:
        due = action.agreed or action.original
        dated = kind != "new_date" or (due is not None and due != forecast)
        free = not action.is_undecided(kind)
        return self.asks(who, action) and self.fits(action, kind) and free and dated

    def ask(self, who: str, action: Work, kind: str, forecast: date | None, impact: str) -> None:
        own = self.is_managements_own(action) or who in self.chairs[MANAGEMENT_GROUP]
        group, state = (EXECUTIVE, "executive") if own else (MANAGEMENT_GROUP, "management_group")
        steps = [Step("raise", state, day=self.today)]
        action.reports.append(Report(action, kind, {who}, forecast, impact, group, state, steps))
        if kind == "completion":
            action.stage = "in_progress"

    # Moving

    def may_make(self, who: str, report: Report, move: str, meeting: MeetingKey | None) -> bool:
        state, kind = report.state, report.kind
        if report.provisional and move in ("answer", "done", "check-impact"):
            return False  # it would pass over what waits to be ratified
        if meeting and move not in DECISIONS:
            return False
        if move == "answer":
            return state == "returned" and self.asks(who, report.action)
        if move == "take-back":
            return report.undecided and self.asks(who, report.action)
        if move == "done":
            reports = self.asks(who, report.action) or who == BUSINESS_MANAGER
            return (state, kind) == ("granted", "exception") and reports
        if move == "check-impact":
            unsaid = (state, kind) == ("granted", "completion") and not report.impact
            return unsaid and self.checks_impact(who, report)
        return (
            self.decides(who, report)
            and self.is_open(report, move)
            and meeting is not None
            and self.sits(meeting, report)
            and self.can_follow(report, move, self.is_quorate(meeting))
        )

    def is_open(self, report: Report, move: str) -> bool:
        """Whether its group can decide so as it stands."""
        if move == "ratify":
            own = report.state == "management_group" and self.is_managements_own(report.action)
            return report.provisional is not None and not own
        if move == "correct":
            return report.state in ("returned", "granted", "refused", "done")
        if report.state not in WITH_A_GROUP:
            return False
        if report.state == "executive":
            return move != "escalate"
        if self.is_managements_own(report.action):
            return move == "escalate"
        high_completion = report.kind == "completion" and report.action.priority == "high"
        return not (move == "grant" and high_completion)

    def sits(self, meeting: MeetingKey, report: Report) -> bool:
        """The meeting is the last its group has held, somebody was present, and it could have known of this:
        what came to the group, or was done, after it, is for another."""
        group, day = meeting
        since = [step.day for step in report.steps if not step.provisional and step.meeting != meeting][-1]
        held = [
            key[1]
            for key in self.meetings.keys() - self.called_off
            if key[0] == group and (self.meetings[key] or key[1] == self.today)
        ]
        attended = bool(self.meetings[meeting])
        return group == report.group and since <= day and attended and day in held and day == max(held)

    def is_quorate(self, meeting: MeetingKey) -> bool:
        return set(self.meetings[meeting] or ()) == set(SAFEGUARDING)

    def can_follow(self, report: Report, move: str, quorate: bool) -> bool:
        """Whether what is decided can be done; of what is provisional that is asked when it is ratified."""
        if not quorate:
            return move != "ratify"
        meant = report.provisional if move == "ratify" else None
        if move == "correct" or (meant and meant.move == "correct"):
            return self.can_be_undone(report)
        if move == "grant" or (meant and meant.move == "grant"):
            return report.kind == "exception" or self.fits(report.action, report.kind)
        return True

    def can_be_undone(self, report: Report) -> bool:
        """No other of its kind is undecided, and nothing later stands on what it changed."""
        action = report.action
        if action.is_undecided(report.kind, but=report):
            return False
        if report.state in ("granted", "done") and report.kind == "new_date":
            return action.dated[-1][0] is report
        if report.state in ("granted", "done") and report.kind != "exception":
            return action.granted[-1][0] is report and action.status == action.stage
        return True

    def make(self, who: str, report: Report, move: str, meeting: MeetingKey | None) -> None:
        provisional = meeting is not None and not self.is_quorate(meeting)
        before = next(state for state, group in WITH_A_GROUP.items() if group == report.group)
        meant = report.provisional.move if move == "ratify" and report.provisional else move
        to = {
            "return": "returned",
            "escalate": "executive",
            "grant": "granted",
            "refuse": "refused",
            "correct": before,
            "answer": before,
            "take-back": "taken_back",
            "done": "done",
            "check-impact": "done",
        }[meant]
        report.steps.append(Step(move, to, meeting, provisional, self.today))
        if provisional:
            return
        if meant == "correct" and report.state in ("granted", "done"):
            self.undo(report)
        report.state = to
        if meant == "answer":
            report.askers.add(who)
        if meant == "escalate":
            report.group = EXECUTIVE
        if meant == "grant":
            self.grant(report)

    def grant(self, report: Report) -> None:
        action = report.action
        after = {"completion": "complete", "reopening": "in_progress", "withdrawal": "withdrawn"}
        if report.kind == "new_date":
            action.dated.append((report, action.agreed))
            action.agreed = report.forecast
        elif report.kind in after:
            action.granted.append((report, action.stage))
            action.stage = after[report.kind]

    def undo(self, report: Report) -> None:
        action = report.action
        if report.kind == "new_date":
            _, action.agreed = action.dated.pop()
        elif report.kind != "exception":
            _, action.stage = action.granted.pop()
