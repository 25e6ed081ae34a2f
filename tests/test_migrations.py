"""A migration leaves every trigger where it was, and takes nothing of the record away."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from gscp.record import Change, ChangeText, Redaction, defences, triggers
from tests.test_refusals import everything

pytestmark = pytest.mark.django_db


def test_every_migration_leaves_every_trigger(empty_database):
    """One at a time from nothing: a step must not ask for columns or tables of a later one."""
    executor = MigrationExecutor(connection)
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if migration.app_label in ("gscp", "subgroups", "actions"):
            call_command("migrate", migration.app_label, migration.name, verbosity=0)
            assert triggers.missing_triggers() == [], migration
            tables = triggers.existing_tables()
            recorded = {table for table, columns in tables.items() if "change_id" in columns}
            assert {trigger.table for trigger in triggers.expected_triggers()} == recorded | {"gscp_change"}
            for (
                trigger
            ) in triggers.expected_triggers():  # SQLite asks for a column only when the trigger fires
                assert set(re.findall(r'NEW\."(\w+)"', " ".join(trigger.conditions))) <= set(
                    tables[trigger.table]
                )


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
