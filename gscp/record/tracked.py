"""Tracked models: every save of one is on record, with a history row."""

from contextvars import ContextVar
from functools import cache
from typing import Any, Protocol, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Subquery
from simple_history.models import HistoricalRecords

from gscp.record.change import Change, ChangeText


class Writer(Protocol):
    """What writes a tracked row, its history row and its entry: the act that recording() began."""

    def save(self, instance: "Tracked", differing: list[models.Field]) -> None: ...


current_recording: ContextVar[Writer | None] = ContextVar("current_recording", default=None)


class NotRecorded(Exception):
    """A tracked model was written outside recording(), or was to be deleted."""


class Stale(Exception):
    """The row was changed after this copy of it was read: saving would undo what nobody looked at."""


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


def tracked_models() -> list[type[Tracked]]:
    return [model for model in apps.get_models() if issubclass(model, Tracked)]


def append_only_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, AppendOnly)]


def kept_models() -> list[type[models.Model]]:
    tracked = tracked_models()
    return [Change, ChangeText, *tracked, *map(history_of, tracked), *append_only_models()]


def kept_tables() -> set[str]:
    return {model._meta.db_table for model in kept_models()}
