"""The ledger read in order, each line written anew from the tables and compared with the line that is stored.

That one comparison covers the entries' own columns, the history rows and, through the commitments, every free
text; the hashes cover the chain. The rows of today are checked in scrutiny/proof/today.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from django.apps import apps
from django.db import connection, models
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
    is_in_differences,
    ledger,
    tracked_models,
)
from scrutiny.proof.differences import difference_findings
from scrutiny.proof.findings import Finding
from scrutiny.proof.posts import PostsHeld
from scrutiny.proof.rows import ROW_ERRORS, RowsByNumber, rows_by_number
from scrutiny.proof.signatures import Signatures

SALT = re.compile("[0-9a-f]{32}")
MOMENT = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
# Columns of an entry, and the columns of its history row, where it has them, that hold the same values.
SAME_IN_HISTORY = {
    "object_id": "id", "actor_id": "history_user_id", "at": "history_date",
    "plan": "plan_id", "action": "action_id", "group": "group_id",
}  # fmt: skip
ENTRY_COLUMNS = (
    "number", "at", "clock", "act", "model", "object_id", "object_name", "created", "plan", "action", "group",
    "about_model", "about_id", "actor_id", "actor_name", "actor_post", "differences", "line", "hash",
)  # fmt: skip

Progress = Callable[[int], None]  # is told the number of the entry that was reached
CommittedText = tuple[Any, str]  # the value in the line (a commitment, or "" for an empty text), and the text
NO_TEXT: CommittedText = ("", "")


@lru_cache(50_000)  # most of them recur; takes some 40 MB
def differences_in_line(differences: str) -> tuple[Any, orjson.Fragment]:
    """The stored differences, and as they are written in a line.

    Raises:
        ValueError: they are not JSON as the record writes it; filters on SQLite search in that text.
        TypeError: a line cannot hold them.
    """
    value = orjson.loads(differences)
    if connection.vendor == "sqlite" and json.dumps(value) != differences:
        raise ValueError("its differences are not written as the record writes them")
    return value, orjson.Fragment(ledger.canonical(value))


class Walker:
    """Checks the entries after one number, up to another, with their texts and history rows read alongside.

    It reads in several queries at once: make and use one inside snapshot().
    """

    def __init__(self, after: int, until: int):
        self.after, self.until = after, until
        self.number, self.hash = after, hash_of(after)  # of the last entry that was read
        before = rows_by_number(Change, ("number", "at", "act", "line"), after - 1, after)
        _, self.at, act, line = next(before, (0, "", None, ""))
        self.new_findings: list[Finding] = []
        self.redactions: list[tuple[int, str]] = []
        self.texts = RowsByNumber(
            ChangeText, ("change_id", "field", "salt", "value", "replaces"), after, until
        )
        self.history = {
            model._meta.label_lower: HistoryRows.of(model, after, until) for model in tracked_models()
        }
        self.signatures = Signatures(after, until, act, line)
        self.posts = PostsHeld(until, act)
        self.redacted = Redaction.objects.done_pairs()
        # For records with several entries, the latest commitment and text of each field: a later line repeats
        # the commitment of a text that did not change.
        several = Change.objects.values("model", "object_id").order_by().annotate(entries=Count("number"))
        self.last_texts: dict[tuple[str, int], dict[str, CommittedText]] = {
            (model, pk): {} for model, pk in several.filter(entries__gt=1).values_list("model", "object_id")
        }
        self.last_rows: dict[tuple[str, int], dict[str, Any]] = {}  # of these records, as lines have them

    def add_finding(self, number: int, what: str) -> None:
        self.new_findings.append(Finding(number, what))

    def add_findings(self, findings: Iterable[tuple[int, str]]) -> None:
        for number, what in findings:
            self.add_finding(number, what)

    def take_findings(self) -> list[Finding]:
        findings, self.new_findings = self.new_findings, []
        return findings

    def findings(self, progress: Progress = lambda number: None) -> Iterator[Finding]:
        if self.after:
            self.read_last_texts()
        for values in rows_by_number(Change, ENTRY_COLUMNS, self.after, self.until):
            self.check_entry(dict(zip(ENTRY_COLUMNS, values, strict=True)))
            if self.new_findings:  # at once: first_finding() reads no further
                yield from self.take_findings()
            if self.number % 1_000 == 0:
                progress(self.number)
        if self.number < self.until:
            self.add_finding(self.number + 1, f"it is missing, with all up to entry {self.until}.")
        if not Change.objects.filter(number=self.until + 1).exists():
            self.add_findings(self.signatures.unsigned(self.number))
        for rows in (self.texts, self.signatures.rows, *(history.rows for history in self.history.values())):
            self.check_skipped(rows, self.until + 1)
        yield from self.take_findings()

    def check_entry(self, entry: dict[str, Any]) -> None:
        number, line = entry["number"], entry["line"]
        if number != self.number + 1:
            self.add_finding(self.number + 1, f"it is missing, with all before entry {number}.")
        if ledger.chained(self.hash, line) != entry["hash"]:
            self.add_finding(number, "its hash is not that of its line and the hash before it.")
        self.check_skipped(self.signatures.rows, number)
        self.add_findings(self.signatures.findings(number, entry))
        self.number, self.hash = number, entry["hash"]
        try:
            self.check_moment(number, entry["at"], entry["clock"])
            self.add_findings(self.posts.findings(number, entry))
            self.compare_line(entry)
        except ROW_ERRORS as error:
            self.add_finding(number, f"it cannot be compared: {error}.")

    def check_moment(self, number: int, at: str, clock: str) -> None:
        if at < self.at:
            self.add_finding(number, "its moment is before that of the entry before it.")
        elif at != max(clock, self.at):
            self.add_finding(number, "its moment is not that of its clock or of the entry before it.")
        if not (MOMENT.fullmatch(at) and MOMENT.fullmatch(clock)):
            self.add_finding(number, "its moment is none.")
        self.at = at

    def check_skipped(self, rows: RowsByNumber, until: int) -> None:
        for number in rows.skip_to(until) if rows.next_number < until else ():
            self.add_finding(number, "a row carries its number and is not what it is about.")

    def compare_line(self, entry: dict[str, Any]) -> None:
        differences, entry["differences"] = differences_in_line(entry["differences"])
        texts = self.texts_beside(entry["number"])
        row = self.history_row(entry)
        if row is not None:
            self.put_commitments(entry, row, texts)
            self.check_row(entry, row, texts)
            if not self.line_differs(entry, ledger.line_of(entry, row)):
                self.check_differences(entry, differences, row)

    def texts_beside(self, number: int) -> dict[str, tuple]:
        """The rows of the texts that the entry entered, by field."""
        self.check_skipped(self.texts, number)
        rows = self.texts.take(number)
        texts = {row[1]: row for row in rows}
        if len(texts) < len(rows):
            self.add_finding(number, "two texts of one field stand beside it.")
        return texts

    def history_row(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        """The one history row that the entry has, by column; None where there is none, or several."""
        number, rows = entry["number"], []
        if history := self.history.get(entry["model"]):
            self.check_skipped(history.rows, number)
            rows = history.rows.take(number)
            if len(rows) == 1:
                return dict(zip(history.columns, rows[0], strict=True))
        self.add_finding(
            number, "more than one history row carries it." if rows else "it has no history row."
        )
        return None

    def check_row(self, entry: dict[str, Any], row: dict[str, Any], texts_left: Iterable[str]) -> None:
        number, history = entry["number"], self.history[entry["model"]]
        for name in texts_left:
            self.add_finding(number, f"nothing commits to the text of “{name}” beside it.")
        if history.shared_of_entry(entry) != history.shared_of_row(row):
            self.add_finding(number, "its history row is of another record, person or moment.")
        if entry["created"] != (row["history_type"] == "+"):
            self.add_finding(number, "“created” is not what its history row says.")

    def check_differences(self, entry: dict[str, Any], named: Any, row: dict[str, Any]) -> None:
        key, fields = (entry["model"], entry["object_id"]), self.history[entry["model"]].fields
        before = {} if entry["created"] else self.last_rows.get(key) or self.row_before(entry)
        found = list(difference_findings(named, fields, before, row))
        if found:  # perhaps only for columns added later, which no line of then has
            then = set(json.loads(entry["line"])["row"])
            of_then = [f for f in fields if f.attname in then]
            found = list(difference_findings(named, of_then, before, row))
        self.add_findings((entry["number"], what) for what in found)
        if key in self.last_texts:
            self.last_rows[key] = row

    def put_commitments(self, entry: dict[str, Any], row: dict[str, Any], texts: dict[str, tuple]) -> None:
        """Make of the history row the `row` that the line should have: with a commitment for each free text.

        Each that the entry itself entered is removed from `texts`.
        """
        last_texts = self.last_texts.get((entry["model"], entry["object_id"]), {})
        for name in self.history[entry["model"]].texts:
            text, (commitment_before, text_before) = row[name], last_texts.get(name, NO_TEXT)
            if name not in texts and text == text_before:
                row[name] = commitment_before
            else:
                row[name] = self.commitment(entry, name, text, commitment_before, texts)
                if name != REASON:  # every entry has a reason of its own
                    last_texts[name] = row[name], text

    def commitment(
        self, entry: dict[str, Any], name: str, value: str, commitment_before: Any, texts: dict[str, tuple]
    ) -> Any:
        number = entry["number"]
        if name not in texts:
            self.add_finding(number, f"“{name}” is another text, and its entry does not say so.")
            return commitment_before
        _, _, salt, text, replaces = texts.pop(name)
        if text != value:
            self.add_finding(number, f"“{name}” is not the text beside the entry.")
        if replaces != (commitment_before["entry"] if commitment_before else None):
            self.add_finding(number, f"“{name}” does not replace the text it says it replaces.")
        if (number, name) in self.redacted:
            if salt or text != TOMBSTONE:
                self.add_finding(number, f"“{name}” was taken out, and stands here again.")
            return self.commitment_of_redacted(entry, name)
        if not (SALT.fullmatch(salt) if text else salt == ""):
            self.add_finding(number, f"the salt of “{name}” is not written as the record writes it.")
        if not (text or commitment_before):
            self.add_finding(number, f"nothing was there before “{name}”, and nothing is.")
        return ledger.commitment(number, salt, text) if text else ""

    def commitment_of_redacted(self, entry: dict[str, Any], name: str) -> Any:
        self.redactions.append((entry["number"], name))
        # From the stored line itself: without the text and its salt it cannot be computed.
        commitment = json.loads(entry["line"])["row"][name]
        if not isinstance(commitment, dict):
            self.add_finding(entry["number"], f"“{name}” was taken out, and its line commits to no text.")
        return commitment

    def line_differs(self, entry: dict[str, Any], rewritten: str) -> bool:
        """Whether it says other than the tables, which is told where. It may lack columns added later."""
        number, line = entry["number"], entry["line"]
        if line == rewritten:
            return False
        try:
            stored_values = flattened(json.loads(line))
        except ValueError:
            self.add_finding(number, "its line is not JSON.")
            return True
        parts = json.loads(rewritten)
        values = flattened(parts)
        if line == ledger.canonical(without_later_columns(entry["model"], stored_values, parts)):
            return False
        keys = sorted({*stored_values, *values})
        differing = [key for key in keys if stored_values.get(key, "") != values.get(key, "")]
        what = ", ".join(f"“{key}”" for key in differing) or "the way it is written"
        self.add_finding(number, f"its line does not say what stands in the tables: {what}.")
        return True

    def row_before(self, entry: dict[str, Any]) -> dict[str, Any]:
        # In the line of the record's entry before this one, which another part of the walk has compared.
        of_record = Change.objects.filter(model=entry["model"], object_id=entry["object_id"])
        line = of_record.filter(number__lt=entry["number"]).order_by("-number").values_list("line", flat=True)
        return json.loads(line.first() or '{"row":{}}')["row"]

    def read_last_texts(self) -> None:
        before = Change.objects.filter(number__lte=self.after).order_by()
        last = before.values("model", "object_id").annotate(last=Max("number"))
        labels = {model for model, _ in self.last_texts}
        for tracked in tracked_models():
            label = tracked._meta.label_lower
            names = [f.name for f in tracked._meta.concrete_fields if isinstance(f, FreeText)]
            if label not in labels or not names:
                continue
            numbers = last.filter(model=label).values("last")
            lines = dict(Change.objects.filter(number__in=numbers).values_list("number", "line"))
            history: Any = history_of(tracked)
            rows = history.objects.filter(change__in=numbers).values_list("change_id", "id", *names)
            for number, pk, *texts in rows.iterator():
                # A line that cannot be read is reported by the part that checks it.
                with suppress(*ROW_ERRORS):
                    row, last_texts = json.loads(lines[number])["row"], self.last_texts[label, pk]
                    last_texts |= {n: (row.get(n, ""), t) for n, t in zip(names, texts, strict=True)}


@dataclass
class HistoryRows:
    """A model's history rows, their columns, which of these hold free text, and the fields that can differ.

    `shared_of_entry` and `shared_of_row` pick the values that an entry and its history row both hold.
    """

    rows: RowsByNumber
    columns: Sequence[str]
    texts: Sequence[str]
    fields: Sequence[models.Field]  # those that can differ
    shared_of_entry: Callable[[dict], tuple]
    shared_of_row: Callable[[dict], tuple]

    @classmethod
    def of(cls, model: type[Tracked], after: int, until: int) -> HistoryRows:
        history = history_of(model)
        # In the order of the keys in a line: orjson then sorts what is sorted already, which is fast.
        fields = sorted(history._meta.concrete_fields, key=attrgetter("attname"))
        columns = ["change_id", *(f.attname for f in fields if f.attname != "change_id")]
        texts = [f.attname for f in fields if f.name == REASON or isinstance(f, FreeText)]
        shared = [(own, theirs) for own, theirs in SAME_IN_HISTORY.items() if theirs in columns]
        if own := ledger.CONCERNS_ITSELF.get(model._meta.label_lower):
            shared.append((own, "id"))
        of_entry, of_row = (itemgetter(*names) for names in zip(*shared, strict=True))
        rows = RowsByNumber(history, columns, after, until)
        tracked = [f for f in history.tracked_fields if f.name != "change" and is_in_differences(f)]
        return cls(rows, columns, texts, tracked, of_entry, of_row)


def hash_of(number: int) -> str:
    return Change.objects.filter(number=number).values_list("hash", flat=True).first() or ledger.GENESIS


def without_later_columns(
    model: str, stored_values: dict[str, Any], rewritten: dict[str, Any]
) -> dict[str, Any]:
    """The rewritten line without columns added after its entry, where they hold their default."""
    tracked: Any = apps.get_model(model)
    for column in history_of(tracked)._meta.concrete_fields:
        name = column.attname
        if f"row.{name}" not in stored_values and rewritten["row"][name] == column.get_default():
            del rewritten["row"][name]
    return rewritten


def flattened(value: Any, path: str = "") -> dict[str, Any]:
    """{"row": {"title": …}} as {"row.title": …}."""
    if not isinstance(value, dict):
        return {path: value}
    return {
        inner_path: inner_value
        for key, inner in value.items()
        for inner_path, inner_value in flattened(inner, f"{path}.{key}" if path else key).items()
    }
