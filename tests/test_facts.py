"""What is kept of the record in the process: nothing of it outlives what it was worked out of."""

import re
from datetime import datetime, time
from functools import partial
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import make_aware

from actions.deadlines import deadlines_by_group, meetings_by_group, meetings_reported_for
from actions.findings_sql import posts_held, rows_of_groups
from actions.measure_notes import decided_meanwhile
from actions.models import Action, Milestone, ProgressUpdate
from actions.models.line import earlier_actions
from actions.models.own_decision import held_today
from actions.models.plan import plans_by_key
from actions.models.who import spellings_of_posts
from actions.reporting import (
    asked_about,
    chairs_today,
    decided_about,
    decided_for_chairs,
    lists_with_rows,
    reported_for_chairs,
    unconfirmed_figures,
)
from gscp import clock, facts
from gscp.facts import fact, fact_of
from gscp.record import TOMBSTONE, Actor, Change, Redaction, history_of, recording
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Meeting
from subgroups.models.groups import groups_by_key
from subgroups.models.holdings import holdings_pickled
from subgroups.models.partners import partners_by_key
from subgroups.published import all_published, readings_shown
from subgroups.scorecard import all_series
from subgroups.templatetags.subgroups import waiting_holdings
from tests import redacting
from tests.rows_of_record import without_triggers

pytestmark = pytest.mark.django_db
reported, ask, decide = redacting.reported, redacting.ask, redacting.decide
worked_out: list[str] = []


@pytest.fixture(autouse=True)
def nothing_worked_out_yet():
    worked_out.clear()


@fact
def ratings(*refs: str) -> tuple:
    worked_out.append("ratings")
    return tuple(Action.objects.filter(ref__in=refs).values_list("ref", "rating"))


@fact
def day_and_meetings() -> tuple:
    worked_out.append("day")
    return clock.today(), tuple(Meeting.objects.with_papers_closed().values_list("pk", flat=True))


@fact
def texts() -> tuple:
    worked_out.append("texts")
    return tuple(ProgressUpdate.objects.values_list("done", flat=True))


@fact_of("actions.action", "actions.businessplan")
def red(*labels: str) -> tuple:
    worked_out.append("red")
    rows = Action.objects.filter(plan__label__in=labels, rating="red")
    return tuple(rows.values_list("ref", flat=True))


def rate(action, rating):
    with recording(Actor("Somebody"), "Rated"):
        action.rating = rating
        action.save()


def test_it_is_worked_out_once_and_for_each_argument():
    assert ratings("005") == ratings("005") == (("005", ""),)
    assert worked_out == ["ratings"]
    assert ratings("006") == (("006", ""),)
    assert ratings("005", "006") == (("005", ""), ("006", ""))


def test_it_does_not_outlive_a_write(action):
    assert ratings("005") == (("005", ""),)
    rate(action("005"), "red")
    assert ratings("005") == (("005", "red"),)


def test_it_does_not_outlive_a_write_that_was_rolled_back(action):
    """The next entry has the number of the one that is gone."""
    before = transaction.savepoint()
    rate(action("005"), "red")
    number = Change.objects.last_number()
    assert ratings("005") == (("005", "red"),)
    transaction.savepoint_rollback(before)
    assert ratings("005") == (("005", ""),)
    rate(action("005"), "green")
    assert Change.objects.last_number() == number
    assert ratings("005") == (("005", "green"),)


def test_it_is_not_kept_if_something_was_recorded_meanwhile(action):
    """It would be kept under the entry before, and that one is the last again after a rollback."""

    @fact
    def slow() -> str:
        if not worked_out:
            rate(action("005"), "red")
        worked_out.append("slow")
        return action("005").rating

    before = transaction.savepoint()
    assert slow() == "red"
    transaction.savepoint_rollback(before)
    assert slow() == ""


