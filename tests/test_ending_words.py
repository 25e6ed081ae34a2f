"""Wherever pages say how an action ends, they say whether that is in force."""

import pytest

from actions.models import PlanDecision
from tests.answers import words_of
from tests.test_adoption_with_ends import copy, waiting  # noqa: F401  fixtures
from tests.test_plan_decision_not_so import say_not_so  # noqa: F401  a fixture
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import END, NEXT, PLAN, confirm, draft, end, live, none_high  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
# Once: pages are Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT_005 = f"{PLAN}actions/005/"
WAITS = "Not in force until the chair of the Management Group confirms it"
STAYS = "Decided. It stays open here until the Business Plan 2022-23 is published"
NOT_SO = "Taken back: the chair of the Management Group said that it is not so"


@pytest.fixture
def granted(asked, attend, decide, it_is) -> None:
    """005's chair asked and was answered: their page tells it for a month, with what became of 005."""
    report = asked()
    it_is(2021, 6, 15)
    attend("/meetings/management-group/2021-06-15/", "council", "police", "health")
    assert decide("grant", report).status_code == 302


@pytest.fixture
def told(sign_in, manager):
    """Of each page that says how 005 ends: what stands right after that."""

    def after(words: str, *more: str) -> dict[str, str]:
        addresses = [AT_005, f"{AT_005}lineage/", f"{AT_005}edit/", PLAN, END, *more]
        pages = {address: words_of(manager.get(address)) for address in addresses}
        pages[PLAN] = pages[PLAN].partition(" 004 ")[2]  # before its rows stand the words of filters
        pages["/due/"] = words_of(sign_in("cem.chair").get("/due/")).partition("Decided or lapsed")[2]
        return {at: text.partition(words)[2].strip() for at, text in pages.items() if words in text}

    return after


def of_decision() -> str:
    return PlanDecision.objects.latest("pk").get_absolute_url()


def wrong(pages: dict[str, str], state: str, least: int) -> list[str]:
    assert len(pages) >= least, pages.keys()
    return [at for at, after in pages.items() if not after.startswith(state)]


@pytest.mark.usefixtures("none_high")
def test_an_end_that_waits_for_its_chair_is_never_said_plainly(granted, draft, end, told):
    assert end(["005"], "withdrawn").status_code == 302
    assert wrong(told("Withdrawn", of_decision()), WAITS, 7) == []


def test_an_end_that_waits_for_the_draft_says_so(granted, draft, end, confirm, told):
    end(["005"], "carried_forward", plan=draft.pk)
    assert wrong(told("Carried forward to 2022-23 (draft)", of_decision()), WAITS, 7) == []
    confirm()
    pages = told("Carried forward to: 005 of 2022-23 (draft)", of_decision())
    pages = pages or told("Carried forward: 005 of 2022-23 (draft)", of_decision())
    assert wrong(pages, STAYS, 7) == []


def test_an_end_that_is_not_so_never_says_that_it_is_decided(draft, end, say_not_so, manager):
    end(["005"], "carried_forward", plan=draft.pk)
    decision = say_not_so(PlanDecision.objects.latest("pk"))
    page = words_of(manager.get(decision.get_absolute_url()))
    assert f"Carried forward to 2022-23 (draft) {NOT_SO}" in page
    assert "Decided." not in page and "stays open" not in page


def test_what_is_confirmed_with_an_adoption_says_that_it_waits(waiting, sign_in):
    page = words_of(sign_in("management.chair").get(f"{of_decision()}confirm/"))
    assert f"Carried forward to 2022-23 (draft) {WAITS}" in page


@pytest.mark.usefixtures("none_high")
def test_an_end_in_force_is_said_plainly(granted, draft, end, confirm, told):
    end(["005"], "withdrawn")
    confirm()
    said = told("Withdrawn", of_decision())
    assert not [at for at, after in said.items() if after.startswith((WAITS, STAYS, NOT_SO))]
    assert {AT_005, END, "/due/"} <= said.keys()


def test_reading_the_states_costs_no_query_for_each_end(
    draft, end, say_not_so, manager, django_assert_max_num_queries
):
    def queries(refs) -> int:
        end(refs, "carried_forward", plan=draft.pk)
        page = say_not_so(PlanDecision.objects.latest("pk")).get_absolute_url()
        manager.get(page)
        with django_assert_max_num_queries(200) as asked:
            manager.get(page)
        return len(asked)

    assert queries(["001"]) == queries(["002", "003", "004"])
