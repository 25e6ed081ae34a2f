"""What a row of an imported table says of its action, in the terms of the record."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from actions.models import Action, FurtherAction, Milestone, OtherColumn, StrategicDriver, Theme
from actions.tables.assemble import DATES
from actions.tables.people import Names
from actions.tables.published import read_kind, read_milestones
from actions.tables.understood import Doubt, Known, PlanRow, Understood
from actions.tables.wording import KEPT_AS_PRINTED, list_of, shortened
from gscp.files import Unreadable
from subgroups.models import Group, Partner, Post

NO_DRIVER = "No strategic driver is given."
# Columns of a table that no action of a new plan has: they are kept as they are printed.
AS_PRINTED = ("status", "rating", "progress")
# What stands under `extra` in a row, and in a field of its own here.
IN_FIELDS = ("who", "due", "review", "precision", "known_by", "milestones")


class OnRecord:
    """The posts, groups and partners that a table may name."""

    def __init__(self) -> None:
        self.posts = list(Post.objects.select_related("group", "partner__succeeded_by"))
        self.groups = list(Group.objects.filter(ended_on=None))
        self.partners = Partner.objects.with_successors()
        self.post_called = {post.name: post for post in self.posts}
        self.partner_called = {partner.name: partner for partner in self.partners}
        self.group_called = {name.casefold(): group for group in self.groups for name in group.spellings}

    @property
    def known(self) -> list[Known]:
        kinds: list[tuple[Any, Iterable[Any]]] = [
            ("post", self.posts), ("body", self.groups), ("partner", self.partners),
        ]  # fmt: skip
        return [
            Known(kind, row.spellings[0], tuple(row.spellings[1:]))
            for kind, rows in kinds
            for row in rows
            if row.spellings
        ]


@dataclass
class Wanted:
    """An action as the table has it."""

    row: PlanRow
    ref: str
    values: dict[str, Any]  # of its own columns
    driver: tuple[str, str]  # kind and text
    theme: str
    group: Group | None
    posts: list[Post] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    further: str = ""
    milestones: list[tuple[date | None, str]] = field(default_factory=list)
    other: dict[str, str] = field(default_factory=dict)
    is_renumbered: bool = False  # it is an action of the plan that has another number there

    def cell(self, name: str) -> str:
        return self.row.cells.get(name) or self.where

    @property
    def where(self) -> str:
        return self.row.cells.get("ref") or next(iter(self.row.cells.values()), f"row {self.row.row}")


class Questions:
    """Doubts of this stage, one of each kind with its cells."""

    # By kind: whether it must be answered, which part of the answers it asks for, the message.
    KINDS: dict[str, tuple[bool, str, str]] = {
        "no group": (True, "group", "No group that is on record answers for these actions: {words}."),
        "unknown group": (True, "groups", "No group on record is called so: {words}."),
        "no words": (True, "", "These rows do not say what is to be done: {words}."),
        "too long": (True, "", "These cells hold more than fits: {words}."),
        "cannot be kept": (True, "", "These cells cannot be kept as they are: {words}."),
        "same action": (
            True, "same",
            "These rows are new, but have much the same words as actions that are not in the file: {words}.",
        ),
        "other words": (
            False, "",
            "These rows have the number of an action of the plan, and very different words: {words}. "
            "If they are other actions, give them other numbers in the file.",
        ),
        "number again": (True, "", "These rows would be the same action of the plan: {words}."),
        "leads no action": (False, "", "These posts lead no action. Only their words are kept: {words}."),
        "before the plan": (False, "", "These days lie before the plan begins: {words}."),
        "likely groups": (False, "", "These groups are read from a part of their words: {words}."),
        "kept as printed": (False, "", "These columns are kept as printed, not as reports: {words}."),
    }  # fmt: skip

    def __init__(self, confirmed: Iterable[str]) -> None:
        self.confirmed = set(confirmed)
        self.found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.rows: dict[str, list[str]] = defaultdict(list)  # by kind: the keys of the rows to be answered
        self.choices: dict[str, list[str]] = {}  # by row: which action of the plan it may be

    def ask(self, kind: str, cell: str, words: str, row: str = "") -> None:
        self.found[kind][words].append(cell)
        if row:
            self.rows[kind].append(row)

    def doubts(self, choices: list[str]) -> Iterator[Doubt]:
        for kind, by_words in self.found.items():
            must, asks, message = self.KINDS[kind]
            if not must and kind in self.confirmed:
                continue
            cells = list(dict.fromkeys(cell for each in by_words.values() for cell in each if cell))
            texts = [with_cells(words, each) for words, each in by_words.items()]
            about = self.rows[kind]
            if asks == "groups":
                about = [words for words in by_words if words]
            offered = choices if asks in ("group", "groups") else []
            each = self.choices if asks == "same" else {}
            words = list_of(texts, 6)
            yield Doubt(cells, kind, message.format(words=words), must, asks, about, offered, each)


def with_cells(words: str, cells: list[str]) -> str:
    named = list_of([cell for cell in cells if cell], 3)
    return f"“{shortened(words)}”" + (f" ({named})" if named else "")


class Wanting:
    """Reads rows as actions of a plan."""

    def __init__(self, understood: Understood, record: OnRecord, answers: dict[str, Any]) -> None:
        self.record, self.answers = record, answers
        self.names = Names(record.known, {})
        self.questions = Questions(answers.get("confirmed") or [])
        self.headers: dict[str, set[str]] = defaultdict(set)  # by field: those of its columns
        for column in understood.columns:
            header = column.header.removeprefix(KEPT_AS_PRINTED)
            self.headers[column.field].add(header or f"Column {column.letters}")
        for name in AS_PRINTED:
            if self.headers[name]:
                cells = [row.cells[name] for row in understood.actions if name in row.cells]
                for header in sorted(self.headers[name]) if cells else ():
                    self.questions.ask("kept as printed", cells[0], header)
        self.rows = understood.actions

    def all(self) -> list[Wanted]:
        """Of a row without a number, `ref` is its place in the table."""
        return [self.wanted(row, row.ref or str(place)) for place, row in enumerate(self.rows, start=1)]

    def wanted(self, row: PlanRow, ref: str) -> Wanted:
        title, text = (row.title, row.action) if row.action else ("", row.title or row.outcome)
        posts, partners = self.leads(row), self.partners(row)
        group = self.group(row, posts)
        values = {
            "title": title,
            "text": text,
            "outcome": row.outcome,
            "known_by": row.fields.get("known_by", ""),
            "priority": row.priority.casefold(),
            "who": row.printed_who or "\n".join(person.text for person in row.who) or str(group or ""),
            "timescale": row.due.text,
            "precision": row.due.precision if row.due.date or row.due.precision == "ongoing" else "",
            "original_date": date.fromisoformat(row.due.date) if row.due.date else None,
            "review_date": date.fromisoformat(row.review) if row.review else None,
        }
        wanted = Wanted(
            row, ref, values, self.driver(row), row.theme, group, posts, partners,
            row.further_actions, milestones_of(row.fields.get("milestones", "")), self.other(row),
        )  # fmt: skip
        self.check(wanted)
        return wanted

    def leads(self, row: PlanRow) -> list[Post]:
        named = [self.record.post_called[one.post] for one in row.who if one.post in self.record.post_called]
        for post in named:
            if post.role in Post.HELD_ALONE:
                self.questions.ask("leads no action", row.cells.get("who", ""), str(post))
        return list(dict.fromkeys(post for post in named if post.role not in Post.HELD_ALONE))

    def partners(self, row: PlanRow) -> list[Partner]:
        called = self.record.partner_called
        return list(dict.fromkeys(called[one.partner] for one in row.who if one.partner in called))

    def group(self, row: PlanRow, posts: list[Post]) -> Group | None:
        """The group that is named, that of the first post that leads, or that which the title names."""
        called = self.record.group_called
        if printed := row.fields.get("group", "").strip():
            answer = str((self.answers.get("groups") or {}).get(printed, ""))
            found = called.get(answer.casefold()) or called.get(printed.casefold())
            if found is None and (found := self.likely_group(printed)):
                self.questions.ask("likely groups", row.cells.get("group", ""), f"{printed}, {found.name}")
            if found is None:
                self.questions.ask("unknown group", row.cells.get("group", ""), printed)
            return found
        if posts and posts[0].group:
            return posts[0].group
        bodies = [one.body for one in row.who if one.body]
        answered = (self.answers.get("group of") or {}).get(row.place) or self.answers.get("group") or ""
        for name in (*bodies, row.title, str(answered)):
            if group := called.get(name.casefold()):
                return group
        return None

    def ask_group(self, wanted: Wanted) -> None:
        row = wanted.row
        if wanted.group is None and not row.fields.get("group", "").strip():
            words = row.ref or shortened(row.title or row.action)
            self.questions.ask("no group", row.cells.get("ref", ""), words, row.place)

    def likely_group(self, printed: str) -> Group | None:
        """The one group that part of the words names."""
        named = {one.body for one in self.names.read(printed).people}
        return self.record.group_called.get(str(named.pop()).casefold()) if len(named) == 1 else None

    def driver(self, row: PlanRow) -> tuple[str, str]:
        if not row.driver:
            return StrategicDriver.Kind.OTHER.value, NO_DRIVER
        try:
            return read_kind(row.fields.get("kind", ""), row.driver), row.driver
        except Unreadable:  # a kind that is not known stands under the other columns
            return StrategicDriver.Kind.OTHER.value, row.driver

    def other(self, row: PlanRow) -> dict[str, str]:
        """What no field has, by its heading."""
        others = dict(row.extra)
        for name in IN_FIELDS:
            for header in self.headers[name] & others.keys():
                if others[header] in in_field(row, name):
                    del others[header]
        for name, same in (("group", self.record.group_called), ("kind", KINDS)):
            for header in self.headers[name] & others.keys():
                if others[header].casefold() in same:
                    del others[header]
        for name in AS_PRINTED:
            printed: str = getattr(row, name)
            headers = sorted(self.headers[name])
            if printed and headers and not any(header in others for header in headers):
                others[headers[0]] = printed
        return others

    def check(self, wanted: Wanted) -> None:
        """Ask about what the columns of the record cannot hold."""
        if not wanted.values["text"]:
            self.questions.ask("no words", wanted.where, wanted.ref)
        for name, value in wanted.values.items():
            if isinstance(value, str) and (most := LONGEST.get(name)) and len(value) > most:
                self.too_long(wanted.cell(CELLS.get(name, name)), value, most)
        for name, value, most in (
            ("theme", wanted.theme, LONGEST_THEME),
            ("driver", wanted.driver[1], LONGEST_DRIVER),
            ("further_actions", wanted.further, LONGEST_FURTHER),
            *(("milestones", text, LONGEST_MILESTONE) for _, text in wanted.milestones),
            *(("extra", heading, LONGEST_HEADING) for heading in wanted.other),
        ):
            if len(value) > most:
                self.too_long(wanted.cell(name), value, most)
        try:
            REF.clean(wanted.ref, None)
        except ValidationError as error:
            self.questions.ask("cannot be kept", wanted.cell("ref"), f"{wanted.ref}: {error.messages[0]}")

    def too_long(self, cell: str, text: str, most: int) -> None:
        self.questions.ask("too long", cell, f"{shortened(text, 30)} {len(text):,} of {most:,} characters")


def in_field(row: PlanRow, name: str) -> str | list[str]:
    """What stands in the field: a part of its words is in it as well, but “1 May” is no part of “21 May”."""
    if name in DATES:
        return [row.due.text, *row.fields.get(name, "").split("\n")]
    return row.printed_who if name == "who" else row.fields.get(name, "")


def longest(model: Any, name: str) -> int:
    return int(model._meta.get_field(name).max_length)


LONGEST = {
    name: longest(Action, name) for name in ("title", "text", "outcome", "known_by", "who", "timescale")
}
LONGEST_THEME, LONGEST_DRIVER = longest(Theme, "text"), longest(StrategicDriver, "text")
LONGEST_FURTHER, LONGEST_MILESTONE = longest(FurtherAction, "text"), longest(Milestone, "text")
LONGEST_HEADING = longest(OtherColumn, "heading")
CELLS = {"text": "action", "timescale": "due"}  # of a field the name that the table's reader has for it
REF: Any = Action._meta.get_field("ref")
KINDS = {word.casefold() for choice in StrategicDriver.Kind.choices for word in map(str, choice)}


def milestones_of(cell: str) -> list[tuple[date | None, str]]:
    try:
        return read_milestones(cell)
    except Unreadable:  # a day and no more, or no such day: its words are kept
        return [(None, line.strip()) for line in cell.splitlines() if line.strip()]
