"""A migration leaves every trigger where it was, and takes nothing of the record away."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from gscp.record import Change, ChangeText, Redaction, defences, triggers
from tests.test_refusals import everything

pytestmark = pytest.mark.django_db
OURS = ("gscp", "subgroups", "actions")


def missed_or_ahead() -> list[str]:
    """Triggers that are missing; and what the others ask for that no table has yet.

    SQLite asks for a column only when the trigger fires.
    """
    tables = triggers.existing_tables()
    recorded = {table for table, columns in tables.items() if "change_id" in columns}
    recorded |= {"gscp_change", "scrutiny_walk"} & tables.keys()
    expected = triggers.expected_triggers()
    wrong = [trigger.name for trigger in triggers.missing_triggers()]
    wrong += sorted(recorded ^ {trigger.table for trigger in expected})
    for trigger in expected:
        asked_for = re.findall(r'NEW\."(\w+)"', " ".join(trigger.conditions))
        wrong += sorted(set(asked_for) - set(tables[trigger.table]))
    return wrong


def test_every_migration_leaves_every_trigger(empty_database):
    """One at a time from nothing: a step must not ask for columns or tables of a later one.

    The triggers are taken away before each and put back after those of ours, as the signals of `migrate` do.
    A command for each would make the models of all earlier ones anew.
    """
    after: dict[Migration, list[str]] = {}

    def at_each(event: str, migration: Migration | None = None, fake: bool = False) -> None:
        if event == "apply_start":
            triggers.remove()
        elif event == "apply_success" and migration.app_label in OURS:
            triggers.install()
            after[migration] = missed_or_ahead()

    executor = MigrationExecutor(connection, at_each)
    executor.migrate(executor.loader.graph.leaf_nodes())
    applied = MigrationExecutor(connection).loader.applied_migrations
    assert len(after) == sum(key[0] in OURS for key in applied) > 14
    assert {str(migration): wrong for migration, wrong in after.items() if wrong} == {}


MIGRATION = """
from importlib import import_module
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = import_module("gscp.migrations.0001_initial").Migration.operations
"""
NEXT = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("gscp", "0001_initial")]
    operations = [migrations.AlterField("change", "object_name", models.CharField(max_length=300))]
"""


def test_a_migration_of_the_ledger_itself_leaves_every_trigger(committed, tmp_path, settings, monkeypatch):
    """SQLite rebuilds the table, which every trigger names."""
    package = tmp_path / "later_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001_initial.py").write_text(MIGRATION)
    (package / "0002_longer_names.py").write_text(NEXT)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"gscp": "later_migrations"}
    entries = list(Change.objects.values_list("number", "hash"))
    for step in ("0002", "0001"):
        call_command("migrate", "gscp", step, verbosity=0)
        assert triggers.missing_triggers() == []
        assert list(Change.objects.values_list("number", "hash")) == entries


def test_no_migration_is_undone_that_holds_part_of_the_record(committed, action, on_record):
    with on_record():
        Redaction.ask(ChangeText.objects.get(change=action("005").change_id, field="title"))
    rows = everything()
    for step in (["gscp", "zero"], ["subgroups", "zero"], ["actions", "zero"]):
        with pytest.raises(CommandError, match="where rows are kept for good"):
            call_command("migrate", *step, verbosity=0)
        assert defences.weaknesses() == [] and everything() == rows
    assert Redaction.objects.count() == 1