def test_inside_recording_nothing_is_looked_up_or_kept(action, user):
    assert ratings("005") == (("005", ""),)
    with recording(user("cem.chair"), "Rated"):
        subject = action("005")
        subject.rating = "red"
        subject.save()
        assert ratings("005") == (("005", "red"),)
    assert worked_out == ["ratings"] * 2


def test_it_does_not_outlive_midnight_or_the_closing_of_papers(it_is):
    it_is(2021, 6, 7)
    first = day_and_meetings()
    it_is(2021, 6, 9)
    assert day_and_meetings()[0] != first[0]
    closing = Meeting.objects.get(date="2021-06-15").papers_close
    seen = []
    for at in (time(16, 59), time(16, 59, 59), time(17), time(17, 1)):
        moment = make_aware(datetime.combine(closing.date(), at))
        token = clock.looked_back_to.set(moment)  # the clock alone: the record is today's
        seen.append(len(day_and_meetings()[1]))
        clock.looked_back_to.reset(token)
    before, at_closing = seen[0], seen[-1]
    assert seen == [before, before, at_closing, at_closing] and before < at_closing
    assert worked_out == ["day"] * 4


def test_what_was_read_while_a_row_was_altered_behind_the_record_is_forgotten(monkeypatch, action):
    with without_triggers():
        Action.objects.filter(ref="005").update(rating="green")
    assert ratings("005") == (("005", "green"),)
    with without_triggers():
        Action.objects.filter(ref="005").update(rating="")
    assert ratings("005") == (("005", "green"),), "for a while"
    monkeypatch.setattr(facts, "time", lambda: facts.SECONDS_KEPT)
    assert ratings("005") == (("005", ""),)


def milestone(action):
    with recording(Actor("Somebody"), "Another milestone"):
        Milestone(action=action("005"), text="The form is agreed").save()


def test_a_fact_of_some_models_holds_until_an_entry_is_about_one_of_them(action):
    assert red("2021-22") == ()
    milestone(action)
    assert red("2021-22") == () and worked_out == ["red"]
    rate(action("005"), "red")
    assert red("2021-22") == ("005",) and worked_out == ["red"] * 2
    assert red("2022-23") == (), "its arguments are part of it"
    milestone(action)
    milestone(action)
    assert red("2021-22") == ("005",) and worked_out == ["red"] * 3


def test_a_fact_of_some_models_does_not_outlive_a_write_that_was_rolled_back(action):
    assert red("2021-22") == ()
    before = transaction.savepoint()
    rate(action("005"), "red")
    assert red("2021-22") == ("005",)
    transaction.savepoint_rollback(before)
    milestone(action)
    assert red("2021-22") == (), "the next entry has the number of the one that is gone"


def test_a_fact_of_some_models_does_not_outlive_a_redaction_or_too_many_entries(
    reported, action, ask, decide, monkeypatch
):
    ask(redacting.text_of(reported, "done"))
    assert red("2021-22") == ()
    decide()  # it changes rows of models that no entry names
    assert red("2021-22") == () and worked_out == ["red"] * 2
    monkeypatch.setattr(facts, "MOST_ENTRIES", 2)
    milestone(action)
    milestone(action)
    assert red("2021-22") == () and worked_out == ["red"] * 3


def test_what_was_recorded_by_a_slower_clock_belongs_to_the_papers_that_had_closed_here(action, it_is):
    def last_of_papers() -> int:
        meetings = [one for of_group in meetings_by_group().values() for one in of_group]
        return next(one.closing_entry for one in meetings if str(one.date) == "2021-06-15")

    it_is(2021, 6, 9)
    before = last_of_papers()
    it_is(2021, 6, 1)
    rate(action("005"), "red")
    it_is(2021, 6, 9)
    assert last_of_papers() == Change.objects.last_number() > before


