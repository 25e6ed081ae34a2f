"""A partnership as its file describes it, in plain Python: groups in their line, posts, partners, quorums."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
BUSINESS_MANAGER, SCRUTINEER = "business.manager", "scrutineer"
# The published one, and those invented: where their files are, of the partnership and of its sign-ins.
SHAPES = {
    "gloucestershire": (FIXTURES / "partnership.json", FIXTURES / "demo.json"),
    **{
        name: (FIXTURES / name / "partnership.json", FIXTURES / name / "demo.json")
        for name in ("exampleshire", "northmarch", "threeshires")
    },
}

Part = tuple[int, list[str]]  # at least so many of these partners


@dataclass(frozen=True)
class Seat:
    """A post: its name, its group and, if it is a chair's or vice-chair's there, the same as `chairs`."""

    name: str
    group: str
    chairs: str


@dataclass
class Line:
    """A group: the one it reports to, since when it is in place, until when; its quorum from each day on."""

    above: str
    takes_decisions: bool
    accepts_high: bool
    chair_may_proceed: bool
    since: date | None
    rules: list[tuple[date, list[Part]]]
    until: date | None = None


@dataclass
class Shape:
    name: str
    known_since: date
    groups: dict[str, Line] = field(default_factory=dict)
    posts: dict[str, Seat] = field(default_factory=dict)  # by the sign-in of who holds it from the beginning
    partners: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, name: str) -> Shape:
        partnership, demo = (json.loads(path.read_text()) for path in SHAPES[name])
        shape = cls(name, known_since := date.fromisoformat(partnership["known_since"]))
        shape.partners = [row["name"] for row in partnership["partners"]]
        for row in partnership["groups"]:
            parts = [(part["at_least"], part["of"]) for part in row.get("quorum", [])]
            shape.groups[row["slug"]] = Line(
                above=row.get("reports_to", ""),
                takes_decisions=row.get("takes_decisions", False),
                accepts_high=row.get("accepts_high", False),
                chair_may_proceed=row.get("chair_may_proceed", False),
                since=known_since if row["in_place"] else None,
                rules=[(known_since, parts)],
            )
        rows = {row["name"]: row for row in partnership["posts"]}
        for sign_in, post in demo["sign_ins"].items():
            group, role = rows[post].get("group", ""), rows[post]["role"]
            shape.posts[sign_in] = Seat(post, group, group if role in ("chair", "vice_chair") else "")
        return shape

    @property
    def top(self) -> str:
        [top] = [slug for slug, line in self.groups.items() if not line.above]
        return top

    @property
    def deciding(self) -> list[str]:
        return [slug for slug, line in self.groups.items() if line.takes_decisions]

    @property
    def seated(self) -> list[str]:
        """Who holds a post that leads actions: all but the two that hold theirs alone."""
        return [name for name in self.posts if name not in (BUSINESS_MANAGER, SCRUTINEER)]

    def chairs(self, slug: str) -> list[str]:
        return [name for name, seat in self.posts.items() if seat.chairs == slug]

    def line(self, slug: str) -> list[str]:
        """This group and those above it, the nearest first."""
        above = self.groups[slug].above
        return [slug, *self.line(above)] if above else [slug]

    def in_place(self, slug: str, day: date) -> bool:
        group = self.groups[slug]
        return group.since is not None and group.since <= day and not (group.until and group.until <= day)

    def decides(self, slug: str, day: date) -> bool:
        return self.groups[slug].takes_decisions and self.in_place(slug, day)

    def accepts_high(self, slug: str) -> bool:
        return self.groups[slug].accepts_high

    def rule(self, slug: str, day: date) -> list[Part]:
        """The parts of its quorum on this day: those recorded last of the rules begun by then."""
        begun = [parts for since, parts in self.groups[slug].rules if since <= day]
        return begun[-1] if begun else []
