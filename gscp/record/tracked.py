"""Tracked models: every save of one makes an entry in the ledger and a row in its history."""

from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn, Protocol, Self, TypeVar, cast

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery
from simple_history.models import HistoricalRecords

from gscp.record.change import Change, ChangeText


class Writer(Protocol):  # recording.Recording, which imports this module
    def save(self, instance: "Tracked", changed: list[models.Field]) -> None: ...


current_recording: ContextVar[Writer | None] = ContextVar("current_recording", default=None)


class NotRecorded(Exception):
    """A tracked model was written outside recording(), or was to be deleted."""


class Stale(Exception):
    """The row was changed after this copy of it was read: saving it would undo that change unseen."""


class History(HistoricalRecords):
    def __init__(self, **kwargs):
        super().__init__(history_user_id_field=models.BigIntegerField(null=True), **kwargs)

    def post_save(
        self, instance: models.Model, created: bool, using: str | None = None, **kwargs: Any
    ) -> None:
        """Does nothing: Recording.save() writes the history row, together with its entry."""

    def copy_fields(self, model: type[models.Model]) -> dict[str, models.Field]:
        fields: dict[str, models.Field] = super().copy_fields(model)
        for field in fields.values():
            field.db_index = False  # type: ignore[attr-defined]  # of every concrete field
        # simple-history copies foreign keys without a constraint; this one has it: no row without its entry.
        fields["change"] = models.ForeignKey(Change, models.PROTECT, related_name="+")
        fields["change"].name = "change"
        return fields

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        key = models.UniqueConstraint(fields=["id", "change"], name=f"{model._meta.db_table}_once")
        return super().get_meta_options(model) | {"ordering": ["-change"], "constraints": [key]}


Row = TypeVar("Row", bound=models.Model, covariant=True)


class TrackedQuerySet(models.QuerySet[Row]):
    def at_entry(self, number: int) -> models.QuerySet[Any]:
        """The history rows as at this number of the ledger: of each object the latest up to it.

        It starts from the objects of today, since none is ever deleted: one look-up each on (id, change).
        """
        history = history_of(self.model)._base_manager
        latest = history.filter(id=OuterRef("pk"), change__lte=number).order_by("-change_id")
        objects = self.order_by().annotate(latest=Subquery(latest.values("history_id")[:1]))
        return history.filter(history_id__in=objects.values("latest"))


