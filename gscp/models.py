"""The record: what is tracked, and the ledger of every change to it."""

import logging
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import OuterRef, Subquery
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from gscp.record import Recording

logger = logging.getLogger(__name__)
current_recording: ContextVar["Recording | None"] = ContextVar("current_recording", default=None)


class NotRecorded(Exception):
    """A tracked model was written outside recording(), or was to be deleted."""


class Stale(Exception):
    """The row was changed after this copy of it was read: saving would undo what nobody looked at."""


class ChangeQuerySet(models.QuerySet["Change"]):
    def head_at(self, moment: datetime | None = None) -> int:
        """The number of the last entry at this moment (or now); 0 before the first."""
        if moment is None:
            return self.aggregate(models.Max("number"))["number__max"] or 0
        # Ledger time never runs backwards, so the latest by time is the one with the highest number.
        last = self.filter(at__lte=moment).order_by("-at", "-number").values_list("number", flat=True)
        return last.first() or 0

    def with_texts(self) -> list["Change"]:
        """These entries with their free texts and the texts those replaced: three queries, however many."""
        changes: list[Change] = list(self.prefetch_related("texts"))
        replaced = {text.replaces for change in changes for text in change.texts.all() if text.replaces}
        former = {
            (text.change_id, text.field): text.value
            for text in (ChangeText.objects.filter(change__in=replaced) if replaced else ())
        }
        for change in changes:
            change.former_texts = former
        return changes


class Change(models.Model):
    """One entry of the ledger: one row of one tracked model, saved once.

    Numbers have no gaps and order all things. Who and what it was about stand as text, as they
    were called then; plan, action and subgroup are ids to filter by. Free texts, the reason
    among them, stand in ChangeText.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    act = models.UUIDField(db_index=True)
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    object_name = models.CharField(max_length=200)
    created = models.BooleanField()
    plan = models.BigIntegerField(null=True)
    action = models.BigIntegerField(null=True)
    subgroup = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=200)
    actor_post = models.TextField(blank=True)
    differences = models.JSONField()
    line = models.TextField()
    hash = models.CharField(max_length=64)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["action", "number"]),
            models.Index(fields=["subgroup", "number"]),
            models.Index(fields=["model", "object_id", "number"]),
        ]

    def __str__(self):
        return f"Change {self.number}"

    @property
    def reason(self) -> str:
        return next((text.value for text in self.texts.all() if text.field == REASON), "")

    def compared(self) -> list[dict[str, Any]]:
        """The differences as people read them, {field, label, old, new}; with_texts() has the texts."""
        texts = {text.field: text for text in self.texts.all()}
        return [
            difference
            | (
                {"old": self.former_texts.get((text.replaces, text.field), ""), "new": text.value}
                if "new" not in difference and (text := texts.get(difference["field"]))
                else {}
            )
            for difference in self.differences
        ]


# The reason is a free text like any other: it is committed under the name of its history column.
REASON = "history_change_reason"
# What stands where a redacted text stood: its visible tombstone, short enough for every text.
TOMBSTONE = "[taken out of the record]"


class ChangeText(models.Model):
    """A free text as it was entered, beside the line that holds only the commitment to it.

    It stands once, in the entry that entered it; `replaces` is the number of the entry that
    holds the text before it, if there was one.
    """

    change = models.ForeignKey(Change, models.PROTECT, related_name="texts", db_index=False)
    field = models.CharField(max_length=60)
    salt = models.CharField(max_length=32)
    value = models.TextField(blank=True)
    replaces = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "field"], name="gscp_one_text_a_field")]

    def __str__(self):
        return f"{self.label} in change {self.change_id}"

    @property
    def label(self) -> str:
        """What people called it then; the reason stands in no difference."""
        named = {difference["field"]: difference["label"] for difference in self.change.differences}
        return named.get(self.field, "Reason")

    def copies(self) -> models.QuerySet["ChangeText"]:
        """It, and all that the same act entered in the same words."""
        return self.said_again().filter(change__act=self.change.act)

    def elsewhere(self) -> models.QuerySet["ChangeText"]:
        """All that other acts entered in the same words: each of them is asked for by itself."""
        return self.said_again().exclude(change__act=self.change.act)

    def said_again(self) -> models.QuerySet["ChangeText"]:
        same = ChangeText.objects.filter(value=self.value)
        return same.select_related("change").order_by("change_id", "field")


class History(HistoricalRecords):
    """simple-history's rows, written by recording() alone, found by (id, change) or by the change."""

    def __init__(self, **kwargs):
        super().__init__(history_user_id_field=models.BigIntegerField(null=True), **kwargs)

    def post_save(self, instance, created, using=None, **kwargs):
        """Nothing: recording() writes the row, where its entry in the ledger is written."""

    def copy_fields(self, model):
        fields = super().copy_fields(model)
        for field in fields.values():
            field.db_index = False
        # A real constraint: there is no history row without its entry in the ledger.
        fields["change"] = models.ForeignKey(Change, models.PROTECT, related_name="+")
        fields["change"].name = "change"
        return fields

    def get_meta_options(self, model):
        key = models.UniqueConstraint(fields=["id", "change"], name=f"{model._meta.db_table}_once")
        return super().get_meta_options(model) | {"ordering": ["-change"], "constraints": [key]}


