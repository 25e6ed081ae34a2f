"""A date that was granted goes on with its action once its chair has confirmed that it was."""

from datetime import date

import pytest

from tests import test_asking, test_year_end
from tests.answers import words_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]  # once: what a form refuses
dated = test_asking.dated
draft, end, confirm = test_year_end.draft, test_year_end.end, test_year_end.confirm
REFUSED = "What was decided on a new date of 005 goes on with this. The chair has not confirmed it, or says"


@pytest.fixture
def granted(dated, june, sign_in, send, action, decide):  # noqa: F811  the fixture
    """On 005, by the Management Group's meeting of June, entered by the Business Manager for its chair."""
    assert (
        send(sign_in("cem.chair"), "/plans/2021-22/actions/005/new-date/", **test_asking.NEW_DATE).status_code
        == 302
    )
    report = action("005").exception_reports.get()
    assert decide("grant", report, by="business.manager").status_code == 302
    return report.steps.latest("pk")


@pytest.fixture
def adoption(granted, draft, end, confirm, manager, send, june):  # noqa: F811  the fixture
    """005 is carried forward into the draft, which the meeting of June adopted: that waits for its chair."""
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert confirm().status_code == 302, "into a draft"
    assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302


@pytest.mark.usefixtures("adoption")
def test_an_adoption_waits_for_the_word_on_a_date_that_goes_on_with_it(
    granted, draft, confirm, sign_in, send
):
    assert REFUSED in words_of(confirm())
    chair = sign_in("management.chair")
    assert send(chair, f"/decisions/{granted.pk}/confirm/").status_code == 302
    assert confirm().status_code == 302
    assert draft.actions.get(ref="005").agreed_date == granted.report.forecast


@pytest.mark.usefixtures("adoption")
def test_so_does_one_that_its_chair_denied_until_it_is_corrected(
    granted, draft, confirm, sign_in, send, decide
):
    chair = sign_in("management.chair")
    assert send(chair, f"/decisions/{granted.pk}/not-so/", why="We refused it").status_code == 302
    assert REFUSED in words_of(confirm())
    assert decide("correct", granted.report, reason="We refused it").status_code == 302
    assert confirm().status_code == 302
    assert draft.actions.get(ref="005").agreed_date is None


@pytest.mark.usefixtures("adoption")
def test_so_does_one_that_was_taken_back_without_its_chair(granted, draft, confirm, sign_in, send, decide):
    chair, report = sign_in("management.chair"), granted.report
    assert send(chair, f"/decisions/{granted.pk}/confirm/").status_code == 302
    assert decide("correct", report, by="business.manager", reason="It was refused").status_code == 302
    assert REFUSED in words_of(confirm()), "the chair knows nothing of it"
    taken_back = report.steps.latest("pk")
    denied = send(chair, f"/decisions/{taken_back.pk}/not-so/", why="We granted it")
    assert "The Management Group decides again on what was asked." in words_of(chair.get(denied.url))
    assert REFUSED in words_of(confirm()), "it would lapse undecided"
    assert decide("grant", report).status_code == 302
    assert confirm().status_code == 302
    assert draft.actions.get(ref="005").agreed_date == report.forecast


@pytest.mark.usefixtures("adoption")
def test_a_question_after_it_was_denied_decides_nothing(granted, draft, confirm, sign_in, send, decide):
    chair, report = sign_in("management.chair"), granted.report
    assert send(chair, f"/decisions/{granted.pk}/confirm/").status_code == 302
    assert decide("correct", report, by="business.manager", reason="It was refused").status_code == 302
    taken_back = report.steps.latest("pk")
    assert send(chair, f"/decisions/{taken_back.pk}/not-so/", why="We granted it").status_code == 302
    assert decide("return", report, by="business.manager", reason="Why?").status_code == 302
    assert REFUSED in words_of(confirm())


@pytest.mark.usefixtures("adoption")
def test_until_then_pages_name_the_date_of_the_open_action(granted, draft, sign_in, on_record):
    with on_record():
        copy = draft.actions.get(ref="005")
        copy.original_date = date(2021, 11, 29)
        copy.save()
    told = words_of(sign_in("cem.chair").get("/due/")).partition("Decided or lapsed")[2]
    assert "Today the action is not started, due on 31 December 2021." in told
    assert "29 November 2021" not in told


def test_so_does_an_end_whose_action_goes_on_in_a_live_plan(granted, draft, on_record, end, confirm):
    with on_record():
        draft.status = "live"
        draft.save()
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert REFUSED in words_of(confirm())
