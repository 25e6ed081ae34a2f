"""The whole record walked: every line of the ledger is written anew from the rows, and has to be what stands.

That one comparison holds the entries' own columns, the history rows, and through the commitments every
free text; the hashes hold the chain. The rows of today are walked in scrutiny/proof/today.py.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from multiprocessing import get_context
from operator import attrgetter, itemgetter
from typing import Any

import django
import orjson
from django.apps import apps
from django.db import DatabaseError, connection
from django.db.models import Count, Max

from gscp.record import (
    REASON,
    TOMBSTONE,
    Change,
    ChangeText,
    FreeText,
    Redaction,
    Tracked,
    history_of,
    ledger,
    tracked_models,
)
from scrutiny.proof import today
from scrutiny.proof.damage import MISSHAPEN
from scrutiny.proof.rows import Rising, last_number, rising, snapshot

ALONE = 100_000  # entries that one process walks by itself sooner than others have started

SALT = re.compile("[0-9a-f]{32}")
MOMENT = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
# What an entry says that its history row says as well, where it has such a column.
TWICE = {
    "object_id": "id", "actor_id": "history_user_id", "at": "history_date",
    "plan": "plan_id", "action": "action_id", "subgroup": "subgroup_id",
}  # fmt: skip
ITSELF = {"actions.businessplan": "plan", "actions.action": "action", "subgroups.subgroup": "subgroup"}
COLUMNS = (
    "number", "at", "act", "model", "object_id", "object_name", "created", "plan", "action", "subgroup",
    "actor_id", "actor_name", "actor_post", "differences", "line", "hash",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong, and with which entry of the ledger."""

    number: int | str  # SQLite lets anything stand where a number should
    what: str

    def __str__(self) -> str:
        return f"Entry {self.number}: {self.what}"

    def legible(self) -> Finding:
        """What a damaged record has may be what no screen, file or column takes."""
        number = self.number if isinstance(self.number, int) else legible(str(self.number))
        return Finding(number, legible(self.what))


@dataclass
class Walked:
    """How far the record was walked, and what was found; it is sound where nothing was."""

    number: int = 0
    hash: str = ledger.GENESIS
    findings: list[Finding] = field(default_factory=list)
    redactions: list[tuple[int, str]] = field(default_factory=list)

    @property
    def head(self) -> str:
        return ledger.head(self.number, self.hash)


Progress = Callable[[int], None]
Committed = tuple[Any, str]  # what a line says of a text, and the text
NOTHING: Committed = ("", "")


@lru_cache(50_000)  # most were there before; some 40 MB
def in_line(differences: str) -> orjson.Fragment:
    """Differences, as a line has them.

    Raises:
        ValueError: they are not JSON as the record writes it, which filters go by on SQLite.
        TypeError: a line cannot have them.
    """
    value = orjson.loads(differences)
    if connection.vendor == "sqlite" and json.dumps(value) != differences:
        raise ValueError("its differences are not written as the record writes them")
    return orjson.Fragment(ledger.canonical(value))


def verify(progress: Progress = lambda number: None) -> Walked:
    """Walk everything."""
    try:
        with snapshot():
            last = last_number()
            walked = Walked(last, hash_of(last))
    except DatabaseError as error:
        return Walked(findings=[Finding(1, f"the ledger cannot be read: {unread(error)}.")])
    for part in walks(last, progress):
        walked.findings += part.findings
        walked.redactions += part.redactions
    legibly = (finding.legible() for finding in walked.findings)
    walked.findings = sorted(legibly, key=lambda one: (type(one.number).__name__, one.number, one.what))
    return walked


