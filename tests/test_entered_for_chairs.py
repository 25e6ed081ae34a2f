"""Wherever an action stands with its rating it says what of that its chair has not confirmed, or denied."""

import pytest

from actions.reporting import reported_for_chairs
from tests.answers import sent_by, words_of
from tests.conftest import AGENDA
from tests.test_update import GOOD

# What stands last is found by our SQL.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite", "postgresql")]
REGISTER, AT_006 = "/plans/2021-22/", "/plans/2021-22/actions/006/"
REPORTED = "It was entered for the chair, and is not confirmed yet."
DECIDED = "A decision was entered for the chair, and is not confirmed yet."
DENIED = "The chair says that a decision is not so as it was entered."


def test_a_report_entered_for_a_chair_is_marked_until_the_chair_confirms_it(manager, sign_in, action, send):
    assert send(manager, f"{AT_006}update/", **GOOD).status_code == 302
    for address in (REGISTER, AT_006):
        assert REPORTED in words_of(manager.get(address)), address
    chair = sign_in("qiip.chair")
    update = action("006").updates.get()
    confirm = f"/updates/{update.pk}/confirm/"
    assert chair.post(confirm, sent_by(chair.get(confirm))).status_code == 302
    assert reported_for_chairs() == {} and REPORTED not in words_of(manager.get(REGISTER))


def test_a_later_report_of_the_chair_s_own_needs_no_word_and_a_nil_return_says_none(manager, sign_in, send):
    assert send(manager, f"{AT_006}update/", **GOOD).status_code == 302
    chair = sign_in("qiip.chair")
    assert send(chair, f"{AT_006}nil-return/").status_code == 302
    assert REPORTED in words_of(manager.get(AT_006)), "the rating is still that of the Business Manager"
    assert send(chair, f"{AT_006}update/", **GOOD | {"done": "The chair's own words"}).status_code == 302
    assert reported_for_chairs() == {}


def test_a_decision_entered_for_a_chair_is_marked_and_stays_so_once_it_is_denied(
    asked, it_is, attend, decide, manager, sign_in, send, action
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    assert decide("grant", report, by="business.manager").status_code == 302
    assert DECIDED in words_of(manager.get(REGISTER))
    step = report.steps.latest("pk")
    chair = sign_in("management.chair")
    assert send(chair, f"/decisions/{step.pk}/not-so/", why="We refused it").status_code == 302
    page = words_of(manager.get(REGISTER))
    assert DENIED in page and DECIDED not in page
