"""The big record to measure by is what recording() would have written."""

import secrets
from contextlib import contextmanager

import pytest
from django.db import transaction

from gscp import clock
from gscp.record import Change, ledger, recording, triggers
from tests import generator
from tests.rows_of_record import everything, reset_sequences

pytestmark = pytest.mark.django_db
ACTIONS, ENTRIES = 20, 900  # so that a batch is written on the way


@pytest.fixture
def seeded(monkeypatch):
    """The salts, too, are the same each time."""

    def sow():
        salts = generator.Random(1)
        monkeypatch.setattr(secrets, "token_hex", lambda size: salts.randbytes(size).hex())

    return sow


def test_it_is_what_recording_would_have_written(seeded, monkeypatch):
    @contextmanager
    def one_by_one(actor, reason, at, act):
        monkeypatch.setattr(clock, "now", lambda: at)
        monkeypatch.setattr(clock, "today", at.date)
        with recording(actor, reason, act) as recorded:
            yield recorded

    before = transaction.savepoint()
    reset_sequences()
    seeded()
    generator.play(one_by_one, ACTIONS, ENTRIES)
    recorded = everything()
    transaction.savepoint_rollback(before)
    monkeypatch.undo()

    reset_sequences()
    seeded()
    with generator.in_bulk() as bulk:
        generator.play(bulk, ACTIONS, ENTRIES)
    assert Change.objects.last_number() >= ENTRIES
    for model, rows in everything().items():
        assert rows == recorded[model], model
    assert triggers.missing_triggers() == []


def test_its_chain_holds_and_the_record_goes_on_after_it(action, on_record):
    with generator.in_bulk() as bulk:
        generator.play(bulk, ACTIONS, ENTRIES)
    with on_record():
        subject = action("005")
        subject.title = "Another"
        subject.save()
    before = ledger.GENESIS
    for number, change in enumerate(Change.objects.all(), start=1):
        assert change.number == number
        assert change.hash == ledger.chained(before, change.line)
        before = change.hash