Row = TypeVar("Row", bound=models.Model, covariant=True)


class TrackedQuerySet(models.QuerySet[Row]):
    def as_at(self, number: int):
        """The history rows that were latest when the ledger stood at this number, one an object.

        Driven by the objects (nothing tracked is ever deleted), one look-up each on (id, change).
        """
        history = history_of(self.model).objects
        latest = history.filter(id=OuterRef("pk"), change__lte=number).order_by("-change_id")
        rows = self.order_by().annotate(then=Subquery(latest.values("history_id")[:1]))
        return history.filter(history_id__in=rows.values("then"))


class Tracked(models.Model):
    """A model every save of which is on the record.

    A concrete model adds `history = History()`; columns it excludes there (a password) are not
    part of the record and may be saved without one.
    """

    change = models.ForeignKey(Change, models.PROTECT, related_name="+", editable=False)

    # The foreign keys to what it is part of (one is set). It stays part of that: looking back relies on it.
    part_of: tuple[str, ...] = ()

    # It as it was read or saved last: what differs, differs from that, and is saved if that still stands.
    as_read: dict[str, Any]

    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db, field_names, values):
        instance = super().from_db(db, field_names, values)
        instance.as_read = vars(instance).copy()
        return instance

    def refresh_from_db(self, using=None, fields=None, **kwargs):
        super().refresh_from_db(using, fields, **kwargs)
        if fields is None:
            self.as_read = vars(self).copy()

    def concerns(self) -> dict[str, int | None]:
        """The ids of the plan, action and subgroup whose timelines show a change to this: its whole's."""
        wholes = (getattr(self, name) for name in self.part_of)
        return next((whole.concerns() for whole in wholes if whole), {})

    def save(self, *, update_fields=None, **kwargs):
        """Save within recording(); nothing is saved or recorded where nothing differs.

        Where something does, the whole record of it is saved, whatever `update_fields` names, and
        columns outside the record are left: save those by themselves.

        Raises:
            NotRecorded: a tracked column differs and nothing is being recorded.
            RuntimeError: it was made part of something else.
            Stale: somebody saved the row after it was read, or it was read in part.
            ValidationError: a value the column may not hold.
        """
        tracked = tracked_names(type(self))
        untracked = {field.name for field in self._meta.concrete_fields} - tracked
        if update_fields is not None and untracked.issuperset(update_fields):
            super().save(update_fields=update_fields, **kwargs)
            return
        self._prepare_related_fields_for_save("save")  # as Django's own save() begins
        for field in self._meta.concrete_fields:  # so that the line holds what is stored, not what was given
            setattr(self, field.attname, field.to_python(getattr(self, field.attname)))
        self.clean_fields(exclude={field.name for field in self._meta.fields if field.is_relation})
        self.clean()
        differing = self.differing()
        if not self._state.adding and not {field.name for field in differing}.isdisjoint(self.part_of):
            raise RuntimeError(f"{self._meta.object_name} stays part of what it was made part of.")
        if self._state.adding or differing:
            recording = current_recording.get()
            if recording is None:
                raise NotRecorded(f"{self._meta.object_name} is tracked: save it inside recording().")
            recording.save(self, differing)
        elif untracked:
            super().save(update_fields=untracked, **kwargs)

    def delete(self, *args, **kwargs):
        raise NotRecorded(f"{self._meta.object_name} is tracked: nothing tracked is ever deleted.")

    def differing(self) -> list[models.Field]:
        """The tracked fields whose value here is not the one stored.

        Raises:
            Stale: the stored row has a later change than this copy.
        """
        tracked = history_of(type(self)).tracked_fields
        fields = [field for field in tracked if field.name != "change"]
        if self._state.adding:
            return fields
        if any(field.attname not in self.as_read for field in tracked):
            raise Stale(f"{self._meta.object_name} was read in part, or saved in an act that failed.")
        differing = [field for field in fields if self.as_read[field.attname] != getattr(self, field.attname)]
        # Where something differs, the UPDATE itself asks.
        if not differing:
            stands = type(self)._base_manager.filter(pk=self.pk, change=self.as_read["change_id"])
            if not stands.exists():
                raise Stale(f"{self} was changed after it was read.")
        return differing


@cache
def history_of(model: type[Tracked]) -> type[models.Model]:
    """The model of its history rows; `model.history` itself makes a new class at every look."""
    return model.history.model


def tracked_names(model: type[Tracked]) -> set[str]:
    return {field.name for field in history_of(model).tracked_fields}


class AppendOnly(models.Model):
    """Rows that are no part of the record, and that nobody changes or deletes either."""

    class Meta:
        abstract = True


