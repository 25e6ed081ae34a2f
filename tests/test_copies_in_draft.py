"""What a draft copied: it says what comes into it, and what ended otherwise, until a meeting adopts it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import BusinessPlan, PlanDecision, ProgressUpdate
from scrutiny import plan_checker
from scrutiny.proof import export, plans
from tests import test_taken_out_of_draft, test_year_end
from tests.answers import html_of, words_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_update import GOOD
from tests.test_year_end import NEXT, PLAN, of_next

# Once: pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
end, confirm, none_high = test_year_end.end, test_year_end.confirm, test_year_end.none_high
copy, publish = test_taken_out_of_draft.copy, test_taken_out_of_draft.publish
PUBLISH = f"{NEXT}publish/"
COMES = "Carried forward from 2021-22 once the chair of the Management Group confirms it . There it is Red"


@pytest.fixture
def dated_005(action, on_record, report):
    report("005", rating="red")
    with on_record():
        old = action("005")
        old.original_date = date(2021, 6, 5)
        old.save()
    return old


@pytest.mark.parametrize("page", [NEXT, PUBLISH])
@pytest.mark.parametrize("fate", ["withdrawn", "merged"])
def test_a_copy_of_what_ended_otherwise_is_told_with_the_way_to_take_it_out(
    fate, page, copy, end, confirm, manager, send, action
):
    told = "001 began as a copy of 001 of 2021-22 , which"
    assert told not in words_of(manager.get(page))
    end(["001"], fate, **({"into": action("002").pk} if fate == "merged" else {}))
    became = {"withdrawn": "withdrawn", "merged": "merged into another action"}[fate]
    assert f"{told} is to be {became}. Take it out of the draft" in words_of(manager.get(page))
    confirm()
    shown = manager.get(page)
    assert f"{told} was {became}. Take it out of the draft" in words_of(shown)
    assert f'href="{NEXT}actions/001/take-out/"' in html_of(shown)
    assert "or it stands in the plan again." in words_of(shown)
    send(manager, f"{NEXT}actions/001/take-out/", reason="It ended")
    assert told not in words_of(manager.get(page))


def test_the_chair_who_confirms_the_adoption_is_told(copy, end, confirm, manager, send, june, sign_in):  # noqa: F811
    end(["001"], "withdrawn")
    confirm()
    assert send(manager, PUBLISH, meeting=june.pk, reason="Adopted").status_code == 302
    page = f"{PlanDecision.objects.latest('pk').get_absolute_url()}confirm/"
    shown = sign_in("management.chair").get(page)
    told = "001 began as a copy of 001 of 2021-22 , which was withdrawn. It stands in the plan again."
    assert told in words_of(shown)
    assert "take-out" not in html_of(shown) and "take-out" not in html_of(manager.get(NEXT))


def test_what_goes_on_in_its_copy_or_stays_open_is_not_told(copy, end, confirm, manager):
    for refs, fate, parts in ((["001"], "split", "One\nTwo"), (["002", "003"], "carried_forward", "")):
        end(refs, fate, plan=copy.plan_id, parts=parts)
        assert "began as a copy of" not in words_of(manager.get(NEXT)), fate
        confirm()
        assert "began as a copy of" not in words_of(manager.get(NEXT)), fate


@pytest.mark.usefixtures("none_high")
def test_what_has_an_end_is_not_said_to_be_carried_forward_first(copy, end, manager):
    end(["001"], "split", plan=copy.plan_id, parts="One\nTwo")
    end(["002", "003"], "carried_forward", plan=copy.plan_id)
    end(["005"], "withdrawn")
    assert "still open in an earlier plan: 004, 006." in words_of(manager.get(PUBLISH))


@pytest.mark.parametrize("state", ["waits", "in force"])
def test_what_brings_its_date_along_is_not_without_one(state, copy, dated_005, end, confirm, manager):
    undated = "no date and no review date 001 , 002 , 003 , 004 , 005 , 006"
    assert undated in words_of(manager.get(PUBLISH))
    end(["004", "005"], "carried_forward", plan=copy.plan_id)
    if state == "in force":
        confirm()
        assert of_next("005").original_date == date(2021, 6, 5)
    assert undated.replace(" , 005", "") in words_of(manager.get(PUBLISH)), "004 has none to bring"


def test_until_it_is_confirmed_the_copy_says_what_comes(copy, dated_005, end, confirm, manager, it_is):
    end(["005"], "carried_forward", plan=copy.plan_id)
    for page in (NEXT, f"{NEXT}actions/005/"):
        assert f"{COMES} , 10 days late." in words_of(manager.get(page)), page
    assert COMES not in words_of(manager.get(f"{NEXT}actions/004/"))
    confirm()
    for page in (NEXT, f"{NEXT}actions/005/"):
        assert COMES not in words_of(manager.get(page)), page


def test_nor_is_a_date_typed_that_would_be_lost(copy, dated_005, end, manager):
    edit = f"{NEXT}actions/005/edit/"
    assert 'name="original_date' in html_of(manager.get(edit))
    end(["005"], "carried_forward", plan=copy.plan_id)
    form = manager.get(edit)
    assert "It goes on with an action of an earlier plan. The dates of that come with it." in words_of(form)
    assert 'name="original_date' not in html_of(form)


def test_queries_of_these_pages_do_not_grow(copy, end, manager):
    def queries(page):
        manager.get(page)
        with CaptureQueriesContext(connection) as made:
            manager.get(page)
        return len(made)

    end(["001"], "withdrawn")
    end(["002"], "carried_forward", plan=copy.plan_id)
    before = [queries(page) for page in (NEXT, PUBLISH)]
    end(["003", "004"], "withdrawn")
    end(["005"], "carried_forward", plan=copy.plan_id)
    assert [queries(page) for page in (NEXT, PUBLISH)] == before
    assert BusinessPlan.objects.get(pk=copy.plan_id).is_draft and manager.get(PLAN).status_code == 200


def test_a_date_of_its_own_stays_where_none_comes_along(copy, end, confirm, publish, manager, on_record):
    own = date(2022, 9, 30)
    with on_record("Dated in the draft"):
        dated = of_next("005")
        dated.original_date, dated.precision = own, "day"
        dated.save()
    end(["005"], "carried_forward", plan=copy.plan_id)
    waiting = manager.get(PlanDecision.objects.latest("pk").get_absolute_url())
    assert "005 of 2021-22 goes on as 005, due 30 September 2022." in words_of(waiting)
    confirm()
    assert of_next("005").original_date == own
    publish()
    assert (of_next("005").original_date, of_next("005").precision) == (own, "day")


def test_what_the_draft_leaves_out_does_not_stand_in_both_plans(copy, manager, on_record):
    with on_record("Left out"):
        left_out = of_next("001")
        left_out.status = "withdrawn"
        left_out.save()
    assert "still open in an earlier plan: 002, 003, 004, 005, 006." in words_of(manager.get(PUBLISH))


def test_what_has_not_begun_after_all_has_not_begun_in_the_next_plan(
    copy, end, confirm, publish, manager, send, sign_in, action
):
    assert send(manager, f"{PLAN}actions/005/update/", **GOOD).status_code == 302
    end(["005"], "carried_forward", plan=copy.plan_id)
    confirm()
    assert of_next("005").status == "in_progress"
    said = ProgressUpdate.objects.get()
    send(sign_in("cem.chair"), f"/updates/{said.pk}/not-so/", why="We never said so")
    publish()
    assert (action("005").status, of_next("005").status) == ("carried_forward", "not_started")
    assert [*map(str, plans.findings()), *plan_checker.check(export.lines())] == []
