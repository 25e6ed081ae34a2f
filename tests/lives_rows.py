"""What the plain model of tests/lives_model.py is about: steps, reports, actions and meetings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

MeetingKey = tuple[str, date]  # of which group, and when


@dataclass
class Step:
    """`to` and `group`: the state it leads to, and the group the report is then with."""

    move: str
    to: str
    group: str
    meeting: MeetingKey | None = None
    provisional: bool = False
    needs_agreement: bool = False
    day: date = field(default=date.min, compare=False)
    by: str = field(default="", compare=False)
    meant: str = field(default="", compare=False)  # the move that takes effect with it, if it is another
    because: Step | None = field(default=None, compare=False)  # with which it lapsed
    on_behalf: bool = False  # entered for a chair, who says whether it is so
    answering: str = field(default="", compare=False)  # the group responsible for the action then
    gives_effect_to: Step | None = field(default=None, compare=False)
    taken_back: bool = field(default=False, compare=False)  # by a correction, and so nobody's to confirm
    said: str = field(default="", compare=False)  # so, or not so
    said_by: str = field(default="", compare=False)
    finding: str | date = ""  # of an impact check
    was_on: date | None = None  # the day of the check before it was moved


@dataclass(eq=False)
class Report:
    action: Work
    kind: str
    askers: set[str]  # who asked for it, answered for it or took it back
    forecast: date | None
    impact: str
    group: str  # the one it is with, or that decided it or asked its question
    state: str
    steps: list[Step]
    check_on: date | None = None  # when its impact is to be checked
    checked: Report | None = None  # the completion whose check asked for it

    def __repr__(self):
        return f"{self.kind} {self.state}, {self.group}"

    @property
    def undecided(self) -> bool:
        return self.state in ("waiting", "returned")

    @property
    def provisional(self) -> Step | None:
        """What was decided last and is not in force; what lapsed and stands again before the same group does
        so as it was."""
        steps = list(self.steps)
        while steps[-1].move == "put-back" and steps[-1].group == steps[-2].group:
            steps = steps[:-2]
        return steps[-1] if steps[-1].provisional else None

    @property
    def meant(self) -> str:
        """The move that takes effect when what is provisional comes into force."""
        return self.provisional.meant if self.provisional else ""

    @property
    def lacks_quorum(self) -> bool:
        return self.provisional is not None and not self.provisional.needs_agreement

    @property
    def lacks_agreement(self) -> bool:
        return self.provisional is not None and self.provisional.needs_agreement


@dataclass(eq=False)
class Update:
    """One version of a report on an action: the first, or a correction of it. Without a rating, nil."""

    rating: str
    by: str
    on_behalf: bool
    answering: str  # the group responsible for the action then
    said: str = ""  # so, or not so
    said_by: str = ""
    at: datetime = datetime.min.replace(tzinfo=UTC)  # when the first version was made

    def __repr__(self):
        return f"{self.rating or 'nil'} by {self.by} {self.said}"


@dataclass(eq=False)
class Work:
    """An action. `stage` is its status but for what is proposed; `granted` and `dated` hold what was
    decided on stage and date and still stands, each with what it took the place of."""

    group: str
    lead: str  # the sign-in of who holds the post that leads it
    priority: str
    stage: str
    original: date | None
    agreed: date | None = None
    reports: list[Report] = field(default_factory=list)
    granted: list[tuple[Report, str]] = field(default_factory=list)
    dated: list[tuple[Report, date | None]] = field(default_factory=list)
    updates: list[list[Update]] = field(default_factory=list)  # of each report its versions
    begun: str = ""  # the stage before anything was reported on it
    opened: list[tuple[datetime, bool]] = field(default_factory=list)  # kept by look()

    def __repr__(self):
        return f"{self.group}, led by {self.lead or 'nobody'}, {self.priority}, {self.status}"

    @property
    def is_open(self) -> bool:
        return self.stage in ("not_started", "in_progress")

    @property
    def status(self) -> str:
        """An open action is proposed complete exactly while a completion is undecided."""
        return "proposed_complete" if self.is_open and self.is_undecided("completion") else self.stage

    def look(self, now: datetime) -> None:
        """Keep since when it is open, or is not."""
        if not self.opened or self.opened[-1][1] != self.is_open:
            self.opened.append((now, self.is_open))

    def is_undecided(self, kind: str, but: Report | None = None) -> bool:
        return any(r.undecided and r.kind == kind for r in self.reports if r is not but)

    def counting(self) -> list[tuple[list[Update], Update]]:
        """Of each report with a version in force the last of these, in the order of the reports."""
        in_force = [(one, [version for version in one if version.said != "not so"]) for one in self.updates]
        return [(one, versions[-1]) for one, versions in in_force if versions]

    @property
    def rating(self) -> str:
        ratings = [version.rating for _, version in self.counting() if version.rating]
        return ratings[-1] if ratings else ""


@dataclass
class Held:
    """A meeting: which partners were present (None: not on record), and why it went on without a quorum."""

    present: list[str] | None = None
    why_it_went_on: str = ""
