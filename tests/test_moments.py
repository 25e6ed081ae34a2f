"""A row that was another one only while somebody acted upon it, and has been put back, is told by a walk."""

from contextlib import contextmanager

import pytest
from django.db import connection

from actions.models import ExceptionStep
from gscp import clock
from gscp.record import recording
from scrutiny.proof.walk import verify, walk
from subgroups.models import Group, Meeting, Post, User
from tests.conftest import AGENDA
from tests.rows_of_record import without_triggers
from tests.test_refusals import sql

pytestmark = pytest.mark.django_db


def found() -> list[str]:
    return [str(finding) for finding in verify().findings]


@contextmanager
def for_a_moment(table: str, pk: int, column: str, value: object):
    """As whoever has the database's password does it."""
    [(before,)] = read(f"SELECT {column} FROM {table} WHERE id = %s", pk)
    change(table, pk, column, value)
    yield
    change(table, pk, column, before)


def change(table: str, pk: int, column: str, value: object) -> None:
    with without_triggers():
        sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, pk)


def read(statement: str, *values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


OTHER_POSTS = "who acted did not hold these posts then, or held others too."


@pytest.mark.parametrize(("column", "value"), [("user_id", "cem.chair"), ("started_on", "2031-01-01")])
def test_who_acts_from_other_posts_than_theirs_is_told(column, value, user, post):
    """The post of another one is theirs for a moment; or their own is not, as if it ruled the act out."""
    holding = post("Business Manager").holdings.get()
    actor = user("cem.chair") if column == "user_id" else holding.user
    with for_a_moment(
        "subgroups_postholding", holding.pk, column, actor.pk if column == "user_id" else value
    ):
        number = change_a_meeting(actor)
    assert found() == [f"Entry {number}: {OTHER_POSTS}"]
    # And by a part of the walk that begins there.
    assert [finding.what for finding in walk(number - 1, number).findings] == [OTHER_POSTS]


@pytest.mark.parametrize("column", ["accepted", "takes_decisions", "is_active"])
def test_who_decides_for_a_moment_without_having_been_accepted_is_told(column, post, user, on_record):
    """Or their group decided nothing for a moment; or they might sign in for one."""
    with on_record():
        chair = post("Management Group Chair")
        chair.hand_over(clock.today(), user("qiip.chair"))
        holding = chair.holdings.get(ended_on=None)
    if column == "is_active":
        with on_record():
            holding.user.is_active = False
            holding.user.save()
    table, pk, value = {
        "accepted": ("subgroups_postholding", holding.pk, True),
        "takes_decisions": ("subgroups_group", chair.group_id, False),
        "is_active": ("subgroups_user", holding.user_id, True),
    }[column]
    assert found() == []
    with for_a_moment(table, pk, column, value):
        number = change_a_meeting(User.objects.get(pk=holding.user_id))
    assert found() == [f"Entry {number}: {OTHER_POSTS}"]


def test_who_came_in_and_was_accepted_acts_rightly(post, user, on_record):
    with on_record():
        chair = post("Management Group Chair")
        chair.hand_over(clock.today(), user("qiip.chair"))
    change_a_meeting(user("qiip.chair"))
    with on_record():
        chair.holdings.get(ended_on=None).accept()
    change_a_meeting(user("qiip.chair"))
    assert "Management Group Chair" in user("qiip.chair").post_titles and found() == []


def change_a_meeting(actor) -> int:
    with recording(actor, "As asked") as act:
        meeting = Meeting.objects.last()
        meeting.note = f"{meeting.note} In the hall"
        meeting.save()
    return act.number


def test_who_hands_over_their_own_post_acted_from_it(post):
    business_manager = post("Business Manager")
    with recording(business_manager.holdings.get().user, "A new one begins") as act:
        business_manager.hand_over(clock.today(), None)
        meeting = Meeting.objects.last()
        meeting.note = "In the hall"
        meeting.save()
    assert found() == []
    assert walk(act.number - 1, act.number).findings == [], "a part of the walk that begins within the act"


@pytest.fixture
def waiting(asked, attend, it_is):
    """waiting("council", …): a report waits for the Management Group's meeting, at which they are present."""

    def recorded(*present):
        report = asked()
        it_is(2021, 6, 15)
        attend(AGENDA, *present)
        return report

    return recorded


def at_meeting(column: str) -> tuple[str, int]:
    """Table and key of the row with this column by which the meeting of June is judged."""
    meeting = Meeting.objects.get(date="2021-06-15", group__slug="management-group")
    rows = {
        "presence": meeting.attendances.get(partner__kind="health"),
        "at_least": meeting.group.quorum_parts.first(),
        "why_it_went_on": meeting,
        "group_id": Post.objects.get(name="QiiP Subgroup Chair"),
    }
    return rows[column]._meta.db_table, rows[column].pk


@pytest.mark.parametrize(
    ("column", "value"), [("presence", "present"), ("at_least", 1), ("why_it_went_on", "It had to")]
)
def test_a_quorum_of_a_moment_is_told(column, value, waiting, decide):
    report = waiting("council", "police")
    with for_a_moment(*at_meeting(column), column, value):
        decide("grant", report)
    told_of_decision("by the record of then, its meeting had no quorum")


def test_a_quorum_taken_away_for_a_moment_is_told(waiting, decide):
    report = waiting("council", "police", "health")
    with for_a_moment(*at_meeting("presence"), "presence", "absent"):
        decide("grant", report)
    told_of_decision("by the record of then, its meeting had a quorum")


def test_a_chair_of_a_moment_is_told(waiting, decide):
    report = waiting("council", "police", "health")
    management = Group.objects.get(slug="management-group")
    with for_a_moment(*at_meeting("group_id"), "group_id", management.pk):
        assert decide("grant", report, by="qiip.chair").status_code == 302
    told_of_decision("by the record of then, who entered it might not")


def told_of_decision(what: str) -> None:
    decision = ExceptionStep.objects.last()
    assert decision.meeting
    assert found() == [f"Entry {decision.change_id}: actions.exceptionstep {decision.pk}: {what}."]
