"""recording(): the one way to write what is tracked.

with recording(actor, reason, act):     # one atomic block, one writer at a time
    action.rating = "amber"
    action.save()
"""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import orjson
from django.db import connection, models, transaction

from gscp import clock
from gscp.record import ledger
from gscp.record.change import REASON, Change, ChangeText
from gscp.record.differences import differences
from gscp.record.fields import FreeText
from gscp.record.sql import (
    WRITER_LOCK,
    Statement,
    copy_statement,
    database_values,
    insert_statement,
    run,
    update_statement,
)
from gscp.record.tracked import Stale, Tracked, current_recording, history_of


class AlreadyRecorded(Exception):
    """This act is in the ledger already: the form was sent before, and has had its effect."""


class ActorLike(Protocol):
    """A user, or an Actor: the id is empty for what no person did."""

    @property
    def pk(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def post_titles(self) -> str: ...


@dataclass(frozen=True)
class Actor:
    """An actor that is not a person, such as "Plan as published"."""

    name: str
    pk: int | None = None
    post_titles: str = ""


@contextmanager
def recording(actor: ActorLike, reason: str, act: UUID | None = None) -> Iterator["Recording"]:
    """Record every tracked save in this block, as one act, in one transaction, one writer at a time.

    Raises:
        AlreadyRecorded: the act has been recorded before; nothing was done.
        RuntimeError: inside another transaction, which could be undone after users were told of the act.
    """
    if current_recording.get():
        raise RuntimeError("recording() does not nest: one act is one transaction.")
    act_recording = Recording(actor, reason, act or uuid4())
    token = current_recording.set(act_recording)
    try:
        with writer_queue(), transaction.atomic(durable=True):
            act_recording.begin()
            yield act_recording
            act_recording.write()
    except BaseException:
        act_recording.forget_saved()
        raise
    finally:
        current_recording.reset(token)


def writer_queue() -> AbstractContextManager[None]:
    """A lock that SQLite's writers get in turn. SQLite's own lock is polled, so latecomers may get it first.

    On PostgreSQL it does nothing: Recording.begin() takes an advisory lock there.
    """
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or "memory" in name:
        return nullcontext()
    return file_lock(Path(f"{name}.lock"))


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass
class Recording:
    """The entries of one act, which are written when its block ends without an exception."""

    actor: ActorLike
    reason: str
    act: UUID
    number: int = 0
    hash: str = ledger.GENESIS
    at: datetime = field(init=False)
    posts: str = field(init=False)  # the actor's
    saved: list[Tracked] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    texts: list[ChangeText] = field(default_factory=list)
    depth: int = 0

    def begin(self) -> None:
        """Wait for the writers before this one, and read number, hash and time of the last entry.

        Raises:
            AlreadyRecorded: the act has been recorded before.
        """
        self.depth = len(connection.savepoint_ids)
        head = 'SELECT "number", "hash", "at" FROM "gscp_change" ORDER BY "number" DESC LIMIT 1'
        is_recorded = 'EXISTS (SELECT 1 FROM "gscp_change" WHERE "act" = %s)'
        act = database_values([(Change._meta.get_field("act"), self.act)])
        statements: list[Statement] = [(f"SELECT *, {is_recorded} FROM ({head}) AS head", act)]
        if connection.vendor == "postgresql":
            # A statement of its own: PostgreSQL fixes what a statement sees before it waits for the lock.
            statements.insert(0, (f"SELECT pg_advisory_xact_lock({WRITER_LOCK})", []))
        last_entry = run(*statements)
        self.at, self.posts = clock.now(), self.actor.post_titles
        for number, last_hash, at, already_recorded in last_entry:
            if already_recorded:
                raise AlreadyRecorded(self.act)
            self.number, self.hash = number, last_hash
            # Ledger time never runs backwards, whatever the clock does.
            self.at = max(at.replace(tzinfo=UTC), self.at)

    def save(self, instance: Tracked, differing: list[models.Field]) -> None:
        """Save the instance, its history row and its entry in the ledger.

        Raises:
            RuntimeError: inside a savepoint: its rollback would undo the row and keep the entry.
            Stale: the stored row has a later change than the one that was read.
        """
        if len(connection.savepoint_ids) != self.depth:
            raise RuntimeError("Nothing is recorded inside a savepoint: let the whole act fail.")
        state, read = instance._state, {} if instance._state.adding else instance.as_read
        self.number += 1
        instance.change_id = self.number
        self.saved.append(instance)
        row = {
            "history_date": self.at,
            "history_type": "~" if read else "+",
            "history_user_id": self.actor.pk,
            "history_change_reason": self.reason,
        }
        row["history_id"], instance.pk, line = self.store(instance, read, differing, row)
        state.adding, state.db = False, connection.alias
        row |= {f.attname: getattr(instance, f.attname) for f in history_of(type(instance)).tracked_fields}
        self.add_entry(
            instance, read, differing, self.columns(instance, row, self.row_before(read, line), differing)
        )
        instance.as_read = vars(instance).copy()

    def store(self, instance: Tracked, read: dict, differing: list[models.Field], row: dict) -> tuple:
        """Save the row and a copy of it in its history; returns what copy_statement() does."""
        write = update_statement(instance, read, differing) if read else insert_statement([instance])
        if saved := run(write, copy_statement(instance, row, read.get("change_id"))):
            return saved[0]
        raise Stale(f"{instance} was changed after it was read.")

    def row_before(self, read: dict[str, Any], line: str | None) -> dict[str, Any]:
        """The row as the line of its latest entry has it; an entry of this act may not be written yet."""
        if not read:
            return {}
        return orjson.loads(line or self.changes[read["change_id"] - self.changes[0].number].line)["row"]

    def add_entry(
        self, instance: Tracked, read: dict, differing: list[models.Field], row: dict[str, Any]
    ) -> None:
        """Make the entry of a saved row.

        Raises:
            RuntimeError: a column called like a key of concerns() holds something else.
        """
        concerns = instance.concerns()
        for name in CONCERNS:
            if row.get(f"{name}_id", concerns.get(name)) != concerns.get(name):
                raise RuntimeError(
                    f"{instance._meta.label}: its column “{name}” is another {name} than concerns() says, "
                    "and no checker accepts that. Call the column something else."
                )
        change = Change(
            number=self.number,
            at=self.at,
            act=self.act,
            model=instance._meta.label_lower,
            object_id=instance.pk,
            object_name=str(instance)[:200],
            created=not read,
            **concerns,
            actor_id=self.actor.pk,
            actor_name=self.actor.name,
            actor_post=self.posts,
            differences=list(differences(instance, read, differing)),
        )
        change.line = ledger.line_of(vars(change), row)
        change.hash = self.hash = ledger.chained(self.hash, change.line)
        self.changes.append(change)

    def columns(
        self, instance: Tracked, row: dict[str, Any], before: dict[str, Any], differing: list
    ) -> dict[str, Any]:
        """The history row's columns as the line has them, a commitment for each free text.

        A text that did not change keeps its commitment, which names the entry that holds it.
        """
        changed = {f.name for f in differing}
        columns = {}
        for f in history_of(type(instance))._meta.concrete_fields:
            value = row[f.attname]
            if f.name == REASON or isinstance(f, FreeText):
                earlier = before.get(f.name)
                if f.name == REASON or not isinstance(earlier, dict):  # nothing, or no free text then
                    value = self.commit(f.name, value, None)
                elif f.name in changed:
                    value = self.commit(f.name, value, earlier["entry"])
                else:
                    value = earlier
            columns[f.attname] = value
        return columns

    def commit(self, name: str, value: str, replaces: int | None) -> dict[str, Any] | str:
        """The commitment to a text, which is kept beside the line.

        An empty text hides nothing: the line has "" for it. It is kept only where it replaces a text.
        """
        salt = secrets.token_hex(16) if value else ""
        if value or replaces:
            text = ChangeText(change_id=self.number, field=name, salt=salt, value=value, replaces=replaces)
            self.texts.append(text)
        return ledger.commitment(self.number, salt, value) if value else ""

    def write(self) -> None:
        """Write the entries, after their texts: a trigger refuses a text whose number is not new."""
        for first in range(0, len(self.changes), BATCH):
            entries = self.changes[first : first + BATCH]
            numbers = {entry.number for entry in entries}
            texts = [text for text in self.texts if text.change_id in numbers]
            run(*(insert_statement(rows) for rows in (texts, entries) if rows))

    def forget_saved(self) -> None:
        """After a rollback: the instances hold values never recorded, and are not to be saved again."""
        for instance in self.saved:
            instance.as_read = {}


# Keys of concerns(). A line that has a column called like one holds the same value there (docs/ledger.md).
CONCERNS = ("plan", "action", "subgroup")
BATCH = 500  # entries in a statement: SQLite takes 32,766 values in one
