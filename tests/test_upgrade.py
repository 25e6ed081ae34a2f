"""What an installation of the first migrations holds is carried through every later one, and verifies."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from actions.models import Action
from gscp.record import Change, defences, history_of, tracked_models, triggers
from scrutiny import plan_checker
from scrutiny.proof import export
from scrutiny.proof.walk import verify
from tests.first_database import FIRST_MIGRATIONS, FirstRecord, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def first_database(empty_database):
    """It is at its first migrations, and holds a record."""
    apps = MigrationExecutor(connection).migrate(FIRST_MIGRATIONS).apps
    triggers.install()  # as the signal of `migrate` does
    fill(FirstRecord(apps), settings.RECORD_KEY)
    return apps


def lines() -> list[tuple]:
    return list(Change.objects.values_list("number", "line", "hash"))


def test_the_first_database_is_carried_through_every_later_migration(first_database):
    models = [model for model in first_database.get_models() if hasattr(model, "change_id")]
    assert [model for model in models if not model.objects.exists()] == [], "every one has a row"
    before = lines()
    call_command("migrate", verbosity=0)
    result = verify()
    assert [str(finding) for finding in result.findings] == []
    assert plan_checker.check(export.lines()) == [], "older than decisions about plans"
    assert lines() == before and result.number == len(before) == 30
    assert [field for _, field in result.redactions] == ["cause"]
    assert defences.weaknesses() == []
    action = Action.objects.get()
    assert (action.ref, action.text, action.rating) == ("1.1", "Something else to be done", "red")
    for model in tracked_models():
        assert history_of(model).objects.count() >= model.objects.count()
