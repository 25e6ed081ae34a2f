"""recording(): the one way to write what is tracked.

with recording(actor, reason, act):     # one atomic block, one writer at a time
    action.rating = "amber"
    action.save()
"""

import gc
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.utils import timezone

from gscp import clock
from gscp.record import ledger, signing
from gscp.record.change import LIKE_TOMBSTONE, REASON, Change, ChangeText, is_like_tombstone
from gscp.record.differences import differences
from gscp.record.fields import FreeText, refuse_unstorable
from gscp.record.many import Pending
from gscp.record.names import AsReferences
from gscp.record.signature import KEY_IN_FORCE, LastAct, NotSigned, RecordKey, Signature, WrongKey
from gscp.record.sql import (
    BATCH,
    WRITER_LOCK,
    Statement,
    as_columns,
    copy_statement,
    database_values,
    insert_many,
    insert_statement,
    run,
    update_statement,
)
from gscp.record.tracked import Stale, Tracked, current_recording, history_of
from gscp.record.turns import transaction_of_act


class AlreadyRecorded(Exception):
    """This act is in the ledger already: the form was sent before, and has had its effect."""


class ActorLike(Protocol):  # a user, or an Actor
    @property
    def pk(self) -> int | None: ...  # None where no person acted
    @property
    def post_titles(self) -> str: ...


@dataclass(frozen=True)
class Actor:  # not a person, such as "Plan as published"
    name: str
    pk: int | None = None
    post_titles: str = ""

    def __str__(self) -> str:
        return self.name


# Django takes longer to make a row of its own than the database to keep it.
@dataclass
class NewEntry:
    """A Change to be written."""

    number: int
    at: datetime
    clock: datetime
    act: UUID
    model: str
    object_id: int
    object_name: str
    created: bool
    actor_id: int | None
    actor_name: str
    actor_post: str
    differences: list[dict[str, str]]
    plan: int | None = None
    action: int | None = None
    group: int | None = None
    about_model: str = ""
    about_id: int | None = None
    line: str = ""
    hash: str = ""

    _meta = Change._meta


@dataclass(slots=True)
class NewText:
    """A ChangeText to be written."""

    change_id: int
    field: str
    salt: str
    value: str
    replaces: int | None
    id: None = None

    _meta = ChangeText._meta


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
        with transaction_of_act():
            act_recording.begin()
            yield act_recording
            act_recording.write()
    except BaseException:
        act_recording.forbid_saving_again()
        raise
    finally:
        current_recording.reset(token)
        if act_recording.has_stopped_collector:
            gc.enable()


@contextmanager
def recording_by_command(actor: Actor, reason: str) -> Iterator["Recording"]:
    """recording() by a command. In a demonstration it moves to a day on which no clock is set back."""
    pinned = settings.DEMO_TODAY
    settings.DEMO_TODAY = pinned and demonstration_day(pinned)
    try:
        with recording(actor, reason) as act:
            yield act
    finally:
        settings.DEMO_TODAY = pinned


def demonstration_day(first: date) -> date:
    """The first day, from this one on, on which the time of the day does not come before the last entry."""
    last = Change.objects.last()
    if last is None:
        return first
    at = timezone.localtime(last.at)
    has_passed = at.time() <= (settings.DEMO_TIME or timezone.localtime().time())
    return max(first, at.date() if has_passed else at.date() + timedelta(days=1))