def walks(last: int, progress: Progress) -> Iterator[Walked]:
    """The ledger up to this number, in a long one a part for each processor; and the rows of today."""
    parts = (os.cpu_count() or 1) if last > ALONE else 1
    first, *others = pairwise(last * part // parts for part in range(parts + 1))
    with ProcessPoolExecutor(parts, get_context("spawn"), initializer=django.setup) as elsewhere:
        later = [elsewhere.submit(walk, *part) for part in others]
        yield walk(*first, progress)
        yield walk_today(last)  # about as long as the others take to start
        for part in later:
            yield part.result()


def walk(after: int, until: int, progress: Progress = lambda number: None) -> Walked:
    """The entries after one number up to another."""
    try:
        with snapshot():
            return Way(after, until).walked(progress)
    except DatabaseError as error:  # as for a text in no encoding
        return Walked(
            until,
            findings=[Finding(after + 1, f"it or another up to {until} cannot be read: {unread(error)}.")],
        )


def walk_today(last: int) -> Walked:
    """The rows of today, when this was the last number."""
    try:
        with snapshot():
            return Walked(findings=[Finding(*found) for found in today.strange()])
    except DatabaseError as error:  # as for a table that is gone
        return Walked(findings=[Finding(last, f"the rows of today cannot be read: {unread(error)}.")])


class Way:
    """One way through the ledger, with its texts and every model's history rows beside it, all by number."""

    def __init__(self, after: int, until: int):
        self.after, self.until = after, until
        self.found = Walked(after, hash_of(after))
        self.at = next((at for _, at in rising(Change, ("number", "at"), after - 1, after)), "")
        self.texts = Rising(ChangeText, ("change_id", "field", "salt", "value", "replaces"), after, until)
        self.copies = {model._meta.label_lower: Copies.of(model, after, until) for model in tracked_models()}
        self.redacted = Redaction.objects.done_pairs()
        # What later entries say of a text by the commitment alone, of records that have later entries.
        again = (
            Change.objects.values("model", "object_id").order_by().annotate(n=Count("number")).filter(n__gt=1)
        )
        self.kept: dict[tuple[str, int], dict[str, Committed]] = {
            (model, pk): {} for model, pk in again.values_list("model", "object_id")
        }

    def say(self, number: int, what: str) -> None:
        self.found.findings.append(Finding(number, what))

    def walked(self, progress: Progress) -> Walked:
        if self.after:
            self.recall()
        for values in rising(Change, COLUMNS, self.after, self.until):
            entry = dict(zip(COLUMNS, values, strict=True))
            number, line = entry["number"], entry["line"]
            if number != self.found.number + 1:
                self.say(self.found.number + 1, f"it is missing, with all before entry {number}.")
            if ledger.chained(self.found.hash, line) != entry["hash"]:
                self.say(number, "its hash is not that of its line and the hash before it.")
            self.found.number, self.found.hash = number, entry["hash"]
            try:
                self.follow(number, entry["at"])
                self.compare(entry)
            except MISSHAPEN as error:
                self.say(number, f"it cannot be compared: {error}.")
            if number % 10_000 == 0:
                progress(number)
        if self.found.number < self.until:
            self.say(self.found.number + 1, f"it is missing, with all up to entry {self.until}.")
        for rows in (self.texts, *(copies.rows for copies in self.copies.values())):
            self.skipped(rows, self.until + 1)
        return self.found

    def follow(self, number: int, at: str) -> None:
        if at == self.at:
            return
        if at < self.at:
            self.say(number, "its moment is before that of the entry before it.")
        if not MOMENT.fullmatch(at):
            self.say(number, "its moment is none.")
        self.at = at

    def skipped(self, rows: Rising, until: int) -> None:
        """Rows whose number no entry has claimed."""
        for number in rows.before(until) if rows.next < until else ():
            self.say(number, "a row carries its number and is not what it is about.")

    def compare(self, entry: dict[str, Any]) -> None:
        """Write the line anew; where it is another, say what differs."""
        row = self.row(entry)
        if row is not None:
            anew = ledger.line_of(entry, row)
            if anew != entry["line"]:
                self.explain(entry, anew)

    def row(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        """The row that the line has to tell, from the history row and the texts beside the entry."""
        number, entry["differences"] = entry["number"], in_line(entry["differences"])
        self.skipped(self.texts, number)
        beside = self.texts.at(number)
        texts = {text[1]: text for text in beside}
        if len(texts) < len(beside):
            self.say(number, "two texts of one field stand beside it.")
        copies = self.copies.get(entry["model"])
        if copies:
            self.skipped(copies.rows, number)
        found = copies.rows.at(number) if copies else []
        if not copies or len(found) != 1:
            what = "more than one history row carries it." if found else "it has no history row."
            self.say(number, what)
            return None
        columns = dict(zip(copies.columns, found[0], strict=True))
        kept = self.kept.get((entry["model"], entry["object_id"]), {})
        for name in copies.texts:
            value, before = columns[name], kept.get(name, NOTHING)
            if name not in texts and value == before[1]:
                columns[name] = before[0]
            else:
                columns[name] = self.committed(entry, name, value, before, texts)
                if name != REASON:  # every entry has its own
                    kept[name] = columns[name], value
        for name in texts:
            self.say(number, f"nothing commits to the text of “{name}” beside it.")
        if copies.of_entry(entry) != copies.of_row(columns):
            self.say(number, "its history row is of another record, person or moment.")
        if entry["created"] != (columns["history_type"] == "+"):
            self.say(number, "“created” is not what its history row says.")
        return columns

    def committed(self, entry, name: str, value: str, before: Committed, texts: dict) -> Any:
        """The commitment that the line should have for a text, from the text itself and its salt."""
        number, commitment = entry["number"], before[0]
        if name not in texts:
            self.say(number, f"“{name}” is another text, and its entry does not say so.")
            return commitment
        _, _, salt, text, replaces = texts.pop(name)
        if text != value:
            self.say(number, f"“{name}” is not the text beside the entry.")
        if replaces != (commitment["entry"] if commitment else None):
            self.say(number, f"“{name}” does not replace the text it says it replaces.")
        if (number, name) in self.redacted:
            if salt or text != TOMBSTONE:
                self.say(number, f"“{name}” was taken out, and stands here again.")
            return self.redaction(entry, name)
        if not (SALT.fullmatch(salt) if text else salt == ""):
            self.say(number, f"the salt of “{name}” is not written as the record writes it.")
        if not (text or commitment):
            self.say(number, f"nothing was there before “{name}”, and nothing is.")
        return ledger.commitment(number, salt, text) if text else ""

    def redaction(self, entry, name: str) -> Any:
        """What the line commits to stands, and nobody can hold a text against it any more."""
        self.found.redactions.append((entry["number"], name))
        said = json.loads(entry["line"])["row"][name]
        if not isinstance(said, dict):
            self.say(entry["number"], f"“{name}” was taken out, and its line commits to no text.")
        return said

    def explain(self, entry: dict[str, Any], anew: str) -> None:
        number, line = entry["number"], entry["line"]
        try:
            said = flat(json.loads(line))
        except ValueError:
            self.say(number, "its line is not JSON.")
            return
        written = json.loads(anew)
        stands = flat(written)
        if line == ledger.canonical(without_later_columns(entry["model"], said, written)):
            return
        differing = [key for key in sorted({*said, *stands}) if said.get(key, "") != stands.get(key, "")]
        what = ", ".join(f"“{key}”" for key in differing) or "the way it is written"
        self.say(number, f"its line does not say what stands in the tables: {what}.")

    def recall(self) -> None:
        """What stands before this part: the last commitments and texts of the records that come again."""
        before = Change.objects.filter(number__lte=self.after).order_by()
        last = before.values("model", "object_id").annotate(last=Max("number"))
        again = {model for model, _ in self.kept}
        for tracked in tracked_models():
            label = tracked._meta.label_lower
            names = [f.name for f in tracked._meta.concrete_fields if isinstance(f, FreeText)]
            if label not in again or not names:
                continue
            numbers = last.filter(model=label).values("last")
            lines = dict(Change.objects.filter(number__in=numbers).values_list("number", "line"))
            rows = (
                history_of(tracked).objects.filter(change__in=numbers).values_list("change_id", "id", *names)
            )
            for number, pk, *texts in rows.iterator():
                # A line that cannot be read is found where it stands.
                with suppress(*MISSHAPEN):
                    row, kept = json.loads(lines[number])["row"], self.kept[label, pk]
                    kept |= {n: (row.get(n, ""), t) for n, t in zip(names, texts, strict=True)}


@dataclass
class Copies:
    """A model's history rows, with the names of their columns and of those that hold free text.

    `of_entry` and `of_row` are what both an entry and its history row say, of each.
    """

    rows: Rising
    columns: Sequence[str]
    texts: Sequence[str]
    of_entry: Callable[[dict], tuple]
    of_row: Callable[[dict], tuple]

    @classmethod
    def of(cls, model: type[Tracked], after: int, until: int) -> Copies:
        history = history_of(model)
        # In the order of lines: sorting what is sorted costs little.
        fields = sorted(history._meta.concrete_fields, key=attrgetter("attname"))
        columns = ["change_id", *(f.attname for f in fields if f.attname != "change_id")]
        texts = [f.attname for f in fields if f.name == REASON or isinstance(f, FreeText)]
        twice = [(own, theirs) for own, theirs in TWICE.items() if theirs in columns]
        if own := ITSELF.get(model._meta.label_lower):
            twice.append((own, "id"))
        of_entry, of_row = (itemgetter(*names) for names in zip(*twice, strict=True))
        return cls(Rising(history, columns, after, until), columns, texts, of_entry, of_row)


def unread(error: DatabaseError) -> str:
    """Why, without what was read, which SQLite quotes: findings are kept, and it may have to be taken out."""
    return str(error).partition(" with text")[0]


def legible(what: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in what)


def hash_of(number: int) -> str:
    return Change.objects.filter(number=number).values_list("hash", flat=True).first() or ledger.GENESIS


def without_later_columns(model: str, said: dict[str, Any], anew: dict[str, Any]) -> dict[str, Any]:
    """A column younger than an entry stands in no line of it, and holds there what a new column holds."""
    tracked: Any = apps.get_model(model)
    for column in history_of(tracked)._meta.concrete_fields:
        name = column.attname
        if f"row.{name}" not in said and anew["row"][name] == column.get_default():
            del anew["row"][name]
    return anew


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """{"row.title": …} for what is nested."""
    if not isinstance(value, dict):
        return {path: value}
    return {
        k: v for key, inner in value.items() for k, v in flat(inner, f"{path}.{key}" if path else key).items()
    }


def fallen(heads: Iterable[str]) -> list[Finding]:
    """The heads that somebody else wrote down and that do not stand any more.

    Raises:
        ValueError: a head that is none.
    """
    witnesses = [ledger.read_head(head) for head in heads]
    numbers = [number for number, _ in witnesses]
    hashes: dict[int, str] = {}
    with suppress(DatabaseError), snapshot():  # verify() says that the ledger cannot be read
        hashes |= Change.objects.filter(number__in=numbers).values_list("number", "hash")
    return [
        Finding(number, f"the head {head} was written down elsewhere, and it does not stand here.")
        for number, head in witnesses
        if number not in hashes or ledger.head(number, hashes[number]) != head
    ]
