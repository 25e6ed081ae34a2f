"""recording(): the one way to write what is tracked.

with recording(actor, reason, act):     # one atomic block, one writer at a time
    action.rating = "amber"
    action.save()
"""

import fcntl
import json
import secrets
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.db import connection, models, transaction
from django.utils.text import capfirst

from gscp import clock, ledger
from gscp.dates import day, moment
from gscp.fields import FreeText
from gscp.models import REASON, Change, ChangeText, Tracked, current_recording, history_of, tracked_names
from gscp.triggers import WRITER_LOCK


class AlreadyRecorded(Exception):
    """This act stands in the ledger: the form was sent before, and has had its effect."""


class ByWhom(Protocol):
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
def recording(actor: ByWhom, reason: str, act: UUID | None = None):
    """Record every tracked save in this block, as one act, in one transaction, one writer at a time.

    Raises:
        AlreadyRecorded: the act has been recorded before; nothing was done.
        RuntimeError: inside another transaction, where it could be undone after it was told.
    """
    if current_recording.get():
        raise RuntimeError("recording() does not nest: one act is one transaction.")
    with queue(), transaction.atomic(durable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER_LOCK])
        if act and Change.objects.filter(act=act).exists():
            raise AlreadyRecorded(act)
        head = Change.objects.order_by("-number").values("number", "hash", "at").first()
        recorded = Recording(actor, reason, act or uuid4(), **(head or {"number": 0, "hash": ledger.GENESIS}))
        token = current_recording.set(recorded)
        try:
            yield recorded
        finally:
            current_recording.reset(token)
        recorded.write()


def queue():
    """SQLite's writers wait here in turn: its own lock is polled, and lets latecomers in first."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or "memory" in name:
        return nullcontext()
    return file_lock(Path(f"{name}.lock"))


@contextmanager
def file_lock(path: Path):
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass
class Recording:
    """The entries of one act, kept until its block ends well."""

    actor: ByWhom
    reason: str
    act: UUID
    number: int
    hash: str
    at: datetime = field(default_factory=clock.now)
    changes: list[Change] = field(default_factory=list)
    texts: list[ChangeText] = field(default_factory=list)
    depth: int = field(default_factory=lambda: len(connection.savepoint_ids))

    def __post_init__(self):
        # Ledger time never runs backwards, whatever the clock does.
        self.at = max(self.at, clock.now())

    def save(self, instance: Tracked, differing: list[models.Field], save) -> None:
        """Save the instance, its history row and its entry in the ledger.

        Raises:
            RuntimeError: inside a savepoint, which could take the row back and leave the entry.
        """
        if len(connection.savepoint_ids) != self.depth:
            raise RuntimeError("Nothing is recorded inside a savepoint: let the whole act fail.")
        created = instance._state.adding
        self.number += 1
        instance.change_id = self.number
        if created:
            save(force_insert=True)
        else:  # the record alone: a password read earlier must not be put back
            save(update_fields=tracked_names(type(instance)) - {instance._meta.pk.name})
        history = history_of(type(instance))
        row = history(
            history_date=self.at,
            history_type="+" if created else "~",
            history_user_id=self.actor.pk,
            history_change_reason=self.reason,
            **{f.attname: getattr(instance, f.attname) for f in history.tracked_fields},
        )
        row.save(force_insert=True)
        self.enter(instance, row, {} if created else instance.stored, differing)

    def enter(
        self, instance: Tracked, row: models.Model, stored: dict, differing: list[models.Field]
    ) -> None:
        change = Change(
            number=self.number,
            at=self.at,
            act=self.act,
            model=instance._meta.label_lower,
            object_id=instance.pk,
            object_name=str(instance)[:200],
            created=not stored,
            **instance.concerns(),
            actor_id=self.actor.pk,
            actor_name=self.actor.name,
            actor_post=self.actor.post_titles,
            differences=list(differences(instance, stored, differing)),
        )
        change.line = ledger.canonical(
            {
                "act": str(change.act),
                "actor": {"id": change.actor_id, "name": change.actor_name, "post": change.actor_post},
                "at": change.at,
                "concerns": {"action": change.action, "plan": change.plan, "subgroup": change.subgroup},
                "differences": change.differences,
                "model": change.model,
                "number": change.number,
                "object": {"id": change.object_id, "name": change.object_name},
                "row": self.columns(row, self.row_before(stored), differing),
            }
        )
        change.hash = self.hash = ledger.chained(self.hash, change.line)
        self.changes.append(change)

    def row_before(self, stored: dict) -> dict[str, Any]:
        """The row as the ledger's last entry on it has it; an earlier entry of this act is not stored yet."""
        if not stored:
            return {}
        line = stored["line"] or self.changes[stored["change_id"] - self.changes[0].number].line
        return json.loads(line)["row"]

    def columns(self, row: models.Model, before: dict[str, Any], differing: list) -> dict[str, Any]:
        """The history row's columns as the line has them, a commitment for each free text.

        A text that did not change keeps its commitment, which names the entry that holds it.
        """
        changed = {f.name for f in differing}
        columns = {}
        for f in row._meta.concrete_fields:
            value = getattr(row, f.attname)
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

        An empty text has nothing to hide and stands as itself; it is kept only where it replaces one.
        """
        salt = secrets.token_hex(16) if value else ""
        if value or replaces:
            text = ChangeText(change_id=self.number, field=name, salt=salt, value=value, replaces=replaces)
            self.texts.append(text)
        return ledger.commitment(salt, value) | {"entry": self.number} if value else ""

    def write(self) -> None:
        """Write the entries; the ledger refuses a number out of turn, so the texts go first."""
        ChangeText.objects.bulk_create(self.texts)
        Change.objects.bulk_create(self.changes)


def differences(instance: Tracked, stored: dict, differing: list[models.Field]):
    """What differs, as a person reads it, {field, label, old, new}; of a free text only that it differs."""
    for f in differing:
        old, new = stored.get(f.attname), getattr(instance, f.attname)
        said_nothing = old in EMPTY and (new in EMPTY or new is False)
        if f.primary_key or said_nothing:
            continue
        row = {"field": f.name, "label": str(capfirst(f.verbose_name))}
        if not isinstance(f, FreeText):
            row |= {"old": shown(f, old), "new": shown(f, new)}
        yield row


EMPTY = (None, "")


def shown(f: models.Field, value: Any) -> str:
    """A value as a person reads it: the name of what it points to, the words of a choice, a day in full."""
    if value in EMPTY:
        return ""
    if isinstance(f, models.ForeignKey):
        return str(f.related_model._base_manager.get(pk=value))
    if f.flatchoices:
        return str(dict(f.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return str(value)