@dataclass
class Recording:
    actor: ActorLike
    reason: str
    act: UUID
    number: int = 0  # of the last entry, in the ledger or in `changes`
    hash: str = ledger.GENESIS
    at: datetime = field(init=False)
    clock: datetime = field(init=False)  # as it was read; `at` is no earlier than that of the last entry
    key_in_force: str = ""  # the public key that the record is signed with, in hex; "" before the first act
    last_act: LastAct | None = None  # the one before this
    name: str = field(init=False)  # the actor's, as a line has it
    posts: str = field(init=False)
    saved: list[Tracked] = field(default_factory=list)
    # Entries and their texts, which are written when the block ends without an exception.
    changes: list[NewEntry] = field(default_factory=list)
    texts: list[NewText] = field(default_factory=list)
    database: Any = field(init=False)
    savepoints_at_start: int = 0
    has_stopped_collector: bool = False
    pending: Pending | None = None  # new rows that many_rows() writes together

    def begin(self) -> None:
        """Wait for the writers before this one, and read number, hash and time of the last entry.

        Raises:
            AlreadyRecorded: the act has been recorded before.
            NotSigned: the act before is not signed.
            ValidationError: a database cannot store the reason, or it looks like a text taken out.
        """
        refuse_unstorable(self.reason)
        if is_like_tombstone(self.reason):
            raise ValidationError({"reason": LIKE_TOMBSTONE})
        self.database = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up at each use
        self.savepoints_at_start = len(self.database.savepoint_ids)
        columns = f'{LastAct.COLUMNS}, "at", {KEY_IN_FORCE}'
        head = f'SELECT {columns} FROM "gscp_change" ORDER BY "number" DESC LIMIT 1'
        is_recorded = 'EXISTS (SELECT 1 FROM "gscp_change" WHERE "act" = %s)'
        act = database_values([(Change._meta.get_field("act"), self.act)])
        statements: list[Statement] = [(f"SELECT *, {is_recorded} FROM ({head}) AS head", act)]
        if connection.vendor == "postgresql":
            # A statement of its own: PostgreSQL fixes what a statement sees before it waits for the lock.
            statements.insert(0, (f"SELECT pg_advisory_xact_lock({WRITER_LOCK})", []))
        last_entry = run(*statements)
        self.at = self.clock = clock.now().astimezone(UTC)
        with AsReferences():
            self.name, self.posts = str(self.actor), self.actor.post_titles
        for *last_act, at, key, already_recorded in last_entry:  # none before the first entry
            if already_recorded:
                raise AlreadyRecorded(self.act)
            self.last_act, self.key_in_force = LastAct(*last_act), key or ""
            if self.last_act.is_unsigned:  # the database takes no row after it
                raise NotSigned(self.last_act.number)
            self.number, self.hash = self.last_act.number, self.last_act.hash
            # Ledger time never runs backwards, whatever the clock does.
            self.at = max(at.replace(tzinfo=UTC), self.clock)

    def stop_collector(self) -> None:
        """Until the act ends. All that it makes stays until then: the collector would look through it again
        and again.
        """
        if gc.isenabled():
            gc.disable()
            self.has_stopped_collector = True

    def save(self, instance: Tracked, changed: list[models.Field]) -> None:
        """Save the instance, its history row and its entry in the ledger.

        Raises:
            RuntimeError: inside a savepoint: its rollback would undo the row and keep the entry.
            Stale: the stored row has a later change than the one that was read.
            ValidationError: another row holds what has to be unique, or a text looks like one taken out.
        """
        for f in changed:
            if isinstance(f, FreeText) and is_like_tombstone(getattr(instance, f.attname)):
                raise ValidationError({f.name: LIKE_TOMBSTONE})
        if self.pending is None:
            self.check_unique(instance, {field.name for field in changed})
        if len(self.database.savepoint_ids) != self.savepoints_at_start:
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
        row["history_id"], instance.pk, previous_line = self.store(instance, read, changed, row)
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        row = vars(instance) | row
        previous_row = self.previous_row(read, previous_line)
        self.add_entry(instance, read, changed, self.line_columns(instance, row, previous_row, changed))
        instance.as_read = vars(instance).copy()

    def check_unique(self, instance: Tracked, changed: set[str]) -> None:
        # Nobody else can write until this act ends. A form could not check it: sent again, it would find the
        # row that it saved the first time.
        instance.validate_unique(exclude={field.name for field in instance._meta.concrete_fields} - changed)
        for constraint in instance._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and (
                constraint.condition or constraint.expressions or changed.intersection(constraint.fields)
            ):
                constraint.validate(type(instance), instance)

    def store(self, instance: Tracked, read: dict, changed: list[models.Field], row: dict) -> tuple:
        """Save the row and a copy of it in its history.

        Returns the id of the copy, the id of the row, and the line of its previous entry, if that is written.
        """
        if self.pending is not None:
            if not read:
                return *self.pending.add(instance, row), None
            self.pending.write()  # it may be one of these, and its copy has the next id
        write = update_statement(instance, read, changed) if read else insert_statement([instance])
        if saved := run(write, copy_statement(instance, row, read.get("change_id"))):
            return saved[0]
        raise Stale(f"{instance} was changed after it was read.")

    def previous_row(self, read: dict[str, Any], line: str | None) -> dict[str, Any]:
        if not read:
            return {}
        if line is None:  # an entry of this act, which is not written yet
            line = self.changes[read["change_id"] - self.changes[0].number].line
        return orjson.loads(line)["row"]

    def add_entry(
        self, instance: Tracked, read: dict, changed: list[models.Field], row: dict[str, Any]
    ) -> None:
        """Make the entry of a saved row.

        Raises:
            RuntimeError: a column called like a key of concerns() holds something else, or a record that
                concerns itself does not say so.
        """
        concerns = instance.concerns()
        own = ledger.CONCERNS_ITSELF.get(instance._meta.label_lower)
        if own and concerns.get(own) != instance.pk:
            raise RuntimeError(f"{instance._meta.label}: concerns() leaves out its own id, as “{own}”.")
        for name, column in COLUMNS_OF_CONCERNED:
            if column in row and row[column] != concerns.get(name):
                raise RuntimeError(
                    f"{instance._meta.label}: its column “{name}” is another {name} than concerns() says, "
                    "and no checker accepts that. Call the column something else."
                )
        with AsReferences():
            object_name, in_words = str(instance)[:200], list(differences(instance, read, changed))
        change = NewEntry(
            number=self.number,
            at=self.at,
            clock=self.clock,
            act=self.act,
            model=instance._meta.label_lower,
            object_id=instance.pk,
            object_name=object_name,
            created=not read,
            **concerns,
            actor_id=self.actor.pk,
            actor_name=self.name,
            actor_post=self.posts,
            differences=in_words,
        )
        change.line = ledger.line_of(vars(change), row)
        change.hash = self.hash = ledger.chained(self.hash, change.line)
        self.changes.append(change)

    def line_columns(
        self, instance: Tracked, row: dict[str, Any], previous_row: dict[str, Any], changed: list
    ) -> dict[str, Any]:
        # Those of the history row, with a commitment in place of each free text.
        history: Any = history_of(type(instance))
        names, texts = columns_and_texts(history)
        columns = {name: row[name] for name in names}
        changed_names = {f.name for f in changed} if previous_row else ()
        for name in texts:
            previous = previous_row.get(name)
            # The row is new, or the column was empty or held no free text before.
            if name == REASON or not isinstance(previous, dict):
                columns[name] = self.commitment_for(name, row[name], None)
            elif name in changed_names:
                columns[name] = self.commitment_for(name, row[name], previous["entry"])
            else:  # an unchanged text is kept once, with the entry that its commitment names
                columns[name] = previous
        return columns

    def commitment_for(self, name: str, value: str, replaces: int | None) -> dict[str, Any] | str:
        """The commitment to a text, which write() keeps beside the line; "" for an empty text."""
        salt = secrets.token_hex(16) if value else ""
        if value or replaces:  # an empty text is kept only where it replaces a text
            self.texts.append(NewText(self.number, name, salt, value, replaces))
        return ledger.commitment(self.number, salt, value) if value else ""

    def write(self) -> None:
        # Texts first: their trigger accepts only numbers that the ledger does not have yet.
        added = [rows for rows in (self.texts, self.changes) if rows]
        if len(self.changes) > BATCH:
            for rows in added:
                insert_many(*as_columns(rows))
            added = []
        if self.changes:
            run(*map(insert_statement, [*added, [self.signature()]]))

    def signature(self) -> Signature:
        """Of the act, over the hash of its last entry; by the new key where the act replaces a lost one.

        Raises:
            WrongKey: the record is signed with another key.
            NotSigned: the act before is not signed.
        """
        own = signing.public_key()
        lost = any(isinstance(row, RecordKey) and row.lost and row.public == own for row in self.saved)
        if self.key_in_force not in ("", own) and not lost:
            raise WrongKey(self.key_in_force)
        if self.last_act and not lost and not self.last_act.is_signed_by(own):
            raise NotSigned(self.last_act.number)
        return Signature(change_id=self.number, key=own, signature=signing.sign(self.hash))

    def forbid_saving_again(self) -> None:
        # Their values were rolled back. With an empty `as_read` Tracked.save() raises Stale.
        for instance in self.saved:
            instance.as_read = {}


COLUMNS_OF_CONCERNED = [(name, f"{name}_id") for name in ledger.CONCERNED_IDS]


@cache
def columns_and_texts(history: type[models.Model]) -> tuple[list[str], list[str]]:
    """The attributes of a history row, and those of them that are free texts, the reason among these."""
    fields = history._meta.concrete_fields
    texts = [f.attname for f in fields if f.name == REASON or isinstance(f, FreeText)]
    return [f.attname for f in fields], texts
