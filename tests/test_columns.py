"""Columns of tracked models: only what the ledger can hold, and its outside checker can read."""

import pytest
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, models
from django.test.utils import isolate_apps

from actions.models import Action
from gscp.record import (
    Actor,
    Change,
    ClearText,
    FreeText,
    History,
    Tracked,
    fields,
    recording,
    tracked_models,
    triggers,
)
from scrutiny import checker
from scrutiny.proof import export


def model_with(column: models.Field) -> type[Tracked]:
    """A tracked model of its own with this column; to be made inside isolate_apps."""

    class Sample(Tracked):
        value = column
        history = History()

        class Meta:
            app_label = "actions"

    return Sample


@isolate_apps("actions")
def test_a_tracked_model_without_a_history_is_told():
    class Sample(Tracked):
        class Meta:
            app_label = "actions"

    [error] = fields.column_errors(Sample)
    assert (error.id, error.msg) == ("gscp.E003", "actions.Sample has no history.")
    assert "history = History()" in error.hint


@pytest.mark.django_db
@isolate_apps("actions")
def test_a_float_is_never_recorded():
    """The outside checker reads whole numbers only: after one float it would refuse every export."""
    sample = model_with(models.FloatField())
    triggers.remove()  # they let in no entry about a table they do not know
    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY" if connection.vendor == "sqlite" else "serial PRIMARY KEY"
        cursor.execute(f"CREATE TABLE actions_sample (id {key}, value float, change_id bigint)")
        cursor.execute(
            f"CREATE TABLE actions_historicalsample (history_id {key}, history_date timestamp, "
            "history_type text, history_user_id bigint, history_change_reason text, "
            "id bigint, value float, change_id bigint)"
        )
    number = Change.objects.last_number()
    with pytest.raises(TypeError, match="no form for float"), recording(Actor("Test"), "a reading"):
        sample(value=0.5).save()
    assert Change.objects.last_number() == number
    assert checker.check(export.lines())[0] == []


REFUSED = {
    "float": (lambda: models.FloatField(), "a whole number"),
    "decimal": (lambda: models.DecimalField(max_digits=5, decimal_places=2), "a whole number"),
    "duration": (lambda: models.DurationField(), "a whole number of days or minutes"),
    "time": (lambda: models.TimeField(), "a DateTimeField"),
    "JSON": (lambda: models.JSONField(), "a column for each value"),
    "file": (lambda: models.FileField(), "a SHA-256"),
    "image": (lambda: models.ImageField(), "a SHA-256"),
    "binary": (lambda: models.BinaryField(), "a SHA-256"),
    "many-to-many": (lambda: models.ManyToManyField(Action), "a foreign key to each side"),
    "typed line": (lambda: models.CharField(max_length=10), "a FreeText where a person types it"),
    "typed text": (lambda: models.TextField(), "a FreeText"),
    "typed e-mail": (lambda: models.EmailField(), "a FreeText where a person types it"),
    "address": (lambda: models.GenericIPAddressField(), "an integer, a boolean, a FreeText, a date"),
}


@pytest.mark.parametrize(("column", "instead"), REFUSED.values(), ids=REFUSED)
@isolate_apps("actions")
def test_a_column_that_the_ledger_cannot_hold_is_refused(column, instead):
    sample = model_with(column())
    [error] = fields.column_errors(sample)
    assert error.id == "gscp.E002" and error.level == checks.ERROR
    assert error.obj is sample._meta.get_field("value")
    assert error.msg == f"The record cannot hold a {type(error.obj).__name__}."
    assert error.hint.startswith("Use ") and instead in error.hint


@isolate_apps("actions")
def test_a_foreign_key_holds_what_it_refers_to():
    class Weight(models.Model):
        grams = models.DecimalField(max_digits=5, decimal_places=2, primary_key=True)

        class Meta:
            app_label = "actions"

        def __str__(self):
            return str(self.grams)

    [error] = fields.column_errors(model_with(models.ForeignKey(Weight, models.PROTECT)))
    assert error.id == "gscp.E002"


ALLOWED = [
    lambda: models.IntegerField(),
    lambda: models.PositiveSmallIntegerField(),
    lambda: models.BigIntegerField(),
    lambda: models.BooleanField(),
    lambda: models.CharField(max_length=10, choices=[("a", "A")]),
    lambda: models.SlugField(),
    lambda: ClearText(max_length=10),
    lambda: FreeText(),
    lambda: models.DateField(),
    lambda: models.DateTimeField(),
    lambda: models.UUIDField(),
    lambda: models.ForeignKey(Action, models.PROTECT),
    lambda: models.OneToOneField(Action, models.PROTECT),
]


@pytest.mark.parametrize("column", ALLOWED, ids=lambda column: type(column()).__name__)
@isolate_apps("actions")
def test_a_column_that_the_ledger_can_hold_is_allowed(column):
    assert list(fields.column_errors(model_with(column()))) == []


@isolate_apps("actions")
def test_a_column_outside_the_record_may_be_of_any_kind():
    class Account(Tracked):
        preferences = models.JSONField()
        history = History(excluded_fields=["preferences"])

        class Meta:
            app_label = "actions"

    assert list(fields.column_errors(Account)) == []


@isolate_apps("actions")
def test_the_system_check_looks_at_every_tracked_model(monkeypatch):
    every = [*tracked_models(), model_with(models.FloatField())]
    monkeypatch.setattr(fields, "tracked_models", lambda: every)
    with pytest.raises(SystemCheckError, match=r"gscp\.E002.*The record cannot hold a FloatField"):
        call_command("check")


def test_every_tracked_model_has_columns_that_the_ledger_can_hold():
    assert fields.check_columns() == []