OF_MODELS = (
    groups_by_key, plans_by_key, meetings_by_group, meetings_reported_for, deadlines_by_group, posts_held,
    rows_of_groups, waiting_holdings, asked_about, decided_about, earlier_actions, lists_with_rows,
    holdings_pickled, chairs_today, held_today, all_series, all_published, readings_shown,
    decided_meanwhile, partners_by_key, unconfirmed_figures, spellings_of_posts, decided_for_chairs,
    reported_for_chairs,
)  # fmt: skip


@pytest.mark.parametrize("work", OF_MODELS)
def test_a_fact_of_some_models_reads_no_others(work, user):
    models = work.models
    work = partial(work, user("cem.chair").pk) if work is holdings_pickled else work
    work()  # so that the moments on record are read
    facts.kept.clear()
    facts.key_now()
    with CaptureQueriesContext(connection) as queries:
        work()
    read = {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
    of_models = [apps.get_model(label) for label in models]
    allowed = {one._meta.db_table for model in of_models for one in (model, history_of(model))}
    assert read and read <= allowed | {Change._meta.db_table}


def test_every_fact_of_some_models_is_among_these():
    files = [file for app in ("gscp", "subgroups", "actions", "scrutiny") for file in Path(app).rglob("*.py")]
    assert sum(file.read_text().count("\n@fact_of(") for file in files) == len(OF_MODELS)


def test_it_is_of_one_database(monkeypatch):
    assert ratings("005") == (("005", ""),)
    monkeypatch.setitem(connection.settings_dict, "HOST", "another")
    ratings("005")
    assert worked_out == ["ratings"] * 2


def test_what_was_is_kept_through_writes_and_does_not_outlive_a_redaction(reported, action, ask, decide):
    then = Past.read(str(Change.objects.last_number()))

    def was() -> tuple:
        with looking_back(then):
            return texts()

    assert was() == (redacting.SECRET,) == texts()
    rate(action("005"), "red")
    assert was() == (redacting.SECRET,)
    assert worked_out == ["texts"] * 2, "what was, and what is"
    ask(redacting.text_of(reported, "done"))
    decide()
    assert Redaction.objects.get().state == "done"
    assert was() == (TOMBSTONE,) == texts()


def test_two_moments_are_kept_apart(action):
    moments = [Past.read(str(Change.objects.last_number()))]
    rate(action("005"), "red")
    moments.append(Past.read(str(Change.objects.last_number())))
    rate(action("005"), "green")
    seen = []
    for moment in moments * 2:
        with looking_back(moment), facts.of_one_version():
            seen.append(ratings("005")[0][1])
    assert seen == ["", "red"] * 2 and worked_out == ["ratings"] * 2


def test_a_request_that_reads_asks_for_the_version_once(django_assert_num_queries):
    ratings("005")
    with facts.of_one_version(), django_assert_num_queries(1):
        ratings("005")
        ratings("005")


def test_what_is_kept_is_bounded_in_bytes():
    small = facts.Kept(2200)
    for number in range(5):
        small.add(number, "x" * 500)
    assert list(small.values) == [1, 2, 3, 4] and small.bytes <= 2200
    small.get(1)
    small.add("large", "x" * 1000)
    assert list(small.values) == [4, 1, "large"] and small.bytes <= 2200


@pytest.mark.parametrize(("key", "value"), [("too large", "x" * 2200), ("x" * 2200, "of a long address")])
def test_what_is_larger_than_the_bound_is_not_kept_and_takes_no_room(key, value):
    small = facts.Kept(2200)
    small.add("before", "x" * 500)
    small.add(key, value)
    assert list(small.values) == ["before"]


def test_who_held_which_posts_at_a_moment_of_the_past_is_one_question(user, django_assert_num_queries):
    """Verification asks it at another moment for each decision on record."""
    chair = user("cem.chair")
    with looking_back(Past(clock.now(), Change.objects.last_number())), django_assert_num_queries(1):
        assert [str(post) for post in chair.posts] and chair.chaired_groups
