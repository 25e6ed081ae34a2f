"""A server's clock that jumps: what is recorded keeps its order, and nothing stops for it."""

import html
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from actions.models import ExceptionStep
from gscp.dates import moment_in_words
from gscp.record import Change, triggers
from gscp.record.looking_back import Past
from scrutiny import checker
from scrutiny.proof import export
from tests.test_attacks import found, rate
from tests.test_refusals import sql

pytestmark = pytest.mark.django_db


def days_from_now(days):
    return (datetime.now(UTC) + timedelta(days=days)).date()


def test_a_clock_once_three_days_ahead_stops_nothing(action, on_record, settings, sign_in):
    """On SQLite the database reads the same clock and lets it pass; PostgreSQL's own would refuse it."""
    settings.DEMO_TODAY = days_from_now(3)
    triggers.remove()
    with on_record():
        rate(action("001"))
    connection.check_constraints()
    triggers.install()
    ahead = Change.objects.last()
    settings.DEMO_TODAY = days_from_now(0)
    with on_record():
        rate(action("002"))
    last = Change.objects.last()
    assert last.at == ahead.at and last.clock < last.at - timedelta(days=2)
    assert found() == [] and checker.check(export.lines())[0] == []
    # What is looked at as today has all of it.
    assert Past.read(days_from_now(0).isoformat()).number == last.number
    reader = sign_in("scrutineer")
    told = f"The server's clock showed {moment_in_words(last.clock)} then"
    for page in (f"/scrutiny/changes/{last.number}/", "/scrutiny/changes/"):
        assert told in html.unescape(reader.get(page).content.decode())
    assert (
        "The server&#x27;s clock showed"
        not in reader.get(f"/scrutiny/changes/{ahead.number}/").content.decode()
    )


def test_a_clock_set_back_stops_nothing_and_makes_nothing_early(action, on_record, it_is):
    it_is(2021, 9, 14)
    with on_record():
        rate(action("001"))
    before = Change.objects.last()
    it_is(2021, 9, 2)
    with on_record():
        rate(action("002"))
    last = Change.objects.last()
    assert last.at == before.at and last.clock.date() == date(2021, 9, 2) and last.clock_was_behind
    it_is(2021, 9, 15)
    # It is in nothing that stood on a day before the last entry's.
    assert Past.read("2021-09-13").number < before.number
    with on_record():
        rate(action("001"))
    assert not Change.objects.last().clock_was_behind and found() == []


@pytest.mark.parametrize("moment", ["at", "clock"])
def test_an_entry_has_the_moment_of_its_clock_or_that_of_the_one_before(moment, action, on_record):
    """Nobody sets `at` ahead by itself, and so stops it for those that come after."""
    with pytest.raises(IntegrityError, match="in its turn"), on_record() as act:
        setattr(act, moment, act.at + timedelta(minutes=5))
        rate(action("001"))


def test_a_decision_is_late_by_the_clock_as_it_was_read(asked, decide, held, it_is):
    """A clock ahead in between makes none of them late."""
    it_is(2021, 6, 15)
    held()
    report = asked()
    decide("grant", report)
    step = report.steps.latest("change")
    assert not step.was_entered_late
    triggers.remove()
    sql("UPDATE gscp_change SET at = %s WHERE number = %s", "2021-06-18 08:00:00+00", step.change_id)
    assert not ExceptionStep.objects.get(pk=step.pk).was_entered_late
