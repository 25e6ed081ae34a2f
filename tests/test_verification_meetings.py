"""Verification finds what was changed of a meeting after it was held, or of a report after it was made."""

from datetime import date, timedelta

import pytest

from actions.models import ProgressUpdate
from actions.models.chain import Kind
from scrutiny.proof.walk import verify
from subgroups.models import Attendance, Meeting, Partner
from subgroups.models.quorum import QuorumPartner
from tests.test_plan_decisions import june  # noqa: F401  fixture
from tests.test_verification_decided import ask, decide  # noqa: F401  fixtures
from tests.test_verification_plans import behind, found  # noqa: F401  fixtures
from tests.test_year_end import confirm, end  # noqa: F401  fixtures

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db
NO_QUORUM = "who was there is no quorum now, and what it decided is in force."


def told(meeting) -> list[str]:
    """What verification finds of this meeting, which is all that it finds."""
    lines = [str(finding).partition(": ")[2] for finding in verify().findings]
    assert all(line.startswith(f"subgroups.meeting {meeting.pk}: ") for line in lines), lines
    return [line.partition(": ")[2] for line in lines]


@pytest.fixture
def all_go(june, behind):
    def gone():
        for row in Attendance.objects.filter(meeting=june, presence="present"):
            behind(row, presence="absent", post=None, deputy="")

    return gone


@pytest.mark.parametrize("by", ["request", "plan"])
def test_a_meeting_keeps_the_quorum_that_its_decisions_stand_on(by, june, ask, decide, end, confirm, all_go):
    if by == "request":
        decide("grant", ask(Kind.WITHDRAWAL))
    else:
        end(["006"], "withdrawn")
        confirm()
    assert told(june) == []
    all_go()
    assert set(told(june)) == {NO_QUORUM}


def test_who_was_there_is_corrected_where_nothing_is_in_force(june, end, all_go):
    end(["006"], "withdrawn")
    all_go()
    assert told(june) == []


def test_one_who_was_not_there_is_corrected_where_a_quorum_stays(june, ask, decide, behind):
    decide("grant", ask(Kind.WITHDRAWAL))
    row = Attendance.objects.filter(meeting=june, presence="present").first()
    behind(row, deputy="Somebody else", post=None)
    assert told(june) == []


def test_a_quorum_counts_as_the_act_leaves_it(june, end, confirm, on_record):
    """One is put right who was not there, and after that it is recorded who was."""
    end(["006"], "withdrawn")
    confirm()
    with on_record("Another came for the police"):
        was = Attendance.objects.get(meeting=june, partner__kind="police", presence="present")
        was.presence, was.post, was.deputy = "absent", None, ""
        was.save()
        came = Partner(name="Another constabulary", kind="police", started_on=was.partner.started_on)
        came.save()
        for part in june.group.quorum_parts.filter(named__partner=was.partner):
            QuorumPartner(part=part, partner=came).save()
        Attendance(meeting=june, partner=came, presence="present").save()
    assert told(june) == []


def test_its_day_and_its_closing_stay_once_it_was_held(june, behind):
    meeting = behind(Meeting.objects.get(pk=june.pk), date=june.date + timedelta(days=5))
    assert told(june) == ["its day had come, and changed."]
    behind(meeting, papers_close=june.papers_close - timedelta(days=1))
    changed = "its papers had closed and were used, and their closing changed."
    assert told(june) == ["its day had come, and changed.", changed]


def test_a_meeting_to_come_is_moved_and_called_off(june, behind):
    meeting = Meeting.objects.filter(date__gt=june.date).latest("date")
    behind(meeting, date=date(2022, 5, 3), papers_close=meeting.papers_close + timedelta(days=1))
    behind(meeting, called_off=True)
    assert told(meeting) == []


def test_a_meeting_that_was_attended_is_called_off_as_long_as_it_decided_nothing(
    june, behind, end, monkeypatch
):
    behind(Meeting.objects.get(pk=june.pk), called_off=True)
    assert told(june) == []
    monkeypatch.setattr(
        Meeting, "clean", lambda self: None
    )  # as a program would save it that has no such rule
    behind(Meeting.objects.get(pk=june.pk), called_off=False)
    end(["006"], "withdrawn")
    behind(Meeting.objects.get(pk=june.pk), called_off=True)
    assert told(june) == ["it was called off, and had decided something."]


def test_a_report_stays_as_it_was_made(report, behind):
    report("005", rating="red")
    update = behind(ProgressUpdate.objects.get(), rating="green", done="All is well")
    changed = (f"actions.progressupdate {update.pk}: its “{name}” changed" for name in ("done", "rating"))
    assert found() == [f"{what}, and that stays as it was entered." for what in changed]
