"""What was said of an action once it was opened again after it had gone on is not of where it went on."""

from datetime import date

import pytest

from actions import findings
from actions.lateness import late_for
from actions.models import Action, ActionEnding
from actions.models.line import earlier_actions
from gscp import clock, facts
from gscp.record import Change
from gscp.record.looking_back import Past, looking_back
from tests import test_carried_reports
from tests.answers import words_of
from tests.factories import draft_plan
from tests.test_carried_reports import NEXT, UPDATE, why
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_reports_expected import NEW_SINCE, places
from tests.test_update import GOOD

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite", "postgresql")]
draft, live = test_carried_reports.draft, test_carried_reports.live
end, confirm = test_carried_reports.end, test_carried_reports.confirm
carry, carry_again = test_carried_reports.carry, test_carried_reports.carry_again
RED = {"rating": "red", "reason": "The venue closed", "done": "Old words", "blocker": "There is no venue"}
LATER = {"rating": "green", "reason": "Later reason", "done": "Later words", "blocker": "Later block"}


@pytest.fixture
def reopen(action, on_record):
    def reopened() -> None:
        with on_record("Reopened"):
            old = action("005")
            old.status = Action.Status.IN_PROGRESS
            old.save()

    return reopened


def test_what_is_reported_on_it_once_it_is_open_again_is_not_of_the_one_that_goes_on(
    carry, report, it_is, reopen
):
    it_is(2021, 6, 16)
    report("005", rating="red", blocker="There is no venue")
    it_is(2021, 9, 8)
    [new] = carry()
    before = why(new)
    findings.of_live_plans()  # is kept
    reopen()
    it_is(2021, 9, 16)
    report("005", rating="green")
    assert why(new) == before and "blocked" in before
    kept = findings.of_live_plans()
    facts.kept.clear()
    assert kept == findings.of_live_plans(), "the row of what goes on was read anew"


def test_what_is_said_of_it_once_it_is_open_again_stands_nowhere_where_it_went_on(
    carry, report, it_is, reopen, sign_in, end, confirm, live
):
    it_is(2021, 6, 16)
    report("005", **RED)
    it_is(2021, 9, 8)
    [new] = carry()
    before, chair = why(new), sign_in("cem.chair")
    assert before["red"] == "Reported red on 16 June 2021. Reason given: “The venue closed”"

    def as_it_was() -> None:
        assert why(new) == before and "blocked" in before
        [row] = findings.shown([new.pk])
        assert (str(row.reported_at.date()), row.rating) == ("2021-06-16", "red")
        for page in (new.get_absolute_url(), UPDATE):
            words = words_of(chair.get(page))
            assert "Old words" in words and "The venue closed" in words and "There is no venue" in words
            assert "Later" not in words

    reopen()
    it_is(2021, 9, 16)
    report("005", **LATER)
    as_it_was()
    assert end(["005"], "carried_forward", plan=live.pk).status_code == 302
    assert confirm().status_code == 302
    as_it_was()
    second = Action.objects.filter(plan=live).latest("pk")
    assert second.pk != new.pk
    for page in (second.get_absolute_url(), f"{second.get_absolute_url()}update/"):
        words = words_of(chair.get(page))
        assert "Later words" in words and "Old words" not in words, "it goes on with both reports"


def test_what_is_said_of_it_itself_comes_before_what_is_said_of_the_one_before(
    carry, report, it_is, reopen, sign_in, send
):
    it_is(2021, 6, 16)
    report("005", **RED)
    it_is(2021, 9, 8)
    [new] = carry()
    chair = sign_in("cem.chair")
    own = {"done": "Own words", "rating": "red", "reason": "Own reason", "still_blocked": "no", "blocker": ""}
    send(chair, UPDATE, **GOOD | own)
    reopen()
    it_is(2021, 9, 16)
    report("005", **LATER)
    form = words_of(chair.get(UPDATE))
    assert "Own words" in form and "Later" not in form and "There is no venue" not in form
    assert why(new)["red"] == "Reported red on 8 September 2021. Reason given: “Own reason”"
    assert "blocked" not in why(new)


def test_what_it_was_rated_once_it_was_open_again_is_not_what_the_other_was(
    carry, report, it_is, reopen, held, sign_in, send
):
    it_is(2021, 6, 16)
    [new] = carry()
    reopen()
    it_is(2021, 6, 17)
    report("005", rating="green")
    it_is(2021, 9, 15)
    held()
    send(sign_in("cem.chair"), UPDATE, **GOOD | {"rating": "red", "reason": "Own reason"})
    assert "red" in why(new) and "worse" not in why(new), "it never was green"


def test_over_several_years_counts_what_was_said_before_it_first_went_on(
    carry, carry_again, report, it_is, reopen, sign_in
):
    it_is(2021, 6, 16)
    report("005", **RED)
    it_is(2021, 9, 8)
    [new] = carry()
    reopen()
    it_is(2021, 9, 16)
    report("005", **LATER)
    it_is(2021, 9, 17)
    before = why(new)
    third = carry_again(new)
    assert why(third) == before and "blocked" in before
    for page in (third.get_absolute_url(), f"{third.get_absolute_url()}update/"):
        words = words_of(sign_in("cem.chair").get(page))
        assert "Old words" in words and "Later" not in words
    line = earlier_actions()[third.pk]
    assert list(line.values()) == sorted(line.values(), reverse=True) and len(set(line.values())) == 2


def test_while_it_is_open_again_the_one_that_went_on_and_is_complete_is_not_late(
    carry, it_is, reopen, on_record
):
    it_is(2021, 9, 1)
    [new] = carry()
    it_is(2021, 9, 2)
    reopen()
    with on_record():
        new = Action.objects.get(pk=new.pk)
        new.status = Action.Status.COMPLETE
        new.save()
    it_is(2021, 9, 8)
    with on_record("Reopened"):
        new.status = Action.Status.IN_PROGRESS
        new.save()
    assert places(new) == NEW_SINCE
    assert late_for(new.pk, new.group_id, clock.now()) is None, "it was closed when papers closed"


def test_a_draft_shows_the_one_that_goes_on_in_it_and_none_that_was_opened_again(
    carry, report, it_is, reopen, on_record, end, confirm
):
    it_is(2021, 6, 16)
    report("005", **RED)
    [new] = carry()
    with on_record("The year after"):
        third = draft_plan("2023-24")
        third.first_day, third.last_day = date(2023, 4, 1), date(2024, 3, 31)
        third.save()
    end([], "carried_forward", f"{NEXT}end/", actions=[new.pk], plan=third.pk)
    assert confirm().status_code == 302
    then = Past(clock.now(), Change.objects.last_number())
    reopen()
    report("005", **LATER)
    copy = Action.objects.get(plan=third)
    [row] = findings.shown([copy.pk])
    assert (row.stands_as.pk, row.rating) == (new.pk, "red")
    with on_record("It is done"):
        new = Action.objects.get(pk=new.pk)
        new.status = Action.Status.COMPLETE
        new.save()
    [row] = findings.shown([copy.pk])
    assert row.stands_as is None, "nothing comes to it any more"
    with on_record("Adopted"):
        third.status = "live"
        third.save()
        ActionEnding.objects.latest("pk").take_effect(None)
    facts.kept.clear()
    with looking_back(then):
        [row] = findings.shown([copy.pk])
        assert (row.stands_as.pk, row.rating) == (new.pk, "red"), "as it was then, a draft"
