"""A server's clock that jumps: what is recorded keeps its order, and nothing stops for it."""

import html
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils.timezone import localdate

from actions.models import Action, ExceptionStep, ProgressUpdate
from actions.reporting import not_reported
from gscp.dates import moment_in_words
from gscp.record import Change, triggers
from gscp.record.looking_back import Past
from gscp.trouble import is_trouble
from scrutiny import checker
from scrutiny.proof import export
from subgroups.models import PostHolding, User
from tests.conftest import AGENDA
from tests.test_attacks import found, rate
from tests.test_exceptions import why
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
    assert last.at == before.at and localdate(last.clock) == date(2021, 9, 2) and last.clock_was_behind
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


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's column takes moments only")
def test_a_clock_that_is_no_moment_is_a_fault_of_ours_and_not_a_wrong_clock():
    columns = [field.column for field in Change._meta.concrete_fields]
    changed = {"number": '"number" + 1', "clock": "'soon'", "at": "'soon'"}
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with pytest.raises(IntegrityError) as refused:
        sql(
            f"INSERT INTO gscp_change ({names}) SELECT {values} FROM gscp_change ORDER BY number DESC LIMIT 1"
        )
    assert not is_trouble(refused.value)


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


@pytest.fixture
def reported_after_a_clock_was_ahead(it_is, on_record, action, report, asked):
    """For one act the clock shows 10 June, then 7 June again; papers for 15 June close on the 8th."""
    it_is(2021, 6, 10)
    with on_record():
        rate(action("001"))
    it_is(2021, 6, 7)
    report("005", rating="red", reason="Nobody leads")
    return asked()


def due_refs():
    return {Action.objects.get(pk=row.action).ref for row in not_reported()}


def test_what_is_reported_after_a_clock_was_ahead_is_in_time(reported_after_a_clock_was_ahead, it_is, held):
    update = ProgressUpdate.objects.get()
    change = update.change
    assert (localdate(change.at), localdate(change.clock)) == (date(2021, 6, 10), date(2021, 6, 7))
    it_is(2021, 6, 15)
    assert "005" not in due_refs() and "006" in due_refs()
    held()
    it_is(2021, 6, 16)
    assert "005" in due_refs(), "for September nothing was reported yet"
    it_is(2021, 9, 8)
    assert why("005")["silent"].endswith(
        "since papers closed on 8 June 2021. The last one is of 7 June 2021."
    )
    assert why("005")["red"].startswith("Reported red on 7 June 2021")


def test_pages_say_when_it_was_reported_and_asked_by_the_clock(
    reported_after_a_clock_was_ahead, it_is, sign_in, held
):
    it_is(2021, 6, 15)
    held()
    report, chair = reported_after_a_clock_was_ahead, sign_in("management.chair")
    assert report.asked_at == report.change.clock < report.change.at
    agenda = chair.get(AGENDA).content.decode()
    assert agenda.count("after papers closed") == 1, "that of the clock which was ahead"
    for page in ("/plans/2021-22/actions/005/", report.get_absolute_url()):
        text = chair.get(page).content.decode().split('id="history">')[0]
        assert "7 June 2021" in text and "10 June 2021" not in text


def test_who_acted_while_a_clock_was_behind_the_record_acted_on_the_day_it_showed(
    reported_after_a_clock_was_ahead, on_record
):
    report = reported_after_a_clock_was_ahead
    holding = User.objects.get(pk=report.change.actor_id).holdings.get()
    with pytest.raises(ValidationError, match="acted from this post on 7 June 2021"), on_record():
        holding.end(date(2021, 6, 6), may_move_end=True)
    with on_record():
        PostHolding.objects.get(pk=holding.pk).end(date(2021, 6, 8), may_move_end=True)