class RedactionQuerySet(TrackedQuerySet["Redaction"]):
    def asked(self):
        return self.filter(state=Redaction.State.ASKED)

    def acts(self) -> list["Redaction"]:
        """The first of each that were asked for, and decided, together."""
        rows = self.select_related("change").order_by("-pk")
        return list({row.change.act: row for row in rows}.values())

    def standing(self):
        """Asked for and not refused: one, or none, of a text."""
        return self.exclude(state=Redaction.State.REFUSED)

    def done_pairs(self) -> frozenset[tuple[int, str]]:
        """The texts that were ever taken out, as the history says: the entry that entered each, its field."""
        done = history_of(Redaction).objects.filter(state=Redaction.State.DONE)
        return frozenset(done.values_list("entry", "field"))


class Redaction(Tracked):
    """The one removal: a text that an entry entered is taken out, and its proof stays.

    One row a text. What was typed once may stand in several entries and fields of its act; these
    are asked and decided together. Who asked and who decided, when and why, say its own entries.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        DONE = "done", "Taken out"
        REFUSED = "refused", "Refused"

    entry = models.BigIntegerField(editable=False)  # its name says both
    field = models.CharField(max_length=60, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)

    objects = RedactionQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ["-change", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "field"],
                condition=~models.Q(state="refused"),
                name="one_redaction_a_text",
            )
        ]

    def __str__(self):
        text = self._texts().first()  # the database, not this name, says that there has to be one
        return f"Redaction of {f'“{text.label}”' if text else 'a text'} in change {self.entry}"

    def concerns(self):
        return Change.objects.values("plan", "action", "subgroup").get(number=self.entry)

    @staticmethod
    def ask(text: ChangeText) -> None:
        """Ask to take it out, with every copy of it that the same act entered.

        Raises:
            ValidationError: there is nothing to take out, or it was asked already.
        """
        if trouble := Redaction.trouble(text):
            raise ValidationError(trouble)
        for copy in text.copies():
            Redaction(entry=copy.change_id, field=copy.field).save()

    @staticmethod
    def trouble(text: ChangeText) -> str:
        """Why it cannot be asked to take this text out; empty where it can."""
        if earlier := Redaction.objects.standing().filter(entry=text.change_id, field=text.field).first():
            came = "It waits to be decided" if earlier.state == Redaction.State.ASKED else "It was taken out"
            return f"Taking out this text was asked for before. {came}."
        if text.value in ("", TOMBSTONE):
            return "There is no text here to take out."
        return ""

    def together(self) -> models.QuerySet["Redaction"]:
        """This and what was asked with it: what is asked in one act is decided in one act."""
        return Redaction.objects.filter(change__act=self.change.act).order_by("pk")

    @property
    def texts(self) -> list[ChangeText]:
        """This and those that go with it, or went."""
        return [redaction.text for redaction in self.together()]

    @property
    def text(self) -> ChangeText:
        return self._texts().get()

    def _texts(self) -> models.QuerySet[ChangeText]:
        return ChangeText.objects.select_related("change").filter(change=self.entry, field=self.field)

    @property
    def asking(self) -> Change:
        """The entry by which it was asked for."""
        return Change.objects.get(model=self._meta.label_lower, object_id=self.pk, created=True)

    @property
    def asked_by_id(self) -> int | None:
        return self.asking.actor_id

    def refuse(self) -> None:
        self._decide(self.State.REFUSED)

    def consent(self) -> None:
        """Take the text out: of the row if it holds it, its history rows, and from beside its line."""
        for redaction in self._decide(self.State.DONE):
            redaction._take_out()
        transaction.on_commit(cut_log)

    def _decide(self, state: str) -> list["Redaction"]:
        if self.state != self.State.ASKED:
            raise ValidationError(f"This was decided before: {self.get_state_display().lower()}.")
        decided = list(self.together())
        for redaction in decided:
            redaction.state = state
            redaction.save()
        return decided

    def _take_out(self) -> None:
        text = self.text
        model: type[Tracked] = apps.get_model(text.change.model)
        rows = history_of(model).objects.filter(id=text.change.object_id, change__gte=self.entry)
        later = ChangeText.objects.filter(field=self.field, replaces=self.entry).first()
        if self.field == REASON:
            rows = rows.filter(change=self.entry)
        elif later:
            rows = rows.filter(change__lt=later.change_id)
        else:
            # It keeps its number: nothing was reported, asked or decided on the day a text was taken out.
            model._base_manager.filter(pk=text.change.object_id).update(**{self.field: TOMBSTONE})
        rows.update(**{self.field: TOMBSTONE})
        ChangeText.objects.filter(pk=text.pk).update(value=TOMBSTONE, salt="")


def cut_log() -> None:
    """SQLite's log has the pages as they were, until all of it is in the database and it is cut."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = cursor.fetchone()
    if busy:
        logger.error("What was taken out is still in SQLite's log: somebody was reading. Stop all servers.")