class Tracked(models.Model):
    """A model whose every save is recorded.

    A concrete model adds `history = History()`. Columns excluded there, such as a password, are no
    part of the record: they may be saved outside recording().
    """

    change = models.ForeignKey(Change, models.PROTECT, related_name="+", editable=False)

    # Foreign keys to what this belongs to; one of them is set, and never changes: looking back relies on it.
    part_of: tuple[str, ...] = ()

    # Other foreign keys that never change: looking back then finds rows by their index.
    fixed: tuple[str, ...] = ()

    # What its form calls a column, where that is another name than the column's own.
    form_labels: Mapping[str, str] = {}

    # The attributes as they were last read or saved: save() compares with them.
    as_read: dict[str, Any]

    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any
    ) -> Self:
        instance = super().from_db(db, field_names, values, **kwargs)
        instance.as_read = vars(instance).copy()
        return instance

    def refresh_from_db(  # type: ignore[override]  # stubs of a later Django
        self, using: str | None = None, fields: Iterable[str] | None = None, **kwargs: Any
    ) -> None:
        super().refresh_from_db(using, fields, **kwargs)
        if fields is None:
            self.as_read = vars(self).copy()

    @classmethod
    def fixed_columns(cls) -> list[str]:
        return [str(f.column) for f in cls._meta.concrete_fields if f.name in (*cls.part_of, *cls.fixed)]

    def concerns(self) -> dict[str, Any]:
        """What changes to this are filed under: ids of a plan, action and group; what a report is about.

        The keys are ledger.CONCERNS. By default all are those of what it belongs to.
        """
        for name in self.part_of:
            if owner := getattr(self, name):
                return dict(owner.concerns())
        return {}

    @classmethod
    def labels_asked(cls, row: Mapping[str, Any]) -> Mapping[str, str]:
        """Of a row, by column: what its form called a column, where that is not the column's own name.

        The row may be one of long ago, or damaged: it may lack columns.
        """
        return cls.form_labels

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save and record every tracked column that differs, whatever `update_fields` names.

        Where none differs, nothing is recorded, and the columns outside the record are saved. Where one
        does, those are left alone: save them by themselves.

        Raises:
            NotRecorded: a tracked column differs, and this is outside recording().
            RuntimeError: a key in `part_of` or `fixed` was changed, or concerns() and a column disagree.
            Stale: somebody saved the row after it was read, or it was read in part.
            ValidationError: a value that its column may not hold, or that has to be unique and is not.
            ValueError: a related object was never saved.
        """
        untracked = untracked_names(type(self))
        if update_fields is not None and untracked.issuperset(update_fields):
            super().save(update_fields=update_fields, **kwargs)
            return
        self.settle_related()
        self.settle_columns()
        self.clean()
        changed = self.changed_fields()  # of a new row, every field
        names = all_names(type(self)) if self._state.adding else {field.name for field in changed}
        if not self._state.adding and (moved := names & {*self.part_of, *self.fixed}):
            raise RuntimeError(f"{self._meta.object_name}: {', '.join(moved)} never changes.")
        if changed:
            self.check_change(names)
            recording = current_recording.get()
            if recording is None:
                raise NotRecorded(f"{self._meta.object_name} is tracked: save it inside recording().")
            recording.save(self, changed)
        elif untracked:
            super().save(update_fields=untracked, **kwargs)

    def check_change(self, changed: Collection[str]) -> None:
        """Whether these columns may change now; unlike clean() it is not asked where none does.

        Raises:
            ValidationError: they may not.
        """

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        # Forms call it. What has to be unique is left to Recording.check_unique().
        for constraint in self._meta.constraints:
            if not isinstance(constraint, models.UniqueConstraint):
                constraint.validate(type(self), self, exclude=set(exclude or ()))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotRecorded(f"{self._meta.object_name} is tracked: nothing tracked is ever deleted.")

    def settle_related(self) -> None:
        """Make foreign keys and the related objects assigned to them agree, as Django's own save() does.

        Raises:
            ValueError: a related object was never saved, so that its key would be lost.
        """
        assigned = self._state.fields_cache
        for field, target in foreign_keys_of(type(self)):
            related = assigned.get(field.name)
            if related is None:
                continue
            if related.pk is None:
                raise ValueError(
                    f"save() prohibited to prevent data loss due to unsaved related object '{field.name}'."
                )
            key = getattr(self, field.attname)
            if key in field.empty_values:  # it was saved after it was assigned
                setattr(self, field.name, related)
            elif key != getattr(related, target):
                field.delete_cached_value(self)  # differences() would name the wrong object

    def settle_columns(self) -> None:
        """Hold every value as the database gives it back, once it may stand in its column.

        Raises:
            ValidationError: some may not.
        """
        errors = {}
        for field, attname, kind, is_checked, may_be_empty in columns_of(type(self)):
            given = value = getattr(self, attname)
            try:
                if given is not None and type(given) is not kind:
                    value = as_stored(field, given)
                if is_checked and value not in may_be_empty:
                    field.validate(value, self)
                    field.run_validators(value)
            except ValidationError as error:
                errors[field.name] = error.error_list
            if value is not given:
                setattr(self, attname, value)
        if errors:
            raise ValidationError(errors)

    def changed_fields(self) -> list[models.Field]:
        """The tracked fields whose value differs from the one read; all of them in a new row.

        Raises:
            Stale: the stored row has a later change than this copy.
        """
        fields = recorded_fields(type(self))
        if self._state.adding:
            return fields
        if not self.as_read.keys() >= {"change_id", *(field.attname for field in fields)}:
            raise Stale(f"{self._meta.object_name} was read in part, or saved in an act that failed.")
        changed = [field for field in fields if self.as_read[field.attname] != getattr(self, field.attname)]
        # Where something differs, the UPDATE statement itself asks for the change that was read.
        if not changed:
            unchanged = type(self)._base_manager.filter(pk=self.pk, change=self.as_read["change_id"])
            if not unchanged.exists():
                raise Stale(f"{self} was changed after it was read.")
        return changed


def as_stored(field: models.Field, value: Any) -> Any:
    """The value as the database gives it back, so that line, differences and row tell of the same one.

    A moment is in UTC. In its own zone an hour that the clocks skip would be told as it was given. One that
    they show twice equals no moment of another zone.
    """
    value = field.to_python(value)
    if isinstance(value, datetime):
        return field.get_prep_value(value).astimezone(UTC)
    return value


@cache
def history_of(model: type[models.Model]) -> type[Any]:
    # `model.history` makes a new class at every access.
    return cast(Any, model).history.model


# Values of these types stand in such a column as they are.
KINDS: dict[type[models.Field], type] = {
    models.CharField: str,
    models.TextField: str,
    models.IntegerField: int,
    models.BooleanField: bool,
}


@cache
def columns_of(model: type[models.Model]) -> list[tuple[Any, str, type | None, bool, Collection[Any]]]:
    """Its fields, their attributes, and the type of a value that needs no conversion.

    And whether its values are validated, and which values are not even so, since they are empty and may be.
    """
    found: list[tuple[Any, str, type | None, bool, Collection[Any]]] = []
    for field in model._meta.concrete_fields:
        stored = field.target_field if isinstance(field, models.ForeignKey) else field
        kind = next((kind for of, kind in KINDS.items() if isinstance(stored, of)), None)
        may_be_empty = field.empty_values if field.blank else ()
        found.append((field, field.attname, kind, not field.is_relation, may_be_empty))
    return found


@cache
def recorded_fields(model: type[models.Model]) -> list[models.Field]:
    return [field for field in history_of(model).tracked_fields if field.name != "change"]


@cache
def all_names(model: type[models.Model]) -> frozenset[str]:
    return frozenset(field.name for field in recorded_fields(model))


@cache
def untracked_names(model: type[Tracked]) -> frozenset[str]:
    tracked = {field.name for field in history_of(model).tracked_fields}
    return frozenset(field.name for field in model._meta.concrete_fields) - tracked


@cache
def foreign_keys_of(model: type[Tracked]) -> list[tuple[models.ForeignKey, str]]:
    """Each with the attribute that it points to."""
    keys = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    return [(key, key.target_field.attname) for key in keys]


class AppendOnly(models.Model):  # outside the record; its rows, too, are never changed or deleted
    class Meta:
        abstract = True


def tracked_models() -> list[type[Tracked]]:
    # By label: triggers are made from this list, and the order of imports must not give them other texts.
    tracked = [model for model in apps.get_models() if issubclass(model, Tracked)]
    return sorted(tracked, key=lambda model: model._meta.label_lower)


def append_only_models() -> list[type[models.Model]]:
    append_only = [model for model in apps.get_models() if issubclass(model, AppendOnly)]
    return sorted(append_only, key=lambda model: model._meta.label_lower)


def kept_models() -> list[type[models.Model]]:
    # Those whose rows are never deleted.
    tracked = tracked_models()
    return [Change, ChangeText, *tracked, *map(history_of, tracked), *append_only_models()]


@cache
def kept_tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in kept_models())
