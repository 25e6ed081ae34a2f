"""Who was present at a meeting: quorate with all three, recorded from its day on, corrected with a reason."""

import pytest

from actions.forms import meetings
from gscp.record import Change
from subgroups.models import Meeting
from subgroups.models.groups import groups_by_key
from tests.conftest import AGENDA

# Once: a quorum is counted in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.mark.parametrize(
    ("present", "quorate"),
    [
        (("council", "police", "health"), True),
        (("council", "police"), False),
        (("health",), False),
        (("other", "council"), False),
    ],
)
def test_quorate_only_with_all_three(present, quorate, attend, it_is, sign_in):
    it_is(2021, 6, 15)
    assert attend(AGENDA, *present).status_code == 302
    assert Meeting.objects.get(date="2021-06-15").is_quorate is quorate
    page = sign_in("executive").get(AGENDA).content.decode()
    assert ("Not quorate:" in page) is not quorate


def test_a_form_that_is_sent_asks_for_the_groups_once(attend, it_is, monkeypatch):
    calls = []
    monkeypatch.setattr(meetings, "groups_by_key", lambda: calls.append(1) or groups_by_key())
    it_is(2021, 6, 15)
    assert attend(AGENDA, "council").status_code == 302
    assert len(calls) == 2, "once for the form that is shown, once for the one that is sent"


def test_nobody_is_present_before_the_day(attend):
    before = Change.objects.last_number()
    assert "has not been held yet" in attend(AGENDA, "council").content.decode()
    assert Change.objects.last_number() == before


def test_a_correction_of_attendance_has_a_reason(attend, it_is):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")
    assert "Give the reason for the correction." in attend(AGENDA, "council").content.decode()
    assert attend(AGENDA, "council", "police", "health", reason="Came late").status_code == 302
    assert Meeting.objects.get(date="2021-06-15").is_quorate


def test_a_quorum_on_which_decisions_stand_is_not_taken_away(asked, attend, decide, it_is):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    page = attend(AGENDA, "council", reason="Came late").content.decode()
    assert "the group corrects them at its next meeting" in page
    assert Meeting.objects.get(date="2021-06-15").is_quorate
